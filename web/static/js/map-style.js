/* How each kind of thing is drawn on the map. Shape differs as well as colour. Needs the vendored OpenLayers (global ol). */

import { say } from "./words.js";

const { Style, Stroke, Fill, Circle, RegularShape, Text } = window.ol.style;
const WHITE = "#ffffff";

/* layer -> its word in the legend, its place in the stack, and its look. */
export const LAYERS = {
  coverage: { word: "门牌覆盖", z: 1 },
  division: { word: "区划界线", z: 2, line: "#6b7886", width: 2, dash: [8, 6], fill: "rgba(107,120,134,0.04)", colour: "#4b5766" },
  place: { word: "地名", z: 3, line: "#17633a", width: 1.5, fill: "rgba(111,180,140,0.18)", mark: "square", colour: "#17633a" },
  road: { word: "街路巷", z: 4, line: "#8492a2", width: 4, fill: "rgba(132,146,162,0.25)", colour: "#38434f" },
  neighbour: { word: "邻近", z: 5, line: "#6b7886", width: 1.5, radius: 4, fill: "#a9b4c0", colour: "#4b5766" },
  address: { word: "地址", z: 6, line: "#0b4ea2", width: 2, radius: 6, fill: "#0b4ea2", colour: "#083c7d" },
  plate: { word: "门牌", z: 7, line: "#0b4ea2", width: 2, radius: 8, mark: "square", fill: "#eaf1fa", colour: "#083c7d" },
  case: { word: "业务对象", z: 8, line: "#4d1f70", width: 1.5, radius: 8, mark: "diamond", fill: "#8d55b8", colour: "#4d1f70" },
  candidate: { word: "候选", z: 9, line: "#7a4a00", width: 2, radius: 8, fill: "#ffd98a", colour: "#5a3700" },
  wrong: { word: "有问题", z: 10, line: "#9f1d20", width: 2.5, radius: 8, mark: "triangle", fill: "#fdeceb", colour: "#9f1d20" },
};

/* Share of plates installed, in the five steps of .ga-coverage-legend. */
const SHARE_STEPS = [[0.25, "#ffffff"], [0.5, "#d6e4f4"], [0.75, "#9dbfe3"], [0.95, "#5a8fca"], [Infinity, "#0b4ea2"]];

function mark(look, emphasised) {
  const radius = (look.radius ?? 7) * (emphasised ? 1.35 : 1);
  const common = { radius, fill: new Fill({ color: look.fill }), stroke: new Stroke({ color: look.fill === look.line ? WHITE : look.line, width: look.width }), declutterMode: "none" };
  if (look.mark === "square") return new RegularShape({ ...common, points: 4, angle: Math.PI / 4 });
  if (look.mark === "diamond") return new RegularShape({ ...common, points: 4 });
  if (look.mark === "triangle") return new RegularShape({ ...common, points: 3 });
  return new Circle(common);
}

function label(feature, look, family) {
  const text = feature.get("label");
  if (text === undefined || text === null || text === "") return undefined;
  const along = /LineString/.test(feature.getGeometry().getType());
  return new Text({
    text: String(text), font: `13px ${family}`, placement: along ? "line" : "point", offsetY: along || /Polygon/.test(feature.getGeometry().getType()) ? 0 : 17,
    fill: new Fill({ color: look.colour ?? "#1a232e" }), stroke: new Stroke({ color: "rgba(255,255,255,0.92)", width: 3.5 }), overflow: along,
  });
}

function coverage(feature) {
  const share = feature.get("share");
  if (typeof share !== "number") return { line: "#8794a3", width: 1, dash: [3, 3], fill: "#f0f2f4", colour: "#1a232e" };
  const [, fill] = SHARE_STEPS.find(([below]) => share < below);
  return { line: "#8794a3", width: 1, fill, colour: share < 0.95 ? "#1a232e" : "#083c7d" };
}

/** A style function for an OpenLayers vector layer; the feature in `emphasis.id` (or with current: true) is drawn larger with a halo. */
export function styleFor(family, emphasis) {
  const made = new Map();
  return (feature) => {
    const name = feature.get("layer") in LAYERS ? feature.get("layer") : "address";
    const strong = feature.get("current") === true || (emphasis.id !== null && String(feature.getId() ?? feature.get("id")) === emphasis.id);
    const look = name === "coverage" ? coverage(feature) : LAYERS[name];
    const key = `${name} ${strong} ${look.fill}`;
    if (!made.has(key)) made.set(key, draw(look, LAYERS[name].z, strong));
    const text = label(feature, look, family);
    return text ? [...made.get(key), new Style({ text, zIndex: LAYERS[name].z + 20 })] : made.get(key);
  };
}

function draw(look, z, strong) {
  const styles = [new Style({
    stroke: new Stroke({ color: look.line, width: look.width + (strong ? 2 : 0), lineDash: look.dash }),
    fill: new Fill({ color: look.fill }), image: mark(look, strong), zIndex: z + (strong ? 10 : 0),
  })];
  if (strong) {
    const halo = new Stroke({ color: "#e3a93c", width: 3 });
    styles.unshift(new Style({ stroke: new Stroke({ color: "rgba(227,169,60,0.75)", width: look.width + 8 }), image: new Circle({ radius: (look.radius ?? 7) * 1.35 + 6, stroke: halo, declutterMode: "none" }), zIndex: z + 9 }));
  }
  return styles;
}

/** A legend of the layers that are really there; folded on a phone, where it would hide the map. */
export function legendFor(names) {
  const box = document.createElement("details");
  box.className = "ga-legend-box";
  box.open = window.matchMedia("(min-width: 48rem)").matches;
  const summary = document.createElement("summary");
  summary.textContent = say("图例");
  const list = document.createElement("ul");
  list.className = "ga-legend";
  Object.keys(LAYERS).filter((name) => names.has(name) && name !== "coverage").reverse().forEach((name) => {
    const line = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = `ga-swatch ${name}`;
    line.append(swatch, say(LAYERS[name].word));
    list.append(line);
  });
  box.append(summary, list);
  return box;
}
