// Sample grids of one or several runs: the same eyes at the checkpoint that a slider stands at.
import { fetched } from "./api.js";
import { h, fill } from "./dom.js";

const MOST_KEPT = 48; // sheets in memory
const SMALL = 100; // pixels; narrower pictures are enlarged at least twice
const LARGEST = 6; // enlargement
const PLAY_MS = 450;

/** The sheets of runs, fetched once. */
class Sheets {
  constructor(signal) { this.signal = signal; this.kept = new Map(); }

  /** {bitmap, rows} of a step, or null where it cannot be shown. */
  get(run, step) {
    const key = `${run}\n${step}`;
    let found = this.kept.get(key);
    if (!found) {
      found = this.fetch(run, step).catch(() => { this.kept.delete(key); return null; });
      this.kept.set(key, found);
      if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value);
    }
    return found;
  }

  async fetch(run, step) {
    const answer = await fetched("/api/runs/grid", { run, step }, { signal: this.signal });
    return { bitmap: await createImageBitmap(await answer.blob()), rows: Number(answer.headers.get("X-Rows")) };
  }
}

/** One kind of eyes of a run, side by side in whole pixels. */
class Strip {
  constructor(column, title, describe) {
    this.column = column;
    this.describe = describe;
    this.canvas = h("canvas.pixels", { role: "img", "aria-label": title, width: 1, height: 1 });
    this.label = h("p.kind", {}, title);
    this.element = h("div.eye-strip", {}, this.label, this.canvas);
  }

  /** Pixels that the title takes beside the eyes; none where it stands above them. */
  get beside() { return getComputedStyle(this.element).display === "flex" ? this.label.offsetWidth + 12 : 0; }

  draw({ bitmap, rows }, step, room) {
    const width = bitmap.width / 3, height = bitmap.height / rows;
    const scale = Math.min(LARGEST, Math.max(width < SMALL ? 2 : 1, Math.floor(room / (rows * width))));
    Object.assign(this.canvas, { width: rows * width, height });
    const context = this.canvas.getContext("2d");
    for (let row = 0; row < rows; row += 1) {
      context.drawImage(bitmap, this.column * width, row * height, width, height, row * width, 0, width, height);
    }
    this.canvas.style.width = `${rows * width * scale}px`;
    this.canvas.style.height = `${height * scale}px`;
    this.canvas.setAttribute("aria-label", this.describe(rows, step));
  }
}

/**
 * Grids with one slider. Runs: [{name, grids: [{step}], files, target}]; `onStep(step)` is told where it stands.
 * Returns {element, update(), near(step), stop()}.
 */
export function sampleGrids(runs, { signal, onStep }) {
  const sheets = new Sheets(signal);
  const slider = h("input", { type: "range", min: "0", max: "0", step: "1", value: "0", id: "checkpoint" });
  const where = h("output", { for: "checkpoint" });
  const play = h("button", { type: "button", "aria-pressed": "false", onclick: () => (timer ? halt() : start()) }, "Play");
  const strips = h("div.scroll.eye-strips", { tabindex: "0", role: "region", "aria-label": "Sample eyes" });
  const bar = h("div.bar.slider", {}, play, h("label", { for: "checkpoint" }, "Checkpoint"), slider, where);
  const empty = h("p.soft", {}, "Sample eyes appear here with the first checkpoint.");
  const element = h("section.grids", { class: runs.length < 3 ? "stays" : "" }, h("h2", {}, "Sample eyes"), empty, bar, strips);
  const areAlike = runs.every((run) => run.files.join() === runs[0].files.join());
  let steps = [], at = -1, timer = null, shown = 0;

  const rows = runs.flatMap((run, i) => {
    const of = runs.length > 1 ? ` by ${run.name}` : "";
    const describe = (what) => (n, step) => `${n} ${what}, step ${step.toLocaleString("en")}`;
    const make = (column, title, what) => ({ run, strip: new Strip(column, title, describe(what)) });
    const target = run.target === "real" ? "Real" : run.target[0].toUpperCase() + run.target.slice(1);
    return [!i || !areAlike ? make(0, "Rendered", "rendered eyes") : null, make(1, `Refined${of}`, `refined eyes${of}`),
      i === runs.length - 1 || !areAlike ? make(2, target, `eyes of the set refined towards (${run.target})`) : null].filter(Boolean);
  });
  fill(strips, rows.map(({ strip }) => strip.element));

  /** The checkpoint of a run that is nearest to a step. */
  const nearest = (found, step) => found.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), found[0]);

  async function draw() {
    const turn = ++shown, step = steps[at];
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `step ${step.toLocaleString("en")}, ${at + 1} of ${steps.length}`);
    where.textContent = `step ${step.toLocaleString("en")}`;
    onStep(step);
    const stepOf = (run) => nearest(run.grids.map((one) => one.step), step);
    const found = await Promise.all(rows.map(({ run }) => (run.grids.length ? sheets.get(run.name, stepOf(run)) : null)));
    if (turn !== shown || signal.aborted) return; // the slider went on
    found.forEach((sheet, i) => {
      const { run, strip } = rows[i];
      strip.element.hidden = sheet === null;
      if (sheet) strip.draw(sheet, stepOf(run), strips.clientWidth - strip.beside);
    });
    element.dataset.step = step;
  }

  function move(to) { if (to !== at && to >= 0) { at = to; draw(); } }
  function halt() { clearInterval(timer); timer = null; play.setAttribute("aria-pressed", "false"); play.textContent = "Play"; }
  function start() {
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
    if (at === steps.length - 1) move(0);
    timer = setInterval(() => (at < steps.length - 1 ? move(at + 1) : halt()), PLAY_MS);
  }
  slider.addEventListener("input", () => { halt(); move(Number(slider.value)); });
  const watcher = new ResizeObserver(() => { if (at >= 0) draw(); });
  watcher.observe(element);

  function update() {
    const wasLast = at === steps.length - 1, before = steps[at];
    steps = [...new Set(runs.flatMap((run) => run.grids.map((one) => one.step)))].sort((a, b) => a - b);
    empty.hidden = steps.length > 0;
    bar.hidden = strips.hidden = !steps.length;
    slider.max = String(Math.max(0, steps.length - 1));
    slider.disabled = play.disabled = steps.length < 2;
    if (!steps.length) { at = -1; return; }
    const to = wasLast ? steps.length - 1 : Math.max(0, steps.indexOf(nearest(steps, before)));
    if (to !== at || steps[to] !== before) { at = to; draw(); }
  }
  update();
  return {
    element, update,
    near: (step) => { if (steps.length) { halt(); move(steps.indexOf(nearest(steps, step))); } },
    stop: () => { halt(); watcher.disconnect(); },
  };
}
