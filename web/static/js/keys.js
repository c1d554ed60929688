/* The keyboard: j/k next and previous, a accept, d dismiss, f defer, u undo, / search, g + letter to go, ? the list.
   A key does what the page declares with data-key, data-go, data-search and data-review-list; nothing fires while typing. */

import { addActions, newDialog } from "./dialogs.js";
import { say } from "./words.js";

const GO_WITHIN_MS = 1500;
let goUntil = 0;

const visible = (element) => element.getClientRects().length > 0 && !element.disabled;
const find = (selector) => Array.from(document.querySelectorAll(selector)).find(visible);

function typing(target) {
  return target.isContentEditable || (target.matches?.("input, textarea, select") && !/^(checkbox|radio|button|submit|file)$/.test(target.type));
}

function rows() {
  const list = find("[data-review-list]");
  return list ? Array.from(list.children).filter(visible) : [];
}

/** Move the focus to the next (+1) or previous (-1) row of the review list; false where there is none. */
function step(by) {
  const all = rows();
  if (!all.length) return false;
  const here = all.findIndex((row) => row.contains(document.activeElement) || row.getAttribute("aria-selected") === "true" || row.querySelector('[aria-current="true"], [aria-current="page"]'));
  const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
  all.forEach((row) => row.toggleAttribute("aria-selected", false));
  next.setAttribute("aria-selected", "true");
  const target = next.querySelector("a[href], button") ?? next;
  if (target === next) next.tabIndex = -1;
  target.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function go(letter) {
  goUntil = 0;
  const link = find(`[data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

function press(key) {
  if (key === "?") return help();
  if (key === "g") { goUntil = performance.now() + GO_WITHIN_MS; return true; }
  if (key === "/") { const box = find("[data-search]"); box?.focus(); box?.select?.(); return Boolean(box); }
  const declared = find(`[data-key="${CSS.escape(key)}"]`);
  if (declared) { declared.click(); return true; }
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !/^[jk]$/.test(event.key)) return;
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const used = performance.now() < goUntil ? go(event.key) : press(event.key);
  if (used) event.preventDefault();
});

document.addEventListener("click", (event) => { if (event.target.closest?.("[data-help]")) help(); });

/* The list of what works on this page ------------------------------------------------------------- */
const wordsOf = (element) => element.dataset.keyHelp ?? Array.from(element.childNodes).filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.textContent.trim()).join("") ?? "";

function known() {
  const list = new Map();
  const usable = (selector) => Array.from(document.querySelectorAll(selector)).filter(visible);
  if (rows().length) { list.set("j", say("下一条")); list.set("k", say("上一条")); }
  usable("[data-key]").forEach((element) => list.set(element.dataset.key, wordsOf(element)));
  if (find("[data-search]")) list.set("/", say("搜索"));
  usable("[data-go]").forEach((element) => list.set(`g ${element.dataset.go}`, wordsOf(element)));
  list.set("?", say("显示本表"));
  return list;
}

function help() {
  const lines = known();
  const dialog = newDialog(say("键盘快捷键"));
  const list = document.createElement("dl");
  for (const [keys, words] of lines) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(term, meaning);
  }
  dialog.append(list);
  addActions(dialog, [[say("关闭"), "btn-primary", () => dialog.close()]]);
  dialog.showModal();
  return true;
}

document.documentElement.dataset.keys = "ready";
