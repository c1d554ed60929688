/* Turns every <div class="geoaddr-map"> into a map of our own data (attributes: see the cheat-sheet in geoaddr.css and below).
     data-src          GeoJSON address; with {bbox} (and {zoom}) in it the view is fetched again after each move
     data-geojson      "#id" of a <script type="application/json"> holding GeoJSON instead
     data-lon data-lat data-zoom | data-extent="w,s,e,n"     first view, otherwise the data are shown whole
     data-tile-url     XYZ tiles from an allowed host; data-tile-crs="4490" when they are a lon/lat grid
     data-editable     points can be dragged; data-draw="LineString|Point|Polygon" with data-draw-input="#field" draws one
     data-lon-input data-lat-input   a click fills these fields;  data-follow="#list"  highlights [data-feature-id] under the pointer or focus
   Events on the div: geoaddr:select, geoaddr:click, geoaddr:moved, geoaddr:drawn, geoaddr:loaded; it listens to geoaddr:reload.
   Coordinates in and out are CGCS2000 degrees (lon, lat); without lon/lat tiles the picture is conformal, so shapes look true. */

import { legendFor, styleFor } from "./map-style.js";
import { say } from "./words.js";

const ol = window.ol;
const DEGREES = "EPSG:4326";
const WAIT_MS = 250;
const NEAR_PX = 8;

class GeoMap {
  constructor(box) {
    this.box = box;
    this.projection = box.dataset.tileCrs === "4490" ? DEGREES : "EPSG:3857";
    this.format = new ol.format.GeoJSON({ dataProjection: DEGREES, featureProjection: this.projection });
    this.emphasis = { id: null };
    this.source = new ol.source.Vector();
    this.data = new ol.layer.Vector({ source: this.source, style: styleFor(getComputedStyle(box).fontFamily, this.emphasis), declutter: true });
    this.chosen = new ol.source.Vector();
    this.popup = this.makePopup();
    this.map = new ol.Map({
      target: box, overlays: [this.popup], layers: [...this.background(), this.data, new ol.layer.Vector({ source: this.chosen })],
      controls: [new ol.control.Zoom({ zoomInTipLabel: say("放大"), zoomOutTipLabel: say("缩小") }), new ol.control.ScaleLine()],
      view: new ol.View({ projection: this.projection, center: this.fromDegrees([105, 34]), zoom: 4, maxZoom: 21, enableRotation: false }),
      interactions: ol.interaction.defaults.defaults({ altShiftDragRotate: false, pinchRotate: false, onFocusOnly: false }),
    });
    this.makeReachable();
    this.firstView();
    this.listen();
    this.load();
  }

  fromDegrees(pair) { return ol.proj.fromLonLat(pair, this.projection); }
  toDegrees(pair) { return ol.proj.toLonLat(pair, this.projection).map((n) => Number(n.toFixed(7))); }

  background() {
    const { tileUrl } = this.box.dataset;
    if (!tileUrl) return [];
    return [new ol.layer.Tile({ source: new ol.source.XYZ({ url: tileUrl, projection: this.projection }) })];
  }

  makeReachable() {
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-description", say("在地图上查看下一个按 ]，上一个按 [，打开按回车"));
  }

  firstView() {
    const { lon, lat, zoom, extent } = this.box.dataset;
    const view = this.map.getView();
    this.placed = true;
    if (extent) view.fit(ol.proj.transformExtent(extent.split(",").map(Number), DEGREES, this.projection));
    else if (lon !== undefined && lat !== undefined && lon !== "" && lat !== "") {
      view.setCenter(this.fromDegrees([Number(lon), Number(lat)]));
      view.setZoom(Number(zoom || 16));
    } else this.placed = false;
  }

  /* data ------------------------------------------------------------------------------------------ */
  async load() {
    const { src, geojson } = this.box.dataset;
    const call = (this.call = Symbol("newest"));
    try {
      const collection = geojson ? JSON.parse(document.querySelector(geojson).textContent) : src ? await this.fetched(src) : { type: "FeatureCollection", features: [] };
      if (call !== this.call) return;
      this.show(this.format.readFeatures(collection));
    } catch (problem) {
      if (call === this.call) this.message(say("地图数据没有取到（{why}）", { why: problem.message }), true);
    }
  }

  async fetched(src) {
    const view = this.map.getView();
    const bbox = ol.proj.transformExtent(view.calculateExtent(this.map.getSize()), this.projection, DEGREES).map((n) => n.toFixed(6)).join(",");
    const address = src.replace("{bbox}", bbox).replace("{zoom}", String(Math.round(view.getZoom())));
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/geo+json, application/json" } });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return answer.json();
  }

  show(features) {
    this.source.clear(true);
    this.source.addFeatures(features);
    this.box.querySelector(".ga-map-message")?.remove();
    if (!features.length && this.box.dataset.lon === undefined) this.message(say("这里还没有可画的位置"));
    if (!this.placed && features.length) {
      const right = this.box.dataset.legend !== undefined && this.box.clientWidth > 600 ? 150 : 40;
      this.map.getView().fit(this.source.getExtent(), { padding: [40, right, 40, 50], maxZoom: 18 });
      this.placed = true;
    }
    if (this.box.dataset.legend !== undefined) {
      this.box.querySelector(":scope > .ga-legend-box")?.remove();
      const names = new Set(features.map((f) => f.get("layer") ?? "address"));
      if (names.size) this.box.append(legendFor(names));
    }
    this.tell("loaded", { count: features.length });
  }

  message(text, wrong = false) {
    this.box.querySelector(".ga-map-message")?.remove();
    const line = document.createElement("p");
    line.className = wrong ? "ga-map-message is-wrong" : "ga-map-message";
    line.setAttribute("role", wrong ? "alert" : "status");
    line.append(text);
    if (wrong) {
      const again = document.createElement("button");
      Object.assign(again, { type: "button", className: "btn btn-sm btn-outline-secondary ms-2", textContent: say("重试") });
      again.addEventListener("click", () => this.load());
      line.append(again);
    }
    this.box.append(line);
  }

  /* what people do ---------------------------------------------------------------------------------- */
  listen() {
    this.map.on("singleclick", (event) => this.clicked(event));
    this.map.on("pointermove", (event) => { if (!event.dragging) this.map.getTargetElement().style.cursor = this.map.hasFeatureAtPixel(event.pixel, { hitTolerance: NEAR_PX }) ? "pointer" : ""; });
    if (this.box.dataset.src?.includes("{bbox}")) {
      this.map.on("moveend", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.load(), WAIT_MS); });
    }
    this.box.addEventListener("geoaddr:reload", () => this.load());
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    if (this.box.dataset.editable !== undefined) this.allowDragging();
    if (this.box.dataset.draw) this.allowDrawing(this.box.dataset.draw);
    const list = this.box.dataset.follow && document.querySelector(this.box.dataset.follow);
    if (list) for (const kind of ["mouseover", "focusin"]) list.addEventListener(kind, (event) => this.highlight(event.target.closest?.("[data-feature-id]")?.dataset.featureId ?? null));
    this.sizes = new ResizeObserver(() => this.map.updateSize());
    this.sizes.observe(this.box);
  }

  clicked(event) {
    const [lon, lat] = this.toDegrees(event.coordinate);
    const feature = this.map.forEachFeatureAtPixel(event.pixel, (f) => f, { layerFilter: (l) => l === this.data, hitTolerance: NEAR_PX });
    this.popup.setPosition(undefined);
    if (feature && (feature.get("title") || feature.get("text"))) this.select(feature, event.coordinate);
    if (feature && !this.box.dataset.lonInput) return this.tell("select", this.described(feature, lon, lat));
    this.choose(lon, lat, event.coordinate);
    return this.tell("click", { lon, lat });
  }

  choose(lon, lat, coordinate) {
    const { lonInput, latInput } = this.box.dataset;
    if (!lonInput || !latInput) return;
    for (const [selector, value] of [[lonInput, lon], [latInput, lat]]) {
      const field = document.querySelector(selector);
      field.value = String(value);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const point = new ol.Feature({ geometry: new ol.geom.Point(coordinate) });
    point.setStyle(new ol.style.Style({ image: new ol.style.RegularShape({ points: 4, radius: 14, radius2: 0, stroke: new ol.style.Stroke({ color: "#9f1d20", width: 3 }) }) }));
    this.chosen.clear();
    this.chosen.addFeature(point);
  }

  described(feature, lon, lat) {
    const { geometry, ...properties } = feature.getProperties();
    return { id: feature.getId() ?? properties.id ?? null, properties, lon, lat };
  }

  highlight(id) {
    if (this.emphasis.id === id) return;
    this.emphasis.id = id;
    this.data.changed();
  }

  pressed(event) {
    const all = this.source.getFeatures().filter((f) => f.get("title") || f.get("text"));
    if (event.key === "Escape") { this.popup.setPosition(undefined); return; }
    if (event.key === "Enter" && event.target === this.box) { this.popup.getElement().querySelector("a")?.click(); return; }
    if (!all.length || !["]", "["].includes(event.key)) return;
    event.preventDefault();
    this.turn = ((this.turn ?? -1) + (event.key === "]" ? 1 : -1) + all.length) % all.length;
    const feature = all[this.turn];
    const at = ol.extent.getCenter(feature.getGeometry().getExtent());
    this.map.getView().setCenter(at);
    this.select(feature, at);
    this.tell("select", this.described(feature, ...this.toDegrees(at)));
  }

  allowDragging() {
    const filter = (f) => f.get("editable") !== false && f.getGeometry().getType() === "Point";
    const drag = new ol.interaction.Translate({ layers: [this.data], filter, hitTolerance: NEAR_PX });
    drag.on("translateend", (event) => event.features.forEach((f) => {
      const [lon, lat] = this.toDegrees(f.getGeometry().getCoordinates());
      this.tell("moved", { id: f.getId() ?? f.get("id") ?? null, lon, lat });
    }));
    this.map.addInteraction(drag);
  }

  allowDrawing(type) {
    const pen = new ol.interaction.Draw({ source: this.chosen, type });
    pen.on("drawstart", () => this.chosen.clear());
    pen.on("drawend", (event) => {
      const geometry = this.format.writeGeometryObject(event.feature.getGeometry(), { decimals: 7 });
      const field = this.box.dataset.drawInput && document.querySelector(this.box.dataset.drawInput);
      if (field) field.value = JSON.stringify(geometry);
      this.tell("drawn", { geometry });
    });
    this.map.addInteraction(pen);
    this.map.addInteraction(new ol.interaction.Modify({ source: this.chosen }));
    this.map.addInteraction(new ol.interaction.Snap({ source: this.source }));
  }

  /** Let go of a map whose place in the page was replaced. */
  close() {
    clearTimeout(this.timer);
    this.sizes.disconnect();
    this.map.setTarget(undefined);
    this.map.dispose();
  }

  /* popup -------------------------------------------------------------------------------------------- */
  makePopup() {
    const element = document.createElement("div");
    element.className = "ga-popup";
    element.setAttribute("role", "status");
    return new ol.Overlay({ element, positioning: "bottom-left", stopEvent: true, autoPan: { margin: 20 } });
  }

  select(feature, at) {
    const element = this.popup.getElement();
    const close = document.createElement("button");
    Object.assign(close, { type: "button", textContent: "×" });
    close.setAttribute("aria-label", say("关闭"));
    close.addEventListener("click", () => this.popup.setPosition(undefined));
    const lines = ["title", "text"].filter((key) => feature.get(key)).map((key) => {
      const line = document.createElement("p");
      const words = document.createElement(key === "title" ? "strong" : "span");
      words.textContent = String(feature.get(key));
      line.append(words);
      return line;
    });
    const address = safeAddress(feature.get("url"));
    if (address) {
      const line = document.createElement("p");
      const link = document.createElement("a");
      Object.assign(link, { href: address, textContent: say("打开") });
      line.append(link);
      lines.push(line);
    }
    element.replaceChildren(close, ...lines);
    this.popup.setPosition(feature.getGeometry().getType() === "Point" ? feature.getGeometry().getCoordinates() : at);
  }

  tell(name, detail) { this.box.dispatchEvent(new CustomEvent(`geoaddr:${name}`, { detail, bubbles: true })); }
}

/** Only links within this site are followed: data may come from imported files. */
function safeAddress(url) {
  if (typeof url !== "string" || !url) return null;
  const full = new URL(url, location.href);
  return full.origin === location.origin && /^https?:$/.test(full.protocol) ? full.href : null;
}

const living = new Set();

function start() {
  for (const one of living) if (!one.box.isConnected) { one.close(); living.delete(one); }
  document.querySelectorAll(".geoaddr-map:not([data-drawn])").forEach((box) => {
    box.dataset.drawn = "";
    living.add(new GeoMap(box));
  });
}

start();
document.addEventListener("htmx:after:settle", start);
