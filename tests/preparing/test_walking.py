"""Folders walked: nothing is passed over without a word, nothing is there twice."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from gazeaug.errors import InputError
from gazeaug.preparing.items import Items
from gazeaug.preparing.twice import copies_among, refuse_twice
from gazeaug.preparing.walking import find_files, find_here, instead


def is_png(path: Path) -> bool:
    return path.suffix.lower() == ".png"


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def left_out(items: Items) -> dict[str, tuple[str, bool]]:
    return {str(Path(left.item).relative_to(items.folder)): (left.reason, left.on_purpose) for left in items.left_out}


def test_files_come_in_natural_order(tmp_path: Path) -> None:
    write(tmp_path, "10.png", "9.PNG", "sub/2.png", "sub/deep/1.png", "notes.txt", ".git/config")
    items = find_files(tmp_path, is_png)
    assert list(items.names) == ["9.PNG", "10.png", "sub/2.png", "sub/deep/1.png"]
    assert list(items.left_out) == []


def test_hidden_and_deleted_files_are_counted_and_not_taken(tmp_path: Path) -> None:
    write(tmp_path, "1.png", "._1.png", ".Trash-1000/files/1.png", ".Trash-1000/2.png", "$RECYCLE.BIN/3.png")
    items = find_files(tmp_path, is_png)
    assert list(items.names) == ["1.png"]
    found = left_out(items)
    assert found.keys() == {"._1.png", ".Trash-1000", "$RECYCLE.BIN"}
    assert all(on_purpose and reason.startswith("hidden: ") for reason, on_purpose in found.values())
    assert found[".Trash-1000"][0].endswith("with 2 files")


def test_a_hidden_folder_that_is_given_is_read(tmp_path: Path) -> None:
    write(tmp_path / ".cache", "1.png")
    assert list(find_files(tmp_path / ".cache", is_png).names) == ["1.png"]


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    write(tmp_path, "1.png", "IMG_2.HEIC", "raw/3.cr2")
    found = left_out(find_files(tmp_path, is_png))
    assert found["IMG_2.HEIC"] == ("other format: .heic is not read; convert it to JPEG, PNG or MP4", True)
    assert found["raw/3.cr2"][1]
    (tmp_path / "1.png").unlink()
    assert "IMG_2.HEIC" in instead(find_files(tmp_path, is_png))
    assert instead(find_files(tmp_path, is_png)).endswith("and 1 more")


def test_links_that_lead_nowhere_or_in_circles_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "1.png")
    for name, target in [("2.png", "gone.png"), ("3.png", "3.png"), ("p01", "gone"), ("notes.txt", "gone.txt")]:
        (tmp_path / name).symlink_to(target)
    items = find_files(tmp_path, is_png)
    assert list(items.names) == ["1.png"]
    found = left_out(items)
    assert found.keys() == {"2.png", "3.png", "p01"}
    assert not any(on_purpose for _, on_purpose in found.values())
    assert "leads nowhere" in found["2.png"][0]


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1.png")
    assert left_out(find_files(tmp_path, is_png))["1.png"] == (f"{tmp_path}/1.png: no file that can be read.", False)


def test_linked_folders_are_not_followed_and_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "in/p00/1.png", "elsewhere/2.png", "empty/notes.txt")
    for name, target in [("again", "p00"), ("up", "."), ("far", "../elsewhere"), ("none", "../empty")]:
        (tmp_path / "in" / name).symlink_to(target)
    items = find_files(tmp_path / "in", is_png)
    assert list(items.names) == ["p00/1.png"]
    found = left_out(items)
    assert found.keys() == {"again", "up", "far"}
    assert re.search("p00, which is here already; links are not followed: take the link away", found["again"][0])
    assert re.search("elsewhere, out of its folder; .* copy the folder, or give it by itself", found["far"][0])


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_file_under_two_names_is_taken_once(tmp_path: Path, link: Any) -> None:
    write(tmp_path, "1.png", "sub/3.png")
    link(tmp_path / "1.png", tmp_path / "sub" / "2.png")
    items = find_files(tmp_path, is_png)
    assert list(items.names) == ["1.png", "sub/3.png"]
    reason = f"{tmp_path}/sub/2.png: the same file as {tmp_path}/1.png, so its rows would be there twice; "
    assert left_out(items) == {"sub/2.png": (f"{reason}remove one, or copy it.", False)}


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the system does not let anyone read, not even root."""
    folder, scandir = tmp_path / "in" / "closed", os.scandir
    write(folder, "2.png")

    def refusing(path: Any) -> Any:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    return folder


def test_folders_that_cannot_be_read_are_named(closed: Path) -> None:
    write(closed.parent, "1.png")
    items = find_files(closed.parent, is_png)
    assert list(items.names) == ["1.png"]
    assert left_out(items) == {"closed": (f"{closed}: the folder cannot be read (Permission denied).", False)}
    with pytest.raises(InputError, match=r"closed: the folder cannot be read \(Permission denied\)"):
        find_files(closed, is_png)
    with pytest.raises(InputError, match="closed: the folder cannot be read"):
        find_here(closed, is_png, like=())
    here = find_here(closed.parent, is_png, like=())
    assert left_out(here) == {"closed": ("other folder: cannot be read (Permission denied)", True)}


def test_one_folder_says_what_else_it_holds(tmp_path: Path) -> None:
    write(tmp_path, "2.png", "1.png", "preview.jpg", ".3.jpg", "run2/1.png", "run2/2.png", "imgs/4.png", "other/a.txt")
    items = find_here(tmp_path, is_png, like=(".jpg",), but=("imgs",))
    assert list(items.names) == ["1.png", "2.png"]
    found = left_out(items)
    assert found.keys() == {"preview.jpg", ".3.jpg", "run2"}
    assert found["run2"][0].startswith("other folder: holds 2 such files")
    assert all(on_purpose for _, on_purpose in found.values())
    write(tmp_path, ".old/1.png", "deep/er/1.png")
    (tmp_path / "5.png").symlink_to("gone.png")
    (tmp_path / "6.png").symlink_to("6.png")
    os.mkfifo(tmp_path / "4.png")  # whoever read it would wait for ever
    items = find_here(tmp_path, is_png, like=(".jpg",), but=("imgs",))
    assert list(items.names) == ["1.png", "2.png"]
    more = left_out(items)
    assert more[".old"] == ("hidden: a folder that is hidden or the system's own, with 1 files", True)
    assert more["deep"][0].startswith("other folder: holds 1 such files")
    nowhere = "a link that leads nowhere."
    assert [more[name] for name in ("5.png", "6.png")] == [
        (f"{tmp_path / n}: {nowhere}", False) for n in ("5.png", "6.png")
    ]
    assert more["4.png"] == (f"{tmp_path / '4.png'}: no file that can be read.", False)
    os.link(tmp_path / "1.png", tmp_path / "3.png")
    with pytest.raises(InputError, match=r"3\.png: the same file as .*1\.png"):
        find_here(tmp_path, is_png, like=())


def test_inputs_are_given_once(tmp_path: Path) -> None:
    write(tmp_path, "in/sub/1.png", "2.png")
    given = [tmp_path / "in", tmp_path / "in" / "sub"]
    with pytest.raises(InputError, match=r"in/sub: lies in .*in, which is given too; .* Give one of them\."):
        refuse_twice(given, [])
    with pytest.raises(InputError, match=r"in/sub: lies in .*/in, which is given too"):
        refuse_twice(reversed(given), [])
    with pytest.raises(InputError, match=r"2\.png: given twice"):
        refuse_twice([tmp_path / "2.png", tmp_path / "in" / ".." / "2.png"], [])
    os.link(tmp_path / "2.png", tmp_path / "in" / "3.png")
    files = [tmp_path / "in" / "sub" / "1.png", tmp_path / "in" / "3.png", tmp_path / "2.png"]
    with pytest.raises(InputError, match=r"/2\.png: the same file as .*in/3\.png"):
        refuse_twice([tmp_path / "in", tmp_path / "2.png"], files)
    refuse_twice([tmp_path / "in"], files[:2])


def test_copies_are_told_of(tmp_path: Path) -> None:
    for name, content in {"a.png": "A", "p00/1.png": "B", "p01/1.png": "C", "b.png": "D"}.items():
        write(tmp_path, name)
        (tmp_path / name).write_text(content)
    items = find_files(tmp_path, is_png)
    assert copies_among(items, items.names) == []
    for name, of in {"a (1).png": "a.png", "old/1.png": "p00/1.png"}.items():
        write(tmp_path, name)
        (tmp_path / name).write_bytes((tmp_path / of).read_bytes())
    items = find_files(tmp_path, is_png)
    (said,) = copies_among(items, items.names)
    assert said.startswith(f"{tmp_path / 'a.png'} is a copy of {tmp_path / 'a (1).png'}, byte for byte, and 1 more")
    assert said.endswith("their rows are there twice.")
