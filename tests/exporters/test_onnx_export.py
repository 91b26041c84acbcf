"""Export: the contract of the file, parity with torch, and no file where it is not proven."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from gazeaug.errors import InputError, RunError
from gazeaug.feeding.dataset import scaled, to_grey_levels
from gazeaug.runs.checkpoints import load_refiner
from gazeaug.runs.folder import read_state
from gazeaug.runtime.identity import file_sha256
from gazeaug.runtime.session import RefinerSession
from gazeaug.training.loop import train
from gazeaug_cli.app import app
from gazeaug_exporters import export_onnx, onnx_export
from gazeaug_exporters.onnx_export import write_graph
from tests.makers.eye_files import write_eyes
from tests.makers.runs import TINY

pytestmark = pytest.mark.usefixtures("one_thread")


def tiny_run(folder: Path, shape: tuple[int, ...]) -> Path:
    paths = [write_eyes(folder / name, 20, shape=shape) for name in ("unityeyes.h5", "real.h5")]
    return train(
        synthetic=str(paths[0]),
        real=str(paths[1]),
        run_dir=folder / "runs" / "tiny",
        steps=12,
        learning_rate=0.002,
        **TINY,
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_run(tmp_path_factory.mktemp("grey"), (16, 18))


@pytest.fixture(scope="module")
def exported(run: Path) -> Path:
    """The run's file; its graph, as it was traced, is kept beside it."""

    def write_and_keep(module: torch.nn.Module, example: torch.Tensor, path: Path, opset: int) -> None:
        write_graph(module, example, path, opset)
        shutil.copy(path, run.parent / "traced")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(onnx_export, "write_graph", write_and_keep)
        return export_onnx(run_dir=run).output


@pytest.fixture
def traced_once(run: Path, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is exported again without being traced again, which takes seconds."""
    monkeypatch.setattr(onnx_export, "write_graph", lambda *given: shutil.copy(run.parent / "traced", given[2]))


def test_the_file_keeps_the_contract(run, exported):
    assert exported == run / "refiner.onnx"
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    for node, name in [(session.get_inputs()[0], "image"), (session.get_outputs()[0], "refined")]:
        assert (node.name, node.type) == (name, "tensor(uint8)")
        assert isinstance(node.shape[0], str)
        assert node.shape[1:] == [16, 18]
    assert [path.name for path in run.glob("*.onnx*")] == ["refiner.onnx"]


def test_the_metadata_says_where_it_comes_from(run, exported):
    metadata = {entry.key: entry.value for entry in onnx.load(exported).metadata_props}
    assert (metadata["gazeaug.format"], metadata["gazeaug.graph"]) == ("1", "3")
    assert [metadata[f"gazeaug.{name}"] for name in ("height", "width", "channels")] == ["16", "18", "1"]
    assert metadata["gazeaug.run"] == run.name
    assert metadata["gazeaug.precision"] == "fp32"
    assert metadata["gazeaug.versions.torch"]
    assert metadata["gazeaug.checkpoint_sha256"] == file_sha256(run / read_state(run)["best"]["checkpoint"])


def test_the_file_says_nothing_of_the_machine_that_made_it(exported):
    content = exported.read_bytes()
    assert b"gazeaug.checkpoint_sha256" in content
    assert not [word for word in (b"stack_trace", b".py", str(Path(__file__).parents[2]).encode()) if word in content]


@pytest.mark.parametrize("n", [1, 2, 7, 33])
def test_onnx_runtime_equals_torch_at_any_batch(run, exported, n):
    images = np.random.default_rng(n).integers(0, 256, (n, 16, 18), dtype=np.uint8)
    refiner, _ = load_refiner(run / read_state(run)["best"]["checkpoint"])
    with torch.no_grad():
        expected = to_grey_levels(refiner(scaled(torch.from_numpy(images)[:, None])))[:, 0].numpy()
    refined = RefinerSession(exported, device="cpu").refine(images)
    difference = np.abs(refined.astype(int) - expected.astype(int))
    assert difference.max() <= 1
    assert (difference == 0).mean() >= 0.999
    assert not np.array_equal(refined, images)


def test_a_picture_is_refined_alike_wherever_it_stands_in_the_batch(exported):
    images = np.random.default_rng(0).integers(0, 256, (7, 16, 18), dtype=np.uint8)
    session = RefinerSession(exported, device="cpu")
    np.testing.assert_array_equal(session.refine(images)[::-1], session.refine(images[::-1].copy()))


def test_both_contracts_give_the_same_picture(run, exported, tmp_path):
    images = np.random.default_rng(3).integers(0, 256, (5, 16, 18), dtype=np.uint8)
    classic = export_onnx(run_dir=run, io="float32", output=tmp_path / "classic.onnx").output
    session = RefinerSession(classic, device="cpu")
    assert session.contract.io == "float32"
    difference = session.refine(images).astype(int) - RefinerSession(exported, device="cpu").refine(images).astype(int)
    assert np.abs(difference).max() <= 1


def test_colour(tmp_path):
    report = export_onnx(run_dir=tiny_run(tmp_path, (16, 20, 3)))
    images = np.random.default_rng(4).integers(0, 256, (3, 16, 20, 3), dtype=np.uint8)
    assert RefinerSession(report.output, device="cpu").refine(images).shape == images.shape


@pytest.mark.usefixtures("traced_once")
def test_without_proof_there_is_no_file(run, tmp_path, monkeypatch):
    monkeypatch.setattr("gazeaug_exporters.parity.EQUAL_SHARE", 1.1)
    with pytest.raises(RunError, match="disagree"):
        export_onnx(run_dir=run, output=tmp_path / "refiner.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("traced_once")
def test_a_graph_that_the_checker_refuses_leaves_no_file(run, tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise onnx.checker.ValidationError("bad graph")

    monkeypatch.setattr(onnx_export.onnx.checker, "check_model", refuse)
    with pytest.raises(RunError, match="bad graph"):
        export_onnx(run_dir=run, output=tmp_path / "refiner.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"io": "int8"}, "--io must be one of uint8, float32, got 'int8'"),
        ({"opset": 5}, "--opset must be from"),
        ({"checkpoint": "x.safetensors"}, "--run-dir or --checkpoint, not both"),
    ],
)
def test_options_out_of_range_are_refused(run, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export_onnx(run_dir=run, output=tmp_path / "refiner.onnx", **options)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        export_onnx(checkpoint=tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("not tensors at all")
    with pytest.raises(InputError, match="expected a checkpoint of gazeaug"):
        export_onnx(checkpoint=tmp_path / "text.safetensors")


@pytest.mark.usefixtures("traced_once")
def test_an_output_that_exists_is_kept(run, tmp_path):
    output = tmp_path / "mine.onnx"
    output.write_bytes(b"mine")
    with pytest.raises(InputError, match="--overwrite"):
        export_onnx(run_dir=run, output=output)
    assert output.read_bytes() == b"mine"
    export_onnx(run_dir=run, output=output, overwrite=True)
    onnx.checker.check_model(onnx.load(output))


@pytest.mark.usefixtures("traced_once")
def test_the_command_takes_the_newest_complete_run_and_says_which(run, monkeypatch):
    monkeypatch.chdir(run.parents[1])
    answer = CliRunner().invoke(app, ["export", "--onnx"])
    assert answer.exit_code == 0, answer.stderr
    assert str(Path("runs") / run.name) in answer.stdout


@pytest.mark.parametrize(
    ("line", "message"), [(["export"], "gazeaug export --onnx"), (["export", "--onnx"], "type gazeaug train first")]
)
def test_the_command_says_what_to_type(tmp_path, monkeypatch, line, message):
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, line)
    assert answer.exit_code == 2
    assert message in answer.stderr
    assert not list(tmp_path.iterdir())
