// The frame of the page: the address after # says which part is shown and with what, so a reload shows the same.
import { StudioError, get } from "./api.js";
import { announce, h, refill } from "./dom.js";
import { nameFolder, showTitle, tellJobs } from "./tab_title.js";
import { watchJobs } from "./jobs.js";

// Each module exports show(main, params, signal): it fills `main`; `params` is a URLSearchParams; `signal` aborts when
// another part is opened. It may return a function that is called then.
const PARTS = {
  data: ["Data", () => import("./data.js")],
  photographs: ["Photographs", () => import("./photographs.js")],
  train: ["Train", () => import("./train.js")],
  refine: ["Refine", () => import("./refine.js")],
  compare: ["Compare", () => import("./compare.js")],
  evaluate: ["Evaluate", () => import("./evaluate.js")],
  jobs: ["Jobs", () => import("./jobs_page.js")],
};

/** The address of a part. */
export function address(part, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== ""));
  return `#/${part}${query.size ? `?${query}` : ""}`;
}

/** Open a part. */
export function go(part, params) { location.hash = address(part, params); }

/** Open the same part anew. */
export function reopen() { dispatchEvent(new HashChangeEvent("hashchange")); }

/** Put values into the address without opening anything anew. */
export function remember(part, params) { history.replaceState(null, "", address(part, params)); }

const TIMES_MS = 30_000; // after which times like "2 min ago" are told anew
let leave = null;

async function open(event) {
  const [name, query = ""] = location.hash.replace(/^#\//, "").split("?");
  const part = name in PARTS ? name : "data";
  const main = document.getElementById("main");
  leave?.();
  const controller = new AbortController();
  let after = null;
  leave = () => { controller.abort(); after?.(); };
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.part === part) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const [title, load] = PARTS[part];
  const values = new URLSearchParams(query);
  showTitle(title, values);
  const place = h("div.part"); // its own, so that a part that is left while it loads writes nowhere else
  refill(main, place);
  if (event?.isTrusted) scrollTo(0, 0); // not where the same is shown anew
  try {
    const view = await load();
    if (controller.signal.aborted) return;
    after = await view.show(place, values, controller.signal);
    if (controller.signal.aborted) after?.();
    if (event && document.activeElement === document.body) main.focus({ preventScroll: true }); // what had the focus is gone
    announce(title);
  } catch (error) {
    if (!controller.signal.aborted) showError(place, error);
  }
}

/** A sentence where the content would be. */
export function showError(element, error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof StudioError)) console.error(error);
  refill(element, h("p.problem", { role: "alert" }, error.message));
}

/** The number of running jobs beside the link to them. */
function showRunning(jobs) {
  const n = jobs.filter((job) => job.state === "running").length;
  const link = document.querySelector('#nav a[data-part="jobs"]');
  link.querySelector(".badge")?.remove();
  if (n) link.append(h("span.badge", { role: "img", "aria-label": `${n} running` }, n));
  tellJobs(jobs);
}

function build() {
  refill(document.getElementById("nav"), Object.entries(PARTS).map(([part, [title]]) =>
    h("a", { href: address(part), "data-part": part }, title)));
  get("/api/about").then(({ folder, name }) => { nameFolder(name); refill(document.getElementById("folder"), h("span", { title: folder }, name)); })
    .catch((error) => showError(document.getElementById("main"), error));
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address says which part is shown
    document.getElementById("main").focus();
  });
  setInterval(() => { for (const time of document.querySelectorAll("time")) time.tell?.(); }, TIMES_MS);
  addEventListener("hashchange", open);
  watchJobs(showRunning);
  open();
}

build();
