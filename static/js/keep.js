// What was typed is not lost when the session had ended: it is kept in this tab until the answer shows that it arrived,
// and put back into the form after the log-in. Never passwords, never files; a person's words only for that person.
"use strict";
(() => {
  const KEY = "desk-typed";
  const { user = "", lost } = document.body.dataset;
  const read = () => { try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; } };
  const drop = () => { try { sessionStorage.removeItem(KEY); } catch { /* storage is off */ } };
  const write = (value) => { try { sessionStorage.setItem(KEY, JSON.stringify(value)); } catch { drop(); } };
  const typed = (field) => field.name && !["hidden", "password", "file", "radio", "submit"].includes(field.type);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const fields = [...form.elements].filter(typed);
    if (event.defaultPrevented || form.method !== "post" || !fields.length || !user) return;
    const values = fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]);
    write({ path: new URL(form.action, location.href).pathname, user, values });
  });

  const kept = read();
  if (!kept) return;
  if (lost) { // the log-in page, or that of a form which was open for too long
    if (new URL(lost, location.href).pathname === kept.path) write({ ...kept, lost: true });
    else drop();
    return;
  }
  if (!kept.lost || (user && kept.user !== user)) { drop(); return; }
  if (kept.path !== location.pathname) return;
  drop();
  const names = new Map(kept.values);
  const form = [...document.forms].find((each) => each.method === "post" && [...each.elements].some((field) => typed(field) && names.has(field.name)));
  if (!form) return;
  for (const field of form.elements) {
    if (!typed(field) || !names.has(field.name)) continue;
    if (field.type === "checkbox") field.checked = names.get(field.name);
    else field.value = names.get(field.name);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  note.textContent = "You were logged out. What you typed is still here: check it and send it again.";
  form.before(note);
  const first = [...form.elements].find(typed);
  if (first) first.focus();
})();
