// The part Refine: a model, the files, a job; then comparing, verifying and opening what came out.
import { actionButton, problemLine } from "./action.js";
import { h, refill } from "./dom.js";
import { guess } from "./eye_kinds.js";
import { folder, inWords, ofKind } from "./folder.js";
import { commandForm } from "./forms.js";
import { jobStatus, startJob, watchJobs } from "./jobs.js";
import { address, remember } from "./main.js";
import { doneWith, outputsOf } from "./refined.js";

const READY = "ready";
const READY_SAYS = "Comes with gazeaug. It was trained for simulated cameras, not for yours. Good for a first look.";
const ASKED_ELSEWHERE = ["model", "num_units", "unit_index", "engine", "ray_address", "workers"];

/** Refine files of the folder; ?model=..., ?file=... are chosen at the start. */
export async function show(main, params, signal) {
  const chosen = { model: params.get("model") ?? "", files: params.getAll("file") };
  refill(main, h("h1", {}, "Refine"),
    h("p.soft", {}, "Make rendered eyes look real. Every label of a refined file equals that of its input, bit for bit."));
  let { items } = await folder();
  if (signal.aborted) return undefined;
  const eyes = ofKind(items, "eyes");
  if (!chosen.files.length) chosen.files = notYetRefined(guess(eyes, "synthetic"), eyes);
  if (!eyes.length) {
    main.append(h("p.note", {}, "This folder has no eye file yet. ",
      h("a", { href: address("data") }, "Make sample data or prepare eyes in Data"), ", then come back."));
  }
  const fixed = { model: chosen.model || undefined };
  const doubts = h("div", { "aria-live": "polite" });
  const tell = (given) => refill(doubts, doubtsOf(given, items).map(({ text, option }) => h("p.note", {}, `${text} `,
    h("button", { type: "button", onclick: () => form.set(option, true) }, option === "resize" ? "Resize them" : "Replace it"))));
  let form = null;
  form = await commandForm("refine-dataset", {
    given: { inputs: chosen.files }, fixed, hidden: ASKED_ELSEWHERE, shown: ["inputs", "rows", "check_drift", "device"],
    startLabel: "Refine",
    onChange: (given) => { chosen.files = given.inputs ?? []; keep(); tell(given); },
    onStarted: () => last.scrollIntoView({ block: "start" }),
  });
  if (signal.aborted) return undefined;
  const keep = () => remember("refine", { model: chosen.model, file: chosen.files[0] });
  const models = modelChoice(items, chosen.model, (model) => {
    chosen.model = fixed.model = model;
    form.set("model", model);
    keep();
  });
  const status = jobStatus((job) => job.command === "refine-dataset", { onDone: async () => {
    ({ items } = await folder()); // its output is there now
    tell(form.given());
  } });
  const last = h("h2", {}, "Last refinement");
  const done = h("div");
  const stop = watchJobs((jobs) => doneWith(done, jobs));
  main.append(h("h2", {}, "Model"), models.element, h("h2", {}, "Files"), form.element,
    last, status.element, done);
  form.element.querySelector(".form-foot").prepend(doubts); // above the button that they are about
  tell(form.given());
  return () => { status.stop(); stop(); models.stop(); };
}

/** The file as the one to refine, where it has no refined file yet. */
function notYetRefined(path, eyes) {
  return path && !eyes.some(({ facts }) => facts.refined_from === path) ? [path] : [];
}

/** What stands in the way of a refinement, each with the option that permits it. */
function doubtsOf(given, items) {
  if (!given.inputs?.length) return [];
  const facts = (path) => items.find((item) => item.path === path)?.facts;
  const size = ({ height, width }) => `${height} × ${width}`;
  const model = facts(given.model);
  const others = model?.height ? given.inputs.filter((path) => facts(path)?.height && size(facts(path)) !== size(model)) : [];
  const there = outputsOf({ given }).map(([output]) => output).filter(facts);
  return [
    others.length && !given.resize && { text: `${others[0]} has pictures of ${size(facts(others[0]))}; the model needs ${size(model)}.`, option: "resize" },
    there.length && !given.overwrite && { text: `${there.join(", ")} exists already. Choose another output, or replace it.`, option: "overwrite" },
  ].filter(Boolean);
}

// Cards to choose a model from: the ready one, the folder's, and runs that are still to be exported.
function modelChoice(items, start, onChange) {
  const element = h("div.cards.models", { role: "radiogroup", "aria-label": "Model" });
  const stops = [];
  const card = (value, name, says) => h("label.card.choice", {},
    h("input", { type: "radio", name: "model", value, checked: value === chosen, onchange: () => { chosen = value; onChange(value); } }),
    h("span", {}, h("strong", {}, name), h("span.soft", {}, says)));
  let chosen = start;
  const show = (all) => {
    const models = ofKind(all, "model");
    const runs = ofKind(all, "run").filter((run) => !run.facts.has_refiner && run.facts.step !== null);
    if (!chosen || (chosen !== READY && !models.some((model) => model.path === chosen))) {
      chosen = models[0]?.path ?? READY;
      onChange(chosen);
    }
    refill(element, models.map((model) => card(model.path, model.path, inWords(model))), card(READY, "Ready refiner", READY_SAYS),
      runs.map((run) => toExport(run, stops, async () => {
        chosen = `${run.path}/refiner.onnx`;
        onChange(chosen);
        show((await folder()).items);
      })));
  };
  show(items);
  return { element, stop: () => { for (const stop of stops) stop(); } };
}

/** A run without a refiner.onnx, with a button that exports it. */
function toExport(run, stops, onExported) {
  const problem = problemLine();
  const onDone = (job) => { if (job.state === "done") onExported(); else button.hidden = false; };
  const status = jobStatus((job) => job.command === "export" && job.given.run_dir === run.path, { onDone });
  stops.push(status.stop);
  const button = actionButton("Export", async () => {
    await startJob("export", { run_dir: run.path });
    button.hidden = true;
  }, problem);
  return h("div.card.to-export", {}, h("strong", {}, run.path),
    h("p.soft", {}, `${inWords(run)}; export it to refine with it.`), h("div.bar", {}, button), problem.element, status.element);
}
