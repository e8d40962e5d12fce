// Single keys, each with its words in one table: `?` tells those that do something on this page. Nothing happens while
// somebody types, nor where they are switched off: who dictates, or hits keys by chance, would be led away by every letter.
"use strict";
(() => {
  const OFF = "desk-keys-off"; // kept in this browser
  const ROWS = "main :is(.desk-table tbody > tr:not(.day), .rows > li, .cart-rows > li, .attention > li, .shelf > li)";
  const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
  const openers = document.querySelectorAll("[data-keys]"); // on the pages that have places to go to
  if (!openers.length) return;
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]");
  // In the scan box, where the focus mostly is, no number begins with these.
  const inBox = (event) => event.target.matches(".scan-field") && !event.target.value && ["u", "+", "m", "c"].includes(event.key);
  const shown = (selector, place = document) => [...place.querySelectorAll(selector)].find((each) => each.checkVisibility());

  // Lists: the focus goes from row to row, on the link of each, so that Enter opens it and live rows keep it.
  const linkOf = (row) => shown("a[href]", row);
  const rows = () => [...document.querySelectorAll(ROWS)].filter(linkOf);
  const chosen = () => document.activeElement.closest(ROWS);
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(chosen());
    const to = at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step));
    const link = linkOf(all[to]);
    link.focus({ focusVisible: true });
    link.scrollIntoView({ block: "nearest" });
  };
  const boxIn = (row) => row && shown("input[type=checkbox]", row);
  const undoOf = (place) => place && shown("[data-key='x']", place);
  const retryOf = (place) => place && shown("[data-key='r']", place);
  const retry = () => (chosen() ? retryOf(chosen()) : retryOf(document.querySelector(".band")))?.click();

  const searchBox = () => shown(".search-box input, [data-key='/']");
  const lens = () => shown(".nav-lens > summary");
  const search = () => {
    const box = searchBox();
    if (!box) { lens().click(); return; }
    box.focus();
    box.select();
  };
  const scanBox = () => shown(".scan-field");
  const scanLink = () => document.querySelector("a[data-key='s']");
  const scan = () => { if (scanBox()) scanBox().focus(); else location.assign(scanLink().href); };

  // The pages of the palette that have a letter.
  const pages = new Map(
    [...(document.getElementById("palette")?.content.querySelectorAll("[data-letter]") || [])]
      .map((page) => [page.dataset.letter, { words: page.querySelector("b").textContent, url: page.dataset.url }]),
  );

  // `key` does something where `there` says so. `keys` is how the list shows it, or what the browser does anyhow; what has
  // no words is told with another.
  const KEYS = [
    { keys: [MAC ? "⌘" : "Ctrl", "K"], words: "Go to anything", there: () => document.getElementById("palette") },
    ...[...pages].map(([letter, page]) => ({ keys: ["g", letter], words: page.words })),
    { key: "s", words: () => (scanBox() ? "Go to the scan box" : "Scan"), there: () => scanBox() || scanLink(), does: scan },
    { key: "/", words: () => ((searchBox() || lens()).getAttribute("aria-label") || "Search").split(":")[0], there: () => searchBox() || lens(), does: search },
    { key: "j", keys: ["j", "k"], words: "Next and previous in the list", there: () => rows().length, does: () => move(1) },
    { key: "k", there: () => rows().length, does: () => move(-1) },
    { keys: ["Enter"], words: "Open the selected row", there: () => rows().length },
    { key: "x", words: () => (rows().some(boxIn) ? "Select it" : "Undo or dismiss it"), there: () => rows().some((row) => boxIn(row) || undoOf(row)), does: () => (boxIn(chosen()) || undoOf(chosen()))?.click() },
    { key: "r", words: () => retryOf(document.body).textContent.trim().startsWith("Try") ? "Try again" : "Retry the job", there: () => retryOf(document.body), does: retry },
    { keys: ["Enter"], words: "Send what is in the scan box", there: scanBox },
    { key: "u", words: "Undo the last scan", there: () => shown("[data-key='u']"), does: () => shown("[data-key='u']").click() },
    { key: "+", words: "Add a copy of the book on the plate", there: () => shown("[data-key='+']"), does: () => shown("[data-key='+']").click() },
    { key: "m", words: "Switch the sound on or off", there: () => shown("[data-key='m']"), does: () => shown("[data-key='m']").click() },
    { key: "c", words: "Start or stop the camera", there: () => shown("[data-key='c']"), does: () => shown("[data-key='c']").click() },
    { keys: ["Shift", "Enter"], words: "A new line in the scan box", there: () => shown("textarea.scan-field") },
    { keys: ["Esc"], words: "Close menus and dialogs" },
    { key: "?", words: "This list", does: () => tell() },
  ];

  if (MAC) {
    for (const place of [document, document.getElementById("palette")?.content]) {
      for (const each of place?.querySelectorAll("[data-command]") || []) each.textContent = each.textContent.replace("Ctrl", "⌘");
    }
  }

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
    label.textContent = "Single-key shortcuts";
    const without = document.createElement("div");
    without.className = "form-text";
    without.id = "keys-without";
    without.textContent = `Turn them off if you use voice input. That turns off ${MAC ? "⌘" : "Ctrl"} K, too. “All keys” at the foot of each page still opens this list.`;
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
    for (const { key, keys, words, there } of KEYS) {
      if (!words || (there && !there())) continue;
      const row = list.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("dt")).textContent = typeof words === "string" ? words : words();
      const cell = row.appendChild(document.createElement("dd"));
      for (const each of keys || [key]) cell.appendChild(document.createElement("kbd")).textContent = each;
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

  // A scanner may begin with a letter: a key waits until no figure has come faster than fingers can.
  const FAST = 35;
  const AFTER = 60;
  const waits = { timer: 0, does: null, since: 0 };
  const flush = () => {
    clearTimeout(waits.timer);
    const { does } = waits;
    waits.does = null;
    does?.();
  };
  window.addEventListener("keydown", (event) => {
    if (!waits.does) return;
    if (/\d/.test(event.key) && event.timeStamp - waits.since < FAST) {
      clearTimeout(waits.timer);
      waits.does = null;
    } else flush();
  }, true);

  let going = 0; // the timer of a `g`, after which a letter counts
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || isOff()) return;
    // On a Mac Ctrl K belongs to what is typed.
    const command = MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (command && !event.shiftKey && event.key.toLowerCase() === "k" && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      document.dispatchEvent(new Event("desk:palette"));
      return;
    }
    if (event.ctrlKey || event.metaKey || (typing(event.target) && !inBox(event))) return;
    const page = going && pages.get(event.key);
    clearTimeout(going);
    going = event.key === "g" ? setTimeout(() => { going = 0; }, 1_500) : 0;
    if (page) {
      event.preventDefault();
      location.assign(page.url);
      return;
    }
    const known = KEYS.find(({ key, there = () => true }) => key === event.key && there());
    if (!known || (event.repeat && !["j", "k"].includes(event.key))) return;
    event.preventDefault();
    if (event.repeat) {
      known.does();
      return;
    }
    Object.assign(waits, { does: known.does, since: event.timeStamp, timer: setTimeout(flush, AFTER) });
  });
  for (const opener of openers) opener.addEventListener("click", tell);
  hint();
})();
