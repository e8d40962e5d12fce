// The field over a long list of filters leaves the rows whose name has what is typed, wherever it stands.
"use strict";
(() => {
  const bare = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("[data-facet-find]")) return;
    const wanted = bare(field.value.trim());
    for (const row of field.parentElement.querySelectorAll("li")) {
      row.hidden = !bare(row.textContent).includes(wanted) && !row.querySelector(":checked");
    }
  });

  // What is typed there is no filter, and Enter there sends nothing.
  document.addEventListener("change", (event) => event.target.matches("[data-facet-find]") && event.stopPropagation(), true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("[data-facet-find]")) event.preventDefault();
  });
})();
