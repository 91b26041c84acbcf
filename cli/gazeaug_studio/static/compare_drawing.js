// How two pictures are shown as one: wiped, faded, or as their difference; and the part of them that is seen.
import { drawEye } from "./eyes.js";

const MOST_FACTOR = 64;
const GREY = 128;

/** Grey levels that changed, times `scale`: around mid grey, or as distances from black. */
function differenceOf(before, after, { scale, isAbsolute }) {
  const out = new Uint8ClampedArray(before.length);
  for (let i = 0; i < out.length; i += 1) {
    const change = (after[i] - before[i]) * scale;
    out[i] = isAbsolute ? Math.abs(change) : GREY + change;
  }
  return out;
}

/** What is seen of a picture, alike in all panes: a whole factor, and the picture's place in the middle. */
export class Zoom {
  constructor(info) { Object.assign(this, { info, fit: 1, factor: 1, across: 1, down: 1, x: info.width / 2, y: info.height / 2 }); }

  /** Make the panes as large as whole pixels allow in some canvas pixels. */
  fitIn(across, down) {
    const { width, height } = this.info, wasFit = this.factor === this.fit;
    this.fit = Math.max(1, Math.min(Math.floor(across / width), Math.floor(down / height)));
    this.across = Math.min(across, width * this.fit);
    this.down = Math.min(Math.max(down, 1), height * this.fit);
    this.set(wasFit ? this.fit : this.factor);
  }

  get isFit() { return this.factor === this.fit; }

  /** Left and top of the picture in a pane. */
  get origin() { return [Math.round(this.across / 2 - this.x * this.factor), Math.round(this.down / 2 - this.y * this.factor)]; }

  /** Another factor; the place (x, y) of the pane keeps its pixel. */
  set(factor, x = this.across / 2, y = this.down / 2) {
    const next = Math.max(this.fit, Math.min(Math.max(MOST_FACTOR, this.fit), factor)), [left, top] = this.origin;
    const pictureX = (x - left) / this.factor, pictureY = (y - top) / this.factor;
    this.factor = next;
    this.place(pictureX - (x - this.across / 2) / next, pictureY - (y - this.down / 2) / next);
  }

  /** The next larger or smaller factor. */
  step(direction, x, y) {
    const step = Math.max(1, Math.round(this.factor / 4));
    this.set(this.factor + direction * step, x, y);
  }

  /** Move by canvas pixels. */
  pan(across, down) { this.place(this.x - across / this.factor, this.y - down / this.factor); }

  place(x, y) {
    const bounded = (value, length, seen) => (length <= seen ? length / 2 : Math.max(seen / 2, Math.min(length - seen / 2, value)));
    this.x = bounded(x, this.info.width, this.across / this.factor);
    this.y = bounded(y, this.info.height, this.down / this.factor);
  }
}

/** Draw one or two pictures in a pane; amount: share of the pane before the wipe, or opacity of the second. */
export function paintPane(context, sides, info, zoom, { mode, amount, scale, isAbsolute }, line) {
  const { across, down } = context.canvas.width ? { across: context.canvas.width, down: context.canvas.height } : zoom;
  const eye = (pixels) => drawEye(context, pixels, info, ...zoom.origin, zoom.factor);
  context.clearRect(0, 0, across, down);
  const [first, second] = sides;
  if (mode === "difference") { eye(differenceOf(first, second, { scale, isAbsolute })); return; }
  eye(first);
  if (!second) return;
  context.save();
  if (mode === "fade") { context.globalAlpha = amount; eye(second); context.restore(); return; }
  const split = Math.round(amount * across);
  context.beginPath();
  context.rect(split, 0, across - split, down);
  context.clip();
  eye(second);
  context.restore();
  context.fillStyle = line;
  context.fillRect(split - 1, 0, 2, down);
}
