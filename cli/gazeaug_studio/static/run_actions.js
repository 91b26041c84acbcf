// What can be done with a run: stop, resume, export, write its report; with the jobs that do it.
import { post } from "./api.js";
import { announce, h, refill, whileOff } from "./dom.js";
import { jobCard, latestJob, startJob, tellJob, isActive } from "./jobs.js";
import { address } from "./main.js";

const COMMANDS = ["train", "export", "report"];

/** Whether a job trains, exports or reports a run. */
const isOf = (job, run) => COMMANDS.includes(job.command) && (job.output === run || job.given?.run_dir === run || job.given?.run === run);

/** Buttons and the newest job of a run: {element, update(run, training job, jobs), stop()}. */
export function runActions(run) {
  const problem = h("p.problem", { role: "alert", hidden: true });
  const steps = h("input", { type: "number", id: "up-to", min: "1", step: "100", value: String(run.steps || "") });
  const stop = button("Stop", () => tellJob(training, "stop"), "Stopping; a checkpoint is saved first");
  const resume = button("Resume", () => startJob("train", resumed()), "Resumed");
  const exported = () => ({ run_dir: run.run, ...(run.refiner ? { overwrite: true } : {}) });
  const makeModel = button("Export", () => startJob("export", exported()), "Export started");
  const makeReport = button("Write report", () => startJob("report", { run: run.run }), "Report started");
  const resuming = h("span.bar.resuming", {}, resume, h("label", { for: "up-to" }, "to step"), steps);
  const links = h("span.bar.made");
  const line = h("p.soft.would", { hidden: true });
  const cards = h("div.jobs");
  const element = h("div", {}, h("div.bar", {}, stop, resuming, makeModel, makeReport, links), line, problem, cards);
  let training = null, shown = new Map(), offered = null;

  function button(text, act, said) {
    const made = h("button", { type: "button", onclick: async () => {
      problem.hidden = true;
      try { await whileOff([made], act); announce(said); } catch (error) { refill(problem, error.message); problem.hidden = false; }
    } }, text);
    return made;
  }

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
    refill(resume, now.complete ? "Train on" : "Resume");
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
      const page = now.report && `/files/${now.report.split("/").map(encodeURIComponent).join("/")}`;
      refill(links,
        now.refiner && h("a.button", { class: "first", href: address("refine", { model: now.refiner }) }, "Refine eyes with it"),
        page && h("a.button", { href: page, target: "_blank", rel: "noopener" }, "Open the report"));
    }
    showJobs(jobs);
  }

  /** Cards of the newest job of each command, the active and the failed ones. */
  function showJobs(jobs) {
    const found = COMMANDS.map((command) => latestJob(jobs, (job) => job.command === command && isOf(job, run.run)))
      .filter((job) => job && (isActive(job) || job.state === "failed" || job.state === "lost"));
    const kept = new Map(found.map((job) => [job.id, shown.get(job.id) ?? jobCard(job)]));
    found.forEach((job) => kept.get(job.id).update(job));
    if ([...kept.keys()].join() !== [...shown.keys()].join()) refill(cards, [...kept.values()].map((card) => card.element));
    shown = kept;
  }
  return { element, update, stop() {} };
}
