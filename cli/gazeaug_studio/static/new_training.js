// Start a training: the pair, a recipe, options, the line that is run.
import { get } from "./api.js";
import { h, refill } from "./dom.js";
import { guess } from "./eye_kinds.js";
import { folder, ofKind } from "./folder.js";
import { commandForm, fileField } from "./forms.js";
import { jobStatus } from "./jobs.js";
import { address, go, remember, reopen } from "./main.js";
import { choosePair } from "./pair.js";

const SHOWN = ["recipe", "steps", "batch_size", "device"];
const HIDDEN = ["synthetic", "real", "run_dir", "resume", "list_recipes", "config", "dry_run", "json_"];
const NAMES = ["first", "second", "third", "fourth", "fifth", "sixth"];

/** A name that no run has and no job will make. */
function freeRun(items, jobs) {
  const taken = new Set([...items.map((item) => item.path), ...jobs.map((job) => job.output)]);
  for (let n = 0; ; n += 1) {
    const name = `runs/${NAMES[n] ?? `run-${n + 1}`}`;
    if (!taken.has(name)) return name;
  }
}

/** What a recipe is for, and which options it changes. */
function recipeNote(recipes) {
  const element = h("div.note.recipe");
  return { element, show(name) {
    const found = recipes.find((recipe) => recipe.name === (name ?? "fast"));
    if (element.dataset.name === name && element.hasChildNodes()) return;
    element.dataset.name = name;
    element.hidden = !found;
    if (!found) return;
    const [few, rest] = [found.options.slice(0, 4), found.options.slice(4)];
    const words = (options) => options.map((option) => h("code", {}, `${option.flag} ${option.text}`)).flatMap((code, i) => (i ? [", ", code] : [code]));
    refill(element, h("p", {}, h("b", {}, `Recipe ${found.name}. `), found.when),
      few.length > 0 && h("p.soft", {}, "It begins with ", words(few), rest.length ? ` and ${rest.length} more:` : "."),
      rest.length > 0 && h("details", {}, h("summary", {}, "All that it changes"), h("p.soft", {}, words(rest))));
  } };
}

/** The form: {element, stop()}. */
export async function newTraining(params, signal) {
  const [{ items }, { recipes }, { jobs }] = await Promise.all([folder(), get("/api/recipes", {}, { signal }), get("/api/jobs", {}, { signal })]);
  const eyes = ofKind(items, "eyes");
  const element = h("section", {}, h("h2", {}, "New training"));
  if (!eyes.length) return withoutFiles(element);
  const synthetic = params.get("synthetic") || guess(eyes, "synthetic"), real = params.get("real") || guess(eyes, "real", synthetic);
  const fixed = { synthetic, real, run_dir: freeRun(items, jobs) };
  let form = null;
  const pair = choosePair(eyes, { synthetic, real }, { signal, onChange: (files) => {
    Object.assign(fixed, files);
    remember("train", files);
    form?.set("synthetic", files.synthetic); // no field of the form: it asks for the line again
  } });
  const place = fileField({ label: "Folder of the run", value: fixed.run_dir, isNew: true, onChange: (name) => {
    fixed.run_dir = name;
    form?.set("run_dir", name);
  } });
  const note = recipeNote(recipes);
  form = await commandForm("train", {
    fixed, shown: SHOWN, hidden: HIDDEN, startLabel: "Start training",
    defaults: (given) => Object.fromEntries(recipes.find((one) => one.name === given.recipe)?.options.map(({ name, value }) => [name, value]) ?? []),
    onChange: (given) => note.show(given.recipe ?? "fast"),
    onStarted: (job) => go("train", { run: job.output }),
  });
  note.show("fast");
  element.append(pair.element, h("h3.options-title", {}, "Recipe and options"), note.element, h("div.run-place", {}, place), form.element);
  return { element, stop: () => pair.stop() };
}

async function withoutFiles(element) {
  const made = jobStatus((job) => job.command === "sample-data", { onDone: (job) => { if (job.state === "done") reopen(); } });
  const form = await commandForm("sample-data", { given: { folder: "samples", rows: 2000 }, shown: ["folder", "rows"], startLabel: "Make sample eyes" });
  element.append(h("p.note", {}, "No eye files are here yet. ", h("a", { href: address("data") }, "Prepare eyes of your own pictures in Data"),
    ", or make sample eyes to try everything in a minute: rendered ones with labels, and eyes of a simulated camera."), form.element, made.element);
  return { element, stop: () => made.stop() };
}
