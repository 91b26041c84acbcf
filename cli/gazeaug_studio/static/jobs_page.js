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
  const endedTitle = h("h2", {}, "Ended");
  fill(main, h("h1", {}, "Jobs"),
    h("p.soft", {}, "Commands that run as processes of their own. They go on when this page or the server is closed."),
    problem.element, nothing, active, endedTitle, ended);
  const cards = new Map();

  return watchJobs((jobs, error) => {
    problem.say(error?.message);
    nothing.hidden = jobs.length > 0 || Boolean(error);
    const running = jobs.filter((job) => job.state === "running");
    const queued = jobs.filter((job) => job.state === "queued").reverse();
    place(active, [...running, ...queued], cards);
    place(ended, jobs.filter((job) => !isActive(job)), cards);
    endedTitle.hidden = !ended.children.length;
    for (const id of cards.keys()) if (!jobs.some((job) => job.id === id)) cards.delete(id);
  });
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
