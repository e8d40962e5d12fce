// `/` goes to the search, `s` to the scan box or its page, `?` tells all keys. Nothing happens while somebody types.
"use strict";
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
  const seen = (selector) => [...document.querySelectorAll(selector)].find((each) => each.offsetParent);

  const KEYS = [["s", "Scan: to the box, or its page"], ["/", "Search the books"], ["Enter", "Send what is in the scan box"], ["Shift Enter", "A new line in the scan box"], ["Esc", "Close menus and questions"], ["?", "This list"]];

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
    dialog.append(head, list, actions);
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const box = seen(".search-box input, [data-key='/']");
      const link = seen(".nav-lens");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
      else if (link) location.assign(link.href);
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
})();
