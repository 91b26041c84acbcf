// Another refiner on the same rows: a form for refine-dataset; its file then stands beside the others.
import { h, refill } from "./dom.js";
import { commandForm } from "./forms.js";
import { jobStatus } from "./jobs.js";
import { go, showError } from "./main.js";

const ROWS = 1000;

/** A name for the file of another refiner, such as "eyes.refined.other.h5". */
const otherName = (second) => `${second.replace(/(?<=.)\.[^./]*$/, "")}.other.h5`;

/** The form, folded until somebody wants it. */
export function otherRefiner({ first, second, third }, { nImages, isResized }, signal) {
  const place = h("div"), done = h("div");
  const element = h("details.other-refiner", {}, h("summary", {}, "Another refiner on the same rows"),
    h("p", {}, third ? "A third refiner takes the place of the second one here."
      : "Refine the first rows with another model, then see both side by side."), place, done);
  element.addEventListener("toggle", () => build(), { once: true });

  async function build() {
    try {
      const form = await commandForm("refine-dataset", {
        given: { model: "ready", rows: Math.min(ROWS, nImages), output: otherName(second), ...(isResized ? { resize: true } : {}) },
        fixed: { inputs: [first] }, shown: ["model", "rows", "output", "variant"], startLabel: "Refine these rows", onStarted: follow,
      });
      refill(place, form.element);
    } catch (error) { showError(place, error); }
  }

  function follow(job) {
    const open = h("div.bar"), status = jobStatus(({ id }) => id === job.id, { first: job, onDone: ({ state, given }) => {
      const show = () => go("compare", { first, second, third: given.output });
      if (state === "done") refill(open, h("button.first", { type: "button", onclick: show }, "Show it beside the others"));
    } });
    signal.addEventListener("abort", () => status.stop());
    refill(done, status.element, open);
  }
  return element;
}
