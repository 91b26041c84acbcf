// The part Photographs: pictures come in, `prepare photos` finds their eyes, and what it kept and left out is shown.
import { get } from "./api.js";
import { amount, fill, h, refill } from "./dom.js";
import { freeName } from "./evaluations.js";
import { showFound } from "./found_eyes.js";
import { folder, ofKind } from "./folder.js";
import { commandForm, commandLine, fileField } from "./forms.js";
import { jobStatus } from "./jobs.js";
import { address, go, remember, showError } from "./main.js";
import { dropZone, send, uploadStatus } from "./uploads.js";

const COMMAND = "prepare photos";
const SHOWN = ["output", "eye", "mirror"];
const LABELS = ["eye_width_px", "openness", "frame"]; // by which an eye file out of photographs is known

export async function show(main, params, signal) {
  if (params.get("file")) return showFound(main, params.get("file"), params, signal);
  const [ready, { items }] = await Promise.all([get("/api/photographs/ready", {}, { signal }), folder()]);
  if (signal.aborted) return null;
  const chosen = { folder: params.get("folder") || ofKind(items, "pictures").find((item) => !item.facts.has_json)?.path || ready.folder };
  const count = h("p.soft"), form = h("div"), results = h("div");
  const tell = () => whatIsThere(chosen.folder, { count, results });
  const field = fileField({ label: "Folder of pictures", kinds: ["pictures"], value: chosen.folder, onChange: (name) => {
    if (!name) return;
    chosen.folder = name;
    remember("photographs", { folder: name });
    Promise.all([tell(), drawForm(name, form, signal)]).catch((error) => showError(count, error));
  } });
  const uploads = uploadStatus({ onDone: () => tell().catch((error) => showError(count, error)) });
  const zone = dropZone({ endings: [...ready.pictures, ...ready.videos], onFiles: (files) => send(files, chosen.folder, ready) });
  const status = jobStatus((job) => job.command === COMMAND, {
    onDone: (job) => { if (job.state === "done" && job.output) go("photographs", { file: job.output }); },
  });
  fill(main, h("h1", {}, "Photographs"),
    h("p.soft", {}, "Find the eyes in photographs and videos, and use them as real eyes for a training. Nothing leaves the machine that the studio runs on."),
    !ready.has_finder && toInstall(ready),
    h("h2", {}, "Pictures"), h("div.two.pictures-in", {}, zone, h("div", {}, field, count)), uploads.element,
    h("h2", {}, "Find the eyes"), form, status.element, h("h2", {}, "Found eyes"), results);
  await Promise.all([tell(), drawForm(chosen.folder, form, signal)]);
  return () => { uploads.stop(); status.stop(); };
}

function toInstall(ready) {
  return h("div.problem", { role: "note" }, h("strong", {}, "Finding eyes needs MediaPipe, which is not installed with this gazeaug."),
    h("p", {}, "It needs an environment of its own. Type this in a terminal, then open the address that it prints:"), commandLine(ready.to_type));
}

async function whatIsThere(name, { count, results }) {
  const { items } = await folder();
  const here = ofKind(items, "pictures").find((item) => item.path === name);
  refill(count, here ? `What you drop goes into ${name}.` : `${name} holds no pictures yet. What you drop goes there.`);
  showResults(results, ofKind(items, "eyes").filter((item) => LABELS.every((label) => item.facts.labels.includes(label))));
}

async function drawForm(name, element, signal) {
  const { items } = await folder();
  const made = await commandForm(COMMAND, {
    fixed: { source: [name] }, shown: SHOWN, startLabel: "Find the eyes",
    given: { output: freeName(`${name.split("/").pop()}.h5`, items.map((item) => item.path)), mirror: "right", keep_going: true },
  });
  if (!signal.aborted) refill(element, made.element);
}

function showResults(element, found) {
  if (!found.length) { refill(element, h("p.soft", {}, "None yet. Put pictures into the folder, then press Find the eyes.")); return; }
  refill(element, h("div.cards", {}, found.map((item) => h("article.card", {}, h("h3", {}, item.path),
    h("p.soft", {}, amount(item.facts.n_images, "eyes kept")),
    h("div.bar", {}, h("a.button", { href: address("photographs", { file: item.path }), "aria-label": `Kept and left out: ${item.path}` }, "Kept and left out"),
      h("a.button", { href: address("train", { real: item.path }), "aria-label": `Use ${item.path} as real eyes` }, "Use as real eyes"))))));
}
