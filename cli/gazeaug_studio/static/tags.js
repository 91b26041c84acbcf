// Tagged rows: kept by the server with the folder, so that a reload and another browser see them.
import { getBytes, post } from "./api.js";

const MOST_SENT = 100_000; // rows of a request
const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);

/** The tags of a file, a bit a row as the server keeps them; `onChange()` when they changed. */
export class Tags {
  constructor(file, info, { onChange, onProblem }) {
    Object.assign(this, { file, state: info.state, onChange, onProblem, n: 0, note: null, isLoaded: false, last: Promise.resolve() });
    this.bits = new Uint8Array(Math.ceil(info.n_images / 8));
  }

  has(row) { return ((this.bits[row >> 3] >> (row & 7)) & 1) === 1; }

  /** Read what the server has; what is tagged meanwhile waits for it, since it would be overwritten. */
  begin(signal) {
    this.last = this.load(signal).catch((error) => this.onProblem(error)).then(() => { this.isLoaded = true; });
  }

  /** What the server has. */
  async load(signal) {
    this.bits = await getBytes("/api/eyes/tags", { file: this.file, bits: 1 }, { signal });
    this.n = this.bits.reduce((sum, byte) => sum + ONES[byte], 0);
    this.onChange();
  }

  /** Tag rows, or take their tags away. Shown at once, sent one after the other. */
  set(rows, isAdded) {
    if (!this.isLoaded) { this.last.then(() => this.set(rows, isAdded)); return; }
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
