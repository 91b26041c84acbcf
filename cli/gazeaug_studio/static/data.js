// The part Data: the folder, one of its eye files, or the making of one.
export async function show(main, params, signal) {
  const view = params.get("file") ? await import("./file_page.js")
    : params.has("prepare") ? await import("./prepare_page.js") : await import("./folder_page.js");
  return view.show(main, params, signal);
}
