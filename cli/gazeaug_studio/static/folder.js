// What the folder holds, asked once for all that show it at the same time.
import { get } from "./api.js";
import { amount } from "./dom.js";

const FRESH_MS = 1000;

let asked = null;
let askedAt = -Infinity;

/** The folder's things: {name, items, left_out}; an answer serves for a second. */
export function folder() {
  if (performance.now() - askedAt > FRESH_MS) {
    askedAt = performance.now();
    asked = get("/api/folder");
    asked.catch(forgetFolder);
  }
  return asked;
}

/** Ask anew the next time: a job has ended. */
export function forgetFolder() { askedAt = -Infinity; }

/** Those of some kinds, the newest first. */
export function ofKind(items, ...kinds) {
  return items.filter((item) => kinds.includes(item.kind)).sort((a, b) => b.modified - a.modified);
}

/** A thing in a few words, such as "300 eyes, 35 × 55, with gaze". */
export function inWords({ kind, facts }) {
  if (kind === "eyes") {
    const color = facts.channels === 3 ? ", RGB" : "";
    const made = facts.is_refined ? ", refined" : facts.gaze ? ", with gaze" : "";
    return `${amount(facts.n_images, "eyes")}, ${facts.height} × ${facts.width}${color}${made}`;
  }
  if (kind === "model") return facts.height ? `for ${facts.height} × ${facts.width}${facts.channels === 3 ? " RGB" : ""}` : "ONNX model";
  if (kind === "run") {
    if (facts.step === null) return "no checkpoint yet";
    return facts.state === "complete" ? `${amount(facts.step, "steps")}, complete` : `step ${facts.step.toLocaleString("en")} of ${facts.steps?.toLocaleString("en") ?? "?"}`;
  }
  if (kind === "pictures") return `${amount(facts.n, "pictures")}${facts.has_json ? " of UnityEyes" : ""}`;
  return kind === "unreadable" ? "cannot be read" : "page";
}
