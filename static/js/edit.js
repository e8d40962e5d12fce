// The form of a book: what is not saved is named beside the button, what was changed says that it will be locked,
// leaving with changes asks, Ctrl Enter saves.
"use strict";
(() => {
  const form = document.getElementById("book-form");
  if (!form) return;
  const status = document.getElementById("unsaved");
  const icons = document.getElementById("chip-icons");
  const heading = document.getElementById("conflict-head");
  const isNew = form.dataset.book === "new";
  const came = Boolean(heading || form.querySelector("[aria-invalid=true]")); // back from the desk, not saved
  const fields = [...form.querySelectorAll("[data-field]")];
  const valueOf = (field) => {
    const input = field.querySelector("textarea[name], input[name]:not([name=locked])");
    return input ? input.value.trim() : "";
  };
  const lockOf = (field) => field.querySelector("[name=locked]");
  const stateOf = (field) => JSON.stringify([valueOf(field), lockOf(field)?.checked]);
  const first = new Map(fields.map((field) => [field, stateOf(field)]));
  const firstValue = new Map(fields.map((field) => [field, valueOf(field)]));
  const nameOf = (field) => field.querySelector(".form-label").textContent.trim();
  let sent = false;

  const changed = () => fields.filter((field) => stateOf(field) !== first.get(field));
  const mark = (field) => {
    if (isNew || lockOf(field) || ["isbn", "location", "copies"].includes(field.dataset.field)) return;
    const there = field.querySelector(".lock-new");
    const differs = valueOf(field) !== firstValue.get(field);
    if (differs === Boolean(there)) return;
    field.querySelector(".from")?.toggleAttribute("hidden", differs);
    if (there) { there.remove(); return; }
    const words = document.createElement("span");
    words.className = "lock lock-new";
    words.append(icons.content.querySelector("[data-icon=lock] svg").cloneNode(true), " Changed, will be locked");
    field.querySelector(".label-row").append(words);
  };
  const draw = () => {
    const some = changed();
    fields.forEach(mark);
    const count = document.createElement("b");
    count.textContent = `${some.length} change${some.length === 1 ? "" : "s"}`;
    const names = document.createElement("span");
    names.className = "wide-only";
    names.textContent = `: ${some.map((field) => nameOf(field).toLowerCase().replace("isbn", "ISBN")).join(", ")}`;
    if (some.length) status.replaceChildren(count, " not saved", names);
    else status.textContent = came ? "Not saved yet" : "No changes";
  };
  form.addEventListener("input", draw);
  form.addEventListener("change", draw);
  form.addEventListener("submit", () => { sent = true; });
  window.addEventListener("pageshow", () => { sent = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && changed().length) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (form.contains(document.activeElement)) document.activeElement.blur(); // a name that is being typed counts
    form.requestSubmit(document.querySelector("button[form=book-form]"));
  });

  // − and + beside the number of copies
  for (const number of form.querySelectorAll("[name=copies]")) {
    const stepper = document.createElement("span");
    stepper.className = "stepper stepper-paper";
    number.before(stepper);
    const buttons = [["minus", -1, "Remove a copy"], ["plus", 1, "Add a copy"]].map(([name, step, words]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", words);
      button.append(icons.content.querySelector(`[data-icon=${name}] svg`).cloneNode(true));
      button.addEventListener("click", () => {
        const next = (Number(number.value) || 0) + step;
        if (next < Number(number.min || 0)) return;
        number.value = next;
        number.dispatchEvent(new Event("input", { bubbles: true }));
      });
      return button;
    });
    stepper.append(buttons[0], number, buttons[1]);
  }
  if (heading) heading.focus();
  draw();
})();
