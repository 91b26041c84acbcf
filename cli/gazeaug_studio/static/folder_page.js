// The folder: its eye files with a strip of eyes each, models, runs, and what to do when there is nothing.
import { inShort } from "./about_file.js";
import { amount, bytes, fill, h, refill, since, whileOff } from "./dom.js";
import { drawEye, eyesOf, spreadRows } from "./eyes.js";
import { folder, inWords, ofKind } from "./folder.js";
import { isActive, startJob, watchJobs } from "./jobs.js";
import { address, reopen, showError } from "./main.js";
import { showJob } from "./making.js";

const SAMPLE_ROWS = 2000;

export async function show(main, params, signal) {
  fill(main, h("p.soft", {}, "Reading the folder..."));
  const { name, items, left_out: leftOut } = await folder();
  if (signal.aborted) return null;
  const page = { job: h("div", {}), stops: [] };
  const strips = []; // drawn once their places have a width
  const of = (kind) => ofKind(items, kind);
  const section = (title, found, make, ...classes) => found.length > 0
    && h("section", {}, h("h2", {}, `${title} `, h("span.soft", {}, found.length)), h(["div", ...classes].join("."), {}, found.map(make)));
  refill(main, h("h1", {}, "Data"),
    items.length ? h("p.soft", {}, `Eye files, models and runs in the folder ${name}.`) : empty(),
    actions(page, !of("eyes").length && !of("pictures").length), page.job,
    section("Eye files", byCommand(of("eyes")), (item) => eyesCard(item, strips, signal), "cards", "eye-files"),
    section("Folders of pictures", of("pictures"), picturesCard, "cards"),
    section("Models", of("model"), modelCard, "cards"),
    section("Runs", of("run"), runCard, "cards"),
    section("Pages", of("page"), pageLine, "card", "pages"),
    section("Cannot be read", of("unreadable"), unreadableCard, "cards"),
    leftOut && h("p.note", {}, leftOut));
  for (const draw of strips) draw();
  page.stops.push(watchJobs((jobs) => { const making = jobs.find(makesEyes); if (making) showMaking(page, making); }));
  signal.addEventListener("abort", () => page.stops.forEach((stop) => stop()));
  return null;
}

/** The newest first, but those that one command made as it made them: rendered eyes before those of a camera. */
function byCommand(eyes) {
  return [...Map.groupBy(eyes, ({ path, facts }) => facts.made_by ?? path).values()].flatMap((made) => made.reverse());
}

function empty() {
  return h("p", {}, "There is nothing here yet. Make sample data to try everything in a minute, ",
    "or prepare eyes from your own pictures or from a data set.");
}

function actions(page, isFirst) {
  const sample = h(isFirst ? "button.first" : "button", { type: "button", onclick: () => makeSample(page, sample) }, "Make sample data");
  return h("div.bar", {}, sample, h("a.button", { href: address("data", { prepare: "choose" }) }, "Prepare eyes..."));
}

async function makeSample(page, button) {
  try {
    showMaking(page, await whileOff([button], () => startJob("sample-data", { folder: "samples", rows: SAMPLE_ROWS })));
  } catch (error) {
    showError(page.job, error);
  }
}

/** Show a job that makes eye files, started here or elsewhere; when it is done, the folder anew. */
function showMaking(page, job) {
  if (job.id === page.shown) return;
  page.shown = job.id;
  page.stops.push(showJob(page.job, job, reopen));
}

const makesEyes = (job) => isActive(job) && (job.command === "sample-data" || Boolean(job.command?.startsWith("prepare ")));

function eyesCard({ path, bytes: n, modified, facts }, strips, signal) {
  const strip = h("canvas.strip.pixels", { role: "img", "aria-label": `Some eyes of ${path}` });
  if (facts.n_images) strips.push(() => drawStrip(strip, path, facts, signal));
  const href = address("data", { file: path });
  return h("article.card.eyes-card", {}, h("a.strip-link", { href, tabindex: "-1", "aria-hidden": "true" }, strip),
    h("h3", {}, h("a", { href }, path), facts.is_refined && h("span.badge", {}, "refined")),
    h("p.soft", {}, `${inShort(facts)}, ${bytes(n)}, `, since(modified)),
    facts.made_by && h("p.soft.mono", {}, facts.made_by),
    h("p.soft.labels", {}, facts.labels.length ? `Labels: ${facts.labels.join(", ")}` : "No labels"),
    facts.refined_from && h("p.soft", {},
      h("a", { href: address("compare", { first: facts.refined_from, second: path }) }, `Compare with ${facts.refined_from}`)));
}

/** Two lines of eyes from all over the file, at the largest whole factor at which a few stand side by side. */
async function drawStrip(canvas, path, facts, signal) {
  const density = Math.max(1, devicePixelRatio), gap = Math.round(2 * density);
  const wide = Math.floor(canvas.parentElement.clientWidth * density);
  const few = wide > 420 * density ? 4 : 3;
  const factor = Math.max(1, Math.floor(((wide + gap) / few - gap) / facts.width));
  const [stepX, stepY] = [facts.width * factor + gap, facts.height * factor + gap];
  const across = Math.max(1, Math.min(6, facts.n_images, Math.floor((wide + gap) / stepX))), n = Math.min(2 * across, facts.n_images);
  canvas.width = across * stepX - gap;
  canvas.height = Math.ceil(n / across) * stepY - gap;
  canvas.style.width = `${canvas.width / density}px`;
  try {
    const eyes = await eyesOf(path, facts, spreadRows(n, facts.n_images), signal), context = canvas.getContext("2d");
    eyes.forEach((pixels, i) => drawEye(context, pixels, facts, (i % across) * stepX, Math.floor(i / across) * stepY, factor));
  } catch (error) {
    if (error.name !== "AbortError") canvas.parentElement.replaceWith(h("p.problem", {}, error.message));
  }
}

function picturesCard({ path, facts }) {
  const said = `${amount(facts.n, "pictures")}${facts.has_json ? " of UnityEyes, with labels" : ""}`;
  return h("article.card", {}, h("h3", {}, path), h("p.soft", {}, said),
    h("div.bar", {}, facts.has_json
      ? h("a.button", { href: address("data", { prepare: "unityeyes", source: path }) }, "Prepare as an eye file")
      : h("a.button", { href: address("data", { prepare: "folder", source: path }) }, "Prepare as an eye file"),
    !facts.has_json && h("a.button", { href: address("photographs", { folder: path }) }, "Find eyes in photographs")));
}

function modelCard({ path, bytes: n, modified, facts }) {
  const size = facts.height ? `${facts.height} × ${facts.width}, ${facts.channels === 3 ? "RGB" : "grey"}, ` : "";
  return h("article.card", {}, h("h3", {}, path), h("p.soft", {}, `${size}${bytes(n)}, `, since(modified)),
    facts.run && h("p.soft", {}, "From the run ", h("a", { href: address("train", { run: facts.run }) }, facts.run)),
    h("div.bar", {}, h("a.button", { href: address("refine", { model: path }) }, "Refine with it")));
}

function runCard(item) {
  const { path, modified } = item;
  return h("article.card", {}, h("h3", {}, h("a", { href: address("train", { run: path }) }, path)),
    h("p.soft", {}, `${inWords(item)}, `, since(modified)));
}

function pageLine({ path, modified }) {
  return h("p", {}, h("a", { href: address("evaluate", { page: path }) }, path), h("span.soft", {}, since(modified)));
}

function unreadableCard({ path, facts }) {
  return h("article.card", {}, h("h3", {}, path), h("p.problem", {}, facts.problem));
}
