// The labels of the pair that is shown: equal bit for bit in the refined file, or what became of them.
import { get } from "./api.js";
import { amount, h, later, refill } from "./dom.js";

const WORDS = {
  equal: ["equal", "Bit for bit as in the rendered file."],
  moved: ["moved", "Moved along with the resized pictures, bit for bit."],
  unlike: ["NOT equal", "Another value than in the rendered file."],
  added: ["added", "The refined file alone has it."],
  "left out": ["left out", "The refined file does not have it."],
};

export class PairLabels {
  constructor(source) {
    this.source = source;
    this.sentence = h("p", { role: "status" });
    this.table = h("div.scroll");
    this.element = h("section.pair-labels", { "aria-label": "Labels of this pair" },
      h("h2", {}, "Labels of this pair"), this.sentence, this.table);
    this.fetch = later(() => this.load(), 120);
  }

  show(pair) { this.pair = pair; this.fetch(); }

  close() { this.controller?.abort(); this.pair = null; }

  async load() {
    const { source, pair } = this, [first, ...refined] = source.names;
    this.controller?.abort();
    if (pair === null) return;
    const { signal } = this.controller = new AbortController();
    try {
      const found = await Promise.all(refined.map((second, k) =>
        get("/api/compare/labels", { first, second, first_row: source.row(0, pair), second_row: source.row(k + 1, pair) }, { signal })));
      this.fill(found.map(({ labels }) => labels));
    } catch (error) {
      if (error.name !== "AbortError") { refill(this.sentence, error.message); refill(this.table); }
    }
  }

  fill(found) {
    refill(this.sentence, sentenceOf(found));
    const names = [...new Set(found.flat().map(({ name }) => name))].sort();
    refill(this.table, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Label"), h("th", { scope: "col" }, "Value"),
        found.map((_, k) => h("th", { scope: "col", title: this.source.names[k + 1] }, ["Refined", "Second"][k])))),
      h("tbody", {}, names.map((name) => this.line(name, found.map((labels) => labels.find((one) => one.name === name)))))));
  }

  line(name, sides) {
    const said = sides.find(Boolean), values = [...new Set(sides.flatMap((one) => [one?.first, one?.second]).filter(Boolean))];
    return h("tr", {}, h("th", { scope: "row" }, name),
      h("td.mono", {}, said.state === "equal" ? said.first : values.join(" → ")),
      sides.map((one) => this.stateOf(one?.state ?? "left out")));
  }

  stateOf(state) {
    const [word, title] = WORDS[state];
    return h("td", { title, class: state === "unlike" ? "unlike" : "" }, word);
  }
}

/** What became of the labels of each file, in a sentence. */
function sentenceOf(found) {
  const states = found.flat().map(({ state }) => state), n = (state) => states.filter((one) => one === state).length;
  const carried = n("equal") + n("moved") + n("unlike"), both = found.length > 1 ? " in both files" : "";
  if (n("unlike")) return h("strong.unlike", {}, `${n("unlike")} of ${carried} labels are not equal.`);
  if (!carried) return "No label is in both files.";
  const moved = n("moved") ? `, ${n("moved") / found.length} of them once moved with the resized pictures` : "";
  return `All ${amount(carried / found.length, "labels")} are equal${both}, bit for bit${moved}.`;
}
