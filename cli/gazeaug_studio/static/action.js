// A button that asks the server for something, and the sentence of why it is refused.
import { announce, h, whileOff } from "./dom.js";

/** A place for a sentence, hidden while there is none: `say(sentence or null)`. */
export function problemLine() {
  const element = h("p.problem", { role: "alert", hidden: true });
  return { element, say(sentence) { element.hidden = !sentence; element.textContent = sentence ?? ""; } };
}

/** A button; `act()` may be refused, which `problem` tells. It cannot be pressed twice meanwhile. */
export function actionButton(text, act, problem, said = null) {
  const button = h("button", { type: "button", onclick: async () => {
    problem.say(null);
    try {
      await whileOff([button], act);
      if (said) announce(said);
    } catch (error) {
      problem.say(error.message);
    }
  } }, text);
  return button;
}
