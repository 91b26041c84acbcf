"""gazeaug: make rendered eyes look real without moving the gaze.

    report = gazeaug.refine("unityeyes.h5", model="refiner.onnx")
    run = gazeaug.train(synthetic="unityeyes.h5", real="real.h5")
    with gazeaug.open_eyes("unityeyes.refined.h5") as eyes: ...
    eyes = gazeaug.find_eyes("photo.jpg")
    dataset = gazeaug.EyeDataset("unityeyes.refined.h5", gaze="pitchyaw")

All of them are imported on first use, so that refining never waits for torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gazeaug.converting.conversion import convert
    from gazeaug.eyefile.reader import open_eyes
    from gazeaug.feeding.dataset import EyeDataset
    from gazeaug.feeding.sampler import ChunkShuffledSampler
    from gazeaug.photos.eyes import find_eyes
    from gazeaug.photos.options import PhotoOptions
    from gazeaug.refining.work import refine
    from gazeaug.training.loop import train

__all__ = [
    "ChunkShuffledSampler",
    "EyeDataset",
    "PhotoOptions",
    "convert",
    "find_eyes",
    "open_eyes",
    "refine",
    "train",
]

_HOMES = {
    "ChunkShuffledSampler": "gazeaug.feeding.sampler",
    "EyeDataset": "gazeaug.feeding.dataset",
    "PhotoOptions": "gazeaug.photos.options",
    "convert": "gazeaug.converting.conversion",
    "find_eyes": "gazeaug.photos.eyes",
    "open_eyes": "gazeaug.eyefile.reader",
    "refine": "gazeaug.refining.work",
    "train": "gazeaug.training.loop",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'gazeaug' has no attribute '{name}'")
