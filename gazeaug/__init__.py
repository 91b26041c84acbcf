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
    from gazeaug.chunk_sampler import ChunkShuffledSampler
    from gazeaug.converting import convert
    from gazeaug.eye_dataset import EyeDataset
    from gazeaug.eyes import open_eyes
    from gazeaug.photo_eyes import PhotoOptions, find_eyes
    from gazeaug.refining import refine
    from gazeaug.training import train

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
    "ChunkShuffledSampler": "gazeaug.chunk_sampler",
    "EyeDataset": "gazeaug.eye_dataset",
    "PhotoOptions": "gazeaug.photo_eyes",
    "convert": "gazeaug.converting",
    "find_eyes": "gazeaug.photo_eyes",
    "open_eyes": "gazeaug.eyes",
    "refine": "gazeaug.refining",
    "train": "gazeaug.training",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'gazeaug' has no attribute '{name}'")
