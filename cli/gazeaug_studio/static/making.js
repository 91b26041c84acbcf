// A job that makes files, watched to its end.
import { announce, h, refill } from "./dom.js";
import { jobStatus } from "./jobs.js";
import { address } from "./main.js";

/** The job as it goes, then a link to what it made, or what `onDone` does. Returns a function that stops watching. */
export function showJob(element, job, onDone = null) {
  const made = h("p", {});
  const status = jobStatus(({ id }) => id === job.id, { first: job, onDone: ({ state, output }) => {
    if (state !== "done") return;
    if (onDone) onDone();
    else if (output) {
      refill(made, h("a.button.first", { href: address("data", { file: output }) }, `Open ${output}`));
      announce(`${output} was written`);
    }
  } });
  refill(element, status.element, made);
  return status.stop;
}
