// Drawing a range or a region on a canvas with the pointer.

const LEAST = 4; // CSS pixels; a shorter way is a click

/** What is drawn from one place to another: `at(event)` tells a place, null where there is nothing to draw on; `onDraw(from, to)`
 *  while it is drawn, then `onDrawn(from, to)`, or `onClick()`. */
export function takeBrush(canvas, { at, onDraw, onDrawn, onClick }) {
  let start = null;
  canvas.addEventListener("pointerdown", (event) => {
    const place = event.button ? null : at(event);
    if (place === null) return;
    start = { place, x: event.clientX, y: event.clientY };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => { if (start) onDraw(start.place, at(event)); });
  canvas.addEventListener("pointerup", (event) => {
    if (!start) return;
    const { place, x, y } = start;
    start = null;
    if (Math.hypot(event.clientX - x, event.clientY - y) >= LEAST) onDrawn(place, at(event));
    else onClick();
  });
  canvas.addEventListener("pointercancel", () => { start = null; });
}
