// The command line that an action runs, with a button that copies it.
import { announce, h } from "./dom.js";

/** A line with Copy; `element.show(text)` puts another one in its place. */
export function commandLine(text = "") {
  const code = h("code", { tabIndex: 0, "aria-label": "Command line" }, text);
  const button = h("button.plain", { type: "button", onclick: () => copy(code, button) }, "Copy");
  const element = h("div.line", {}, code, button);
  element.show = (line) => { if (code.textContent !== line) code.textContent = line; button.disabled = !line; };
  return element;
}

async function copy(code, button) {
  const done = await copied(code);
  button.textContent = done ? "Copied" : "Selected: press Ctrl+C";
  announce(done ? "The command line is copied." : "The command line is selected; press Ctrl+C to copy it.");
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// Over plain http from another machine a page has no clipboard; the text is then selected, for the keyboard.
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    try { return document.execCommand("copy"); } catch { return false; }
  }
}
