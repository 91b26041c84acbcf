// Jobs: starting, watching and stopping them. See job_watch.js and job_card.js.
import { h, refill } from "./dom.js";
import { jobCard } from "./job_card.js";
import { isActive, startJob, tellJob, watchJobs } from "./job_watch.js";

export { isActive, jobCard, startJob, tellJob, watchJobs };

/** An element that shows the newest job that fits, live; empty while there is none. onDone(job) is called once when a
 * job that was seen running has ended. first: a job that has just been started, shown before the server lists it. */
export function jobStatus(predicate, { onDone = () => {}, first = null } = {}) {
  const element = h("div.job-status");
  let card = null, shown = null, wasActive = false;
  const begin = (job) => {
    card = jobCard(job);
    refill(element, card.element);
    [shown, wasActive] = [job.id, isActive(job)];
  };
  if (first) begin(first);
  const stop = watchJobs((jobs) => {
    const job = jobs.find(predicate);
    if (!job && first) return;
    if (!job) { refill(element); card = shown = null; return; }
    if (job.id !== shown) begin(job);
    else card.update(job);
    if (wasActive && !isActive(job)) onDone(job);
    wasActive = isActive(job);
  });
  return { element, stop };
}
