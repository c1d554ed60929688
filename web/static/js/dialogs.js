/* Questions and lists shown in one <dialog> at a time. */

import { say } from "./words.js";

/** A fresh <dialog class="ga-dialog"> with a heading, in the page but not yet open; it leaves the page when closed. */
export function newDialog(heading) {
  const dialog = document.createElement("dialog");
  dialog.className = "ga-dialog";
  const title = document.createElement("h2");
  title.textContent = heading;
  title.id = `dialog-${document.querySelectorAll("dialog").length}`;
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

function button(text, kind, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn ${kind}`;
  made.textContent = text;
  made.addEventListener("click", onClick);
  return made;
}

/** Buttons at the foot of a dialog, from [text, class, handler] triples. */
export function addActions(dialog, actions) {
  const foot = document.createElement("div");
  foot.className = "ga-actions";
  foot.append(...actions.map((a) => button(...a)));
  dialog.append(foot);
}

/** Ask a yes-or-no question; resolves to true or false (Escape is no). */
export function ask(question, yes = say("确定"), danger = false) {
  return new Promise((resolve) => {
    const dialog = newDialog(say("请确认"));
    const text = document.createElement("p");
    text.textContent = question;
    dialog.append(text);
    addActions(dialog, [
      [say("取消"), "btn-outline-secondary", () => dialog.close("no")],
      [yes, danger ? "btn-outline-danger" : "btn-primary", () => dialog.close("yes")],
    ]);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
    dialog.showModal();
  });
}
