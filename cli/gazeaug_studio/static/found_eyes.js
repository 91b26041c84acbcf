// What was found in photographs: of each the eyes that were kept, and those that were left out with the reason.
import { get } from "./api.js";
import { amount, announce, fill, h, refill } from "./dom.js";
import { drawEye, eyesOf } from "./eyes.js";
import { address, remember } from "./main.js";

const REASONS = {
  "no face": "no face found", "ends early": "video ends early", other: "other format", twin: "near-duplicate of a frame",
};

/** Show the photographs of an eye file. */
export async function showFound(main, file, params, signal) {
  fill(main, h("p.soft", {}, `Reading ${file} ...`));
  const [info, whole] = await Promise.all([get("/api/eyes", { file }, { signal }), get("/api/photographs/found", { file }, { signal })]);
  if (signal.aborted) return;
  const view = { file, info, signal, only: params.get("only") ?? "", list: h("div.photographs"), more: h("div.bar"), chips: h("div.bar.chips", { role: "group", "aria-label": "Show photographs with" }) };
  const without = whole.counts["no face"] ?? 0;
  refill(main,
    h("p", {}, h("a.button.plain.back", { href: address("photographs") }, "\u2190 Photographs")), h("h1", {}, `Eyes of ${file}`),
    h("p.counts", {}, h("strong", {}, amount(whole.n_kept, "eyes kept")), `, ${whole.n_left_out.toLocaleString("en")} left out`,
      without > 0 && `, ${amount(without, "pictures without a face")}`, ` in ${amount(whole.n_photographs, "photographs")}.`),
    h("div.bar", {}, h("a.button.first", { href: address("train", { real: file }) }, "Use as real eyes"),
      h("a.button", { href: address("data", { file }) }, "See all kept eyes")),
    view.chips, h("h2.unseen", {}, "Photographs"), view.list, view.more, others(whole));
  drawChips(view, whole);
  await extend(view, 0);
}

function drawChips(view, whole) {
  const chip = (only, words, n) => h("button", { type: "button", "aria-pressed": String(view.only === only), onclick: () => {
    view.only = only;
    remember("photographs", { file: view.file, only });
    for (const each of view.chips.children) each.setAttribute("aria-pressed", String(each.dataset.only === only));
    refill(view.list);
    extend(view, 0);
  }, "data-only": only }, `${words} `, h("span.soft", {}, n.toLocaleString("en")));
  const reasons = Object.entries(whole.counts).filter(([word]) => whole.words.includes(word));
  refill(view.chips, chip("", "All", whole.n_photographs), chip("kept", "Kept", whole.n_kept),
    reasons.map(([word, n]) => chip(word, REASONS[word] ?? word, n)));
}

/** Add the photographs from number `start` on. */
async function extend(view, start) {
  refill(view.more);
  const only = view.only;
  try {
    const found = await get("/api/photographs/found", { file: view.file, start, only: only || null }, { signal: view.signal });
    const rows = found.photographs.flatMap((each) => each.eyes.map((eye) => eye.row)).filter((row) => row !== null);
    const eyes = await eyesOf(view.file, view.info, rows, view.signal), pixels = new Map(rows.map((row, i) => [row, eyes[i]]));
    if (view.signal.aborted || view.only !== only) return;
    fill(view.list, found.photographs.map((each) => cardOf(each, view, pixels)));
    const shown = start + found.photographs.length;
    if (!shown) refill(view.list, h("p.soft", {}, "No photograph has such an eye."));
    if (shown < found.n_shown) {
      fill(view.more, h("button", { type: "button", onclick: () => extend(view, shown) }, "Show more"),
        h("span.soft", {}, `${shown.toLocaleString("en")} of ${amount(found.n_shown, "photographs")}`));
    }
    announce(`${amount(found.n_shown, "photographs")}`);
  } catch (error) {
    if (!view.signal.aborted) fill(view.more, h("p.problem", { role: "alert" }, error.message));
  }
}

function cardOf(photograph, view, pixels) {
  const { path, eyes, reasons, n_eyes: nEyes } = photograph;
  const shown = eyes.filter((eye) => !view.only || eye.word === view.only || reasons.length);
  return h("article.card.photograph", {},
    photograph.is_there
      ? h("img", { src: thumbnail(path), alt: "", loading: "lazy", onerror: (event) => event.target.replaceWith(blank("cannot be shown")) })
      : blank(photograph.is_video ? "video" : "not in the folder"),
    h("div.what", {}, h("h3", {}, path),
      reasons.slice(0, 3).map((reason) => h("p.left-out", {}, inWords(reason))), reasons.length > 3 && h("p.soft", {}, `and ${reasons.length - 3} more`),
      h("div.eyes", {}, shown.map((eye) => eyeFigure(eye, photograph, view, pixels))),
      nEyes > eyes.length && h("p.soft", {}, `The first ${eyes.length} of ${nEyes.toLocaleString("en")} eyes are shown.`)));
}

const thumbnail = (file, at) => `/api/photographs/thumbnail?${new URLSearchParams(at ? { file, at: at.join(",") } : { file })}`;
const blank = (words) => h("div.blank", {}, words);

/** "blurred: sharpness 0.08 is below 0.12" as "blurred, sharpness 0.08 is below 0.12". */
const inWords = (reason) => (reason === "no face: none was found" ? "No face was found." : reason.replace(/^([^:]+): /, "$1, "));

function eyeFigure(eye, photograph, { info }, pixels) {
  const frame = eye.frame >= 0 ? `, frame ${eye.frame}` : "";
  let picture;
  if (eye.row !== null) {
    picture = h("canvas.pixels", { width: info.width, height: info.height, role: "img", "aria-label": `${eye.side} eye, row ${eye.row}` });
    if (pixels.has(eye.row)) drawEye(picture.getContext("2d"), pixels.get(eye.row), info, 0, 0, 1);
  } else if (eye.at && photograph.is_there) {
    picture = h("img", { src: thumbnail(photograph.path, eye.at), alt: `${eye.side} eye, left out`, loading: "lazy" });
    if (info.channels === 1) picture.classList.add("is-grey");
  } else {
    picture = h("div.blank", {}, "not stored");
  }
  return h("figure.eye", { class: eye.row === null ? "is-out" : "is-kept", style: { "--w": info.width, "--h": info.height } }, h("div.eye-frame", {}, picture),
    h("figcaption", {}, h("strong", {}, eye.row === null ? "Left out" : "Kept"), `, ${eye.side} eye${frame}`,
      eye.reason ? h("span", {}, inWords(eye.reason)) : h("span", {}, `row ${eye.row}`)));
}

function others({ others: files, n_others: n }) {
  if (!n) return null;
  return h("details", {}, h("summary", {}, `${amount(n, "files")} not looked into`), h("div.scroll", {}, h("table", {},
    h("tbody", {}, files.map(([item, reason]) => h("tr", {}, h("td", {}, item), h("td", {}, reason)))))),
    n > files.length && h("p.soft", {}, `The first ${files.length} are shown; all are in the list beside the eye file.`));
}
