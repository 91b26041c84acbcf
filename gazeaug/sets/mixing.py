"""Several eye files mixed into one: so many rows of each, in an order that a seed decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.eyefile.rows import EyeRows
from gazeaug.options import names_in
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_once, check_output, real_path
from gazeaug.preparing.blocks import Block, write_blocks
from gazeaug.preparing.options import BlocksOptions
from gazeaug.renames import renamed

ROWS_AT_ONCE = 1024
HELD_BYTES = 64 << 20  # a label up to this size is read once and held


@dataclass(frozen=True)
class Mixed:
    """A set that was mixed."""

    n_images: int
    counts: list[int]
    """Rows of each input."""


@renamed(n="rows")
def mix(
    paths: Sequence[Path | str],
    output: Path | str,
    *,
    weights: Sequence[float] | None = None,
    rows: int | None = None,
    seed: int = 0,
    labels: Sequence[str] | str | None = None,
    overwrite: bool = False,
) -> Mixed:
    """Mix eye files into one; labels `source` and `source_row` say where each row is from, the others stay bit for bit.

    Args:
        paths: two or more eye files with pictures of one shape.
        output: the eye file.
        weights: shares of the output, one a file; None takes every row once.
        rows: of the output; None takes as many as the shares allow with no row twice. More repeat rows, each
            equally often but for one.
        seed: of the draw and the order.
        labels: which to carry; all where None.
        overwrite: replace an existing output.

    Returns:
        Rows of the output, and of each input.

    Raises:
        InputError: files that do not go together, or shares that are none.

    Example:
        >>> gazeaug.mix(["unityeyes.h5", "real.h5"], "mixed.h5", weights=[3, 1]).counts
        [24, 8]
    """
    sources = [Path(path) for path in paths]
    if len(sources) < 2:
        raise InputError(f"mix needs two files or more, got {len(sources)}.")
    if weights is not None and (len(weights) != len(sources) or not min(weights) > 0 or not np.isfinite(sum(weights))):
        raise InputError(f"one share above 0 for each of {len(sources)} files is needed, got {list(weights)}.")
    if rows is not None and rows < len(sources):
        raise InputError(f"--rows must be at least one row a file, {len(sources)}, got {rows}.")
    if real_path(Path(output)) in {real_path(path) for path in sources}:
        raise InputError(f"{output}: the output is also an input; give another name with --output.")
    check_once(sources)
    check_output(Path(output), overwrite=overwrite, kind=Kind.EYES)
    lengths = [length_of(path) for path in sources]
    counts = counts_of(lengths, weights, rows)
    order = draw(lengths, counts, np.random.default_rng(seed))
    facts: dict[str, Any] = {
        "source": "mixed",
        "inputs": [path.name for path in sources],
        "rows": counts,
        "weights": None if weights is None else list(weights),
        "seed": seed,
    }
    with EyeRows(sources) as inputs:
        facts["input_provenance"] = inputs.provenances
        inputs.others_for(inputs.image_shape)  # says what is not carried
        chosen = inputs.choose_labels(names_in(labels))
        kinds = {name: inputs.labels[name] for name in chosen}
        reader = RowReader(inputs)
        n_images = write_blocks(
            reader.blocks(order, chosen), Path(output), kinds, facts, BlocksOptions(overwrite=overwrite)
        )
    return Mixed(n_images, counts)


def length_of(path: Path) -> int:
    """Rows of a file."""
    with open_eyes(path) as eyes:
        return eyes.n_images


def counts_of(lengths: Sequence[int], weights: Sequence[float] | None, n: int | None) -> list[int]:
    """Rows to take of each file."""
    if weights is None and n is None:
        return list(lengths)
    shares = np.array(lengths if weights is None else weights, float)
    shares /= shares.sum()
    total = n or int(np.floor(min(length / share for length, share in zip(lengths, shares, strict=True)) + 1e-9))
    ends = np.rint(np.cumsum(shares) * total).astype(int)
    counts: list[int] = np.diff(ends, prepend=0).tolist()
    return counts


def draw(lengths: Sequence[int], counts: Sequence[int], dice: np.random.Generator) -> NDArray[np.int64]:
    """Rows of all files put one after the other, in the order of the output."""
    taken = []
    for first, length, count in zip(np.cumsum([0, *lengths]), lengths, counts, strict=False):
        rounds = [dice.permutation(length) for _ in range(-(-count // length))]
        taken.append(first + np.concatenate([np.empty(0, np.int64), *rounds])[:count])
    order: NDArray[np.int64] = dice.permutation(np.concatenate(taken)).astype(np.int64)
    return order


@dataclass
class RowReader:
    """Single rows in any order; small labels are held, so that they are read once."""

    rows: EyeRows
    _held: dict[str, NDArray[Any]] = field(default_factory=dict)

    def blocks(self, order: NDArray[np.int64], labels: Sequence[str]) -> Iterator[Block]:
        """The rows in an order, block by block."""
        for start in range(0, len(order), ROWS_AT_ONCE):
            wanted = order[start : start + ROWS_AT_ONCE]
            images = np.concatenate([self.rows.read_images(int(row), int(row) + 1) for row in wanted])
            yield Block(images, {name: self.label(name, wanted) for name in labels})

    def label(self, name: str, wanted: NDArray[np.int64]) -> NDArray[Any]:
        """Rows of a label."""
        if self.rows.labels[name].row_bytes * self.rows.n_images <= HELD_BYTES:
            if name not in self._held:
                self._held[name] = self.rows.read_label(name, 0, self.rows.n_images)
            return self._held[name][wanted]
        return np.concatenate([self.rows.read_label(name, int(row), int(row) + 1) for row in wanted])
