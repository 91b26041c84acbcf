// All pairs at a glance: how change and drift are spread, a range of each by the mouse or typed, and the order.
import { actionButton, problemLine } from "./action.js";
import { post } from "./api.js";
import { amount, announce, duration, fill, h, later, refill } from "./dom.js";
import { commandLine } from "./forms.js";
import { Histogram, short } from "./histogram.js";
import { jobStatus, startJob } from "./jobs.js";
import { byPair, chosenPairs, counted, fetchDrift, measureChange } from "./compare_measures.js";

const RESORTED_MS = 3000; // while it is still measured
const LIMIT = 2; // pixels that a drift may have, for --flag

/** A histogram of numbers that the page has. */
class PairHistogram extends Histogram {
  setValues(values, said) {
    this.isAsked = true;
    this.found = counted(values);
    this.said.textContent = said;
    this.canvas.setAttribute("aria-label", `Histogram of ${this.label}: ${said}`);
    this.show(this.range);
  }

  load() {}
}

/** Like "3.1 to 62 grey levels, half below 21". */
function inWords(values, unit) {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (!known.length) return "No pair has a value.";
  return `${short(known[0])} to ${short(known.at(-1))} ${unit}, half below ${short(known[known.length >> 1])}`;
}

export class Summary {
  /** `order`: {by, isDescending, ranges}; `onChosen(pairs or null)` when there is another choice or order;
   * `onWritten()` when a job has written into a file that is shown. */
  constructor(source, order, { onChosen, onWritten, signal }) {
    Object.assign(this, { source, order, onChosen, onWritten, signal, measures: {}, histograms: {}, progress: {} });
    this.sort = h("select", { id: "pair-order", onchange: () => this.setOrder() });
    this.all = h("button.plain", { type: "button", onclick: () => this.showAll() }, "Show all");
    this.chosen = h("p.soft", { role: "status" });
    this.grid = h("div.pair-histograms", { class: source.names.length > 2 ? "are-four" : "" });
    this.offers = h("div.drift-offers");
    this.element = h("section", { "aria-label": "All pairs" }, h("h2", {}, "All pairs"), this.grid, this.offers,
      h("div.bar", {}, h("label", { for: "pair-order" }, "Order"), this.sort, this.chosen, this.all));
    this.resort = later(() => this.choose(), 50);
    this.kinds = source.names.slice(1).flatMap((name, k) => [["change", "grey levels"], ["drift", "pixels"]].map(([kind, unit]) =>
      ({ key: kind + (k ? "2" : ""), kind, unit, file: k + 1, title: source.names.length > 2 ? `${kind} in ${name.split("/").at(-1)}` : kind })));
    for (const kind of this.kinds) this.build(kind);
    this.fillOrders();
    this.say(null);
  }

  build({ key, title, kind }) {
    const histogram = new PairHistogram("", title, {
      range: this.order.ranges[key] ?? null, signal: this.signal, onChange: (range) => { this.order.ranges[key] = range; this.choose(); },
    });
    const about = kind === "change" ? "Mean absolute difference of a pair, in grey levels" : "How far the iris moved, in pixels";
    histogram.said.textContent = "Measuring...";
    histogram.box = h("div.card", {}, h("h3", {}, title[0].toUpperCase() + title.slice(1)), h("p.soft", {}, about), histogram.element);
    this.histograms[key] = histogram;
    this.grid.append(histogram.box);
  }

  fillOrders() {
    const both = ({ key, title }) => [[`-${key}`, `most ${title} first`, key], [key, `least ${title} first`, key]];
    const options = [["", "as in the file"], ...this.kinds.flatMap(both)];
    refill(this.sort, options.map(([value, text, key]) => h("option", { value, disabled: Boolean(key) && !this.measures[key] }, text)));
    this.sort.value = (this.order.isDescending ? "-" : "") + this.order.by;
  }

  /** Measure and fetch what there is. */
  start() { return Promise.all(this.kinds.map((kind) => (kind.kind === "change" ? this.startChange(kind) : this.startDrift(kind)))); }

  async startChange(kind) {
    const { key, file } = kind, { names, infos, rows } = this.source, began = performance.now();
    let shown = 0;
    try {
      await measureChange(names[0], names[file], infos[file].n_images, { signal: this.signal, onValues: (values, { done, total }) => {
        const isWhole = done === total, now = performance.now(), said = isWhole ? null : measuring(done, total, (now - began) / 1000);
        if (!isWhole && shown && now - shown < RESORTED_MS) { this.histograms[key].said.textContent = said; return; }
        shown = now;
        this.take(kind, byPair(values, rows?.[file]), said);
      } });
    } catch (error) { this.fail(key, error); }
  }

  async startDrift(kind) {
    try {
      const values = this.source.facts.has_drift[kind.file - 1] ? await fetchDrift(this.source.names[kind.file], this.signal) : null;
      if (values) this.take(kind, byPair(values, this.source.rows?.[kind.file]), null);
      const n = values ? values.reduce((sum, value) => sum + !Number.isNaN(value), 0) : 0;
      if (!values || n < values.length) this.offerDrift(kind, n);
    } catch (error) { this.fail(kind.key, error); }
  }

  take({ key, unit }, values, progress) {
    this.measures[key] = values;
    this.histograms[key].setValues(values, progress ?? inWords(values, unit));
    this.fillOrders();
    if (this.order.by === key || this.order.ranges[key]) this.resort();
    this.onMeasured?.();
  }

  fail(key, error) {
    if (error.name !== "AbortError") this.histograms[key].said.textContent = error.message;
  }

  /** The command that measures all drifts, with a button. */
  offerDrift(kind, nMeasured) {
    const { names, facts } = this.source, file = names[kind.file], { element, box } = this.histograms[kind.key];
    element.hidden = !nMeasured;
    if (!nMeasured) fill(box, h("p", {}, "Not measured yet."));
    if (facts.is_resized) {
      fill(this.offers, h("p.note", {}, "Drift can only be measured between pictures of the same size. For resized ones, refine with --check-drift."));
      return;
    }
    const given = { synthetic: names[0], refined: file, flag: LIMIT }, line = commandLine();
    const status = jobStatus((job) => job.command === "drift" && job.given.refined === file && job.given.synthetic === names[0], {
      onDone: (job) => { if (job.state === "done") this.onWritten(); },
    });
    this.signal.addEventListener("abort", () => status.stop());
    const problem = problemLine();
    const button = actionButton("Measure the drift of all rows",
      async () => announce(`Started: ${(await startJob("drift", given)).line}`), problem);
    post("/api/line", { command: "drift", given }, { signal: this.signal })
      .then((found) => line.show(found.line), (error) => line.replaceChildren(error.message));
    const have = nMeasured ? `The drift of ${amount(nMeasured, "rows")} of ${file} is known. The others come last in the order.`
      : `The drift of ${file} has not been measured.`;
    fill(this.offers, h("div.card", {}, h("p", {}, have), line, problem.element, h("div.bar", {}, button), status.element));
  }

  setOrder() {
    this.order.isDescending = this.sort.value.startsWith("-");
    this.order.by = this.sort.value.replace("-", "");
    this.choose();
    announce(`Order: ${this.sort.selectedOptions[0].textContent}`);
  }

  showAll() {
    for (const { key } of this.kinds) { this.order.ranges[key] = null; this.histograms[key].show(null); }
    this.choose();
  }

  choose() {
    const pairs = chosenPairs(this.source.n, { ...this.order, measures: this.measures });
    this.say(pairs);
    this.onChosen(pairs);
  }

  say(pairs) {
    const n = pairs?.length ?? this.source.n, isAll = n === this.source.n;
    const some = n ? `${n.toLocaleString("en")} of ${amount(this.source.n, "pairs")}` : "No pair is within these ranges.";
    refill(this.chosen, isAll ? amount(n, "pairs") : some);
    this.all.hidden = isAll;
  }

  /** Like "changed by 21.3 grey levels, iris moved by 0.4 px". */
  describe(pair) {
    const parts = this.kinds.flatMap(({ key, kind, file }) => {
      const value = this.measures[key]?.[pair];
      if (value === undefined || Number.isNaN(value)) return [];
      const where = this.source.names.length > 2 ? ` in ${this.source.names[file]}` : "";
      return [kind === "change" ? `changed by ${value.toFixed(1)} grey levels${where}` : `iris moved by ${value.toFixed(2)} px${where}`];
    });
    return parts.join(", ");
  }
}

function measuring(done, total, seconds) {
  const left = done ? ` About ${duration((seconds * (total - done)) / done)} left.` : "";
  return `Measured ${done.toLocaleString("en")} of ${amount(total, "pairs")}.${left}`;
}
