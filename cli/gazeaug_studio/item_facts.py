"""Facts of one file or folder for the listing, from its header alone; kept as long as the file is the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gazeaug.errors import GazeaugError, InputError
from gazeaug.provenance import folders_out_of, in_words
from gazeaug.runs.folder import CONFIG, REFINER, STATE
from gazeaug_studio.file_states import State
from gazeaug_studio.json_files import read_json
from gazeaug_studio.onnx_header import MessageError, read_metadata
from gazeaug_studio.run_folder import WRITTEN, last_written

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
NUMBER = re.compile(r"[0-9]{1,9}")
UNITYEYES = re.compile(r"\d+\.json")
SETTINGS = "config"  # the key of config.json that holds a run's options
MODEL_SHAPE = ("height", "width", "channels")


@dataclass(frozen=True)
class Facts:
    """What is said of a thing."""

    kind: str
    facts: Mapping[str, Any]
    modified: float | None = None
    """Seconds since 1970, where that is not the thing's own time."""


def facts_of(path: Path, kind: str, state: State, names: Sequence[str]) -> Facts:
    """Facts of a thing of a kind.

    Args:
        path: of the thing.
        kind: by its name; a file that is none of that kind is "unreadable".
        state: of the thing.
        names: of all files of a folder.

    Raises:
        OSError: it is gone, or cannot be read.
    """
    try:
        if kind == "eyes":
            return Facts(kind, dict(eye_facts(path, state)))
        if kind == "model":
            return Facts(kind, dict(model_facts(path, state)))
        if kind == "run":
            return Facts(kind, run_facts(path, names), last_written(path / name for name in WRITTEN if name in names))
    except GazeaugError as error:
        return Facts("unreadable", {"problem": folders_out_of(str(error), [path])})
    if kind == "pictures":
        n_pictures = sum(name.lower().endswith(PICTURES) for name in names)
        return Facts(kind, {"n": n_pictures, "has_json": any(map(UNITYEYES.fullmatch, names))})
    return Facts(kind, {})


@lru_cache(maxsize=4096)
def eye_facts(path: Path, state: State) -> Mapping[str, Any]:
    """Facts of an eye file, which no lock keeps a job from writing into; raises InputError where it is none."""
    import h5py

    from gazeaug.eyefile.hdf5 import open_hdf5
    from gazeaug.eyefile.links import naming_damage
    from gazeaug.eyefile.reader import IMAGE, open_eyes, read_provenance

    with open_hdf5(path, expected="expected an HDF5 file of eyes", locking=False) as file:
        if file.get(IMAGE, getclass=True) is h5py.Group:  # of a picture each, which takes minutes to join to the labels
            with naming_damage(f"{path}: what it holds"):
                shape, labels = shape_in(file[IMAGE]), labels_of(file, len(file[IMAGE]))
                return said_of(len(file[IMAGE]), shape, labels, read_provenance(file.attrs.get("provenance", "{}")))
    with open_eyes(path, quiet=True, any_gaze=True, locks=False, lazy=True) as eyes:
        return said_of(eyes.n_images, eyes.image_shape, sorted(eyes.labels), eyes.provenance)


def shape_in(pictures: Any) -> tuple[int, ...]:
    """Shape of the first picture of a group that comes to hand; raises InputError where there is none."""
    import h5py

    first = pictures.id.links.iterate(lambda name: name, order=h5py.h5.ITER_NATIVE)
    shape = getattr(None if first is None else pictures[first[0]], "shape", None) or ()
    if len(shape) not in (2, 3):
        raise InputError(f"{pictures.file.filename}: group '{pictures.name.lstrip('/')}' holds no pictures.")
    return tuple(map(int, shape))


def labels_of(file: Any, n_images: int) -> list[str]:
    """Names of the datasets beside a group of pictures that have a row for each."""
    from gazeaug.eyefile.links import datasets_of
    from gazeaug.eyefile.reader import IMAGE, rows_in

    return sorted(name for name, one in datasets_of(file, skip=IMAGE).items() if rows_in(one) == n_images)


def said_of(n_images: int, shape: Sequence[int], labels: list[str], made: Mapping[str, Any]) -> Mapping[str, Any]:
    """Facts of an eye file, by what its header holds; `made` is its provenance."""
    from gazeaug.eyefile.origin import REFINED, kinds_of
    from gazeaug.eyefile.reader import GAZE_LABELS

    height, width, *channels = shape
    is_refined, inputs = kinds_of(made) == {REFINED}, made.get("input")
    return {
        "n_images": n_images,
        "height": height,
        "width": width,
        "channels": channels[0] if channels else 1,
        "labels": labels,
        "gaze": any(name in labels for name in GAZE_LABELS),
        "made_by": next(iter(in_words(made)), None),
        "is_refined": is_refined,
        "refined_from": inputs if is_refined and isinstance(inputs, str) else None,
    }


@lru_cache(maxsize=1024)
def model_facts(path: Path, state: State) -> Mapping[str, Any]:
    """Facts of an ONNX refiner; raises GazeaugError where the file is damaged."""
    try:
        said = read_metadata(path)
    except MessageError as error:
        raise GazeaugError(f"{path}: no ONNX model, or a damaged one.") from error
    shape = {name: said.get(f"gazeaug.{name}", "") for name in MODEL_SHAPE}
    numbers = {name: int(text) if NUMBER.fullmatch(text) else None for name, text in shape.items()}
    return {"run": said.get("gazeaug.run"), **numbers}


def run_facts(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Facts of a run with files of some names: what it last said of itself, whatever of that is there yet."""
    state = (read_json(path / STATE) if STATE in names else None) or {}
    return {
        "step": whole(state.get("step")),
        "steps": whole(settings(path).get("steps")),
        "state": "complete" if state.get("complete") else "incomplete",
        "has_refiner": (path / REFINER).is_file(),
    }


def whole(value: Any) -> int | None:
    """A number of steps; None for whatever else somebody wrote there."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def settings(run: Path) -> dict[str, Any]:
    """The options of a run; empty where its config.json is none of a run, half written, or gone."""
    options = (read_json(run / CONFIG) or {}).get(SETTINGS)
    return options if isinstance(options, dict) else {}
