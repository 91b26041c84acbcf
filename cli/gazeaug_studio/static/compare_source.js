// Pictures of pairs: the rows of two or three files that go together. To a wall it is a source of pairs side by side.
import { get, getBytes } from "./api.js";
import { EyeSource, eyeBytes, eyeFile, marksIn } from "./eyes.js";

const CACHE_BYTES = 8 << 20;
const MOST_FITTED = 256; // rows of one request, as the server has it

/** Rendered rows as they are in the size of the refined ones. */
class FittedSource extends EyeSource {
  constructor(file, info, like) {
    super(file, info, { cacheBytes: CACHE_BYTES });
    this.like = like;
    this.slab = Math.min(this.slab, MOST_FITTED);
  }

  async fetchPixels(one) {
    const { file, ...rows } = this.selection(one);
    this.take(one, await getBytes("/api/compare/fitted", { first: file, second: this.like, ...rows }, { signal: one.controller.signal }));
  }
}

/** Which rows of each file make a pair; null where pair i is row i of all. */
async function rowsOf(names, facts, signal) {
  if (facts.in_order) return null;
  const { buffer } = await getBytes("/api/compare/rows", namesInAddress(names), { signal });
  return names.map((_, k) => new Uint32Array(buffer, 4 * k * facts.n_pairs, facts.n_pairs));
}

/** Files as the addresses of comparing take them. */
export const namesInAddress = ([first, second, third]) => ({ first, second, third });

export class PairSource {
  /** Of files that go together, the rendered one first; `facts` as /api/compare/pair has them. */
  static async open(names, facts, signal) {
    const [rows, ...infos] = await Promise.all([rowsOf(names, facts, signal), ...names.map((name) => eyeFile(name, signal))]);
    return new PairSource(names, facts, rows, infos);
  }

  constructor(names, facts, rows, infos) {
    Object.assign(this, { names, facts, rows, infos, focused: null, listed: [] });
    this.onArrived = this.onFocusArrived = this.onProblem = () => {};
    this.eye = { ...infos[1], height: facts.height, width: facts.width };
    this.info = { ...this.eye, width: facts.width * names.length, n_images: facts.n_pairs };
    this.sources = names.map((name, k) => (k === 0 && facts.is_resized
      ? new FittedSource(name, { ...infos[0], height: facts.height, width: facts.width }, names[1])
      : new EyeSource(name, infos[k], { cacheBytes: CACHE_BYTES })));
    for (const source of this.sources) {
      source.onArrived = () => { this.onArrived(); this.onFocusArrived(); };
      source.onProblem = (error) => this.onProblem(error);
    }
    this.beside = new Uint8Array(eyeBytes(this.info));
    this.slots = { at: { has: (pair) => this.isHere(pair) }, block: { length: this.beside.length } };
  }

  get n() { return this.facts.n_pairs; }

  /** The row of a pair in file k. */
  row(k, pair) { return this.rows ? this.rows[k][pair] : pair; }

  /** The pair that a row of the first refined file is in; the next one where it is in none. */
  pairOf(row) {
    if (!this.rows) return Math.max(0, Math.min(this.n - 1, row));
    let low = 0, high = this.n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[1][middle] < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  isHere(pair) { return this.sources.every((source, k) => source.slots.at.has(this.row(k, pair))); }

  isDamaged(pair) { return this.sources.some((source, k) => source.isDamaged(this.row(k, pair))); }

  /** Pixels of one side of a pair, null where they are not here yet. */
  side(k, pair) { return this.sources[k].pixels(this.row(k, pair)); }

  /** Pixels of a pair, side by side. A view: use it before the next one is asked for. */
  pixels(pair) {
    const sides = this.sources.map((_, k) => this.side(k, pair));
    if (sides.some((side) => !side)) return null;
    const line = this.eye.width * this.eye.channels;
    for (let y = 0; y < this.eye.height; y += 1) {
      sides.forEach((side, k) => this.beside.set(side.subarray(y * line, (y + 1) * line), (y * sides.length + k) * line));
    }
    return this.beside;
  }

  marks() { return null; }

  /** Gaze and points of both sides of a pair; of resized pictures, those of the refined side. */
  async marksOf(pair, signal) {
    const sides = this.names.map((_, k) => (k === 0 && this.facts.is_resized ? 1 : k));
    const found = await Promise.all(sides.map((k) => get("/api/eyes/marks", { file: this.names[k], rows: this.row(k, pair) }, { signal })));
    return found.map((side) => marksIn(side));
  }

  /** What a wall wants to show. */
  need(pairs) { this.listed = pairs; this.ask(); }

  /** What is shown large, and what may come next. */
  focus(pairs) { this.focused = pairs; this.ask(); }

  ask() {
    const pairs = [...(this.focused ?? []), ...this.listed];
    this.sources.forEach((source, k) => source.need(pairs.map((pair) => this.row(k, pair))));
  }

  close() { for (const source of this.sources) source.close(); }
}
