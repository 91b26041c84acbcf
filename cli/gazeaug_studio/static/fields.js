// A field for a parameter of a command: its name, its sentence, a control that shows the default, and the range.
import { h } from "./dom.js";
import { fileControl, filesControl } from "./file_field.js";

const MOST_SEGMENTS = 4;
const ELSEWHERE = ["config", "checkpoint", "lists", "face_model", "images"]; // files that the listing does not hold
let lastId = 0;

/** "batch_size" as "Batch size". */
export function title(name) {
  const words = name.replace(/_+$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Which of the folder's things a parameter may name; none where the name is typed. */
function kindsFor({ name, metavar }, { command, panel }) {
  if (panel === "Output" || ELSEWHERE.includes(name) || name === "output" || ["HTML", "PNG"].includes(metavar)) return [];
  if (name === "model") return ["model"];
  if (name === "run_dir" || name === "run") return command === "train" ? [] : ["run"];
  if (name === "source" && command.startsWith("prepare ") && command !== "prepare eyes") {
    return metavar === "FILE" ? ["eyes", "unreadable"] : ["pictures"];
  }
  return metavar === "FOLDER" || name === "labels" ? [] : ["eyes"];
}

/** A field: {element, value(), set(value), setDefault(value), refuse(sentence)}; value() is undefined where the default
 *  holds, which is the parameter's own for setDefault(undefined). */
export function fieldFor(parameter, { command, panel, value, onInput }) {
  const id = `field-${lastId += 1}`;
  const about = `${id}-about`;
  const control = controlFor(parameter, { id, about, command, panel, onInput });
  if (value !== undefined && value !== null) control.set(value);
  const error = h("p.field-error", { role: "alert", id: `${id}-error`, hidden: true });
  const name = [title(parameter.name), parameter.required && h("span.needed", { "aria-hidden": "true" }, " *")];
  const head = control.isGroup ? h("span.field-name", { id: `${id}-name` }, name)
    : h("label.field-name", { for: id }, control.isTick && control.element, name);
  const element = h("div.field", { class: control.isWide ? "is-wide" : "" },
    h("div.field-head", {}, head, parameter.flag && h("code.soft", {}, parameter.flag)),
    h("p.soft", { id: about }, parameter.text),
    !control.isTick && control.element, parameter.rule && h("p.field-note", {}, parameter.rule), error);
  if (parameter.required && !control.isGroup) element.querySelector(`#${id}`)?.setAttribute("aria-required", "true");
  if (control.isGroup) control.element.setAttribute("aria-labelledby", `${id}-name`);
  return {
    element,
    value: control.value,
    set: control.set,
    setDefault: (standard) => control.setDefault?.(standard ?? parameter.default, standard === undefined),
    refuse(sentence) {
      error.textContent = sentence ?? "";
      error.hidden = !sentence;
      element.classList.toggle("is-wrong", Boolean(sentence));
      for (const input of element.querySelectorAll("input, select, textarea")) {
        input.setAttribute("aria-invalid", Boolean(sentence));
        if (sentence) input.setAttribute("aria-errormessage", error.id); else input.removeAttribute("aria-errormessage");
      }
      if (sentence) element.closest("details")?.setAttribute("open", "");
    },
  };
}

function controlFor(parameter, { id, about, command, panel, onInput }) {
  const { kind, many } = parameter;
  if (kind === "flag") return flagControl(parameter, { id, about, onInput });
  if (kind === "choice") return choiceControl(parameter, parameter.choices.map((each) => [each, each]), { id, about, onInput });
  if (kind === "limits") return limitsControl(parameter, { id, onInput });
  if (kind === "path" || parameter.metavar?.startsWith("FILE[")) return pathControl(parameter, { id, about, kinds: kindsFor(parameter, { command, panel }), onInput });
  if (many && parameter.metavar !== "NAME,...") return linesControl(parameter, { id, about, onInput });
  return textControl(parameter, { id, about, onInput });
}

function textControl(parameter, { id, about, onInput }) {
  const isNumber = ["whole", "number"].includes(parameter.kind);
  const list = parameter.choices?.length ? h("datalist", { id: `${id}-list` }, parameter.choices.map((each) => h("option", { value: each }))) : null;
  const placeholder = parameter.default_text ?? parameter.metavar ?? "";
  const input = h("input", { id, type: "text", class: isNumber && placeholder.length < 15 ? "short" : "", placeholder,
    inputmode: isNumber ? (parameter.kind === "whole" ? "numeric" : "decimal") : null, spellcheck: "false", autocomplete: "off",
    "aria-describedby": about, oninput: onInput });
  if (list) input.setAttribute("list", list.id);
  const parts = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);
  return {
    element: h("div", {}, input, list),
    value() {
      const text = input.value.trim();
      if (!text) return undefined;
      return parameter.many ? parts(text) : text;
    },
    set(value) { input.value = Array.isArray(value) ? value.join(",") : value ?? ""; },
    setDefault(standard, isOwn) { input.placeholder = isOwn ? placeholder : standard; },
  };
}

function linesControl(parameter, { id, about, onInput }) {
  const input = h("textarea", { id, rows: 2, placeholder: `${parameter.metavar ?? "values"}, one a line`, spellcheck: "false", "aria-describedby": about, oninput: onInput });
  const lines = () => input.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return {
    element: h("div", {}, input),
    value: () => (lines().length ? lines() : undefined),
    set(value) {
      const texts = Array.isArray(value) || typeof value === "string" ? [value].flat() : Object.entries(value ?? {}).map((pair) => pair.join("="));
      input.value = texts.join("\n");
    },
  };
}

function limitsControl(parameter, { id, onInput }) {
  const [low, high] = [0, 1].map((at) => h("input.short", { id: at ? `${id}-high` : id, type: "text", inputmode: "decimal",
    placeholder: parameter.default?.[at] ?? "", "aria-label": `${title(parameter.name)}, ${at ? "highest" : "lowest"}`, oninput: onInput }));
  return {
    isGroup: true,
    element: h("div.limits", { role: "group" }, low, h("span", {}, "to"), high),
    value() {
      const typed = [low, high].map((each) => each.value.trim());
      return typed.some(Boolean) ? typed.map((text, at) => text || String(parameter.default?.[at] ?? "")) : undefined;
    },
    set(value) { [low.value, high.value] = value ?? ["", ""]; },
  };
}

function flagControl(parameter, { id, about, onInput }) {
  let standard = Boolean(parameter.default);
  if (parameter.off && parameter.default === null) {
    const on = parameter.also.find((flag) => flag.startsWith("--")) ?? parameter.flag;
    const names = [["true", on.slice(2)], ["false", parameter.off.slice(2)]];
    const control = choiceControl(parameter, names, { id, about, onInput });
    return { ...control, value: () => { const value = control.value(); return value === undefined ? undefined : value === "true"; },
      set: (value) => control.set(value === null ? null : String(value)) };
  }
  const box = h("input", { id, type: "checkbox", checked: standard, "aria-describedby": about, onchange: onInput });
  return {
    isTick: true,
    element: box,
    value: () => (box.checked === standard ? undefined : box.checked),
    set(value) { box.checked = value ?? standard; },
    setDefault(value) {
      if (box.checked === standard) box.checked = Boolean(value);
      standard = Boolean(value);
    },
  };
}

function choiceControl(parameter, choices, { id, about, onInput }) {
  const unset = choices.some(([value]) => value === parameter.default) ? [] : [["", parameter.default_text ?? (parameter.required ? "choose..." : "not given")]];
  const all = [...unset, ...choices];
  let start = unset.length ? "" : parameter.default;
  const plain = (value) => (value === start ? undefined : value);
  const withDefault = (control) => ({ ...control, setDefault(value) {
    const isUnset = control.value() === undefined;
    start = all.some(([each]) => each === value) ? value : "";
    if (isUnset) control.set(null);
  } });
  if (all.length > MOST_SEGMENTS || all.some(([, words]) => words.length > 18)) {
    const list = h("select", { id, "aria-describedby": about, onchange: onInput }, all.map(([value, words]) => h("option", { value }, words)));
    list.value = start;
    return withDefault({ element: h("div", {}, list), value: () => plain(list.value), set(value) { list.value = value ?? start; } });
  }
  const buttons = all.map(([value, words]) => h("label.segment", {},
    h("input", { type: "radio", name: id, value, checked: value === start, onchange: onInput }), h("span", {}, words)));
  const inputs = buttons.map((button) => button.querySelector("input"));
  return withDefault({
    isGroup: true,
    element: h("div.segments", { role: "radiogroup", "aria-describedby": about }, buttons),
    value: () => plain(inputs.find((input) => input.checked)?.value ?? start),
    set(value) { for (const input of inputs) input.checked = input.value === (value ?? start); },
  });
}

function pathControl(parameter, { id, about, kinds, onInput }) {
  let chosen = parameter.many ? [] : "";
  const onChange = (value) => { chosen = value; onInput(); };
  const common = { id, kinds, describedBy: about, onChange };
  const control = parameter.many ? filesControl({ ...common, label: title(parameter.name) })
    : fileControl({ ...common, placeholder: parameter.default_text ?? "" });
  return {
    isGroup: parameter.many,
    isWide: parameter.many,
    element: control,
    value: () => (chosen.length ? chosen : undefined),
    set(value) { chosen = parameter.many ? [value ?? []].flat() : value ?? ""; control.set(chosen); },
  };
}
