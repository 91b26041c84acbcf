// Tagged rows: kept by the server with the folder, so that a reload and another browser see them; written as a new file.
import { announce, amount, h, refill } from "./dom.js";
import { get, post } from "./api.js";
import { commandForm } from "./forms.js";
import { jobStatus } from "./jobs.js";
import { address } from "./main.js";

/** The tags of a file; `onChange()` when they changed. */
export class Tags {
  constructor(file, info, { onChange, onProblem }) {
    Object.assign(this, { file, onChange, onProblem, n: 0, is: new Uint8Array(info.n_images), last: Promise.resolve() });
  }

  has(row) { return this.is[row] === 1; }

  async load(signal) { this.take(await get("/api/eyes/tags", { file: this.file }, { signal })); }

  take({ rows }) {
    this.is.fill(0);
    for (const row of rows) if (row < this.is.length) this.is[row] = 1;
    this.n = rows.length;
    this.onChange();
  }

  /** Tag rows, or take their tags away. Shown at once, sent one after the other. */
  set(rows, isAdded) {
    const changed = rows.filter((row) => this.has(row) !== isAdded);
    for (const row of changed) this.is[row] = isAdded ? 1 : 0;
    this.n += (isAdded ? 1 : -1) * changed.length;
    this.onChange();
    if (changed.length) this.send(isAdded ? { add: changed } : { remove: changed }, false);
  }

  clear() { return this.send({ clear: true }, true); }

  /** Tag all rows of a selection. */
  addAll(selection) { return this.send({ all_of: selection }, true); }

  /** One request at a time; where one fails, what the server has is shown. */
  send(body, isTaken) {
    this.last = this.last.then(async () => {
      try {
        const found = await post("/api/eyes/tags", { file: this.file, ...body });
        if (isTaken) this.take(found.rows ? found : await get("/api/eyes/tags", { file: this.file }));
      } catch (error) {
        this.onProblem(error);
        await this.load().catch(() => {});
      }
    });
    return this.last;
  }
}

/** A name for a file made of another one: "real.h5" -> "real-tagged.h5". */
export const madeName = (file, word) => file.replace(/(\.h5|\.hdf5)?$/i, `-${word}.h5`);

/** Write the tagged rows, or all others, as a new file: the form of `prepare eyes` with all filled in. */
export async function showWriting(element, tags, isTagged, signal) {
  const { path, n } = await post("/api/eyes/tags/rows-file", { file: tags.file });
  if (signal.aborted) return;
  const given = { file: tags.file, [isTagged ? "rows_in" : "rows_not_in"]: path, output: madeName(tags.file, isTagged ? "tagged" : "without-tagged") };
  const status = h("div", {});
  let stop = () => {};
  signal.addEventListener("abort", () => stop());
  const form = await commandForm("prepare eyes", {
    given, shown: ["output"], startLabel: "Write the file",
    onStarted: (job) => { stop(); stop = showJob(status, job); },
  });
  if (signal.aborted) return;
  const what = isTagged ? `Write the ${amount(n, "tagged rows")}` : `Write all but the ${amount(n, "tagged rows")}`;
  refill(element, h("div.bar", {}, h("h2", {}, what), h("button.plain", { type: "button", onclick: () => { stop(); refill(element); } }, "Close")),
    h("p.soft", {}, `Pictures and labels are copied bit for bit. The tagged rows are listed in ${path}.`), form.element, status);
  element.scrollIntoView({ block: "nearest" });
  announce(what);
}

/** The job as it goes, then a link to what it made, or what `onDone` does. */
export function showJob(element, job, onDone = null) {
  const done = h("p", {});
  const status = jobStatus((one) => one.id === job.id, {
    onDone: (ended) => {
      if (ended.state === "done" && onDone) { onDone(); return; }
      if (ended.state !== "done" || !ended.output) return;
      refill(done, h("a.button.first", { href: address("data", { file: ended.output }) }, `Open ${ended.output}`));
      announce(`${ended.output} was written`);
    },
  });
  refill(element, status.element, done);
  return status.stop;
}
