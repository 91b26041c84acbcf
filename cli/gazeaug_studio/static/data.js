// The part Data: the folder, one of its eye files, or the making of one.
import { get } from "./api.js";

export async function show(main, params, signal) {
  const file = params.get("file");
  if (file) {
    const info = get("/api/eyes", { file }, { signal }); // while the modules come
    info.catch(() => {}); // the page tells it
    return (await import("./file_page.js")).show(main, params, signal, info);
  }
  const view = params.has("prepare") ? await import("./prepare_page.js") : await import("./folder_page.js");
  return view.show(main, params, signal);
}
