// One eye file: the wall with its tools, the filters, the details of a row, and the writing of tagged rows.
import { StudioError, postForBytes } from "./api.js";
import { aboutFile, inShort } from "./about_file.js";
import { amount, h, later, refill } from "./dom.js";
import { EyeSource, eyeFile } from "./eyes.js";
import { FilterPanel, isAll, readFilters, written } from "./filters.js";
import { address, remember, reopen } from "./main.js";
import { RowDetails, inWords } from "./row_details.js";
import { TagBar } from "./tag_bar.js";
import { Tags } from "./tags.js";
import { Wall, usualScale } from "./wall.js";
import { LARGEST, wallTools } from "./wall_tools.js";

const LATEST_COUNT = 2000; // ms

export async function show(main, params, signal, info) {
  const file = params.get("file");
  try {
    const page = new FilePage(main, file, await info, params, signal);
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
    h("div.bar", {}, h("button.first", { type: "button", onclick: reopen }, "Reload"),
      h("a.button", { href: address("data") }, "All files")));
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
      onEscape: () => this.details.isOpen && this.shut(),
      describe: (row) => this.describe(row),
    });
    this.details = new RowDetails(file, this.source, this.tags, {
      onMove: (step) => this.wall.move(this.wall.cursor + step),
      onClose: () => this.shut(),
      onTag: (row) => { this.tags.set([row], !this.tags.has(row)); this.wall.tell(); },
      onAngles: (angles) => this.panel.map?.point(angles),
    });
    this.panel = new FilterPanel(file, info, this.filters, { signal, onChange: (filters) => this.filter(filters) });
    this.source.onArrived = () => { this.wall.draw(); this.details.draw(); this.count(); };
    this.source.onProblem = (error) => this.fail(error);
    this.bar = new TagBar(this.tags, {
      signal, selection: () => this.filters, onMany: () => (this.filters.tagged === null ? null : this.select()),
      onProblem: (error) => this.fail(error),
    });
    const scale = Math.min(LARGEST, Math.round(Number(params.get("scale"))) || usualScale(info));
    this.show = { scale, arrows: params.get("arrows") === "1", points: params.get("points") === "1" };
  }

  build() {
    const { info, wall } = this;
    this.shown = h("p.count", { role: "status" });
    this.none = h("p.none", { hidden: true }, "No row passes these filters. Remove one above.");
    const onclick = () => this.foldFilters();
    this.filtersButton = h("button.filters-button", { type: "button", "aria-expanded": "false", onclick }, "Filters");
    this.side = h("aside.side", { "aria-label": "Details and filters" }, this.details.element, this.panel.element);
    const tools = wallTools(info, this.show, {
      set: (some) => this.set(some), tagging: (isOn) => { wall.isTagging = isOn; }, goTo: (row) => this.goTo(row),
    }, this.filtersButton);
    refill(this.main, h("div.file-page", {},
      h("div.file-head", {}, h("a.soft", { href: address("data") }, "Folder"), h("h1", {}, this.file), h("p.soft", {}, inShort(info))),
      info.doubts.map((doubt) => h("p.note", {}, doubt)), this.problem,
      h("div.wall-tools", {}, tools, h("div.shown", {}, this.shown, this.panel.chips)),
      h("div.wall-and-side", {}, h("div.wall-box", {}, wall.element, this.none), this.side),
      this.bar.element, aboutFile(info)));
    wall.setScale(this.show.scale);
    wall.setShows(this.show);
  }

  async begin() {
    this.watch();
    this.showTags();
    this.details.close();
    setTimeout(() => this.count(), LATEST_COUNT); // where no eye can be read or none is chosen
    await this.select().catch((error) => this.fail(error));
  }

  /** What can wait until the first eyes are there, since it reads whole labels: the tags, the map, the histograms. */
  count() {
    if (this.isCounted || this.signal.aborted) return;
    this.isCounted = true;
    this.tags.begin(this.signal);
    this.panel.load();
  }

  /** Other rows are chosen. */
  filter(filters) {
    this.filters = filters;
    this.keep();
    refill(this.problem);
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
      if (error.name === "AbortError") return;
      this.showRows(new Uint32Array(0)); // none rather than others than those asked for
      throw error;
    }
  }

  showRows(rows) {
    const n = rows?.length ?? this.info.n_images;
    this.wall.setRows(rows);
    this.none.hidden = n > 0;
    this.shown.textContent = rows ? `${n.toLocaleString("en")} of ${amount(this.info.n_images, "rows")}` : amount(n, "rows");
  }

  showTags() {
    this.bar.show();
    if (this.details.isOpen) this.details.showTag();
    this.wall.draw();
  }

  open(row) {
    this.wall.isOpened = true;
    this.details.show(row);
  }

  shut() {
    this.wall.isOpened = false;
    this.details.close();
    this.wall.element.focus({ preventScroll: true });
  }

  describe(row) {
    const where = `Row ${row.toLocaleString("en")}`, angles = this.source.marks(row)?.angles;
    const is = `${this.tags.has(row) ? "tagged" : "not tagged"}${this.source.isDamaged(row) ? ", cannot be read" : ""}`;
    return angles ? `${where}, ${is}. ${inWords(angles)}` : `${where}, ${is}`;
  }

  goTo(row) {
    const index = this.wall.rows ? this.wall.rows.indexOf(row) : row;
    if (!Number.isInteger(row) || index < 0 || index >= this.wall.n) {
      this.say(`Row ${row.toLocaleString("en")} is not among those shown.`);
      return;
    }
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
    remember("data", {
      file: this.file, ...written(this.filters), scale: scale === usualScale(this.info) ? null : scale,
      arrows: arrows ? 1 : null, points: points ? 1 : null,
    });
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
        if (state === this.info.state) return;
        this.fail(new StudioError(`${this.file}: has changed while it was shown; reload it.`, 409));
      } catch (error) { this.fail(error); }
    }, { signal: this.signal });
  }

  close() {
    this.source.close();
    this.wall.close();
    this.selecting?.abort();
  }
}
