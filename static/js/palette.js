// The palette: pages and actions by their names, which the page brings along, and what the desk finds, for which it is
// asked once 150 ms after the last key. A row is chosen with the arrows and opened with Enter.
"use strict";
(() => {
  const KEY = "desk-visited"; // this person's last pages, in this browser
  const [KEPT, PATIENCE] = [5, 150];
  const template = document.getElementById("palette");
  const { user = "" } = document.body.dataset;

  // The last pages

  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return kept?.user === user ? kept.pages.filter(({ url, words }) => /^\/(?!\/)/.test(url) && words) : [];
    } catch { return []; }
  };
  const note = () => {
    try {
      if (!template) { localStorage.removeItem(KEY); return; } // nobody is logged in
      const head = document.querySelector("h1");
      const words = (head?.dataset.words || head?.textContent || "").trim().replace(/\s+/g, " ").slice(0, 120);
      const url = location.pathname;
      const pages = [{ url, words }, ...read().filter((page) => page.url !== url)].slice(0, KEPT + 1);
      if (words && !document.querySelector(".error-code")) localStorage.setItem(KEY, JSON.stringify({ user, pages }));
    } catch { /* storage is off */ }
  };
  note();
  if (!template) return;

  let palette = null;

  const open = () => {
    if (palette) return;
    palette = document.importNode(template.content.querySelector("dialog"), true);
    document.body.append(palette);
    const [form, field, list, none] = ["form", "input", ".pal-list", ".pal-none"].map((each) => palette.querySelector(each));
    const known = [...list.querySelectorAll("[role=option]")].map((row) => [row, row.querySelector("b").textContent]);
    let asked = 0; // the number of the last question: older answers are dropped
    let answered = Promise.resolve();

    const options = () => [...list.querySelectorAll("[role=option]:not([hidden])")];
    const chosen = () => list.querySelector("[aria-selected=true]");
    const choose = (row) => {
      chosen()?.removeAttribute("aria-selected");
      field.removeAttribute("aria-activedescendant");
      if (!row) return;
      row.setAttribute("aria-selected", "true");
      field.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    };
    const draw = () => {
      for (const group of list.children) group.hidden = !group.querySelector("[role=option]:not([hidden])");
      options().forEach((row, place) => { row.id = `pal-${place}`; });
      choose(options()[0]);
    };

    // What fits is lit, and not only said.
    const light = (bold, text) => {
      const words = bold.textContent;
      const at = text ? words.toLowerCase().indexOf(text.toLowerCase()) : -1;
      if (at < 0) { bold.textContent = words; return; }
      const mark = document.createElement("mark");
      mark.textContent = words.slice(at, at + text.length);
      bold.replaceChildren(words.slice(0, at), mark, words.slice(at + text.length));
    };
    // Each word of what was typed begins a word there.
    const fits = (words, text) => text.toLowerCase().split(/\s+/).every((part) => ` ${words.toLowerCase()}`.includes(` ${part}`));

    const group = (name, label) => {
      const item = document.createElement("li");
      item.className = "pal-group";
      item.setAttribute("role", "presentation");
      item.dataset.group = name;
      if (label) Object.assign(item.appendChild(document.createElement("p")), { className: "fold-label", textContent: label });
      const rows = item.appendChild(document.createElement("ul"));
      rows.setAttribute("role", "group");
      rows.setAttribute("aria-label", label || "Search");
      return [item, rows];
    };
    const link = (words, url) => {
      const row = known[0][0].cloneNode(true);
      row.querySelector("b").textContent = words;
      row.querySelectorAll(".pal-keys, small").forEach((each) => each.remove());
      row.hidden = false;
      row.dataset.url = url;
      return row;
    };

    // Of this person's last pages, by the menu's words where the menu has them.
    const [visited, lastRows] = group("visited", "Recent pages");
    const byUrl = new Map(known.map(([row]) => [row.dataset.url, row]));
    for (const { url, words } of read().filter((page) => page.url !== location.pathname).slice(0, KEPT)) {
      const row = byUrl.get(url)?.cloneNode(true) || link(words, url);
      lastRows.append(row);
    }
    list.prepend(visited);

    const forget = () => list.querySelectorAll("[data-found]").forEach((each) => each.remove());
    const show = (text, html) => {
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      for (const found of [...fresh.content.children]) {
        found.dataset.found = "";
        found.querySelectorAll("b").forEach((bold) => light(bold, text));
        if (found.dataset.group === "first") list.prepend(found);
        else list.append(found);
      }
      none.textContent = "";
      if (!options().length) {
        none.textContent = `Nothing matches “${text}”.`;
        const { instead, insteadWords } = form.dataset;
        if (instead) {
          const [item, rows] = group("instead", "");
          item.dataset.found = "";
          rows.append(link(insteadWords, `${instead}?q=${encodeURIComponent(text)}`));
          list.append(item);
        }
      }
    };

    const ask = async (text, number) => {
      await new Promise((done) => { setTimeout(done, PATIENCE); });
      if (number !== asked || !palette) return;
      let html = "";
      try {
        const answer = await fetch(`${form.dataset.search}?q=${encodeURIComponent(text)}`, { headers: { Accept: "text/html" } });
        if (answer.ok && !answer.redirected) html = await answer.text();
        else none.textContent = answer.redirected ? "You are logged out. Reload the page to log in." : "";
        if (answer.redirected) return;
      } catch {
        if (number === asked) none.textContent = "The desk can’t be reached.";
        return;
      }
      if (number !== asked || !palette) return;
      const before = chosen();
      forget();
      show(text, html);
      draw();
      if (before?.isConnected && !list.querySelector("[data-group=first]")) choose(before);
    };

    const type = () => {
      const text = field.value.trim().replace(/\s+/g, " ");
      for (const row of lastRows.children) row.hidden = Boolean(text);
      for (const [row, words] of known) {
        row.hidden = text ? !fits(words, text) : row.parentElement.parentElement.dataset.group !== "actions";
        light(row.querySelector("b"), text);
      }
      asked += 1;
      none.textContent = "";
      forget();
      draw();
      answered = text && form.dataset.search ? ask(text, asked) : Promise.resolve();
    };

    const go = async (aside) => {
      if (!chosen()) await answered; // a scanner is faster than the answer
      const row = chosen();
      if (!row || !palette) return;
      const sent = row.querySelector("form");
      if (sent) {
        const stays = sent.matches("[data-theme-form]");
        sent.target = aside && !stays ? "_blank" : "";
        document.body.append(sent);
        sent.requestSubmit(sent.querySelector("button"));
        if (stays) {
          sent.remove();
          palette.close();
        }
      } else if (aside) window.open(row.dataset.url, "_blank", "noopener");
      else location.assign(row.dataset.url);
      if (aside) palette.close();
    };

    field.addEventListener("input", type);
    form.addEventListener("submit", (event) => event.preventDefault());
    palette.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        const all = options();
        if (all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
      } else if (event.key === "Enter" && event.target === field) {
        event.preventDefault();
        if (!event.repeat) go(event.ctrlKey || event.metaKey);
      }
    });
    list.addEventListener("mousemove", (event) => {
      const row = event.target.closest("[role=option]");
      if (row && row !== chosen()) choose(row);
    });
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (!row) return;
      choose(row);
      go(event.ctrlKey || event.metaKey);
    });
    palette.querySelector(".pal-x").addEventListener("click", () => palette.close());
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); }); // beside it
    palette.addEventListener("close", () => { palette.remove(); palette = null; });
    type();
    palette.showModal();
    field.focus();
  };

  document.addEventListener("desk:palette", open);
  for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", open);
})();
