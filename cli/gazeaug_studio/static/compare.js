// The part Compare: rendered eyes and what refining made of them, pair by pair, and all pairs in the order of what changed.
import { get } from "./api.js";
import { announce, fill, h, later, refill } from "./dom.js";
import { remember, reopen, showError } from "./main.js";
import { Wall } from "./wall.js";
import { PairControls } from "./compare_controls.js";
import { doubtsNote, fileChoice, filesOf, nothingYet } from "./compare_files.js";
import { PairLabels } from "./compare_labels.js";
import { otherRefiner } from "./compare_refiner.js";
import { PairSource, namesInAddress } from "./compare_source.js";
import { Summary } from "./compare_summary.js";
import { MODES, PairView } from "./compare_view.js";

const AHEAD = 2; // pairs fetched before they are asked for
const NO_TAGS = { has: () => false };
const PICTURE = 110; // width of one in the list, CSS pixels
const HOW = "Rendered left, refined right. Click a pair to see it large. Keys: arrows for the next pair, 1 to 4 for the mode, "
  + "+ and − to zoom, 0 to fit, Shift and arrows to move the picture, G for gaze, L for landmarks, Space to swap.";

export async function show(main, params, signal) {
  const files = await filesOf(params);
  signal.throwIfAborted();
  const place = h("div");
  fill(main, h("h1", {}, "Compare"), h("p.soft", {}, "Rendered eyes beside the same eyes after refining."), fileChoice(files), place);
  if (!files.first || !files.second) { fill(place, nothingYet(files)); return undefined; }
  const names = [files.first, files.second, files.third].filter(Boolean);
  try {
    const facts = await get("/api/compare/pair", namesInAddress(names), { signal });
    if (facts.doubts.length && !params.get("anyway")) { fill(place, doubtsNote(files, facts.doubts)); return undefined; }
    const source = await PairSource.open(names, facts, signal);
    const comparison = new Comparison(files, source, params, signal);
    fill(place, comparison.element);
    comparison.start();
    return () => comparison.close();
  } catch (error) {
    showError(place, error);
    return undefined;
  }
}

/** A range of the address, "2..5.5"; null where there is none. */
function rangeIn(text) {
  const ends = (text ?? "").split("..").map(Number);
  return text && ends.length === 2 && ends.every(Number.isFinite) ? ends : null;
}

class Comparison {
  constructor(files, source, params, signal) {
    Object.assign(this, { files, source, signal, anyway: params.get("anyway"), pairs: null });
    const by = params.get("by") ?? "", mode = params.get("mode");
    this.state = {
      mode: mode in MODES ? mode : "side", wipe: 0.5, opacity: 0.5, scale: 2, isAbsolute: false,
      isSwapped: false, arrows: params.get("gaze") === "1", points: params.get("points") === "1",
    };
    this.order = { by: by.replace("-", ""), isDescending: by.startsWith("-"), ranges: {} };
    for (const key of ["change", "drift", "change2", "drift2"]) this.order.ranges[key] = rangeIn(params.get(key));
    this.wasBy = this.order.by;
    this.pair = source.pairOf(Number(params.get("row")) || 0);
    this.remember = later(() => { if (!signal.aborted) this.putInAddress(); }, 200);
    this.view = new PairView(source, this.state, () => this.controls?.sync(), signal);
    this.controls = new PairControls(this.view, { onMove: (step) => this.move(step), onChange: () => this.remember() });
    this.labels = new PairLabels(source);
    this.summary = new Summary(source, this.order, {
      onChosen: (pairs) => this.choose(pairs), onWritten: () => this.reopen(), signal,
    });
    this.summary.onMeasured = () => this.tell();
    this.wall = new Wall(source, NO_TAGS, {
      onCursor: (pair) => { if (this.isStarted && pair !== this.pair) this.showPair(pair); },
      onOpen: () => this.view.element.scrollIntoView({ block: "nearest" }), onTag: () => this.controls.blink(),
      describe: (pair) => `${this.nameOf(pair)}${this.summary.describe(pair) ? `: ${this.summary.describe(pair)}` : ""}`,
    });
    const narrowest = document.getElementById("main").clientWidth - 110;
    this.wall.scale = Math.max(1, Math.min(Math.round(PICTURE / source.eye.width), Math.floor(narrowest / source.info.width)));
    this.wall.element.setAttribute("aria-label", "Pairs: rendered left, refined right");
    this.build();
  }

  build() {
    const { facts, infos } = this.source;
    this.problem = h("p.problem", { role: "alert", hidden: true });
    this.source.onProblem = (error) => {
      this.problem.hidden = false;
      refill(this.problem, error.message, " ", h("button", { type: "button", onclick: () => this.reopen() }, "Reload"));
    };
    this.number = h("input", {
      type: "number", min: "0", step: "1", id: "pair-row",
      onchange: () => this.showPair(this.source.pairOf(Number(this.number.value) || 0), true),
    });
    this.told = h("p.pair-told", { role: "status" });
    const button = (text, step, key) => h("button", { type: "button", title: key, onclick: () => this.move(step) }, text);
    const steps = h("div.pair-steps", {}, button("← Previous", -1, "Left arrow"),
      h("label", { for: "pair-row" }, "Row"), this.number, button("Next →", 1, "Right arrow"));
    const doubts = this.anyway ? facts.doubts.map((text) => `${text}.`) : [];
    const notes = [...facts.how, ...(facts.is_resized ? [resizedNote(this.source)] : []), ...doubts].map((text) => h("p.note", {}, text));
    const large = h("section.pair-large", { "aria-label": "One pair" }, this.view.element, this.controls.below, steps, this.told);
    this.element = h("div.compare", {}, this.problem, notes, this.controls.element,
      h("div.pair-and-side", {}, large, this.labels.element), this.summary.element,
      h("div.wall-box.pair-wall", {}, this.wall.element), h("p.soft", {}, HOW),
      otherRefiner(this.files, { nImages: infos[0].n_images, isResized: facts.is_resized }, this.signal));
    this.controls.takeKeys(document.body, this.signal);
  }

  /** Once it stands on the page. */
  start() {
    this.isStarted = true;
    this.view.refresh();
    this.showPair(this.pair);
    this.wall.isOpened = true; // the pair that is shown is framed
    this.summary.start();
    this.wall.cursor = Math.max(0, this.place(this.pair)); // it scrolls there once it has a size
    this.wall.tell();
  }

  /** Where a pair stands in the present order; -1 where it is left out. */
  place(pair) { return this.pairs ? this.pairs.indexOf(pair) : pair; }

  pairAt(place) { return this.pairs ? this.pairs[place] : place; }

  get n() { return this.pairs?.length ?? this.source.n; }

  move(step) {
    const place = this.place(this.pair) + step;
    if (place >= 0 && place < this.n) this.showPair(this.pairAt(place), true);
    else announce(step > 0 ? "This is the last pair." : "This is the first pair.");
  }

  choose(pairs) {
    this.pairs = pairs;
    this.wall.element.hidden = !this.n;
    const isNew = this.place(this.pair) < 0 || this.order.by !== this.wasBy; // as long as it is measured, the pair stays
    this.wasBy = this.order.by;
    const pair = isNew && this.n ? this.pairAt(0) : this.pair;
    this.isStarted = false; // the wall's own cursor is put back below
    this.wall.setRows(pairs);
    this.isStarted = true;
    if (this.n) this.showPair(pair, true);
  }

  showPair(pair, inWall = false) {
    this.pair = pair;
    const place = this.place(pair), next = [1, -1, AHEAD].map((step) => place + step).filter((one) => one >= 0 && one < this.n);
    this.view.show(pair, next.map((one) => this.pairAt(one)));
    this.labels.show(pair);
    if (inWall && place >= 0 && this.wall.cursor !== place) this.wall.move(place);
    this.tell();
    this.remember();
  }

  nameOf(pair) {
    const [first, second] = [0, 1].map((k) => this.source.row(k, pair));
    return `Row ${second.toLocaleString("en")}${first === second ? "" : `, rendered row ${first.toLocaleString("en")}`}`;
  }

  tell() {
    const place = this.place(this.pair), [at, n] = [place + 1, this.n].map((one) => one.toLocaleString("en"));
    const where = place < 0 ? "not among the chosen pairs" : `${at} of ${n}`;
    const said = [`${this.nameOf(this.pair)} (${where})`, this.summary.describe(this.pair)].filter(Boolean).join(": ");
    if (this.told.textContent !== said) refill(this.told, said);
    this.number.value = String(this.source.row(1, this.pair));
  }

  /** Open the files anew, at the same place. */
  reopen() {
    this.putInAddress();
    reopen();
  }

  putInAddress() {
    const { state, order, anyway, files: { first, second, third } } = this;
    const ranges = Object.entries(order.ranges).map(([key, range]) => [key, range && range.join("..")]);
    remember("compare", {
      first, second, third, row: this.source.row(1, this.pair), mode: state.mode === "side" ? null : state.mode,
      by: order.by && (order.isDescending ? "-" : "") + order.by, ...Object.fromEntries(ranges),
      gaze: state.arrows ? 1 : null, points: state.points ? 1 : null, anyway,
    });
  }

  close() {
    this.view.close();
    this.wall.close();
    this.labels.close();
    this.source.close();
  }
}

function resizedNote({ names, infos, eye }) {
  const size = ({ width, height }) => `${height} × ${width}`;
  return `${names[0]} has pictures of ${size(infos[0])}. They are shown cropped and resized to ${size(eye)}, as refine-dataset --resize `
    + "does it. Gaze and landmarks are those of the refined file.";
}
