// Which eye files are rendered and which are real, guessed by their labels and names.
const RENDERED = /unity|synth|render/i, REAL = /real|truth|mpii|columbia|photo|gaze/i;

/** How well a file fits as rendered eyes with gaze labels, or as real ones without; 0 for not at all. */
function fits(item, side) {
  const { facts, name } = item;
  if (facts.is_refined) return 0;
  if (side === "synthetic") return !facts.gaze ? 0 : name === "unityeyes.h5" ? 4 : RENDERED.test(name) ? 3 : REAL.test(name) ? 1 : 2;
  return name === "real.h5" ? 4 : facts.gaze ? (REAL.test(name) ? 1 : 0) : REAL.test(name) ? 3 : 2;
}

/** The best file of a side, beside another that is taken already. */
export function guess(items, side, taken = null) {
  const found = items.filter((item) => item.path !== taken && fits(item, side) > 0);
  return found.sort((a, b) => fits(b, side) - fits(a, side) || b.modified - a.modified)[0]?.path ?? "";
}

/** Files to refine, those that fit best first: rendered eyes, others, then what is refined already. */
export function toRefineFirst(items) {
  return items.sort((a, b) => Boolean(a.facts.is_refined) - Boolean(b.facts.is_refined) || fits(b, "synthetic") - fits(a, "synthetic"));
}
