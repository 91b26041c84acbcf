"""How well and how fast eyes are found in photographs: `python -m benchmarks.photographs [TABLE...]`.

Runs where the extra 'eyes' and scikit-image are: `make test-eyes` makes such an environment, .venv-eyes. Where the real
data are (see `tests/sources/test_real_data.py`) the scale of three sources is compared too (`photograph_scale.py`).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from benchmarks.photograph_changes import (
    CHANGES,
    copies,
    corners,
    error_of,
    pupil_errors,
    read_photographs,
    turned_away,
    with_closed_eyes,
)
from benchmarks.photograph_scale import irises, scale
from gazeaug.photos.eyes import eyes_in, find_eyes
from gazeaug.photos.faces import Face
from gazeaug.photos.mediapipe_faces import MediapipeFaces, open_finder
from gazeaug.photos.options import PhotoOptions
from gazeaug.pictures.decoding import read_upright

N_PASTED, N_TIMED, N_FEW, N_MANY = 40, 60, 200, 2_000
TURNED = {
    f"the far half squeezed to {100 * share:.0f} %": partial(turned_away, share=share) for share in (0.7, 0.5, 0.4, 0.3)
}
PEAK = """
import sys
from gazeaug.photos.photographs import prepare_photos
prepare_photos([sys.argv[1]], sys.argv[2], workers=1)
print("PEAK", open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def main(*names: str) -> None:
    """Print the tables of those names, or all, where the extra is."""
    if not all(map(find_spec, ("mediapipe", "skimage", "matplotlib"))):
        print("photographs: needs the extra 'eyes' and scikit-image; run it in .venv-eyes (make test-eyes)")
        return
    photographs = read_photographs()
    for table in (detection, filters, pupils, speed, memory, scale, irises):
        if not names or table.__name__ in names:
            with tempfile.TemporaryDirectory() as name:
                table(photographs, Path(name))
            print(flush=True)


def detection(photographs: dict[str, Image.Image], _: Path) -> None:
    """Faces found, and how far their corners lie from where the unchanged photograph has them."""
    finder = open_finder()
    print(
        "| pictures | faces found | further ones | corner error, % of the eye's width: mean, worst |\n|---|---|---|---|"
    )
    known = {name: corners(finder.find_faces(picture)[0]) for name, picture in photographs.items()}
    for change, (alter, moved) in CHANGES.items():
        errors, n_more = [], 0
        for name, picture in photographs.items():
            found = finder.find_faces(alter(picture))
            off = sorted(error_of(face, moved(known[name], picture)) for face in found)
            errors += off[:1]
            n_more += len(off[1:])
        figures = f"{100 * np.mean(errors):.1f}, {100 * max(errors):.1f}" if errors else ""
        print(f"| {change} | {len(errors)} of {len(photographs)} | {n_more} | {figures} |")
    for what, pictures, n_faces in other_pictures(photographs):
        for way, one in [("", finder), (", thorough", MediapipeFaces(thorough=True))]:
            n_found = sum(len(one.find_faces(picture)) for picture in pictures)
            n_right = min(n_found, n_faces)
            print(f"| {what}{way} | {n_right} of {n_faces} | {n_found - n_right} | |")


def other_pictures(photographs: dict[str, Image.Image]) -> list[tuple[str, list[Image.Image], int]]:
    """Sets of pictures by name, with how many faces they hold."""
    import skimage.data

    canvas = Image.new("RGB", (1600, 700), (90, 100, 110))
    for i, picture in enumerate(photographs.values()):
        canvas.paste(picture, (20 + 560 * i, 40))
    small = (np.clip(skimage.data.lfw_subset(), 0, 1) * 255).astype(np.uint8)
    framed = [enlarged(pixels) for pixels in small]
    without = [Image.fromarray(getattr(skimage.data, name)()) for name in ("chelsea", "coffee", "brick", "rocket")]
    return [
        ("both on one canvas of 1600x700", [canvas], len(photographs)),
        ("lfw_subset: 100 faces of 25x25, 8 times enlarged", framed[:100], 100),
        ("lfw_subset: 100 cuts without a face", framed[100:], 0),
        ("chelsea, coffee, brick, rocket", [picture.convert("RGB") for picture in without], 0),
    ]


def enlarged(pixels: np.ndarray) -> Image.Image:
    """A tiny picture 8 times as large, with its edges repeated around it."""
    large = Image.fromarray(pixels).resize((200, 200), Image.Resampling.BICUBIC)
    return Image.fromarray(np.pad(np.asarray(large), 100, mode="edge")).convert("RGB")


def filters(photographs: dict[str, Image.Image], _: Path) -> None:
    """What the filters do with faces whose eyes are closed, and with faces squeezed on the far side."""
    finder = open_finder()
    print("| pictures | eyes | kept | left out |\n|---|---|---|---|")
    ways: dict[str, Callable[[Image.Image, Face], Image.Image]] = {"as they are": lambda picture, _: picture}
    ways |= {"lids drawn down": with_closed_eyes, **TURNED}
    for what, alter in ways.items():
        reasons = []
        for picture in photographs.values():
            changed = alter(picture, finder.find_faces(picture)[0])
            reasons += [eye.left_out for eye in eyes_in(changed, finder, PhotoOptions())]
        said = ", ".join(sorted(reason.split(" is below")[0] for reason in reasons if reason))
        print(f"| {what} | {len(reasons)} | {reasons.count(None)} | {said} |")


def pupils(photographs: dict[str, Image.Image], _: Path) -> None:
    """How far `iris_2d` lies from known pupils of rendered eyes in the place of the photographs' own."""
    print("| rendered eyes in photographs | pupil error, pixels of 55: mean | median | 90 % | within 1 |")
    print("|---|---|---|---|---|")
    for domain in ("synthetic", "camera"):
        errors = pupil_errors(photographs, N_PASTED, domain=domain, seed=3)
        near = f"{100 * np.mean(errors < 1):.0f} % of {len(errors)}"
        print(f"| {domain} | {errors.mean():.2f} | {np.median(errors):.2f} | {np.quantile(errors, 0.9):.2f} | {near} |")


def speed(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Pictures a second of a core, so that a busy machine says the same, and over what decoding alone gives."""
    print("| JPEGs | pictures a second and core | over decoding alone |\n|---|---|---|")
    for size in [(640, 480), (1920, 1080)]:
        paths = sorted(copies(photographs, folder / f"{size[0]}", N_TIMED, size).iterdir())
        find_eyes(paths[0])
        began = time.process_time()
        for path in paths:
            read_upright(path, color=True)
        decoded = time.process_time()
        for path in paths:
            find_eyes(path)
        seconds = time.process_time() - decoded
        share = (decoded - began) / seconds
        print(f"| {size[0]}x{size[1]} | {N_TIMED / seconds:.1f} | {share:.2f} |", flush=True)


def memory(photographs: dict[str, Image.Image], folder: Path) -> None:
    """Peak memory of `prepare photos` over few and many pictures."""
    print("| pictures of 640x480, one process | peak memory, MiB | eyes kept |\n|---|---|---|")
    for n in (N_MANY, N_FEW):
        source = copies(photographs, folder / f"n{n}", n, (640, 480))
        output = folder / f"{n}.h5"
        command = [sys.executable, "-c", PEAK, str(source), str(output)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        with h5py.File(output) as file:
            n_kept = len(file["image"])
        print(f"| {n:,} | {int(said.split('PEAK')[1]) / 1024:.0f} | {n_kept:,} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
