// The part Evaluate: cards that start evaluations, their jobs, and the pages that are in the folder.
import { get } from "./api.js";
import { bytes, fill, h, refill, since } from "./dom.js";
import { EVALUATIONS, evaluationOf, kindOf, missing, offered, resultOf } from "./evaluations.js";
import { folder, ofKind } from "./folder.js";
import { commandForm } from "./forms.js";
import { logOf } from "./job_log.js";
import { isActive, jobCard, jobStatus, watchJobs } from "./jobs.js";
import { address, go, showError } from "./main.js";
import { fileAddress, showPage } from "./page_view.js";

const COMMANDS = EVALUATIONS.map((each) => each.command);

export async function show(main, params, signal) {
  if (params.get("page")) return showPage(main, params.get("page"), signal);
  if (params.get("job")) return showResult(main, params.get("job"), signal);
  const evaluation = evaluationOf(params.get("start"));
  return evaluation ? showForm(main, evaluation, params, signal) : showAll(main, signal);
}

async function known(signal) {
  const [{ items }, { jobs }] = await Promise.all([folder(), get("/api/jobs", {}, { signal })]);
  return { ...offered(items), grids: jobs.map((job) => job.given?.grid).filter(Boolean), items };
}

async function showAll(main, signal) {
  const found = await known(signal);
  if (signal.aborted) return null;
  const pages = h("div"), running = h("div");
  fill(main, h("h1", {}, "Evaluate"), h("p.soft", {}, "Do refined eyes look real, and do they help a gaze estimator?"),
    h("h2.unseen", {}, "Evaluations"), h("div.cards.evaluations", {}, EVALUATIONS.map((evaluation) => card(evaluation, found))), running,
    h("h2", {}, "Pages and results in this folder"), pages);
  let shown = "";
  return watchJobs((jobs) => {
    const ours = jobs.filter((job) => COMMANDS.includes(job.command));
    const state = JSON.stringify(ours.map((job) => [job.id, job.state]));
    if (state === shown) { for (const card of running.cards ?? []) card.update(ours.find((job) => job.id === card.id)); return; }
    shown = state;
    running.cards = ours.filter(isActive).map((job) => ({ id: job.id, ...jobCard(job) }));
    refill(running, running.cards.length > 0 && h("h2", {}, "Running"), running.cards.map((each) => each.element));
    folder().then(({ items }) => showPages(pages, items, ours)).catch((error) => showError(pages, error));
  });
}

function card(evaluation, found) {
  const lacking = missing(evaluation, found);
  const needs = evaluation.needs.map(([, words]) => words);
  return h("article.card", {}, h("h3", {}, evaluation.title), h("p", {}, evaluation.measures),
    lacking.length > 0 ? h("p.lacking", {}, `Not in this folder yet: ${inWords(lacking)}.`)
      : h("p.soft", {}, needs.length ? `Needs ${inWords(needs)}.` : "Needs no files: sample eyes are generated."),
    h("div.bar", {}, h("a.button", { href: address("evaluate", { start: evaluation.command }),
      "aria-label": `Set up: ${evaluation.title}` }, "Set up")));
}

function inWords(texts) {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

function showPages(element, items, jobs) {
  const drifts = jobs.filter((job) => job.command === "drift" && job.state === "done").map((job) => ({
    kind: "Drift", name: job.given.refined, when: job.ended, size: "", to: { job: job.id },
  }));
  const pages = ofKind(items, "page").map((item) => ({
    kind: kindOf(item.path), name: item.path, when: item.modified, size: bytes(item.bytes), to: { page: item.path },
  }));
  const rows = [...drifts, ...pages].sort((a, b) => b.when - a.when);
  if (!rows.length) {
    refill(element, h("p.soft", {}, "None yet. Results appear here, also those of commands started in a terminal."));
    return;
  }
  refill(element, h("div.scroll", {}, h("table.pages", {},
    h("thead", {}, h("tr", {}, h("th", {}, "What"), h("th", {}, "Name"), h("th", {}, "Made"), h("th.n", {}, "Size"))),
    h("tbody", {}, rows.map(({ kind, name, when, size, to }) => h("tr", {}, h("td", {}, kind),
      h("td", {}, h("a", { href: address("evaluate", to) }, name)), h("td", {}, since(when)), h("td.n", {}, size)))))));
}

async function showForm(main, evaluation, params, signal) {
  const { command, title, measures } = evaluation;
  const found = await known(signal);
  const lacking = missing(evaluation, found);
  const given = { ...evaluation.given(found) };
  for (const [name, value] of params) if (name !== "start") given[name] = name === "train" ? params.getAll(name) : value;
  let started = null;
  const form = await commandForm(command, {
    given, shown: evaluation.shown, startLabel: evaluation.start, onStarted: (job) => { started = job.id; },
  });
  if (signal.aborted) return null;
  const done = h("div.bar", { "aria-live": "polite" });
  const status = jobStatus((job) => job.command === command, {
    onDone: (job) => {
      if (job.state !== "done") return;
      if (job.id === started) go("evaluate", resultOf(job));
      else refill(done, h("a.button.first", { href: address("evaluate", resultOf(job)) }, "Show the result"));
    },
  });
  fill(main, h("p", {}, h("a.button.plain.back", { href: address("evaluate") }, "\u2190 Evaluate")), h("h1", {}, title), h("p", {}, measures),
    lacking.length > 0 && h("p.note", {}, `Not in this folder yet: ${inWords(lacking)}.`),
    h("div.evaluation-form", {}, form.element), done, status.element);
  return status.stop;
}

/** What a job has made that has no page: its picture, and what it printed. */
async function showResult(main, id, signal) {
  const [job, text] = await Promise.all([get(`/api/jobs/${encodeURIComponent(id)}`, {}, { signal }), logOf(id, signal)]);
  const { synthetic: first, refined: second, grid } = job.given;
  fill(main, h("p", {}, h("a.button.plain.back", { href: address("evaluate") }, "\u2190 Evaluate")),
    h("h1", {}, evaluationOf(job.command)?.title ?? job.command),
    h("p.soft", {}, [second, first].filter(Boolean).join(" against "), job.ended && [", ", since(job.ended)]),
    h("pre.result", { tabIndex: 0, "aria-label": "What the command printed" }, text.trim()),
    first && second && h("div.bar", {}, h("a.button", { href: address("compare", { first, second }) }, "Compare the two files")),
    grid && pictureOf(grid));
}

function pictureOf(grid) {
  const image = h("img.grid", { src: fileAddress(grid), alt: "The pairs of eyes that moved most, before and after refining" });
  const figure = h("figure.scroll", { tabIndex: 0, "aria-label": "Picture of the eyes that moved most" }, image);
  image.addEventListener("error", () => refill(figure, h("p.soft", {}, `${grid} no longer exists.`)));
  return figure;
}
