// The frame of an email is as high as the email: no empty space below it, and no second scrollbar beside the page's.
"use strict";
(() => {
  const MOST = 2_000; // of a very long one the rest is scrolled to within the frame

  const fit = (frame) => {
    const root = frame.contentDocument?.documentElement;
    const height = root ? Math.ceil(root.getBoundingClientRect().height) : 0;
    if (height > 1) frame.style.height = `${Math.min(height, MOST)}px`;
  };
  const widths = new ResizeObserver((entries) => { for (const { target } of entries) fit(target); });
  const prepare = (root) => {
    for (const frame of root.querySelectorAll(".letter-frame")) {
      frame.addEventListener("load", () => fit(frame));
      widths.observe(frame);
      fit(frame);
    }
  };

  prepare(document);
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.querySelectorAll) prepare(event.detail.elt); });
})();
