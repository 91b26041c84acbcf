"""The contract of a model, read off its signature, and pictures as the one in floats takes and gives them.

Shape suffixes: N rows, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.pixels import size_text
from gazeaug.runtime.quiet import onnxruntime

AUTO = "auto"  # of --range: -1..1, once a look at what comes out does not speak against it
SPANS = {"-1..1": (-1.0, 1.0), "0..1": (0.0, 1.0), "0..255": (0.0, 255.0)}
EXPECTED_SIGNATURE = (
    "expected one input and one output, both uint8 [batch, H, W] or [batch, H, W, 3], or both float32 "
    "[batch, C, H, W] in -1..1 (or --range) with C 1 or 3"
)


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What a model takes and gives; None stands for an axis of any length."""

    io: str
    """"uint8": scaling happens in the graph. "float32": [N, C, H, W] in -1..1 or another `span`, scaled here."""
    batch: int | None
    height: int | None
    width: int | None
    channels: int
    span: tuple[float, float] = (-1.0, 1.0)
    """What black and white are, of "float32"."""

    def fits(self, image_shape: tuple[int, ...]) -> bool:
        """Whether pictures of this shape, (H, W) or (H, W, 3), can go in."""
        return self.fits_channels(image_shape) and (
            self.height in (None, image_shape[0]) and self.width in (None, image_shape[1])
        )

    def fits_channels(self, image_shape: tuple[int, ...]) -> bool:
        """Whether the channel counts agree."""
        return self.channels == (3 if len(image_shape) == 3 else 1)

    def __str__(self) -> str:
        return size_text(self.height, self.width, self.channels)


def read_contract(model: Path, session: onnxruntime.InferenceSession, values: str = AUTO) -> Contract:
    """The contract that a model's signature states.

    Args:
        model: the file, for errors.
        session: of it.
        values: one of `SPANS`, which no signature states, or `AUTO`.

    Raises:
        InputError: another signature, or values said of a model that takes grey levels.
    """
    inputs, outputs = session.get_inputs(), session.get_outputs()
    found = " -> ".join(", ".join(f"{node.type} {node.shape}" for node in nodes) for nodes in (inputs, outputs))
    refusal = InputError(f"{model}: not a refiner: {EXPECTED_SIGNATURE}; found {found}.")
    if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != outputs[0].type:
        raise refusal
    axes = [axis if isinstance(axis, int) else None for axis in inputs[0].shape]
    rank = len(axes)
    if len(outputs[0].shape) != rank or rank not in (3, 4):
        raise refusal
    if inputs[0].type == "tensor(uint8)" and (rank == 3 or axes[3] in (1, 3)):
        batch, height, width = axes[:3]
        channels = axes[3] if rank == 4 else 1
    elif inputs[0].type == "tensor(float)" and rank == 4 and axes[1] in (1, 3):
        batch, channels, height, width = axes
    else:
        raise refusal
    io = "uint8" if inputs[0].type == "tensor(uint8)" else "float32"
    if io == "uint8" and values != AUTO:
        raise InputError(f"{model}: takes grey levels as uint8; leave out --range, which is for models of floats.")
    span = SPANS.get(values, Contract.span)
    return Contract(io=io, batch=batch, height=height, width=width, channels=channels or 1, span=span)


def to_float(images: NDArray[np.uint8], span: tuple[float, float]) -> NDArray[np.float32]:
    """Grey levels 0..255 to floats in a span, channels first."""
    low, high = span
    scaled = images.astype(np.float32) / np.float32(255 / (high - low)) + np.float32(low)
    return scaled[:, None] if images.ndim == 3 else np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def to_uint8(
    refined_NCHW: NDArray[np.float32], shape: tuple[int, ...], model: Path, span: tuple[float, float]
) -> NDArray[np.uint8]:
    """The way back from a span, rounded and clamped."""
    if not np.isfinite(refined_NCHW).all():
        raise RunError(f"{model}: gave NaN or infinity; the model is damaged or was trained into the ground.")
    low, high = span
    levels: NDArray[np.uint8] = np.clip(np.rint((refined_NCHW - low) * (255 / (high - low))), 0, 255).astype(np.uint8)
    return levels.transpose(0, 2, 3, 1).reshape(shape)
