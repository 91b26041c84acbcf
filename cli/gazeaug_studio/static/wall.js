// The wall: eyes of a file in lines, drawn on a canvas as large as what is seen, over a scroll path of bounded height.
import { eyeBytes, paintEye, drawMarks } from "./eyes.js";
import { coloursOf, watchScheme } from "./colours.js";
import { h } from "./dom.js";
import { Grid } from "./wall_grid.js";
import { takeKeys, takePointer } from "./wall_hands.js";

const FAST_WAIT = 60; // ms: rows are not asked for while one pulls the scroll bar past them

/** A share of the screen that suits eyes of this width. */
export const usualScale = (info) => Math.max(1, Math.min(6, Math.round(110 / info.width)));

export class Wall {
  /**
   * source: an EyeSource; tags: has(row); hooks: onCursor(row), onOpen(row), onTag(rows, isAdded), onEscape(), describe(row) -> text.
   */
  constructor(source, tags, hooks) {
    Object.assign(this, { source, tags, hooks, info: source.info, rows: null, top: 0, cursor: 0, scale: usualScale(source.info) });
    this.shows = { arrows: false, points: false };
    this.isTagging = false;
    this.canvas = h("canvas", { role: "presentation" });
    this.space = h("div.wall-space");
    this.option = h("div.unseen", { id: "wall-row", role: "option" });
    this.element = h("div.wall", {
      tabindex: "0", role: "listbox", "aria-label": "Eyes of the file", "aria-multiselectable": "true", "aria-activedescendant": "wall-row",
    }, this.canvas, this.option, this.space);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.element.addEventListener("scroll", () => this.follow());
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("focus", () => this.draw());
    this.element.addEventListener("blur", () => this.draw());
    takeKeys(this);
    takePointer(this);
    this.observer = new ResizeObserver((entries) => this.measure(entries[0]));
    this.observer.observe(this.canvas);
    this.unwatchScheme = watchScheme(() => { this.colours = null; this.draw(); });
    source.onArrived = () => this.draw();
  }

  get n() { return this.rows?.length ?? this.info.n_images; }

  rowAt(index) { return this.rows ? this.rows[index] : index; }

  /** Show these rows (Uint32Array) in this order; null for all. */
  setRows(rows) {
    this.rows = rows;
    this.cursor = 0;
    this.lay();
    this.scrollTo(0);
    this.tell();
  }

  setScale(scale) {
    const [first] = this.grid ? this.grid.span(this.top) : [0];
    this.scale = Math.max(1, scale);
    this.lay();
    if (this.grid) this.scrollTo(Math.floor(first / this.grid.columns) * this.grid.lineHeight);
  }

  setShows(shows) { Object.assign(this.shows, shows); this.asked = null; this.draw(); }

  /** Move the cursor to a cell and bring it into view. */
  move(index, { centred = false } = {}) {
    if (!this.n || !this.grid) return;
    this.cursor = Math.max(0, Math.min(this.n - 1, index));
    const line = Math.floor(this.cursor / this.grid.columns) * this.grid.lineHeight;
    this.scrollTo(centred ? line - (this.grid.down - this.grid.lineHeight) / 2 : this.grid.showing(this.cursor, this.top));
    this.tell();
  }

  /** Say what is under the cursor. */
  tell() {
    if (!this.n) { this.option.textContent = "no rows"; return; }
    const row = this.rowAt(this.cursor);
    this.option.textContent = this.hooks.describe(row);
    this.option.setAttribute("aria-posinset", this.cursor + 1);
    this.option.setAttribute("aria-setsize", this.n);
    this.option.setAttribute("aria-selected", this.tags.has(row));
    this.hooks.onCursor(row);
    this.draw();
  }

  close() {
    this.isClosed = true;
    this.observer.disconnect();
    this.unwatchScheme();
    clearTimeout(this.asking);
  }

  // What follows: from the size of the element to what is drawn.

  measure(entry) {
    const box = entry.devicePixelContentBoxSize?.[0];
    const across = box?.inlineSize ?? Math.round(entry.contentRect.width * devicePixelRatio);
    const down = box?.blockSize ?? Math.round(entry.contentRect.height * devicePixelRatio);
    if (!across || !down) return;
    this.density = devicePixelRatio;
    this.canvas.width = across;
    this.canvas.height = down;
    this.image = this.context.createImageData(across, down);
    this.out = new Uint32Array(this.image.data.buffer);
    const isFirst = !this.grid;
    this.lay();
    if (isFirst) this.move(this.cursor);
    else this.scrollTo(this.top);
  }

  lay() {
    if (!this.out) return;
    this.factor = Math.max(1, Math.round(this.scale * this.density)); // canvas pixels a picture pixel
    const gutter = Math.round((14 + 7 * this.info.n_images.toLocaleString("en").length) * this.density);
    const made = (gutter) => new Grid({
      n: this.n, across: this.canvas.width, down: this.canvas.height, gap: Math.round(3 * this.density), gutter,
      cellWidth: this.info.width * this.factor, cellHeight: this.info.height * this.factor,
    });
    const [grid, bare] = [made(gutter), made(0)];
    this.grid = grid.columns < 3 && bare.columns > grid.columns ? bare : grid; // a narrow screen has eyes, no row numbers
    const own = this.canvas.height / this.density;
    this.space.style.height = `${Math.max(0, this.grid.height(this.density) - own)}px`;
    this.asked = null;
    this.draw();
  }

  scrollTo(top) {
    if (!this.grid) return;
    this.top = this.grid.bounded(top);
    const path = this.element.scrollHeight - this.element.clientHeight;
    this.element.scrollTop = this.grid.isSqueezed(this.density) ? (this.top / this.grid.range) * path : this.top / this.density;
    this.own = this.element.scrollTop; // as the browser rounded it
    this.draw();
  }

  follow() {
    const at = this.element.scrollTop;
    if (!this.grid || Math.abs(at - this.own) < 1) return;
    const path = this.element.scrollHeight - this.element.clientHeight;
    this.top = this.grid.bounded(this.grid.isSqueezed(this.density) ? (at / path) * this.grid.range : at * this.density);
    this.own = at;
    this.draw();
  }

  /** On a squeezed path a turn of the wheel would leap over lines. */
  wheel(event) {
    if (!this.grid?.isSqueezed(this.density) || event.ctrlKey) return;
    event.preventDefault();
    const unit = [1, 40, this.element.clientHeight][event.deltaMode];
    this.scrollTo(this.top + event.deltaY * unit * this.density);
  }

  draw() {
    if (this.isDrawn || this.isClosed) return;
    this.isDrawn = true;
    requestAnimationFrame(() => { this.isDrawn = false; if (this.grid && !this.isClosed) { this.ask(); this.paint(); } });
  }

  /** Ask for what is seen, then for a screen below and half a one above. */
  ask() {
    const [first, last] = this.grid.span(this.top), [before, after] = this.grid.span(this.top, 0.5, 1);
    if (this.asked?.first === first && this.asked.last === last) return;
    const isFar = this.asked && (first > this.asked.last || last < this.asked.first);
    this.asked = { first, last };
    clearTimeout(this.asking);
    const rows = [[first, last], [last, after], [before, first]]
      .flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from) }, (_, i) => this.rowAt(from + i)));
    const call = () => this.source.need(rows, { marks: this.shows.arrows || this.shows.points });
    if (isFar) this.asking = setTimeout(call, FAST_WAIT);
    else call();
  }

  paint() {
    const { grid, out, info, factor, context, source } = this, [first, last] = grid.span(this.top);
    const colours = this.theme();
    out.fill(0);
    for (let index = first; index < last; index += 1) {
      const pixels = source.pixels(this.rowAt(index));
      if (pixels) paintEye(out, grid.across, grid.down, pixels, info, ...grid.place(index, this.top), factor);
    }
    context.putImageData(this.image, 0, 0);
    context.font = `${Math.round(11.5 * this.density)}px ${colours.mono}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let index = first; index < last; index += 1) this.paintOver(index, colours);
  }

  /** What lies over an eye, and the number of its line. */
  paintOver(index, colours) {
    const { grid, context, density } = this, row = this.rowAt(index), [x, y] = grid.place(index, this.top);
    if (grid.gutter && index % grid.columns === 0) {
      context.fillStyle = colours.soft;
      context.fillText(row.toLocaleString("en"), grid.gutter - Math.round(5 * density), y + Math.min(grid.cellHeight / 2, 20 * density));
    }
    if (this.source.isDamaged(row)) this.paintDamage(x, y, colours);
    else if (!this.source.slots.at.has(row)) { context.fillStyle = colours.card; context.fillRect(x, y, grid.cellWidth, grid.cellHeight); }
    else {
      const marks = this.shows.arrows || this.shows.points ? this.source.marks(row) : null;
      if (marks) drawMarks(context, marks, this.info, x, y, this.factor, this.shows);
    }
    if (this.tags.has(row)) this.paintTag(x, y, colours);
    if (index === this.cursor && this.hasCursor()) this.frame(x, y, colours.ink, 2);
  }

  hasCursor() { return document.activeElement === this.element || this.isOpened; }

  frame(x, y, colour, thick) {
    const width = Math.round(thick * this.density);
    this.context.strokeStyle = colour;
    this.context.lineWidth = width;
    this.context.strokeRect(x - width / 2, y - width / 2, this.grid.cellWidth + width, this.grid.cellHeight + width);
  }

  paintTag(x, y, colours) {
    const size = Math.round(14 * this.density), { context, grid } = this;
    this.frame(x, y, colours.c1, 2);
    context.fillStyle = colours.c1;
    context.beginPath();
    context.moveTo(x + grid.cellWidth - size, y);
    context.lineTo(x + grid.cellWidth, y);
    context.lineTo(x + grid.cellWidth, y + size);
    context.fill();
  }

  paintDamage(x, y, colours) {
    const { context, grid } = this, half = Math.min(grid.cellWidth, grid.cellHeight) * 0.15;
    const [middle, centre] = [x + grid.cellWidth / 2, y + grid.cellHeight / 2];
    context.fillStyle = colours.card;
    context.fillRect(x, y, grid.cellWidth, grid.cellHeight);
    context.strokeStyle = colours.c5;
    context.lineWidth = Math.round(2 * this.density);
    context.beginPath();
    for (const way of [-1, 1]) { context.moveTo(middle - half, centre - way * half); context.lineTo(middle + half, centre + way * half); }
    context.stroke();
  }

  theme() {
    this.colours ??= {
      ...coloursOf(this.element, "ink", "soft", "card", "c1", "c5"), mono: getComputedStyle(this.element).getPropertyValue("--mono"),
    };
    return this.colours;
  }

  /** Bytes that the wall holds, for the benchmark. */
  get heldBytes() { return this.source.slots.block.length + (this.out?.byteLength ?? 0) + eyeBytes(this.info); }
}
