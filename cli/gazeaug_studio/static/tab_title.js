// The title of the browser's tab: how far the running job is, what is shown, the part, the folder.

const NAMES = ["file", "run", "page", "second", "model", "start"]; // values of an address that name what is shown
const parts = { percent: "", things: "", part: "", folder: "" };

function tell(some) {
  Object.assign(parts, some);
  const title = [...Object.values(parts), "gazeaug studio"].filter(Boolean).join(" - ");
  if (document.title !== title) document.title = title;
}

/** The part, and the things that its address names. */
export const showTitle = (part, values) => tell({ part, things: NAMES.flatMap((name) => values.getAll(name)).slice(0, 2).join(" and ") });

export const nameFolder = (folder) => tell({ folder });

/** How far the running job is, where only one runs; the number of them otherwise. */
export function tellJobs(jobs) {
  const running = jobs.filter((job) => job.state === "running"), share = running[0]?.progress?.share;
  const one = Number.isFinite(share) ? `${Math.floor(100 * share)} %` : "Running";
  tell({ percent: running.length > 1 ? `${running.length} running` : running.length ? one : "" });
}
