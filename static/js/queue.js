// The scans that the desk has not answered. They lie in IndexedDB, so that a closed tab, a crash or a day without network
// loses none: any page of the desk of the same person sends them, many in one request. What is sent twice counts once.
//
// Events of the document: `desk:scan` {text, way} adds one, `desk:drop` takes one back by its id, `desk:discard` all. It tells
// `desk:scans` {waiting, trouble, kept} when that changes, and `desk:sent` {html, scans} when some were answered.
"use strict";
(() => {
  const { to } = document.currentScript.dataset;
  const { user } = document.body.dataset;
  const STORE = "scans";
  const MOST = 100; // of one request
  const SIZE = 40_000; // characters of one request, and of one scan:
  const PIECE = 8_000;
  const TABLE = /^.*(\t|\b(isbn|ean).*[,;|]|[,;|].*\b(isbn|ean)).*\n/i; // it goes on whole, to be read as a file
  const MOST_OF_TABLE = 500_000;
  const LONGEST = 30_000; // milliseconds between two attempts, and for one of them

  let unkept = []; // what could not be written down
  let kept = true;
  let most = MOST;
  let misses = 0;
  let trouble = ""; // "away", "out" (logged out, or somebody else is in) or "old" (the page)
  let turn = 0;
  let retry = 0;
  let waiting = [];
  let leaving = false;
  const pasted = new Set(); // the ids of what came by this page

  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const alone = (work) => (navigator.locks ? navigator.locks.request("desk-scans", work) : work());
  const news = "BroadcastChannel" in window ? new BroadcastChannel("desk-scans") : null;

  // What is written down

  const opened = new Promise((resolve) => {
    try {
      const request = indexedDB.open("desk", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch { resolve(null); }
  });
  const store = async (mode, work) => {
    const base = await opened;
    if (!base) throw new Error("storage is off");
    return new Promise((resolve, reject) => {
      const transaction = base.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request && request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  };
  // IndexedDB takes its time, and a tab may be closed meanwhile: until then a scan lies here, where writing does not wait.
  const NOTE = "desk-scan:";
  const note = (scans) => {
    try { for (const scan of scans) localStorage.setItem(NOTE + scan.id, JSON.stringify(scan)); } catch { /* no room */ }
  };
  const strike = (ids) => {
    try { for (const id of ids) localStorage.removeItem(NOTE + id); } catch { /* storage is off */ }
  };
  const noted = () => {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(NOTE)).map((key) => JSON.parse(localStorage.getItem(key)));
    } catch { return []; }
  };
  const order = (one, two) => (one.at < two.at ? -1 : one.at > two.at ? 1 : one.turn - two.turn);
  const own = async () => {
    let written = [];
    try {
      written = await store("readonly", (scans) => scans.getAll());
    } catch { kept = false; }
    const all = [...written, ...noted(), ...unkept].filter((scan) => scan?.user === user);
    const found = new Map(all.map((scan) => [scan.id, scan]));
    return [...found.values()].sort(order);
  };
  const forget = async (ids) => {
    unkept = unkept.filter((scan) => !ids.includes(scan.id));
    strike(ids);
    try {
      await store("readwrite", (scans) => { for (const id of ids) scans.delete(id); });
    } catch { /* it was not written down */ }
  };
  const report = async () => {
    waiting = await own();
    tell("desk:scans", { waiting, trouble, kept });
  };

  // crypto.randomUUID is not there without https, and the desk of a small library may have none.
  const name = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const pieces = (text) => {
    const found = [];
    let rest = text;
    if (text.length <= MOST_OF_TABLE && TABLE.test(text.slice(0, 5000))) return [text];
    while (rest.length > PIECE) {
      const cut = Math.max(rest.lastIndexOf("\n", PIECE), 0) || Math.max(rest.lastIndexOf(" ", PIECE), rest.lastIndexOf(",", PIECE)) + 1 || PIECE;
      found.push(rest.slice(0, cut));
      rest = rest.slice(cut);
    }
    return [...found, rest].filter((piece) => piece.trim());
  };
  const add = async ({ text, way = "box" }) => {
    const at = new Date().toISOString();
    const fresh = pieces(text).map((piece) => ({ id: name(), user, text: piece, way, at, turn: (turn += 1) }));
    note(fresh);
    for (const { id } of fresh) pasted.add(id);
    unkept.push(...fresh);
    waiting = [...waiting, ...fresh];
    tell("desk:scans", { waiting, trouble, kept });
    try {
      await store("readwrite", (scans) => { for (const scan of fresh) scans.put(scan); });
      unkept = unkept.filter((scan) => !fresh.includes(scan));
      strike(fresh.map(({ id }) => id));
    } catch {
      kept = false;
    }
    send();
  };

  // Sending: one tab at a time

  const some = (scans) => {
    let size = 0;
    return scans.slice(0, most).filter((scan, place) => { size += scan.text.length; return !place || size < SIZE; });
  };
  const stop = (why) => {
    trouble = why;
    return false;
  };
  const later = () => {
    misses += 1;
    retry = setTimeout(send, Math.min(LONGEST, 500 * 2 ** misses));
    return stop(misses > 1 || !navigator.onLine ? "away" : trouble);
  };
  const sendSome = async () => {
    const scans = some(await own());
    if (!scans.length) return stop("");
    const view = document.getElementById("scan-plate") ? "page" : "toast";
    const body = JSON.stringify({ user, view, scans: scans.map(({ id, text, at, way }) => ({ id, text, at, way })) });
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), LONGEST);
    let answer = null;
    let told = null;
    try {
      answer = await fetch(to, {
        method: "POST", body, signal: patience.signal, headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      });
      told = await answer.json();
    } catch { told = null; }
    clearTimeout(limit);
    if (answer?.status === 403) return stop("old");
    if (!told || answer.status > 499 || [408, 429].includes(answer.status)) return later();
    if ([401, 409].includes(answer.status)) return stop("out");
    misses = 0;
    if (!answer.ok && scans.length > 1) { // which one is it?
      most = answer.status === 413 ? Math.ceil(scans.length / 2) : 1;
      return true;
    }
    most = MOST;
    trouble = "";
    await forget(scans.map((scan) => scan.id));
    await report();
    const file = answer.ok && told.scans.find((scan) => scan.file && pasted.has(scan.id))?.file;
    if (file) location.assign(file);
    if (answer.ok) tell("desk:sent", told);
    else tell("desk:lost", { text: scans[0].text, why: told.detail || "The desk did not take it." });
    news?.postMessage("sent");
    return true;
  };
  let sending = false;
  let more = false;
  const send = async () => {
    clearTimeout(retry);
    more = true;
    if (sending) return;
    sending = true;
    while (more) {
      more = false;
      await alone(async () => { while (await sendSome()); });
    }
    sending = false;
    await report();
  };

  // What the pages ask for

  document.addEventListener("desk:scan", (event) => { add(event.detail); });
  document.addEventListener("desk:drop", async (event) => {
    await alone(() => forget([event.detail]));
    report();
  });
  document.addEventListener("desk:discard", async () => {
    await alone(async () => forget((await own()).map((scan) => scan.id)));
    trouble = "";
    report();
  });
  document.addEventListener("desk:leave", () => { leaving = true; }); // to log in: what is kept stays kept
  news?.addEventListener("message", () => {
    report();
    tell("desk:sent", { html: "", scans: [] });
  });
  window.addEventListener("online", send);
  window.addEventListener("pageshow", (event) => { if (event.persisted) send(); });
  window.addEventListener("beforeunload", (event) => {
    if (waiting.length && !leaving && (trouble || !kept)) event.preventDefault();
  });
  addEventListener("load", async () => {
    await report();
    send();
  });
})();
