"""The cameras by name, and eyes that one of them has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.cameras import bayer, denoised, equalised, glasses, hdr, infrared, phone, shrunk, webcam
from gazeaug.samples.renderer import Bounds, Photograph, SampleEyes, photograph, render_eyes

SAMPLE = "sample"  # the camera that the refiner was made with; no part of the bank's mean


@dataclass(frozen=True)
class Camera:
    """How it photographs, and what it sees differently before that."""

    photograph: Photograph
    looks: Mapping[str, Bounds] | None = None
    """Over the renderer's for its camera domain."""


CAMERAS = {
    SAMPLE: Camera(photograph),
    "phone": Camera(phone.photograph),
    "webcam": Camera(webcam.photograph),
    "infrared": Camera(infrared.photograph, infrared.LOOKS),
    "equalised": Camera(equalised.photograph),
    "glasses": Camera(glasses.photograph),
    "denoised": Camera(denoised.photograph),
    "bayer": Camera(bayer.photograph),
    "shrunk": Camera(shrunk.photograph),
    "hdr": Camera(hdr.photograph),
}


def camera_eyes(name: str, n: int, *, seed: int, size: tuple[int, int] = (35, 55)) -> SampleEyes:
    """Labelled eyes as a camera of the bank sees them: for one seed and size the same eyes whatever the camera."""
    camera = CAMERAS[name]
    return render_eyes(n, domain="camera", seed=seed, size=size, looks=camera.looks, camera=camera.photograph)
