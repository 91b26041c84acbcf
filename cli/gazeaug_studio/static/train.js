// The part Train: runs of the folder and how to start one, or the runs that the address names.
import { h, refill } from "./dom.js";
import { newTraining } from "./new_training.js";
import { showRuns } from "./run.js";
import { runList } from "./run_list.js";

export async function show(main, params, signal) {
  const named = params.getAll("run");
  if (named.length) return showRuns(main, named, signal);
  const list = await runList(signal), starting = await newTraining(params, signal);
  refill(main, h("h1", {}, "Train"),
    h("p.soft", {}, "Train a refiner that makes rendered eyes look like real ones. It needs rendered eyes with gaze labels, and real eyes without labels."),
    list.element, starting.element);
  return () => { list.stop(); starting.stop(); };
}
