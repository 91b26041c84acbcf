"""Uploads: pictures and videos that are dropped on the page, streamed to the disk under a name that is safe there."""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import parts_of, whole_number
from gazeaug_studio.errors import Refused
from gazeaug_studio.studio import studio_of
from gazeaug_studio.workspace import Workspace

FOLDER = "photographs"  # that pictures go to unless another one is named
MOST_PICTURE_BYTES, MOST_VIDEO_BYTES = 200_000_000, 2_000_000_000
LEFT_FREE_BYTES = 100_000_000  # of the disk, for jobs that write to it
PIECE_BYTES = 1 << 20  # written at once
LONGEST_NAME_BYTES = 200  # of the 255 that file systems take; a number may be added
ABANDONED_SECONDS = 86_400  # after which a part of an upload is what a killed server has left
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # by Windows


@dataclass(frozen=True)
class Stored:
    """An upload that is in the folder now."""

    path: Path
    is_known: bool
    """The same file was there already; nothing was added."""


def most_bytes(name: str) -> int:
    """How large a file of a name may be.

    Raises:
        Refused: 415 where `prepare photos` reads no files with its ending.
    """
    from gazeaug.photos.videos import is_video  # numpy and Pillow, which a server needs only now
    from gazeaug.pictures.decoding import is_picture

    if is_video(Path(name)):
        return MOST_VIDEO_BYTES
    if is_picture(Path(name)):
        return MOST_PICTURE_BYTES
    raise Refused(415, f"{name}: neither a picture nor a video that gazeaug prepare photos reads, by its ending.")


def safe_name(given: str) -> str:
    """A name that every file system takes, and that is neither hidden nor a path."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join("_" if unicodedata.category(c)[0] == "C" or c in '<>:"|?*' else c for c in name)
    name = name.strip(" .")
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    stem = stem.encode()[: LONGEST_NAME_BYTES - len(ending.encode())].decode(errors="ignore").rstrip(" .")
    if not stem or len(ending) > 10:
        raise Refused(400, "That is no name of a picture or a video.")
    return f"_{stem}{ending}" if RESERVED.fullmatch(stem) else stem + ending


def folder_for(workspace: Workspace, name: str) -> Path:
    """The folder that uploads go to, made where it is not there; hidden ones are refused with 403."""
    folder = workspace.path(name)
    if any(part.startswith(".") for part in Path(workspace.name(folder)).parts):
        raise Refused(403, f"{name}: nothing is uploaded into hidden folders.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(409, f"{name}: there is a file of that name; give another folder.") from error
    return folder


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise Refused with 507 where a disk would be full with so many bytes more."""
    if shutil.disk_usage(folder).free < n_bytes + LEFT_FREE_BYTES:
        raise Refused(507, "The disk is nearly full; delete something, then try again.")


@contextlib.contextmanager
def part_of_upload(workspace: Workspace) -> Iterator[Path]:
    """A name for a file that is not whole yet; it is gone afterwards, as are those that a killed server has left."""
    part = workspace.own("uploads", secrets.token_hex(8))
    for other in part.parent.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - other.stat().st_mtime > ABANDONED_SECONDS:
                other.unlink()
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def publish(part: Path, folder: Path, name: str) -> Stored:
    """Move a whole upload into its folder; where its name is taken by another picture, it gets a number."""
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem}-{number}{ending}")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # two uploads of one name do not meet
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and filecmp.cmp(part, path, shallow=False):
                return Stored(path, is_known=True)
            number += 1
            continue
        try:
            os.replace(part, path)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return Stored(path, is_known=False)


async def write(request: Request, stream: BinaryIO, folder: Path, most: int) -> int:
    """Write a body piece by piece; returns its number of bytes.

    Raises:
        Refused: 413 where it is larger than allowed, 507 where the disk becomes full, 400 where it breaks off, 408
            where it stops.
    """
    n_bytes, piece = 0, bytearray()

    def flush() -> None:
        check_room(folder, len(piece))
        stream.write(piece)
        piece.clear()

    async for data in parts_of(request):
        n_bytes += len(data)
        if n_bytes > most:
            raise too_large(most)
        piece += data
        if len(piece) >= PIECE_BYTES:
            await run_in_threadpool(flush)
    await run_in_threadpool(flush)
    return n_bytes


def too_large(most: int) -> Refused:
    """What is said of a file above the limit."""
    return Refused(413, f"The file is larger than {most // 1_000_000:,} MB. Copy it into the folder by other means.")


async def upload(request: Request) -> JSONResponse:
    """PUT /api/uploads/NAME?folder=FOLDER with a file as the body: {name, bytes, known}, 201 where it is new."""
    workspace = studio_of(request).workspace
    name = safe_name(request.path_params["name"])
    most = await run_in_threadpool(most_bytes, name)
    stated = whole_number(request.headers.get("content-length", "0"), "Content-Length")
    if stated > most:
        raise too_large(most)
    folder = await run_in_threadpool(folder_for, workspace, request.query_params.get("folder", FOLDER))
    check_room(folder, stated)
    with part_of_upload(workspace) as part:
        with part.open("wb") as stream:
            n_bytes = await write(request, stream, folder, most)
        if n_bytes == 0:
            raise Refused(400, f"{name}: the file is empty.")
        stored = await run_in_threadpool(publish, part, folder, name)
    answer = {"name": workspace.name(stored.path), "bytes": n_bytes, "known": stored.is_known}
    return JSONResponse(answer, 200 if stored.is_known else 201)


ROUTES = [Route("/api/uploads/{name:path}", upload, methods=["PUT"])]
