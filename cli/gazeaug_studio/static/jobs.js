// Jobs: starting, watching and stopping them. See job_watch.js and job_card.js.
import { h, refill } from "./dom.js";
import { jobCard } from "./job_card.js";
import { isActive, startJob, tellJob, watchJobs } from "./job_watch.js";

export { isActive, jobCard, startJob, tellJob, watchJobs };

/** The jobs that fit, newest first. */
export const latestJobs = (jobs, predicate) => jobs.filter(predicate);

/** The newest job that fits, or undefined. */
export const latestJob = (jobs, predicate) => jobs.find(predicate);

/** An element that shows the newest job that fits, live; empty while there is none. onDone(job) is called once when a
 * job that was seen running has ended. */
export function jobStatus(predicate, { onDone = () => {} } = {}) {
  const element = h("div.job-status");
  let card = null, shown = null, wasActive = false;
  const stop = watchJobs((jobs) => {
    const job = latestJob(jobs, predicate);
    if (!job) { refill(element); card = shown = null; return; }
    if (job.id !== shown) {
      card = jobCard(job);
      refill(element, card.element);
      [shown, wasActive] = [job.id, isActive(job)];
    } else {
      card.update(job);
    }
    if (wasActive && !isActive(job)) onDone(job);
    wasActive = isActive(job);
  });
  return { element, stop };
}
