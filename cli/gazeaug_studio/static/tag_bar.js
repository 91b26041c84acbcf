// What is done with tagged rows: counted, tagged in numbers, cleared, and written as a new file.
import { post } from "./api.js";
import { amount, announce, h, refill } from "./dom.js";
import { showJob } from "./making.js";

/** The bar below the wall. `selection()` tells what is shown; `onMany()` is called when many tags have changed. */
export class TagBar {
  constructor(tags, { selection, onMany, onProblem, signal }) {
    Object.assign(this, { tags, onProblem, signal });
    const button = (text, call) => h("button", { type: "button", onclick: () => call().catch(onProblem) }, text);
    const many = async (sent) => { await sent; announce(amount(tags.n, "rows tagged")); await onMany(); };
    this.count = h("span", { role: "status" });
    this.note = h("p.soft", {});
    this.writing = h("div.writing", {});
    this.needTags = [
      button("Clear tags", () => many(tags.clear())),
      button("Write tagged as a new file", () => this.write(true)),
      button("Write all but the tagged", () => this.write(false)),
    ];
    this.element = h("section", { "aria-label": "Tags" },
      h("div.bar.tag-bar", {}, this.count, button("Tag all shown", () => many(tags.addAll(selection()))), this.needTags),
      this.note, this.writing);
    this.show();
  }

  /** Say how many there are. */
  show() {
    const { n, note } = this.tags;
    this.count.textContent = n ? amount(n, "rows tagged") : "No rows tagged. Press T on a row, or turn on Tag by click.";
    this.note.textContent = note ?? "";
    for (const button of this.needTags) button.disabled = n === 0;
  }

  async write(isTagged) {
    await this.tags.last;
    await showWriting(this.writing, this.tags, isTagged, this.signal);
  }
}

/** A name for a file made of another one: "real.h5" -> "real-tagged.h5". */
const madeName = (file, word) => file.replace(/(\.h5|\.hdf5)?$/i, `-${word}.h5`);

/** Write the tagged rows, or all others, as a new file: the form of `prepare eyes` with all filled in. */
async function showWriting(element, tags, isTagged, signal) {
  const opener = document.activeElement;
  const { path, n, overwritten } = await post("/api/eyes/tags/rows-file", { file: tags.file, state: tags.state });
  if (signal.aborted) return;
  const fixed = { source: tags.file, [isTagged ? "rows_in" : "rows_not_in"]: path };
  const given = { output: madeName(tags.file, isTagged ? "tagged" : "without-tagged") };
  const status = h("div", {});
  let stop = () => {};
  signal.addEventListener("abort", () => stop());
  const { commandForm } = await import("./forms.js");
  const form = await commandForm("prepare eyes", {
    fixed, given, shown: ["output"], hidden: ["rows_in", "rows_not_in"], startLabel: "Write the file",
    onStarted: (job) => { stop(); stop = showJob(status, job); },
  });
  if (signal.aborted) return;
  const what = isTagged ? `Write the ${amount(n, "tagged rows")}` : `Write all but the ${amount(n, "tagged rows")}`;
  const list = `The tagged rows are listed in ${path}${overwritten ? ", in place of an earlier list" : ""}.`;
  const close = h("button.plain", { type: "button", onclick: () => { stop(); refill(element); opener.focus(); } }, "Close");
  refill(element, h("div.bar", {}, h("h2", { tabindex: "-1" }, what), close), h("p.soft", {}, `Pictures and labels are copied bit for bit. ${list}`),
    form.element, status);
  element.scrollIntoView({ block: "nearest" });
  element.querySelector("h2").focus({ preventScroll: true }); // which says it
}

