// Numbers of each pair: how much it was changed and how far its iris moved; and the order and choice that they make.
import { StudioError, fetched, get, getBytes, post } from "./api.js";

const FIRST_WAIT = 150, LONGEST_WAIT = 1000; // ms between two looks at the work

/**
 * How much each pair was changed, as it is measured: onValues(values, {done, total}) with grey levels by row of the
 * refined file, NaN where they are not known yet. The work stops when `signal` aborts.
 */
export async function measureChange(first, second, nRows, { signal, onValues }) {
  const values = new Float32Array(nRows).fill(NaN);
  let work = await post("/api/compare/change", { first, second }, { signal });
  const { id } = work;
  // The page is left: nobody is there to be told that stopping failed, and unasked work stops by itself.
  const stop = () => { if (work.done < work.total) post("/api/compare/change/stop", { id }, { keepalive: true }).catch(() => {}); };
  signal.addEventListener("abort", stop);
  for (let from = 0, wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 1.5)) {
    const answer = await fetched("/api/compare/change/values", { id, from }, { signal });
    const found = new Float32Array(await answer.arrayBuffer());
    values.set(found, from);
    from = Number(answer.headers.get("X-Next"));
    onValues(values, work);
    if (work.problem) throw new StudioError(work.problem, 409);
    if (work.done === work.total && from === nRows) return values;
    if (work.done < work.total) await new Promise((resolve) => { setTimeout(resolve, wait); });
    signal.throwIfAborted();
    work = await get("/api/compare/change", { id }, { signal });
    const isStopped = !work.is_running && !work.problem && work.done < work.total; // by another tab, say
    if (isStopped) work = await post("/api/compare/change", { first, second }, { signal });
  }
}

/** How far irises moved, pixels by row of a refined file; null where the file does not say. */
export async function fetchDrift(file, signal) {
  try {
    return new Float32Array((await getBytes("/api/compare/drift", { file }, { signal })).buffer);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Values by pair of values by row. */
export function byPair(values, rows) {
  return rows ? Float32Array.from(rows, (row) => values[row]) : values;
}

const PLACES = 2 ** 22; // pairs that fit beside the bits of a value in a double

/** Numbers of the pairs by their values, which are 0 or more; those without a value come last, ties by number. */
export function sorted(pairs, values, isDescending) {
  if (values.length > PLACES) {
    const sign = isDescending ? -1 : 1, of = (pair) => (Number.isNaN(values[pair]) ? Infinity : sign * values[pair]);
    return pairs.sort((a, b) => (of(a) === of(b) ? a - b : of(a) - of(b)));
  }
  // Positive floats are ordered as their bits are; sorting doubles natively is ten times as fast as comparing in a function.
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length), last = 2 ** 31 - 1, infinite = 0x7f800000;
  const keys = Float64Array.from(pairs, (pair) => {
    const rank = Number.isNaN(values[pair]) ? last : isDescending ? infinite - bits[pair] : bits[pair];
    return rank * PLACES + pair;
  }).sort();
  return Uint32Array.from(keys, (key) => key % PLACES);
}

/** Pairs in the order asked for, of those within all ranges; null for all of them as they stand. */
export function chosenPairs(n, { by, isDescending, ranges, measures }) {
  const limits = Object.entries(ranges).filter(([name, range]) => range && measures[name]);
  const values = measures[by];
  if (!limits.length && !values) return null;
  const isIn = (pair) => limits.every(([name, [low, high]]) => measures[name][pair] >= low && measures[name][pair] <= high);
  const pairs = Uint32Array.from({ length: n }, (_, pair) => pair).filter(limits.length ? isIn : () => true);
  return values ? sorted(pairs, values, isDescending) : pairs;
}

/** Counts of values between the lowest and the highest, for a histogram. */
export function counted(values, nBins = 48) {
  let low = Infinity, high = -Infinity, n = 0;
  for (const value of values) if (!Number.isNaN(value)) { n += 1; if (value < low) low = value; if (value > high) high = value; }
  const found = { low: n ? low : null, high: n ? high : null, counts: Array(nBins).fill(0), n_missing: values.length - n };
  const width = (high - low) / nBins || 1;
  for (const value of values) if (!Number.isNaN(value)) found.counts[Math.min(nBins - 1, Math.floor((value - low) / width))] += 1;
  return found;
}
