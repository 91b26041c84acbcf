"""Files written safely: checked before the start, built under a temporary name, renamed when complete."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError, RunError
from gazeaug.output_kinds import Kind, check_folder_name, check_kind

PARTIAL_SUFFIX = ".partial"
REPLACED_SUFFIX = ".replaced"
REJECTED_SUFFIX = ".rejected.csv"
LONGEST_NAME_BYTES = 255  # that the usual file systems take
LONGEST_MARK = 256 << 20  # bytes of a file that says who made a folder
SPARE_BYTES = 1 << 20  # headers, B-trees and the last partial chunk


def real_path(path: Path) -> Path:
    """Where a path leads, its links followed; a link in a circle stays as it is, for whoever opens it to refuse."""
    return Path(os.path.realpath(path))


def check_output(output: Path, *, overwrite: bool, inputs: Iterable[Path] = (), kind: Kind | None = None) -> None:
    """Refuse an output that exists, is one of the inputs, has the name of another kind, or cannot be written there.

    Raises:
        InputError: naming the path and what to do.
    """
    check_name(output)
    for source in inputs:
        if real_path(output) == real_path(source):
            raise InputError(f"{output}: the output is also the input; give another name with --output.")
    if kind is not None:
        check_kind(output, kind)
    if output.is_dir():
        raise InputError(f"{output}: expected the name of a file to write, found a folder.")
    if output.exists() and not overwrite:
        raise InputError(f"{output}: exists already; give --overwrite to replace it, or write elsewhere.")
    check_place(output)


def check_names_free(folder: Path, names: Iterable[str]) -> None:
    """Refuse a folder that holds files with the names of those to be written there.

    Raises:
        InputError: naming the first of them and what to do.
    """
    for path in (folder / name for name in names):
        if path.exists():
            raise InputError(f"{path}: exists already; give --overwrite to replace it, or another folder.")


def check_rejected(output: Path, *, overwrite: bool, resumes: bool) -> None:
    """Refuse an output beside which a list of what was left out lies that is of another one.

    Args:
        output: to be written.
        overwrite: the list may be replaced, or deleted where nothing is left out.
        resumes: there is interrupted work for this output, which may have written it.

    Raises:
        InputError: naming the list and what to do.
    """
    path = rejected_name(output)
    if path.exists() and not output.exists() and not (overwrite or resumes):
        raise InputError(
            f"{path}: exists already; give --overwrite to replace it by what is left out of {output.name}, or write "
            "elsewhere."
        )


def file_of(path: Path) -> tuple[int, int] | Path:
    """What is equal for two paths that lead to one file, also by links of either kind."""
    try:
        status = path.stat()
    except OSError:  # it is not there
        return path.absolute()
    return status.st_dev, status.st_ino


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, also by links of either kind."""
    return file_of(one) == file_of(other)


def check_once(paths: Iterable[Path]) -> None:
    """Refuse a file or folder that is given twice, also by links.

    Raises:
        InputError: naming both.
    """
    seen: dict[object, Path] = {}
    for path in paths:
        file = file_of(path)
        if file in seen:
            raise InputError(f"{path}: given twice, also as {seen[file]}; its rows would be there twice. Give it once.")
        seen[file] = path


def check_output_folder(output: Path, *, marks: Sequence[str], overwrite: bool) -> None:
    """Refuse a folder that is there, unless it may be replaced: then it must hold a file of the `marks`, or nothing.

    Raises:
        InputError: naming the path and what to do.
    """
    check_name(output)
    check_folder_name(output)
    if output.is_dir() and any(output.iterdir()):
        if not overwrite:
            raise InputError(f"{output}: exists already; give --overwrite to replace it, or write elsewhere.")
        if not is_marked(output, marks):
            raise InputError(f"{output}: holds files that no conversion wrote, so it is not replaced; write elsewhere.")
    elif output.exists() and not output.is_dir():
        raise InputError(f"{output}: expected the name of a folder to write, found a file.")
    check_place(output)


def is_marked(folder: Path, marks: Sequence[str]) -> bool:
    """Whether a folder holds a file that says who made it, and not one of the user's that has its name."""
    return any(is_provenance(folder / mark) for mark in marks)


def is_provenance(path: Path) -> bool:
    """Whether a file holds what `gazeaug.provenance.make` tells of a command, as a JSON object."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(LONGEST_MARK))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("versions"), dict) and isinstance(said.get("command"), str)


def check_name(output: Path) -> None:
    """Refuse a name that no file can have.

    Raises:
        InputError: naming the path and the bytes.
    """
    n_bytes = len(os.fsencode(output.name))
    if n_bytes > LONGEST_NAME_BYTES:
        raise InputError(
            f"{output}: the name has {n_bytes} bytes, more than the {LONGEST_NAME_BYTES} that a file system takes; "
            "give a shorter one."
        )
    if "\0" in str(output):
        raise InputError(f"{str(output)!r}: holds a NUL, which no name of a file can; give another one.")


def check_place(output: Path) -> None:
    """Refuse an output whose folder is not there or cannot be written."""
    folder = output.parent
    if not folder.is_dir():
        raise InputError(f"{output}: the folder {folder} does not exist; make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{output}: the folder {folder} is not writable.")


def check_free_space(output: Path, needed_bytes: int) -> None:
    """Refuse a job whose output would not fit on the disk.

    Raises:
        InputError: naming the bytes needed and free.
    """
    free_bytes = shutil.disk_usage(output.parent).free
    if needed_bytes + SPARE_BYTES > free_bytes:
        raise InputError(
            f"{output}: needs {needed_bytes + SPARE_BYTES:,} bytes, but only {free_bytes:,} are free on its disk."
        )


@contextmanager
def writing_to(output: Path) -> Iterator[None]:
    """Turn the operating system's refusals while writing (a full disk above all) into one sentence.

    Raises:
        RunError: naming the path, the reason and, for a full disk, the bytes that are free.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        # HDF5 wraps the system's error in its own text, so the number is looked for there too; h5py raises it as a
        # RuntimeError where closing a file writes.
        if isinstance(error, RuntimeError) and "errno = " not in str(error):
            raise
        if getattr(error, "errno", None) == 28 or "errno = 28" in str(error) or "No space left" in str(error):
            free_bytes = shutil.disk_usage(output.parent).free
            raise RunError(f"{output}: the disk is full ({free_bytes:,} bytes free).") from error
        raise RunError(f"{output}: writing failed: {error}") from error


def partial_name(output: Path) -> Path:
    """The temporary name, beside `output`, under which it is built."""
    return beside(output, PARTIAL_SUFFIX)


def rejected_name(output: Path) -> Path:
    """The list of what was left out of an output."""
    return beside(output, REJECTED_SUFFIX)


def beside(output: Path, suffix: str) -> Path:
    """`output` with a suffix to its name; where that would be too long a name, the end of it stands as a digest.

    Raises:
        InputError: it has no name, as the folder that one is in has none.
    """
    if not output.name:
        raise InputError(f"{output}: expected the name of a file, found a folder.")
    name = os.fsencode(output.name)
    if len(name) + len(suffix) <= LONGEST_NAME_BYTES:
        return output.with_name(output.name + suffix)
    digest = hashlib.sha256(name).hexdigest()[:16]
    start = name[: LONGEST_NAME_BYTES - len(suffix) - len(digest) - 1].decode(errors="ignore")
    return output.with_name(f"{start}~{digest}{suffix}")


def publish(output: Path, partial: Path | None = None) -> None:
    """Give a file built under its temporary name the final one, once its bytes are on the disk."""
    partial = partial or partial_name(output)
    with writing_to(output):
        flush_to_disk(partial)
        os.replace(partial, output)


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Hand out a temporary name beside `output`; on success it takes the final name, on failure it is removed.

    Whatever library wrote it, others may read the file as the umask says: safetensors lets nobody else read its own.
    """
    partial = partial_name(output)
    with writing_to(output):
        mode = usual_mode(partial)
    try:
        yield partial
        with writing_to(output):
            if stat.S_IMODE(partial.stat().st_mode) != mode:
                partial.chmod(mode)
        publish(output)
    finally:
        partial.unlink(missing_ok=True)


def usual_mode(path: Path) -> int:
    """The permissions that a new file of that name gets from the umask and its folder; none is left there."""
    path.unlink(missing_ok=True)
    path.touch()
    mode = stat.S_IMODE(path.stat().st_mode)
    path.unlink()
    return mode


@contextmanager
def replacing_folder(output: Path, *, marks: Sequence[str]) -> Iterator[Path]:
    """Hand out a new folder beside `output`; on success it takes the final name, on failure it is removed.

    What stood under that name goes only then, and a folder only if it holds one of `marks` (see `check_output_folder`).
    """
    partial = partial_name(output)
    try:
        with writing_to(output):
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
        yield partial
        with writing_to(output):
            flush_all_to_disk(partial)
            if is_marked(output, marks):
                old = beside(output, REPLACED_SUFFIX)
                os.replace(output, old)
                os.replace(partial, output)
                shutil.rmtree(old)
            else:
                os.replace(partial, output)  # refuses a folder that is not empty
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a JSON file, whole or not at all."""
    write_text(path, json.dumps(content, indent=1))


def write_text(path: Path, text: str) -> None:
    """Replace a text file (UTF-8), whole or not at all."""
    with replacing(path) as partial, writing_to(path):
        partial.write_text(text, encoding="utf-8")


def write_rejected(output: Path, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> Path | None:
    """List what was left out of an output, and why, in `<output>.rejected.csv`; no such file where nothing was.

    See `check_rejected` for a list that is there already.
    """
    path = rejected_name(output)
    if not lines:
        with writing_to(path):
            path.unlink(missing_ok=True)
        return None
    with (
        replacing(path) as partial,
        writing_to(path),
        partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(lines)
    return path


def flush_to_disk(path: Path) -> None:
    """Wait until the file's bytes are on the disk, so that a rename never outruns them."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_all_to_disk(folder: Path) -> None:
    """Wait until every file of a folder is on the disk."""
    if hasattr(os, "sync"):  # one call for all: a flush each is ten times slower for many small pictures
        os.sync()
        return
    for path in folder.rglob("*"):
        if path.is_file():
            flush_to_disk(path)
