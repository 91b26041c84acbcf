// Building elements, and numbers and times in words. Texts become text nodes, never HTML.

/** An element: h("a.soft", {href, onclick, class, style: {}}, child, "text", [more]); null and false are left out. */
export function h(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else if (name in element && typeof value !== "string" && name !== "list") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, ...children);
}

/** Append children: elements, texts, numbers, or lists of them. */
export function fill(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** Replace what an element holds. */
export function refill(element, ...children) {
  element.replaceChildren();
  return fill(element, ...children);
}

/** A time that stays true while the page is open: `words(when)` each half minute; see main.js. */
export function since(when, words = ago) {
  return Object.assign(h("time", { datetime: new Date(when * 1000).toISOString() }, words(when)), { tell() { this.textContent = words(when); } });
}

/** Do something while buttons are off; the focus comes back to where it was. */
export async function whileOff(buttons, act) {
  const focused = document.activeElement;
  for (const button of buttons) button.disabled = true;
  try { return await act(); } finally {
    for (const button of buttons) button.disabled = false;
    if (document.activeElement === document.body && focused.isConnected) focused.focus();
  }
}

/** Say something to those who do not see the page. */
export function announce(text) {
  document.getElementById("said").textContent = text;
}

/** Call a function once nothing has asked for it for some milliseconds. */
export function later(call, ms = 150) {
  let timer;
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => call(...args), ms); };
}

/** Like "1,234 rows" or "1 row"; what is counted comes in the plural. */
export function amount(n, units) {
  const [first, ...rest] = units.split(" ");
  const unit = n === 1 ? [first.replace(/s$/, ""), ...rest].join(" ") : units;
  return `${n.toLocaleString("en")} ${unit}`;
}

/** Like "2.4 MB". */
export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (n >= 1000 && at < units.length - 1) { n /= 1000; at += 1; }
  return at ? `${n.toFixed(1)} ${units[at]}` : `${n} B`;
}

/** Like "45 s", "2 min" or "1 h 20 min". */
export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Like "2 min ago"; `when` in seconds since 1970. */
export function ago(when) {
  const seconds = Date.now() / 1000 - when;
  if (seconds < 60) return "just now";
  if (seconds < 86400) return `${duration(seconds)} ago`;
  return new Date(when * 1000).toISOString().slice(0, 10);
}
