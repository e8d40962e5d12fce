// Keys within what folds out: down and up go through a menu (down opens it), Home and End to its ends. Escape is in
// folds.js. The field under the lens has the focus as soon as it is there.
"use strict";
(() => {
  const items = (fold) => [...fold.querySelectorAll(":scope > :not(summary) :is(a, button)")].filter((each) => each.checkVisibility());

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const fold = event.target.closest?.("details[data-fold]");
    if (!fold || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    const closed = !fold.open;
    if (event.target.matches("input, textarea, select") || (closed && event.key !== "ArrowDown")) return;
    fold.open = true;
    const all = items(fold);
    if (!all.length) return;
    event.preventDefault();
    const at = all.indexOf(document.activeElement); // -1 on the summary
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 }[event.key];
    all[(to + all.length) % all.length].focus();
  });

  for (const fold of document.querySelectorAll(".nav-desk details:not(.nav-lens)")) {
    fold.addEventListener("focusout", (event) => {
      const to = event.relatedTarget; // a dialog gives the focus back
      if (to && !fold.contains(to) && !to.closest("dialog")) fold.open = false;
    });
  }
  const lens = document.querySelector(".nav-lens");
  lens?.addEventListener("toggle", () => { if (lens.open) lens.querySelector("input").focus(); });
})();
