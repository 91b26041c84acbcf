"""Which network a model is: every byte that decides a pixel counts, wherever it is stored."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gazeaug.errors import InputError, RunError
from gazeaug.runtime.identity import ModelIdentity, files_of_weights
from gazeaug.runtime.precision import at_precision
from gazeaug.runtime.session import RefinerSession
from tests.makers import models


def test_a_model_in_one_file_is_what_sha256sum_prints(model_path: Path) -> None:
    identity = ModelIdentity.of(model_path)
    assert identity.sha256 == hashlib.sha256(model_path.read_bytes()).hexdigest()
    assert identity.files(model_path) == [model_path]


@pytest.mark.parametrize("make", [models.weights_beside, models.weights_in_a_branch])
def test_the_weights_beside_a_model_are_part_of_it(tmp_path: Path, make) -> None:
    model, data = make(tmp_path / "refiner.onnx"), tmp_path / "refiner.onnx.data"
    assert files_of_weights(model) == [data]
    first, graph = ModelIdentity.of(model), model.read_bytes()
    assert first.sha256 != hashlib.sha256(graph).hexdigest()
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(content)
    assert ModelIdentity.of(model).sha256 != first.sha256
    content[100] ^= 1
    data.write_bytes(content)
    assert (ModelIdentity.of(model).sha256, model.read_bytes()) == (first.sha256, graph)


def test_the_folder_that_a_model_lies_in_is_no_part_of_it(tmp_path: Path) -> None:
    found = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        found.add(ModelIdentity.of(models.weights_beside(tmp_path / name / "refiner.onnx", folder="weights")).sha256)
    assert len(found) == 1


@pytest.mark.parametrize("location", ["../w.data", "/etc/passwd", "a/../../w.data", "C:\\w.data", "..\\w.data", ""])
def test_weights_outside_the_folder_of_the_model_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "w.data").write_bytes(bytes(1 << 16))
    (tmp_path / "models").mkdir()
    model = models.relocated(models.weights_beside(tmp_path / "models" / "refiner.onnx"), location)
    with pytest.raises(InputError, match=r"tensor 'level' is to be read from .* in the model's own folder"):
        RefinerSession(model, device="cpu")


def test_weights_that_are_missing_or_cut_short_are_named(tmp_path: Path) -> None:
    model, data = models.weights_beside(tmp_path / "refiner.onnx"), tmp_path / "refiner.onnx.data"
    data.write_bytes(data.read_bytes()[:-9])
    with pytest.raises(
        InputError, match=r"refiner.onnx.data: ends after 279 bytes, but refiner.onnx has weights up to"
    ):
        RefinerSession(model, device="cpu")
    data.unlink()
    with pytest.raises(InputError, match=r"its weights are in 'refiner.onnx.data', and there is no such file"):
        RefinerSession(model, device="cpu")


@pytest.mark.parametrize("content", [b"", b"no location of anything"])
def test_what_is_no_model_is_left_to_the_opening(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "refiner.onnx").write_bytes(content)
    with pytest.raises(
        InputError, match="expected an ONNX model, found (an empty|a text) file that does not load as one"
    ):
        RefinerSession(tmp_path / "refiner.onnx", device="cpu")


def test_another_session_of_the_job_has_the_same_weights_or_none(tmp_path: Path) -> None:
    session = RefinerSession(models.weights_beside(tmp_path / "refiner.onnx"), device="cpu")
    pickled = pickle.dumps(session)
    assert session.twin().sha256 == pickle.loads(pickled).sha256 == session.sha256
    models.weights_beside(tmp_path / "refiner.onnx", level=9)
    for again in (session.twin, lambda: pickle.loads(pickled)):
        with pytest.raises(RunError, match="is no longer the model that this job began with"):
            again()


def test_weights_written_to_under_a_session_are_noticed(tmp_path: Path) -> None:
    model = models.weights_beside(tmp_path / "refiner.onnx")
    identity, data = ModelIdentity.of(model), tmp_path / "refiner.onnx.data"
    identity.check_unchanged(model)
    (tmp_path / "new").write_bytes(bytes(288))
    (tmp_path / "new").replace(data)  # another file under that name: who has opened the old one keeps it
    identity.check_unchanged(model)
    identity = ModelIdentity.of(model)
    with data.open("r+b") as stream:
        stream.write(b"\xff\xff")
        stream.truncate(200)
    with pytest.raises(RunError, match=r"refiner.onnx.data: was written to while refiner.onnx refined with it"):
        identity.check_unchanged(model)


def test_weights_beside_a_model_are_converted_with_it(tmp_path: Path) -> None:
    path = models.scaling_float(tmp_path / "refiner.onnx", 0.5)
    session, images = RefinerSession(path, device="cpu"), np.arange(8 * 16 * 18, dtype=np.uint8).reshape(8, 16, 18)
    lesser, difference = at_precision(session, "fp16", images, batch=4)
    assert (lesser.sha256, lesser.precision) == (session.sha256, "fp16")
    assert difference.largest <= 1
    assert np.abs(lesser.refine(images).astype(int) - (images.astype(int) + 128) // 2).max() <= 1


def test_no_torch_is_loaded_to_identify_a_model(tmp_path: Path) -> None:
    code = "import sys; from gazeaug.runtime.identity import ModelIdentity as M; from pathlib import Path; "
    code += "print(M.of(Path(sys.argv[1])).sha256, 'torch' in sys.modules)"
    model = models.weights_beside(tmp_path / "refiner.onnx")
    said = subprocess.run([sys.executable, "-c", code, str(model)], capture_output=True, text=True, check=True).stdout
    assert said.split() == [ModelIdentity.of(model).sha256, "False"]
