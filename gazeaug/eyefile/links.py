"""Everything an HDF5 file holds, found without ever leaving the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from math import prod
from pathlib import Path

import h5py
import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.holes import Mapping, Slab, check_written, gaps_of, mappings_of, places_of, prefixes_of

METADATA_CACHE_BYTES = 1 << 19
HERE = "."  # a virtual dataset's own file, as HDF5 writes it
UNIT_SHA256 = "unit_sha256"  # attribute of a shard: hexadecimal text
UNITS_SHA256, UNITS_ROWS = "units_sha256", "units_rows"  # attributes of a joined file: uint8 (units, 32), and a number
PUT_BACK = "put that source back, or make the file anew without it."
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


def open_inside(
    file: h5py.File, path: str, *, _hops: int = 0, _above: tuple[tuple[str, str], ...] = (), _within: Path | None = None
) -> h5py.Dataset | h5py.Group:
    """Open the dataset or group at `path`, checking every link on the way before it is followed.

    Raises:
        InputError: an external link, a soft link that leads nowhere, pixels stored outside the file's folder, or a
            virtual dataset of which a source cannot be read, whatever the reason.
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
            here = open_inside(file, target, _hops=_hops + 1, _above=_above, _within=_within)
        else:
            here = here[part]
    if isinstance(here, h5py.Dataset):
        check_storage(here, f"{file.filename}: dataset '{path}'", _above=_above, _within=_within)
    return here


def check_storage(
    dataset: h5py.Dataset, refusal: str, *, _above: tuple[tuple[str, str], ...] = (), _within: Path | None = None
) -> None:
    """Refuse raw bytes kept in other files, and a virtual dataset of which HDF5 would fill rows in.

    Args:
        dataset: to be read.
        refusal: what the sentence begins with.

    Raises:
        InputError: naming the source that leads out of the file's folder, or is missing, unreadable, of another name,
            shape or type; or the first row that has none.
    """
    if dataset.external:
        raise InputError(
            f"{refusal} keeps its bytes in '{dataset.external[0][0]}', outside the file, which is refused."
        )
    if dataset.is_virtual:
        _check_sources(dataset, refusal, _above, _within)


def _check_sources(
    virtual: h5py.Dataset, refusal: str, above: tuple[tuple[str, str], ...], within: Path | None
) -> None:
    folder = Path(virtual.file.filename).resolve().parent
    whole = within or folder
    own = (os.path.realpath(virtual.file.filename), virtual.name)
    if own in above:
        raise InputError(f"{refusal} runs in a circle of virtual datasets; copy the data into the file.")
    for missing, later in gaps_of(virtual, [*prefixes_of(folder), folder]):
        raise InputError(f"{refusal} needs '{missing}', which cannot be read, while '{later}' is there; {PUT_BACK}")
    n_in_row = prod(virtual.shape[1:])
    n_filled = np.zeros(len(virtual), np.int64)
    seen: set[tuple[Slab, ...]] = set()
    by_file = groupby(mappings_of(virtual), lambda mapping: mapping.file_name)  # each is opened once, where they follow
    for file_name, mappings in by_file:
        with _opened_source(virtual, file_name, folder, whole, refusal) as file:
            sources: dict[str, h5py.Dataset] = {}
            for mapping in mappings:
                needs = f"{refusal} needs '{mapping.dataset}' in '{file_name}'"
                if mapping.dataset not in sources:
                    sources[mapping.dataset] = _readable(file, mapping.dataset, needs, virtual, (*above, own), whole)
                source = sources[mapping.dataset]
                if fault := mapping.fault_of(source, virtual):
                    raise InputError(f"{needs}: {fault}; {PUT_BACK}")
                if not above:
                    check_shard(mapping, file, virtual.file, needs)
                if (place := tuple(mapping.filled)) not in seen:  # what is filled twice counts once
                    mapping.count_into(n_filled, source, n_in_row)
                seen |= {place} if place else set()
    if (n_filled < n_in_row).any():
        row = int(np.argmax(n_filled < n_in_row))
        raise InputError(f"{refusal} has no source for row {row}: HDF5 would fill it in; {PUT_BACK}")


def _readable(
    file: h5py.File, path: str, needs: str, virtual: h5py.Dataset, above: tuple[tuple[str, str], ...], within: Path
) -> h5py.Dataset:
    """A source of a virtual dataset, whole and decodable; raises InputError that begins with `needs`."""
    try:
        source = open_inside(file, path, _above=above, _within=within)
        if not isinstance(source, h5py.Dataset):
            raise InputError("it is a group")
        check_written(source, "its dataset", trusted=not looks_like_pictures(virtual))
        check_filters(source, "its dataset")
    except DAMAGED as error:
        raise InputError(f"{needs}, which cannot be read: {error}; {PUT_BACK}") from error
    except InputError as error:
        raise InputError(f"{needs}, which cannot be read: {error}") from error
    return source


def check_shard(mapping: Mapping, shard: h5py.File, whole: h5py.File, needs: str) -> None:
    """Refuse a shard of refine-dataset in the place of another, by the checksums that both keep.

    Raises:
        InputError: it was swapped or made anew; labels would belong to other pictures.
    """
    found = shard.attrs.get(UNIT_SHA256)
    if not isinstance(found, str):
        return
    wanted, n_rows = whole.attrs.get(UNITS_SHA256), whole.attrs.get(UNITS_ROWS)
    if not (isinstance(wanted, np.ndarray) and isinstance(n_rows, np.integer)):
        return
    index = mapping.filled[0].start // int(n_rows) if mapping.filled and n_rows > 0 else len(wanted)
    if index < len(wanted) and wanted.ndim == 2 and bytes(wanted[index]).hex() != found:
        raise InputError(
            f"{needs} as it was written, and found another shard there, so that labels would not be those of the "
            "pictures: it was swapped, or made anew; put the right one back, or refine the input again."
        )


def looks_like_pictures(dataset: h5py.Dataset) -> bool:
    """Whether its values are taken for grey levels, among which none stands for what was never written."""
    return bool(dataset.dtype == np.uint8 and dataset.ndim >= 3)


def check_filters(dataset: h5py.Dataset, where: str) -> None:
    """Refuse what is stored by a filter (a compression) that is not there; HDF5 would only name a folder of its own.

    Raises:
        InputError: naming the filter.
    """
    for code, name in missing_filters(dataset):
        raise InputError(
            f"{where} is stored by the HDF5 filter {code}{f' ({name})' if name else ''}, which is not installed; "
            "pip install hdf5plugin (gazeaug[compression]) has most of them, or store it with gzip."
        )


def missing_filters(dataset: h5py.Dataset) -> list[tuple[int, str]]:
    """The filters that a dataset is stored by and HDF5 has not, by number and name; those of hdf5plugin are fetched."""
    created = dataset.id.get_create_plist()
    filters = [created.get_filter(i) for i in range(created.get_nfilters())]
    missing = [(code, name.decode("utf-8", "backslashreplace")) for code, _, _, name in filters if not has_filter(code)]
    if missing:
        with suppress(ImportError):
            import hdf5plugin  # noqa: F401 - registers its filters
    return [(code, name) for code, name in missing if not has_filter(code)]


def has_filter(code: int) -> bool:
    """Whether HDF5 can decode it."""
    return bool(h5py.h5z.filter_avail(code))


@contextmanager
def _opened_source(
    virtual: h5py.Dataset, file_name: str, folder: Path, whole: Path, refusal: str
) -> Iterator[h5py.File]:
    """The file of a source, found as HDF5 finds it."""
    if file_name == HERE:
        yield virtual.file
        return
    places = places_of(file_name, Path(virtual.file.filename))
    target = Path(os.path.realpath(next((place for place in places if place.exists()), places[-1])))
    allowed = [whole, *(place.resolve() for place in prefixes_of(folder))]
    if not any(parent in target.parents for parent in allowed):
        raise InputError(f"{refusal} leaves the folder of the file for '{file_name}', which is refused.")
    if not target.exists():
        raise InputError(f"{refusal} needs '{file_name}', which is not there; {PUT_BACK}")
    try:
        file = open_hdf5(target)
    except InputError as error:
        raise InputError(f"{refusal} needs '{file_name}', which cannot be read ({error}); {PUT_BACK}") from error
    with file:
        yield file


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
