// A job that makes files, watched to its end.
import { announce, h, refill } from "./dom.js";
import { isActive, jobCard, watchJobs } from "./jobs.js";
import { address } from "./main.js";

/** The job as it goes, then a link to what it made, or what `onDone` does. Returns a function that stops watching. */
export function showJob(element, job, onDone = null) {
  const card = jobCard(job), made = h("p", {});
  let isEnded = false;
  refill(element, card.element, made);
  return watchJobs((jobs) => {
    const found = jobs.find((one) => one.id === job.id);
    if (!found || isEnded) return;
    card.update(found);
    isEnded = !isActive(found);
    if (!isEnded || found.state !== "done") return;
    if (onDone) onDone();
    else if (found.output) {
      refill(made, h("a.button.first", { href: address("data", { file: found.output }) }, `Open ${found.output}`));
      announce(`${found.output} was written`);
    }
  });
}
