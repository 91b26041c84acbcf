// Talking to the server. What it refuses becomes a StudioError with the server's own sentence.

export class StudioError extends Error {
  constructor(message, status) { super(message); this.status = status; }
}

async function ask(path, params, options = {}) {
  const query = new URLSearchParams(Object.entries(params ?? {}).filter(([, value]) => value !== undefined && value !== null));
  let response;
  try {
    response = await fetch(query.size ? `${path}?${query}` : path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new StudioError("The server does not answer. Start gazeaug studio again; jobs go on without it.", 0);
  }
  if (response.ok || response.status === 304) return response;
  const said = await response.json().catch(() => ({}));
  throw new StudioError(said.error ?? `The server answered ${response.status}.`, response.status);
}

/** JSON of an address. */
export const get = async (path, params, options) => (await ask(path, params, options)).json();

/** The answer itself, for bytes and headers. */
export const fetched = ask;

/** Bytes of an address. */
export const getBytes = async (path, params, options) => new Uint8Array(await (await ask(path, params, options)).arrayBuffer());

const posted = (path, body = {}, options = {}) =>
  ask(path, {}, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" }, ...options });

/** JSON answered to a JSON object. */
export const post = async (path, body, options) => (await posted(path, body, options)).json();

/** Bytes answered to a JSON object. */
export const postForBytes = async (path, body, options) => (await posted(path, body, options)).arrayBuffer();
