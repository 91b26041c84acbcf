"""Sample data made on the spot: rendered eyes with labels, camera eyes without, and the camera eyes' truth apart."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import create_hdf5
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES
from gazeaug.keywords import with_options_of
from gazeaug.output_kinds import Kind, check_folder_name
from gazeaug.outputs import check_free_space, check_output, replacing, writing_to
from gazeaug.preparing.processes import APART
from gazeaug.progress import progress
from gazeaug.samples.anatomy import BLOCK
from gazeaug.samples.options import GazeRange, SampleArguments, SampleOptions
from gazeaug.samples.renderer import SampleEyes, render_block

LABELS = {
    "look_vec": Label.of(np.float32, (4,), LOOK_VEC_ATTRIBUTES),
    "iris_centre": Label.of(
        np.float32, (2,), {"units": "pixels", "axes": "x right, y down, pixel centres at integers"}
    ),
    "path": TEXT,
}
WORKERS = 2

SOURCE = "gazeaug sample-data"  # of the files, by their provenance


@with_options_of(SampleArguments, after=1)
def make_sample_data(
    folder: Path | str,
    *,
    synthetic_gaze: GazeRange | None = None,
    camera_gaze: GazeRange | None = None,
    **options: Any,
) -> list[Path]:
    """Write unityeyes.h5 (labelled), real.h5 (images only) and real_truth.h5 (those images' labels, for evaluation).

    The Kaggle layout names them gaze.h5, real_gaze.h5 and real_truth.h5.

    Args:
        folder: where to; made if it is not there.
        synthetic_gaze: limits of the rendered eyes' gaze.
        camera_gaze: limits of the camera eyes' gaze.
        options: those of `SampleOptions`.

    Returns:
        The three files.

    Raises:
        InputError: an option out of range, or a file that is there already.

    Example:
        >>> synthetic, real, truth = gazeaug.make_sample_data("sample", rows=32)
        >>> len(gazeaug.open_eyes(synthetic))
        32
    """
    how = SampleOptions(**options)
    n, size, seed, layout = how.rows, how.size, how.seed, how.layout
    folder = Path(folder)
    check_folder_name(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: expected the name of a folder to write in, found a file.")
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    names = ("unityeyes.h5", "real.h5") if layout == "gazeaug" else ("gaze.h5", "real_gaze.h5")
    labelled, unlabelled, truth = (folder / name for name in (*names, "real_truth.h5"))
    for path in (labelled, unlabelled, truth):
        check_output(path, overwrite=how.overwrite, kind=Kind.EYES)
    check_free_space(labelled, 3 * n * size[0] * size[1])

    write = write_slabs if layout == "gazeaug" else write_group
    render = partial(render_block, seed=seed, size=size)
    synthetic = partial(render, domain="synthetic", gaze=synthetic_gaze)
    camera = partial(render, domain="camera", gaze=camera_gaze)
    source = {"source": SOURCE, "seed": seed}
    write(labelled, blocks(synthetic, n, "synthetic eyes"), size, {**source, "domain": "synthetic"}, labelled=True)
    write(unlabelled, blocks(camera, n, "camera eyes"), size, {**source, "domain": "camera"}, labelled=False)
    write(truth, blocks(camera, n, "camera truth"), size, {**source, "domain": "camera"}, labelled=True)
    return [labelled, unlabelled, truth]


def blocks(render: partial[SampleEyes], n: int, title: str) -> Iterator[SampleEyes]:
    """`n` eyes block by block, rendered by a few processes, in order."""
    counts = [min(BLOCK, n - start) for start in range(0, n, BLOCK)]
    # Spawned processes, since a fork after torch has started its threads can hang.
    pool = APART.Pool(min(WORKERS, len(counts))) if len(counts) > 4 * WORKERS else None
    with contextlib.ExitStack() as stack:
        if pool is not None:
            stack.enter_context(pool)
        rendered = pool.imap(render, range(len(counts)), chunksize=4) if pool else map(render, range(len(counts)))
        with progress(title, n, unit="eyes", leave=False) as bar:
            for eyes, count in zip(rendered, counts, strict=True):
                yield SampleEyes(eyes.images[:count], eyes.look_vec[:count], eyes.iris_centre[:count])
                bar.update(count)


def write_slabs(
    path: Path, eyes: Iterator[SampleEyes], size: tuple[int, int], attributes: dict[str, object], *, labelled: bool
) -> None:
    """Write format version 1."""
    labels = LABELS if labelled else {}
    with EyeWriter(
        path, image_shape=size, labels=labels, attributes=attributes, provenance=provenance.make(**attributes)
    ) as writer:
        for block in eyes:
            paths = picture_names(writer.n_images, len(block.images))
            rows = {"look_vec": block.look_vec, "iris_centre": block.iris_centre, "path": paths}
            writer.append(block.images, rows if labelled else {})


def write_group(
    path: Path, eyes: Iterator[SampleEyes], size: tuple[int, int], attributes: dict[str, object], *, labelled: bool
) -> None:
    """Write the Kaggle layout: `image` a group of one dataset a picture, joined to `look_vec` by `path`."""
    look_vec, n = [], 0
    with replacing(path) as partial_path, writing_to(path), create_hdf5(partial_path, libver="v110") as file:
        file.attrs.update(attributes)
        group = file.create_group("image")
        for block in eyes:
            for image in block.images:
                n += 1
                group.create_dataset(str(n), data=image)
            look_vec.append(block.look_vec)
        if labelled:
            file["look_vec"] = np.concatenate(look_vec)
            file.create_dataset("path", data=picture_names(0, n), dtype=h5py.string_dtype())


def picture_names(start: int, n: int) -> np.ndarray:
    """imgs/1.jpg and on, as UnityEyes numbers its pictures."""
    return np.array([f"imgs/{i + 1}.jpg" for i in range(start, start + n)], dtype=object)
