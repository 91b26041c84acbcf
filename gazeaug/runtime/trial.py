"""A model tried on flat greys and on a few pictures of the input before the work starts: does it take what it is given?

Shape suffixes: N rows, H height, W width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError, RunError
from gazeaug.runtime.contract import SPANS
from gazeaug.runtime.session import RefinerSession

GREYS = (0, 64, 128, 191, 255)  # flat pictures, black and white among them
N_ROWS = 11  # of the input
# Of numbers that should lie about -1..1. A tanh gives -1 for black, an identity too; what ends in a sigmoid, a ReLU or
# a clip at 0 gives nothing below 0, whatever goes in.
NOTHING_BELOW, FAR = -0.05, 2.0
IDLE = 0.5  # grey levels, mean: what rounding alone would do


def try_model(session: RefinerSession, images_NHW: NDArray[np.uint8], *, asked: bool) -> tuple[str, ...]:
    """Look at what a model does before it is relied on.

    Args:
        session: of the model.
        images_NHW: pictures of the input, uint8 (N, H, W) or (N, H, W, 3).
        asked: the user has said what a model of floats takes, which is then not doubted.

    Returns:
        What the user should know, a sentence each.

    Raises:
        InputError: a model of floats in -1..1 by its signature, whose numbers are of another range.
    """
    flat = np.stack([np.full(images_NHW.shape[1:], grey, np.uint8) for grey in GREYS])
    given = np.concatenate([flat, images_NHW[:N_ROWS]])
    try:
        found = computed(session, given)
    except RunError:
        return ()  # said with its cause when the first batch fails
    if not np.isfinite(found).all():
        return ()  # said with its rows when they are refined
    if session.contract.io == "float32" and not asked and "gazeaug.format" not in session.metadata:
        check_range(session, given, found)
    return tuple(remarks(session, given[len(GREYS) :], found[len(GREYS) :]))


def computed(session: RefinerSession, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The model's own numbers for any number of pictures, in batches of the one length that it may demand."""
    size = session.contract.batch or len(images)
    padded = np.resize(images, (size * -(-len(images) // size), *images.shape[1:]))
    parts = [session.compute(padded[i : i + size]) for i in range(0, len(padded), size)]
    return np.concatenate(parts)[: len(images)].astype(np.float64)


def check_range(session: RefinerSession, given: NDArray[np.uint8], found: NDArray[np.float64]) -> None:
    """Refuse numbers that do not lie about -1..1.

    Raises:
        InputError: nothing below 0, or most of it far outside.
    """
    lowest, size = float(found.min()), float(np.median(np.abs(found)))
    if lowest > NOTHING_BELOW:
        black = float(np.clip((found[0].mean() + 1) * 127.5, 0, 255))
        likely = "0..1" if found.max() <= FAR else "0..255"
        raise InputError(
            f"{session.model}: takes floats and seems made for {likely}, not for -1..1: none of its outputs lies "
            f"below 0, and a black picture would come back at grey level {black:.0f}; give --range {likely}, or "
            "--range -1..1 where it is right."
        )
    if size > FAR:
        raise InputError(
            f"{session.model}: takes floats and gives numbers from {lowest:.3g} to {found.max():.3g} where -1..1 is "
            "expected, so that nearly all would become black or white; give the --range that it was made for "
            f"({', '.join(SPANS)})."
        )


def remarks(session: RefinerSession, given: NDArray[np.uint8], found: NDArray[np.float64]) -> list[str]:
    """What speaks against a model whose numbers are in order."""
    low, high = session.contract.span if session.contract.io == "float32" else (0.0, 255.0)
    levels = np.clip((found - low) * (255 / (high - low)), 0, 255)
    if session.contract.io == "float32":
        levels = levels.transpose(0, 2, 3, 1)
    apart = np.abs(levels.reshape(given.shape) - given)
    said = []
    if found.min() < low - (high - low) / 4:
        said.append(f"{session.model} gives numbers down to {found.min():.3g}, below the {low:g} of --range")
    if apart.mean() < IDLE:
        said.append(
            f"{session.model} is idle: it changes the first pictures by {apart.mean():.2f} grey levels, so refined "
            "eyes equal the input"
        )
    if len(levels) > 1 and given.std(0).any() and levels.std(0).max() < IDLE:
        said.append(f"{session.model} gives the same picture whatever goes in")
    return said
