// Colours of the style sheet for canvases, as they are in light or dark.
import { h } from "./dom.js";

/** Colours by the names of their tokens: coloursOf(element, "ink", "c0") -> {ink, c0}. */
export function coloursOf(element, ...names) {
  const probe = h("span", { class: "unseen" }), style = getComputedStyle(element.appendChild(probe));
  const read = (name) => { probe.style.color = `var(--${name})`; return style.color; };
  const found = Object.fromEntries(names.map((name) => [name, read(name)]));
  probe.remove();
  return found;
}

/** Call a function when the page turns light or dark, until `signal` aborts; returns what ends it before. */
export function watchScheme(call, signal) {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", call, { signal });
  return () => scheme.removeEventListener("change", call);
}
