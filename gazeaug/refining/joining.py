"""Shards into one file: every one checked first, chunks copied as they are, no row decoded.

The file is built under a temporary name and renamed, so a kill leaves shards that can be joined again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.attributes import copy_attributes
from gazeaug.eyefile.hdf5 import create_hdf5, open_hdf5
from gazeaug.eyefile.links import naming_damage
from gazeaug.eyefile.reader import open_eyes, read_provenance
from gazeaug.eyefile.writer import IMAGE, Complete, EyeWriter, finish_datasets
from gazeaug.output_kinds import Kind
from gazeaug.outputs import check_output, replacing, writing_to
from gazeaug.units.checksums import ADDED_LABELS, UNIT_SHA256, UNITS_ROWS, UNITS_SHA256, checked_shard
from gazeaug.units.ranges import Unit, split_into_units
from gazeaug.units.worklog import RUN, SUFFIX, Worklog

# Attributes that another file must not inherit.
OF_ONE_FILE = (RUN, UNIT_SHA256, UNITS_SHA256, UNITS_ROWS, ADDED_LABELS)
HOW = ("model_sha256", "variant", "precision", "provider", "computed_by")  # facts of provenance, alike in all shards
MOST_NAMED = 8
SHARDED = "sharded"


def nothing(file: h5py.File) -> None:
    """Adds nothing to an output."""


def join_shards(
    units: Sequence[Unit],
    folder: Path,
    output: Path,
    *,
    run_id: str,
    compression: str | None,
    complete: Complete = nothing,
) -> None:
    """Join checked shards; the output has the attributes of the first, and every unit's checksum.

    Raises:
        RunError: the disk is full.
    """
    shards = [unit.shard(folder) for unit in units]
    with open_eyes(shards[0], quiet=True) as first:
        writer = EyeWriter(
            output,
            image_shape=first.image_shape,
            labels=first.labels,
            others=first.copied,
            image_attributes=first.image_attributes,
            provenance=first.provenance,
            compression=compression,
            attributes=joined_attributes(units, folder, run_id),
        )
    with writer:
        for shard in shards:
            writer.append_shard(shard)
        writer.complete(complete)


def link_shards(units: Sequence[Unit], log: Worklog, complete: Complete = nothing) -> None:
    """Make an output whose pictures stay in the shards, as one virtual dataset; its labels are its own.

    Raises:
        RunError: the disk is full.
    """
    shards = [unit.shard(log.folder) for unit in units]
    with ExitStack() as opened, replacing(log.output) as partial, writing_to(log.output):
        first = opened.enter_context(open_eyes(shards[0], quiet=True))
        layout = h5py.VirtualLayout((units[-1].stop, *first.image_shape), np.uint8)
        with create_hdf5(partial, libver="v110") as file:
            copy_attributes(joined_attributes(units, log.folder, log.run_id), file)
            labels = {name: label.create(file, name, units[-1].stop) for name, label in first.labels.items()}
            for unit, shard in zip(units, shards, strict=True):
                place = f"{log.shards_folder.name}/{shard.name}"
                n_rows = unit.stop - unit.start
                layout[unit.start : unit.stop] = h5py.VirtualSource(place, IMAGE, (n_rows, *first.image_shape))
                with open_eyes(shard, quiet=True) as eyes:
                    for name, label in labels.items():
                        first.labels[name].write(label, unit.start, eyes.read_label(name, 0, n_rows))
            copy_attributes(first.image_attributes, file.create_virtual_dataset(IMAGE, layout))
            finish_datasets(file, first.labels, first.image_attributes, first.copied)
            complete(file)


def finish(units: Sequence[Unit], log: Worklog, job: Mapping[str, Any], complete: Complete = nothing) -> None:
    """Make the output of checked shards, in the layout that the job asks for.

    Raises:
        InputError: they are of several networks.
        RunError: the disk is full.
    """
    one_network([unit.shard(log.folder) for unit in units])
    if job["layout"] == SHARDED:
        link_shards(units, log, complete)
    else:
        compression = job["compression"]
        join_shards(units, log.folder, log.output, run_id=log.run_id, compression=compression, complete=complete)


def one_network(shards: Sequence[Path]) -> None:
    """Refuse shards that were not all refined by one network in one way.

    Raises:
        InputError: the first that differs is named.
    """
    first = how_refined(shards[0])
    for shard in shards[1:]:
        if (found := how_refined(shard)) != first:
            names = ", ".join(name for name in HOW if found[name] != first[name])
            raise InputError(
                f"{shard}: was refined by another network, or otherwise, than {shards[0].name} ({names} differ); "
                "delete it, and the same refine-dataset command makes it again."
            )


def how_refined(shard: Path) -> dict[str, Any]:
    """What a shard says of the network that its rows went through."""
    with naming_damage(f"{shard}: what it holds"), open_hdf5(shard) as file:
        made = read_provenance(file.attrs.get("provenance", "{}"))
    return {name: made.get(name) for name in HOW}


def tidy_up(log: Worklog) -> None:
    """What is left to do once the output has its name."""
    if log.job["layout"] == SHARDED:
        log.keep_shards()
    else:
        log.remove()


def joined_attributes(units: Sequence[Unit], folder: Path, run_id: str) -> dict[str, Any]:
    """The attributes of the first shard, and every unit's checksum."""
    digests = []
    for unit in units:
        with open_eyes(unit.shard(folder), quiet=True) as eyes:
            digests.append(bytes.fromhex(eyes.attributes[UNIT_SHA256]))
            if unit is units[0]:
                first = inherited(eyes.attributes)
    return first | checksum_attributes(digests, units[0].stop - units[0].start, run_id)


def checksum_attributes(digests: Sequence[bytes], rows_per_unit: int, run_id: str) -> dict[str, Any]:
    """What a whole output says of its units, and of the work that it came from."""
    return {
        RUN: run_id,
        UNITS_ROWS: rows_per_unit,
        UNITS_SHA256: np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32),
    }


def inherited(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that a file made from this one takes over."""
    return {name: value for name, value in attributes.items() if name not in OF_ONE_FILE}


def merge(path: Path | str, *, overwrite: bool = False) -> tuple[Path, int]:
    """Join the units that several processes have done, each with a `unit_index` of its own.

    Args:
        path: the output, or its folder of parts.
        overwrite: replace an existing output.

    Returns:
        The output and its number of rows.

    Raises:
        InputError: nothing to join, units missing or damaged (they are named), a process still at work.
        RunError: the disk is full.

    Example:
        >>> for index in range(2):  # each in a process of its own, on any machine
        ...     share = gazeaug.refine(
        ...         "unityeyes.h5", model="refiner.onnx", output="joined.h5", num_units=2, unit_index=index
        ...     )
        >>> path, n_images = gazeaug.merge("joined.h5")
        >>> n_images
        24
    """
    given = Path(path)
    if not given.name.removesuffix(SUFFIX):
        raise InputError(f"{given}: expected the output of a refine-dataset command, found a folder.")
    output = given.with_name(given.name.removesuffix(SUFFIX))
    log = Worklog.of(output)
    check_output(output, overwrite=overwrite, kind=Kind.EYES)
    job = log.job
    if "units_rows" not in job:
        raise InputError(f"{log.folder}: holds the work of gazeaug prepare; the same prepare command goes on with it.")
    units = split_into_units(job["rows"], job["units_rows"])
    with log.held(fresh=False) as folder:
        missing = [unit for unit in units if not unit.shard(folder).exists()]
        if missing:
            raise InputError(
                f"{folder}: {len(missing)} of {len(units)} units are missing; type the command again with "
                f"{shares_of(missing, len(units), job['num_units'])}."
            )
        damaged = damaged_units(units, folder)
        if damaged:
            unit, error = damaged[0]
            again = shares_of([unit for unit, _ in damaged], len(units), job["num_units"])
            raise InputError(
                f"{str(error).rstrip('.')}: unit {unit.index} of {len(units)}, {len(damaged)} damaged in all; the "
                f"command with {again} does them again."
            )
        finish(units, log, job)
    tidy_up(log)
    return output, job["rows"]


def damaged_units(units: Sequence[Unit], folder: Path) -> list[tuple[Unit, InputError]]:
    """Units whose shard is not what was written, each with what is wrong."""
    found = []
    for unit in units:
        try:
            checked_shard(unit.shard(folder), unit.stop - unit.start)
        except InputError as error:
            found.append((unit, error))
    return found


def shares_of(units: Iterable[Unit], n_units: int, num_units: int) -> str:
    """The options of the processes that some units belong to; the first few of them."""
    indices = sorted({share_of(unit.index, n_units, num_units) for unit in units})
    return f"--unit-index {', '.join(map(str, indices[:MOST_NAMED]))}{' ...' if len(indices) > MOST_NAMED else ''}"


def share_of(index: int, n_units: int, num_units: int) -> int:
    """Which of `num_units` processes a unit belongs to; see `share`."""
    return ((index + 1) * num_units - 1) // n_units


def share(units: Sequence[Unit], num_units: int, unit_index: int) -> Sequence[Unit]:
    """The units of one of several processes: neighbours, as many for each as can be."""
    return units[unit_index * len(units) // num_units : (unit_index + 1) * len(units) // num_units]
