// The runs of the folder: how far each is, what came of it, and which are put on one chart.
import { get } from "./api.js";
import { MOST_RUNS } from "./curves.js";
import { amount, h, refill, since } from "./dom.js";
import { watchJobs } from "./jobs.js";
import { address, showError } from "./main.js";
import { shortVerdict, stateOf, trainingOf } from "./run.js";

const SPARK_WIDTH = 96, SPARK_HEIGHT = 24, SVG = "http://www.w3.org/2000/svg";

/** Scores as a small line; less is better. */
function spark(scores) {
  const svg = document.createElementNS(SVG, "svg");
  const set = (element, values) => { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); return element; };
  set(svg, { viewBox: `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`, width: SPARK_WIDTH, height: SPARK_HEIGHT, role: "img", class: "spark",
    "aria-label": `score from ${scores[0].toPrecision(2)} to ${scores.at(-1).toPrecision(2)}` });
  const low = Math.min(...scores), high = Math.max(...scores), room = high - low || 1;
  const points = scores.map((score, i) => `${2 + (i / Math.max(1, scores.length - 1)) * (SPARK_WIDTH - 4)},${2 + ((high - score) / room) * (SPARK_HEIGHT - 4)}`);
  svg.append(set(document.createElementNS(SVG, "polyline"), { points: points.join(" ") }));
  return svg;
}

/** The list: {element, stop()}. */
export async function runList(signal) {
  const picked = new Set();
  const show = () => { location.hash = `#/train?${new URLSearchParams([...picked].map((run) => ["run", run]))}`; };
  const together = h("button", { type: "button", disabled: true, onclick: show }, "Show on one chart");
  const hint = h("span.soft", {}, "Tick two or more runs.");
  const rows = h("div.run-list"), element = h("section", { hidden: true }, h("h2", {}, "Runs"), rows, h("div.bar", {}, together, hint));
  let runs = [], jobs = [];

  function pick(run, isPicked) {
    if (isPicked) picked.add(run); else picked.delete(run);
    together.disabled = picked.size < 2 || picked.size > MOST_RUNS;
    const few = picked.size < 2 ? "Tick two or more runs." : amount(picked.size, "runs");
    refill(hint, picked.size > MOST_RUNS ? `A chart shows at most ${MOST_RUNS} runs.` : few);
  }

  function draw() {
    element.hidden = !runs.length;
    together.hidden = hint.hidden = runs.length < 2;
    refill(rows, runs.map((run) => h("div.run-row", {},
      h("input", { type: "checkbox", "aria-label": `Show ${run.run} with others`, checked: picked.has(run.run), disabled: runs.length < 2,
        onchange: (event) => pick(run.run, event.target.checked) }),
      h("div.run-what", {}, h("a", { href: address("train", { run: run.run }) }, run.run),
        h("span.soft", {}, run.files.filter(Boolean).join(" towards "))),
      h("div.run-how", {}, h("span", {}, stateOf(run, trainingOf(jobs, run.run))),
        h("span.soft", {}, run.said ? shortVerdict(run.said) : "No validation yet.")),
      run.scores.length > 1 ? spark(run.scores) : h("span"), h("span.soft.run-when", {}, run.changed ? since(run.changed) : ""))));
  }

  async function look() {
    try {
      runs = (await get("/api/runs", {}, { signal })).runs;
      if (!rows.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") draw();
    } catch (error) {
      if (!signal.aborted) showError(rows, error);
      element.hidden = false;
    }
  }
  await look();
  let known = "";
  const stop = watchJobs((found) => {
    jobs = found;
    const now = JSON.stringify(found.filter((job) => job.command === "train").map((job) => [job.id, job.state, job.progress?.n]));
    if (now !== known) { known = now; look(); }
  });
  return { element, stop };
}
