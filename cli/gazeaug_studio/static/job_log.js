// The output of a job: fetched when it is opened, then followed to its end.
import { fetched } from "./api.js";
import { h, refill } from "./dom.js";
import { isActive } from "./job_watch.js";

const TAIL_BYTES = 65536, PART_BYTES = 262144, MOST_LETTERS = 400000, EVERY_MS = 1000, NEAR_PX = 40;
const LEFT_OUT = "(what is before this is left out)\n";

/** What a job has printed. */
export const logOf = async (id, signal) => (await fetched(`/api/jobs/${encodeURIComponent(id)}/log`, {}, { signal })).text();

/** A button that opens the output and the place where it is shown: {button, element, update(job)}. */
export function jobLog(job) {
  const text = h("pre.job-log", { tabIndex: 0, role: "log", "aria-label": "Output of the command", "aria-live": "off", hidden: true });
  const button = h("button", { type: "button", "aria-expanded": "false", onclick: toggle }, "Output");
  let next = null, timer = 0, decoder = new TextDecoder();

  function toggle() {
    text.hidden = !text.hidden;
    button.setAttribute("aria-expanded", String(!text.hidden));
    if (!text.hidden) follow();
  }

  async function follow() {
    clearTimeout(timer);
    if (text.hidden || !text.isConnected) return;
    const wasActive = isActive(job);
    try {
      const answer = await fetched(`/api/jobs/${job.id}/log`, next === null ? { tail: TAIL_BYTES } : { from: next });
      const data = await answer.arrayBuffer();
      if (next === null) refill(text, Number(answer.headers.get("X-From")) > 0 ? LEFT_OUT : "");
      show(decoder.decode(data, { stream: true }));
      next = Number(answer.headers.get("X-Next"));
      if (data.byteLength >= PART_BYTES) { next = null; decoder = new TextDecoder(); }  // it prints faster: on from its end
    } catch (error) {
      if (next === null) refill(text, error.message);
    }
    text.dataset.nothing = wasActive ? "It has printed nothing yet." : "It printed nothing.";
    if (wasActive) timer = setTimeout(follow, EVERY_MS);
  }

  function show(added) {
    if (!added) return;
    const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < NEAR_PX;
    const whole = text.textContent + added;
    text.textContent = whole.length > MOST_LETTERS ? LEFT_OUT + whole.slice(whole.indexOf("\n", whole.length - MOST_LETTERS) + 1) : whole;
    if (isAtEnd) text.scrollTop = text.scrollHeight;
  }

  return { button, element: text, update(now) { job = now; button.hidden = job.began === null; } };
}
