// What opens over the page closes again: menus with Escape or a click elsewhere, messages with their cross.
"use strict";
(() => {
  const open = () => document.querySelectorAll("details[data-fold][open]");

  document.addEventListener("click", (event) => {
    for (const fold of open()) if (!fold.contains(event.target)) fold.open = false;
    const close = event.target.closest("[data-close]");
    if (close) close.closest(".toast-desk").remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    for (const fold of open()) {
      fold.open = false;
      fold.querySelector("summary").focus();
    }
  });
  // Where not all tabs have room, the open one is seen.
  for (const open of document.querySelectorAll(".tabs-desk [aria-current]")) {
    const strip = open.closest(".tabs-desk");
    const [tab, room] = [open.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += tab.left + tab.width / 2 - room.left - room.width / 2;
  }
  for (const close of document.querySelectorAll("[data-close]")) close.hidden = false;
})();
