// What changes how a pair is shown: buttons, one slider for the mode at hand, and keys for all of it.
import { announce, h, refill } from "./dom.js";
import { MODES } from "./compare_view.js";

const SCALES = [1, 2, 4, 8, 16];
const PAN = 4; // picture pixels a key moves

const toggle = (text, onclick, title) => h("button", { type: "button", "aria-pressed": "false", onclick, title }, text);
const press = (button, is) => button.setAttribute("aria-pressed", String(is));

export class PairControls {
  /** `view`: a PairView; `onMove(step)` asks for another pair; `onChange()` after the state changed. */
  constructor(view, { onMove, onChange }) {
    Object.assign(this, { view, state: view.state, onMove, onChange });
    this.modes = Object.entries(MODES).map(([mode, text], i) => [mode, toggle(text, () => this.setMode(mode), `Key ${i + 1}`)]);
    this.swap = toggle("Swap", () => this.blink(), "Space");
    this.arrows = toggle("Gaze", () => this.flip("arrows"), "Key g");
    this.points = toggle("Landmarks", () => this.flip("points"), "Key l");
    this.out = h("button", { type: "button", "aria-label": "Smaller", title: "Key -", onclick: () => view.zoomBy(-1) }, "−");
    this.in = h("button", { type: "button", "aria-label": "Larger", title: "Key +", onclick: () => view.zoomBy(1) }, "+");
    this.fit = h("button", { type: "button", title: "Key 0", onclick: () => view.zoomToFit() }, "Fit");
    this.factor = h("output", { "aria-label": "Zoom" });
    const setShare = () => this.setShare(Number(this.share.value) / 100);
    this.share = h("input", { type: "range", min: "0", max: "100", id: "pair-amount", oninput: setShare });
    this.shareLabel = h("label", { for: "pair-amount" });
    this.scale = h("select", { id: "pair-scale", onchange: () => this.set("scale", Number(this.scale.value)) },
      SCALES.map((scale) => h("option", { value: String(scale) }, `${scale}×`)));
    this.absolute = toggle("Absolute", () => this.flip("isAbsolute"), "Without its sign: black is no change");
    this.hint = h("p.soft.pair-hint");
    this.shareBox = h("div.pair-amount", {}, this.shareLabel, this.share);
    this.scaleBox = h("div.pair-amount", {}, h("label", { for: "pair-scale" }, "Difference"), this.scale, this.absolute);
    this.element = h("div.pair-controls", { role: "group", "aria-label": "How the pair is shown" },
      h("div.joined", { role: "group", "aria-label": "Mode" }, this.modes.map(([, button]) => button)),
      h("div.joined", { role: "group", "aria-label": "Zoom" }, this.out, this.in, this.fit), this.factor,
      h("div.joined", { role: "group", "aria-label": "Over the pictures" }, this.arrows, this.points), this.swap);
    this.below = h("div.pair-below", {}, this.shareBox, this.scaleBox, this.hint);
    this.sync();
  }

  /** Show the state on the buttons. */
  sync() {
    const { state, view } = this, isFade = state.mode === "fade";
    for (const [mode, button] of this.modes) press(button, mode === state.mode);
    press(this.swap, state.isSwapped);
    press(this.arrows, state.arrows);
    press(this.points, state.points);
    press(this.absolute, state.isAbsolute);
    this.shareBox.hidden = state.mode !== "slider" && !isFade;
    this.scaleBox.hidden = state.mode !== "difference";
    this.shareLabel.textContent = isFade ? "Opacity of the second" : "Slider";
    this.share.value = String(Math.round(100 * (isFade ? state.opacity : state.wipe)));
    this.share.setAttribute("aria-valuetext", `${this.share.value} %`);
    this.scale.value = String(state.scale);
    const said = `${view.zoom.factor / (view.density ?? 1)}×`;
    if (this.factor.value !== said) this.factor.value = said;
    this.out.disabled = this.fit.disabled = view.zoom.isFit;
    refill(this.hint, this.hintOf());
  }

  hintOf() {
    const difference = this.state.isAbsolute ? "Black: no change." : "Mid grey: no change. Brighter: the second file is brighter.";
    const slider = "Drag on the picture, or move the slider.";
    return { side: "Space swaps the pictures.", slider, fade: "", difference }[this.state.mode];
  }

  changed() { this.sync(); this.view.refresh(); this.onChange(); }

  set(name, value) { this.state[name] = value; this.changed(); }

  flip(name) {
    this.set(name, !this.state[name]);
    announce(`${{ arrows: "Gaze", points: "Landmarks", isAbsolute: "Absolute difference" }[name]} ${this.state[name] ? "on" : "off"}`);
  }

  setMode(mode) { this.set("mode", mode); announce(MODES[mode]); }

  setShare(share) { this.set(this.state.mode === "fade" ? "opacity" : "wipe", share); }

  blink() { this.set("isSwapped", !this.state.isSwapped); announce(this.state.isSwapped ? "Swapped" : "Not swapped"); }

  /** Keys anywhere on the page but in fields; Space and Enter press the button that has the focus. */
  takeKeys(element, signal) {
    const keys = {
      ArrowLeft: (event) => (event.shiftKey ? this.view.panBy(-PAN, 0) : this.onMove(-1)),
      ArrowRight: (event) => (event.shiftKey ? this.view.panBy(PAN, 0) : this.onMove(1)),
      ArrowUp: (event) => event.shiftKey && this.view.panBy(0, -PAN),
      ArrowDown: (event) => event.shiftKey && this.view.panBy(0, PAN),
      "+": () => this.view.zoomBy(1), "=": () => this.view.zoomBy(1), "-": () => this.view.zoomBy(-1), 0: () => this.view.zoomToFit(),
      g: () => this.flip("arrows"), l: () => this.flip("points"), " ": () => this.blink(),
    };
    Object.keys(MODES).forEach((mode, i) => { keys[i + 1] = () => this.setMode(mode); });
    element.addEventListener("keydown", (event) => {
      const isOther = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey;
      if (isOther || !(event.key in keys) || event.target.closest("input, select, textarea, pre, [role=listbox]")) return;
      if (event.key === " " && event.target.closest("button, a, summary")) return;
      if (keys[event.key](event) !== false) event.preventDefault();
    }, { signal });
  }
}
