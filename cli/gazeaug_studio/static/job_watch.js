// Jobs of the folder: one poller for the page, which asks often only while something runs and somebody looks.
import { get, post } from "./api.js";
import { announce } from "./dom.js";
import { forgetFolder } from "./folder.js";
import { toast } from "./job_toast.js";
import { titleOf } from "./job_words.js";

const OFTEN_MS = 1000, SELDOM_MS = 5000, HIDDEN_MS = 15000;
const listeners = new Set();
let jobs = null, error = null, timer = 0, asking = false, askAgain = false;

/** Whether a job waits or runs. */
export const isActive = (job) => job.state === "queued" || job.state === "running";

/** Hear of all jobs, newest first, now and whenever they were asked for: listener(jobs, error). Returns what ends it. */
export function watchJobs(listener) {
  listeners.add(listener);
  if (jobs !== null) listener(jobs, error);
  if (listeners.size === 1 || jobs === null) look();
  return () => listeners.delete(listener);
}

/** Start a command; a refusal (409: the same runs already) is a StudioError. */
export async function startJob(command, given, { atOnce = false } = {}) {
  const job = await post("/api/jobs", { command, given, at_once: atOnce });
  look();
  return job;
}

/** Do "stop", "again" or "remove" to a job. */
export async function tellJob(job, what, body = {}) {
  const answer = await post(`/api/jobs/${job.id}/${what}`, body);
  await look();
  return answer;
}

/** Ask for the jobs at once. */
export async function look() {
  if (asking) { askAgain = true; return; }
  clearTimeout(timer);
  asking = true;
  try {
    const found = (await get("/api/jobs")).jobs;
    sayWhatEnded(jobs ?? [], found);
    jobs = found;
    error = null;
  } catch (problem) {
    error = problem;
  }
  asking = false;
  for (const listener of [...listeners]) listener(jobs ?? [], error);
  if (askAgain) { askAgain = false; return look(); }
  if (listeners.size) timer = setTimeout(look, document.hidden ? HIDDEN_MS : jobs?.some(isActive) ? OFTEN_MS : SELDOM_MS);
}

addEventListener("visibilitychange", () => { if (!document.hidden && listeners.size) look(); });

function sayWhatEnded(before, now) {
  const active = new Set(before.filter(isActive).map((job) => job.id));
  for (const job of now) {
    if (!active.has(job.id) || isActive(job)) continue;
    forgetFolder();
    announce(`${titleOf(job)}: ${job.state}. ${job.state === "failed" ? job.last : ""}`);
    toast(job);
  }
}
