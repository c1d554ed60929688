/* What the phone keeps: unsent visits with their photos, the last work list, the visit being worked on.
   One IndexedDB database; needs the vendored idb (global idb). */

const NAME = "geoaddr-field";
const VERSION = 1;
let opened = null;

function database() {
  opened ??= window.idb.openDB(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore("visits", { keyPath: "idempotency_key" });
      db.createObjectStore("notes");
    },
    blocking() { opened?.then((db) => db.close()); opened = null; },
    terminated() { opened = null; },
  });
  return opened;
}

/** Ask the browser not to throw the photos away when space gets short. */
export async function keepForGood() {
  if (navigator.storage?.persist && !(await navigator.storage.persisted())) await navigator.storage.persist();
}

/** Unsent visits, oldest first. A visit: the fields of POST /field/visits, photo as a Blob, plus state, answer, tries, user. */
export async function visits() {
  const all = await (await database()).getAll("visits");
  return all.sort((a, b) => a.device_time.localeCompare(b.device_time));
}

export async function saveVisit(visit) { await (await database()).put("visits", visit); }
export async function dropVisit(key) { await (await database()).delete("visits", key); }

/** A remembered thing: "tasks" (the last list), "done" (serial -> time it was sent), "draft/{serial}" (a visit begun). */
export async function note(name) { return (await database()).get("notes", name); }
export async function saveNote(name, value) { await (await database()).put("notes", value, name); }
async function dropNote(name) { await (await database()).delete("notes", name); }

/* A visit begun and not yet finished: the phone may close the page while its camera is open, or the person looks at something else. */
const DRAFT_MS = 24 * 3600 * 1000;
const draftName = (serial) => `draft/${serial}`;

export function draftOf(serial) { return note(draftName(serial)); }
export function saveDraft(draft) { return saveNote(draftName(draft.task.serial), draft); }
export function dropDraft(serial) { return dropNote(draftName(serial)); }

/** Yesterday's unfinished visits, with their photos, do not stay on the phone. */
export async function dropOldDrafts() {
  const names = (await (await database()).getAllKeys("notes")).filter((name) => name.startsWith("draft/"));
  for (const name of names) if (Date.now() - (await note(name)).at > DRAFT_MS) await dropNote(name);
}
