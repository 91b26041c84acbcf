// Preparing eyes: choose where they come from, then the form of that command.
import { get } from "./api.js";
import { announce, h, refill } from "./dom.js";
import { commandForm } from "./forms.js";
import { address } from "./main.js";
import { showJob } from "./making.js";

export async function show(main, params, signal) {
  const chosen = params.get("prepare");
  return chosen === "choose" ? showSources(main, signal) : showForm(main, chosen, params.get("source"), signal);
}

async function showSources(main, signal) {
  const { commands } = await get("/api/commands", {}, { signal });
  const sources = commands.filter(({ name }) => name.startsWith("prepare "));
  const sections = Map.groupBy(sources, ({ section }) => section);
  refill(main, h("a.soft", { href: address("data") }, "Folder"), h("h1", {}, "Prepare eyes"),
    h("p.soft", {}, "Where do the eyes come from? Each source becomes an eye file (.h5) in this folder."),
    [...sections].map(([title, found]) => h("section", {}, h("h2", {}, title), h("div.cards", {}, found.map(sourceCard)))));
}

function sourceCard({ name, text }) {
  const source = name.replace("prepare ", "");
  const href = source === "photos" ? address("photographs") : address("data", { prepare: source });
  return h("a.card.source", { href }, h("h3", {}, source), h("p.soft", {}, text));
}

async function showForm(main, source, path, signal) {
  const command = `prepare ${source}`;
  const about = await get("/api/commands/describe", { name: command }, { signal });
  const [first] = about.arguments;
  const given = path && first ? { [first.name]: first.many ? [path] : path, output: `${path.split("/").at(-1)}.h5` } : {};
  const status = h("div", {});
  let stop = () => {};
  signal.addEventListener("abort", () => stop());
  const form = await commandForm(command, {
    given, shown: [...about.arguments.map(({ name }) => name), "output", "size"], startLabel: "Prepare",
    onStarted: (job) => { stop(); stop = showJob(status, job); announce("Started"); },
  });
  if (signal.aborted) return null;
  refill(main, h("a.soft", { href: address("data", { prepare: "choose" }) }, "All sources"), h("h1", {}, `Prepare: ${source}`),
    h("p.soft", {}, about.text), form.element, status);
  return () => stop();
}
