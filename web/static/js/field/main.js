/* The field page: list -> visit -> queue, by the address's # part, with or without a network. */

import { ask } from "../dialogs.js";
import { moment, say } from "../words.js";
import { showQueue, showTasks } from "./lists.js";
import { ifAllowed, once, walkingOrder } from "./position.js";
import { prepare as prepareScan, tidySerial, watchCamera } from "./scan.js";
import { draftOf, dropOldDrafts, dropVisit, keepForGood, note, saveNote, visits } from "./store.js";
import { fetchTasks, sendAll } from "./sync.js";
import { Visit } from "./visit.js";

const byId = (id) => document.getElementById(id);
const settings = document.body.dataset;
const RETRY_MS = 60_000;
const pictures = [];
const limits = { max_accuracy_m: Number(settings.maxAccuracyM), max_distance_m: Number(settings.maxDistanceM) };
let token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
let tasks = [];
let here = null;
let camera = null;

const visit = new Visit({
  limits, user: settings.user ?? "",
  onQueued: async () => { tell(say("已存在手机上，有网络时自动送出")); location.hash = "#list"; await redraw(); synchronise(); },
  onOther: (plate) => openPlate(plate, plate.how),
});

/* work list ------------------------------------------------------------------------------------------------ */
async function loadTasks() {
  const { list, problem } = await fetchTasks(settings.tasksUrl);
  if (list) {
    await saveNote("tasks", list);
    if (list.csrf_token) token = list.csrf_token;
  }
  const known = list ?? (await note("tasks"));
  if (known) {
    tasks = known.tasks;
    limits.max_accuracy_m = known.max_accuracy_m ?? limits.max_accuracy_m;
    limits.max_distance_m = known.max_distance_m ?? limits.max_distance_m;
    await forgetDone(known);
    byId("list-note").textContent = (problem ? `${say(problem === "signed-out" ? "请重新登录后再送" : "清单没有取到，显示的是上次的")} · ` : "") + say("清单更新于 {time}", { time: moment(known.generated_at) });
  } else byId("list-note").textContent = say("清单还没有下载，请在有网络时打开一次");
  await redraw();
}

/* A plate sent before the list was made is the server's affair again: it lists it only if work is left. */
async function forgetDone(list) {
  const done = (await note("done")) ?? {};
  const kept = Object.fromEntries(Object.entries(done).filter(([, time]) => Date.parse(time) > Date.parse(list.generated_at)));
  await saveNote("done", kept);
}

async function redraw() {
  const unsent = await visits();
  const done = (await note("done")) ?? {};
  const waiting = new Set(unsent.map((v) => v.serial));
  showTasks(walkingOrder(tasks.filter((t) => !(t.serial in done)), here), waiting);
  showQueue(unsent, { retry: (one) => synchronise(one.idempotency_key), remove }, pictures);
}

async function remove(one) {
  if (!(await ask(say("删掉这条记录和照片？删掉就找不回来了。"), say("删除"), true))) return;
  await dropVisit(one.idempotency_key);
  await redraw();
}

/* sending ----------------------------------------------------------------------------------------------------- */
let sending = false;

async function synchronise(only = null) {
  if (sending || !(await visits()).length) return;
  sending = true;
  try {
    await loadTasks(); // also renews the CSRF token, which an offline day outlives
    const sent = await sendAll({ url: settings.visitsUrl, token, user: settings.user ?? "", only, onStep: (v) => tell(`${say("正在送")} ${v.serial}`) });
    if (sent.length) tell(say("已送出：{serial}", { serial: sent.join("，") }));
    else tell("");
  } finally {
    sending = false;
    await redraw();
  }
}

function tell(words) { byId("message").textContent = words; byId("message").hidden = !words; }

/* scanning ---------------------------------------------------------------------------------------------------- */
async function openScanner(onPlate) {
  const dialog = byId("scanner");
  byId("scanner-note").textContent = "";
  dialog.showModal();
  try {
    camera = await watchCamera(byId("scanner-video"), (plate) => { dialog.close(); onPlate(plate); }, () => { byId("scanner-note").textContent = say("这不是门牌二维码"); });
    if (!dialog.open) { camera.stop(); return; }
    byId("torch").hidden = !camera.torch;
    camera.failed.catch((problem) => { byId("scanner-note").textContent = problem.message; });
  } catch (problem) {
    byId("scanner-note").textContent = say("打不开照相机：{why}。可拍照识别，或手输编号", { why: problem.message });
  }
}

async function openPlate(plate, how) {
  const task = tasks.find((t) => tidySerial(t.serial) === plate.serial) ?? { serial: plate.serial, unknown: true };
  visit.open((await draftOf(task.serial)) ?? { task });
  visit.scanned(plate, how);
  location.hash = `#visit/${encodeURIComponent(task.serial)}`;
}

/* views ------------------------------------------------------------------------------------------------------- */
async function route() {
  const [name, serial] = location.hash.slice(1).split("/");
  if (name === "visit") {
    const wanted = decodeURIComponent(serial ?? "");
    if (visit.draft?.task.serial !== wanted) {
      const task = tasks.find((t) => t.serial === wanted);
      const draft = await draftOf(wanted);
      if (draft) visit.open(draft);
      else if (task) visit.open({ task });
      else { location.hash = "#list"; return; }
    }
  } else visit.close();
  const shown = ["visit", "queue"].includes(name) ? name : "list";
  for (const view of ["list", "visit", "queue"]) byId(`view-${view}`).hidden = view !== shown;
  if (shown !== "list") window.scrollTo(0, 0);
  byId(`view-${shown}`).querySelector("h1")?.focus({ preventScroll: true });
}

function listen() {
  addEventListener("hashchange", route);
  addEventListener("online", async () => { showNetwork(); await loadTasks(); synchronise(); });
  addEventListener("offline", showNetwork);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) synchronise(); else camera?.stop(); });
  byId("scan").addEventListener("click", () => openScanner((plate) => openPlate(plate, "scan")));
  byId("scan-here").addEventListener("click", () => openScanner((plate) => visit.scanned(plate, "scan")));
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const serialTyped = tidySerial(byId("find-serial").value);
    if (serialTyped) openPlate({ serial: serialTyped, signature: "" }, "typed");
    event.target.reset();
  });
  byId("scanner").addEventListener("close", () => camera?.stop());
  byId("scanner-close").addEventListener("click", () => byId("scanner").close());
  byId("torch").addEventListener("click", (event) => { const on = event.target.getAttribute("aria-pressed") !== "true"; event.target.setAttribute("aria-pressed", String(on)); camera.torch(on); });
  byId("sort").addEventListener("click", async () => { here = await once(); await redraw(); });
  byId("send-all").addEventListener("click", () => synchronise());
}

function showNetwork() {
  const off = !navigator.onLine;
  byId("network").hidden = !off;
}

/* offline ----------------------------------------------------------------------------------------------------- */
async function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data.type === "kept") { document.body.dataset.offlineReady = "true"; byId("offline-ready").hidden = false; }
    if (data.type === "kept" && data.replaced) byId("update").hidden = false;
  });
  byId("update").addEventListener("click", () => location.reload());
  await navigator.serviceWorker.register(settings.swUrl, { scope: settings.swScope });
  const ready = await navigator.serviceWorker.ready;
  ready.active.postMessage({ type: "keep", version: settings.version, urls: JSON.parse(byId("keep").textContent) });
}

async function start() {
  prepareScan(settings.wasmUrl);
  listen();
  showNetwork();
  const ready = keepOffline().catch((problem) => tell(problem.message));
  tasks = (await note("tasks"))?.tasks ?? [];
  await redraw();
  await route();
  keepForGood();
  await dropOldDrafts();
  here = await ifAllowed();
  await loadTasks();
  await synchronise();
  setInterval(() => { if (navigator.onLine) synchronise(); }, RETRY_MS);
  await ready;
}

start();
