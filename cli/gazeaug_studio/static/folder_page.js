// The folder: its eye files with a strip of eyes each, models, runs, and what to do when there is nothing.
import { amount, ago, bytes, h, refill } from "./dom.js";
import { EyeSource, drawEye, eyeFile } from "./eyes.js";
import { folder } from "./folder.js";
import { startJob } from "./jobs.js";
import { address } from "./main.js";
import { showJob } from "./tags.js";

const STRIP = 6; // eyes of a file
const SAMPLE_ROWS = 2000;
const STRIP_WIDTH = 290; // CSS pixels

export async function show(main, params, signal) {
  const { name, items } = await folder();
  if (signal.aborted) return null;
  const page = { job: h("div", {}), stops: [] };
  const of = (...kinds) => items.filter((item) => kinds.includes(item.kind));
  const section = (title, found, make, ...classes) => found.length > 0
    && h("section", {}, h("h2", {}, `${title} `, h("span.soft", {}, found.length)), h(["div", ...classes].join("."), {}, found.map(make)));
  refill(main, h("h1", {}, name ?? "Data"),
    items.length ? h("p.soft", {}, "Everything that gazeaug can work with in this folder.") : empty(),
    actions(page, of("eyes").length === 0, signal), page.job,
    section("Eye files", of("eyes"), (item) => eyesCard(item, signal), "cards"),
    section("Folders of pictures", of("pictures"), picturesCard, "cards"),
    section("Models", of("model"), modelCard, "cards"),
    section("Runs", of("run"), runCard, "cards"),
    section("Pages", of("page"), pageLine, "card", "pages"),
    section("Cannot be read", of("unreadable"), unreadableCard, "cards"));
  signal.addEventListener("abort", () => page.stops.forEach((stop) => stop()));
  return null;
}

function empty() {
  return h("p", {}, "There is nothing here yet. Make sample data to try everything in a minute, or prepare eyes of your own pictures or of a data set.");
}

function actions(page, isFirst, signal) {
  const sample = h(isFirst ? "button.first" : "button", { type: "button", onclick: () => makeSample(page, sample, signal) }, "Make sample data");
  return h("div.bar", {}, sample, h("a.button", { href: address("data", { prepare: "choose" }) }, "Prepare eyes..."));
}

async function makeSample(page, button, signal) {
  button.disabled = true;
  try {
    const job = await startJob("sample-data", { folder: "samples", rows: SAMPLE_ROWS });
    if (!signal.aborted) page.stops.push(showJob(page.job, job, () => location.hash.startsWith("#/data") && dispatchEvent(new HashChangeEvent("hashchange"))));
  } catch (error) {
    refill(page.job, h("p.problem", { role: "alert" }, error.message));
  } finally {
    button.disabled = false;
  }
}

function eyesCard({ path, bytes: n, modified, facts }, signal) {
  const strip = h("canvas.strip.pixels", { role: "img", "aria-label": `Six eyes of ${path}` });
  drawStrip(strip, path, signal);
  return h("article.card.eyes-card", {}, h("a.strip-link", { href: address("data", { file: path }), tabindex: "-1", "aria-hidden": "true" }, strip),
    h("h3", {}, h("a", { href: address("data", { file: path }) }, path), facts.is_refined && h("span.badge", {}, "refined")),
    h("p.soft", {}, `${amount(facts.n_images, "eyes")}, ${facts.height} × ${facts.width}, ${facts.channels === 3 ? "RGB" : "grey"}, ${bytes(n)}, ${ago(modified)}`),
    facts.made_by && h("p.soft", {}, facts.made_by),
    h("p.soft.labels", {}, facts.labels.length ? `Labels: ${facts.labels.join(", ")}` : "No labels"),
    facts.refined_from && h("p.soft", {}, h("a", { href: address("compare", { rendered: facts.refined_from, refined: path }) }, `Compare with ${facts.refined_from}`)));
}

/** Six eyes from all over the file, at a whole factor. */
async function drawStrip(canvas, path, signal) {
  try {
    const info = await eyeFile(path, signal), n = Math.min(STRIP, info.n_images);
    const rows = Array.from({ length: n }, (_, i) => Math.floor((i * info.n_images) / n));
    const source = new EyeSource(path, info, { cacheBytes: 0 }), density = Math.max(1, devicePixelRatio);
    const factor = Math.max(1, Math.floor((STRIP_WIDTH * density) / (Math.min(3, n) * (info.width + 2)))), gap = 2 * factor;
    signal.addEventListener("abort", () => source.close());
    source.onArrived = () => {
      const across = Math.min(3, n), down = Math.ceil(n / across);
      canvas.width = across * info.width * factor + (across - 1) * gap;
      canvas.height = down * info.height * factor + (down - 1) * gap;
      canvas.style.width = `${canvas.width / density}px`;
      rows.forEach((row, i) => {
        const pixels = source.pixels(row), x = (i % across) * (info.width * factor + gap), y = Math.floor(i / across) * (info.height * factor + gap);
        if (pixels) drawEye(canvas.getContext("2d"), pixels, info, x, y, factor);
      });
      if (rows.every((row) => source.pixels(row) || source.isDamaged(row))) source.close();
    };
    source.need(rows);
  } catch (error) {
    if (error.name !== "AbortError") canvas.replaceWith(h("p.soft", {}, error.message));
  }
}

function picturesCard({ path, facts }) {
  return h("article.card", {}, h("h3", {}, path), h("p.soft", {}, `${amount(facts.n, "pictures")}${facts.has_json ? " of UnityEyes, with labels" : ""}`),
    h("div.bar", {}, facts.has_json
      ? h("a.button", { href: address("data", { prepare: "unityeyes", source: path }) }, "Prepare as an eye file")
      : h("a.button", { href: address("data", { prepare: "folder", source: path }) }, "Prepare as an eye file"),
    !facts.has_json && h("a.button", { href: address("photographs", { folder: path }) }, "Find eyes in photographs")));
}

function modelCard({ path, bytes: n, modified, facts }) {
  const size = facts.height ? `${facts.height} × ${facts.width}, ${facts.channels === 3 ? "RGB" : "grey"}, ` : "";
  return h("article.card", {}, h("h3", {}, path), h("p.soft", {}, `${size}${bytes(n)}, ${ago(modified)}`),
    facts.run && h("p.soft", {}, "of the run ", h("a", { href: address("train", { run: facts.run }) }, facts.run)),
    h("div.bar", {}, h("a.button", { href: address("refine", { model: path }) }, "Refine with it")));
}

function runCard({ path, modified, facts }) {
  const steps = facts.step === null || facts.step === undefined ? "" : `step ${facts.step.toLocaleString("en")} of ${(facts.steps ?? facts.step).toLocaleString("en")}, `;
  return h("article.card", {}, h("h3", {}, h("a", { href: address("train", { run: path }) }, path)), h("p.soft", {}, `${facts.state ? `${facts.state}, ` : ""}${steps}${ago(modified)}`));
}

function pageLine({ path, modified }) {
  return h("p", {}, h("a", { href: `/files/${path.split("/").map(encodeURIComponent).join("/")}`, target: "_blank" }, path), " ", h("span.soft", {}, ago(modified)));
}

function unreadableCard({ path, facts }) {
  return h("article.card", {}, h("h3", {}, path), h("p.problem", {}, facts.problem));
}
