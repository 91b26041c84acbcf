from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gazeaug_studio.arrivals import CAME, check_origin
from gazeaug_studio.jobs import Jobs
from gazeaug_studio.token_file import token_in
from gazeaug_studio.workspace import OWN, Workspace


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    """With a token, a tag file and a job that waits, made where it is."""
    found = Workspace.at(folder)
    found.own("token")
    check_origin(found)
    token_in(folder / OWN / "token")
    found.own("tags", "a.tags").write_text("{}")
    found.own("jobs", "lock")
    jobs = Jobs(folder)
    with jobs.changing():
        words = ["verify", "eyes.h5"]
        texts = {"command": "verify", "line": "gazeaug verify eyes.h5", "queue": "files"}
        jobs.add(words=words, asked=words, given={"file": "eyes.h5"}, at_once=False, output=None, **texts)
    return found


def test_where_it_was_made_all_stays(workspace: Workspace) -> None:
    token = (workspace.root / OWN / "token").read_text()
    check_origin(workspace)
    assert (workspace.root / OWN / "token").read_text() == token
    assert [job.is_queued for job in Jobs(workspace.root).all()] == [True]


def test_what_came_from_elsewhere_runs_nothing_and_lets_nobody_in(workspace: Workspace, tmp_path: Path) -> None:
    copy = Workspace.at(shutil.copytree(workspace.root, tmp_path / "copy"))
    for _ in range(2):
        check_origin(copy)
        (job,) = Jobs(copy.root).all()
        assert (job.describe()["state"], job.describe()["last"]) == ("stopped", CAME)
        assert not (copy.root / OWN / "token").exists()
        assert (copy.root / OWN / "tags" / "a.tags").exists()


def test_links_among_them_are_removed(workspace: Workspace, tmp_path: Path) -> None:
    """An upload deletes what is old in its folder."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "old").write_text("precious")
    copy = Workspace.at(shutil.copytree(workspace.root, tmp_path / "copy"))
    (copy.root / OWN / "uploads").symlink_to(theirs)
    (copy.root / OWN / "made-here").unlink()
    (copy.root / OWN / "made-here").symlink_to(theirs / "old")
    check_origin(copy)
    assert not (copy.root / OWN / "uploads").exists()
    assert (theirs / "old").read_text() == "precious"
