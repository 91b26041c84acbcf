// Tagged rows: kept by the server with the folder, so that a reload and another browser see them; written as a new file.
import { amount, announce, h, refill } from "./dom.js";
import { fetched, post } from "./api.js";
import { commandForm } from "./forms.js";
import { isActive, jobCard, watchJobs } from "./jobs.js";
import { address } from "./main.js";

const MOST_SENT = 100_000; // rows of a request
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

/** The tags of a file, a bit a row as the server keeps them; `onChange()` when they changed. */
export class Tags {
  constructor(file, info, { onChange, onProblem }) {
    Object.assign(this, { file, state: info.state, onChange, onProblem, n: 0, note: null, last: Promise.resolve() });
    this.bits = new Uint8Array(Math.ceil(info.n_images / 8));
  }

  has(row) { return ((this.bits[row >> 3] >> (row & 7)) & 1) === 1; }

  /** What the server has. */
  async load(signal) {
    const response = await fetched("/api/eyes/tags", { file: this.file, bits: 1 }, { signal });
    this.bits = new Uint8Array(await response.arrayBuffer());
    this.n = this.bits.reduce((sum, byte) => sum + ONES[byte], 0);
    this.onChange();
  }

  /** Tag rows, or take their tags away. Shown at once, sent one after the other. */
  set(rows, isAdded) {
    const changed = [...new Set(rows)].filter((row) => this.has(row) !== isAdded);
    for (const row of changed) this.bits[row >> 3] ^= 1 << (row & 7);
    this.n += (isAdded ? 1 : -1) * changed.length;
    this.onChange();
    for (let at = 0; at < changed.length; at += MOST_SENT) {
      const some = changed.slice(at, at + MOST_SENT);
      this.send(isAdded ? { add: some } : { remove: some });
    }
  }

  clear() { return this.send({ clear: true }, true); }

  /** Tag all rows of a selection. */
  addAll(selection) { return this.send({ all_of: selection }, true); }

  /** One request at a time; where one fails, what the server has is shown. */
  send(body, isLoaded = false) {
    this.last = this.last.then(async () => {
      try {
        const { note } = await post("/api/eyes/tags", { file: this.file, state: this.state, ...body });
        this.note = note;
        if (isLoaded) await this.load();
      } catch (error) {
        this.onProblem(error);
        await this.load().catch(() => {}); // the first problem has been told
      }
    });
    return this.last;
  }
}

/** A name for a file made of another one: "real.h5" -> "real-tagged.h5". */
export const madeName = (file, word) => file.replace(/(\.h5|\.hdf5)?$/i, `-${word}.h5`);

/** Write the tagged rows, or all others, as a new file: the form of `prepare eyes` with all filled in. */
export async function showWriting(element, tags, isTagged, signal) {
  const { path, n, overwritten } = await post("/api/eyes/tags/rows-file", { file: tags.file, state: tags.state });
  if (signal.aborted) return;
  const fixed = { source: tags.file, [isTagged ? "rows_in" : "rows_not_in"]: path };
  const given = { output: madeName(tags.file, isTagged ? "tagged" : "without-tagged") };
  const status = h("div", {});
  let stop = () => {};
  signal.addEventListener("abort", () => stop());
  const form = await commandForm("prepare eyes", {
    fixed, given, shown: ["output"], hidden: ["rows_in", "rows_not_in"], startLabel: "Write the file",
    onStarted: (job) => { stop(); stop = showJob(status, job); },
  });
  if (signal.aborted) return;
  const what = isTagged ? `Write the ${amount(n, "tagged rows")}` : `Write all but the ${amount(n, "tagged rows")}`;
  refill(element, h("div.bar", {}, h("h2", {}, what), h("button.plain", { type: "button", onclick: () => { stop(); refill(element); } }, "Close")),
    h("p.soft", {}, `Pictures and labels are copied bit for bit. The tagged rows are listed in ${path}${overwritten ? ", over an earlier list" : ""}.`), form.element, status);
  element.scrollIntoView({ block: "nearest" });
  announce(what);
}

/** The job as it goes, then a link to what it made, or what `onDone` does. Returns a function that stops watching. */
export function showJob(element, job, onDone = null) {
  const card = jobCard(job), made = h("p", {});
  let isEnded = false;
  refill(element, card.element, made);
  return watchJobs((jobs) => {
    const found = jobs.find((one) => one.id === job.id);
    if (!found || isEnded) return;
    card.update(found);
    isEnded = !isActive(found);
    if (!isEnded || found.state !== "done") return;
    if (onDone) onDone();
    else if (found.output) {
      refill(made, h("a.button.first", { href: address("data", { file: found.output }) }, `Open ${found.output}`));
      announce(`${found.output} was written`);
    }
  });
}
