"""Rows that come in blocks of arrays, written to an eye file in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug import provenance
from gazeaug.crops import resize_pictures
from gazeaug.errors import InputError
from gazeaug.eye_writer import EyeWriter
from gazeaug.items import PrepareReport
from gazeaug.labels import Label
from gazeaug.outputs import check_output, write_rejected


@dataclass(frozen=True)
class Block:
    """Pictures, uint8 (n, H, W) or (n, H, W, 3), and n rows of every label."""

    images: NDArray[np.uint8]
    labels: Mapping[str, NDArray[Any]]

    def __getitem__(self, rows: slice | NDArray[Any]) -> Block:
        """Some of the rows."""
        return Block(self.images[rows], {name: values[rows] for name, values in self.labels.items()})


@dataclass(frozen=True, kw_only=True)
class BlocksOptions:
    """How blocks become a file."""

    size: tuple[int, int] | None = None
    """(H, W), cut to its aspect about the centre; None keeps the source's."""
    color: bool | None = None
    """RGB or grey; None keeps the source's."""
    limit: int | None = None
    """Only the first rows."""
    keep_going: bool = False
    """List what cannot be read in `<output>.rejected.csv` instead of stopping at it."""
    overwrite: bool = False
    """Replace an output that is there."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        if self.limit is not None and self.limit < 1:
            raise InputError(f"--limit must be at least 1, got {self.limit}.")


def write_blocks(
    blocks: Iterable[Block],
    output: Path,
    labels: Mapping[str, Label],
    facts: Mapping[str, Any],
    options: BlocksOptions,
    rejected: Sequence[tuple[str, str]] = (),
) -> PrepareReport:
    """Write blocks as they come.

    Args:
        blocks: in the order of the output.
        output: the eye file.
        labels: of the output.
        facts: provenance; its `source` is an attribute too.
        options: how.
        rejected: what cannot be read, and why; it may grow while the blocks come.

    Raises:
        InputError: the output cannot be written, or no row came.
        RunError: the disk is full.
    """
    check_output(output, overwrite=options.overwrite)
    writer: EyeWriter | None = None
    n_left = options.limit
    try:
        for block in blocks:
            piece = block if n_left is None else block[slice(n_left)]
            images = shaped(piece.images, options)
            if writer is None:
                writer = EyeWriter(
                    output,
                    image_shape=images.shape[1:],
                    labels=labels,
                    attributes={"source": facts["source"]},
                    provenance=provenance.make("pillow", **facts),
                )
            if len(images):
                writer.append(images, {name: piece.labels[name] for name in labels})
            if n_left is not None and (n_left := n_left - len(images)) <= 0:
                break
        if writer is None or not writer.n_images:
            why = f"; the first of {len(rejected)} that cannot be read: {rejected[0][1]}" if rejected else ""
            raise InputError(f"{output}: not one row came of the input{why or '; nothing is written.'}")
    except BaseException:
        if writer is not None:
            writer.discard()
        raise
    writer.close()
    listed = write_rejected(output, ("item", "reason"), rejected)
    return PrepareReport(output=output, n_images=writer.n_images, rejected=listed, n_rejected=len(rejected))


def shaped(images: NDArray[np.uint8], options: BlocksOptions) -> NDArray[np.uint8]:
    """Pictures in the colours and the size asked for."""
    if options.color is True and images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=3)
    elif options.color is False and images.ndim == 4:
        images = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])
    if options.size is not None and images.shape[1:3] != options.size and len(images):
        images = resize_pictures(images, options.size)
    return images
