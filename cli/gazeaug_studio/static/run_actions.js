// What can be done with a run: stop, resume, export, write its report; with the jobs that do it.
import { actionButton, problemLine } from "./action.js";
import { post } from "./api.js";
import { h, refill } from "./dom.js";
import { isActive, jobCard, startJob, tellJob } from "./jobs.js";
import { address } from "./main.js";
import { fileAddress } from "./page_view.js";

const COMMANDS = ["train", "export", "report"];

/** Whether a job trains, exports or reports a run. */
const isOf = (job, run) => COMMANDS.includes(job.command) && (job.output === run || job.given?.run_dir === run || job.given?.run === run);

/** Buttons and the newest job of a run: {element, update(run, training job, jobs), stop()}. */
export function runActions(run) {
  const problem = problemLine();
  const steps = h("input", { type: "number", id: "up-to", min: "1", step: "100", value: String(run.steps || "") });
  const stop = actionButton("Stop", () => tellJob(training, "stop"), problem, "Stopping; a checkpoint is saved first");
  const resume = actionButton("Resume", () => startJob("train", resumed()), problem, "Resumed");
  const exported = () => ({ run_dir: run.run, ...(run.refiner ? { overwrite: true } : {}) });
  const makeModel = actionButton("Export", () => startJob("export", exported()), problem, "Export started");
  const makeReport = actionButton("Write report", () => startJob("report", { run: run.run }), problem, "Report started");
  const resuming = h("span.bar.resuming", {}, resume, h("label", { for: "up-to" }, "to step"), steps);
  const links = h("span.bar.made");
  const line = h("p.soft.would", { hidden: true });
  const cards = h("div.jobs");
  const element = h("div", {}, h("div.bar", {}, stop, resuming, makeModel, makeReport, links), line, problem.element, cards);
  let training = null, shown = new Map(), offered = null;

  /** What Resume gives: --steps only where it is another one. */
  function resumed() {
    const upTo = Number(steps.value);
    return { resume: true, run_dir: run.run, ...(upTo !== run.steps ? { steps: upTo } : {}) };
  }

  /** The line that Resume would run. */
  async function tellLine() {
    try {
      const found = await post("/api/line", { command: "train", given: resumed() });
      refill(line, `\u201c${resume.textContent}\u201d runs `, h("code", {}, found.line));
    } catch (error) { refill(line, error.message); }
    line.hidden = resuming.hidden;
  }
  steps.addEventListener("input", tellLine);

  function update(now, job, jobs) {
    run = now;
    training = job;
    const wanted = now.complete ? Math.max(now.steps, now.step) * 2 : now.steps;
    refill(resume, now.complete ? "Train further" : "Resume");
    if (wanted !== offered) {
      offered = wanted;
      steps.value = String(wanted || "");
      steps.min = String(Math.max(1, now.saved));
      tellLine();
    }
    stop.hidden = !job;
    stop.disabled = Boolean(job?.is_stopping);
    resuming.hidden = Boolean(job);
    line.hidden = Boolean(job) || !line.hasChildNodes();
    makeModel.hidden = makeReport.hidden = !now.saved;
    refill(makeModel, now.refiner ? "Export again" : "Export");
    makeModel.classList.toggle("first", now.complete && !now.refiner);
    const made = JSON.stringify([now.refiner, now.report]);
    if (links.dataset.made !== made) {
      links.dataset.made = made;
      const page = now.report && fileAddress(now.report);
      refill(links,
        now.refiner && h("a.button", { class: "first", href: address("refine", { model: now.refiner }) }, "Refine eyes with it"),
        page && h("a.button", { href: page, target: "_blank", rel: "noopener" }, "Open the report"));
    }
    showJobs(jobs);
  }

  /** Cards of the newest job of each command, the active and the failed ones. */
  function showJobs(jobs) {
    const found = COMMANDS.map((command) => jobs.find((job) => job.command === command && isOf(job, run.run)))
      .filter((job) => job && (isActive(job) || job.state === "failed" || job.state === "lost"));
    const kept = new Map(found.map((job) => [job.id, shown.get(job.id) ?? jobCard(job)]));
    found.forEach((job) => kept.get(job.id).update(job));
    if ([...kept.keys()].join() !== [...shown.keys()].join()) refill(cards, [...kept.values()].map((card) => card.element));
    shown = kept;
  }
  return { element, update };
}
