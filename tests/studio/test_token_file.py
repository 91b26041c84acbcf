"""The token is kept between starts, and only from a file that no other user could read or write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gazeaug_studio.token_file import token_in

KNOWN = "k" * 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "token"


def test_a_restart_keeps_it(path):
    token = token_in(path)
    assert len(token) >= 43, "256 bits"
    assert token_in(path) == token
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "short", "é" * 40])
def test_what_is_no_token_is_replaced(path, text):
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    assert len(token_in(path)) >= 43
    assert token_in(path) == token_in(path)


def test_one_that_others_could_read_is_replaced(path):
    path.write_text(KNOWN)
    path.chmod(0o644)
    assert token_in(path) != KNOWN
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_that_another_user_wrote_is_replaced(path, monkeypatch):
    path.write_text(KNOWN)
    path.chmod(0o600)
    assert token_in(path) == KNOWN
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 12345)
        assert token_in(path) != KNOWN


def test_a_link_is_not_followed(path):
    target = path.with_name("planted")
    target.write_text(KNOWN)
    target.chmod(0o600)
    path.symlink_to(target)
    assert token_in(path) != KNOWN
    assert target.read_text() == KNOWN
    assert not path.is_symlink()


def test_a_pipe_does_not_block(path):
    os.mkfifo(path, 0o600)
    assert len(token_in(path)) >= 43


def test_without_a_place_it_lasts_for_the_run(tmp_path):
    assert token_in(tmp_path / "no" / "token") != token_in(tmp_path / "no" / "token")
