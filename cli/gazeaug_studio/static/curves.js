// Charts of one or several runs by uPlot: one cursor over all of them, colours of the page in light and dark.
import { coloursOf, watchScheme } from "./colours.js";
import { h, fill, refill } from "./dom.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

const HEIGHT = 190;
const FEW = 8; // points; each has a dot then
const DASHES = [[], [6, 4], [2, 3], [9, 3, 2, 3]];
export const MOST_RUNS = 6; // colours of the page
const SYNC = "runs";

const counted = (step) => Math.round(step).toLocaleString("en");
export function figure(value) {
  if (value === 0 || Math.abs(value) >= 1000) return counted(value);
  const text = Math.abs(value) < 5e-4 ? value.toExponential(2).replace(/\.?0+e/, "e") : String(Number(value.toPrecision(3)));
  return text.replace("-", "\u2212").replace("e-", "e\u2212");
}

const LINES = Array.from({ length: MOST_RUNS }, (_, i) => `c${i}`);

/** Colours of the page as a canvas takes them. */
function palette(element) {
  const found = coloursOf(element, "ink", "soft", "rule", ...LINES);
  return { ...found, lines: LINES.map((name) => found[name]) };
}

/** One chart: the same columns of all runs. */
class Chart {
  constructor(curve, runs, charts) {
    Object.assign(this, { curve, runs, charts });
    this.lines = runs.flatMap((run, i) => Object.entries(curve.columns).map(([column, name], j) => ({
      run, name, series: run.numbers.of(curve, column),
      colour: runs.length > 1 ? i : j % MOST_RUNS, dash: runs.length > 1 ? DASHES[j % DASHES.length] : [],
    })));
    this.plot = h("div.plot", { role: "img" });
    this.key = h("p.keys");
    this.element = h("figure.chart", { hidden: true },
      h("figcaption", {}, h("h3", {}, curve.title, curve.unit && h("span.unit", {}, `, ${curve.unit}`)), h("p.soft", {}, curve.note)),
      this.key, this.plot);
    this.drawn = null;
  }

  /** Lines that have numbers. */
  get known() { return this.lines.filter((line) => line.series.last); }

  levels() {
    return this.curve.levels.flatMap((name) => {
      const found = new Set(this.runs.map((run) => run.levels[name]));
      const [value] = found;
      return found.size === 1 && Number.isFinite(value) ? [{ name: name.replace(/, %$/, ""), value }] : [];
    });
  }

  update() {
    const known = this.known;
    this.element.hidden = known.length === 0;
    if (!known.length) { this.stop(); return; }
    const tables = known.map(({ series }) => [series.steps, series.values]);
    const data = tables.length > 1 ? uPlot.join(tables) : tables[0].map((values) => values.slice());
    if (this.drawn?.lines !== known.length) { this.stop(); this.draw(known, data); } else this.drawn.plot.setData(data);
    this.tell(null);
    this.plot.setAttribute("aria-label", `${this.curve.title}: ${known.map((line) =>
      `${this.nameOf(line)} ${figure(line.series.last.value)} at step ${counted(line.series.last.step)}`).join("; ")}`);
  }

  nameOf(line) { return this.runs.length > 1 ? `${line.name} of ${line.run.name}` : line.name; }

  draw(known, data) {
    const { charts } = this;
    const soft = () => charts.colours.soft, rule = () => charts.colours.rule;
    const grid = { stroke: rule, width: 1 }, axis = { stroke: soft, font: "12px system-ui, sans-serif", grid, ticks: { ...grid, size: 4 } };
    const plot = new uPlot({
      width: Math.max(120, this.plot.clientWidth), height: HEIGHT, legend: { show: false }, padding: [10, 24, 0, 0],
      scales: { x: { time: false, range: () => charts.range() }, y: { range: (_, low, high) => this.range(low, high) } },
      axes: [{ ...axis, size: 30, space: 60, values: (_, steps) => steps.map(counted) },
        { ...axis, size: 54, space: 34,
          values: (_, values) => values.map((value) => (value === null ? "" : figure(value))) }],
      series: [{}, ...known.map((line) => ({ stroke: () => charts.colours.lines[line.colour], width: 1.8, dash: line.dash, spanGaps: true,
        points: { show: () => line.series.steps.length < FEW, size: 6, fill: () => charts.colours.lines[line.colour] } }))],
      cursor: { sync: { key: SYNC, scales: ["x", null] }, drag: { x: false, y: false }, y: false, points: { size: 7 } },
      hooks: {
        drawAxes: [(u) => this.drawLevels(u)],
        draw: [(u) => this.drawMark(u)],
        setCursor: [(u) => {
          const isOver = u.cursor.left >= 0;
          this.tell(isOver ? u.cursor.idx : null);
          if (isOver && u.cursor.event) charts.onStep(u.posToVal(u.cursor.left, "x"));
        }],
      },
    }, data, this.plot);
    plot.root.setAttribute("aria-hidden", "true"); // the element around it says what it shows
    const watcher = new ResizeObserver(() => plot.setSize({ width: Math.max(120, this.plot.clientWidth), height: HEIGHT }));
    watcher.observe(this.plot);
    this.drawn = { plot, lines: known.length, known, watcher };
  }

  /** Ends of the axis of values: all lines and levels, with a little room, drawn in to what values can be. */
  range(low, high) {
    const values = [low, high, ...this.levels().map((level) => level.value)].filter(Number.isFinite);
    let [from, to] = [Math.min(...values), Math.max(...values)];
    const room = 0.06 * (to - from) || Math.abs(to) * 0.1 || 1;
    from -= room; to += room;
    const [least, most] = this.curve.limits;
    return [least === null ? from : Math.max(from, least), most === null ? to : Math.min(to, most)];
  }

  drawLevels(u) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = this.charts.colours.soft;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    for (const { name, value } of this.levels()) {
      const y = u.valToPos(value, "y", true);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.textBaseline = y - bbox.top < 16 * devicePixelRatio ? "top" : "bottom";
      ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y + (ctx.textBaseline === "top" ? 3 : -3) * devicePixelRatio);
    }
    ctx.restore();
  }

  drawMark(u) {
    const { step } = this.charts;
    if (step === null) return;
    const { ctx, bbox } = u, x = Math.round(u.valToPos(step, "x", true));
    ctx.save();
    ctx.strokeStyle = this.charts.colours.ink;
    ctx.globalAlpha = 0.55;
    ctx.setLineDash([]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  /** Names and values: at the cursor, or the last ones. Runs are told apart by colour, columns by dashes. */
  tell(at) {
    const known = this.known, names = [...new Set(known.map((line) => line.name))];
    const value = (line, i) => h("span.value", { title: this.nameOf(line) },
      h("i", { "aria-hidden": "true", style: { "border-top": `3px ${line.dash.length ? "dashed" : "solid"} var(--c${line.colour})` } }),
      h("b", {}, figure(this.valueAt(line, i, at))));
    refill(this.key, names.map((name) =>
      h("span.key", {}, `${name} `, known.map((line, i) => line.name === name && value(line, i)))));
  }

  /** The value of a line at a place of the cursor, or before it where it was not measured there; the last one for null. */
  valueAt(line, i, at) {
    const values = at === null ? undefined : this.drawn?.plot.data[i + 1];
    for (let from = at; values && from >= 0; from -= 1) if (Number.isFinite(values[from])) return values[from];
    return line.series.last.value;
  }

  stop() {
    this.drawn?.watcher.disconnect();
    this.drawn?.plot.destroy();
    this.drawn = null;
  }
}

/** Charts in sections. Runs: [{name, numbers, levels, steps}]; `onStep(step)` follows the pointer. */
export class Charts {
  constructor(runs, sections, { onStep = () => {} } = {}) {
    this.runs = runs;
    this.step = null;
    this.asked = null;
    this.element = h("div.curves");
    this.onStep = (step) => {
      if (this.asked === null) requestAnimationFrame(() => { onStep(this.asked); this.asked = null; });
      this.asked = step;
    };
    this.charts = [];
    this.sections = sections.map(({ title, curves }) => {
      const charts = curves.map((curve) => new Chart(curve, runs, this));
      this.charts.push(...charts);
      const element = h("section", { hidden: true }, h("h2", {}, title), h("div.charts", {}, charts.map((chart) => chart.element)));
      return { element, charts };
    });
    this.table = h("div.scroll", { tabindex: "0", role: "region", "aria-label": "Last values" });
    this.details = h("details", { hidden: true, ontoggle: () => this.list() }, h("summary", {}, "Last values as a table"), this.table);
    fill(this.element, this.sections.map(({ element }) => element), this.details);
    this.recolour = () => {
      this.colours = palette(this.element);
      for (const { drawn } of this.charts) drawn?.plot.redraw(false);
    };
    this.unwatchScheme = watchScheme(this.recolour);
  }

  /** The steps of all charts: of a training that has just begun a part, so that its curves are seen to move. */
  range() {
    const last = Math.max(1, ...this.runs.map(({ numbers }) => numbers.step));
    let end = Math.max(last, ...this.runs.map(({ steps }) => steps));
    while (end > 4 * last) end /= 2;
    return [0, end];
  }

  /** Draw the numbers that are there. The element must be in the page. */
  update() {
    if (!this.colours) this.recolour();
    for (const { element, charts } of this.sections) {
      element.hidden = charts.every((chart) => chart.known.length === 0);
      for (const chart of charts) chart.update();
    }
    this.details.hidden = this.sections.every(({ element }) => element.hidden);
    this.list();
  }

  /** The table, where it is open. */
  list() {
    if (!this.details.open) return;
    const rows = this.charts.flatMap((chart) => chart.known.map((line) => h("tr", {},
      h("td", {}, chart.curve.title), h("td", {}, chart.nameOf(line)), h("td.n", {}, counted(line.series.last.step)),
      h("td.n", {}, figure(line.series.last.value)), h("td", {}, chart.curve.unit))));
    refill(this.table, h("table", {}, h("thead", {}, h("tr", {}, ["curve", "line"].map((text) => h("th", {}, text)),
      ["step", "value"].map((text) => h("th.n", {}, text)), h("th", {}, "unit"))), h("tbody", {}, rows)));
  }

  /** Mark a step on all charts. */
  mark(step) {
    if (step === this.step) return;
    this.step = step;
    for (const { drawn } of this.charts) drawn?.plot.redraw(false);
  }

  stop() {
    this.unwatchScheme();
    for (const chart of this.charts) chart.stop();
  }
}
