// Where the eyes of a wall stand, and how far the scroll bar reaches. Lengths are device pixels where not said otherwise.

const MOST_HEIGHT = 6_000_000; // CSS pixels; browsers cut taller elements (Firefox at 17.9 million, less at high density)

/** Lines of cells from left to right behind a gutter with row numbers. */
export class Grid {
  constructor({ n, across, down, cellWidth, cellHeight, gap, gutter }) {
    Object.assign(this, { n, across, down, cellWidth, cellHeight, gap, gutter });
    this.columns = Math.max(1, Math.floor((across - gutter - gap) / (cellWidth + gap)));
    this.lines = Math.ceil(n / this.columns);
    this.lineHeight = cellHeight + gap;
    this.total = this.lines * this.lineHeight + gap;
    this.range = Math.max(0, this.total - down); // of `top`
  }

  /** Left and top of a cell on the screen, when the wall is scrolled by `top`. */
  place(index, top) {
    const line = Math.floor(index / this.columns);
    return [this.gutter + this.gap + (index % this.columns) * (this.cellWidth + this.gap), this.gap + line * this.lineHeight - top];
  }

  /** The cell at a place of the screen, or -1. */
  at(x, y, top) {
    const column = Math.floor((x - this.gutter - this.gap) / (this.cellWidth + this.gap));
    const line = Math.floor((y + top - this.gap) / this.lineHeight);
    const index = line * this.columns + column;
    return column >= 0 && column < this.columns && line >= 0 && index < this.n ? index : -1;
  }

  /** First and last + 1 of the cells in view, with so many screens above and below. */
  span(top, above = 0, below = 0) {
    const first = Math.floor((top - above * this.down) / this.lineHeight);
    const last = Math.ceil((top + (1 + below) * this.down) / this.lineHeight);
    return [Math.min(this.n, Math.max(0, first * this.columns)), Math.max(0, Math.min(this.n, last * this.columns))];
  }

  /** Where to scroll so that a cell is seen, as little as it takes. */
  showing(index, top) {
    const begin = Math.floor(index / this.columns) * this.lineHeight;
    const end = begin + this.lineHeight + this.gap;
    return this.bounded(begin < top ? begin : end > top + this.down ? end - this.down : top);
  }

  bounded(top) { return Math.round(Math.max(0, Math.min(this.range, top))); }

  /** Height of the scrolled content in CSS pixels. */
  height(density) { return Math.min(MOST_HEIGHT, this.total / density); }

  /** Whether a pixel of the scroll bar's path stands for more than a pixel of the wall. */
  isSqueezed(density) { return this.total / density > MOST_HEIGHT; }
}
