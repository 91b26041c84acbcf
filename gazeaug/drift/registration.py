"""`registration_torch` without torch, for commands that must not import it: the same method, the same numbers.

Shape suffixes: N pictures, H height, W width, P pixels, K terms, R radii.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RADII = (0.10, 0.13, 0.16)  # of the picture's width: rendered crops of 1.5 to 1.25 eye widths, and MPIIGaze's
RING = 1.5  # outer radius of the surround, in disc radii
SMOOTHING = 0.02  # standard deviation of the blur before matching, in picture widths
WINDOW = 0.23  # standard deviation of the pixels' weight about the iris, in picture widths
REACH = 0.1  # how far the iris is followed, in picture widths
ROUNDS, LARGEST_STEP = 6, 1.0  # of Gauss and Newton; pixels a round
RIDGE = 1e-4  # keeps the equations of a flat picture solvable
NARROW = 64  # pictures twice as wide or wider are measured reduced, which loses little and costs a tenth
JUDGED_WIDTH = 55  # drifts are judged as pixels of pictures so wide, in which the limits were found
CUBIC = -0.75  # the bicubic kernel's constant, torch's

Array = NDArray[np.float32]


def iris_drift(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Array:
    """Distance in pixels between the iris of each picture and that of its refined twin, (N,).

    Args:
        before, after: uint8 (N, H, W) or (N, H, W, 3), at least 16 x 16.
    """
    factor = reduction(before.shape[2])
    first, second = reduced(grey(before), factor), reduced(grey(after), factor)
    n, height, width = first.shape
    y, x = np.meshgrid(np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32), indexing="ij")
    # In double precision, as with torch: see there.
    centre = find_iris(first)[:, :, None, None].astype(np.float64)
    distance = np.hypot(x - centre[:, 0], y - centre[:, 1]) / (WINDOW * width)
    weight_NP = np.exp(-0.5 * distance * distance).reshape(n, -1)
    light = np.stack([np.ones_like(x), x / width - 0.5, y / height - 0.5]).reshape(3, -1)
    terms_NKP = np.empty((n, 7, height * width), np.float32)  # slopes right and down, then looks and light
    terms_NKP[:, 4:] = light
    target_NP = second.reshape(n, -1)
    shift = np.zeros((n, 2), np.float32)
    for _ in range(ROUNDS):
        here = shifted(first, shift).reshape(n, -1)
        terms_NKP[:, 2], terms_NKP[:, 3] = here, here * here
        weights_NK = least_squares(terms_NKP[:, 2:], target_NP, weight_NP)
        explained = np.einsum("nk,nkp->np", weights_NK, terms_NKP[:, 2:]).reshape(n, height, width)
        down, right = np.gradient(explained, axis=(1, 2))
        terms_NKP[:, 0], terms_NKP[:, 1] = right.reshape(n, -1), down.reshape(n, -1)
        found = least_squares(terms_NKP, target_NP, weight_NP)[:, :2]
        shift = (shift - found.clip(-LARGEST_STEP, LARGEST_STEP)).clip(-REACH * width, REACH * width)
    drift: Array = factor * np.hypot(shift[:, 0], shift[:, 1])
    return drift


def reduction(width: int) -> int:
    """By how much pictures of a width are reduced before they are measured."""
    return max(1, width // NARROW)


def reduced(images_NHW: Array, factor: int) -> Array:
    """Means over squares of pixels; what does not fill one, right and below, is left out."""
    height, width = (length // factor * factor for length in images_NHW.shape[1:])
    squares = images_NHW[:, :height, :width].reshape(len(images_NHW), height // factor, factor, -1, factor)
    means: Array = squares.mean((2, 4))
    return means


def grey(images: NDArray[np.uint8]) -> Array:
    """(N, H, W) in -1..1."""
    scaled = images.astype(np.float32) / np.float32(127.5) - 1
    return scaled if images.ndim == 3 else scaled.mean(3)


def least_squares(terms_NKP: Array, target_NP: Array, weight_NP: Array) -> Array:
    """Weights of the terms, (N, K), that come closest to the target."""
    weighted = terms_NKP * weight_NP[:, None]
    normal = weighted @ terms_NKP.transpose(0, 2, 1) + RIDGE * np.eye(terms_NKP.shape[1], dtype=np.float32)
    solved: Array = np.linalg.solve(normal, weighted @ target_NP[:, :, None])[:, :, 0]
    return solved


def shifted(images_NHW: Array, shift_N2: Array) -> Array:
    """Each picture moved by x, y pixels, bicubic; edges are repeated."""
    for axis in (1, 2):
        length = images_NHW.shape[axis]
        back = -shift_N2[:, 2 - axis]
        whole = np.floor(back)
        places = np.arange(length)[None, :] + whole[:, None].astype(np.int64)
        moved = np.zeros_like(images_NHW)
        for step, weight in zip(range(-1, 3), cubic(back - whole), strict=True):
            rows = (places + step).clip(0, length - 1)
            rows = rows[:, :, None] if axis == 1 else rows[:, None, :]
            moved += weight[:, None, None] * np.take_along_axis(images_NHW, rows, axis)
        images_NHW = moved
    return images_NHW


def cubic(fraction: Array) -> list[Array]:
    """Weights of the four neighbours (Keys 1981)."""

    def near(x: Array) -> Array:
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1

    def far(x: Array) -> Array:
        return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC

    return [far(fraction + 1), near(fraction), near(1 - fraction), far(2 - fraction)]


def find_iris(grey_NHW: Array) -> Array:
    """Centre of the iris as (N, 2): x, y in pixels, where a disc is darkest against the ring round it."""
    width = grey_NHW.shape[2]
    smooth = blurred(grey_NHW, SMOOTHING * width)
    side = round(RING * max(RADII) * width)
    wide = np.pad(smooth, ((0, 0), (side, side), (side, side)), mode="edge")
    size = wide.shape[1:]
    spectra = np.fft.rfft2(wide)
    templates = np.stack([disc_and_ring(share * width, side) for share in RADII])[:, ::-1, ::-1]
    answers = np.fft.irfft2(spectra[:, None] * np.fft.rfft2(templates, s=size)[None], s=size)
    responses_NRHW = answers[:, :, 2 * side :, 2 * side :].astype(np.float32)
    radius = responses_NRHW.max((2, 3)).argmax(1)
    return peak(responses_NRHW[np.arange(len(radius)), radius])


def blurred(images_NHW: Array, sigma: float) -> Array:
    """Gaussian blur over three deviations; edges are repeated."""
    reach = max(1, round(3 * sigma))
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1, dtype=np.float32) / np.float32(sigma)) ** 2)
    line /= line.sum()
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(images_NHW, pad, mode="edge"), 2 * reach + 1, axis)
        images_NHW = windows @ line
    return images_NHW


def disc_and_ring(radius: float, reach: int) -> Array:
    """(2 reach + 1) square: ring mean minus disc mean."""
    offsets = np.arange(-reach, reach + 1, dtype=np.float32)
    distance = np.hypot(offsets[:, None], offsets[None, :])
    disc = 0.5 + 0.5 * np.tanh(2 * (np.float32(radius) - distance))  # a logistic edge
    ring = (0.5 + 0.5 * np.tanh(2 * (np.float32(RING * radius) - distance))) * (1 - disc)
    square: Array = ring / ring.sum() - disc / disc.sum()
    return square


def peak(maps_NHW: Array) -> Array:
    """The highest place of each map as (N, 2) x, y, refined by a parabola through its neighbours."""
    n, height, width = maps_NHW.shape
    y, x = np.divmod(maps_NHW.reshape(n, -1).argmax(1), width)
    rows = np.arange(n)

    def at(dy: int, dx: int) -> Array:
        values: Array = maps_NHW[rows, (y + dy).clip(0, height - 1), (x + dx).clip(0, width - 1)]
        return values

    middle = at(0, 0)
    found: Array = np.stack([x + vertex(at(0, -1), middle, at(0, 1)), y + vertex(at(-1, 0), middle, at(1, 0))], axis=1)
    return found


def vertex(before: Array, middle: Array, after: Array) -> Array:
    """Where between -0.5 and 0.5 a parabola through three neighbours is highest; 0 where it is no peak."""
    bend = before + after - 2 * middle
    shift = 0.5 * (before - after) / np.where(bend < 0, bend, 1)
    found: Array = np.where(bend < 0, shift.clip(-0.5, 0.5), 0).astype(np.float32)
    return found
