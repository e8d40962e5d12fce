// The scan box: a scanner types one ISBN and presses Enter, and that sends it without leaving the page. Scans go out one
// after the other, in their order; until it is answered each is kept in this tab, also over a reload and without a network.
// Many lines are sent by the button, as every form is.
"use strict";
(() => {
  const box = document.querySelector(".scan textarea.scan-field");
  if (!box) return;
  const KEY = "desk-scans";
  const { form } = box;
  const { user = "" } = document.body.dataset;
  const count = form.querySelector("[data-scan-count]");
  const waits = document.getElementById("scan-queue");
  const LONGEST = 30_000; // between two attempts, and for one of them
  const MOST_NOTES = 30;

  // What is typed

  const line = () => box.value.trim().includes("\n") ? "" : box.value.trim();
  const number = () => line().replace(/[\s\u2010-\u2015-]/g, "").replace(/^isbn(-?1[03])?:?/i, "");
  const lengthOf = (digits) => digits.startsWith("978") || digits.startsWith("979") ? 13 : 10;

  // One number stands large in the box; many lines stand small, and the box grows with them.
  const fit = () => {
    const lines = box.value.split("\n").length;
    box.classList.toggle("many", lines > 1 || box.value.length > 24);
    box.rows = Math.min(12, lines);
  };

  const tell = () => {
    fit();
    if (!count) return;
    const missing = lengthOf(number()) - number().length;
    count.textContent = /^\d+$/.test(number()) && missing > 0 ? `${missing} digit${missing === 1 ? "" : "s"} to go` : "";
  };

  // The scans that wait for their answer

  const stored = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) || []; } catch { return []; } };
  const others = stored().filter((scan) => scan.user !== user);
  let queue = stored().filter((scan) => scan.user === user).map((scan) => ({ ...scan, again: true }));
  let busy = false;
  let misses = 0;
  let retry = 0;

  const keep = () => { try { sessionStorage.setItem(KEY, JSON.stringify([...others, ...queue])); } catch { /* storage is off */ } };
  const token = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const many = (scans) => `${scans} scan${scans === 1 ? "" : "s"} waiting to be sent`;

  const say = (words, link) => {
    waits.replaceChildren(words);
    if (link) waits.append(" ", link);
    waits.hidden = !words;
  };

  const add = (text) => {
    queue.push({ user, text, token: token() });
    keep();
    if (queue.length > 2 && !misses) say(`${many(queue.length)}.`);
    next();
  };

  // What came back

  const swap = (page, id) => {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh) return null;
    old.addEventListener("htmx:beforeSwap", (event) => { event.detail.shouldSwap = false; }); // on its way, and older
    old.replaceWith(fresh);
    return fresh;
  };

  // A bad one is not driven away by the good one after it: it stays in the list, the newest first.
  const tellNotes = (page) => {
    const place = document.getElementById("scan-told");
    const fresh = page.querySelector("#scan-notes");
    const old = place.querySelector("#scan-notes");
    const bad = old ? [...old.querySelectorAll("li.note-bad")] : [];
    if (!bad.length) {
      place.replaceChildren(...(fresh ? [fresh] : []));
      return;
    }
    const list = old.querySelector("ul");
    list.replaceChildren(...[...(fresh ? fresh.querySelectorAll("li") : []), ...bad].slice(0, MOST_NOTES));
    old.querySelectorAll(":scope > .note").forEach((note) => note.remove());
    const left = list.querySelectorAll("li.note-bad").length;
    if (left > 1) old.querySelector("h2").textContent = `${left} scans need fixing`;
  };

  const show = (text, again) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const said = page.getElementById("scan-line");
    if (!said) return false;
    // An answer that was lost on its way: that this was sent before is no news.
    if (!again) document.getElementById("scan-line").replaceChildren(...said.childNodes);
    tellNotes(page);
    const band = document.querySelector(".band");
    band.classList.toggle("band-cards", page.querySelector(".band").classList.contains("band-cards"));
    swap(page, "scan-figures");
    const cards = swap(page, "scan-recent");
    if (cards) htmx.trigger(cards, "htmx:load", { elt: cards }); // live.js follows it from here
    return true;
  };

  const refused = (scan, status) => {
    const page = document.implementation.createHTMLDocument("");
    page.body.innerHTML = '<section class="reason" id="scan-notes"><h2>1 scan needs fixing</h2><ul class="rows"><li class="note-bad"></li></ul></section>';
    page.querySelector("li").textContent = `${scan.text.slice(0, 40)} was refused (${status}). Scan it again.`;
    tellNotes(page);
  };

  const linkTo = (href, words) => {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = words;
    return link;
  };

  const later = () => {
    misses += 1;
    queue[0].again = true;
    keep();
    if (misses > 1 || !navigator.onLine) say(`The desk can't be reached. ${many(queue.length)}.`);
    retry = setTimeout(next, Math.min(LONGEST, 500 * 2 ** misses));
  };

  const next = async () => {
    clearTimeout(retry);
    if (busy || !queue.length) return;
    busy = true;
    const scan = queue[0];
    const body = new URLSearchParams({
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      form_token: scan.token,
      [box.name]: scan.text,
    });
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), LONGEST);
    let answer = null;
    let text = "";
    try {
      answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" }, signal: patience.signal });
      text = await answer.text();
    } catch {
      answer = null;
    }
    clearTimeout(limit);
    busy = false;
    if (!answer || answer.status > 499 || [408, 429].includes(answer.status)) {
      later();
      return;
    }
    if (new URL(answer.url).pathname !== new URL(form.action).pathname) {
      say(`You are logged out. ${many(queue.length)}.`, linkTo(answer.url, "Log in"));
      return;
    }
    if (answer.status === 403) {
      say(`This page was open for too long. ${many(queue.length)}.`, linkTo(location.pathname, "Reload the page"));
      return;
    }
    misses = 0;
    queue.shift();
    keep();
    if (!answer.ok || !show(text, scan.again)) refused(scan, answer.status);
    say(queue.length > 1 ? `${many(queue.length)}.` : "");
    next();
  };

  // Hands

  const send = () => {
    const text = line();
    if (!text) return false;
    box.value = "";
    tell();
    box.focus();
    add(text);
    return true;
  };

  box.addEventListener("input", tell);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      if (!event.repeat) form.requestSubmit();
    } else if (!box.value.trim() || send()) event.preventDefault();
  });
  form.addEventListener("submit", (event) => { if (send()) event.preventDefault(); });
  window.addEventListener("online", next);
  window.addEventListener("pageshow", (event) => { if (event.persisted) next(); });

  // What a scanner typed before this script was here: each line that had its Enter is sent, the last is being typed.
  if (box.value !== box.defaultValue && !box.defaultValue) {
    const lines = box.value.split("\n");
    box.value = lines.pop();
    for (const each of lines) if (each.trim()) add(each.trim());
  } else if (line()) box.select(); // what one bad scan has left is overwritten by the next
  else if (box.value.trim()) { // below many lines the next begins a line of its own
    box.value = `${box.value.trimEnd()}\n`;
    box.setSelectionRange(box.value.length, box.value.length);
  }
  box.focus();
  tell();
  next();
})();
