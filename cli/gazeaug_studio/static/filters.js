// Which rows are shown, and in what order: kept in the address, chosen in the panel, shown as chips.
import { GazeMap } from "./gaze_map.js";
import { Histogram, short } from "./histogram.js";
import { h, later, refill } from "./dom.js";

/** The filters of an address: {gaze, ranges, text, tagged, sort} as POST /api/eyes/select takes them. */
export function readFilters(params) {
  const numbers = (text, n) => {
    const found = (text ?? "").split(",").map(Number);
    return text && found.length === n && found.every(Number.isFinite) ? found : null;
  };
  const filters = { gaze: null, ranges: {}, text: {}, tagged: null, sort: null };
  const gaze = numbers(params.get("gaze"), 4);
  if (gaze) filters.gaze = { pitch: gaze.slice(0, 2), yaw: gaze.slice(2) };
  for (const [key, value] of params) {
    if (key.startsWith("range.") && numbers(value, 2)) filters.ranges[key.slice(6)] = numbers(value, 2);
    if (key.startsWith("text.") && value) filters.text[key.slice(5)] = value;
  }
  if (["yes", "no"].includes(params.get("tagged"))) filters.tagged = params.get("tagged") === "yes";
  const sort = params.get("sort");
  if (sort) filters.sort = { by: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
  return filters;
}

/** Values for the address. */
export function written(filters) {
  const { gaze, ranges, text, tagged, sort } = filters;
  const round = (value) => Number(value.toPrecision(7));
  return {
    gaze: gaze && [...gaze.pitch, ...gaze.yaw].map(round).join(","),
    ...Object.fromEntries(Object.entries(ranges).map(([label, range]) => [`range.${label}`, range.join(",")])),
    ...Object.fromEntries(Object.entries(text).map(([label, needle]) => [`text.${label}`, needle])),
    tagged: tagged === null ? null : tagged ? "yes" : "no",
    sort: sort && `${sort.descending ? "-" : ""}${sort.by}`,
  };
}

/** Whether all rows are shown in the order of the file. */
export const isAll = (filters) => Object.values(written(filters)).every((value) => value === null);

/** The panel; `onChange(filters)` when something was chosen. */
export class FilterPanel {
  constructor(file, info, filters, { onChange, signal }) {
    Object.assign(this, { file, info, filters, onChange, signal, histograms: new Map(), needles: new Map() });
    const of = (kind) => info.labels.filter((label) => label.kind === kind).map((label) => label.name);
    this.numbers = of("number");
    this.texts = of("text");
    this.map = info.gaze && new GazeMap(file, { region: filters.gaze, signal, onChange: (gaze) => this.change({ gaze }) });
    this.tagged = this.choice("Which rows by tag", [["", "tagged or not"], ["yes", "tagged"], ["no", "not tagged"]],
      (value) => this.change({ tagged: value === "" ? null : value === "yes" }));
    this.element = h("section.filters", { "aria-label": "Filters" },
      h("h2.unseen", {}, "Filters"), this.map?.element ?? h("p.soft", {}, "This file has no gaze label, so there is no gaze map."),
      this.numbers.length > 0 && h("section", {}, h("h3", {}, "Numbers"), this.numbers.map((name) => this.numberOf(name))),
      this.texts.length > 0 && h("section", {}, h("h3", {}, "Texts"), this.texts.map((name) => this.textOf(name))),
      h("section", {}, h("h3", {}, "Tags"), this.tagged),
      h("section", {}, h("h3", {}, "Order"), this.order()));
    this.chips = h("div.chips", { role: "group", "aria-label": "Active filters" });
    this.show(filters);
  }

  numberOf(name) {
    const histogram = new Histogram(this.file, name, { range: this.filters.ranges[name] ?? null, signal: this.signal,
      onChange: (range) => this.change({ ranges: this.with("ranges", name, range) }) });
    this.histograms.set(name, histogram);
    const isOpen = name in this.filters.ranges || this.numbers.length <= 2;
    histogram.isOpen = isOpen;
    return h("details", { open: isOpen, ontoggle: (event) => this.unfold(histogram, event.target.open) },
      h("summary", {}, name), histogram.element);
  }

  unfold(histogram, isOpen) {
    histogram.isOpen = isOpen;
    if (isOpen && this.isLoaded) histogram.load();
  }

  /** Count what is shown. */
  load() {
    this.isLoaded = true;
    this.map?.load();
    for (const histogram of this.histograms.values()) if (histogram.isOpen) histogram.load();
  }

  textOf(name) {
    const search = later((needle) => this.change({ text: this.with("text", name, needle || null) }), 250);
    const input = h("input", { type: "search", placeholder: "part of the text", oninput: (event) => search(event.target.value) });
    this.needles.set(name, input);
    return h("label.text-filter", {}, h("span", {}, name), input);
  }

  choice(label, options, onChange) {
    return h("select", { "aria-label": label, onchange: (event) => onChange(event.target.value) },
      options.map(([value, text]) => h("option", { value }, text)));
  }

  order() {
    const change = () => this.change({ sort: this.by.value === "" ? null : { by: this.by.value, descending: this.way.value === "down" } });
    this.by = this.choice("Order by", [["", "as in the file"], ...this.numbers.map((name) => [name, name])], change);
    this.way = this.choice("Direction", [["up", "smallest first"], ["down", "largest first"]], change);
    return h("div.order", {}, this.by, this.way);
  }

  with(part, name, value) {
    const { [name]: _, ...rest } = this.filters[part];
    return value === null ? rest : { ...rest, [name]: value };
  }

  change(some) {
    this.show({ ...this.filters, ...some });
    this.onChange(this.filters);
  }

  /** Show these filters as chosen. */
  show(filters) {
    this.filters = filters;
    this.map?.show(filters.gaze);
    for (const [name, histogram] of this.histograms) histogram.show(filters.ranges[name] ?? null);
    for (const [name, input] of this.needles) if (document.activeElement !== input) input.value = filters.text[name] ?? "";
    this.tagged.value = filters.tagged === null ? "" : filters.tagged ? "yes" : "no";
    this.by.value = filters.sort?.by ?? "";
    this.way.value = filters.sort?.descending ? "down" : "up";
    this.way.disabled = !filters.sort;
    const focused = [...this.chips.children].indexOf(document.activeElement);
    refill(this.chips, this.chipsOf(filters));
    if (focused >= 0) (this.chips.children[focused] ?? this.chips.lastElementChild ?? document.querySelector(".wall"))?.focus(); // its chip is gone
  }

  chipsOf({ gaze, ranges, text, tagged, sort }) {
    const degrees = ([low, high]) => `${low.toFixed(1)}° to ${high.toFixed(1)}°`;
    const chip = (words, change) => {
      const attributes = { type: "button", "aria-label": `Remove: ${words}`, onclick: () => this.change(change) };
      return h("button.chip", attributes, words, h("span", { "aria-hidden": "true" }, "×"));
    };
    const found = [
      gaze && chip(`pitch ${degrees(gaze.pitch)}, yaw ${degrees(gaze.yaw)}`, { gaze: null }),
      ...Object.entries(ranges).map(([name, [low, high]]) =>
        chip(`${name} ${short(low)} to ${short(high)}`, { ranges: this.with("ranges", name, null) })),
      ...Object.entries(text).map(([name, needle]) => chip(`${name} has "${needle}"`, { text: this.with("text", name, null) })),
      tagged !== null && chip(tagged ? "tagged" : "not tagged", { tagged: null }),
      sort && chip(`by ${sort.by}, ${sort.descending ? "largest" : "smallest"} first`, { sort: null }),
    ].filter(Boolean);
    const showAll = () => this.change(readFilters(new URLSearchParams()));
    return found.length > 1 ? [...found, h("button.plain", { type: "button", onclick: showAll }, "Show all")] : found;
  }
}
