// `/` goes to the search, `s` to the scan box or its page. Nothing happens while somebody types.
"use strict";
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
  const seen = (selector) => [...document.querySelectorAll(selector)].find((each) => each.offsetParent);

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const box = seen(".search-box input, [data-key='/']");
      const link = seen(".nav-lens");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      else if (link) location.assign(link.href);
    } else if (event.key === "s") {
      const box = seen(".scan-field");
      const link = document.querySelector("a[data-key='s']");
      if (box) { event.preventDefault(); box.focus(); }
      else if (link) location.assign(link.href);
    }
  });
})();
