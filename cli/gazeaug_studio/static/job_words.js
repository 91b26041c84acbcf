// A job in words: its title, how far it is, where and when.
import { ago, amount, duration } from "./dom.js";

// Parameters that name what a command reads, the most telling first.
const INPUTS = ["inputs", "input", "source", "path", "paths", "files", "file", "synthetic", "refined", "real", "run_dir", "run", "train", "test", "model"];

/** Like "train: unityeyes.h5, real.h5 → runs/first". */
export function titleOf(job) {
  if (!job.command) return "A job whose record is damaged";
  const inputs = INPUTS.flatMap((name) => job.given[name] ?? []).filter((value) => typeof value === "string" && value !== job.output);
  const named = inputs.length > 2 ? `${inputs[0]} and ${amount(inputs.length - 1, "others")}` : inputs.join(", ");
  return `${job.command}${named && `: ${named}`}${job.output ? ` → ${job.output}` : ""}`;
}

/** How far one is that has not come to its end, like "training: 300 of 1,500 steps, 12 steps/s, about 2 min left". */
export function progressOf(job) {
  const at = job.state === "done" ? null : job.progress;
  if (!at) return job.state === "running" ? "running; this command does not say how far it is" : "";
  const runs = job.state === "running";
  const left = runs && at.seconds_left !== null ? `about ${duration(at.seconds_left)} left` : "";
  return [`${at.title}: ${at.counted}`, runs && at.rate, left, at.told, runs && at.inner].filter(Boolean).join(", ");
}

/** Like "cpu, for 26 s"; of one that has ended "2 min ago, took 26 s". */
export function whenOf(job) {
  const place = job.at_once ? `${job.queue}, beside others` : job.queue === "files" ? "" : job.queue;
  const parts = [];
  if (job.state === "queued") parts.push(place, job.ahead ? `behind ${amount(job.ahead, "others")}` : "", `added ${ago(job.made)}`);
  else if (job.state === "running") parts.push(place, job.began && `for ${duration(Math.max(0, Date.now() / 1000 - job.began))}`);
  else parts.push(job.ended && ago(job.ended), job.began && job.ended && `took ${duration(job.ended - job.began)}`);
  return parts.filter(Boolean).join(", ");
}
