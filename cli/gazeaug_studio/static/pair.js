// The two eye files of a training: chosen, shown, and what `train` says of the pair.
import { get } from "./api.js";
import { amount, announce, h, refill } from "./dom.js";
import { drawEye, eyesOf, spreadRows } from "./eyes.js";
import { inWords } from "./folder.js";
import { commandLine, fileField } from "./forms.js";
import { showError } from "./main.js";

const N_SHOWN = 8, SMALL = 100, LARGEST = 4; // eyes; pixels of a small one; enlargement

/** One of the two files: a field, a strip of its eyes, its size. */
function side(label, text, value, onChange, signal) {
  const canvas = h("canvas.pixels", { role: "img", width: 1, height: 1, hidden: true }), facts = h("p.soft");
  const field = fileField({ label, kinds: ["eyes"], value, onChange: (name) => { show(name); onChange(name); } });
  const strip = h("div.pair-strip", {}, canvas);
  const element = h("section.card.side-of-pair", {}, field, h("p.soft", {}, text), strip, facts);
  let turn = 0, eyes = null;

  async function show(name) {
    const mine = turn += 1;
    eyes = null;
    canvas.hidden = true;
    refill(facts, name ? "" : "No file is chosen.");
    if (!name) return;
    try {
      const info = await get("/api/eyes", { file: name }, { signal });
      const some = await eyesOf(name, info, spreadRows(Math.min(N_SHOWN, info.n_images), info.n_images), signal);
      if (mine !== turn || signal.aborted) return;
      eyes = { some, info };
      draw(canvas, eyes, strip.clientWidth);
      canvas.setAttribute("aria-label", `Eyes of ${name}, from its beginning to its end`);
      refill(facts, `${inWords({ kind: "eyes", facts: { ...info, gaze: Boolean(info.gaze) } })}${info.made_by?.[0] ? `; ${info.made_by[0]}` : ""}`);
    } catch (error) {
      if (mine === turn && !signal.aborted) refill(facts, error.message);
    }
  }
  const watcher = new ResizeObserver(() => { if (eyes) draw(canvas, eyes, strip.clientWidth); });
  watcher.observe(strip);
  show(value);
  return { element, set(name) { field.set(name); show(name); }, stop: () => watcher.disconnect() };
}

/** Rows of four eyes, or of two where there is little room, in whole pixels. */
function draw(canvas, { some, info }, room) {
  const { width, height } = info, n = some.length, least = width < SMALL ? 2 : 1;
  const across = Math.max(1, Math.min(n, [4, 2, 1].find((count) => count * width * least <= room) ?? 1));
  const shown = Math.min(n, 2 * across), down = Math.ceil(shown / across);
  const scale = Math.min(LARGEST, Math.max(1, Math.floor(room / (width * across))));
  Object.assign(canvas, { width: across * width, height: down * height, hidden: false });
  const context = canvas.getContext("2d");
  for (let i = 0; i < shown; i += 1) {
    drawEye(context, some[Math.floor((i * n) / shown)], info, (i % across) * width, Math.floor(i / across) * height, 1);
  }
  canvas.style.width = `${across * width * scale}px`;
  canvas.style.height = `${down * height * scale}px`;
}

/** Both files and the check: {element, files(), stop()}; onChange(files) when another one is chosen. */
export function choosePair(items, chosen, { onChange, signal }) {
  const files = { ...chosen };
  const choose = (name) => (value) => { files[name] = value; onChange(files); check(); };
  const sides = {
    synthetic: side("Rendered eyes", "With gaze labels. The refiner makes them look real.", files.synthetic, choose("synthetic"), signal),
    real: side("Real eyes", "They need no labels. The rendered eyes will look like these.", files.real, choose("real"), signal),
  };
  const said = h("div.pair-said", { role: "status" });
  let asking = null;

  async function check() {
    asking?.abort();
    if (!files.synthetic || !files.real) { refill(said, h("p.note", {}, "Choose both files. Then the pair is checked.")); return; }
    asking = new AbortController();
    const { signal: mine } = asking;
    refill(said, h("p.soft.checking", {}, "Checking the pair. This takes a few seconds."));
    try {
      tell(await get("/api/pair", files, { signal: mine }));
    } catch (error) {
      if (!mine.aborted) showError(said, error);
    }
  }

  function tell(found) {
    const { findings, remarks } = found, n = findings.length + remarks.length;
    const outcome = found.sentence ? null
      : n ? h("p", {}, h("b", {}, `${amount(n, "remarks")} on this pair.`), " You can train on it.")
        : h("p", {}, h("b.fine", {}, "No problem found."), " You can train on this pair.");
    refill(said, h("h3", {}, "Check of the pair"),
      found.sentence && h("p.problem", { role: "alert" }, found.sentence),
      found.sentence && /swapped/.test(found.sentence) && h("div.bar", {}, h("button", { type: "button", onclick: swap }, "Swap the two files")),
      outcome, findings.map((one) => h("p.note.finding", {}, h("b", {}, one.name), `: ${one.text}. `,
        h("span.soft", {}, `What helps: ${one.remedy}.`))),
      remarks.map((text) => h("p.note", {}, `${text}.`)),
      found.sets.length > 0 && h("ul.lines", {}, found.sets.map((text) => h("li", {}, text)),
        h("li", {}, `${found.height} × ${found.width} pixels; ${amount(found.n_trained, "real pictures")} to train with, ${found.n_held_out.toLocaleString("en")} held out`)),
      commandLine(found.line));
    announce(found.sentence ?? (n ? `${amount(n, "remarks")} on the pair` : "No problem found in the pair"));
  }

  function swap() {
    [files.synthetic, files.real] = [files.real, files.synthetic];
    for (const name of ["synthetic", "real"]) sides[name].set(files[name]);
    onChange(files);
    check();
  }
  check();
  const stop = () => { asking?.abort(); sides.synthetic.stop(); sides.real.stop(); };
  return { element: h("div", {}, h("div.two.pair", {}, sides.synthetic.element, sides.real.element), said), files: () => files, stop };
}
