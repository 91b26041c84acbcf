// What can be done with refined files: compare with the input, verify, open.
import { actionButton, problemLine } from "./action.js";
import { announce, h, refill } from "./dom.js";
import { logOf } from "./job_log.js";
import { jobStatus, startJob } from "./jobs.js";
import { address } from "./main.js";

/**
 * Show, below the newest refinement, how it computed, and what to do with each file of the newest that is done; called
 * with every list of jobs.
 */
export function doneWith(element, jobs) {
  const all = jobs.filter((each) => each.command === "refine-dataset");
  const job = all[0], done = all.find((each) => each.state === "done");
  const shown = job ? `${job.id} ${job.state} ${done?.id}` : "none";
  if (element.dataset.shown === shown) return;
  element.dataset.shown = shown;
  if (!job) { refill(element, h("p.soft", {}, "Nothing has been refined yet. Choose a model and files, then press Refine.")); return; }
  const how = h("p.soft");
  refill(element, how, done && outputsOf(done).map(([output, inputs]) => fileCard(output, inputs)));
  if (job.state !== "queued") tellHow(job, how);
}

/** The outputs of a refinement with the inputs of each: joined in one with --output, else a twin of each input. */
export function outputsOf({ given }) {
  const inputs = [given.inputs].flat();
  if (given.output) return [[given.output, inputs]];
  return inputs.map((input) => {
    const [, folder, name] = /^(.*\/)?([^/]*)$/.exec(input);
    const place = given.output_dir ? `${given.output_dir.replace(/\/$/, "")}/` : folder ?? "";
    return [`${place}${name.replace(/(?<=.)\.[^.]*$/, "")}.refined.h5`, [input]];
  });
}

function fileCard(output, inputs) {
  const verdict = h("div", { "aria-live": "polite" });
  const status = h("div"), problem = problemLine();
  const button = actionButton("Verify", async () => {
    refill(verdict);
    const first = await startJob("verify", { file: output, against: inputs });
    refill(status, jobStatus(({ id }) => id === first.id, { first, onDone: (job) => tellVerdict(job, verdict, status) }).element);
  }, problem);
  return h("article.card.refined", {}, h("h3", {}, output), h("p.soft", {}, `from ${inputs.join(", ")}`),
    h("div.bar", {},
      inputs.length === 1 && h("a.button.first", { href: address("compare", { first: inputs[0], second: output }) }, "Compare"),
      button, h("a.button", { href: address("data", { file: output }) }, "Open")),
    problem.element, status, verdict);
}

async function tellVerdict(job, verdict, status) {
  const lines = (await linesOf(job)).filter((line) => !line.startsWith("next:"));
  refill(status);
  refill(verdict, h(job.state === "done" ? "div.note.is-good" : "div.problem", {},
    h("strong", {}, job.state === "done" ? "Verified" : "Not verified"), lines.map((line) => h("p", {}, line))));
  announce(job.state === "done" ? "Verified" : `Not verified: ${job.last}`);
}

/** The lines by which a refinement says with what it computes, such as the provider and the precision. */
async function tellHow(job, element) {
  const lines = await linesOf(job).catch(() => []);
  element.textContent = lines.filter((line) => /^(model|precision) /.test(line)).join("; ");
}

async function linesOf(job) {
  return (await logOf(job.id)).split("\n").map((line) => line.trim()).filter(Boolean);
}
