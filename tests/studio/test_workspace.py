"""No name leads out of the folder, and the studio's own files are its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gazeaug.errors import InputError
from gazeaug_studio.errors import Refused
from gazeaug_studio.workspace import OWN, Workspace


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    (folder / "eyes.h5").write_bytes(b"eyes")
    (folder / "sub").mkdir()
    folder.with_name("secret.txt").write_text("secret")
    (folder.parent / "served-too").mkdir()
    return Workspace.at(folder)


def status_of(workspace: Workspace, name: str) -> int:
    with pytest.raises(Refused) as refused:
        workspace.there(name)
    assert "secret" not in str(refused.value).replace(name, "")
    return refused.value.status


@pytest.mark.parametrize("name", ["eyes.h5", "./eyes.h5", "sub/../eyes.h5", "sub//..//eyes.h5"])
def test_names_inside_are_found(workspace, name):
    assert workspace.there(name).read_bytes() == b"eyes"
    assert workspace.name(workspace.there(name)) == "eyes.h5"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "sub/../../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "../served-too",  # the name of the folder is only its beginning
        "..",
        "sub/../..",
        "no/such/../../../secret.txt",
    ],
)
def test_names_that_lead_out_are_refused(workspace, name):
    assert status_of(workspace, name) == 403


def test_links_that_lead_out_are_refused(workspace, folder):
    (folder / "file").symlink_to(folder.with_name("secret.txt"))
    (folder / "up").symlink_to("..")
    (folder / "broken").symlink_to("/no/such/place")
    (folder / "inside").symlink_to("eyes.h5")
    (folder / "round").symlink_to("round")
    assert [status_of(workspace, name) for name in ("file", "up/secret.txt", "up", "broken")] == [403] * 4
    assert status_of(workspace, "round") in (403, 404)
    assert workspace.there("inside").read_bytes() == b"eyes"


@pytest.mark.parametrize(("name", "status"), [("a\0b", 400), ("a" * 5000, 400), ("\ud800", 400), ("a" * 300, 404)])
def test_what_is_no_name_is_refused(workspace, name, status):
    assert status_of(workspace, name) == status


def test_other_spellings_of_dots_are_names_like_others(workspace):
    """Addresses are decoded once, by the server; a backslash is a character of names except on Windows."""
    for name in ("%2e%2e/secret.txt", "..%2fsecret.txt", "....//secret.txt", "\uff0e\uff0e/secret.txt"):
        assert status_of(workspace, name) == 404


def test_a_name_that_is_no_text_is_found(workspace, folder):
    name = os.fsdecode(b"eyes-\xff.h5")
    (folder / name).write_bytes(b"x")
    assert status_of(workspace, name) == 400, "a request cannot name it: its bytes are no characters"


@pytest.mark.parametrize("name", [f"{OWN}/token", f"sub/../{OWN}/token", OWN, f"{OWN}/new", "alias/token"])
def test_own_files_are_not_shown(workspace, folder, name):
    workspace.own("token").write_text("secret")
    (folder / "alias").symlink_to(OWN)
    assert status_of(workspace, name) == 403


def test_own_files_are_the_owners_and_stay_out_of_git(workspace, folder):
    workspace.own("jobs", "1", "log")
    assert (folder / OWN).stat().st_mode & 0o777 == 0o700
    assert (folder / OWN / ".gitignore").read_text() == "*\n"
    assert (folder / OWN / "jobs" / "1").is_dir()


def test_a_deleted_folder_does_not_come_back(workspace, folder):
    shutil.rmtree(folder)
    with pytest.raises(FileNotFoundError):
        workspace.own("token")
    assert status_of(workspace, "eyes.h5") == 404
    assert not folder.exists()


def test_own_files_of_others_are_refused(workspace, folder, monkeypatch):
    workspace.check_owner()
    workspace.own("token")
    (folder / OWN).chmod(0o777)
    workspace.check_owner()
    assert (folder / OWN).stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(InputError, match="belongs to another user, and jobs in it would run with your rights"):
        workspace.check_owner()


def test_own_files_that_are_a_link_are_refused(workspace, folder):
    (folder / OWN).symlink_to(folder / "sub")
    with pytest.raises(InputError, match="is a link"):
        workspace.check_owner()
