// Choosing files: among the folder's things of some kinds, or by a name that is typed.
import { h, refill } from "./dom.js";
import { toRefineFirst } from "./eye_kinds.js";
import { folder, inWords, ofKind } from "./folder.js";

const OTHER = "\0other";
let lastId = 0;

/** A labelled choice of one file: {label, kinds, value, isNew, placeholder, onChange(name)}; `element.set(name)`. */
export function fileField({ label, ...options }) {
  const id = `file-${lastId += 1}`;
  const control = fileControl({ id, ...options });
  return Object.assign(h("div.field", {}, h("label", { for: id }, label), control), { set: control.set });
}

/** The control alone: a list of what the folder holds, and a field where "another name" is chosen. */
export function fileControl({ id, kinds = [], value = "", isNew = false, placeholder = "", describedBy, onChange = () => {} }) {
  const field = h("input", { id, type: "text", value, placeholder, spellcheck: "false", autocomplete: "off", "aria-describedby": describedBy,
    oninput: () => onChange(field.value.trim()) });
  if (isNew || !kinds.length) return Object.assign(h("div.file", {}, field), { set: (name) => { field.value = name; } });
  const list = h("select", { id, "aria-describedby": describedBy });
  const element = h("div.file", {}, list, field);
  field.removeAttribute("id");
  field.setAttribute("aria-label", "Name of the file");
  field.placeholder = "name in this folder";
  field.hidden = true;
  list.addEventListener("change", () => {
    field.hidden = list.value !== OTHER;
    if (field.hidden) onChange(list.value);
    else { field.value = ""; field.focus(); onChange(""); }
  });
  const show = (name, items) => {
    const known = items.some((item) => item.path === name);
    refill(list, h("option", { value: "" }, placeholder || (items.length ? "choose..." : "none here yet")),
      items.map((item) => h("option", { value: item.path }, `${item.path} (${inWords(item)})`)),
      h("option", { value: OTHER }, "another name..."));
    list.value = !name || known ? name : OTHER;
    field.hidden = list.value !== OTHER;
    field.value = field.hidden ? "" : name;
  };
  let there = [];
  let chosen = value;
  element.set = (name) => { chosen = name; show(name, there); };
  list.addEventListener("change", () => { chosen = list.value === OTHER ? "" : list.value; });
  field.addEventListener("input", () => { chosen = field.value.trim(); });
  show(value, there);
  folder().then(({ items }) => { there = ofKind(items, ...kinds); show(chosen, there); }, () => {});
  return element;
}

/** Several files: boxes to tick, and a field for further names. `element.set(names)`. */
export function filesControl({ id, label, kinds = [], value = [], describedBy, onChange = () => {} }) {
  const chosen = new Set(value);
  const list = h("div.ticks", {});
  const field = h("input", { id, type: "text", placeholder: "another name in this folder", spellcheck: "false", autocomplete: "off",
    "aria-label": `${label}: another name`, "aria-describedby": describedBy, onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } } });
  let there = [];
  const tick = (name, on) => { if (on) chosen.add(name); else chosen.delete(name); onChange([...chosen]); };
  const box = (name, words) => h("label.tick", {},
    h("input", { type: "checkbox", checked: chosen.has(name), onchange: (event) => tick(name, event.target.checked) }),
    h("span", {}, name, words && h("span.soft", {}, ` ${words}`)));
  const show = () => {
    const others = [...chosen].filter((name) => !there.some((item) => item.path === name));
    refill(list, there.map((item) => box(item.path, inWords(item))), others.map((name) => box(name)),
      !there.length && !others.length && h("p.soft", {}, "The folder holds none yet."));
  };
  const add = () => {
    const name = field.value.trim();
    if (!name) return;
    field.value = "";
    tick(name, true);
    show();
  };
  const element = h("div.files", { role: "group", "aria-label": label }, list,
    h("div.bar", {}, field, h("button", { type: "button", onclick: add }, "Add")));
  element.set = (names) => { chosen.clear(); for (const name of names) chosen.add(name); show(); };
  show();
  folder().then(({ items }) => { there = toRefineFirst(ofKind(items, ...kinds)); show(); }, () => {});
  return element;
}
