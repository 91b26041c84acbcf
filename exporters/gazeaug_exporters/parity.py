"""The proof that an exported file does what the trained refiner does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from gazeaug.errors import RunError
from gazeaug.runtime.quiet import onnxruntime

BATCH_SIZES = (1, 7)
EQUAL_SHARE = 0.999  # fp32: rounding may fall on the other side for one pixel in a thousand


@dataclass(frozen=True)
class Parity:
    """How far torch and ONNX Runtime are apart, in grey levels, over all batch sizes tried."""

    largest_difference: float
    equal_share: float

    def __str__(self) -> str:
        return f"largest difference {self.largest_difference:g} grey levels, {self.equal_share:.3%} of pixels equal"


def prove_parity(module: nn.Module, model: Path, image_shape: tuple[int, ...], *, io: str) -> Parity:
    """Run pictures of noise and of flat and sloping grey through both, on the CPU, at two batch sizes.

    Args:
        module: what was exported.
        model: the file.
        image_shape: of one picture as the file takes it.
        io: "uint8" or "float32".

    Raises:
        RunError: names, shapes, types or values differ: more than one grey level anywhere, or any difference at more
            than one pixel in a thousand.
    """
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    names = [node.name for node in (*session.get_inputs(), *session.get_outputs())]
    if names != ["image", "refined"]:
        raise RunError(f"{model}: expected one input 'image' and one output 'refined', found {names}.")
    differences = []
    for n in BATCH_SIZES:
        images = probe_images(n, image_shape, io)
        with torch.no_grad():
            expected = module(torch.from_numpy(images)).numpy()
        found = session.run(None, {"image": images})[0]
        if found.shape != expected.shape or found.dtype != expected.dtype:
            raise RunError(
                f"{model}: torch gives {expected.dtype} {expected.shape} at batch {n}, ONNX Runtime {found.dtype} "
                f"{found.shape}."
            )
        differences.append(np.abs(found.astype(np.float64) - expected.astype(np.float64)).ravel())
    apart = np.concatenate(differences) * (1 if io == "uint8" else 127.5)
    parity = Parity(float(apart.max()), float((apart < 0.5).mean()))
    if not parity.largest_difference <= 1 or parity.equal_share < EQUAL_SHARE:
        raise RunError(f"{model}: torch and ONNX Runtime disagree: {parity}; no file was written.")
    return parity


def probe_images(n: int, image_shape: tuple[int, ...], io: str) -> np.ndarray:
    """Pictures that reach every grey level: noise, flat ones and slopes."""
    rng = np.random.default_rng(n)
    noise = rng.integers(0, 256, (n, *image_shape), dtype=np.uint8)
    slope = np.linspace(0, 255, int(np.prod(image_shape))).reshape(image_shape).astype(np.uint8)
    noise[n // 2] = slope
    if n > 2:
        noise[-1] = 128
    return noise if io == "uint8" else noise.astype(np.float32) / np.float32(127.5) - np.float32(1)
