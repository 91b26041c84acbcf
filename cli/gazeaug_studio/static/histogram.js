// The histogram of a numeric label, with a range that is drawn by the mouse or typed.
import { get } from "./api.js";
import { takeBrush } from "./brush.js";
import { coloursOf, watchScheme } from "./colours.js";
import { amount, h } from "./dom.js";

const WIDTH = 286, HEIGHT = 56;

/** Short, and exact enough to be typed back. */
export const short = (value) => String(Number(value.toPrecision(4)));

/** `onChange([low, high] or null)` when a range is drawn or typed. */
export class Histogram {
  constructor(file, label, { range, onChange, signal }) {
    Object.assign(this, { file, label, range, onChange, signal });
    this.canvas = h("canvas", { role: "img", "aria-label": `Histogram of ${label}` });
    this.said = h("p.soft", {}, "Counting...");
    this.inputs = ["Lowest", "Highest"].map((end) =>
      h("input", { type: "number", step: "any", "aria-label": `${end} ${label}`, onchange: () => this.typed() }));
    this.element = h("div.histogram", {}, this.canvas, h("div.range", {}, this.inputs[0], h("span", {}, "to"), this.inputs[1]), this.said);
    this.takePointer();
    watchScheme(() => this.draw(), signal);
  }

  /** Count, once. */
  async load() {
    if (this.isAsked) return;
    this.isAsked = true;
    try {
      this.found = await get("/api/eyes/histogram", { file: this.file, label: this.label }, { signal: this.signal });
      const { low, high, n_missing: nMissing } = this.found;
      const missing = nMissing ? `; ${amount(nMissing, "rows")} without a value` : "";
      const said = low === null || low === undefined ? "No row has a value." : `${short(low)} to ${short(high)}${missing}`;
      this.said.textContent = said;
      this.canvas.setAttribute("aria-label", `Histogram of ${this.label}: ${said}`);
      this.show(this.range);
    } catch (error) {
      if (error.name !== "AbortError") this.said.textContent = error.message;
    }
  }

  /** Show a range as chosen; null for none. */
  show(range) {
    this.range = range;
    this.inputs.forEach((input, end) => {
      input.value = range ? String(range[end]) : "";
      if (this.hasValues()) input.placeholder = short([this.found.low, this.found.high][end]);
    });
    this.draw();
  }

  hasValues() { return Number.isFinite(this.found?.low); }

  typed() {
    if (!this.hasValues()) return;
    const ends = [this.found.low, this.found.high];
    const [low, high] = this.inputs.map((input, end) => (input.value === "" ? ends[end] : Number(input.value)));
    this.choose(this.inputs.every((input) => input.value === "") ? null : [Math.min(low, high), Math.max(low, high)]);
  }

  choose(range) { this.show(range); this.onChange(range); }

  takePointer() {
    const at = (event) => {
      if (!this.hasValues()) return null;
      const box = this.canvas.getBoundingClientRect(), share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      if (share === 0) return this.found.low;
      return share === 1 ? this.found.high : Number((this.found.low + share * (this.found.high - this.found.low)).toPrecision(6));
    };
    const between = (a, b) => [Math.min(a, b), Math.max(a, b)];
    takeBrush(this.canvas, {
      at, onDraw: (a, b) => this.show(between(a, b)), onDrawn: (a, b) => this.choose(between(a, b)), onClick: () => this.choose(null),
    });
  }

  draw() {
    if (!this.hasValues()) return;
    const density = Math.max(1, devicePixelRatio), { counts, low, high } = this.found, most = Math.max(1, ...counts), { canvas } = this;
    canvas.width = WIDTH * density;
    canvas.height = HEIGHT * density;
    const context = canvas.getContext("2d"), colours = coloursOf(this.element, "c0", "soft"), wide = WIDTH / counts.length;
    context.scale(density, density);
    counts.forEach((count, i) => {
      const from = low + (i / counts.length) * (high - low), to = low + ((i + 1) / counts.length) * (high - low);
      const isIn = !this.range || (to >= this.range[0] && from <= this.range[1]);
      context.fillStyle = isIn ? colours.c0 : colours.soft;
      context.globalAlpha = isIn ? 1 : 0.4;
      const tall = count ? Math.max(1.5, (count / most) * (HEIGHT - 2)) : 0;
      context.fillRect(i * wide, HEIGHT - tall, Math.max(1, wide - 1), tall);
    });
  }
}
