/* One visit: serial, place, photo; each says whether it is good and if not, why. Confirm needs all three; a problem needs only words. */

import { say, randomKey } from "../words.js";
import { prepare as preparePhoto } from "./photo.js";
import { follow, metresBetween } from "./position.js";
import { dropDraft, saveDraft, saveVisit } from "./store.js";
import { plateInPicture, tidySerial } from "./scan.js";

const byId = (id) => document.getElementById(id);
const RING_AT_LIMIT = 40;
const RING_LARGEST = 56;
const metres = (n) => Math.round(n);

export class Visit {
  /** limits {max_accuracy_m, max_distance_m}; user: whose work it is; onQueued(visit) after it is kept; onOther(plate) to do another plate. */
  constructor({ limits, user, onQueued, onOther }) {
    Object.assign(this, { limits, user, onQueued, onOther, draft: null, position: null, positionProblem: null });
    byId("photo-file").addEventListener("change", (event) => this.tookPhoto(event.target));
    byId("picture-file").addEventListener("change", (event) => this.gavePicture(event.target));
    byId("typed").addEventListener("submit", (event) => { event.preventDefault(); this.typed(); });
    byId("confirm").addEventListener("click", () => this.keep(this.draft.task.action === "take_down" ? "taken_down" : "installed", ""));
    byId("problem-form").addEventListener("submit", (event) => { event.preventDefault(); this.sendProblem(); });
    byId("other-plate").addEventListener("click", () => this.onOther(this.draft.scanned));
  }

  /** Show a visit; a draft survives the phone closing the page behind the camera. */
  open(draft) {
    this.close();
    this.draft = { key: randomKey(), at: Date.now(), scanned: null, photo: null, ...draft };
    this.stopFollowing = follow(({ position, problem }) => {
      if (position) { this.position = position; this.positionProblem = null; } else this.positionProblem = problem;
      this.show();
    });
    this.describe();
    this.remember();
    this.show();
  }

  close() {
    this.stopFollowing?.();
    this.stopFollowing = null;
    this.position = null;
    this.positionProblem = null;
    this.draft = null;
    byId("typed").reset();
    byId("problem-form").reset();
    byId("problem").open = false;
    byId("problem-error").hidden = true;
    byId("visit-error").hidden = true;
    byId("photo-view").hidden = true;
    byId("photo-view").removeAttribute("src");
    if (this.photoUrl) URL.revokeObjectURL(this.photoUrl);
  }

  describe() {
    const { task } = this.draft;
    byId("visit-address").textContent = task.address ?? say("这块门牌不在清单里");
    byId("visit-place").textContent = task.place ?? "";
    byId("visit-serial").textContent = task.serial;
    byId("visit-note").textContent = task.note ?? "";
    byId("visit-action").textContent = say({ hang: "挂牌", take_down: "摘牌", replace: "换牌" }[task.action] ?? "挂牌");
    byId("confirm-words").textContent = say(task.action === "take_down" ? "确认摘下" : "确认装好");
    if (this.draft.photo) this.showPhoto();
  }

  remember() { return saveDraft(this.draft).catch((problem) => this.complain(say("手机存不下了：{why}。请先送出或删除旧记录", { why: problem.message }))); }
  complain(words) { byId("visit-error").textContent = words; byId("visit-error").hidden = false; }

  /* what comes in ------------------------------------------------------------------------------------ */
  scanned(plate, how) {
    this.draft.scanned = { ...plate, how };
    this.remember();
    this.show();
  }

  typed() {
    const serial = tidySerial(byId("typed-serial").value);
    if (serial) this.scanned({ serial, signature: "" }, "typed");
  }

  async gavePicture(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const found = await plateInPicture(file).catch(() => "none");
    if (typeof found === "string") { this.say("serial", false, say(found === "foreign" ? "这不是门牌二维码" : "图里没有找到二维码，请靠近、对正再拍")); return; }
    this.scanned(found, "picture");
  }

  async tookPhoto(input) {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const taken = await preparePhoto(file);
    if (taken.problem) {
      this.say("photo", false, say({ unreadable: "这个文件不是可读的照片", small: "照片太小，请重拍", dark: "照片太暗，请重拍" }[taken.problem]));
      return;
    }
    this.draft.photo = taken.photo;
    this.showPhoto();
    this.remember();
    this.show();
  }

  showPhoto() {
    if (this.photoUrl) URL.revokeObjectURL(this.photoUrl);
    this.photoUrl = URL.createObjectURL(this.draft.photo);
    byId("photo-view").src = this.photoUrl;
    byId("photo-view").hidden = false;
  }

  /* what is good ---------------------------------------------------------------------------------------- */
  serialState() {
    const { task, scanned } = this.draft;
    if (task.unknown) return [false, say("这块门牌不在清单里")];
    if (!scanned) return [false, say("还没有扫码")];
    return tidySerial(task.serial) === scanned.serial ? [true, say("编号相符")] : [false, say("扫到的是另一块门牌：{serial}", { serial: scanned.serial })];
  }

  distance() {
    const { lon, lat } = this.draft.task;
    return this.position && typeof lon === "number" && typeof lat === "number" ? metresBetween(this.position, { lon, lat }) : null;
  }

  placeState() {
    if (!this.position) {
      if (this.positionProblem === "denied") return [false, say("定位没有开：请在系统设置里允许")];
      return [false, this.positionProblem ? say("定位不到：{why}", { why: this.positionProblem }) : say("还没有定位")];
    }
    const accuracy = metres(this.position.accuracy_m);
    if (this.position.accuracy_m > this.limits.max_accuracy_m) return [false, say("定位还不够准：±{accuracy} 米，要求 ±{limit} 米以内", { accuracy, limit: this.limits.max_accuracy_m })];
    const distance = this.distance();
    if (distance !== null && distance > this.limits.max_distance_m + this.position.accuracy_m) return [false, say("离登记位置 {distance} 米，超过 {limit} 米", { distance: metres(distance), limit: this.limits.max_distance_m })];
    return [true, say("位置可用：±{accuracy} 米", { accuracy }) + (distance === null ? "" : say("，离登记位置 {distance} 米", { distance: metres(distance) }))];
  }

  photoState() { return this.draft.photo ? [true, say("照片可用")] : [false, say("还没有照片")]; }

  show() {
    if (!this.draft) return;
    const states = [["serial", this.serialState()], ["place", this.placeState()], ["photo", this.photoState()]];
    states.forEach(([step, [good, words]]) => this.say(step, good, words));
    const missing = states.filter(([, [good]]) => !good).map(([, [, words]]) => words);
    byId("confirm").disabled = missing.length > 0;
    byId("missing").textContent = missing.join("；");
    byId("other-plate").hidden = !(this.draft.scanned && tidySerial(this.draft.task.serial) !== this.draft.scanned.serial);
    this.drawRing();
  }

  say(step, good, words) {
    const box = byId(`step-${step}`);
    box.classList.toggle("is-good", good);
    const line = box.querySelector(".f-state");
    if (line.textContent !== words) line.textContent = words;
  }

  drawRing() {
    const ring = byId("ring-now");
    const share = this.position ? this.position.accuracy_m / this.limits.max_accuracy_m : 0;
    ring.setAttribute("r", this.position ? String(Math.min(RING_LARGEST, Math.max(4, RING_AT_LIMIT * share))) : "0");
    byId("ring").classList.toggle("is-good", Boolean(this.position) && share <= 1);
    byId("ring-text").textContent = this.position ? `±${metres(this.position.accuracy_m)}` : "…";
  }

  /* what goes out ------------------------------------------------------------------------------------------ */
  sendProblem() {
    const choice = byId("problem-kind");
    const words = byId("problem-words").value.trim();
    const missing = !choice.value || (choice.value === "other" && !words);
    byId("problem-error").hidden = !missing;
    if (missing) { byId("problem-error").textContent = say("请写明问题"); byId(choice.value ? "problem-words" : "problem-kind").focus(); return; }
    const unmet = [this.serialState(), this.placeState(), this.photoState()].filter(([good]) => !good).map(([, text]) => text);
    const reason = [choice.selectedOptions[0].textContent.trim(), words, ...unmet].filter(Boolean).join("；");
    this.keep("problem", reason, choice.value);
  }

  async keep(outcome, reason, code) {
    const { task, scanned, photo, key } = this.draft;
    const same = scanned && tidySerial(task.serial) === scanned.serial;
    const visit = {
      idempotency_key: key, serial: task.serial, signature: same ? scanned.signature : "", read_by: scanned?.how ?? "none", scanned_serial: scanned?.serial,
      lon: this.position?.lon.toFixed(7), lat: this.position?.lat.toFixed(7), accuracy_m: this.position?.accuracy_m.toFixed(1), datum: "WGS84",
      device_time: new Date().toISOString(), outcome, reason, reason_code: code, photo, user: this.user, address: task.address ?? "", state: "waiting", tries: 0,
    };
    try { await saveVisit(visit); } catch (problem) { this.complain(say("手机存不下了：{why}。请先送出或删除旧记录", { why: problem.message })); return; }
    await dropDraft(task.serial);
    this.close();
    this.onQueued(visit);
  }
}
