/* Where the phone is, while a visit is open and not a moment longer. Positions are WGS84 as the device gives them. */

const KEEP_MS = 20_000;   // older fixes belong to where the person stood before
const KEEP_COUNT = 12;
const USABLE_FACTOR = 3;  // a fix three times worse than the best only adds noise
const EARTH_M = 6_371_008.8;

/** Metres between two {lon, lat} on the sphere; exact enough (0.5 %) for the few hundred metres judged here. */
export function metresBetween(a, b) {
  const rad = Math.PI / 180;
  const dLat = (b.lat - a.lat) * rad;
  const dLon = (b.lon - a.lon) * rad;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** One position from several fixes {lon, lat, accuracy_m, time}: the mean weighted by 1/accuracy², or null without any.
    Fixes of one phone err together, so the accuracy is that of the best fix, or their scatter if that is worse. */
export function combine(fixes, now) {
  const fresh = fixes.filter((f) => now - f.time <= KEEP_MS);
  if (!fresh.length) return null;
  const best = Math.min(...fresh.map((f) => f.accuracy_m));
  const used = fresh.filter((f) => f.accuracy_m <= best * USABLE_FACTOR);
  const weights = used.map((f) => 1 / Math.max(f.accuracy_m, 1) ** 2);
  const sum = weights.reduce((a, b) => a + b, 0);
  const mean = (key) => used.reduce((total, f, i) => total + f[key] * weights[i], 0) / sum;
  const at = { lon: mean("lon"), lat: mean("lat") };
  const scatter = Math.sqrt(used.reduce((total, f, i) => total + weights[i] * metresBetween(at, f) ** 2, 0) / sum);
  return { ...at, accuracy_m: Math.max(best, scatter), count: used.length };
}

/** Follows the position; onChange gets {position} or {problem: "denied" | "unavailable" | text}. Returns a function that stops it. */
export function follow(onChange) {
  if (!navigator.geolocation) { onChange({ problem: "unavailable" }); return () => {}; }
  let fixes = [];
  const tell = () => { const position = combine(fixes, Date.now()); if (position) onChange({ position }); };
  const id = navigator.geolocation.watchPosition(
    ({ coords }) => {
      fixes = [...fixes, { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, time: Date.now() }].slice(-KEEP_COUNT);
      tell();
    },
    (error) => onChange({ problem: error.code === error.PERMISSION_DENIED ? "denied" : error.message || "unavailable" }),
    { enableHighAccuracy: true, maximumAge: 0, timeout: 30_000 },
  );
  return () => navigator.geolocation.clearWatch(id);
}

/** One position for sorting the list, only where the person has already allowed it; null otherwise. */
export async function ifAllowed() {
  const state = navigator.permissions ? await navigator.permissions.query({ name: "geolocation" }) : null;
  return state?.state === "granted" ? once() : null;
}

/** One position now, or null. */
export function once() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) { resolve(null); return; }
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }), () => resolve(null), { maximumAge: 60_000, timeout: 10_000 });
  });
}

/** Tasks in walking order: from where one stands always to the nearest next; those without a place come last. Adds distance_m from here. */
export function walkingOrder(tasks, here) {
  const placed = tasks.filter((t) => typeof t.lon === "number" && typeof t.lat === "number");
  const rest = tasks.filter((t) => !placed.includes(t));
  if (!here) return tasks;
  const left = placed.map((t) => ({ ...t, distance_m: metresBetween(here, t) }));
  const ordered = [];
  for (let at = here; left.length; at = ordered[ordered.length - 1]) {
    const nearest = left.reduce((least, t, i) => (metresBetween(at, t) < metresBetween(at, left[least]) ? i : least), 0);
    ordered.push(...left.splice(nearest, 1));
  }
  return [...ordered, ...rest];
}
