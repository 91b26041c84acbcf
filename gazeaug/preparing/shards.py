"""Shards: the rows of a unit in a file of its own, with what was left out and the state of the files they are from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.links import naming_damage
from gazeaug.eyefile.pixels import flat_rows
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.outputs import rejected_name, write_rejected
from gazeaug.preparing.blocks import Block, brought, with_shape
from gazeaug.preparing.items import LeftOut
from gazeaug.preparing.options import PartsOptions
from gazeaug.preparing.source import Source
from gazeaug.provenance import folders_out_of
from gazeaug.units.checksums import UNIT_SHA256, RowsDigest, checked_shard
from gazeaug.units.worklog import SUFFIX

NO_SHAPE = (1, 1)  # of the pictures of a unit that has none
REJECTED, N_UNREADABLE, FILES_SHA256 = "rejected", "n_unreadable", "files_sha256"  # attributes of a shard
N_REJECTED = "n_rejected"  # of the output
UNREADABLE = "unreadable"
LONGEST_REASON = 1000  # letters: one may quote what a file holds
N_FLAT, FLAT_ROWS = "n_flat", "flat_rows"  # of both, where there is one: how many, and the first of them
FLAT_NAMED = 5


def is_done(shard: Path, files_sha256: Callable[[], str], *, keep_going: bool) -> bool:
    """Whether an earlier run's shard of a unit is whole, of these files, and free of what now would stop the run."""
    if not shard.exists():
        return False
    try:
        with naming_damage(f"{shard}: what it holds"), open_hdf5(shard) as file:
            is_same = file.attrs.get(FILES_SHA256) == files_sha256()
            is_wanted = keep_going or file.attrs.get(N_UNREADABLE) == 0
            is_empty = len(file["image"]) == 0
        if not is_empty:
            checked_shard(shard)
    except InputError:
        return False
    return bool(is_same and is_wanted)


def write_shard(
    path: Path,
    found: Iterable[Block | LeftOut],
    files_sha256: Callable[[], str],
    labels: Mapping[str, Label],
    image_shape: tuple[int, ...] | None,
    options: PartsOptions,
) -> None:
    """Write the shard of a unit, which gets its name when it is whole.

    `files_sha256` tells, once all is read, the state of the unit's files before; `image_shape` is None where no unit
    had a picture yet; the limit of the options is of the rows that are still wanted.

    Raises:
        InputError: something could not be read, and the job is not to keep going.
    """
    left_out: list[LeftOut] = []
    shape, blocks = with_shape(brought(kept(found, left_out, keep_going=options.keep_going), options))
    digest, flat = RowsDigest(), list[int]()
    output = path.parent.with_name(path.parent.name.removesuffix(SUFFIX))
    with EyeWriter(path, image_shape=image_shape or shape or NO_SHAPE, labels=labels, named=output) as shard:
        for block in blocks:
            rows = {name: block.labels[name] for name in labels}
            flat += [shard.n_images + int(row) for row in np.flatnonzero(flat_rows(block.images))]
            shard.append(block.images, rows)
            digest.update(block.images, rows)
        shard.note(UNIT_SHA256, digest.hexdigest())
        shard.note(FILES_SHA256, files_sha256())
        shard.note(REJECTED, json.dumps([listed(left) for left in left_out]))
        note_flat(shard, len(flat), flat)
        shard.note(N_UNREADABLE, sum(not left.on_purpose for left in left_out))


def note_flat(writer: EyeWriter, n: int, rows: Sequence[int]) -> None:
    """Say of a file how many of its eyes are of one colour."""
    if n:
        writer.note(N_FLAT, n)
        writer.note(FLAT_ROWS, list(rows[:FLAT_NAMED]))


def kept(found: Iterable[Block | LeftOut], left_out: list[LeftOut], *, keep_going: bool) -> Iterator[Block]:
    """The blocks; what could not be read stops the run or is noted."""
    for piece in found:
        if isinstance(piece, Block):
            yield piece
        elif keep_going or piece.on_purpose:
            left_out.append(piece)
        else:
            raise InputError(f"{piece.reason} (--keep-going leaves such items out)")


def join_shards(shards: Sequence[Path], writer: EyeWriter, source: Source[Any]) -> None:
    """Join shards, in their order, into the output, and list what was left out of all of it.

    Raises:
        InputError: there is not one row.
    """
    rejected: list[Sequence[str]] = [listed(left) for left in source.left_out]
    n_flat, flat = 0, list[int]()
    with writer:
        for shard in shards:
            with open_hdf5(shard) as file:
                rejected += json.loads(file.attrs[REJECTED])
                n_flat += int(file.attrs.get(N_FLAT, 0))
                flat += [writer.n_images + int(row) for row in file.attrs.get(FLAT_ROWS, ())]
            writer.append_shard(shard)
        if writer.n_images == 0:
            for shard in shards:
                shard.unlink()
            why = f"; the first: {rejected[0][1]}" if rejected else "; nothing is written."
            raise InputError(f"{writer.path}: {source.nothing.format(n=len(source.parts))}{why}")
        writer.note(N_REJECTED, len(rejected))
        note_flat(writer, n_flat, flat)
        lines = [[folders_out_of(text, source.given) for text in line] for line in rejected]
        write_rejected(writer.path, ("item", "reason"), lines)


def listed(left: LeftOut) -> tuple[str, str]:
    """What stands in the list: the item and the reason."""
    return left.item, left.reason[:LONGEST_REASON]


def counted(output: Path, words: Sequence[str]) -> dict[str, int]:
    """How much was left out of an output, by reason.

    Args:
        output: beside which the list of it lies.
        words: with which the reasons of what was left out on purpose begin, before a colon; all else is unreadable.
    """
    with rejected_name(output).open(newline="", encoding="utf-8") as file:
        found = Counter(row["reason"].split(":")[0] for row in csv.DictReader(file))
    known = {word: found.pop(word) for word in words if word in found}
    return {**known, **({UNREADABLE: found.total()} if found else {})}
