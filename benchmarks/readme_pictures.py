"""The two pictures of the README: docs/results.png from the tables of docs/results, docs/eyes.png from a demo's files.

python -m benchmarks.readme_pictures            # the chart
python -m benchmarks.readme_pictures demo       # and the eyes, from what `gazeaug demo` left in demo/
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gazeaug.drawing.look import COLOURS, drawn_alike
from gazeaug.eyefile.reader import open_eyes

DOCS = Path(__file__).parents[1] / "docs"
SCALE, GUTTER, NAME_WIDTH, N_EYES = 3, 6, 150, 6
BACKGROUND, INK = (255, 255, 255), (40, 40, 40)
GREY = "#9a9a9a"
REAL_SETS = ("UT Multiview", "Columbia", "MPIIGaze p00")
LEARNT_FROM = {
    "normalised renderer": "rendered eyes",
    "refined, `fast`": "refined eyes",
    "real eyes": "labelled real eyes",
}


@dataclass(frozen=True)
class Camera:
    """Shares of the gap that are closed for a simulated camera, in per cent."""

    name: str
    refined: int
    augmented: int


@dataclass(frozen=True)
class Error:
    """Degrees on a real set, with the interval of 95 %."""

    learnt_from: str
    mean: float
    low: float
    high: float


def tables(page: str) -> dict[str, list[list[str]]]:
    """The Markdown tables of a page, header first, by their first title."""
    found: dict[str, list[list[str]]] = {}
    for block in re.findall(r"(?:^\|.*\n)+", page, re.M):
        rows = [[cell.strip() for cell in line.strip("|\n ").split("|")] for line in block.splitlines()]
        found.setdefault(rows[0][0], rows[:1] + rows[2:])
    return found


def simulated_cameras() -> list[Camera]:
    """What docs/results/cameras.md says of each camera, the best first; the mean leaves `sample` out."""
    titles, *rows = tables((DOCS / "results" / "cameras.md").read_text("utf-8"))["camera"]
    places = titles.index("gap closed: refined"), titles.index("gap closed: augmentation")
    shares = [[int(re.match(r"-?\d+", row[place])[0]) for place in places] for row in rows]  # type: ignore[index]
    cameras = [Camera(row[0], *share) for row, share in zip(rows, shares, strict=True)]
    return [*sorted(cameras[:-1], key=lambda camera: -camera.refined), cameras[-1]]


def real_sets() -> dict[str, list[Error]]:
    """What docs/results/real_gap.md says of its three sets."""
    pages = tables((DOCS / "results" / "real_gap.md").read_text("utf-8"))
    errors: dict[str, list[Error]] = {}
    for name in REAL_SETS:
        for row in pages[f"{name}: trained on"][1:]:
            for start, learnt_from in LEARNT_FROM.items():
                if row[0].startswith(start):
                    mean, low, high = (float(number) for number in re.findall(r"\d+\.\d+", row[1]))
                    errors.setdefault(name, []).append(Error(learnt_from, mean, low, high))
    return errors


def draw_results(path: Path) -> None:
    """Shares of simulated cameras on the left, degrees of real eyes on the right."""
    with drawn_alike():
        figure = Figure((11, 5.2), dpi=144)
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1))
        draw_cameras(left, simulated_cameras())
        draw_real(right, real_sets())
        figure.savefig(path, format="png")


def draw_cameras(axes: Axes, cameras: list[Camera]) -> None:
    """Two bars a camera."""
    places = np.arange(len(cameras))
    axes.barh(places - 0.2, [camera.refined for camera in cameras], 0.4, color=COLOURS[0], label="refined eyes")
    axes.barh(places + 0.2, [camera.augmented for camera in cameras], 0.4, color=GREY, label="ordinary augmentation")
    for place, camera in zip(places, cameras, strict=True):
        axes.text(camera.refined + 1, place - 0.2, f"{camera.refined} %", va="center", size=9)
        axes.text(max(camera.augmented, 0) + 1, place + 0.2, f"{camera.augmented} %", va="center", size=9)
    names = [camera.name.replace("mean of 9 without sample", "mean of 9") for camera in cameras]
    axes.set_yticks(places, names)
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.axhline(len(cameras) - 1.5, color=GREY, linewidth=0.8)
    axes.set_ylim(len(cameras) - 0.4, -0.6)
    axes.set_xlim(-4, 100)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xticks(range(0, 101, 20), [f"{share} %" for share in range(0, 101, 20)])
    axes.set_title("Simulated cameras: share of the gap closed")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    axes.grid(visible=False, axis="y")


def draw_real(axes: Axes, errors: dict[str, list[Error]]) -> None:
    """A dot and its interval for each set and what was learnt from."""
    colours = dict(zip(LEARNT_FROM.values(), (GREY, COLOURS[0], COLOURS[1]), strict=True))
    for place, found in enumerate(errors.values()):
        for shift, error in zip((-0.26, 0, 0.26), found, strict=True):
            bar = [[error.mean - error.low], [error.high - error.mean]]
            label = error.learnt_from if place == 0 else None
            colour = colours[error.learnt_from]
            axes.errorbar(place + shift, error.mean, bar, fmt="o", color=colour, capsize=3, label=label)
            axes.text(place + shift, error.high + 0.15, f"{error.mean:.2f}", ha="center", size=9)
    axes.set_xticks(range(len(errors)), list(errors))
    axes.set_xlim(-0.5, len(errors) - 0.5)
    axes.set_ylim(0, 12)
    axes.set_title("Real eyes: mean error in degrees")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3, columnspacing=1, handletextpad=0.3)
    axes.grid(visible=False, axis="x")


def draw_eyes(demo: Path, path: Path) -> None:
    """Three named rows: rendered, the same refined, and other eyes of the camera that they were refined towards."""
    rows = np.arange(N_EYES)
    sources = {
        "rendered": "unityeyes.h5",
        "refined": "unityeyes.refined.h5",
        "simulated\ncamera": "real.h5",
    }
    pictures = {name: eyes_of(demo / file, rows) for name, file in sources.items()}
    height, width = (side * SCALE for side in pictures["rendered"].shape[1:3])
    size = NAME_WIDTH + N_EYES * (width + GUTTER), len(pictures) * (height + GUTTER) - GUTTER
    sheet = Image.new("RGB", size, BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(22)
    for place, (name, images) in enumerate(pictures.items()):
        top = place * (height + GUTTER)
        draw.text((NAME_WIDTH - 16, top + height / 2), name, INK, font, anchor="rm", align="right")
        for column, image in enumerate(images):
            picture = Image.fromarray(image).convert("RGB").resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(picture, (NAME_WIDTH + column * (width + GUTTER), top))
    sheet.save(path)


def eyes_of(path: Path, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Some rows of an eye file."""
    with open_eyes(path) as eyes:
        return eyes.read_rows(rows)


def main(arguments: list[str]) -> None:
    """Write the chart, and the eyes where a demo's folder is given."""
    draw_results(DOCS / "results.png")
    if arguments:
        draw_eyes(Path(arguments[0]), DOCS / "eyes.png")


if __name__ == "__main__":
    main(sys.argv[1:])
