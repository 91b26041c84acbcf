"""One output, one network: no resumed, shared or joined work mixes two, and `verify` tells which one it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError, RunError
from gazeaug.eyefile.rows import EyeRows
from gazeaug.refining import stream
from gazeaug.refining.joining import merge
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine
from gazeaug.runtime.identity import file_sha256
from gazeaug_cli.app import app
from tests.makers import models
from tests.makers.eye_files import write_eyes

N_ROWS = 700


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_eyes(tmp_path / "unityeyes.h5", N_ROWS)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return models.weights_beside(tmp_path / "refiner.onnx", level=7)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch):
    """Work that stops after its third unit, as a kill would have it."""

    def stop(source: Path, model: Path, **options) -> None:
        read = EyeRows.read_images_into

        def failing(rows: EyeRows, out: np.ndarray, start: int) -> None:
            if start >= 192:
                raise RunError("the machine went down")
            read(rows, out, start)

        with monkeypatch.context() as patched, pytest.raises(RunError, match="went down"):
            patched.setattr(EyeRows, "read_images_into", failing)
            refine(source, model=model, rows_per_unit=64, batch_size=16, precision="fp32", **options)

    return stop


def images(path: Path) -> np.ndarray:
    with h5py.File(path) as file:
        return file["image"][()]


@pytest.mark.parametrize("options", [{}, {"compression": "lzf"}])
def test_work_is_not_gone_on_with_by_other_weights(source: Path, model: Path, interrupted, options: dict) -> None:
    interrupted(source, model, **options)
    models.weights_beside(model, level=9)
    with pytest.raises(InputError, match="holds unfinished work of another job .*model_sha256 was"):
        refine(source, model=model, rows_per_unit=64, **options)
    output = refine(source, model=model, rows_per_unit=64, fresh=True, **options).output
    np.testing.assert_array_equal(images(output), images(source) ^ 9)


def test_work_is_gone_on_with_by_the_same_weights(source: Path, model: Path, interrupted) -> None:
    interrupted(source, model)
    models.weights_beside(model, level=7)  # written again
    report = refine(source, model=model, rows_per_unit=64)
    assert report.n_resumed > 0
    np.testing.assert_array_equal(images(report.output), images(source) ^ 7)


def test_verify_tells_two_sets_of_weights_apart(source: Path, model: Path) -> None:
    output = refine(source, model=model).output
    assert CliRunner().invoke(app, ["verify", str(output), "-m", str(model)]).output.endswith(f"refined by {model}\n")
    models.weights_beside(model, level=9)
    with pytest.raises(RunError, match="was refined by another network than"):
        verify(output, model=model)


def test_verify_says_that_an_earlier_version_looked_at_half_of_the_model(source: Path, model: Path) -> None:
    output = refine(source, model=model).output
    with h5py.File(output, "r+") as file:
        whole, graph = plan_refining(source, overwriting(model)).session.sha256, file_sha256(model)
        file.attrs["provenance"] = file.attrs["provenance"].replace(whole, graph)
    with pytest.raises(
        RunError, match=r"looked at refiner.onnx alone, so nobody knows which weights \(refiner.onnx.data"
    ):
        verify(output, model=model)
    with pytest.raises(InputError, match="does not say which model refined it"):
        verify(source, model=model, against=source)


def overwriting(model: Path):
    from gazeaug.refining.config import RefineConfig

    return RefineConfig(model=model, overwrite=True)


@pytest.mark.parametrize("options", [{}, {"compression": "lzf"}])
def test_a_unit_is_not_done_once_the_weights_were_written_to(
    source: Path, model: Path, options: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, refined = model.with_name("refiner.onnx.data"), stream.refined

    def writing(*given):
        for n, buffer in enumerate(refined(*given)):
            if n == 2:
                with data.open("r+b") as file:
                    file.write(bytes(9))
            yield buffer

    with monkeypatch.context() as patched, pytest.raises(RunError, match=r"refiner.onnx.data: was written to while"):
        patched.setattr(stream, "refined", writing)
        refine(source, model=model, rows_per_unit=64, batch_size=16, **options)
    models.weights_beside(model, level=7)
    report = refine(source, model=model, rows_per_unit=64, **options)
    assert report.n_resumed < N_ROWS
    np.testing.assert_array_equal(images(report.output), images(source) ^ 7)


@pytest.mark.parametrize("layout", ["single", "sharded"])
def test_shards_of_two_networks_are_not_joined(source: Path, model: Path, tmp_path: Path, layout: str) -> None:
    parts = {}
    for level in (7, 9):
        models.weights_beside(model, level=level)
        for index in (0, 1):
            refine(source, model=model, rows_per_unit=64, num_units=2, unit_index=index, layout=layout)
        parts[level] = tmp_path / f"level-{level}"
        (tmp_path / "unityeyes.refined.h5.parts").rename(parts[level])
    shutil.copy(parts[9] / "unit-000003.h5", parts[7] / "unit-000003.h5")
    parts[7].rename(tmp_path / "unityeyes.refined.h5.parts")
    with pytest.raises(InputError, match=r"unit-000003.h5: was refined by another network, .*model_sha256 differ"):
        merge(tmp_path / "unityeyes.refined.h5")


def test_verify_looks_into_the_shards(source: Path, model: Path, tmp_path: Path) -> None:
    output = refine(source, model=model, rows_per_unit=64, layout="sharded").output
    verify(output)
    models.weights_beside(model, level=9)
    other = refine(source, model=model, rows_per_unit=64, layout="sharded", output=tmp_path / "other.h5").output
    shutil.copy(f"{other}.shards/unit-000001.h5", f"{output}.shards/unit-000001.h5")
    with pytest.raises(InputError, match=r"unit-000001.h5' as it was written, and found another shard"):
        verify(output)
