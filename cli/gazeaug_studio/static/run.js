// One or several runs: state, sample eyes, curves as the numbers arrive, diagnosis, and what can be done with a run.
import { problemLine } from "./action.js";
import { get } from "./api.js";
import { Charts, MOST_RUNS } from "./curves.js";
import { ago, amount, announce, duration, h, refill } from "./dom.js";
import { sampleGrids } from "./grids.js";
import { isActive, jobStatus, watchJobs } from "./jobs.js";
import { address } from "./main.js";
import { runActions } from "./run_actions.js";
import { RunNumbers } from "./run_numbers.js";

const OFTEN_MS = 1000, SELDOM_MS = 6000;
const FRESH_S = 20; // a run that wrote so lately, without a job, is being trained elsewhere

/** The job that trains a run, if it waits or runs. */
export const trainingOf = (jobs, run) => jobs.find((job) => job.command === "train" && job.output === run && isActive(job));

/** Like "Training, step 312 of 1,500, about 2 min left". */
export function stateOf(run, job) {
  const of = run.steps ? ` of ${run.steps.toLocaleString("en")}` : "", at = `step ${run.step.toLocaleString("en")}${of}`;
  if (job?.state === "queued") return run.step ? `Waiting to go on from ${at}` : "Waiting for its turn";
  if (job) {
    const left = job.progress?.seconds_left, isBefore = !run.step;
    const what = isBefore ? `${(job.progress?.title ?? "starting").replace(/^training$/, "pre-training")}` : at;
    const inWords = left === null || left === undefined ? "" : `, about ${duration(left)} left`;
    return `${what.startsWith("before training") ? "" : "Training: "}${what}${inWords}`;
  }
  if (run.complete) return `Complete, ${amount(run.step, "steps")}`;
  if (run.changed && Date.now() / 1000 - run.changed < FRESH_S) return `At ${at}, written ${ago(run.changed)}`;
  if (!run.saved) return `Stopped at ${at}, before its first checkpoint`;
  return `Stopped at ${at}. Last checkpoint: step ${run.saved.toLocaleString("en")}`;
}

/** Show the runs that the address names. */
export async function showRuns(main, names, signal) {
  const [first, ...others] = await Promise.all(names.slice(0, MOST_RUNS).map((run) => waitForRun(main, run, signal)));
  if (signal.aborted) return null;
  const described = [first, ...others], sections = first.sections;
  const curves = sections.flatMap((section) => section.curves);
  const runs = described.map((run) => ({ ...run, name: run.run, numbers: new RunNumbers(run.run, curves) }));
  const problem = problemLine();
  const charts = new Charts(runs, sections, { onStep: (step) => grids.near(step) });
  const grids = sampleGrids(runs, { signal, onStep: (step) => charts.mark(step) });
  const heads = runs.map((run, i) => (runs.length > 1 ? shortHead(run, i) : longHead(run)));
  const title = runs.length > 1 ? `${runs.length} runs` : first.run;
  refill(main, crumb(runs.length > 1 ? "several runs" : "run"), h("h1", {}, title), problem.element,
    h("div", { class: runs.length > 1 ? "cards run-heads" : "run-head" },
      runs.length > 1 && h("h2.unseen", {}, "Runs"), heads.map((head) => head.element)),
    names.length > MOST_RUNS && h("p.note", {}, `A chart shows at most ${MOST_RUNS} runs. These are the first ${MOST_RUNS}.`),
    grids.element, charts.element);
  const empty = h("p.note", {},
    "The curves begin with the first training step. Before it, the camera, the gaze guard and the discriminator are trained.");
  charts.element.before(empty);

  let jobs = [], timer = 0, isAsking = false, hasEnded = false; // a job: it may have made a model or a report
  const stopWatching = watchJobs((found) => {
    const active = new Set(found.filter(isActive).map((job) => job.id));
    hasEnded ||= jobs.some((job) => isActive(job) && !active.has(job.id));
    jobs = found;
    heads.forEach((head, i) => head.update(runs[i], trainingOf(jobs, runs[i].run), jobs));
    if (hasEnded && !isAsking) follow();
  });

  async function follow() {
    clearTimeout(timer);
    isAsking = true;
    try {
      const isAfterAJob = hasEnded;
      hasEnded = false;
      const news = await Promise.all(runs.map((run) => run.numbers.poll(signal)));
      const hasChanged = (run, i) => news[i] || isAfterAJob || isFresh(run) || trainingOf(jobs, run.run);
      const looked = await Promise.all(runs.map((run, i) => (hasChanged(run, i) ? get("/api/runs/run", { run: run.run }, { signal }) : null)));
      looked.forEach((found, i) => { if (found) Object.assign(runs[i], found); });
      if (looked.some(Boolean)) grids.update();
      if (news.some(Boolean)) charts.update();
      empty.hidden = runs.some((run) => run.numbers.step > 0);
      heads.forEach((head, i) => head.update(runs[i], trainingOf(jobs, runs[i].run), jobs));
      problem.say(null);
    } catch (error) {
      if (signal.aborted) return;
      problem.say(error.message);
    }
    isAsking = false;
    const isLive = runs.some((run) => trainingOf(jobs, run.run) || isFresh(run));
    if (!signal.aborted) timer = setTimeout(follow, isLive && !document.hidden ? OFTEN_MS : SELDOM_MS);
  }
  await follow();
  announce(`${title}: ${stateOf(runs[0], trainingOf(jobs, runs[0].run))}`);
  return () => {
    clearTimeout(timer);
    stopWatching();
    charts.stop();
    grids.stop();
  };
}

const isFresh = (run) => run.changed && Date.now() / 1000 - run.changed < FRESH_S;

/** A run's description; while the job that makes it has not begun it, its card stands in its place. */
async function waitForRun(main, run, signal) {
  const isIts = (job) => job.command === "train" && job.output === run;
  const ask = () => get("/api/runs/run", { run }, { signal });
  const { jobs } = await get("/api/jobs", {}, { signal });
  if (!jobs.some((job) => isIts(job) && isActive(job))) return ask();
  const status = jobStatus(isIts);
  const stop = () => status.stop();
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      if ((await get("/api/runs", {}, { signal })).runs.some((one) => one.run === run)) return await ask();
      if (!status.element.isConnected) {
        refill(main, crumb("run"), h("h1", {}, run), h("p.note", {}, "Curves and sample eyes appear here as soon as this training begins. "
          + "Before, it checks its files and trains the gaze guard."), h("div.jobs", {}, status.element));
      }
      await new Promise((done) => { setTimeout(done, OFTEN_MS); });
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

const crumb = (text) => h("p.soft.crumb", {}, h("a", { href: address("train") }, "Train"), ` / ${text}`);

/** Head of the only run: state, bar, what can be done, diagnosis, files. */
function longHead(run) {
  const state = h("p.run-state"), share = h("div");
  const track = h("div.run-track", { role: "progressbar", "aria-label": "Steps", "aria-valuemin": 0, "aria-valuemax": 100 }, share);
  const said = h("div.run-said");
  const actions = runActions(run);
  const files = h("p.soft", {}, "Trained on ", fileLink(run.synthetic, run.files[0]), " towards ", fileLink(run.real, run.files[1]),
    `, recipe ${run.recipe ?? "unknown"}, batches of ${run.config.batch_size ?? "?"}.`);
  const element = h("section", {}, files, state, track, actions.element, said);
  return {
    element,
    update(now, job, jobs) {
      refill(state, stateOf(now, job));
      const done = now.steps ? Math.min(1, now.step / now.steps) : 0;
      share.style.setProperty("width", `${100 * done}%`);
      track.setAttribute("aria-valuenow", Math.round(100 * done));
      tellVerdict(said, now);
      actions.update(now, job, jobs);
    },
  };
}

/** Head of one of several runs: its colour, state, verdict. */
function shortHead(run, i) {
  const state = h("p.soft"), verdict = h("p.soft");
  const swatch = h("i.swatch", { "aria-hidden": "true", style: { background: `var(--c${i})` } });
  const element = h("article.card", {}, h("h3.run-name", {}, swatch,
    h("a", { href: address("train", { run: run.run }) }, run.run)), state, verdict);
  return {
    element,
    update(now, job) { refill(state, stateOf(now, job)); refill(verdict, now.said ? shortVerdict(now.said) : "No validation yet."); },
  };
}

/** The verdict without its first words. */
export const shortVerdict = (said) => { const text = said.replace(/^verdict \([^)]*\): /, ""); return `Verdict: ${text}.`; };

function tellVerdict(element, run) {
  const key = JSON.stringify([run.findings, run.verdict]);
  if (element.dataset.key === key) return; // what is being read stays as it is
  element.dataset.key = key;
  const [first, ...rest] = run.verdict;
  refill(element,
    first && h("p.verdict", { class: run.is_good ? "is-good" : "is-bad" }, first[0].toUpperCase() + first.slice(1)),
    rest.length > 0 && h("ul.lines", {}, rest.map((line) => h("li", {}, line))),
    run.findings.map((one) => h("p.note.finding", {}, h("b", {}, one.name), `: ${one.text}. `,
      h("span.soft", {}, `What helps: ${one.remedy}.`))));
}

function fileLink(path, name) {
  if (!path) return h("span", { title: "no longer in this folder" }, name || "a file that no longer exists");
  return h("a", { href: address("data", { file: path }) }, name);
}
