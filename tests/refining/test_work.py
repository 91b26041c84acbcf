"""Refining: pixels go through the model, labels never change, and interrupted work ends as if it had not been."""

from __future__ import annotations

import json
import os
from io import FileIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from filelock import FileLock

import gazeaug.refining.buffers
import gazeaug.refining.in_place
import gazeaug.units.worklog
from gazeaug.errors import InputError, Interrupted, RunError
from gazeaug.eyefile.pixel_labels import IN_CROP
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.joining import merge
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.verify import verify
from gazeaug.refining.work import refine, refine_all, run
from gazeaug.runtime.session import RefinerSession
from tests.makers import models
from tests.makers.eye_files import values_of, write_eyes


def assert_refined(source: Path, output: Path, labels: list[str] | None = None, n: int | None = None) -> None:
    """Images are the model's (255 - image) and labels the input's, bit for bit."""
    with h5py.File(source) as given, h5py.File(output) as made:
        n = n or len(given["image"])
        np.testing.assert_array_equal(made["image"][()], 255 - given["image"][:n])
        names: list[str] = []
        made.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        expected = ["head/pose", "iris_2d", "look_vec", "path", "subject"] if labels is None else labels
        assert sorted(names) == sorted(["image", *expected])
        for name in expected:
            assert made[name].id.get_type().equal(given[name].id.get_type())
            assert made[name][()].tobytes() == given[name][:n].tobytes() or name == "path"
            np.testing.assert_array_equal(made[name][()], given[name][:n])
            assert dict(made[name].attrs) == dict(given[name].attrs)


@pytest.mark.parametrize("batch_size", [1, 64, 150, 500])
@pytest.mark.parametrize("rows_per_unit", [1, 128, 4096])
def test_every_pixel_is_refined_and_every_label_carried(
    eyes_path: Path, model_path: Path, batch_size: int, rows_per_unit: int
) -> None:
    report = refine(eyes_path, model=model_path, batch_size=batch_size, rows_per_unit=rows_per_unit)
    assert report.output == eyes_path.with_name("unityeyes.refined.h5")
    assert (report.n_images, report.n_resumed, report.provider) == (150, 0, "CPUExecutionProvider")
    assert_refined(eyes_path, report.output)
    assert sorted(path.name for path in eyes_path.parent.iterdir()) == [
        "refiner.onnx",
        "unityeyes.h5",
        "unityeyes.refined.h5",
    ]


def test_attributes_and_provenance_are_kept(eyes_path: Path, model_path: Path) -> None:
    with h5py.File(refine(eyes_path, model=model_path).output) as made:
        assert made.attrs["source"] == "made by a test"
        assert made.attrs["gazeaug_format"] == 1
        provenance = json.loads(made.attrs["provenance"])
    assert provenance["input"] == "unityeyes.h5"
    assert provenance["model_sha256"] == RefinerSession(model_path).sha256
    assert provenance["provider"] == "CPUExecutionProvider"
    assert provenance["versions"]["gazeaug"]


def test_only_the_named_labels_are_carried(eyes_path: Path, model_path: Path) -> None:
    report = refine(eyes_path, model=model_path, labels="look_vec,head/pose", rows=70)
    assert_refined(eyes_path, report.output, ["look_vec", "head/pose"], n=70)


@pytest.mark.parametrize("compression", ["lzf", "gzip", "zstd", "blosc2"])
def test_compressed_output_holds_the_same(eyes_path: Path, model_path: Path, compression: str) -> None:
    report = refine(eyes_path, model=model_path, compression=compression, rows_per_unit=64)
    assert_refined(eyes_path, report.output)
    with h5py.File(report.output) as made:
        assert made["image"].id.get_create_plist().get_nfilters() == 1


def test_rgb_and_third_party_float_models(tmp_path: Path) -> None:
    colour = write_eyes(tmp_path / "rgb.h5", shape=(16, 18, 3))
    assert_refined(colour, refine(colour, model=models.inverting(tmp_path / "rgb.onnx", rgb=True)).output)
    as_float = models.inverting_float(tmp_path / "float.onnx", channels=3)
    assert_refined(colour, refine(colour, model=as_float, overwrite=True).output)
    grey = write_eyes(tmp_path / "grey.h5")
    assert_refined(grey, refine(grey, model=models.inverting_float(tmp_path / "grey.onnx")).output)


def test_a_model_of_any_size_takes_any_size(tmp_path: Path) -> None:
    source = write_eyes(tmp_path / "odd.h5", shape=(21, 30))
    assert_refined(source, refine(source, model=models.inverting(tmp_path / "any.onnx", "H", "W")).output)


def test_resize_brings_pictures_to_the_size_of_the_model(tmp_path: Path, model_path: Path) -> None:
    source = write_eyes(tmp_path / "big.h5", shape=(35, 55))
    with pytest.raises(InputError, match="pictures are 35 x 55 grey, but .* was made for 16 x 18 grey; give --resize"):
        refine(source, model=model_path)
    with h5py.File(refine(source, model=model_path, resize=True).output) as made, h5py.File(source) as given:
        assert made["image"].shape == (150, 16, 18)
        np.testing.assert_array_equal(made["look_vec"][()], given["look_vec"][()])


@pytest.mark.parametrize("options", [{}, {"compression": "gzip"}, {"layout": "sharded"}])
def test_labels_in_pixels_go_where_resized_pictures_go(
    tmp_path: Path, model_path: Path, options: dict[str, str]
) -> None:
    """35x55 to 16x18 is cut to 35x39.4 about the centre, then shrunk; every other label stays bit for bit."""
    source = write_eyes(tmp_path / "big.h5", 130, shape=(35, 55))
    with h5py.File(source, "r+") as file:
        file["blink"] = np.arange(130)
        file.create_dataset("centre", data=np.tile(np.int32([27, 17]), (130, 1))).attrs.update(IN_CROP)
        file["image"].attrs["size"] = [35, 55]
    plan = plan_refining(source, RefineConfig(model=model_path, resize=True, rows_per_unit=64, **options))
    assert plan.moved == ["centre", "iris_2d"]
    output, scale = run(plan).output, 16 / 35
    with h5py.File(output) as made, h5py.File(source) as given:
        left = (55 - 18 / scale) / 2
        for name in ("iris_2d", "centre"):
            expected = (given[name][()].astype(float) + 0.5 - (left, 0)) * scale - 0.5
            np.testing.assert_allclose(made[name][()], expected, atol=1e-4)
            assert dict(made[name].attrs) == IN_CROP
        np.testing.assert_allclose(made["centre"][0], (8.5, 7.5), atol=1e-6)  # the middle of 18 x 16
        assert made["centre"].dtype == np.dtype("f8")
        assert made["image"].attrs["size"].tolist() == [16, 18]
        for name in ("look_vec", "head/pose", "blink", "subject"):
            assert made[name][()].tobytes() == given[name][()].tobytes()
        facts = json.loads(made.attrs["provenance"])
        assert (facts["moved_labels"], facts["resized"]) == (["centre", "iris_2d"], [[35, 55], [16, 18]])
    found = verify(output, against=source)
    assert (found.moved, "look_vec" in found.labels, "iris_2d" in found.labels) == (["centre", "iris_2d"], True, True)
    with h5py.File(output, "r+") as made, h5py.File(source) as given:
        made["iris_2d"][5] = given["iris_2d"][5]
    with pytest.raises(RunError, match=r"unit 0, rows 0 to 63, is no longer"):
        verify(output, against=source)
    with h5py.File(output, "r+") as made:
        del made.attrs["units_sha256"]
    with pytest.raises(RunError, match="row 5 of 'iris_2d' is not that of .*moved along with the resized pictures"):
        verify(output, against=source)


def test_interrupted_work_that_moves_labels_goes_on(tmp_path: Path, model_path: Path) -> None:
    source = write_eyes(tmp_path / "big.h5", 200, shape=(35, 55))
    options = {"model": model_path, "resize": True, "rows_per_unit": 64}
    whole = values_of(refine(source, output=tmp_path / "whole.h5", **options).output)
    for index in (1, 0):
        refine(source, num_units=2, unit_index=index, **options)
    assert values_of(merge(tmp_path / "big.refined.h5")[0]) == whole


def test_labels_that_only_look_as_if_in_pixels_stop_a_resizing(tmp_path: Path, model_path: Path) -> None:
    source = write_eyes(tmp_path / "big.h5", shape=(35, 55))
    with h5py.File(source, "r+") as file:
        del file["iris_2d"].attrs["units"], file["iris_2d"].attrs["axes"]
    with pytest.raises(InputError, match="'iris_2d' seems to hold positions in pixels, which resizing would not move"):
        refine(source, model=model_path, resize=True)
    assert refine(source, model=model_path, resize=True, labels=["look_vec"]).n_images == 150
    with h5py.File(source, "r+") as file:
        file["iris_2d"].attrs["units"] = "shares of the width"
    made = refine(source, model=model_path, resize=True, overwrite=True).output
    with h5py.File(made) as file, h5py.File(source) as given:
        np.testing.assert_array_equal(file["iris_2d"][()], given["iris_2d"][()])


def test_kaggle_files_are_refined_row_by_row(tmp_path: Path, model_path: Path) -> None:
    rng = np.random.default_rng(0)
    images, rows = rng.integers(0, 256, (40, 16, 18)), rng.permutation(40)
    with h5py.File(tmp_path / "gaze.h5", "w") as file:
        for i, image in enumerate(images):
            file[f"image/{i}"] = image.astype("f4")
        file["look_vec"] = np.c_[rows, np.ones((40, 2))]
        file["path"] = [f"imgs/{i}.jpg" for i in rows]
    with h5py.File(refine(tmp_path / "gaze.h5", model=model_path).output) as made:
        np.testing.assert_array_equal(made["image"][()], 255 - images[made["look_vec"][:, 0].astype(int)])


class Killed(BaseException):
    """Stands for a kill: nothing in the program catches it."""


def stop_after(monkeypatch: pytest.MonkeyPatch, n_calls: int, error: BaseException) -> None:
    """Let the session fail once it has refined `n_calls` batches."""
    refine_batch = RefinerSession.refine_into
    calls = iter(range(10**9))

    def refine_or_stop(self: RefinerSession, images: np.ndarray, refined: np.ndarray) -> None:
        if next(calls) >= n_calls:
            raise error
        refine_batch(self, images, refined)

    monkeypatch.setattr(RefinerSession, "refine_into", refine_or_stop)


@pytest.fixture
def killed_midway(eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of 64 rows, of which the first are done when the process dies."""
    monkeypatch.setattr(gazeaug.refining.buffers, "BUFFER_BYTES", 1)
    with monkeypatch.context() as patch:
        stop_after(patch, 2, Killed())
        with pytest.raises(Killed):
            refine(eyes_path, model=model_path, rows_per_unit=64, batch_size=64)


@pytest.mark.usefixtures("killed_midway")
def test_interrupted_work_goes_on_without_repeating_finished_units(eyes_path: Path, model_path: Path) -> None:
    output = eyes_path.with_name("unityeyes.refined.h5")
    assert not output.exists()
    plan = plan_refining(eyes_path, RefineConfig(model=model_path, rows_per_unit=64, batch_size=64))
    assert plan.resumes
    n_done = len((plan.log.folder / "units.log").read_text().splitlines())
    assert n_done >= 1
    report = run(plan)
    assert report.n_resumed == 64 * n_done
    assert_refined(eyes_path, output)
    assert not plan.log.folder.exists()


def test_ctrl_c_says_how_to_go_on(eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(monkeypatch, 1, KeyboardInterrupt())
    with pytest.raises(Interrupted, match="the same command resumes"):
        refine(eyes_path, model=model_path)


@pytest.mark.usefixtures("killed_midway")
def test_work_goes_on_with_another_batch_size(eyes_path: Path, model_path: Path) -> None:
    """As the sentence advises that says that the memory of a GPU is full."""
    assert refine(eyes_path, model=model_path, rows_per_unit=64, batch_size=7).n_resumed == 128
    assert_refined(eyes_path, eyes_path.with_name("unityeyes.refined.h5"))


@pytest.mark.usefixtures("killed_midway")
def test_work_of_another_job_is_not_mixed_in(eyes_path: Path, model_path: Path) -> None:
    with pytest.raises(InputError, match=r"unfinished work of another job \(rows was 150, is 100\).*--fresh"):
        refine(eyes_path, model=model_path, rows_per_unit=64, rows=100)
    os.utime(eyes_path, ns=(1, 1))
    with pytest.raises(InputError, match="input was .* is .*--fresh"):
        refine(eyes_path, model=model_path, rows_per_unit=64, batch_size=64)
    assert refine(eyes_path, model=model_path, rows_per_unit=64, fresh=True).n_resumed == 0
    assert_refined(eyes_path, eyes_path.with_name("unityeyes.refined.h5"))


def test_a_kill_between_the_last_rename_and_the_tidying_up_is_noticed(
    eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(gazeaug.units.worklog.Worklog, "remove", killed)
        with pytest.raises(Killed):
            refine(eyes_path, model=model_path)
    output = eyes_path.with_name("unityeyes.refined.h5")
    written = output.stat().st_mtime_ns
    assert refine(eyes_path, model=model_path).n_resumed == 150
    assert output.stat().st_mtime_ns == written
    with pytest.raises(InputError, match="exists already"):
        refine(eyes_path, model=model_path)


def test_two_processes_cannot_refine_into_one_output(eyes_path: Path, model_path: Path) -> None:
    plan = plan_refining(eyes_path, RefineConfig(model=model_path))
    plan.log.folder.mkdir()
    with FileLock(plan.log.folder / "lock"), pytest.raises(InputError, match="another process is at work on it"):
        run(plan)


def test_overwrite_replaces_only_when_the_new_file_is_complete(
    eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = eyes_path.with_name("unityeyes.refined.h5")
    output.write_text("precious")
    with pytest.raises(InputError, match="exists already; give --overwrite"):
        refine(eyes_path, model=model_path)
    with monkeypatch.context() as patch:
        stop_after(patch, 0, RunError("the provider failed"))
        with pytest.raises(RunError, match="the provider failed"):
            refine(eyes_path, model=model_path, overwrite=True)
    assert output.read_text() == "precious"
    refine(eyes_path, model=model_path, overwrite=True)
    assert_refined(eyes_path, output)


@pytest.mark.parametrize("compression", [None, "lzf"])
def test_a_disk_that_fills_up_on_the_way_is_one_sentence_and_loses_nothing(
    eyes_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str | None
) -> None:
    """In place the system refuses; in a shard HDF5 does, in words of its own."""
    resize, write_all = h5py.Dataset.resize, gazeaug.refining.in_place.write_all

    def full(self: h5py.Dataset, size: int, axis: int | None = None) -> None:
        if size > 64:
            raise OSError("Can't write (file write failed: errno = 28, error message = 'No space left on device')")
        resize(self, size, axis)

    def full_too(file: FileIO, content: np.ndarray, place: int) -> None:
        if place >= 64 * 16 * 18 + 4096:
            raise OSError(28, "No space left on device")
        write_all(file, content, place)

    options = {"rows_per_unit": 64, "compression": compression}
    with monkeypatch.context() as patch:
        patch.setattr(gazeaug.refining.buffers, "BUFFER_BYTES", 1)
        patch.setattr(h5py.Dataset, "resize", full)
        patch.setattr(gazeaug.refining.in_place, "write_all", full_too)
        with pytest.raises(RunError, match=r"the disk is full \([\d,]+ bytes free\)"):
            refine(eyes_path, model=model_path, **options)
    output = eyes_path.with_name("unityeyes.refined.h5")
    assert not output.exists()
    assert not list(eyes_path.parent.glob("**/*.partial"))
    assert refine(eyes_path, model=model_path, **options).n_resumed > 0
    assert_refined(eyes_path, output)


def test_nan_from_a_float_model_stops_the_run(eyes_path: Path, tmp_path: Path) -> None:
    model = models.inverting_float(tmp_path / "nan.onnx", factor=float("nan"))
    with pytest.raises(RunError, match="gave NaN"):
        refine(eyes_path, model=model)
    assert not eyes_path.with_name("unityeyes.refined.h5").exists()


def test_several_inputs_are_all_checked_before_the_first_starts(tmp_path: Path, model_path: Path) -> None:
    first, second = write_eyes(tmp_path / "a.h5"), write_eyes(tmp_path / "b.h5", 70, seed=1)
    with pytest.raises(InputError, match="no such file"):
        list(refine_all([first, tmp_path / "none.h5"], model=model_path))
    assert not (tmp_path / "a.refined.h5").exists()
    for report in refine_all([first, second], model=model_path):
        assert_refined(first if report.output.name == "a.refined.h5" else second, report.output)


def test_output_dir_takes_the_files_of_all_inputs(tmp_path: Path, model_path: Path) -> None:
    made = tmp_path / "refined"
    sources = [write_eyes(tmp_path / "a.h5"), write_eyes(tmp_path / "b.h5", 70, seed=1)]
    with pytest.raises(InputError, match=r"the folder .*refined does not exist"):
        list(refine_all(sources, model=model_path, output_dir=made))
    made.mkdir()
    for source, report in zip(sources, refine_all(sources, model=model_path, output_dir=made), strict=True):
        assert report.output == made / f"{source.stem}.refined.h5"
        assert_refined(source, report.output)
    (tmp_path / "more").mkdir()
    twin = write_eyes(tmp_path / "more" / "a.h5")
    with pytest.raises(InputError, match="would be the output of several inputs"):
        list(refine_all([sources[0], twin], model=model_path, output_dir=made, overwrite=True))
    with pytest.raises(InputError, match="--output or --output-dir, not both"):
        refine(sources[0], model=model_path, output=made / "o.h5", output_dir=made)


def test_refined_files_can_be_refined_again(eyes_path: Path, model_path: Path) -> None:
    once = refine(eyes_path, model=model_path).output
    with pytest.raises(InputError, match=r"was refined by refiner.onnx already; .* or --force to use these anyway"):
        refine(once, model=model_path)
    assert_refined(once, refine(once, model=model_path, force=True).output)


def test_a_model_with_a_fixed_batch_sets_the_batch(eyes_path: Path, tmp_path: Path) -> None:
    import onnx

    model = onnx.load(models.inverting(tmp_path / "fixed.onnx"))
    for node in [*model.graph.input, *model.graph.output]:
        node.type.tensor_type.shape.dim[0].dim_value = 7
    onnx.save(model, tmp_path / "fixed.onnx")
    report = refine(eyes_path, model=tmp_path / "fixed.onnx")
    assert_refined(eyes_path, report.output)
