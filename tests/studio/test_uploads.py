from __future__ import annotations

import errno
import os
import shutil
import socket
import time
from collections import namedtuple
from pathlib import Path
from urllib.parse import quote

import pytest

from gazeaug_studio import uploads
from gazeaug_studio.errors import Refused
from gazeaug_studio.uploads import safe_name

Usage = namedtuple("Usage", "total used free")


def put(studio, name: str, data: bytes, folder: str | None = None, **headers):
    where = "" if folder is None else f"?folder={quote(folder)}"
    return studio.ask("PUT", f"/api/uploads/{quote(name)}{where}", data, **headers)


def in_folder(folder: Path) -> list[str]:
    """All files but the studio's own."""
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and ".gazeaug" not in str(p)
    )


def parts(folder: Path) -> list[Path]:
    """What is left of uploads that are not whole."""
    return list((folder / ".gazeaug-studio").glob("uploads/*"))


def test_a_picture_goes_into_the_folder_bit_for_bit(studio, folder):
    data = os.urandom(3 << 20)
    answer = put(studio, "face one.JPG", data)
    assert (answer.status, answer.json) == (
        201,
        {"name": "photographs/face one.JPG", "bytes": len(data), "known": False},
    )
    assert (folder / "photographs/face one.JPG").read_bytes() == data
    assert parts(folder) == []


def test_a_taken_name_gets_a_number_unless_the_file_is_the_same(studio, folder):
    names = [put(studio, "a.png", data, "shots/day").json for data in (b"one", b"two", b"one", b"two", b"three")]
    assert [(one["name"], one["known"]) for one in names] == [
        ("shots/day/a.png", False),
        ("shots/day/a-2.png", False),
        ("shots/day/a.png", True),
        ("shots/day/a-2.png", True),
        ("shots/day/a-3.png", False),
    ]
    assert (folder / "shots/day/a-2.png").read_bytes() == b"two"
    assert len(in_folder(folder)) == 3


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../a.png", "a.png"),
        ("..\\..\\a.png", "a.png"),
        ("C:\\a.png", "a.png"),
        (".hidden.png", "hidden.png"),
        ("a\nb\u202e.png", "a_b_.png"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("con.png", "_con.png"),
        ("LPT1.jpeg", "_LPT1.jpeg"),
        ("a .png. ", "a.png"),
        ("e\u0301.png", "\u00e9.png"),
        ("\u00e9" * 300 + ".webp", "\u00e9" * 97 + ".webp"),
        ("-rf.png", "-rf.png"),
    ],
)
def test_names_are_made_safe(given, name):
    assert safe_name(given) == name


@pytest.mark.parametrize("given", ["", ".", "..", "///", "a." + "b" * 40])
def test_what_cannot_be_a_name_is_refused(given):
    with pytest.raises(Refused):
        safe_name(given)


@pytest.mark.parametrize("name", ["page.html", "eyes.h5", "x.svg", "a.png.exe", "png", ".png", "a.heic", "a.mpg"])
def test_other_endings_are_refused(studio, folder, name):
    answer = put(studio, name, b"data")
    assert answer.status == 415, answer
    assert in_folder(folder) == []


@pytest.mark.parametrize("where", ["..", "/tmp", "../other", ".gazeaug-studio", ".gazeaug-studio/jobs", ".git/hooks"])
def test_other_folders_are_refused(studio, folder, where):
    assert put(studio, "a.png", b"data", where).status == 403
    assert in_folder(folder) == []


def test_a_link_out_of_the_folder_is_not_written_through(studio, folder):
    outside = folder.parent / "outside"
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    assert put(studio, "a.png", b"data", "link").status == 403
    (folder / "photographs").mkdir()
    (folder / "photographs/a.png").symlink_to(outside / "new.png")
    assert put(studio, "a.png", b"data").json["name"] == "photographs/a-2.png"
    assert list(outside.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_named(studio, folder):
    (folder / "photographs").write_text("not a folder")
    answer = put(studio, "a.png", b"data")
    assert (answer.status, "there is a file of that name" in answer.json["error"]) == (409, True)


def test_an_empty_file_is_refused(studio, folder):
    assert put(studio, "a.png", b"").status == 400
    assert in_folder(folder) == parts(folder) == []


def test_what_is_too_large_is_refused_before_it_is_sent_and_when_it_says_nothing(studio, folder, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_PICTURE_BYTES", 2_000_000)
    assert answer_to(studio, b"Content-Length: 2000001\r\n\r\n").startswith(b"HTTP/1.1 413")
    chunk = b"%x\r\n" % 1_000_000 + bytes(1_000_000) + b"\r\n"
    answer = answer_to(studio, b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"larger than 2 MB" in answer
    assert in_folder(folder) == parts(folder) == []


def test_a_broken_upload_leaves_nothing(studio, folder):
    answer_to(studio, b"Content-Length: 1000000\r\n\r\n" + bytes(5000), wait=False)  # fewer than stated
    for _ in range(100):
        if parts(folder) == []:
            break
        time.sleep(0.05)
    assert in_folder(folder) == parts(folder) == []
    assert studio.get("/api/about").status == 200


def test_more_bytes_than_stated_are_no_part_of_the_file(studio, folder):
    answer_to(studio, b"Content-Length: 4\r\n\r\nrightDELETE / HTTP/1.1\r\n\r\n")
    assert (folder / "photographs/a.png").read_bytes() == b"righ"


def test_a_disk_that_is_nearly_full_is_left_alone(studio, folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**12, 0, uploads.LEFT_FREE_BYTES + 100))
    assert put(studio, "small.png", b"x" * 100).status == 201
    answer = put(studio, "large.png", b"x" * 101)
    assert (answer.status, "disk" in answer.json["error"]) == (507, True)
    assert in_folder(folder) == ["photographs/small.png"]


@pytest.mark.parametrize("call", ["write", "replace"])
def test_a_disk_that_becomes_full_leaves_nothing_behind(studio, folder, monkeypatch, call):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        if call == "replace":
            patched.setattr(uploads.os, "replace", fail)
        else:
            patched.setattr(uploads, "write", fail)
        answer = put(studio, "a.png", b"data")
    assert (answer.status, answer.json["error"]) == (507, "The disk is full; delete something, then try again.")
    assert in_folder(folder) == parts(folder) == []


def test_what_a_killed_server_left_is_removed_a_day_later(studio, folder):
    own = folder / ".gazeaug-studio/uploads"
    own.mkdir(parents=True)
    for name in ("old", "new"):
        (own / name).write_bytes(b"part")
    os.utime(own / "old", (time.time() - 2 * 86_400,) * 2)
    put(studio, "a.png", b"data")
    assert [part.name for part in parts(folder)] == ["new"]


def test_another_pages_upload_is_refused(studio, folder):
    assert put(studio, "a.png", b"data", Origin="http://evil.example").status == 403
    assert put(studio, "a.png", b"data", Cookie="").status == 401
    assert in_folder(folder) == []


def answer_to(studio, rest: bytes, *, wait: bool = True) -> bytes:
    """What an upload gets whose headers end as they are given, with whatever stands behind them."""
    host = f"127.0.0.1:{studio.port}"
    lines = f"PUT /api/uploads/a.png HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {studio.cookie}\r\n"
    with socket.create_connection(("127.0.0.1", studio.port), timeout=20) as connection:
        connection.sendall(lines.encode() + rest)
        answer, piece = b"", b"more"
        while wait and piece and not answer.endswith(b"}"):
            answer += (piece := connection.recv(65536))
        return answer
