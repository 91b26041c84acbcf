// The part Jobs: everything that runs, waits or has ended, in this folder.
import { problemLine } from "./action.js";
import { address } from "./main.js";
import { fill, h } from "./dom.js";
import { isActive, jobCard, watchJobs } from "./jobs.js";

export async function show(main) {
  const problem = problemLine();
  const active = h("div.jobs"), ended = h("div.jobs"), nothing = h("p.note", { hidden: true },
    "Nothing has been run in this folder yet. ", h("a", { href: address("data") }, "Data"), " and ",
    h("a", { href: address("train") }, "Train"), " start commands; they appear here, and go on when this page is closed.");
  const activeTitle = h("h2", {}, "Running and waiting"), endedTitle = h("h2", {}, "Ended");
  fill(main, h("h1", { tabindex: "-1" }, "Jobs"),
    h("p.soft", {}, "What was started in this folder. Jobs go on when this page or the server is closed."),
    problem.element, nothing, activeTitle, active, endedTitle, ended);
  const cards = new Map();

  return watchJobs((jobs, error) => {
    problem.say(error?.message);
    nothing.hidden = jobs.length > 0 || Boolean(error);
    const running = jobs.filter((job) => job.state === "running");
    const focused = focusedIn(main);
    const queued = jobs.filter((job) => job.state === "queued").reverse();
    place(active, [...running, ...queued], cards);
    place(ended, jobs.filter((job) => !isActive(job)), cards);
    activeTitle.hidden = !active.children.length;
    endedTitle.hidden = !ended.children.length;
    focused?.back();
    for (const id of cards.keys()) if (!jobs.some((job) => job.id === id)) cards.delete(id);
  });
}

/** What has the focus in the list; back() gives it again after its card was moved, or to the next card where it was removed. */
function focusedIn(main) {
  const one = document.activeElement, card = one?.closest(".job");
  if (!card || !main.contains(card)) return null;
  const all = [...main.querySelectorAll(".job")], others = [...all.slice(all.indexOf(card) + 1), ...all.slice(0, all.indexOf(card)).reverse()];
  return { back() {
    if (main.contains(document.activeElement)) return;
    const place = one.isConnected ? one : others.find((each) => each.isConnected)?.querySelector("h3") ?? main.querySelector("h1");
    place.focus({ preventScroll: one.isConnected });
  } };
}

/** Cards of jobs in their order; those that stay are not touched, so that focus and open logs stay. */
function place(element, jobs, cards) {
  const wanted = jobs.map((job) => {
    if (cards.has(job.id)) cards.get(job.id).update(job);
    else cards.set(job.id, jobCard(job));
    return cards.get(job.id).element;
  });
  for (const child of [...element.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((one, i) => { if (element.children[i] !== one) element.insertBefore(one, element.children[i] ?? null); });
}
