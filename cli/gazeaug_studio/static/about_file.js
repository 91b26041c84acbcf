// What a file says of itself: what made it, its labels and what they mean, what is doubtful.
import { amount, h } from "./dom.js";

/** Like "1,000 eyes, 35 × 55, grey". */
export function inShort({ n_images: n, height, width, channels }) {
  return `${amount(n, "eyes")}, ${height} × ${width}, ${channels === 3 ? "RGB" : "grey"}`;
}

/** A folded section. */
export function aboutFile(info) {
  const gaze = info.gaze ? `Gaze: ${info.gaze.label}, convention "${info.gaze.convention}".` : "This file has no gaze label.";
  return h("details.about-file", {}, h("summary", {}, "About this file"), h("h2.unseen", {}, "About this file"),
    info.made_by.length > 0 && h("section", {}, h("h3", {}, "Made by"), info.made_by.map((line) => h("p.soft", {}, line))),
    h("section", {}, h("h3", {}, "Gaze"), h("p.soft", {}, gaze)),
    h("section", {}, h("h3", {}, "Labels"), info.labels.length
      ? h("div.scroll", {}, h("table", {}, h("tbody", {}, info.labels.map(described))))
      : h("p.soft", {}, "This file has no labels.")),
    info.notes.length > 0 && h("section", {}, h("h3", {}, "Notes"), info.notes.map((note) => h("p.soft", {}, note))));
}

function described({ name, dtype, shape, attributes }) {
  const each = shape.length ? `${dtype} (${shape.join(" × ")})` : dtype;
  return h("tr", {}, h("th", { scope: "row" }, name), h("td.mono", {}, each),
    h("td", {}, Object.entries(attributes).map(([key, value]) => h("div.soft", {}, `${key}: ${value}`))));
}
