/* The two lists of the field page: what is to do, and what has not been sent yet. Rows come from <template>s in the page. */

import { moment, say } from "../words.js";

const byId = (id) => document.getElementById(id);

/** "85 米", "1.2 公里". */
export function distanceWords(metres) {
  return metres < 950 ? say("{n} 米", { n: Math.round(metres / 5) * 5 }) : say("{n} 公里", { n: (metres / 1000).toFixed(1) });
}

function row(template, texts) {
  const made = byId(template).content.firstElementChild.cloneNode(true);
  for (const [name, text] of Object.entries(texts)) {
    const place = made.querySelector(`[data-text="${name}"]`);
    place.textContent = text ?? "";
    place.hidden = !text;
  }
  return made;
}

/** Draw the tasks that are neither sent nor waiting; waiting ones stay visible, marked. */
export function showTasks(tasks, waiting) {
  byId("tasks").replaceChildren(...tasks.map((task) => {
    const made = row("task-row", {
      address: task.address, place: task.place, serial: task.serial, note: task.note,
      action: say({ hang: "挂牌", take_down: "摘牌", replace: "换牌" }[task.action] ?? task.action),
      kind: say({ door: "门", building: "幢", unit: "单元", room: "室" }[task.kind] ?? task.kind ?? ""),
      distance: typeof task.distance_m === "number" ? distanceWords(task.distance_m) : "",
      state: waiting.has(task.serial) ? say("待送") : "",
    });
    made.querySelector("a").href = `#visit/${encodeURIComponent(task.serial)}`;
    return made;
  }));
  byId("no-tasks").hidden = tasks.length > 0;
}

/** Draw the unsent visits. acts: {retry(visit), remove(visit)}. */
export function showQueue(visits, acts, urls) {
  urls.splice(0).forEach((url) => URL.revokeObjectURL(url));
  byId("queue").replaceChildren(...visits.map((visit) => {
    const made = row("queue-row", {
      address: visit.address || visit.serial, serial: visit.serial, outcome: say({ problem: "报问题", taken_down: "确认摘下" }[visit.outcome] ?? "确认安装"), reason: visit.reason,
      time: moment(visit.device_time),
      state: say({ waiting: "待送", later: "待送", refused: "没有收下", sending: "正在送" }[visit.state]), answer: visit.answer,
      place: visit.lon ? `${visit.lon}, ${visit.lat} ±${Math.round(visit.accuracy_m)} m` : "",
    });
    made.classList.toggle("is-refused", visit.state === "refused");
    const picture = made.querySelector("img");
    if (visit.photo) { const url = URL.createObjectURL(visit.photo); urls.push(url); picture.src = url; } else picture.remove();
    made.querySelector('[data-act="retry"]').addEventListener("click", () => acts.retry(visit));
    made.querySelector('[data-act="remove"]').addEventListener("click", () => acts.remove(visit));
    return made;
  }));
  byId("queue-empty").hidden = visits.length > 0;
  byId("send-all").hidden = visits.length === 0;
  const count = byId("queue-count");
  count.textContent = visits.length ? say("待送 {n} 条", { n: visits.length }) : say("都已送出");
  count.classList.toggle("is-waiting", visits.length > 0);
  count.classList.toggle("is-refused", visits.some((v) => v.state === "refused"));
}
