"""Where estimators err: the mean error over pitch and yaw of the true gaze, as a chart of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from gazeaug.drawing.charts import WIDTH, round_ticks
from gazeaug.drawing.look import INK, drawn_alike, figure_of, page_svg

BINS_DEGREES = (2.5, 5.0, 10.0, 20.0)  # the smallest is taken whose bins with enough eyes hold most of all eyes
FEWEST = 10  # eyes of a bin; of fewer it stays blank
MOST = 0.8
COLOURS = colormaps["viridis"]
BAR_STEPS, BAR_WIDTH = 40, 0.035  # of the colour scale; its width as a share of the chart's

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorMap:
    """The map of one training set."""

    title: str
    errors: Array
    """Mean error in each bin, degrees, (pitch bins, yaw bins); NaN where there are too few eyes."""
    pitches: Array
    """Lower edges of the bins, degrees."""
    yaws: Array
    bin_degrees: float
    highest: float
    """Error at the upper end of the colour scale, which all maps of a page share; it begins at 0."""
    note: str = ""
    keys: tuple[str, ...] = ()

    def svg(self, width: int = WIDTH) -> str:
        """An element of a page."""
        rows, columns = self.errors.shape
        drawn = 0.72 * width  # what axes and colour scale leave
        height = min(max(drawn * rows / columns, 90), 420) + 60
        with drawn_alike():
            figure = figure_of(width, height)
            axes = figure.add_subplot()
            self.plot(axes)
            root = page_svg(figure, f"{self.title}: mean error over pitch and yaw")
        return ElementTree.tostring(root, encoding="unicode")

    def plot(self, axes: Axes) -> None:
        """Draw on empty axes, what is left in the picture on the left, with the colour scale beside it."""
        for row, column in zip(*np.nonzero(np.isfinite(self.errors)), strict=True):
            colour = COLOURS(self.errors[row, column] / self.highest)
            corner = self.yaws[column], self.pitches[row]
            axes.add_patch(Rectangle(corner, self.bin_degrees, self.bin_degrees, facecolor=colour, linewidth=0))
        axes.set_xlim(self.yaws[-1] + self.bin_degrees, self.yaws[0])
        axes.set_ylim(self.pitches[0], self.pitches[-1] + self.bin_degrees)
        axes.grid(visible=False)
        for axis in (axes.xaxis, axes.yaxis):
            round_ticks(axis)
        axes.set_xlabel("yaw, degrees; image-left is positive")
        axes.set_ylabel("pitch, degrees; up is positive")
        scale = axes.inset_axes((1.05, 0, BAR_WIDTH, 1))
        steps = np.arange(BAR_STEPS) * self.highest / BAR_STEPS
        colours = [COLOURS((number + 0.5) / BAR_STEPS) for number in range(BAR_STEPS)]
        scale.bar(np.zeros(BAR_STEPS), self.highest / BAR_STEPS * 1.05, bottom=steps, color=colours, width=1)
        scale.set_ylim(0, self.highest)
        scale.yaxis.tick_right()
        round_ticks(scale.yaxis)
        scale.set_xticks([])
        scale.grid(visible=False)
        scale.set_title("error", color=INK, fontsize="medium", loc="left")


def error_maps(errors: Mapping[str, Array], truth: Array) -> list[ErrorMap]:
    """Maps with one colour scale; none where no bin has enough eyes.

    Args:
        errors: of every test row, degrees (N,), by training set.
        truth: pitch and yaw of the test rows, radians (N, 2).
    """
    for size in BINS_DEGREES:
        bins = np.floor(np.rad2deg(truth) / size + 0.5).astype(int)  # 0 in the middle: targets often lie on a grid
        counts = counted(bins, np.ones(len(bins)))
        is_known = counts >= FEWEST
        if counts[is_known].sum() >= MOST * len(bins):
            break
    if not is_known.any():
        return []
    used = [np.flatnonzero(is_known.any(axis)) for axis in (1, 0)]
    window = tuple(slice(rows[0], rows[-1] + 1) for rows in used)
    pitches, yaws = (size * (low - 0.5 + np.arange(n)) for low, n in zip(bins.min(0), counts.shape, strict=True))
    means = {
        name: np.where(is_known, counted(bins, each) / np.maximum(counts, 1), np.nan) for name, each in errors.items()
    }
    highest = float(np.ceil(max(np.nanmax(each) for each in means.values())))
    return [
        ErrorMap(name, each[window], pitches[window[0]], yaws[window[1]], size, max(highest, 1.0))
        for name, each in means.items()
    ]


def counted(bins: NDArray[np.int64], weights: Array) -> Array:
    """Sums of weights by bin of pitch and yaw, the lowest bins first."""
    places = bins - bins.min(0)
    shape = places.max(0) + 1
    found = np.bincount(places[:, 0] * shape[1] + places[:, 1], weights=weights, minlength=shape.prod())
    return found.reshape(shape)
