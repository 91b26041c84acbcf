"""How far the iris moves when an eye is refined, measured without labels.

The refined picture is registered on its input near the iris, by least squares to a fraction of a pixel: what a curve
of grey levels, an even slope of light and a shift together explain best is taken as how the eye was refined, and the
shift is the drift. So brightness, contrast, blur and noise do not count as movement. Where the iris is, is found as
the place where a disc is darkest against the ring round it.

Shape suffixes: N pictures, C channels, H height, W width, P pixels, K terms, R radii.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.drift.registration import LARGEST_STEP, RADII, REACH, RIDGE, RING, ROUNDS, SMOOTHING, WINDOW, reduction


def iris_drift(before_NCHW: Tensor, after_NCHW: Tensor) -> Tensor:
    """Distance in pixels between the iris of each picture and that of its refined twin; see `iris_shift`."""
    distance: Tensor = torch.linalg.vector_norm(iris_shift(before_NCHW, after_NCHW), dim=1)
    return distance


@torch.no_grad()
def iris_shift(
    before_NCHW: Tensor, after_NCHW: Tensor, *, centre_N2: Tensor | None = None, window: float = WINDOW
) -> Tensor:
    """How the eye round the iris moved from each picture to its refined twin.

    Args:
        before_NCHW, after_NCHW: float (N, C, H, W) in -1..1, at least 16 x 16.
        centre_N2: another place to look at, x and y in pixels; the iris is found for None.
        window: standard deviation of the pixels' weight about it, in picture widths.

    Returns:
        float (N, 2): x (right) and y (down) in pixels, each at most `REACH` x W.
    """
    if (factor := reduction(before_NCHW.shape[3])) > 1:
        small = [F.avg_pool2d(images.float(), factor) for images in (before_NCHW, after_NCHW)]
        place = None if centre_N2 is None else (centre_N2 - (factor - 1) / 2) / factor
        return factor * iris_shift(*small, centre_N2=place, window=window)
    # In double precision: the equations of a small or noisy eye are so near singular that rounding to single precision
    # would decide hundredths of a pixel.
    before, after = (images.double().mean(1) for images in (before_NCHW, after_NCHW))
    width = before.shape[2]
    weight_NP1 = weights(before, find_iris(before_NCHW) if centre_N2 is None else centre_N2, window)
    target_NP1 = after.flatten(1)[..., None]
    shift = before.new_zeros(len(before), 2)
    for _ in range(ROUNDS):
        terms_NPK = terms(shifted(before, shift), target_NP1, weight_NP1)
        found = least_squares(terms_NPK, target_NP1, weight_NP1)[:, :2, 0]
        shift = (shift - found.clamp(-LARGEST_STEP, LARGEST_STEP)).clamp(-REACH * width, REACH * width)
    return shift.float()


def small_iris_shift(before_NCHW: Tensor, after_NCHW: Tensor) -> Tensor:
    """`iris_shift` by its first round alone, with a gradient to `after_NCHW`; within a third for shifts below a pixel.

    Arguments as there. Returns float (N, 2): x (right) and y (down), in pixels.
    """
    if (factor := reduction(before_NCHW.shape[3])) > 1:
        small = (F.avg_pool2d(images.float(), factor) for images in (before_NCHW, after_NCHW))
        return factor * small_iris_shift(*small)
    target_NP1 = after_NCHW.double().mean(1).flatten(1)[..., None]
    with torch.no_grad():
        before = before_NCHW.double().mean(1)
        weight_NP1 = weights(before, find_iris(before_NCHW), WINDOW)
        terms_NPK = terms(before, target_NP1, weight_NP1)
    return -least_squares(terms_NPK, target_NP1, weight_NP1)[:, :2, 0].float()


def weights(before_NHW: Tensor, centre_N2: Tensor, window: float) -> Tensor:
    """How much each pixel counts, (N, P, 1)."""
    y, x = grid_of(before_NHW)
    centre = centre_N2[:, :, None, None]
    distance = torch.hypot(x - centre[:, 0], y - centre[:, 1]) / (window * before_NHW.shape[2])
    return torch.exp(-0.5 * distance.square()).flatten(1)[..., None]


def terms(before_NHW: Tensor, target_NP1: Tensor, weight_NP1: Tensor) -> Tensor:
    """Slopes right and down of what looks alone explain of the target, then the looks, (N, P, 7)."""
    n, height, width = before_NHW.shape
    y, x = grid_of(before_NHW)
    light_NPK = torch.stack([torch.ones_like(x), x / width - 0.5, y / height - 0.5], -1).flatten(0, 1).expand(n, -1, -1)
    looks_NPK = torch.cat([torch.stack([before_NHW, before_NHW.square()], -1).flatten(1, 2), light_NPK], dim=2)
    explained = (looks_NPK @ least_squares(looks_NPK, target_NP1, weight_NP1)).reshape(n, height, width)
    down, right = torch.gradient(explained, dim=(1, 2))
    return torch.cat([torch.stack([right, down], -1).flatten(1, 2), looks_NPK], dim=2)


def grid_of(images_NHW: Tensor) -> list[Tensor]:
    """Rows and columns of every pixel, each (H, W)."""
    lengths = (
        torch.arange(length, dtype=images_NHW.dtype, device=images_NHW.device) for length in images_NHW.shape[1:]
    )
    return list(torch.meshgrid(*lengths, indexing="ij"))


def least_squares(terms_NPK: Tensor, target_NP1: Tensor, weight_NP1: Tensor) -> Tensor:
    """Weights of the terms, (N, K, 1), that come closest to the target. Nothing here waits for a GPU."""
    weighted = (terms_NPK * weight_NP1).transpose(1, 2)
    ridge = RIDGE * torch.eye(terms_NPK.shape[2], dtype=terms_NPK.dtype, device=terms_NPK.device)
    solved: Tensor = torch.linalg.solve_ex(weighted @ terms_NPK + ridge, weighted @ target_NP1).result
    return solved


def shifted(images_NHW: Tensor, shift_N2: Tensor) -> Tensor:
    """Each picture moved by x, y pixels; edges are repeated."""
    _, height, width = images_NHW.shape
    scale = torch.eye(2, 3).to(images_NHW).repeat(len(images_NHW), 1, 1)
    scale[:, :, 2] = -2 * shift_N2 / shift_N2.new_tensor([width - 1, height - 1])
    grid = F.affine_grid(scale, [len(images_NHW), 1, height, width], align_corners=True)
    moved = F.grid_sample(images_NHW[:, None], grid, mode="bicubic", padding_mode="border", align_corners=True)
    return moved[:, 0]


def find_iris(images_NCHW: Tensor) -> Tensor:
    """Centre of the iris as (N, 2): x, y in pixels, pixel centres at integers."""
    if (factor := reduction(images_NCHW.shape[3])) > 1:
        return factor * find_iris(F.avg_pool2d(images_NCHW.float(), factor)) + (factor - 1) / 2
    responses_NRHW = darkness(images_NCHW)
    radius = responses_NRHW.flatten(2).amax(2).argmax(1)
    return peak(responses_NRHW[torch.arange(len(radius), device=radius.device), radius])


def darkness(images_NCHW: Tensor) -> Tensor:
    """How much darker a disc round each pixel is than its ring, (N, R, H, W) for R radii."""
    grey = images_NCHW.float().mean(1, keepdim=True)
    width = grey.shape[3]
    reach = max(1, round(3 * SMOOTHING * width))
    grey = F.conv2d(padded(grey, reach), gaussian(SMOOTHING * width, reach, grey.device))
    side = round(RING * max(RADII) * width)
    templates = torch.stack([disc_and_ring(share * width, side, grey.device) for share in RADII])[:, None]
    return F.conv2d(padded(grey, side), templates)


def disc_and_ring(radius: float, reach: int, device: torch.device) -> Tensor:
    """(2 reach + 1) square: ring mean minus disc mean."""
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32, device=device)
    distance = torch.hypot(offsets[:, None], offsets[None, :])
    disc = torch.sigmoid(4 * (radius - distance))
    ring = torch.sigmoid(4 * (RING * radius - distance)) * (1 - disc)
    return ring / ring.sum() - disc / disc.sum()


def gaussian(sigma: float, reach: int, device: torch.device) -> Tensor:
    """A blur kernel (1, 1, 2 reach + 1, 2 reach + 1)."""
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=device) / sigma) ** 2)
    square = line[:, None] * line[None, :]
    return (square / square.sum())[None, None]


def padded(images_NCHW: Tensor, reach: int) -> Tensor:
    """Edges repeated by `reach` pixels."""
    return F.pad(images_NCHW, (reach, reach, reach, reach), mode="replicate")


def peak(maps_NHW: Tensor) -> Tensor:
    """The highest place of each map as (N, 2) x, y, refined by a parabola through its neighbours."""
    n, height, width = maps_NHW.shape
    place = maps_NHW.flatten(1).argmax(1)
    y, x = place // width, place % width
    rows = torch.arange(n, device=place.device)

    def at(dy: int, dx: int) -> Tensor:
        return maps_NHW[rows, (y + dy).clamp(0, height - 1), (x + dx).clamp(0, width - 1)]

    middle = at(0, 0)
    return torch.stack([x + vertex(at(0, -1), middle, at(0, 1)), y + vertex(at(-1, 0), middle, at(1, 0))], dim=1)


def vertex(before: Tensor, middle: Tensor, after: Tensor) -> Tensor:
    """Where between -0.5 and 0.5 a parabola through three neighbours is highest; 0 where it is no peak."""
    bend = before + after - 2 * middle
    shift = 0.5 * (before - after) / torch.where(bend < 0, bend, torch.ones_like(bend))
    return torch.where((bend < 0) & bend.isfinite(), shift.clamp(-0.5, 0.5), torch.zeros_like(shift))
