// `/` goes to the search, `s` to the scan box or its page, `?` tells all keys. Nothing happens while somebody types, nor
// where single keys are switched off: who dictates, or hits keys by chance, would be led away by every letter.
"use strict";
(() => {
  const OFF = "desk-keys-off"; // kept in this browser
  const opener = document.querySelector("[data-keys]"); // at the foot of the pages that have places to go to
  if (!opener) return;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
  const seen = (selector) => [...document.querySelectorAll(selector)].find((each) => each.checkVisibility());

  const KEYS = [["s", "Scan: to the box, or its page"], ["/", "Search"], ["Enter", "Send what is in the scan box"], ["Shift Enter", "A new line in the scan box"], ["Esc", "Close menus and questions"], ["?", "This list"]];

  let off = false; // for this page, where nothing can be kept
  const isOff = () => { try { return localStorage.getItem(OFF) !== null; } catch { return off; } };
  const hint = () => { for (const each of document.querySelectorAll("[data-key-hint]")) each.hidden = isOff(); };
  const switchTo = (on) => {
    off = !on;
    try {
      if (on) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "yes");
    } catch { /* storage is off */ }
    hint();
  };

  const choice = () => {
    const row = document.createElement("div");
    row.className = "form-check";
    const box = document.createElement("input");
    box.className = "form-check-input";
    box.type = "checkbox";
    box.id = "keys-single";
    box.checked = !isOff();
    box.setAttribute("aria-describedby", "keys-without");
    box.addEventListener("change", () => switchTo(box.checked));
    const label = document.createElement("label");
    label.className = "form-check-label";
    label.htmlFor = box.id;
    label.textContent = "Single keys do something";
    const without = document.createElement("div");
    without.className = "form-text";
    without.id = "keys-without";
    without.textContent = "Without the tick s, / and ? do nothing, and “all keys” at the foot of each page opens this list.";
    row.append(box, label, without);
    return row;
  };

  const tell = () => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    dialog.setAttribute("aria-labelledby", "keys-question");
    const head = document.createElement("h2");
    head.id = "keys-question";
    head.textContent = "Keys";
    const list = document.createElement("dl");
    list.className = "figures keys";
    for (const [keys, words] of KEYS) {
      const row = list.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("dt")).textContent = words;
      const cell = row.appendChild(document.createElement("dd"));
      for (const key of keys.split(" ")) cell.appendChild(document.createElement("kbd")).textContent = key;
    }
    const close = document.createElement("button");
    close.className = "btn btn-line";
    close.type = "button";
    close.textContent = "Close";
    close.autofocus = true;
    close.addEventListener("click", () => dialog.close());
    const actions = document.createElement("div");
    actions.className = "form-actions";
    actions.append(close);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(head, list, choice(), actions);
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || isOff()) return;
    if (event.key === "/") {
      const box = seen(".search-box input, [data-key='/']");
      const lens = seen(".nav-lens > summary");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      else if (lens) { event.preventDefault(); lens.click(); }
    } else if (event.key === "?") {
      event.preventDefault();
      tell();
    } else if (event.key === "s") {
      const box = seen(".scan-field");
      const link = document.querySelector("a[data-key='s']");
      if (box) { event.preventDefault(); box.focus(); }
      else if (link) location.assign(link.href);
    }
  });
  opener.addEventListener("click", tell);
  hint();
})();
