"""Facts of one file or folder for the listing, from its header alone; kept as long as the file is the same."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gazeaug.errors import GazeaugError
from gazeaug.provenance import folders_out_of, in_words
from gazeaug.runs.folder import CONFIG, METRICS, REFINER, STATE, read_state
from gazeaug_studio.onnx_header import MessageError, read_metadata

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
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


def facts_of(path: Path, kind: str, status: os.stat_result, names: Sequence[str]) -> Facts:
    """Facts of a thing of a kind.

    Args:
        path: of the thing.
        kind: by its name; a file that is none of that kind is "unreadable".
        status: of the thing.
        names: of all files of a folder.

    Raises:
        OSError: it is gone, or cannot be read.
    """
    stamp = (status.st_size, status.st_mtime_ns, status.st_ino)
    try:
        if kind == "eyes":
            return Facts(kind, dict(eye_facts(path, stamp)))
        if kind == "model":
            return Facts(kind, dict(model_facts(path, stamp)))
        if kind == "run":
            return Facts(kind, run_facts(path), modified_in(path))
    except GazeaugError as error:
        return Facts("unreadable", {"problem": folders_out_of(str(error), [path])})
    if kind == "pictures":
        n_pictures = sum(name.lower().endswith(PICTURES) for name in names)
        return Facts(kind, {"n": n_pictures, "has_json": any(map(UNITYEYES.fullmatch, names))})
    return Facts(kind, {})


@lru_cache(maxsize=4096)
def eye_facts(path: Path, stamp: tuple[int, ...]) -> Mapping[str, Any]:
    """Facts of an eye file; raises InputError where it is none."""
    from gazeaug.eyefile.origin import REFINED, Origin
    from gazeaug.eyefile.reader import GAZE_LABELS, open_eyes

    with open_eyes(path, quiet=True, any_gaze=True) as eyes:
        origin = Origin.of(eyes)
        is_refined = origin.kind == REFINED
        height, width, *channels = eyes.image_shape
        return {
            "n_images": eyes.n_images,
            "height": height,
            "width": width,
            "channels": channels[0] if channels else 1,
            "labels": sorted(eyes.labels),
            "gaze": any(name in eyes.labels for name in GAZE_LABELS),
            "made_by": next(iter(in_words(eyes.provenance)), None),
            "is_refined": is_refined,
            "refined_from": next(iter(origin.input_names), None) if is_refined else None,
        }


@lru_cache(maxsize=1024)
def model_facts(path: Path, stamp: tuple[int, ...]) -> Mapping[str, Any]:
    """Facts of an ONNX refiner; raises GazeaugError where the file is damaged."""
    try:
        said = read_metadata(path)
    except MessageError as error:
        raise GazeaugError(f"{path}: no ONNX model, or a damaged one.") from error
    shape = {name: said.get(f"gazeaug.{name}", "") for name in MODEL_SHAPE}
    numbers = {name: int(text) if text.isascii() and text.isdigit() else None for name, text in shape.items()}
    return {"run": said.get("gazeaug.run"), **numbers}


def run_facts(path: Path) -> dict[str, Any]:
    """Facts of a run: what it last said of itself, whatever of that is there yet."""
    state = stated(path)
    return {
        "step": state.get("step"),
        "steps": settings(path).get("steps"),
        "state": "complete" if state.get("complete") else "incomplete",
        "has_refiner": (path / REFINER).is_file(),
    }


def stated(run: Path) -> dict[str, Any]:
    """The state of a run; empty where it has none yet, or a damaged one."""
    try:
        state = read_state(run)
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def settings(run: Path) -> dict[str, Any]:
    """The options of a run; empty where its config.json is none of a run, half written, or gone."""
    try:
        found = json.loads((run / CONFIG).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    options = found.get(SETTINGS) if isinstance(found, dict) else None
    return options if isinstance(options, dict) else {}


def modified_in(run: Path) -> float | None:
    """When a run last wrote its state or its metrics."""
    times = [path.stat().st_mtime for name in (STATE, METRICS, CONFIG) if (path := run / name).is_file()]
    return max(times, default=None)
