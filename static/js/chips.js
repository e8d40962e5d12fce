// A list of names, one a line in a text area, as chips: Enter, Tab or a choice ends a name, and a comma belongs to it.
// Where the area names an address (data-suggest), what is there is suggested. The area stays what is sent.
"use strict";
(() => {
  const PATIENCE = 150;
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const lit = (words, text) => {
    const at = fold(words).length === words.length && text ? fold(words).indexOf(fold(text)) : -1;
    if (at < 0) return [words];
    return [words.slice(0, at), make("mark", {}, words.slice(at, at + text.length)), words.slice(at + text.length)];
  };
  const icons = document.getElementById("chip-icons");
  const sign = (name) => icons.content.querySelector(`[data-icon=${name}] svg`).cloneNode(true);

  const build = (area) => {
    const { id } = area;
    const label = document.querySelector(`label[for=${id}]`);
    const field = make("input", { id, type: "text", dir: "auto", autocomplete: "off", autocapitalize: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": `${id}-names` });
    for (const name of ["aria-invalid", "aria-describedby"]) if (area.hasAttribute(name)) field.setAttribute(name, area.getAttribute(name));
    if (!area.value) field.placeholder = "Name, then Enter";
    const box = make("div", { class: "chipbox" }, field);
    const list = make("ul", { class: "typeahead", id: `${id}-names`, role: "listbox", "aria-label": label.textContent, hidden: "" });
    const said = make("p", { class: "visually-hidden", role: "status" });
    area.id = `${id}-lines`;
    area.hidden = true;
    area.after(box, list, said);
    const help = document.getElementById(`${id}_helptext`);
    if (help) help.textContent = "Enter or Tab ends a name.";

    const chips = () => [...box.querySelectorAll(".chip-in")];
    const chipOf = (name) => {
      const button = make("button", { type: "button", tabindex: "-1", "aria-label": `Remove ${name}` }, sign("cross"));
      const chip = make("span", { class: "chip-in", dir: "auto" }, make("span", {}, name), button);
      chip.dataset.name = name;
      button.addEventListener("click", () => { remove(chip); field.focus(); });
      return chip;
    };
    const keep = () => {
      area.value = chips().map((chip) => chip.dataset.name).join("\n");
      field.placeholder = area.value ? "" : "Name, then Enter";
      area.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const choose = (chip) => {
      box.querySelector(".chip-chosen")?.classList.remove("chip-chosen");
      chip?.classList.add("chip-chosen");
      if (chip) said.textContent = `${chip.dataset.name}. Backspace removes it.`;
    };
    const remove = (chip) => {
      said.textContent = `${chip.dataset.name} removed.`;
      chip.remove();
      keep();
    };
    const add = (text) => {
      for (const name of text.split("\n").map((each) => each.trim().replace(/\s+/g, " ")).filter(Boolean)) {
        if (!chips().some((chip) => chip.dataset.name === name)) field.before(chipOf(name));
        said.textContent = `${name} added.`;
      }
      field.value = "";
      close();
      keep();
    };

    // What is there

    const options = () => [...list.querySelectorAll("[role=option]")];
    const chosen = () => list.querySelector("[aria-selected=true]");
    const select = (row) => {
      chosen()?.setAttribute("aria-selected", "false");
      field.removeAttribute("aria-activedescendant");
      if (!row) return;
      row.setAttribute("aria-selected", "true");
      field.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    };
    const close = () => {
      list.hidden = true;
      list.replaceChildren();
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const show = (text, names) => {
      const rows = names.map(({ name, books }) => [name, make("li", { role: "option", "aria-selected": "false" }, make("span", {}, ...lit(name, text)), make("small", {}, books))]);
      if (!names.some(({ name }) => name === text)) rows.push([text, make("li", { role: "option", "aria-selected": "false", class: "typeahead-new" }, make("span", {}, sign("plus"), ` New ${area.dataset.chips} “${text}”`))]);
      list.replaceChildren(...rows.map(([, row]) => row));
      rows.forEach(([name, row], place) => {
        row.id = `${id}-name-${place}`;
        row.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
        row.addEventListener("click", () => add(name));
        row.dataset.name = name;
      });
      list.hidden = false;
      list.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-expanded", "true");
      said.textContent = `${names.length} ${names.length === 1 ? "match" : "matches"}`;
    };
    let timer = 0;
    let asked = 0; // older answers are dropped
    const ask = async () => {
      const text = field.value.trim();
      const mine = ++asked;
      if (!text || !area.dataset.suggest) { close(); return; }
      try {
        const answer = await fetch(`${area.dataset.suggest}?q=${encodeURIComponent(text)}`);
        const { names } = await answer.json();
        if (mine === asked && field.value.trim() === text && document.activeElement === field) show(text, names);
      } catch { close(); }
    };

    field.addEventListener("input", () => {
      choose(null);
      clearTimeout(timer);
      timer = setTimeout(ask, PATIENCE);
    });
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!text.includes("\n")) return;
      event.preventDefault();
      add(text);
    });
    field.addEventListener("blur", () => {
      asked += 1;
      clearTimeout(timer);
      choose(null);
      if (field.value.trim()) add(field.value); // nothing typed is lost
      else close();
    });
    field.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const rows = options();
      const all = chips();
      const at = all.findIndex((chip) => chip.classList.contains("chip-chosen"));
      if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey && field.value.trim())) {
        event.preventDefault();
        asked += 1;
        clearTimeout(timer);
        const name = chosen()?.dataset.name || field.value;
        if (name.trim()) add(name);
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && rows.length) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const here = rows.indexOf(chosen());
        select(rows[(here + step + rows.length + (here < 0 && step < 0 ? 1 : 0)) % rows.length]);
      } else if (!field.value && event.key === "Backspace" && all.length) {
        event.preventDefault();
        if (at < 0) choose(all.at(-1));
        else { remove(all[at]); choose(null); }
      } else if (!field.value && event.key === "Delete" && at >= 0) {
        event.preventDefault();
        remove(all[at]);
      } else if (!field.value && (event.key === "ArrowLeft" || event.key === "ArrowRight") && all.length) {
        event.preventDefault();
        const next = event.key === "ArrowLeft" ? (at < 0 ? all.length - 1 : Math.max(0, at - 1)) : at + 1;
        choose(at < 0 && event.key === "ArrowRight" ? null : all[next] || null);
      } else if (at >= 0) choose(null);
    });
    box.addEventListener("click", (event) => { if (event.target === box) field.focus(); });
    for (const name of area.value.split("\n").filter((each) => each.trim())) field.before(chipOf(name.trim()));
  };

  document.querySelectorAll("textarea[data-chips]").forEach(build);
})();
