// The gaze map: how many eyes look where, pitch by yaw, as one sees it in the pictures; a region of it is a filter.
import { get } from "./api.js";
import { takeBrush } from "./brush.js";
import { coloursOf, watchScheme } from "./colours.js";
import { amount, h } from "./dom.js";

const BINS = 60, SIDE = 252, LOWEST = 110, HIGHEST = 300, LEFT = 34, BELOW = 22; // lengths in CSS pixels

/** `onChange({pitch: [low, high], yaw: [low, high]} or null)` when a region is drawn or typed. */
export class GazeMap {
  constructor(file, { region, onChange, signal }) {
    Object.assign(this, { file, region, onChange, signal });
    this.canvas = h("canvas", { role: "img", "aria-label": "Gaze map" });
    this.said = h("p.soft", {}, "Counting directions...");
    this.fields = {};
    const field = (axis, end, text) => {
      const input = h("input", { type: "number", step: "any", "aria-label": text, onchange: () => this.typed() });
      (this.fields[axis] ??= [])[end] = input;
      return input;
    };
    this.element = h("section.gaze-map", { "aria-label": "Gaze map" }, h("h3", {}, "Gaze"), this.canvas,
      h("div.degrees", {}, ["pitch", "yaw"].map((axis) => [h("span", {}, axis), field(axis, 0, `Lowest ${axis} in degrees`),
        h("span", {}, "to"), field(axis, 1, `Highest ${axis} in degrees`), h("span", {}, "°")])),
      this.said);
    this.takePointer();
    watchScheme(() => this.draw(), signal);
  }

  /** Count. */
  async load() {
    try {
      this.take(await get("/api/eyes/map", { file: this.file, bins: BINS }, { signal: this.signal }));
    } catch (error) {
      if (error.name !== "AbortError") this.said.textContent = error.message;
    }
  }

  take(map) {
    if (!map.counts.length) { this.said.textContent = "No row has a gaze that can be read."; this.canvas.hidden = true; return; }
    this.map = map;
    const [high, wide] = [map.pitch, map.yaw].map(([low, top]) => top - low);
    this.tall = Math.max(LOWEST, Math.min(HIGHEST, Math.round((SIDE * high) / wide))); // a degree is as long on both axes
    const n = map.counts.flat().reduce((sum, count) => sum + count, 0);
    const [pitch, yaw] = [map.pitch, map.yaw].map(([low, high]) => `${low.toFixed(0)}° to ${high.toFixed(0)}°`);
    const axes = `pitch ${pitch} (up is positive), yaw ${yaw} (image left is positive)`;
    this.canvas.setAttribute("aria-label", `Gaze map of ${amount(n, "eyes")}: ${axes}.`);
    const said = [map.n_missing ? `${amount(map.n_missing, "rows")} without a gaze.` : "", ...map.doubts].join(" ");
    this.said.textContent = "Draw a region with the mouse, or type it. Seen as in the picture: up is pitch +, left is yaw +. " + said;
    this.show(this.region);
  }

  /** Show a region as chosen; null for none. */
  show(region) {
    this.region = region;
    for (const axis of ["pitch", "yaw"]) {
      this.fields[axis].forEach((input, end) => {
        input.value = region ? String(+region[axis][end].toFixed(2)) : "";
        if (this.map) input.placeholder = this.map[axis][end].toFixed(0);
      });
    }
    this.draw();
  }

  /** Show where a row looks: [pitch, yaw] in degrees, or null. */
  point(angles) { this.angles = angles; this.draw(); }

  typed() {
    const read = (axis) => this.fields[axis].map((input, end) => (input.value === "" ? this.map[axis][end] : Number(input.value)));
    if (!this.map) return;
    const isEmpty = Object.values(this.fields).flat().every((input) => input.value === "");
    const sorted = (pair) => [Math.min(...pair), Math.max(...pair)];
    this.choose(isEmpty ? null : { pitch: sorted(read("pitch")), yaw: sorted(read("yaw")) });
  }

  choose(region) { this.show(region); this.onChange(region); }

  // Places on the canvas in CSS pixels; yaw grows to the left, pitch upwards.

  across(yaw) { const [low, high] = this.map.yaw; return LEFT + ((high - yaw) / (high - low)) * SIDE; }

  down(pitch) { const [low, high] = this.map.pitch; return ((high - pitch) / (high - low)) * this.tall; }

  anglesAt(x, y) {
    const share = (value) => Math.max(0, Math.min(1, value)), { yaw, pitch } = this.map;
    return [pitch[1] - share(y / this.tall) * (pitch[1] - pitch[0]), yaw[1] - share((x - LEFT) / SIDE) * (yaw[1] - yaw[0])];
  }

  takePointer() {
    const at = (event) => {
      if (!this.map) return null;
      const box = this.canvas.getBoundingClientRect();
      return this.anglesAt(event.clientX - box.left, event.clientY - box.top);
    };
    const between = ([p, y], [q, z]) => ({ pitch: [Math.min(p, q), Math.max(p, q)], yaw: [Math.min(y, z), Math.max(y, z)] });
    takeBrush(this.canvas, {
      at, onDraw: (a, b) => this.show(between(a, b)), onDrawn: (a, b) => this.choose(between(a, b)), onClick: () => this.choose(null),
    });
  }

  draw() {
    if (!this.map) return;
    const density = Math.max(1, devicePixelRatio), { canvas } = this;
    const colours = coloursOf(this.element, "ink", "card", "c0", "c1");
    canvas.width = (LEFT + SIDE) * density;
    canvas.height = (this.tall + BELOW) * density;
    canvas.style.height = `${this.tall + BELOW}px`;
    const context = canvas.getContext("2d");
    context.scale(density, density);
    this.drawCounts(context, colours);
    this.drawAxes(context, colours.ink);
    if (this.region) this.drawRegion(context, colours.ink);
    if (this.angles) this.drawPoint(context, colours.c1);
  }

  drawCounts(context, colours) {
    const { counts } = this.map, most = Math.max(1, ...counts.flat()), down = counts.length, across = counts[0].length;
    context.fillStyle = colours.card;
    context.fillRect(LEFT, 0, SIDE, this.tall);
    context.fillStyle = colours.c0;
    counts.forEach((line, p) => line.forEach((count, y) => {
      if (!count) return;
      context.globalAlpha = 0.12 + 0.88 * Math.sqrt(count / most);
      const left = LEFT + Math.round(((across - 1 - y) / across) * SIDE), right = LEFT + Math.round(((across - y) / across) * SIDE);
      const top = Math.round(((down - 1 - p) / down) * this.tall), bottom = Math.round(((down - p) / down) * this.tall);
      context.fillRect(left, top, right - left, bottom - top);
    }));
    context.globalAlpha = 1;
  }

  drawAxes(context, ink) {
    const grid = (low, high) => {
      const step = [90, 45, 20, 10, 5, 1].find((one) => (high - low) / one >= 3) ?? 1, first = Math.ceil(low / step) * step;
      return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
    };
    context.font = `11px ${getComputedStyle(this.canvas).fontFamily}`;
    context.fillStyle = context.strokeStyle = ink;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const sign = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value)}°`;
    for (const pitch of grid(...this.map.pitch)) {
      const y = this.down(pitch);
      context.fillText(sign(pitch), LEFT - 5, Math.max(7, Math.min(this.tall - 7, y)));
      this.hair(context, LEFT, y, LEFT + SIDE, y, pitch === 0);
    }
    context.textAlign = "center";
    for (const yaw of grid(...this.map.yaw)) {
      const x = this.across(yaw);
      context.fillText(sign(yaw), Math.max(LEFT + 12, Math.min(LEFT + SIDE - 14, x)), this.tall + 12);
      this.hair(context, x, 0, x, this.tall, yaw === 0);
    }
  }

  hair(context, x, y, to, down, isStrong) {
    context.globalAlpha = isStrong ? 0.35 : 0.1;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, Math.round(y) + 0.5);
    context.lineTo(Math.round(to) + 0.5, Math.round(down) + 0.5);
    context.stroke();
    context.globalAlpha = 1;
  }

  drawRegion(context, ink) {
    const { pitch, yaw } = this.region, left = this.across(yaw[1]), top = this.down(pitch[1]);
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, SIDE, this.tall);
    context.clip();
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.strokeRect(left, top, this.across(yaw[0]) - left, this.down(pitch[0]) - top);
    context.restore();
  }

  drawPoint(context, colour) {
    const [pitch, yaw] = this.angles;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(this.across(yaw), this.down(pitch), 4, 0, 2 * Math.PI);
    context.stroke();
  }
}
