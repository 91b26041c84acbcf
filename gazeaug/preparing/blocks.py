"""Rows that come in blocks of arrays, written to an eye file in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.outputs import check_output
from gazeaug.pictures.crops import resize_pictures
from gazeaug.preparing.items import PrepareReport
from gazeaug.preparing.options import BlocksOptions

NO_ROW = "not one row came of the input"


@dataclass(frozen=True)
class Block:
    """Pictures, uint8 (n, H, W) or (n, H, W, 3), and n rows of every label."""

    images: NDArray[np.uint8]
    labels: Mapping[str, NDArray[Any]]

    def __getitem__(self, rows: slice | NDArray[Any]) -> Block:
        """Some of the rows."""
        return Block(self.images[rows], {name: values[rows] for name, values in self.labels.items()})


def write_blocks(
    blocks: Iterable[Block],
    output: Path,
    labels: Mapping[str, Label],
    facts: Mapping[str, Any],
    options: BlocksOptions,
) -> PrepareReport:
    """Write blocks as they come.

    Args:
        blocks: in the order of the output.
        output: the eye file.
        labels: of the output.
        facts: provenance; its `source` is an attribute too.
        options: how.

    Raises:
        InputError: the output cannot be written, or no row came.
        RunError: the disk is full.
    """
    check_output(output, overwrite=options.overwrite)
    stream = brought(blocks, options, options.limit)
    first = next(stream, None)
    if first is None:
        raise InputError(f"{output}: {NO_ROW}; nothing is written.")
    with new_output(output, first.images.shape[1:], labels, facts) as writer:
        for block in chain([first], stream):
            writer.append(block.images, {name: block.labels[name] for name in labels})
    return PrepareReport(output=output, n_images=writer.n_images, rejected=None, n_rejected=0)


def new_output(
    output: Path, image_shape: tuple[int, ...], labels: Mapping[str, Label], facts: Mapping[str, Any], **more: Any
) -> EyeWriter:
    """An eye file that says where its rows come from; `more` are attributes."""
    return EyeWriter(
        output,
        image_shape=image_shape,
        labels=labels,
        attributes={"source": facts["source"], **more},
        provenance=provenance.make("pillow", **facts),
    )


def brought(blocks: Iterable[Block], options: BlocksOptions, limit: int | None) -> Iterator[Block]:
    """Blocks of at least one row, in the size and colours asked for, until there are `limit` rows."""
    n_left = limit
    for block in blocks:
        piece = block if n_left is None else block[slice(n_left)]
        if len(piece.images):
            yield Block(shaped(piece.images, options), piece.labels)
        if n_left is not None and (n_left := n_left - len(piece.images)) <= 0:
            return


def shaped(images: NDArray[np.uint8], options: BlocksOptions) -> NDArray[np.uint8]:
    """Pictures in the colours and the size asked for."""
    if options.color is True and images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=3)
    elif options.color is False and images.ndim == 4:
        images = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])
    if options.size is not None and images.shape[1:3] != options.size:
        images = resize_pictures(images, options.size)
    return images
