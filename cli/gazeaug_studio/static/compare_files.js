// Which files are compared: chosen from the folder, and what speaks against them.
import { fileField } from "./forms.js";
import { folder, ofKind } from "./folder.js";
import { h, later } from "./dom.js";
import { address, go } from "./main.js";

/** The files to begin with: those of the address, else the newest refined file and what it was refined from. */
export async function filesOf(params) {
  const eyes = ofKind((await folder()).items, "eyes"), named = (name) => eyes.find(({ path }) => path === name);
  const refined = eyes.filter(({ facts }) => facts.is_refined), first = params.get("first");
  const ours = refined.filter(({ facts }) => (first ? facts.refined_from === first : facts.refined_from));
  const isWhole = ({ facts }) => named(facts.refined_from)?.facts.n_images === facts.n_images;
  const second = params.get("second") || (ours.find(isWhole) ?? ours[0])?.path || "";
  return { first: first || named(second)?.facts.refined_from || "", second, third: params.get("third") || "", nEyes: eyes.length, refined };
}

/** Three fields; another choice opens the page anew. */
export function fileChoice(files) {
  const { first, second, third, refined } = files;
  const open = (chosen) => go("compare", { first, second, third, ...chosen });
  const typed = later(open, 600);
  const fromOf = (name) => refined.find(({ path }) => path === name)?.facts.refined_from;
  const field = (label, value, placeholder, choose) => fileField({
    label, kinds: ["eyes"], value, placeholder, onChange: (name) => { if (name !== value) choose(name); },
  });
  return h("div.compare-files", {},
    field("Rendered eyes", first, "choose...", (name) => name && typed({ first: name })),
    field("Refined eyes", second, "choose...", (name) => name && typed({ second: name, first: fromOf(name) ?? first })),
    field("Second refined file", third, "none", (name) => typed({ third: name })));
}

/** What to do where there is nothing to compare yet. */
export function nothingYet({ nEyes, second }) {
  if (second) return h("p.note", {}, `Choose the rendered eyes that ${second} was refined from.`);
  if (!nEyes) {
    return h("p.note", {}, "This folder has no eye file yet. Begin with ", h("a", { href: address("data") }, "Data"),
      ": make sample data, or prepare eyes.");
  }
  return h("p.note", {}, "No refined file of this folder has its rendered file here. Refine one first: ",
    h("a", { href: address("refine") }, "Refine"), ". Or choose two files above.");
}

/** What the files say that speaks against comparing them, with ways out. */
export function doubtsNote({ first, second, third }, doubts) {
  return h("div.problem", { role: "alert" }, doubts.map((text) => h("p", {}, `${text}.`)),
    h("div.bar", {},
      h("button", { type: "button", onclick: () => go("compare", { first, second, third, anyway: 1 }) }, "Compare them anyway"),
      h("button", { type: "button", onclick: () => go("compare", { first: second, second: first }) }, "Swap the two files")));
}
