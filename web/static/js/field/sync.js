/* Sending what waits. A visit leaves the phone only when the server has answered, in JSON, with the visit's own key:
   a sign-in page or the welcome page of a Wi-Fi network answers 200 too, and must never cost a photo. */

import { say } from "../words.js";
import { dropVisit, note, saveNote, saveVisit, visits } from "./store.js";

const FIELDS = ["serial", "signature", "lon", "lat", "accuracy_m", "datum", "device_time", "idempotency_key", "outcome", "reason", "reason_code", "read_by", "scanned_serial"];
const WAIT_MS = 60_000;

/** A fresh answer of the task list, or {problem}; also where a still valid CSRF token comes from. */
export async function fetchTasks(url) {
  let answer;
  try { answer = await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15_000) }); } catch { return { problem: "offline" }; }
  if (answer.redirected || answer.status === 401 || answer.status === 403) return { problem: "signed-out" };
  if (!answer.ok || !isJson(answer)) return { problem: "unusable" };
  return { list: await answer.json() };
}

const isJson = (answer) => /\bjson\b/.test(answer.headers.get("Content-Type") ?? "");

function formFor(visit) {
  const form = new FormData();
  for (const field of FIELDS) if (visit[field] !== undefined && visit[field] !== null) form.set(field, String(visit[field]));
  if (visit.photo) form.set("photo", visit.photo, "photo.jpg");
  return form;
}

/** Send one visit. Resolves to "sent", "refused" (the server said why) or "later" (try again); the visit carries the words for people. */
export async function send(visit, url, token) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body: formFor(visit), credentials: "same-origin", headers: { "X-CSRFToken": token, Accept: "application/json" }, signal: AbortSignal.timeout(WAIT_MS) });
  } catch { return put(visit, "later", say("网络没有连上，稍后自动再送")); }
  const told = isJson(answer) ? await answer.json().catch(() => null) : null;
  if (answer.redirected || answer.status === 401) return put(visit, "later", say("请重新登录后再送"));
  if (answer.ok) {
    if (told?.idempotency_key !== visit.idempotency_key) return put(visit, "later", say("回答不是本系统的，可能要先登录无线网络"));
    const done = (await note("done")) ?? {};
    await saveNote("done", { ...done, [visit.serial]: new Date().toISOString() });
    await dropVisit(visit.idempotency_key);
    return "sent";
  }
  if (answer.status === 429 || answer.status === 408 || answer.status >= 500) return put(visit, "later", told?.detail ?? say("服务器暂时不能收（{status}），稍后再送", { status: answer.status }));
  return put(visit, "refused", told?.detail ?? told?.title ?? say("服务器没有收下（{status}）", { status: answer.status }));
}

async function put(visit, state, words) {
  await saveVisit({ ...visit, state, answer: words, tries: (visit.tries ?? 0) + 1 });
  return state;
}

/** Send everything that waits (or the one with `only`), one after the other; a refused one waits for a person. Resolves to the serials sent.
    Only one page of this phone sends at a time; the keys make a second sending harmless anyway. */
export async function sendAll({ url, token, user, only = null, onStep }) {
  const work = async () => {
    const sent = [];
    for (const visit of await visits()) {
      if (only ? visit.idempotency_key !== only : visit.state === "refused") continue;
      if (visit.user !== user) continue;
      await onStep(visit);
      const outcome = await send(visit, url, token);
      if (outcome === "sent") sent.push(visit.serial);
      if (outcome === "later" && !only && !navigator.onLine) break;
    }
    return sent;
  };
  return navigator.locks ? navigator.locks.request("geoaddr-field-sync", work) : work();
}
