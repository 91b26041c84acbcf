// One row: the eye enlarged, where it looks, and all of its labels.
import { announce, h, refill } from "./dom.js";
import { get } from "./api.js";
import { drawEye, drawMarks, marksIn } from "./eyes.js";

const WIDEST = 292; // CSS pixels

/** The panel of a row; `onMove(step)` and `onClose()` for its buttons. */
export class RowDetails {
  constructor(file, source, tags, { onMove, onClose, onTag, onAngles }) {
    Object.assign(this, { file, source, tags, onTag, onAngles, row: null, labels: new Map() });
    this.title = h("h2", { tabindex: "-1" });
    this.canvas = h("canvas.pixels", { role: "img" });
    this.gaze = h("p", {});
    this.table = h("div.scroll", {});
    this.tag = h("button", { type: "button", onclick: () => onTag(this.row) });
    this.element = h("section.row-details", { "aria-label": "Details of a row", hidden: true },
      h("div.bar", {}, this.title, h("button.plain", { type: "button", "aria-label": "Close the details", onclick: onClose }, "Close")),
      this.canvas,
      h("div.bar", {}, h("button", { type: "button", onclick: () => onMove(-1) }, "Previous"),
        h("button", { type: "button", onclick: () => onMove(1) }, "Next"), this.tag),
      this.gaze, this.table);
    this.element.addEventListener("keydown", (event) => { if (event.key === "Escape") onClose(); });
  }

  get isOpen() { return !this.element.hidden; }

  close() {
    this.element.hidden = true;
    this.controller?.abort();
    this.onAngles(null);
  }

  /** Show a row; what is not here yet follows. */
  async show(row) {
    this.element.hidden = false;
    this.row = row;
    this.title.textContent = `Row ${row.toLocaleString("en")}`;
    this.showTag();
    this.draw();
    this.controller?.abort();
    const { signal } = this.controller = new AbortController();
    try {
      const [labels, marks] = await Promise.all([
        get("/api/eyes/labels", { file: this.file, row }, { signal }),
        get("/api/eyes/marks", { file: this.file, rows: row }, { signal }),
      ]);
      this.marks = { row, ...marksIn(marks) };
      this.showGaze(this.marks.angles);
      refill(this.table, labelTable(labels));
      this.draw();
    } catch (error) {
      if (error.name !== "AbortError") { this.gaze.textContent = error.message; refill(this.table); }
    }
  }

  showTag() {
    const isTagged = this.row !== null && this.tags.has(this.row);
    this.tag.textContent = isTagged ? "Tagged" : "Tag";
    this.tag.setAttribute("aria-pressed", isTagged);
  }

  showGaze(angles) {
    this.gaze.textContent = angles ? inWords(angles) : "This row has no gaze.";
    this.onAngles(angles);
    announce(`${this.title.textContent}. ${this.gaze.textContent}`);
  }

  /** The eye and its marks; called again when its pixels have come. */
  draw() {
    if (!this.isOpen) return;
    const { info } = this.source, density = Math.max(1, devicePixelRatio);
    const factor = Math.max(1, Math.floor((WIDEST * density) / info.width));
    const { canvas } = this, context = canvas.getContext("2d");
    canvas.width = info.width * factor;
    canvas.height = info.height * factor;
    canvas.style.width = `${canvas.width / density}px`;
    canvas.style.maxWidth = "none";
    canvas.setAttribute("aria-label", `The eye of row ${this.row}, enlarged ${factor} times`);
    const pixels = this.source.pixels(this.row);
    if (pixels) drawEye(context, pixels, info, 0, 0, factor);
    if (pixels && this.marks?.row === this.row) drawMarks(context, this.marks, info, 0, 0, factor);
  }
}

/** Angles as a person would say them. */
export function inWords([pitch, yaw]) {
  const part = (value, [positive, negative]) =>
    (Math.abs(value) < 0.05 ? "" : `${Math.abs(value).toFixed(1)}° ${value > 0 ? positive : negative}`);
  const words = [part(pitch, ["up", "down"]), part(yaw, ["to the image's left", "to the image's right"])].filter(Boolean);
  const sign = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}°`;
  return `Looks ${words.length ? words.join(" and ") : "into the camera"} (pitch ${sign(pitch)}, yaw ${sign(yaw)}).`;
}

function labelTable(labels) {
  const rows = Object.entries(labels);
  if (!rows.length) return h("p.soft", {}, "This file has no labels.");
  const line = ([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td.mono", {}, shown(value)));
  return h("table", {}, h("tbody", {}, rows.map(line)));
}

function shown(value) {
  if (value?.problem) return h("span.problem", {}, value.problem);
  if (value?.shape) return `${value.first.map(shown).join(", ")}, ... (${value.shape.join(" × ")} values)`;
  if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? `[${shown(one)}]` : shown(one))).join(", ");
  return typeof value === "number" ? String(Number.isInteger(value) ? value : Number(value.toPrecision(7))) : String(value);
}
