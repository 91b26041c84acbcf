// A word in the corner when a job ends whose card is not on the screen.
import { h } from "./dom.js";
import { titleOf } from "./job_words.js";

const SHOWN_MS = 8000;

/** Show what has ended, for some seconds; it links to the jobs. */
export function toast(job) {
  if (document.querySelector(`.job[data-id="${job.id}"]`)) return;
  const corner = document.querySelector(".toasts") ?? document.body.appendChild(h("div.toasts"));
  const close = () => element.remove();
  const element = h("div.toast.card", { "data-state": job.state }, h("a", { href: "#/jobs", onclick: close }, titleOf(job)),
    h("span.job-state", {}, job.state), h("button.plain", { type: "button", "aria-label": "Close this note", onclick: close }, "×"));
  corner.append(element);
  const leave = () => (element.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN_MS) : close());
  setTimeout(leave, SHOWN_MS);
}
