/* Behaviour common to the office pages. Pages work without it: it only makes them quicker and safer.
   Driven by data attributes: data-once, data-confirm, data-copy, data-copy-from, data-drop, data-autosubmit, data-lang, data-undo-until. */

import { ask } from "./dialogs.js";
import { randomKey, say } from "./words.js";

/* htmx 4: the request under construction is event.detail.ctx.request. ---------------------------- */
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token && request.method !== "GET") request.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!ctx.confirm) return;
  event.preventDefault();
  const { confirmYes, confirmDanger } = ctx.sourceElement.dataset;
  ask(ctx.confirm, confirmYes, confirmDanger !== undefined).then((yes) => (yes ? issueRequest() : dropRequest()));
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx && !event.detail.ctx.response) flash(say("网络没有连上，内容还在，请稍后再试"), "is-stop");
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.request.form;
  if (!form) return;
  release(form);
  // An answered attempt is over: the next one is a new act. An unanswered one keeps its key, so it cannot happen twice.
  if (ctx.response) form.querySelector('input[name="idempotency_key"][data-made]')?.remove();
});

document.addEventListener("htmx:after:settle", () => start());

/* Forms: ask first, send once. ------------------------------------------------------------------- */
const agreed = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asking = event.submitter?.dataset.confirm ? event.submitter : form;
  if (asking.dataset.confirm && !agreed.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asking.dataset.confirm, asking.dataset.confirmYes, asking.dataset.confirmDanger !== undefined).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(event.submitter);
    });
    return;
  }
  agreed.delete(form);
  if (form.dataset.once !== undefined) sendOnce(form, event);
}, true);

function sendOnce(form, event) {
  if (form.dataset.sent === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.sent = "true";
  if (!form.elements.namedItem("idempotency_key")) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "idempotency_key", value: randomKey() });
    field.dataset.made = "";
    form.append(field);
  }
  event.submitter?.classList.add("is-busy");
  // Another listener may still refuse the submit (validation by a part of the page).
  setTimeout(() => { if (event.defaultPrevented && !form.matches("[data-htmx-powered]")) release(form); });
}

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll(".is-busy").forEach((element) => element.classList.remove("is-busy"));
}

// Coming back with the browser's Back button shows the page as it was left: make it usable again, with its old key.
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-once]").forEach(release); });

/* Clicks and changes ----------------------------------------------------------------------------- */
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-confirm]");
  if (link) {
    event.preventDefault();
    if (await ask(link.dataset.confirm, link.dataset.confirmYes, link.dataset.confirmDanger !== undefined)) location.assign(link.href);
    return;
  }
  const language = event.target.closest?.("a[data-lang]");
  if (language) {
    event.preventDefault();
    const here = new URL(location.href);
    here.searchParams.set("lang", language.dataset.lang);
    location.assign(here);
    return;
  }
  const copier = event.target.closest?.("[data-copy], [data-copy-from]");
  if (copier) copy(copier);
});

async function copy(copier) {
  const from = copier.dataset.copyFrom && document.querySelector(copier.dataset.copyFrom);
  const text = copier.dataset.copy ?? (from ? from.value ?? from.textContent.trim() : "");
  try {
    await navigator.clipboard.writeText(text);
    const before = copier.textContent;
    copier.textContent = say("已复制");
    setTimeout(() => { copier.textContent = before; }, 1500);
  } catch {
    flash(say("复制不了，请手动选中复制"), "is-look");
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  const drop = event.target.closest(".ga-drop");
  if (drop && event.target.type === "file") showFileName(drop, event.target);
});

/* File drop ---------------------------------------------------------------------------------------- */
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("is-over", kind === "dragover");
    const input = drop.querySelector('input[type="file"]');
    if (kind === "drop" && input && event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

function showFileName(drop, input) {
  let line = drop.querySelector(".ga-drop-name");
  if (!line) {
    line = document.createElement("strong");
    line.className = "ga-drop-name d-block";
    line.setAttribute("role", "status");
    drop.append(line);
  }
  line.textContent = Array.from(input.files, (f) => `${f.name}（${Math.max(1, Math.round(f.size / 1024)).toLocaleString()} KB）`).join("，");
}

/* Messages ------------------------------------------------------------------------------------------ */
/** A line at the top of the page; colour class is-ok, is-look, is-stop or is-info. */
export function flash(text, colour = "is-info") {
  const line = document.createElement("div");
  line.className = `ga-flash ${colour}`;
  line.setAttribute("role", colour === "is-stop" ? "alert" : "status");
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  const shown = document.querySelectorAll(".ga-main > .ga-flash[data-script]");
  if (shown.length) shown[0].remove();
  line.dataset.script = "";
  document.querySelector(".ga-main, body").prepend(line);
}

function tickUndo() {
  document.querySelectorAll("[data-undo-until]").forEach((box) => {
    const left = Math.floor((Date.parse(box.dataset.undoUntil) - Date.now()) / 1000);
    const words = box.querySelector(".ga-undo-left");
    if (left > 0) {
      if (words) words.textContent = say("还可撤销 {minutes} 分 {seconds} 秒", { minutes: Math.floor(left / 60), seconds: left % 60 });
      return;
    }
    if (words) words.textContent = say("撤销时间已过");
    box.querySelectorAll(".ga-undo button, .ga-undo a").forEach((control) => control.remove());
    box.removeAttribute("data-undo-until");
  });
}

function start() {
  tickUndo();
  const errors = document.querySelector(".ga-errors:not([data-seen])");
  if (errors) {
    errors.dataset.seen = "";
    errors.tabIndex = -1;
    errors.focus();
  }
}

/* On a phone the rail is a strip that scrolls sideways: show where we are. */
function showCurrentPlace() {
  const strip = document.querySelector(".ga-nav");
  const here = strip?.querySelector("[aria-current]");
  if (here && strip.scrollWidth > strip.clientWidth) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2 + here.clientWidth / 2;
}

start();
showCurrentPlace();
setInterval(tickUndo, 1000);
