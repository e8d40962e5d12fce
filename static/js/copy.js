// A button that copies a text: <button hidden data-copy="its-id">. Where the browser forbids it the text is selected;
// without script a click on it does that (.copy-all).
"use strict";
(() => {
  const SHOWN = 2_000; // milliseconds for which it says that it has copied

  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = document.getElementById(button.dataset.copy);
    const words = button.textContent;
    if (!text) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: copy it";
      }
      setTimeout(() => { button.textContent = words; }, SHOWN);
    });
  }
})();
