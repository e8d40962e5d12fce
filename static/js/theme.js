// Light or dark: a cookie, so that the server writes the theme into the page and no wrong colours flash.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = () => (root.dataset.bsTheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.disabled = false;
    button.addEventListener("click", () => {
      const theme = dark() ? "light" : "dark";
      root.dataset.bsTheme = theme;
      document.querySelector("meta[name=color-scheme]").content = theme;
      document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    });
  }
})();
