"""Everything an HDF5 file holds, found without ever leaving the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from gazeaug.errors import InputError

METADATA_CACHE_BYTES = 1 << 19
CHUNK_CACHE_BYTES = 1 << 18  # of every dataset; HDF5 2.0 would take 8 MiB for each

# What h5py raises for damage, besides OSError, depends on which of HDF5's structures is hit.
DAMAGED = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError, MemoryError)


@contextmanager
def naming_damage(where: str) -> Iterator[None]:
    """Turn what h5py raises while it reads a damaged file into one sentence.

    Raises:
        InputError: naming the place.
    """
    try:
        yield
    except DAMAGED as error:
        raise InputError(f"{where} cannot be read: {error}") from error


def is_filtered(dataset: h5py.Dataset) -> bool:
    """Whether it is stored compressed or otherwise encoded, so that a row costs its chunk."""
    return bool(dataset.id.get_create_plist().get_nfilters())


def datasets_of(file: h5py.File, *, skip: str, unnamed: list[bytes] | None = None) -> dict[str, h5py.Dataset]:
    """Every dataset by its path, without descending into the group `skip`; names that are not UTF-8 go to `unnamed`.

    Raises:
        InputError: naming the first link that leads out of the file or nowhere.
    """
    return dict(_walk(file, "", skip, [] if unnamed is None else unnamed))


def _walk(group: h5py.Group, prefix: str, skip: str, unnamed: list[bytes]) -> Iterator[tuple[str, h5py.Dataset]]:
    for name in group:
        if isinstance(name, bytes):  # as h5py hands out what is not UTF-8
            unnamed.append(prefix.encode() + name)
            continue
        path = prefix + name
        if path == skip:
            continue
        item = open_inside(group.file, path)
        if isinstance(item, h5py.Dataset):
            yield path, item
        elif isinstance(item, h5py.Group) and not isinstance(group.get(name, getlink=True), h5py.SoftLink):
            yield from _walk(item, path + "/", skip, unnamed)


def open_inside(file: h5py.File, path: str, *, _hops: int = 0) -> h5py.Dataset | h5py.Group:
    """Open the dataset or group at `path`, checking every link on the way before it is followed.

    Raises:
        InputError: an external link, a soft link that leads nowhere, or pixels stored outside the file's folder.
    """
    refusal = f"{file.filename}: link '{path}'"
    if _hops > 16:
        raise InputError(f"{refusal} runs in a circle; copy the data it stands for into the file.")
    here: h5py.Group = file
    parts = [part for part in path.split("/") if part]
    for i, part in enumerate(parts):
        link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
        if link is None:
            raise InputError(f"{refusal} leads nowhere: there is no '{'/'.join(parts[: i + 1])}' in the file.")
        if isinstance(link, h5py.ExternalLink):
            raise InputError(
                f"{refusal} leaves the file for '{link.filename}:{link.path}'; external links are refused: copy the "
                "data into the file."
            )
        if isinstance(link, h5py.SoftLink):
            target = link.path if link.path.startswith("/") else f"{here.name}/{link.path}"
            here = open_inside(file, target, _hops=_hops + 1)
        else:
            here = here[part]
    if isinstance(here, h5py.Dataset):
        _check_storage(here, refusal)
    return here


def _check_storage(dataset: h5py.Dataset, refusal: str) -> None:
    """Refuse raw bytes kept in other files, and virtual sources beyond the file's own folder."""
    if dataset.external:
        raise InputError(
            f"{refusal} keeps its bytes in '{dataset.external[0][0]}', outside the file, which is refused."
        )
    if not dataset.is_virtual:
        return
    folder = Path(dataset.file.filename).resolve().parent
    for source in dataset.virtual_sources():
        if source.file_name == ".":
            continue
        target = Path(os.path.realpath(folder / source.file_name))
        if folder not in target.parents:
            raise InputError(f"{refusal} leaves the folder of the file for '{source.file_name}', which is refused.")
        if not target.is_file():
            raise InputError(f"{refusal} needs '{source.file_name}', which is not there.")


def dataset_in(file: h5py.File, path: str) -> h5py.Dataset:
    """The dataset at a path, every link checked as in `open_inside`.

    Raises:
        InputError: a group is there, or nothing.
    """
    found = open_inside(file, path)
    if not isinstance(found, h5py.Dataset):
        held = ", ".join(f"'{name}'" for name in list(found)[:8]) or "nothing"
        raise InputError(f"{file.filename}: '{path}' must be a dataset, found a group that holds {held}.")
    return found


def limit_metadata_cache(file: h5py.File) -> None:
    """Keep HDF5 from growing its metadata cache (to 32 MiB) with the number of chunks and texts."""
    config = file.id.get_mdc_config()
    config.set_initial_size = True
    config.initial_size = config.min_size = config.max_size = METADATA_CACHE_BYTES
    file.id.set_mdc_config(config)
