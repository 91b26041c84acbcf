// The part "evaluate".
import { h, fill } from "./dom.js";

export async function show(main) {
  fill(main, h("h1", {}, "evaluate"));
}
