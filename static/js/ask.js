// A link that asks before it leads on: <a data-ask href="…">. What its address says is shown as a dialog here; where
// the desk is away, or without script, the link is followed. <button data-print> prints the page.
"use strict";
(() => {
  const show = (html, link) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask ask-wide";
    dialog.setAttribute("aria-labelledby", "ask-question");
    dialog.innerHTML = html; // the desk's own answer
    const no = dialog.querySelector("[data-ask-no]");
    if (no) {
      no.setAttribute("role", "button");
      no.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (link.isConnected) link.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    const first = no || dialog.querySelector("input:not([type=hidden]), textarea, select");
    if (first) first.focus({ focusVisible: true });
  };

  document.addEventListener("click", async (event) => {
    if (event.target.closest("[data-print]")) { print(); return; }
    const link = event.target.closest("a[data-ask]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { headers: { "X-Dialog": "1" } });
      if (!answer.ok || new URL(answer.url).pathname !== new URL(link.href).pathname) throw new Error(answer.status);
      show(await answer.text(), link);
    } catch {
      location.assign(link.href);
    }
  });
})();
