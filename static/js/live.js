// What still runs is drawn anew: an element with data-live is fetched from there through htmx and replaced, every second
// (or as many as data-live-every says) while the page is looked at, every ten when it is not. A piece that comes back
// without data-live has ended.
"use strict";
(() => {
  const SLOW = 10;
  const misses = new WeakMap(); // failed requests in a row: the server may be restarting
  const risen = new Map(); // strokes that stood before the swap
  let seconds = 0;
  const held = { focus: null, open: [] }; // what had the focus before the swap, and what was unfolded

  const tell = (words) => {
    const place = document.getElementById("offline");
    if (place && place.textContent !== words) place.textContent = words;
  };

  const prepare = (root) => {
    const found = [...root.querySelectorAll("[data-live]")];
    if (root.matches && root.matches("[data-live]")) found.push(root);
    for (const piece of found) {
      if (piece.hasAttribute("hx-get")) continue;
      piece.setAttribute("hx-get", piece.dataset.live);
      piece.setAttribute("hx-swap", "outerHTML");
      piece.setAttribute("hx-trigger", "tick");
      // The address may be that of a whole page: then only this piece of it is taken.
      if (piece.id) piece.setAttribute("hx-select", `#${CSS.escape(piece.id)}`);
      htmx.process(piece);
    }
  };

  const tick = () => {
    seconds += 1;
    if (document.hidden && seconds % SLOW) return;
    for (const piece of document.querySelectorAll("[data-live]")) {
      const pause = Math.max(Number(piece.dataset.liveEvery) || 1, Math.min(30, 2 ** (misses.get(piece) || 0)));
      // A button that is being pressed must not be swapped away under the finger.
      if (seconds % pause || piece.matches(".htmx-request") || piece.querySelector(":active")) continue;
      htmx.trigger(piece, "tick");
    }
  };

  // htmx gives the focus back to what has an id. Links of a list and most buttons have none: such a one is found again
  // by where it leads or what it sends, in the same row or piece; and so is what somebody has unfolded.
  const kin = (element, place) => {
    const look = (each) => {
      const form = each.closest("form");
      return [each.getAttribute("href"), form && form.getAttribute("action"), each.name, each.getAttribute("value")].join(" ");
    };
    return [...place.querySelectorAll(element.localName)].filter((each) => look(each) === look(element));
  };
  const trace = (element) => {
    const place = element.parentElement && element.parentElement.closest("[id]");
    return place ? { element, id: place.id, turn: kin(element, place).indexOf(element) } : null;
  };
  const again = (traced) => {
    const place = document.getElementById(traced.id);
    return place && kin(traced.element, place)[traced.turn];
  };
  const hold = () => {
    held.focus = trace(document.activeElement);
    held.open = [...document.querySelectorAll("details[open]")].map(trace);
  };
  const giveBack = () => {
    for (const fold of held.open) {
      const found = fold && !fold.element.isConnected && again(fold);
      if (found) found.open = true;
    }
    const found = held.focus && document.activeElement === document.body && again(held.focus);
    if (found) found.focus({ preventScroll: true });
  };

  const failed = (event) => {
    const missed = Math.min(5, (misses.get(event.target) || 0) + 1);
    misses.set(event.target, missed);
    const { xhr } = event.detail;
    if (missed > 1 && (!xhr || !xhr.status || xhr.status > 499)) tell("The desk is offline. This page continues by itself when it is back.");
  };

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    setInterval(tick, 1000);
  });
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const piece = event.detail.target;
    const address = piece.dataset && piece.dataset.live;
    if (!address) return;
    const { xhr } = event.detail;
    if (new URL(xhr.responseURL).pathname !== new URL(address, location.href).pathname) {
      event.detail.shouldSwap = false; // the session has ended, and this is the log-in page
      piece.removeAttribute("data-live");
      tell("You are logged out. Reload the page to log in.");
      return;
    }
    misses.delete(piece);
    tell("");
    risen.set(address, [...piece.querySelectorAll("svg.strokes")].map((bar) => Number(bar.dataset.made)));
    hold();
  });
  document.addEventListener("htmx:afterSwap", giveBack);
  document.addEventListener("htmx:load", (event) => {
    const piece = event.detail.elt;
    if (!piece.querySelectorAll) return;
    prepare(piece);
    const before = risen.get(piece.dataset.live) || [];
    piece.querySelectorAll("svg.strokes").forEach((bar, place) => {
      if (!(place in before)) return;
      [...bar.querySelectorAll(".on > path")].slice(before[place]).forEach((stroke) => stroke.classList.add("rise"));
    });
  });
})();
