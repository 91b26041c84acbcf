"""Opening HDF5 files: what is no HDF5 file is named, and so is a writer that has it open."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import h5py
import pytest

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import open_hdf5
from gazeaug.eyefile.reader import open_eyes


def test_a_file_that_another_program_writes_is_not_called_damaged(eyes_path: Path) -> None:
    descriptor = os.open(eyes_path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # as HDF5 does where it writes
    with pytest.raises(InputError, match="found one that is open for writing in another program; wait for it"):
        open_eyes(eyes_path)
    os.close(descriptor)
    open_eyes(eyes_path).close()


def test_a_file_that_a_killed_program_wrote_is_not_called_damaged(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", libver="v110") as file:
        file["image"] = [0]
        file.flush()
        (tmp_path / "left.h5").write_bytes((tmp_path / "a.h5").read_bytes())  # as it is while it is open
    with pytest.raises(InputError, match=r"open for writing in another program, or was when .* killed; .*h5clear -s"):
        open_hdf5(tmp_path / "left.h5")


def test_a_file_cut_short_is_called_so(eyes_path: Path) -> None:
    os.truncate(eyes_path, eyes_path.stat().st_size // 2)
    with pytest.raises(InputError, match=r"truncated or damaged: .*truncated file: eof = "):
        open_eyes(eyes_path)


def test_a_file_behind_a_user_block_of_any_length_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=1 << 16) as file:
        file["image"] = [1, 2]
    with open_hdf5(tmp_path / "a.h5") as file:
        assert file["image"][1] == 2


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir, lambda path: os.mkfifo(path)])
def test_what_is_no_file_is_named(tmp_path: Path, make: object) -> None:
    make(tmp_path / "a.h5")
    with pytest.raises(InputError, match=r"there is no such file|found a folder \(gazeaug prepare|found a pipe"):
        open_hdf5(tmp_path / "a.h5")
