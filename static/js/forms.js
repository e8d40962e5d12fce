// Forms: the focus goes to the first wrong field, what is being sent looks busy, what destroys asks first.
"use strict";
(() => {
  const agreed = new WeakSet();

  // The form may have been drawn anew meanwhile (a live row): then its newest self counts.
  const newest = (form) => (form.isConnected ? form : document.querySelector(`form[action=${JSON.stringify(form.getAttribute("action"))}]`));

  const ask = (form, submitter) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    const question = document.createElement("h2");
    question.textContent = form.dataset.confirm;
    question.id = "ask-question";
    dialog.setAttribute("aria-labelledby", question.id);
    const detail = document.createElement("p");
    detail.textContent = form.dataset.confirmDetail || "";
    const actions = document.createElement("div");
    actions.className = "form-actions";
    const sure = form.dataset.confirmTone === "go" ? "btn-go" : "btn-danger"; // a good end is not red
    const [no, yes] = ["btn btn-line", `btn ${sure}`].map((look) => {
      const button = document.createElement("button");
      button.className = look;
      button.type = "button";
      return button;
    });
    no.textContent = form.dataset.confirmNo || "Keep it";
    yes.textContent = form.dataset.confirmYes || (submitter ? submitter.textContent.trim() : "Yes");
    no.autofocus = true;
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      agreed.add(form);
      dialog.close();
      const sent = newest(form);
      if (!sent) return;
      agreed.add(sent);
      sent.requestSubmit(submitter && submitter.isConnected ? submitter : undefined);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      const asking = newest(form);
      const place = submitter && submitter.isConnected ? submitter : asking && asking.querySelector("[type=submit]");
      if (place) place.focus();
    });
    actions.append(no, yes);
    dialog.append(question, detail, actions);
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !agreed.has(form)) {
      event.preventDefault();
      ask(form, event.submitter);
      return;
    }
    if (form.method === "post" && event.submitter && !event.defaultPrevented) {
      event.submitter.classList.add("busy");
      event.submitter.setAttribute("aria-busy", "true");
    }
  });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll(".busy")) {
      button.classList.remove("busy");
      button.removeAttribute("aria-busy");
    }
  });
  const wrong = document.querySelector(".is-invalid, [aria-invalid='true']");
  if (wrong) wrong.focus();
})();
