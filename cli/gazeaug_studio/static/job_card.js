// A job as a card: what it does, how far it is, its last line, and what can be done with it.
import { fetched } from "./api.js";
import { ago, announce, duration, h, refill } from "./dom.js";
import { isActive, tellJob } from "./job_watch.js";

const STATES = { queued: "waiting", running: "running", done: "done", failed: "failed", stopped: "stopped", lost: "lost" };
const INPUTS = ["inputs", "input", "source", "path", "paths", "files", "file", "synthetic", "refined", "run_dir", "run", "model", "real"];
const LOG_BYTES = 65536, LOG_MOST = 400000, LOG_MS = 1000;

/** Like "train: unityeyes.h5, real.h5 → runs/first". */
export function titleOf(job) {
  if (!job.command) return "A job whose record is damaged";
  const inputs = INPUTS.flatMap((name) => job.given[name] ?? []).filter((value) => typeof value === "string" && value !== job.output);
  const [first, second] = inputs;
  const more = inputs.length > 2 ? `${first} and ${inputs.length - 1} more` : [first, second].filter(Boolean).join(", ");
  return `${job.command}${more ? `: ${more}` : ""}${job.output ? ` → ${job.output}` : ""}`;
}

/** Like "300 of 1,500 steps, 12 steps/s, about 2 min left". */
export function progressOf(job) {
  const at = job.progress;
  if (!at) return job.state === "running" ? "starting" : "";
  const left = job.state === "running" && at.seconds_left !== null ? `about ${duration(at.seconds_left)} left` : "";
  const rate = job.state === "running" ? at.rate : "";
  return [`${at.title}: ${at.counted}`, rate, left, at.told, at.inner].filter(Boolean).join(", ");
}

function whenOf(job) {
  const place = job.at_once ? `${job.queue}, beside others` : job.queue;
  if (job.state === "queued") return `${place}, added ${ago(job.made)}`;
  if (job.state === "running") return `${place}, for ${duration(Math.max(0, Date.now() / 1000 - job.began))}`;
  const took = job.began && job.ended ? `, took ${duration(job.ended - job.began)}` : "";
  return job.ended ? `${ago(job.ended)}${took}` : "";
}

/** A card of a job: {element, update(job)}. */
export function jobCard(job) {
  const title = h("h3"), state = h("span.job-state"), when = h("p.soft");
  const done = h("div"), track = h("div.job-track", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": "Progress" }, done);
  const counts = h("p.job-counts"), last = h("p.job-last.mono"), problem = h("p.problem", { role: "alert", hidden: true });
  const button = (text, what, extra) => h("button", { type: "button", onclick: () => act(what) , ...extra }, text);
  const stop = button("Stop", "stop"), again = button("Start again", "again"), remove = button("Remove", "remove", { class: "plain" });
  const line = h("code"), log = logView();
  const copy = h("button.plain", { type: "button", onclick: () => copyText(line.textContent) }, "Copy");
  const command = h("div.line", {}, line, copy);
  const element = h("article.card.job", {},
    h("header", {}, title, state), when, track, counts, last, problem,
    h("div.bar", {}, stop, again, remove), command, log.element);

  async function act(what) {
    refill(problem);
    problem.hidden = true;
    try {
      await tellJob(job, what);
      announce({ stop: "Stopping", again: "Started again", remove: "Removed" }[what]);
    } catch (error) {
      refill(problem, error.message);
      problem.hidden = false;
    }
  }

  function update(now) {
    job = now;
    const active = isActive(job);
    element.dataset.state = job.state;
    refill(title, titleOf(job));
    refill(state, job.is_stopping ? "stopping" : STATES[job.state]);
    refill(when, whenOf(job));
    const share = job.state === "done" ? 1 : job.progress?.share ?? 0;
    track.hidden = job.state === "queued" || (!active && !job.progress);
    done.style.setProperty("width", `${100 * share}%`);
    track.setAttribute("aria-valuenow", Math.round(100 * share));
    track.classList.toggle("unsure", job.state === "running" && !job.progress);
    refill(counts, progressOf(job));
    counts.hidden = !counts.textContent;
    refill(last, job.last);
    last.hidden = !job.last;
    stop.hidden = !active;
    stop.disabled = job.is_stopping;
    again.hidden = remove.hidden = active;
    again.disabled = !job.command;
    refill(line, job.line);
    command.hidden = !job.line;
    log.update(job);
  }
  update(job);
  return { element, update };
}

async function copyText(text) {
  await navigator.clipboard.writeText(text);
  announce("Copied");
}

/** The output of a job: fetched when it is opened, then followed. */
function logView() {
  const text = h("pre.job-log", { tabindex: 0, "aria-label": "Output of the command" });
  const element = h("details", { ontoggle: () => follow() }, h("summary", {}, "Output"), text);
  let job = null, next = null, timer = 0, decoder = new TextDecoder();

  async function follow() {
    clearTimeout(timer);
    if (!element.open || !element.isConnected) return;
    const params = next === null ? { tail: LOG_BYTES } : { from: next };
    try {
      const answer = await fetched(`/api/jobs/${job.id}/log`, params);
      if (next === null && Number(answer.headers.get("X-From")) > 0) text.append("(the beginning is left out)\n");
      next = Number(answer.headers.get("X-Next"));
      const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
      const added = decoder.decode(await answer.arrayBuffer(), { stream: true });
      if (added) text.textContent = (text.textContent + added).slice(-LOG_MOST);
      if (isAtEnd) text.scrollTop = text.scrollHeight;
      if (added || isActive(job)) timer = setTimeout(follow, LOG_MS);
    } catch (error) {
      text.append(`\n${error.message}\n`);
    }
  }

  function update(now) {
    job = now;
    element.hidden = job.state === "queued" || !job.command;
  }
  return { element, update };
}
