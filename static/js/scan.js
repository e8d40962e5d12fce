// The scan box: a scanner types one ISBN and presses Enter, and that sends it. Many lines are sent by the button.
"use strict";
(() => {
  const box = document.querySelector(".scan textarea.scan-field");
  if (!box) return;
  const count = box.form.querySelector("[data-scan-count]");
  const single = () => box.value.trim().includes("\n") ? "" : box.value.replace(/[\s\u2010-\u2015-]/g, "").replace(/^isbn(-?1[03])?:?/i, "");
  const complete = (number) => /^(\d{13}|\d{9}[\dXx])$/.test(number);
  const lengthOf = (number) => number.startsWith("978") || number.startsWith("979") ? 13 : 10;

  // One number stands large in the box; many lines stand small, and the box grows with them.
  const fit = () => {
    const lines = box.value.split("\n").length;
    box.classList.toggle("many", lines > 1 || box.value.length > 24);
    box.rows = Math.min(12, lines);
  };

  const tell = () => {
    fit();
    if (!count) return;
    const number = single();
    const missing = lengthOf(number) - number.length;
    count.textContent = /^\d+$/.test(number) && missing > 0 ? `${missing} digit${missing === 1 ? "" : "s"} to go` : "";
  };

  box.addEventListener("input", tell);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
    if (!complete(single()) && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (event.repeat || box.form.dataset.sent) return;
    box.form.requestSubmit(box.form.querySelector("button[type=submit]"));
  });
  // The next scan is kept apart until the page of this one is back.
  box.form.addEventListener("submit", () => { box.form.dataset.sent = "1"; });
  window.addEventListener("pageshow", () => { delete box.form.dataset.sent; });
  // What one bad scan has left is overwritten by the next; below many lines the next begins a line of its own.
  if (single()) box.select();
  else if (box.value.trim()) {
    box.value = `${box.value.trimEnd()}\n`;
    box.setSelectionRange(box.value.length, box.value.length);
  }
  box.focus();
  tell();
})();
