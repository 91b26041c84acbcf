// Everything by which a page of the folder could act as the studio at ORIGIN; each attempt notes what it got.
const got = {};
const body = JSON.stringify({ command: "sample-data", given: { folder: "stolen" } });
const headers = { "Content-Type": "application/json" };

async function attempt(name, act) {
  try { got[name] = String(await act()); } catch { got[name] = "refused"; }
}

async function asked(path, init) {
  return (await fetch(path, { credentials: "include", ...init })).text();
}

function loaded(tag, attributes) {
  return new Promise((done, fail) => {
    document.body.append(Object.assign(document.createElement(tag), attributes, { onload: () => done("loaded"), onerror: fail }));
    setTimeout(fail, 1500);
  });
}

function worker() {
  const made = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])));
  return new Promise((done, fail) => { made.onmessage = () => done("worked"); setTimeout(fail, 1500); });
}

async function attack() {
  await attempt("folder", () => asked("/api/folder"));
  await attempt("absolute", () => asked(`${ORIGIN}/api/folder`));
  await attempt("file", () => asked(`${ORIGIN}/files/notes.txt`));
  await attempt("job", () => asked(`${ORIGIN}/api/jobs`, { method: "POST", body, headers }));
  await attempt("blind job", () => asked(`${ORIGIN}/api/jobs`, { method: "POST", body, mode: "no-cors" }));
  await attempt("upload", () => asked(`${ORIGIN}/api/uploads/a.png`, { method: "PUT", body: "x" }));
  await attempt("cookie", () => document.cookie);
  await attempt("storage", () => { localStorage.a = 1; return "stored"; });
  await attempt("parent", () => (parent === window ? Promise.reject() : parent.document.body.innerHTML));
  await attempt("opener", () => opener.document.body.innerHTML);
  await attempt("window", () => open(`${ORIGIN}/`).document.body.innerHTML);
  await attempt("picture", () => loaded("img", { src: `${ORIGIN}/files/a.png` }));
  await attempt("script", () => loaded("script", { src: `${ORIGIN}/static/main.js` }));
  await attempt("sheet", () => loaded("link", { rel: "stylesheet", href: `${ORIGIN}/static/look.css` }));
  await attempt("frame", () => loaded("iframe", { src: `${ORIGIN}/` }).then(() => frames[0].document.body.innerHTML));
  await attempt("worker", worker);
  navigator.sendBeacon(`${ORIGIN}/api/jobs`, body); // it does not tell whether it was sent; the jobs do
  const form = Object.assign(document.createElement("form"), { method: "POST", action: `${ORIGIN}/api/jobs` });
  document.body.append(form);
  form.submit();
  if (parent !== window) await attempt("top", () => { top.location = `${ORIGIN}/#/jobs`; return "gone"; });
  await new Promise((done) => setTimeout(done, 300));
  document.getElementById("got").textContent = JSON.stringify(got);
}

attack();
