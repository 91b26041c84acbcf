// A form for a command: fields as the command line describes them, the line that it makes, live, and a button to start it.
import { get, post } from "./api.js";
import { commandLine } from "./command_line.js";
import { announce, h, later, refill, whileOff } from "./dom.js";
import { fieldFor, title } from "./fields.js";
import { startJob, watchJobs } from "./jobs.js";

export { commandLine } from "./command_line.js";
export { fileField } from "./file_field.js";

const descriptions = new Map();

/** What a command takes; asked once. */
export function describe(command) {
  if (!descriptions.has(command)) {
    const asked = get("/api/commands/describe", { name: command });
    descriptions.set(command, asked);
    asked.catch(() => descriptions.delete(command));
  }
  return descriptions.get(command);
}

/** A form, see the module: {element, given(), set(name, value)}.
 *
 *  given: values to begin with, by name. fixed: values that are not asked for. shown: names that stand first; the rest
 *  is folded, panel by panel. hidden: names that are not asked for. defaults(given): defaults that hold with other values,
 *  by name. startLabel, onStarted(job), onChange(given). */
export async function commandForm(command, options = {}) {
  const described = await describe(command);
  const { given = {}, fixed = {}, shown = [], hidden = [], startLabel = "Start", onChange = () => {}, defaults = () => ({}) } = options;
  const fields = new Map();
  const values = () => {
    const found = { ...fixed };
    for (const [name, { field }] of fields) {
      const value = field.value();
      if (value !== undefined) found[name] = value;
    }
    return found;
  };
  const foot = footOf(command, { ...options, startLabel, values, fields });
  const settle = () => {
    const standard = defaults(values());
    for (const [name, { field }] of fields) field.setDefault(standard[name]);
    foot.refresh();
    count(fields);
  };
  const refresh = () => { settle(); onChange(values()); };
  const all = [...described.arguments.map((parameter) => [parameter, "Arguments"]),
    ...described.panels.flatMap((panel) => panel.options.map((parameter) => [parameter, panel.title]))];
  for (const [parameter, panel] of all) {
    if (hidden.includes(parameter.name) || parameter.name in fixed) continue;
    const field = fieldFor(parameter, { command, panel, value: given[parameter.name], onInput: refresh });
    fields.set(parameter.name, { field, parameter, panel, first: shown.includes(parameter.name) || parameter.required || panel === "Arguments" });
  }
  const places = [...fields.keys()].sort((a, b) => (shown.indexOf(a) + 1 || Infinity) - (shown.indexOf(b) + 1 || Infinity) || 0);
  const element = h("form.command-form", { onsubmit: (event) => event.preventDefault(), "aria-label": described.text },
    h("div.fields", {}, places.filter((name) => fields.get(name).first).map((name) => fields.get(name).field.element)),
    panelsOf(fields), foot.element);
  settle();
  return { element, given: values, set(name, value) { fields.get(name)?.field.set(value); refresh(); } };
}

function panelsOf(fields) {
  const folded = [...fields.values()].filter((each) => !each.first);
  const titles = [...new Set(folded.map((each) => each.panel))];
  const panels = titles.map((title) => h("details.panel", { "data-panel": title },
    h("summary", {}, title, h("span.soft", {})),
    h("div.fields", {}, folded.filter((each) => each.panel === title).map((each) => each.field.element))));
  return panels.length ? h("div.panels", { role: "group", "aria-label": "More options" }, panels) : null;
}

/** How many options of each folded panel there are, and how many are given. */
function count(fields) {
  const panels = new Map();
  for (const { field, panel, first } of fields.values()) {
    if (first) continue;
    const found = panels.get(panel) ?? { n: 0, given: 0, element: field.element.closest("details") };
    found.n += 1;
    found.given += field.value() !== undefined;
    panels.set(panel, found);
  }
  for (const { n, given, element } of panels.values()) {
    refill(element.querySelector("summary .soft"), ` ${n}`, given ? h("span.badge", {}, `${given} set`) : null);
  }
}

// The line, its error, and the buttons.
function footOf(command, { values, fields, startLabel, onStarted = () => {} }) {
  const line = commandLine(`gazeaug ${command}`);
  const problem = h("p.problem", { role: "alert", hidden: true });
  const needs = h("p.soft", { hidden: true });
  const start = h("button.first", { type: "submit", onclick: () => run(false) }, startLabel);
  const beside = h("button", { type: "button", hidden: true, onclick: () => run(true) }, "Start now, beside the running job");
  const element = h("div.form-foot", {}, line, problem, needs, h("div.bar", {}, start, beside));
  let asked = 0;
  let isBusy = false;
  let running = [];
  let queue = null;

  const say = (sentence) => {
    let place = null;
    for (const each of fields.values()) {
      const named = sentence && names(sentence, each.parameter);
      if (named && (!place || named > place.named)) place = { named, field: each.field };
    }
    for (const { field } of fields.values()) field.refuse(place?.field === field ? sentence : null);
    problem.hidden = !sentence || Boolean(place);
    problem.textContent = problem.hidden ? "" : sentence;
    allow(!sentence);
  };
  const allow = (may) => {
    line.classList.toggle("is-stale", !may);
    start.disabled = beside.disabled = isBusy || !may;
  };
  const ask = async () => {
    const mine = asked += 1;
    const given = values();
    const missing = [...fields.values()].filter(({ parameter }) => parameter.required && !(parameter.name in given));
    needs.hidden = !missing.length;
    needs.textContent = missing.length ? `Still needed: ${missing.map(({ parameter }) => title(parameter.name).toLowerCase()).join(", ")}.` : "";
    if (missing.length) {
      say(null);
      allow(false);
      return;
    }
    try {
      const found = await post("/api/line", { command, given });
      if (mine !== asked) return;
      line.show(found.line);
      queue = found.queue;
      tellRunning();
      say(null);
    } catch (error) {
      if (mine === asked) say(error.message);
    }
  };
  const run = async (atOnce) => {
    isBusy = true;
    try {
      const job = await whileOff([start, beside], () => startJob(command, values(), { atOnce }));
      announce(`Started: ${job.line}`);
      isBusy = false;
      say(null);
      onStarted(job);
    } catch (error) {
      isBusy = false;
      say(error.message);
      allow(true);
    }
  };
  const tellRunning = () => {
    const inTheWay = running.some((job) => job.queue === queue);
    beside.hidden = !inTheWay;
    start.textContent = inTheWay ? `${startLabel} after the running job` : startLabel;
  };
  watchRunning(element, (now) => { running = now; tellRunning(); });
  return { element, refresh: later(ask, 120) };
}

/** Tell the running jobs, until the element has left the page. */
function watchRunning(element, tell) {
  let wasShown = false;
  const stop = watchJobs((all) => {
    wasShown ||= element.isConnected;
    if (wasShown && !element.isConnected) { stop?.(); return; }
    tell(all.filter((job) => job.state === "running"));
  });
}

/** Whether a sentence is about a parameter: the length of the name by which it calls it, 0 where it does not. */
function names(sentence, parameter) {
  const spelled = [parameter.flag, parameter.off].filter(Boolean);
  const found = spelled.filter((flag) => new RegExp(`(^|[^\\w-])${flag}(?![\\w-])`).test(sentence));
  return Math.max(0, ...found.map((flag) => flag.length * (sentence.startsWith(flag) ? 100 : 1)));
}
