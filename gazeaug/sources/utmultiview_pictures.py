"""The pictures of a recording of UT Multiview, by number: in a zip as they are distributed, or in a folder.

Names in a zip are looked up in it and told of, and never become names of files.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.file_kinds import kind_of
from gazeaug.pictures.decoding import check_inside

PICTURE = re.compile(r"([0-9]{1,9})\.(bmp|png|jpg|jpeg)", re.IGNORECASE)
LARGEST_PICTURE = 4 << 20  # bytes; a true one has some 3 kB
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class Pictures:
    """The pictures of a recording, by number."""

    where: Path
    """The zip, or the folder."""
    names: Mapping[int, str]
    read: Callable[[str], bytes]


def archive_of(recording: Path) -> Path:
    """The zip beside a CSV."""
    return recording.with_suffix(".zip")


def folder_of(recording: Path) -> Path:
    """The folder beside a CSV, where the zip is unpacked."""
    return recording.with_suffix("")


@contextmanager
def opened_pictures(recording: Path) -> Iterator[Pictures]:
    """The pictures of a recording, from its zip if there is one, else from its folder.

    Raises:
        InputError: there is neither, the zip is damaged, or two pictures have one number.
    """
    archive, folder = archive_of(recording), folder_of(recording)
    if archive.is_file():
        try:
            opened_zip = zipfile.ZipFile(archive)
        except DAMAGED as error:
            raise InputError(f"{archive}: expected a zip of pictures, found {kind_of(archive)} ({error}).") from error
        with opened_zip as file:
            yield Pictures(archive, numbered(archive, file.namelist()), lambda name: from_zip(file, archive, name))
    elif folder.is_dir():
        try:
            names = [path.name for path in folder.iterdir()]
        except OSError as error:
            raise InputError(f"{folder}: cannot be read ({error.strerror}).") from error
        yield Pictures(folder, numbered(folder, names), lambda name: from_folder(folder / name))
    else:
        raise InputError(
            f"{recording}: its pictures are missing: neither {archive.name} nor a folder {folder.name} is there."
        )


def numbered(where: Path, names: Iterable[str]) -> dict[int, str]:
    """Pictures by the number that their name is; other files are none of them; raises InputError."""
    found: dict[int, str] = {}
    for name in names:
        parts = PICTURE.fullmatch(name.rpartition("/")[2])
        if parts is None or name.startswith("__MACOSX/"):
            continue
        if (number := int(parts[1])) in found:
            raise InputError(f"{where}: expected a picture for each number, found '{found[number]}' and '{name}'.")
        found[number] = name
    if not found:
        raise InputError(f"{where}: expected pictures 00000000.bmp, 00000001.bmp, ..., found none.")
    return found


def from_zip(file: zipfile.ZipFile, archive: Path, name: str) -> bytes:
    """The bytes of a picture in a zip; raises InputError."""
    try:
        with file.open(name) as stream:
            data = stream.read(LARGEST_PICTURE + 1)
    except DAMAGED as error:
        raise InputError(f"{archive}: '{name}' in it is damaged ({error}).") from error
    return checked_size(data, archive / Path(name).name)


def from_folder(path: Path) -> bytes:
    """The bytes of a picture; raises InputError."""
    check_inside(path, path.parent)
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_PICTURE + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    return checked_size(data, path)


def checked_size(data: bytes, path: Path) -> bytes:
    """Bytes of a picture of an eye; raises InputError where they are too many for one."""
    if len(data) > LARGEST_PICTURE:
        raise InputError(f"{path}: expected a picture of an eye, found more than {LARGEST_PICTURE >> 20} MiB.")
    return data
