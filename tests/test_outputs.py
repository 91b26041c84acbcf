"""Outputs: names of other kinds are refused, and files are readable as the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from gazeaug.errors import InputError
from gazeaug.output_kinds import Kind, check_kind
from gazeaug.outputs import check_output, replacing, write_text
from gazeaug.runs.checkpoints import save_checkpoint


@pytest.fixture(params=[0o022, 0o027, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_checkpoints_are_readable_as_other_files_are(tmp_path: Path, umask: int) -> None:
    save_checkpoint(tmp_path / "a.safetensors", {"w": torch.zeros(2)}, {"step": 1})
    write_text(tmp_path / "b.txt", "text")
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stop"), replacing(tmp_path / "a.txt"):
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kind", "better"),
    [
        ("eyes.png", Kind.EYES, "eyes.h5"),
        ("eyes.ZIP", Kind.EYES, "eyes.h5"),
        ("eyes.tar.gz", Kind.EYES, "eyes.tar.h5"),
        ("eyes.onnx", Kind.EYES, "eyes.h5"),
        ("refiner.h5", Kind.MODEL, "refiner.onnx"),
        ("page.h5", Kind.PAGE, "page.html"),
        ("arrays.parquet", Kind.ARRAYS, "arrays.npz"),
    ],
)
def test_a_name_of_another_kind_is_refused(tmp_path: Path, name: str, kind: Kind, better: str) -> None:
    with pytest.raises(InputError) as caught:
        check_output(tmp_path / name, overwrite=True, kind=kind)
    assert f"{name}: {kind.text} is written here, but its name ends in {Path(name).suffix}" in str(caught.value)
    assert str(caught.value).endswith(f"give a name such as {better}.")


@pytest.mark.parametrize("name", ["eyes", "eyes.H5", "eyes.hdf5", "eyes.2026-11-27", "eyes.v2"])
def test_other_names_are_taken(name: str) -> None:
    check_kind(Path(name), Kind.EYES)
