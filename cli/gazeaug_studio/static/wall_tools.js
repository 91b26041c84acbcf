// The tools above the wall: size of the eyes, marks, tagging by click, going to a row.
import { announce, h } from "./dom.js";

const SCALES = [1, 2, 3, 4, 6, 8];
export const LARGEST = 16;

/** A toolbar; `set({scale | arrows | points})` shows, `tagging(isOn)` and `goTo(row)` act; `more` stands at its end. */
export function wallTools(info, shown, { set, tagging, goTo }, more) {
  return h("div.bar", { role: "group", "aria-label": "How the eyes are shown" }, scales(shown.scale, set),
    toggle("Gaze", shown.arrows, (arrows) => set({ arrows }), !info.gaze),
    toggle("Landmarks", shown.points, (points) => set({ points }), !info.points.length),
    toggle("Tag by click", false, (isOn) => {
      tagging(isOn);
      announce(isOn ? "A click tags; drag to tag several" : "A click shows the row");
    }),
    rowField(info, goTo), more);
}

function scales(now, set) {
  const all = [...new Set([...SCALES, now])].sort((a, b) => a - b);
  return h("select", { "aria-label": "Size of the eyes", title: "Size of the eyes", onchange: (event) => set({ scale: Number(event.target.value) }) },
    all.map((scale) => h("option", { value: String(scale), selected: scale === now }, `${scale}×`)));
}

function toggle(text, isOn, call, disabled = false) {
  const button = h("button", { type: "button", "aria-pressed": String(isOn), disabled, onclick: () => {
    const is = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", is);
    call(is);
  } }, text);
  return button;
}

function rowField(info, goTo) {
  const field = h("input", { type: "number", min: "0", max: String(info.n_images - 1), placeholder: "row", "aria-label": "Go to row" });
  const onsubmit = (event) => {
    event.preventDefault();
    if (field.value !== "") goTo(Number(field.value));
  };
  return h("form.go-to", { onsubmit }, field, h("button", { type: "submit" }, "Go to row"));
}
