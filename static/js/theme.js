// Light, dark or the system's: at once, and a cookie, so that the server writes the theme into the next page.
"use strict";
(() => {
  const root = document.documentElement;

  document.addEventListener("submit", (event) => {
    const chosen = event.target.matches("[data-theme-form]") && event.submitter?.value;
    if (!chosen) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const system = chosen === "system";
    if (system) delete root.dataset.bsTheme;
    else root.dataset.bsTheme = chosen;
    document.querySelector("meta[name=color-scheme]").content = system ? "light dark" : chosen;
    document.cookie = `theme=${system ? "" : chosen}; path=/; max-age=${system ? 0 : 31536000}; samesite=lax`;
    for (const button of document.querySelectorAll("[data-theme-form] button")) button.setAttribute("aria-pressed", button.value === chosen);
  }, true);
})();
