"""Files written safely: checked before the start, built under a temporary name, renamed when complete."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gazeaug.errors import InputError, RunError

PARTIAL_SUFFIX = ".partial"
SPARE_BYTES = 1 << 20  # headers, B-trees and the last partial chunk


def check_output(output: Path, *, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse an output that exists, is one of the inputs, or stands in a folder that cannot be written.

    Raises:
        InputError: naming the path and what to do.
    """
    for source in inputs:
        if output.resolve() == source.resolve():
            raise InputError(f"{output}: the output is also the input; give another name with --output.")
    if output.is_dir():
        raise InputError(f"{output}: expected the name of a file to write, found a folder.")
    if output.exists() and not overwrite:
        raise InputError(f"{output}: exists already; give --overwrite to replace it, or write elsewhere.")
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
    return output.with_name(output.name + PARTIAL_SUFFIX)


def publish(output: Path) -> None:
    """Give a file built under its temporary name the final one, once its bytes are on the disk."""
    partial = partial_name(output)
    with writing_to(output):
        flush_to_disk(partial)
        os.replace(partial, output)


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Hand out a temporary name beside `output`; on success it takes the final name, on failure it is removed."""
    partial = partial_name(output)
    try:
        yield partial
        publish(output)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a JSON file, whole or not at all."""
    write_text(path, json.dumps(content, indent=1))


def write_text(path: Path, text: str) -> None:
    """Replace a text file (UTF-8), whole or not at all."""
    with replacing(path) as partial, writing_to(path):
        partial.write_text(text, encoding="utf-8")


def write_rejected(output: Path, columns: Sequence[str], lines: Sequence[Sequence[Any]]) -> Path | None:
    """List what was left out of an output, and why, in `<output>.rejected.csv`; nothing where nothing was."""
    if not lines:
        return None
    path = output.with_name(output.name + ".rejected.csv")
    with replacing(path) as partial, writing_to(path), partial.open("w", newline="", encoding="utf-8") as file:
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
