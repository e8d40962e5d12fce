// The scan page: the plate of the last scan, the rows before it, and the news of what waits. All of it comes from the desk as
// HTML, with each answer and while something is looked up; a piece that has not changed, or is being mended, stays.
"use strict";
(() => {
  const PIECES = ["scan-head", "scan-plate", "scan-needs", "scan-cart", "scan-cart-form"];
  const SOUND = "desk-sound-off";
  const SLOW = 10; // seconds between two looks of a page that nobody sees
  const place = document.getElementById("scan-news");
  const told = document.getElementById("scan-told");
  const box = document.querySelector("[data-scan-box] .scan-field");
  const here = (id) => document.getElementById(id);
  const many = (scans) => `${scans} scan${scans === 1 ? "" : "s"} waiting to be sent.`;

  // News: one line

  let strip = null; // what stands until it is over
  let timer = 0;
  const lineOf = (words, strong, ...more) => {
    const line = document.createElement("p");
    const text = line.appendChild(document.createElement("span"));
    if (strong) text.appendChild(document.createElement("b")).textContent = strong;
    text.append(words, ...more);
    return line;
  };
  const say = (words) => {
    clearTimeout(timer);
    place.replaceChildren(lineOf(words));
    timer = setTimeout(() => place.replaceChildren(...(strip ? [strip] : [])), 6_000);
  };
  const stand = (line) => {
    strip = line;
    clearTimeout(timer);
    place.replaceChildren(...(strip ? [strip] : []));
  };
  const linkTo = (href, words) => {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = words;
    link.addEventListener("click", () => document.dispatchEvent(new Event("desk:leave")));
    return link;
  };
  const discard = (count) => {
    const form = document.createElement("form");
    form.className = "inline";
    form.method = "post";
    form.dataset.discard = "yes";
    form.dataset.confirm = `Discard ${count} scan${count === 1 ? "" : "s"}?`;
    form.dataset.confirmDetail = "They have not been sent, and are lost then.";
    form.dataset.confirmYes = "Discard scans";
    form.dataset.confirmNo = "Keep scans";
    const button = form.appendChild(document.createElement("button"));
    button.className = "plain";
    button.textContent = "Discard";
    return form;
  };
  let shown = "";
  const tellWaiting = ({ waiting, trouble, kept }) => {
    const key = `${waiting.length} ${trouble} ${kept}`;
    if (key === shown) return;
    shown = key;
    const lost = kept ? "" : " This browser keeps nothing: leave the page open until they are sent.";
    const words = {
      away: [` The desk can’t be reached.${lost} `],
      out: [" You are logged out. ", linkTo(`${document.body.dataset.login || "/accounts/login/"}?next=${location.pathname}`, "Log in"), " "],
      old: [" This page was open for too long. ", linkTo(location.pathname, "Reload the page"), " "],
    }[trouble] || (kept ? null : [lost]);
    if (!waiting.length || !words) {
      if (strip) stand(null);
      return;
    }
    const line = lineOf("", many(waiting.length), ...words, ...(trouble ? [discard(waiting.length)] : []));
    line.className = "said-off";
    stand(line);
  };

  // Tones: what one hears without looking

  const sound = here("scan-sound");
  const isOff = () => { try { return localStorage.getItem(SOUND) !== null; } catch { return sound.getAttribute("aria-pressed") !== "true"; } };
  const switchTo = (on) => {
    sound.setAttribute("aria-pressed", String(on));
    try {
      if (on) localStorage.removeItem(SOUND);
      else localStorage.setItem(SOUND, "yes");
    } catch { /* for this page, then */ }
  };
  const TONES = {
    found: [[1320, 0, .08]], copy: [[1320, 0, .08]],
    known: [[880, 0, .07], [880, .11, .07]],
    refused: [[220, 0, .12]], not_found: [[220, 0, .12]], failed: [[220, 0, .12]],
  };
  const LOUDEST = ["refused", "not_found", "failed", "known", "copy", "found"];
  let audio = null;
  const play = (state) => {
    if (!TONES[state] || isOff() || !window.AudioContext) return;
    audio ||= new AudioContext();
    for (const [height, after, length] of TONES[state]) {
      const [tone, gain] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = height;
      gain.gain.value = .12;
      tone.connect(gain).connect(audio.destination);
      tone.start(audio.currentTime + after);
      tone.stop(audio.currentTime + after + length);
    }
  };
  const states = () => new Map([...document.querySelectorAll("#scan-rows > [data-state]")].map((row) => [row.id, row.dataset.state]));
  let known = states();
  const hear = () => {
    const now = states();
    const fresh = [...now].filter(([id, state]) => known.get(id) !== state).map(([, state]) => state);
    known = now;
    const loudest = LOUDEST.find((state) => fresh.includes(state));
    if (loudest && document.hasFocus()) play(loudest);
  };

  // Pieces

  const bare = (element) => element.outerHTML.replace(/(csrfmiddlewaretoken" value=")[^"]*/g, "$1");
  const served = new Map([...document.querySelectorAll("#scan-main, #scan-rows > li"), ...PIECES.map(here)].map((each) => [each.id, bare(each)]));
  const fields = () => [...document.querySelectorAll("[data-mend]")];
  const put = (old, fresh) => {
    const before = served.get(fresh.id);
    served.set(fresh.id, bare(fresh));
    if (before === served.get(fresh.id) && !old.dataset.kept) return;
    old.replaceWith(fresh);
    htmx.trigger(fresh, "htmx:load", { elt: fresh });
  };
  const putRows = (old, fresh) => {
    for (const [place, row] of [...fresh.children].entries()) {
      const there = here(row.id);
      if (there && there.parentElement === old) {
        if (old.children[place] !== there) old.insertBefore(there, old.children[place] || null);
        put(there, row);
      } else {
        served.set(row.id, bare(row));
        old.insertBefore(row, old.children[place] || null);
        htmx.trigger(row, "htmx:load", { elt: row });
      }
    }
    while (old.children.length > fresh.dataset.count) old.lastElementChild.remove();
  };
  const merge = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    if (!page.getElementById("scan-plate")) return;
    const typed = fields().filter((field) => field.value !== field.defaultValue).map((field) => [field.dataset.mend, field.value]);
    const placed = [...document.querySelectorAll("[data-cart-form] .form-control")].filter((field) => field.value !== field.defaultValue);
    const focus = document.activeElement;
    const mended = focus.dataset?.mend;
    const name = focus.id || focus.closest("form")?.getAttribute("action");
    for (const row of document.querySelectorAll("#scan-rows > [data-kept]")) row.remove();
    const [old, fresh] = [here("scan-main"), page.getElementById("scan-main")];
    const rows = fresh.querySelector("#scan-rows");
    rows.dataset.count = rows.children.length;
    if (old.querySelector("#rows-head").textContent === fresh.querySelector("#rows-head").textContent) {
      putRows(here("scan-rows"), rows);
      old.toggleAttribute("data-waits", fresh.hasAttribute("data-waits"));
      old.querySelector(":scope > p.note")?.remove();
      old.append(...fresh.querySelectorAll(":scope > p.note"));
    } else {
      old.replaceWith(fresh);
      htmx.trigger(fresh, "htmx:load", { elt: fresh });
    }
    for (const id of PIECES) put(here(id), page.getElementById(id));
    for (const field of placed) if (here(field.id)) here(field.id).value = field.value;
    for (const [key, value] of typed) for (const field of fields()) if (field.dataset.mend === key) field.value = value;
    if (!focus.isConnected) {
      const again = mended ? fields().find((field) => field.dataset.mend === mended && field.checkVisibility())
        : here(name) || [...document.querySelectorAll(`form[action=${JSON.stringify(name || "-")}] button`)].find((each) => each.checkVisibility());
      (again || box).focus({ preventScroll: true });
    }
    for (const message of page.querySelectorAll("#scan-messages li")) say(message.textContent);
    hear();
    const said = here("scan-plate").dataset.said || "";
    if (told.textContent !== said) told.textContent = said;
    keep();
  };

  // What is not sent yet takes the plate, and stands above the rows

  let waiting = [];
  let trouble = "";
  const numberOf = (text) => text.trim().split("\n")[0].slice(0, 40);
  const keep = () => {
    for (const row of document.querySelectorAll("#scan-rows > [data-kept]")) row.remove();
    const newest = waiting.at(-1);
    const first = document.querySelector("#scan-rows > li");
    if (first) first.hidden = !newest;
    if (!newest) return;
    const plate = here("kept-plate").content.firstElementChild.cloneNode(true);
    plate.id = "scan-plate";
    plate.dataset.kept = newest.id;
    plate.querySelector("h2").textContent = numberOf(newest.text);
    if (!trouble) {
      plate.querySelector(".word").textContent = "Looking up";
      plate.querySelector(".last-words p").textContent = "Scan the next one.";
    }
    if (here("scan-plate").dataset.kept !== newest.id || here("scan-plate").querySelector(".word").textContent !== plate.querySelector(".word").textContent) {
      for (const field of fields()) if (field.closest("#scan-plate") && field.value !== field.defaultValue) {
        for (const other of fields()) if (other.dataset.mend === field.dataset.mend) other.value = field.value;
      }
      here("scan-plate").replaceWith(plate);
    }
    const rows = waiting.slice(0, -1).slice(-12).map((scan) => {
      const row = here("kept-row").content.firstElementChild.cloneNode(true);
      row.dataset.kept = scan.id;
      row.querySelector("h3").textContent = numberOf(scan.text);
      row.querySelector("time").dateTime = scan.at;
      return row;
    });
    here("scan-rows").prepend(...rows.reverse());
    for (const row of rows) htmx.trigger(row, "htmx:load", { elt: row });
  };
  let earlier = null; // scans that were kept before this page was opened
  document.addEventListener("desk:scans", (event) => {
    ({ waiting, trouble } = event.detail);
    if (earlier === null) earlier = waiting.length;
    if (earlier && !waiting.length) say(`${earlier} earlier scan${earlier === 1 ? " was" : "s were"} sent.`);
    if (!waiting.length) earlier = 0;
    const isBack = here("scan-plate").dataset.kept && !waiting.length;
    tellWaiting(event.detail);
    keep();
    if (isBack) look();
  });
  document.addEventListener("desk:scan", (event) => {
    const { caught } = event.detail;
    if (caught) say(caught === "the page" ? "Caught: the focus was not in the box." : `Caught: the focus was on “${caught}”.`);
  });
  document.addEventListener("desk:sent", (event) => {
    const { html, scans } = event.detail;
    if (html) merge(html);
    else look();
    const quiet = scans.flatMap((scan) => scan.notes);
    if (quiet.length) say(quiet[0]);
  });
  document.addEventListener("desk:lost", (event) => {
    say(`${event.detail.why} It is in the box again.`);
    if (!box.value) box.value = event.detail.text;
  });

  // What is looked up is looked at, and what a row is asked for is done in place

  let busy = false;
  let misses = 0;
  let seconds = 0;
  const fetched = async (address, options = {}) => {
    busy = true;
    try {
      const answer = await fetch(address, { ...options, headers: { "HX-Request": "true" } });
      const text = await answer.text();
      if (!answer.ok || new URL(answer.url).pathname !== location.pathname) throw new Error(answer.status);
      misses = 0;
      merge(text);
      return true;
    } catch {
      misses = Math.min(5, misses + 1);
      return false;
    } finally { busy = false; }
  };
  const look = () => fetched(location.pathname);
  setInterval(() => {
    seconds += 1;
    const every = Math.max(document.hidden ? SLOW : 1, Math.min(30, 2 ** misses));
    if (!busy && seconds % every === 0 && document.querySelector("#scan-main[data-waits]")) look();
  }, 1_000);

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.discard) {
      event.preventDefault();
      document.dispatchEvent(new Event("desk:discard"));
      return;
    }
    if (!form.getAttribute("action")?.startsWith("/books/scans/")) return;
    event.preventDefault();
    const body = new FormData(form);
    for (const field of form.querySelectorAll("[data-mend]")) field.defaultValue = field.value;
    if (!await fetched(form.action, { method: "POST", body })) say("The desk can’t be reached. Try that again.");
    for (const each of document.querySelectorAll(".busy")) each.classList.remove("busy");
    if (form.matches(".mend, .last-side form")) box.focus();
  });
  document.addEventListener("click", (event) => {
    const kept = event.target.closest("[data-drop]")?.closest("[data-kept]");
    if (kept) document.dispatchEvent(new CustomEvent("desk:drop", { detail: kept.dataset.kept }));
    if (event.target.closest("#scan-sound")) switchTo(isOff());
  });
  // The switch holds from its tick on; the location waits for Enter or Save.
  document.addEventListener("change", async ({ target }) => {
    if (target.id !== "cart-copies") return;
    if (await fetched(target.form.action, { method: "POST", body: new FormData(target.form) })) return;
    target.checked = target.defaultChecked;
    say("That could not be saved. Try again.");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open], details[open].fold")) box.focus();
  });
  switchTo(!isOff());
})();
