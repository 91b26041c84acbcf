"""Blocks of rows: brought to the size and colours asked for, and written to an eye file as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug import provenance
from gazeaug.errors import InputError
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.outputs import check_output
from gazeaug.pictures.crops import resize_pictures
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
    others: Mapping[str, h5py.Dataset] | None = None,
) -> int:
    """Write blocks as they come, at once and not by units; the number of rows.

    Args:
        blocks: in the order of the output.
        output: the eye file.
        labels: of the output.
        facts: provenance; its `source` is an attribute too.
        options: how.
        others: datasets that are copied as a whole.

    Raises:
        InputError: the output cannot be written, or no row came.
        RunError: the disk is full.
    """
    check_output(output, overwrite=options.overwrite)
    image_shape, stream = with_shape(brought(blocks, options))
    if image_shape is None:
        raise InputError(f"{output}: {NO_ROW}; nothing is written.")
    said, made = {"source": facts["source"]}, provenance.make("pillow", **facts)
    with EyeWriter(
        output, image_shape=image_shape, labels=labels, others=others, attributes=said, provenance=made
    ) as writer:
        for block in stream:
            writer.append(block.images, {name: block.labels[name] for name in labels})
    return writer.n_images


def brought(blocks: Iterable[Block], options: BlocksOptions) -> Iterator[Block]:
    """Blocks of at least one row, in the size and colours asked for, up to the limit of rows."""
    n_left = options.rows
    for block in blocks:
        piece = block if n_left is None else block[slice(n_left)]
        if len(piece.images):
            yield Block(shaped(piece.images, options), piece.labels)
        if n_left is not None and (n_left := n_left - len(piece.images)) <= 0:
            return


def with_shape(blocks: Iterator[Block]) -> tuple[tuple[int, ...] | None, Iterator[Block]]:
    """The shape of the first block's pictures, None where there is none, and all of the blocks."""
    first = next(blocks, None)
    return (None, blocks) if first is None else (first.images.shape[1:], chain([first], blocks))


def shaped(images: NDArray[np.uint8], options: BlocksOptions) -> NDArray[np.uint8]:
    """Pictures in the colours and the size asked for."""
    if options.color is True and images.ndim == 3:
        images = np.repeat(images[..., None], 3, axis=3)
    elif options.color is False and images.ndim == 4:
        images = np.stack([np.asarray(Image.fromarray(image).convert("L")) for image in images])
    if options.size is not None and images.shape[1:3] != options.size:
        images = resize_pictures(images, options.size)
    return images
