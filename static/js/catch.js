// Scans are caught wherever the focus is: a scanner types faster than fingers do. And the scan box, on each page that has
// one: a scan leaves it at once. On a page without the plate of the last scan a message says what became of it.
//
// What counts as a burst, by how it ends and where it is typed:
//   a pause       13 digits that begin 978 or 979, each key less than FAST behind the one before, wherever the focus is.
//   Enter or Tab  in the box, a search and a field to mend or of the cart: the same 13 digits, each key less than TYPED
//                 behind the one before: no fingers type a whole ISBN so fast. Else the key does what it always does: in
//                 the box it sends the line, and in a search it searches.
//   Enter or Tab  where nobody types (a heading, a button, a list): at least five digits, each key less than STUMBLES
//                 behind the one before, so that slow scanners, too, press no button. No person types there: what fingers
//                 can do in that time is a shortcut of one letter, and a burst has five digits.
// Any other text field keeps what is typed into it.
"use strict";
(() => {
  const FAST = 35; // milliseconds between two keys of a scanner, at most
  const TYPED = 60; // of a slow one, in a field
  const STUMBLES = 100; // and where nobody types
  const ENDED = 80; // after which a burst that has all its digits has ended
  const WHOLE = /^97[89]\d{10}$/;
  const BURST = /^[\]*A-Za-z]{0,4}(?=(?:\D*\d){5})[\d-]+[\dXx]\*?$/;
  const TEXT = "textarea, [contenteditable], input:is(:not([type]), [type=text], [type=search], [type=email], [type=url], [type=tel], [type=number], [type=password], [type^=date], [type=time], [type=month], [type=week])";
  const { scanPage, login } = document.currentScript.dataset;
  const box = document.querySelector("[data-scan-box] .scan-field");
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const send = (text, caught = "") => tell("desk:scan", { text, caught });

  // A burst

  let burst = "";
  let last = -1000; // when its last key came
  let place = null; // where it is typed: {element, kind, value}
  let isFast = true; // without stumbling
  let pause = 0; // the timer of its end
  let owed = false; // it was sent by a pause, and its Enter or Tab may follow
  let typed = 0; // the timer of a figure that chooses in a list, unless a burst follows

  const nameOf = (element) => {
    const words = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || (element.matches(TEXT) ? element.placeholder : element.textContent);
    return (words || "").replace(/\s+/g, " ").trim().slice(0, 40);
  };
  const placeOf = (element) => {
    const kind = element === box ? "box"
      : element.matches("[data-mend], form[action$='/mend/'] [name=text], [data-cart-form] input") ? "mend"
        : element.matches("input[type=search]") ? "search"
          : element.matches(TEXT) ? "" : "page";
    return kind && { element, kind, value: element.value };
  };
  const take = () => {
    const { element, kind, value } = place;
    const text = burst;
    burst = "";
    clearTimeout(pause);
    clearTimeout(typed);
    if (kind !== "page") {
      const field = element.isConnected ? element : document.getElementById(element.id) || element; // drawn anew meanwhile
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    send(text, kind === "box" ? "" : element === document.body ? "the page" : nameOf(element) || "the page");
  };
  const slowest = () => (place.kind === "page" ? STUMBLES : TYPED);
  const choose = (list, key) => {
    const options = [...list.options];
    const from = list.selectedIndex + 1;
    const found = [...options.slice(from), ...options.slice(0, from)].find((each) => !each.disabled && each.text.startsWith(key));
    if (!found) return;
    found.selected = true;
    for (const name of ["input", "change"]) list.dispatchEvent(new Event(name, { bubbles: true }));
  };

  window.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat || !event.isTrusted) return;
    const gap = event.timeStamp - last;
    const isEnd = event.key === "Enter" || event.key === "Tab" || (event.ctrlKey && event.key === "j");
    if (isEnd && !event.shiftKey && !event.altKey) {
      // In a field a scanner that stumbles has typed the rest of the number before: there the whole line counts. And what
      // is no ISBN may be what the search is for, such as an order's number.
      const ended = burst && gap < Math.max(ENDED, slowest()) && (place.kind === "page" ? BURST : WHOLE).test(burst);
      if (ended || (owed && gap < 2 * ENDED)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (ended) take();
      }
      burst = "";
      owed = false;
      return;
    }
    owed = false;
    if (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key !== "Shift") burst = "";
      return;
    }
    clearTimeout(pause);
    if (burst && gap < slowest()) {
      burst += event.key;
      isFast &&= gap < FAST;
    } else {
      place = placeOf(event.target);
      burst = place ? event.key : "";
      isFast = true;
    }
    if (!burst) return;
    last = event.timeStamp;
    if (place.element.localName === "select" && /\d/.test(event.key)) {
      event.preventDefault(); // a figure would choose at once
      const list = place.element;
      clearTimeout(typed);
      if (burst.length === 1) typed = setTimeout(choose, STUMBLES, list, event.key);
    }
    if (isFast && WHOLE.test(burst)) pause = setTimeout(() => { owed = true; take(); }, ENDED);
  }, true);

  // The box

  const line = () => (box.value.trim().includes("\n") ? "" : box.value.trim());
  const missing = () => {
    const digits = line().replace(/[\s\u2010-\u2015-]/g, "").replace(/^isbn(-?1[03])?:?/i, "");
    const wanted = /^97[89]/.test(digits) ? 13 : 10;
    return /^\d+$/.test(digits) && digits.length < wanted ? wanted - digits.length : 0;
  };
  const fit = () => {
    const lines = box.value.split("\n").length;
    const left = missing();
    box.classList.toggle("many", lines > 1 || box.value.length > 24);
    box.rows = Math.min(12, lines);
    box.form.querySelector("[data-scan-count]").textContent = left ? `${left} digit${left === 1 ? "" : "s"} to go` : "";
  };
  const empty = () => {
    const text = box.value.trim();
    box.value = "";
    fit();
    box.focus();
    if (text) send(text);
    return Boolean(text);
  };
  if (box) {
    let newLine = false; // was asked for, by Shift Enter
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      newLine = event.key === "Enter" && event.shiftKey;
      if (newLine || event.shiftKey) return;
      if (event.key === "Enter" || (event.key === "Tab" && box.value.trim())) {
        event.preventDefault();
        if (!event.repeat) empty();
      }
    });
    box.addEventListener("input", (event) => {
      fit();
      const many = box.value.trim().includes("\n");
      const isPaste = ["insertFromPaste", "insertFromDrop"].includes(event.inputType);
      // A phone's scanner puts a text with its end of line into the field, and presses no key.
      const isLine = /^insert(Text|LineBreak|CompositionText)$/.test(event.inputType || "") && /\n$/.test(box.value) && !newLine;
      if ((isPaste && many) || isLine) empty();
    });
    box.form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      empty();
    });
    // What a scanner typed before this script was here.
    if (box.value !== box.defaultValue && box.value.includes("\n")) {
      const lines = box.value.split("\n");
      box.value = lines.pop();
      for (const each of lines) if (each.trim()) send(each.trim());
    }
    box.required = false;
    box.focus();
    fit();
  }

  // On other pages: what became of it

  if (document.getElementById("scan-plate")) return;
  const toasts = document.body.appendChild(document.createElement("div"));
  toasts.className = "toasts-caught";
  toasts.setAttribute("role", "region");
  toasts.setAttribute("aria-label", "Scans");
  let looks = 0;
  let timer = 0;
  const say = (words, href, link) => {
    const toast = document.createElement("div");
    toast.className = "toast-desk";
    toast.setAttribute("role", "status");
    const text = toast.appendChild(document.createElement("p"));
    text.textContent = words;
    if (href) {
      const way = text.appendChild(document.createElement("a"));
      way.href = href;
      way.textContent = link;
      way.addEventListener("click", () => tell("desk:leave"));
    }
    toasts.replaceChildren(toast);
  };
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const toast = page.querySelector(".toast-caught");
    if (toast) toasts.replaceChildren(toast);
  };
  const look = async () => {
    if (!toasts.querySelector("[data-waits]") || looks > 20) return;
    looks += 1;
    try {
      const answer = await fetch(`${scanPage}?toast=1`, { headers: { "HX-Request": "true" } });
      if (answer.ok && !answer.redirected) show(await answer.text());
    } catch { /* the next look may reach it */ }
    timer = setTimeout(look, 1_500);
  };
  document.addEventListener("desk:sent", (event) => {
    const { html, scans } = event.detail;
    if (!scans.length) return;
    const quiet = scans.flatMap((scan) => scan.notes);
    const home = document.getElementById("scan-last");
    if (home) htmx.ajax("GET", location.pathname, { target: home, select: "#scan-last", selectOOB: "#home", swap: "outerHTML" });
    else if (scans.some((scan) => scan.rows.length)) show(html);
    if (quiet.length) say(quiet[0]);
    looks = 0;
    clearTimeout(timer);
    timer = setTimeout(look, 1_500);
  });
  document.addEventListener("desk:lost", (event) => say(`${event.detail.why} ${event.detail.text.slice(0, 40)}`));
  document.addEventListener("desk:scans", (event) => {
    const { waiting, trouble } = event.detail;
    const many = `${waiting.length} scan${waiting.length === 1 ? "" : "s"} waiting to be sent. `;
    if (!waiting.length || !trouble) return;
    if (trouble === "away") say(`${many}The desk can’t be reached. `, scanPage, "Scan page");
    if (trouble === "out") say(`${many}You are logged out. `, login, "Log in");
    if (trouble === "old") say(`${many}This page was open for too long. `, location.href, "Reload the page");
  });
  toasts.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const { action } = event.target;
    try {
      await fetch(action, { method: "POST", body: new FormData(event.target), redirect: "manual" });
      say("Scan undone.");
    } catch {
      say("The desk can’t be reached. The scan was not undone. ", scanPage, "Scan page");
    }
  });
})();
