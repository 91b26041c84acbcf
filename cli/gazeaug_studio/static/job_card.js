// A job as a card: what it does, how far it is, its last line, and what can be done with it.
import { problemLine } from "./action.js";
import { commandLine } from "./command_line.js";
import { announce, h, refill } from "./dom.js";
import { jobLog } from "./job_log.js";
import { isActive, tellJob } from "./job_watch.js";
import { progressOf, titleOf, whenOf } from "./job_words.js";

const STATES = { queued: "waiting", running: "running", done: "done", failed: "failed", stopped: "stopped", lost: "lost" };
const SAID = { stop: "Stopping", again: "Started again", remove: "Removed" };

/** A card of a job: {element, update(job)}. */
export function jobCard(job) {
  const title = h("h3", { tabindex: "-1" }), state = h("span.job-state"), when = h("p.soft");
  const done = h("div"), track = h("div.job-track", { role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }, done);
  const counts = h("p.job-counts"), last = h("p.job-last.mono"), problem = problemLine();
  const stop = h("button", { type: "button", onclick: () => act("stop") }, "Stop");
  const again = h("button", { type: "button", onclick: () => act("again") }, "Start again");
  const remove = h("button.plain", { type: "button", onclick: () => act("remove") }, "Remove");
  const line = commandLine(job.line), log = jobLog(job);
  const element = h("article.card.job", { "data-id": job.id }, h("header", {}, title, state), when, track, counts, last, line, problem.element,
    h("div.bar", {}, stop, again, log.button, remove), log.element);

  async function act(what) {
    problem.say(null);
    try {
      await tellJob(job, what);
      announce(SAID[what]);
    } catch (error) {
      problem.say(error.message);
    }
  }

  function update(now) {
    job = now;
    element.dataset.state = job.state;
    say(title, titleOf(job));
    say(state, job.is_stopping ? "stopping" : STATES[job.state]);
    say(when, whenOf(job));
    say(counts, progressOf(job));
    say(last, job.last);
    showShare();
    line.show(job.line);
    line.hidden = !job.line;
    log.update(job);
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    stop.hidden = !isActive(job);
    stop.disabled = job.is_stopping;
    say(again, job.command === "train" && job.state !== "done" ? "Resume" : "Start again");
    again.hidden = remove.hidden = isActive(job);
    again.disabled = !job.command;
    if (focused && !focused.checkVisibility()) title.focus({ preventScroll: true }); // its button is gone
  }

  function showShare() {
    const isUnsure = job.state === "running" && !job.progress;
    const percent = Math.round(100 * (job.state === "done" ? 1 : job.progress?.share ?? 0));
    track.hidden = job.state === "queued" || !(job.progress || job.state === "running");
    track.classList.toggle("unsure", isUnsure);
    done.style.setProperty("width", isUnsure ? "30%" : `${percent}%`);
    track.setAttribute("aria-label", titleOf(job));
    if (isUnsure) track.removeAttribute("aria-valuenow");
    else track.setAttribute("aria-valuenow", String(percent));
  }

  update(job);
  return { element, update };
}

// Only what has changed is touched, so that a selection of the text stays.
function say(element, text) {
  if (element.textContent !== text) refill(element, text);
  element.hidden = !text;
}
