"""Opening HDF5 files, in one way for all: with locks where there are any, and with the true cause where it fails.

HDF5 locks a file while it is open, for itself alone where it writes, and marks newer files as open for writing.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Any

import h5py

from gazeaug.errors import InputError
from gazeaug.file_kinds import UNREADABLE, kind_of

AN_HDF5_FILE = "expected an HDF5 file"
LOCK_FAILED = re.compile(r"unable to lock file, errno = (\d+)(?:.*GetLastError\(\) = (\d+))?", re.DOTALL)
TAKEN = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}
WINDOWS_TAKEN = 33  # ERROR_LOCK_VIOLATION
MARKED = "already open for"
OPENED_WITHOUT = "locking flag values don't match"  # the file is open in this process, without a lock
USES_LOCKS = "HDF5_USE_FILE_LOCKING"


def open_hdf5(path: Path | str, mode: str = "r", *, expected: str = AN_HDF5_FILE, **options: Any) -> h5py.File:
    """Open a file that is there, to read or to change.

    Args:
        path: the file.
        mode: "r" or "r+".
        expected: for the sentence that refuses it: "expected ...".
        options: those of `h5py.File`.

    Raises:
        InputError: it is no HDF5 file (what it is is named), is open for writing elsewhere, or is damaged.
    """
    path = Path(path)
    refuse_other_kinds(path, expected)
    try:
        return opened(path, mode, **options)
    except OSError as error:
        raise InputError(f"{path}: {expected}, found {why_not(error)}") from error


def create_hdf5(path: Path | str, **options: Any) -> h5py.File:
    """Make a new file, or an old one anew; raises OSError as h5py does (see `gazeaug.outputs.writing_to`)."""
    return opened(Path(path), "w", **options)


def in_memory() -> h5py.File:
    """A file that is on no disk, to try things with."""
    return h5py.File("trial", "w", libver="v110", driver="core", backing_store=False)


def refuse_other_kinds(path: Path, expected: str = AN_HDF5_FILE) -> None:
    """Refuse what is no HDF5 file.

    Raises:
        InputError: naming what it is.
    """
    kind = kind_of(path)
    is_readable = path.is_file() and not kind.startswith(UNREADABLE)
    if kind == "an HDF5 file" or (is_readable and h5py.is_hdf5(path)):  # the signature may stand further on
        return
    if kind == "no such file":
        raise InputError(f"{path}: {expected}, but there is no such file.")
    more = " (gazeaug prepare makes an HDF5 file of one)" if kind == "a folder" else ""
    raise InputError(f"{path}: {expected}, found {kind}{more}.")


def opened(path: Path, mode: str, **options: Any) -> h5py.File:
    """Open as h5py does, and once more without locks where the file system has none; raises what h5py raises.

    A file that is open in this process already is opened as it is there, with or without a lock.

    Raises:
        InputError: the environment asks for locks that the file system does not have.
    """
    try:
        return h5py.File(path, mode, **options)
    except OSError as error:
        if not lacks_locks(error):
            raise
    options["locking"] = False if options.get("locking") is not False else None
    try:
        return h5py.File(path, mode, **options)
    except OSError as error:
        if not lacks_locks(error):
            raise
        raise InputError(
            f"{path}: its file system has no locks, but {USES_LOCKS}={os.environ.get(USES_LOCKS)} in the environment "
            "asks for them; unset it, or set it to FALSE."
        ) from error


def lacks_locks(error: OSError) -> bool:
    """Whether a lock failed because there are none, and not because another program has it."""
    failed = LOCK_FAILED.search(str(error))
    return OPENED_WITHOUT in str(error) or (failed is not None and not _is_taken(failed))


def why_not(error: OSError) -> str:
    """What keeps HDF5 from opening a file, as the object of "found"."""
    failed, text = LOCK_FAILED.search(str(error)), str(error)
    if failed is not None:
        return "one that is open for writing in another program; wait for it or close it there."
    if MARKED in text:
        return (
            "one that is open for writing in another program, or was when that program was killed; close it there, "
            "or, where no such program runs, clear the mark with h5clear -s (package hdf5-tools)."
        )
    if isinstance(error, PermissionError):
        return "one that may not be read or written by this user."
    return f"one that is truncated or damaged: {error}"


def _is_taken(failed: re.Match[str]) -> bool:
    return int(failed[1]) in TAKEN or failed[2] == str(WINDOWS_TAKEN)
