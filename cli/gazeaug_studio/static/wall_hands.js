// Keys and pointer on the wall. A click looks at an eye, or tags it while tagging is on; Shift tags all from the cursor on.

/** Arrows, Page, Home and End move the cursor; Space and T tag; Enter opens the details, Escape closes them. */
export function takeKeys(wall) {
  const steps = {
    ArrowLeft: () => wall.cursor - 1,
    ArrowRight: () => wall.cursor + 1,
    ArrowUp: () => wall.cursor - wall.grid.columns,
    ArrowDown: () => (wall.cursor + wall.grid.columns < wall.n ? wall.cursor + wall.grid.columns : wall.n - 1),
    PageUp: () => wall.cursor - page(wall),
    PageDown: () => wall.cursor + page(wall),
    Home: () => 0,
    End: () => wall.n - 1,
  };
  wall.element.addEventListener("keydown", (event) => {
    if (!wall.grid || !wall.n || event.altKey || event.metaKey) return;
    if (event.key in steps) {
      const before = wall.cursor;
      const target = steps[event.key]();
      wall.move(target < 0 && event.key === "ArrowUp" ? before : target);
      if (event.shiftKey) tagBetween(wall, before, wall.cursor);
    } else if (event.key === " " || (event.key.toLowerCase() === "t" && !event.ctrlKey)) toggle(wall, wall.cursor);
    else if (event.key === "Enter") wall.hooks.onOpen(wall.rowAt(wall.cursor));
    else if (event.key === "Escape") wall.hooks.onEscape();
    else return;
    event.preventDefault();
  });
}

function page(wall) {
  return Math.max(1, Math.floor(wall.grid.down / wall.grid.lineHeight)) * wall.grid.columns;
}

function toggle(wall, index) {
  const row = wall.rowAt(index);
  wall.hooks.onTag([row], !wall.tags.has(row));
  wall.tell();
}

function tagBetween(wall, first, last, isAdded = true) {
  const low = Math.min(first, last), high = Math.max(first, last);
  wall.hooks.onTag(Array.from({ length: high - low + 1 }, (_, i) => wall.rowAt(low + i)), isAdded);
  wall.tell();
}

/** Click, drag (while tagging is on; not by touch, which scrolls), Shift and Ctrl. */
export function takePointer(wall) {
  const canvas = wall.canvas;
  let drag = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return wall.grid?.at((event.clientX - box.left) * wall.density, (event.clientY - box.top) * wall.density, wall.top) ?? -1;
  };
  canvas.addEventListener("pointerdown", (event) => {
    const index = at(event);
    if (event.button || index < 0 || event.pointerType === "touch" || !wall.isTagging || event.shiftKey) return;
    drag = { last: index, isAdded: !wall.tags.has(wall.rowAt(index)) };
    canvas.setPointerCapture(event.pointerId);
    wall.cursor = index;
    tagBetween(wall, index, index, drag.isAdded);
  });
  canvas.addEventListener("pointermove", (event) => {
    const index = drag ? at(event) : -1;
    if (index < 0 || index === drag.last) return;
    wall.cursor = index;
    tagBetween(wall, drag.last, index, drag.isAdded);
    drag.last = index;
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
  canvas.addEventListener("click", (event) => {
    if (drag) { drag = null; return; }
    const index = at(event);
    if (index < 0) return;
    const before = wall.cursor;
    wall.cursor = index;
    wall.element.focus({ preventScroll: true });
    if (event.shiftKey) tagBetween(wall, before, index);
    else if (wall.isTagging || event.ctrlKey || event.metaKey) toggle(wall, index);
    else { wall.tell(); wall.hooks.onOpen(wall.rowAt(index)); }
  });
  canvas.addEventListener("dblclick", (event) => { const index = at(event); if (index >= 0) wall.hooks.onOpen(wall.rowAt(index)); });
}
