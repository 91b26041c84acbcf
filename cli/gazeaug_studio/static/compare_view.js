// One pair, large: side by side, wiped, faded or as a difference; all panes show the same part, at a whole factor.
import { drawMarks } from "./eyes.js";
import { announce, h, refill } from "./dom.js";
import { coloursOf, watchScheme } from "./colours.js";
import { Zoom, paintPane } from "./compare_drawing.js";

const TALLEST = 400; // of a pane, CSS pixels
const NARROWEST = 150; // of a pane, before panes go below each other
const GAP = 12;

export const MODES = { side: "Side by side", slider: "Slider", fade: "Fade", difference: "Difference" };

/** Which files each pane shows, by number: the first left or below, the second right or above. */
function panesOf(mode, n, isSwapped) {
  const alone = Array.from({ length: n }, (_, k) => [k]);
  if (mode === "side") return isSwapped ? alone.reverse() : alone;
  const pairs = n === 2 ? [[0, 1]] : [[0, 1], [0, 2], [1, 2]];
  return isSwapped ? pairs.map(([one, other]) => [other, one]) : pairs;
}

export class PairView {
  /** `state`: {mode, wipe, opacity, scale, isAbsolute, isSwapped, arrows, points}; `onState()` after the view changed it. */
  constructor(source, state, onState, signal) {
    Object.assign(this, { source, state, onState, signal, pair: 0, marks: null, panes: [] });
    this.zoom = new Zoom(source.eye);
    this.element = h("div.pair-panes");
    this.observer = new ResizeObserver(() => this.lay());
    this.observer.observe(this.element);
    source.onFocusArrived = () => this.draw();
    watchScheme(() => this.draw(), signal);
  }

  close() { this.observer.disconnect(); }

  /** Show a pair; those in `next` are fetched ahead. */
  show(pair, next = []) {
    this.pair = pair;
    this.marks = null;
    this.source.focus([pair, ...next]);
    this.fetchMarks();
    this.label();
    this.draw();
  }

  async fetchMarks() {
    this.controller?.abort();
    if (!this.state.arrows && !this.state.points) return;
    const { signal } = this.controller = new AbortController(), { pair } = this;
    try {
      const marks = await this.source.marksOf(pair, signal);
      if (pair === this.pair) { this.marks = marks; this.draw(); }
    } catch (error) {
      if (error.name !== "AbortError") announce(error.message);
    }
  }

  /** After the state changed: other panes, marks or amounts. */
  refresh() {
    if (!this.marks) this.fetchMarks();
    const kinds = JSON.stringify(panesOf(this.state.mode, this.source.names.length, false));
    if (this.kinds !== kinds) { this.kinds = kinds; this.build(JSON.parse(kinds).length); this.lay(); }
    this.label();
    this.draw();
  }

  build(n) {
    this.panes = Array.from({ length: n }, () => {
      const pane = { title: h("figcaption"), canvas: h("canvas.pixels", { role: "img" }) };
      pane.context = pane.canvas.getContext("2d", { willReadFrequently: true });
      pane.element = h("figure", {}, pane.title, pane.canvas);
      this.takePointer(pane.canvas);
      return pane;
    });
    refill(this.element, this.panes.map((pane) => pane.element));
  }

  lay() {
    const wide = this.element.clientWidth, n = this.panes.length;
    if (!wide || !n) return;
    const columns = Math.max(1, Math.min(n, Math.floor((wide + GAP) / (NARROWEST + GAP))));
    const density = this.density = Math.max(1, devicePixelRatio);
    this.zoom.fitIn(Math.floor(((wide - (columns - 1) * GAP) / columns) * density), Math.floor(TALLEST * density));
    for (const { canvas, element } of this.panes) {
      element.style.width = `${this.zoom.across / density}px`;
      const size = { width: this.zoom.across, height: this.zoom.down };
      if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
      canvas.style.width = `${this.zoom.across / density}px`;
      canvas.style.height = `${this.zoom.down / density}px`;
    }
    this.draw();
    this.onState();
  }

  kindsNow() { return panesOf(this.state.mode, this.source.names.length, this.state.isSwapped); }

  label() {
    this.kindsNow().forEach((files, i) => {
      if (!this.panes[i]) return;
      const named = files.map((k) => `${this.source.names[k]}, row ${this.source.row(k, this.pair).toLocaleString("en")}`);
      const [joint] = { side: [""], slider: [" | "], fade: [" + "], difference: [" → "] }[this.state.mode];
      refill(this.panes[i].title, files.map((k) => this.source.names[k]).join(joint));
      this.panes[i].canvas.setAttribute("aria-label", `${MODES[this.state.mode]}: ${named.join(" and ")}`);
    });
  }

  draw() {
    if (this.isDrawn || this.signal.aborted) return;
    this.isDrawn = true;
    requestAnimationFrame(() => { this.isDrawn = false; this.paint(); });
  }

  paint() {
    const { state, source, zoom } = this, amount = state.mode === "fade" ? state.opacity : state.wipe;
    const line = coloursOf(this.element, "c1").c1;
    this.element.classList.toggle("can-pan", !zoom.isFit);
    this.kindsNow().forEach((files, i) => {
      if (!this.panes[i]) return;
      const { context, canvas } = this.panes[i], sides = files.map((k) => source.side(k, this.pair));
      canvas.dataset.pair = sides.every(Boolean) ? this.pair : "";
      canvas.classList.toggle("is-damaged", files.some((k) => source.sources[k].isDamaged(source.row(k, this.pair))));
      if (!sides.every(Boolean)) { context.clearRect(0, 0, canvas.width, canvas.height); return; }
      paintPane(context, sides, source.eye, zoom, { ...state, amount }, line);
      const marks = this.marks?.[files.at(-1)];
      if (marks) drawMarks(context, marks, source.eye, ...zoom.origin, zoom.factor, state);
    });
  }

  /** Change the factor about the middle, or about a place of a pane. */
  zoomBy(direction, x, y) {
    this.zoom.step(direction, x, y);
    this.draw();
    this.onState();
  }

  zoomToFit() {
    this.zoom.set(this.zoom.fit);
    this.draw();
    this.onState();
  }

  panBy(right, down) {
    this.zoom.pan(-right * this.zoom.factor, -down * this.zoom.factor);
    this.draw();
  }

  /** A drag moves the wipe, or with Shift and in other modes the picture; the wheel zooms about the pointer. */
  takePointer(canvas) {
    let last = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      last = [event.clientX, event.clientY];
      canvas.setPointerCapture(event.pointerId);
      if (this.isWiping(event)) this.wipeTo(canvas, event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      if (this.isWiping(event)) { this.wipeTo(canvas, event); return; }
      this.zoom.pan((event.clientX - last[0]) * this.density, (event.clientY - last[1]) * this.density);
      last = [event.clientX, event.clientY];
      this.draw();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { last = null; });
    canvas.addEventListener("wheel", (event) => {
      const direction = event.deltaY < 0 ? 1 : -1;
      if (direction < 0 && this.zoom.isFit) return; // the page scrolls on
      event.preventDefault();
      this.zoomBy(direction, event.offsetX * this.density, event.offsetY * this.density);
    }, { passive: false });
  }

  isWiping(event) { return this.state.mode === "slider" && !event.shiftKey; }

  wipeTo(canvas, event) {
    const box = canvas.getBoundingClientRect();
    this.state.wipe = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    this.draw();
    this.onState();
  }
}
