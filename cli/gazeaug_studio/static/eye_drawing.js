// Drawing eyes as they are stored: each pixel a square of whole pixels of the canvas; arrows and points over them.
// Colours and lengths are those of gazeaug/drawing/marks.py and sheets.py.

const ARROW = "rgb(255, 205, 0)", DOT = "rgb(60, 220, 110)", RIM = "rgb(20, 20, 20)";
const ARROW_LENGTH = 0.4; // of a picture's width, for a gaze at a right angle to the line of sight

/** Bytes of one eye. */
export const eyeBytes = (info) => info.height * info.width * info.channels;

/**
 * Write an eye into the pixels of a picture, clipped at its edges.
 *   out: Uint32Array of `across` x `down` pixels; pixels: uint8 (height, width[, 3]); scale: a whole number.
 */
export function paintEye(out, across, down, pixels, info, left, top, scale) {
  const { height, width, channels } = info;
  const line = new Uint32Array(width * scale);
  const from = Math.max(0, -left), to = Math.min(line.length, across - left);
  if (from >= to) return;
  for (let y = 0; y < height; y += 1) {
    const first = Math.max(0, top + y * scale), last = Math.min(down, top + (y + 1) * scale);
    if (first >= last) continue;
    let at = y * width * channels, x = 0;
    for (let column = 0; column < width; column += 1) {
      const red = pixels[at], green = channels === 3 ? pixels[at + 1] : red, blue = channels === 3 ? pixels[at + 2] : red;
      const colour = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
      for (let copy = 0; copy < scale; copy += 1) { line[x] = colour; x += 1; }
      at += channels;
    }
    const visible = from || to < line.length ? line.subarray(from, to) : line;
    for (let row = first; row < last; row += 1) out.set(visible, row * across + left + from);
  }
}

let scratch = null;

/** Draw one eye at (x, y) with a whole scale. It follows the canvas' transform and globalAlpha. */
export function drawEye(context, pixels, info, x, y, scale) {
  const { height, width } = info;
  scratch ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (scratch.canvas.width !== width || scratch.canvas.height !== height) Object.assign(scratch.canvas, { width, height });
  const image = scratch.createImageData(width, height);
  paintEye(new Uint32Array(image.data.buffer), width, height, pixels, info, 0, 0, 1);
  scratch.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(scratch.canvas, x, y, width * scale, height * scale);
}

/**
 * Draw the marks of an eye that stands at (x, y).
 *   marks: {look: [x, y, z] or null, points: {name: [[x, y], ...]}}; arrows, points: whether they are drawn.
 */
export function drawMarks(context, marks, info, x, y, scale, { arrows = true, points = true } = {}) {
  if (points) for (const places of Object.values(marks.points)) drawPoints(context, places, x, y, scale);
  if (arrows && marks.look) drawArrow(context, marks.look, info, x, y, scale);
}

function drawPoints(context, places, left, top, scale) {
  const radius = Math.max(0.9, Math.min(2.2, scale * 0.42));
  for (const [grown, colour] of [[0.8, RIM], [0, DOT]]) {
    context.fillStyle = colour;
    context.beginPath();
    for (const place of places) {
      if (!place) continue; // not known in this row
      const [x, y] = place;
      const across = left + (x + 0.5) * scale, down = top + (y + 0.5) * scale;
      context.moveTo(across + radius + grown, down);
      context.arc(across, down, radius + grown, 0, 2 * Math.PI);
    }
    context.fill();
  }
}

/** An arrow from the middle of the eye, as long as the part of the gaze across the view: x right, y up. */
function drawArrow(context, look, info, left, top, scale) {
  const x = left + (info.width / 2) * scale, y = top + (info.height / 2) * scale;
  const reach = ARROW_LENGTH * info.width * scale;
  const right = reach * look[0], down = -reach * look[1], length = Math.hypot(right, down);
  const head = Math.min(length, Math.max(4, Math.min(11, info.width * scale * 0.07)));
  const along = length ? [right / length, down / length] : [0, 0], across = [-along[1], along[0]];
  const tip = [x + right, y + down], neck = [tip[0] - along[0] * head, tip[1] - along[1] * head];
  const thick = Math.max(1.2, head * 0.22);
  for (const [grown, colour] of [[1, RIM], [0, ARROW]]) {
    context.fillStyle = context.strokeStyle = colour;
    context.lineWidth = thick + 2 * grown;
    context.beginPath();
    context.arc(x, y, thick * 1.2 + grown, 0, 2 * Math.PI);
    context.fill();
    if (length < 2) continue;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(...neck);
    context.stroke();
    const half = head / 2 + 1.5 * grown;
    context.beginPath();
    context.moveTo(tip[0] + along[0] * 2 * grown, tip[1] + along[1] * 2 * grown);
    context.lineTo(neck[0] - along[0] * grown + across[0] * half, neck[1] - along[1] * grown + across[1] * half);
    context.lineTo(neck[0] - along[0] * grown - across[0] * half, neck[1] - along[1] * grown - across[1] * half);
    context.fill();
  }
}
