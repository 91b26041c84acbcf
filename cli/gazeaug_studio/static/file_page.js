// One eye file: the wall with its tools, the filters, the details of a row, and the writing of tagged rows.
import { StudioError, postForBytes } from "./api.js";
import { aboutFile, inShort } from "./about_file.js";
import { amount, announce, h, later, refill } from "./dom.js";
import { EyeSource, eyeFile } from "./eyes.js";
import { FilterPanel, isAll, readFilters, written } from "./filters.js";
import { address, remember } from "./main.js";
import { RowDetails } from "./row_details.js";
import { Tags, showWriting } from "./tags.js";
import { Wall, usualScale } from "./wall.js";

const LATEST_COUNT = 2000; // ms
const SCALES = [1, 2, 3, 4, 6, 8];

export async function show(main, params, signal) {
  const file = params.get("file");
  try {
    const page = new FilePage(main, file, await eyeFile(file, signal), params, signal);
    page.build();
    await page.begin();
    return () => page.close();
  } catch (error) {
    if (error.name === "AbortError") return null;
    if (!(error instanceof StudioError)) throw error;
    showGone(main, file, error);
    return null;
  }
}

/** In place of a file that cannot be shown. */
function showGone(main, file, error) {
  refill(main, h("h1", {}, file), h("p.problem", { role: "alert" }, error.message),
    h("div.bar", {}, h("button.first", { type: "button", onclick: () => dispatchEvent(new HashChangeEvent("hashchange")) }, "Reload"), h("a.button", { href: address("data") }, "All files")));
}

class FilePage {
  constructor(main, file, info, params, signal) {
    Object.assign(this, { main, file, info, signal, filters: readFilters(params), selection: 0 });
    this.problem = h("div", {});
    this.source = new EyeSource(file, info);
    this.tags = new Tags(file, info, { onChange: later(() => this.showTags(), 0), onProblem: (error) => this.fail(error) });
    this.wall = new Wall(this.source, this.tags, {
      onCursor: (row) => this.details.isOpen && this.details.row !== row && this.details.show(row),
      onOpen: (row) => this.open(row),
      onTag: (rows, isAdded) => this.tags.set(rows, isAdded),
      describe: (row) => this.describe(row),
    });
    this.details = new RowDetails(file, this.source, this.tags, {
      onMove: (step) => this.wall.move(this.wall.cursor + step),
      onClose: () => this.shut(),
      onTag: (row) => { this.tags.set([row], !this.tags.has(row)); this.wall.tell(); },
      onAngles: (angles) => this.panel.map?.point(angles),
    });
    this.panel = new FilterPanel(file, info, this.filters, { signal, onChange: (filters) => this.filter(filters) });
    this.source.onArrived = () => { this.wall.draw(); this.details.draw(); this.panel.load(); };
    this.source.onProblem = (error) => this.fail(error);
    this.show = { scale: Number(params.get("scale")) || usualScale(info), arrows: params.get("arrows") === "1", points: params.get("points") === "1" };
  }

  build() {
    const { info } = this;
    this.count = h("p.count", { role: "status" });
    this.writing = h("div.writing", {});
    this.filtersButton = h("button.filters-button", { type: "button", "aria-expanded": "false", onclick: () => this.foldFilters() }, "Filters");
    this.side = h("aside.side", { "aria-label": "Details and filters" }, this.details.element, this.panel.element);
    refill(this.main, h("div.file-page", {},
      h("div.file-head", {}, h("a.soft", { href: address("data") }, "Folder"), h("h1", {}, this.file), h("p.soft", {}, inShort(info))),
      info.doubts.map((doubt) => h("p.note", {}, doubt)), this.problem,
      h("div.wall-tools", {}, this.tools(), h("div.shown", {}, this.count, this.panel.chips)),
      h("div.wall-and-side", {}, h("div.wall-box", {}, this.wall.element, this.none = h("p.none", { hidden: true }, "No row fits these filters. Remove one above.")), this.side),
      this.tagBar(), this.writing, aboutFile(info)));
    this.wall.setScale(this.show.scale);
    this.wall.setShows(this.show);
  }

  tools() {
    const { info } = this;
    const pressed = (text, isOn, call, disabled = false) => h("button", { type: "button", "aria-pressed": String(isOn), disabled,
      onclick: (event) => { const on = event.currentTarget.getAttribute("aria-pressed") !== "true"; event.currentTarget.setAttribute("aria-pressed", on); call(on); } }, text);
    const scales = h("select", { "aria-label": "Size of the eyes", onchange: (event) => this.set({ scale: Number(event.target.value) }) },
      [...new Set([...SCALES, this.show.scale])].sort((a, b) => a - b).map((scale) => h("option", { value: String(scale), selected: scale === this.show.scale }, `${scale}×`)));
    const to = h("input", { type: "number", min: "0", max: String(info.n_images - 1), placeholder: "row", "aria-label": "Go to row" });
    const goTo = h("form.go-to", { onsubmit: (event) => { event.preventDefault(); this.goTo(to); } }, to, h("button", { type: "submit" }, "Go to row"));
    return h("div.bar", { role: "toolbar", "aria-label": "The wall" }, scales,
      pressed("Gaze", this.show.arrows, (arrows) => this.set({ arrows }), !info.gaze),
      pressed("Landmarks", this.show.points, (points) => this.set({ points }), !info.points.length),
      pressed("Tag by click", false, (isOn) => { this.wall.isTagging = isOn; announce(isOn ? "A click tags; drag to tag several" : "A click shows the row"); }),
      goTo, this.filtersButton);
  }

  tagBar() {
    const button = (text, call, key) => (this[key] = h("button", { type: "button", onclick: call }, text));
    const write = (isTagged) => () => this.tags.last.then(() => showWriting(this.writing, this.tags, isTagged, this.signal)).catch((error) => this.fail(error));
    return h("div.bar.tag-bar", { role: "group", "aria-label": "Tags" }, this.tagCount = h("span", { role: "status" }),
      button("Tag all shown", () => this.tags.addAll(this.panel.filters), "tagAll"), button("Clear tags", () => this.tags.clear(), "clearTags"),
      button("Write tagged as a new file", write(true), "writeTagged"), button("Write all but the tagged", write(false), "writeOthers"));
  }

  async begin() {
    this.showTags();
    this.details.close();
    await Promise.all([this.tags.load(this.signal).catch((error) => this.fail(error)), this.select().catch((error) => this.fail(error))]);
    this.watch();
    setTimeout(() => this.panel.load(), LATEST_COUNT); // where no eye can be read or none is chosen
  }

  /** Other rows are chosen. */
  filter(filters) {
    this.filters = filters;
    this.keep();
    this.select().catch((error) => this.fail(error));
  }

  async select() {
    const number = ++this.selection;
    if (isAll(this.filters)) { this.showRows(null); return; }
    this.selecting?.abort();
    this.selecting = new AbortController();
    try {
      if (this.filters.tagged !== null) await this.tags.last;
      const body = { file: this.file, state: this.info.state, ...this.filters };
      const found = await postForBytes("/api/eyes/select", body, { signal: AbortSignal.any([this.signal, this.selecting.signal]) });
      if (number === this.selection) this.showRows(new Uint32Array(found));
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }

  showRows(rows) {
    const n = rows?.length ?? this.info.n_images;
    this.wall.setRows(rows);
    this.none.hidden = n > 0;
    this.count.textContent = rows ? `${n.toLocaleString("en")} of ${amount(this.info.n_images, "rows")}` : amount(n, "rows");
  }

  showTags() {
    if (!this.tagCount) return;
    const { n } = this.tags;
    this.tagCount.textContent = n ? amount(n, "rows tagged") : "No rows tagged. Press T on a row, or turn on Tag by click.";
    for (const key of ["clearTags", "writeTagged", "writeOthers"]) this[key].disabled = n === 0;
    if (this.details.isOpen) this.details.showTag();
    this.wall.draw();
  }

  open(row) {
    this.wall.isOpened = true;
    this.side.classList.add("has-row");
    this.details.show(row);
  }

  shut() {
    this.wall.isOpened = false;
    this.side.classList.remove("has-row");
    this.details.close();
    this.wall.element.focus({ preventScroll: true });
  }

  describe(row) {
    const where = `Row ${row.toLocaleString("en")}`;
    return `${where}, ${this.tags.has(row) ? "tagged" : "not tagged"}${this.source.isDamaged(row) ? ", cannot be read" : ""}`;
  }

  goTo(input) {
    const row = Number(input.value);
    if (input.value === "" || !Number.isInteger(row)) return;
    const index = this.wall.rows ? this.wall.rows.indexOf(row) : row;
    if (index < 0 || index >= this.wall.n) { announce(`Row ${row} is not shown`); this.say(`Row ${row.toLocaleString("en")} is not among those shown.`); return; }
    this.wall.move(index, { centred: true });
    this.wall.element.focus({ preventScroll: true });
  }

  set(some) {
    Object.assign(this.show, some);
    if (some.scale) this.wall.setScale(some.scale);
    else this.wall.setShows(some);
    this.keep();
  }

  keep() {
    const { scale, arrows, points } = this.show;
    remember("data", { file: this.file, ...written(this.filters), scale: scale === usualScale(this.info) ? null : scale, arrows: arrows ? 1 : null, points: points ? 1 : null });
  }

  foldFilters() {
    const isOpen = this.side.classList.toggle("is-open");
    this.filtersButton.setAttribute("aria-expanded", isOpen);
  }

  say(sentence) { refill(this.problem, h("p.problem", { role: "alert" }, sentence)); }

  /** A sentence, once; of a file that has gone or changed, with a way on. */
  fail(error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof StudioError)) { console.error(error); this.say(error.message); return; }
    if ([404, 409].includes(error.status)) { this.close(); showGone(this.main, this.file, error); return; }
    this.say(error.message);
  }

  /** A file that was deleted or replaced is noticed when one comes back to the page. */
  watch() {
    addEventListener("focus", async () => {
      try {
        const { state } = await eyeFile(this.file, this.signal);
        if (state !== this.info.state) this.fail(new StudioError(`${this.file}: has changed while it was shown; reload it.`, 409));
      } catch (error) { this.fail(error); }
    }, { signal: this.signal });
  }

  close() {
    this.source.close();
    this.wall.close();
    this.selecting?.abort();
  }
}
