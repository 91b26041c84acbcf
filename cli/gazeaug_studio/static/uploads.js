// Uploads of pictures and videos: a queue that goes on while other parts are shown, and the place to drop files on.
import { amount, announce, bytes, fill, h, refill } from "./dom.js";

const AT_ONCE = 2;
const MOST_PROBLEMS = 200;
const listeners = new Set();
const queue = { waiting: [], running: new Map(), nFiles: 0, nDone: 0, nKnown: 0, bytes: 0, bytesDone: 0, problems: [], nProblems: 0 };

const isBusy = () => queue.waiting.length + queue.running.size > 0;
const tell = () => { for (const listener of [...listeners]) listener(); };
addEventListener("beforeunload", (event) => { if (isBusy()) event.preventDefault(); });

/** Why a file is not sent, or null; `ready` is the answer of /api/photographs/ready. */
function whyNot(file, ready) {
  const ending = /\.[^.]+$/.exec(file.name.toLowerCase())?.[0] ?? "";
  const most = ready.videos.includes(ending) ? ready.most_video_bytes : ready.pictures.includes(ending) ? ready.most_picture_bytes : 0;
  if (!most) return `not a kind of picture or video that is read${ending ? ` (${ending})` : ""}`;
  if (file.size > most) return `larger than ${bytes(most)}; copy it into the folder by other means`;
  return file.size ? null : "the file is empty";
}

/** Send files into a folder of the studio. */
export function send(files, folder, ready) {
  if (!isBusy()) Object.assign(queue, { nFiles: 0, nDone: 0, nKnown: 0, bytes: 0, bytesDone: 0, problems: [], nProblems: 0 });
  for (const file of files) {
    const problem = whyNot(file, ready);
    queue.nFiles += 1;
    if (problem) { refuse(file.name, problem); continue; }
    queue.bytes += file.size;
    queue.waiting.push({ file, folder });
  }
  next();
}

function refuse(name, problem) {
  queue.nProblems += 1;
  if (queue.problems.length < MOST_PROBLEMS) queue.problems.push([name, problem]);
}

function next() {
  while (queue.running.size < AT_ONCE && queue.waiting.length) start(queue.waiting.shift());
  tell();
  if (!isBusy()) announce(summary());
}

// Not by fetch, which does not tell how much has been sent.
function start({ file, folder }) {
  const request = new XMLHttpRequest();
  const ended = (problem) => {
    queue.running.delete(request);
    queue.bytesDone += file.size;
    if (problem) refuse(file.name, problem);
    next();
  };
  queue.running.set(request, 0);
  request.open("PUT", `/api/uploads/${encodeURIComponent(file.name)}?${new URLSearchParams({ folder })}`);
  request.responseType = "json";
  request.upload.onprogress = (event) => { queue.running.set(request, event.loaded); tell(); };
  request.onload = () => {
    if (request.status >= 300) { ended(request.response?.error ?? `the server answered ${request.status}`); return; }
    queue.nDone += 1;
    queue.nKnown += request.response?.known ? 1 : 0;
    ended(null);
  };
  request.onerror = () => ended("the upload broke off");
  request.onabort = () => ended("stopped");
  request.send(file);
}

function stop() {
  for (const { file } of queue.waiting.splice(0)) refuse(file.name, "stopped");
  for (const request of [...queue.running.keys()]) request.abort();
}

function summary() {
  const known = queue.nKnown ? ` (${queue.nKnown.toLocaleString("en")} were there already)` : "";
  return `${queue.nDone.toLocaleString("en")} of ${amount(queue.nFiles, "files")} uploaded${known}`;
}

/** How far the uploads are: {element, stop}; onDone() is called when all have ended. */
export function uploadStatus({ onDone = () => {} } = {}) {
  const element = h("div.uploads");
  const bar = h("progress", { "aria-label": "Uploaded" }), text = h("span");
  const button = h("button", { type: "button", onclick: stop }, "Stop");
  const problems = h("details", { open: true });
  fill(element, h("div.bar", {}, bar, text, button), problems);
  let wasBusy = false;
  const update = () => {
    const busy = isBusy();
    element.hidden = !queue.nFiles;
    const sent = queue.bytesDone + [...queue.running.values()].reduce((a, b) => a + b, 0);
    bar.hidden = button.hidden = !busy;
    Object.assign(bar, { max: Math.max(1, queue.bytes), value: sent });
    refill(text, busy ? `${summary()}, ${bytes(Math.min(sent, queue.bytes))} of ${bytes(queue.bytes)}` : `${summary()}.`);
    problems.hidden = !queue.nProblems;
    if (problems.dataset.n !== String(queue.nProblems)) {
      problems.dataset.n = queue.nProblems;
      refill(problems, h("summary", {}, `${amount(queue.nProblems, "files")} not uploaded`),
        h("ul", {}, queue.problems.map(([name, problem]) => h("li", {}, `${name}: ${problem}`))));
    }
    if (wasBusy && !busy) onDone();
    wasBusy = busy;
  };
  listeners.add(update);
  update();
  return { element, stop: () => listeners.delete(update) };
}

/** A place to drop files and folders on, or to choose files by; onFiles(files). */
export function dropZone({ endings, onFiles }) {
  const input = h("input.unseen", { type: "file", multiple: true, accept: endings.join(","), onchange: () => { onFiles([...input.files]); input.value = ""; } });
  const zone = h("label.drop", {}, input, h("strong", {}, "Drop pictures, videos or folders here"), h("span.button", {}, "Choose files"));
  const over = (is) => (event) => { event.preventDefault(); zone.classList.toggle("is-over", is); };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", async (event) => {
    over(false)(event);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    onFiles(entries.some((entry) => entry.isDirectory) ? (await Promise.all(entries.map(filesBelow))).flat() : files);
  });
  return zone;
}

async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((done, fail) => { entry.file(done, fail); })];
  const reader = entry.createReader(), found = [];
  for (;;) { // it gives a hundred at a time
    const some = await new Promise((done, fail) => { reader.readEntries(done, fail); });
    if (!some.length) break;
    found.push(...some.filter((one) => !one.name.startsWith(".")));
  }
  return (await Promise.all(found.map(filesBelow))).flat();
}
