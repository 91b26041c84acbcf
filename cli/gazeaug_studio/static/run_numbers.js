// The numbers of a run as they arrive: metrics.jsonl from an offset on, thinned out so that a long run stays small.
import { fetched } from "./api.js";

/** Steps and values in order of steps: at most twice `most`, evenly spread, the newest always among them. */
export class Series {
  constructor(most) { this.most = most; this.clear(); }

  clear() {
    this.steps = [];
    this.values = [];
    this.stride = 1; // one in so many is kept for good
    this.seen = 0;
    this.passing = false; // whether the last one makes room for the next
  }

  add(step, value) {
    if (this.passing) { this.steps.pop(); this.values.pop(); }
    while (this.steps.length && this.steps[this.steps.length - 1] >= step) { this.steps.pop(); this.values.pop(); } // a run that was resumed
    this.passing = this.seen % this.stride !== 0;
    this.seen += 1;
    this.steps.push(step);
    this.values.push(value);
    if (this.steps.length > 2 * this.most) this.thin();
  }

  thin() {
    const last = this.steps.length - 1;
    const kept = (_, at) => at % 2 === 0 || at === last;
    this.passing ||= last % 2 === 1;
    this.steps = this.steps.filter(kept);
    this.values = this.values.filter(kept);
    this.stride *= 2;
  }

  get last() {
    const at = this.steps.length - 1;
    return at < 0 ? null : { step: this.steps[at], value: this.values[at] };
  }
}

/** A line of metrics.jsonl; null where it is none. Python writes NaN, which JSON does not have. */
function readLine(text) {
  for (const one of [text, text.replace(/\bNaN\b|-?\bInfinity\b/g, "null")]) {
    try {
      const found = JSON.parse(one);
      return found !== null && typeof found === "object" && Number.isFinite(found.step) ? found : null;
    } catch { /* the second reading, or a damaged line */ }
  }
  return null;
}

const within = (value, [low, high]) => Math.min(high ?? Infinity, Math.max(low ?? -Infinity, value));

/** All curves of a run; see gazeaug.runs.curves. */
export class RunNumbers {
  constructor(run, curves) {
    this.run = run;
    this.lines = curves.flatMap((curve) => Object.keys(curve.columns).map((column) =>
      ({ curve, column, series: new Series(curve.most_points) })));
    this.clear();
  }

  clear() {
    this.next = 0;
    this.mark = "";
    this.step = 0;
    for (const { series } of this.lines) series.clear();
  }

  /** The series of a column of a curve. */
  of(curve, column) { return this.lines.find((line) => line.curve === curve && line.column === column).series; }

  /** Fetch what is new; whether anything was. A file that has become another one is read from its beginning. */
  async poll(signal) {
    let isNew = false;
    for (;;) {
      const answer = await fetched("/api/runs/metrics", { run: this.run, from: this.next, mark: this.mark }, { signal });
      const text = await answer.text();
      const [from, next] = ["X-From", "X-Next"].map((name) => Number(answer.headers.get(name)));
      if (from !== this.next) { this.clear(); isNew = true; }
      for (const line of text.split("\n")) if (line) this.take(readLine(line));
      this.next = next;
      this.mark = answer.headers.get("X-Mark");
      if (next === from) return isNew;
      isNew = true;
    }
  }

  take(line) {
    if (line === null) return;
    this.step = line.step;
    for (const { curve, column, series } of this.lines) {
      const value = line[column];
      if (Number.isFinite(value) && (curve.needs || column) in line) series.add(line.step, within(curve.factor * value, curve.limits));
    }
  }
}
