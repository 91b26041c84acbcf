// Rows of an eye file as the page has them: fetched in slabs, kept in a cache of a fixed size, given up when scrolled past.
import { StudioError, get, getBytes } from "./api.js";
import { eyeBytes } from "./eye_drawing.js";

export { drawEye, drawMarks, eyeBytes, paintEye } from "./eye_drawing.js";

const CACHE_BYTES = 12 << 20;
const SLAB_BYTES = 256 << 10;
const MOST_LISTED = 256; // rows of one request that names them
const MOST_AT_ONCE = 4; // a browser opens six connections to a server
const MOST_MARKS = 8192;

/** What a file says of itself. */
export const eyeFile = (file, signal) => get("/api/eyes", { file }, { signal });

/** Pixels of some rows, in their order. */
export async function eyesOf(file, info, rows, signal) {
  const most = info.most_rows ?? MOST_LISTED, size = eyeBytes(info), found = [];
  for (let at = 0; at < rows.length; at += most) {
    const some = rows.slice(at, at + most);
    const data = await getBytes("/api/eyes/rows", { file, rows: some.join(",") }, { signal });
    some.forEach((_, i) => found.push(data.subarray(i * size, (i + 1) * size)));
  }
  return found;
}

/** So many rows from all over a file. */
export const spreadRows = (n, nImages) => Array.from({ length: n }, (_, i) => Math.floor((i * nImages) / n));

/** Marks of the i-th row of an answer of /api/eyes/marks: {look, angles, points}. */
export function marksIn(found, i = 0) {
  const points = Object.entries(found.points).map(([name, places]) => [name, places[i]]);
  return { look: found.look_vec?.[i] ?? null, angles: found.angles?.[i] ?? null, points: Object.fromEntries(points) };
}

/** A cache of pixels: one block of memory with a slot a row; the row that was used longest ago makes room. */
class Slots {
  constructor(size, n) { this.size = size; this.block = new Uint8Array(size * n); this.n = n; this.at = new Map(); }

  get(row) {
    const slot = this.at.get(row);
    if (slot === undefined) return null;
    this.at.delete(row);
    this.at.set(row, slot);
    return this.block.subarray(slot * this.size, (slot + 1) * this.size);
  }

  put(row, pixels) {
    let slot = this.at.get(row);
    if (slot === undefined) {
      if (this.at.size < this.n) slot = this.at.size;
      else { const [oldest, freed] = this.at.entries().next().value; this.at.delete(oldest); slot = freed; }
    }
    this.at.delete(row);
    this.at.set(row, slot);
    this.block.set(pixels, slot * this.size);
  }

  /** At least so many slots; what was cached is kept. */
  reserve(n) {
    if (n <= this.n) return;
    const block = new Uint8Array(this.size * n);
    block.set(this.block);
    this.block = block;
    this.n = n;
  }
}

/** Groups of rows that are fetched by one request each: whole slabs where much of them is missing, else lists. */
function requestsFor(rows, slab, { n_images: nImages, most_rows: mostRows = MOST_LISTED }) {
  const most = Math.min(MOST_LISTED, mostRows);
  const slabs = new Map();
  for (const row of rows) {
    const at = Math.floor(row / slab);
    if (!slabs.has(at)) slabs.set(at, []);
    slabs.get(at).push(row);
  }
  const found = [];
  let listed = [];
  for (const [at, missing] of slabs) {
    const start = at * slab, stop = Math.min(nImages, start + slab);
    if (missing.length * 4 >= stop - start) {
      found.push({ start, stop, rows: Array.from({ length: stop - start }, (_, i) => start + i) });
      continue;
    }
    listed.push(...missing);
    while (listed.length >= most) found.push({ rows: listed.splice(0, most) });
  }
  if (listed.length) found.push({ rows: listed });
  return found;
}

/** Rows of a slab: whole chunks of the file, so that no chunk is decompressed twice. */
function slabRows(info) {
  const wanted = Math.max(1, Math.min(info.most_rows ?? MOST_LISTED, Math.floor(SLAB_BYTES / eyeBytes(info))));
  const chunk = Math.max(1, info.rows_per_chunk);
  if (chunk <= wanted) return Math.floor(wanted / chunk) * chunk;
  return Math.ceil(chunk / Math.ceil(chunk / wanted));
}

/** The rows of a file. `onArrived()` is called when rows came; `onProblem(error)` when some cannot be read. */
export class EyeSource {
  constructor(file, info, { cacheBytes = CACHE_BYTES } = {}) {
    this.file = file;
    this.info = info;
    this.slab = slabRows(info);
    this.slots = new Slots(eyeBytes(info), Math.max(2 * this.slab, 64, Math.floor(cacheBytes / eyeBytes(info))));
    this.known = new Map(); // marks by row
    this.damaged = new Set();
    this.waiting = []; // requests in order
    this.running = new Set();
    this.onArrived = () => {};
    this.onProblem = () => {};
  }

  /** Pixels of a row, or null where they are not here yet. A view: use it before anything else is fetched. */
  pixels(row) { return this.slots.get(row); }

  /** Marks of a row: {look, angles, points}, or null where they are not here yet. */
  marks(row) { return this.known.get(row) ?? null; }

  /** Whether a row could not be read. */
  isDamaged(row) { return this.damaged.has(row); }

  /** Fetch these rows, most wanted first, and give up those that nobody needs any more. */
  need(rows, { marks = false } = {}) {
    const wanted = new Set(rows);
    this.slots.reserve(rows.length + 2 * this.slab);
    for (const one of this.running) if (!one.rows.some((row) => wanted.has(row))) one.controller.abort();
    const coming = { pixels: new Set(), marks: new Set() };
    for (const one of this.running) if (!one.controller.signal.aborted) for (const row of one.rows) coming[one.kind].add(row);
    const missing = rows.filter((row) => !this.slots.at.has(row) && !coming.pixels.has(row) && !this.damaged.has(row));
    this.waiting = requestsFor(missing, this.slab, this.info).map((one) => ({ ...one, kind: "pixels" }));
    if (marks) {
      const unknown = rows.filter((row) => !this.known.has(row) && !coming.marks.has(row) && !this.damaged.has(row));
      for (let at = 0; at < unknown.length; at += MOST_LISTED) {
        this.waiting.push({ rows: unknown.slice(at, at + MOST_LISTED), kind: "marks" });
      }
    }
    this.proceed();
  }

  /** Stop; nothing is called any more. */
  close() {
    this.onArrived = this.onProblem = () => {};
    this.waiting = [];
    for (const one of this.running) one.controller.abort();
  }

  proceed() {
    while (this.waiting.length && this.running.size < MOST_AT_ONCE) this.run(this.waiting.shift());
  }

  async run(one) {
    one.controller = new AbortController();
    this.running.add(one);
    try {
      await (one.kind === "pixels" ? this.fetchPixels(one) : this.fetchMarks(one));
      this.onArrived();
    } catch (error) {
      if (error.name !== "AbortError") this.fail(one, error);
    } finally {
      this.running.delete(one);
      this.proceed();
    }
  }

  selection({ start, stop, rows }) {
    const { file, info: { state } } = this; // with another state of the file the server answers 409
    return stop === undefined ? { file, state, rows: rows.join(",") } : { file, state, start, stop };
  }

  async fetchPixels(one) {
    this.take(one, await getBytes("/api/eyes/rows", this.selection(one), { signal: one.controller.signal }));
  }

  take(one, data) {
    const size = eyeBytes(this.info);
    one.rows.forEach((row, i) => this.slots.put(row, data.subarray(i * size, (i + 1) * size)));
  }

  async fetchMarks(one) {
    const found = await get("/api/eyes/marks", this.selection(one), { signal: one.controller.signal });
    one.rows.forEach((row, i) => {
      if (this.known.size >= MOST_MARKS) this.known.delete(this.known.keys().next().value);
      this.known.set(row, marksIn(found, i));
    });
  }

  /** A row that cannot be read spoils a request: try each chunk by itself, then mark what stays unreadable. */
  fail(one, error) {
    const isData = error instanceof StudioError && (error.status === 422 || error.status === 500);
    if (isData && one.kind === "pixels") {
      const chunks = Map.groupBy(one.rows, (row) => Math.floor(row / this.info.rows_per_chunk));
      if (chunks.size > 1) { this.waiting.unshift(...[...chunks.values()].map((rows) => ({ rows, kind: "pixels" }))); return; }
      for (const row of one.rows) this.damaged.add(row);
      this.onArrived();
    }
    this.onProblem(error);
  }
}
