// A page of the folder inside the studio: in a frame with an origin of its own, so that it cannot act as the studio.
import { fetched } from "./api.js";
import { fill, h } from "./dom.js";
import { address } from "./main.js";

/** The address of a file of the folder. */
export const fileAddress = (path) => `/files/${path.split("/").map(encodeURIComponent).join("/")}`;

/** Show a page; keys go to it at once, as those of the Turing test must. */
export async function showPage(main, path, signal) {
  const where = fileAddress(path);
  await fetched(where, {}, { signal, headers: { Range: "bytes=0-0" } }); // what is not there says so here, not in the frame
  const frame = h("iframe.page", {
    title: `The page ${path}`, src: where, sandbox: "allow-scripts allow-downloads", referrerpolicy: "no-referrer",
    onload: () => { if (!signal.aborted) frame.focus(); },
  });
  fill(main, h("div.page-head", {},
    h("a.button.plain.back", { href: address("evaluate") }, "\u2190 Evaluate"),
    h("h1", {}, path),
    h("a.button", { href: where, target: "_blank", rel: "noopener noreferrer" }, "Open in its own tab")), frame);
}
