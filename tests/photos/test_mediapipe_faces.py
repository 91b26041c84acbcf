"""MediaPipe's faces: without the extra one sentence; with it photographs of known faces, transformed with known truth.

`make test-eyes` runs this with the extra, in an environment of its own.
"""

from __future__ import annotations

import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import gazeaug
from benchmarks.photograph_changes import CHANGES, corners, error_of, read_photographs
from gazeaug.errors import InputError
from gazeaug.photos.mediapipe_faces import MediapipeFaces, find_mediapipe, tiles
from gazeaug_cli.app import app

TASK_PARTS = ("face_detector.tflite", "face_landmarks_detector.tflite")
HAS_EXTRA = find_spec("mediapipe") is not None
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="the extra 'eyes' is not installed; make test-eyes has it")


@pytest.mark.skipif(HAS_EXTRA, reason="the extra 'eyes' is installed")
def test_without_the_extra_one_sentence_says_what_to_type(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    sentence = (
        r"finding faces needs the extra 'eyes', in an environment of its own: python3 -m venv eyes && .*\[eyes\]'\."
    )
    with pytest.raises(InputError, match=sentence):
        gazeaug.find_eyes(tmp_path / "a.png")
    said = CliRunner().invoke(app, ["prepare", "photos", str(tmp_path), "-o", str(tmp_path / "o.h5")])
    assert said.exit_code == 2
    assert "eyes/bin/pip install 'gazeaug[eyes]'" in said.output
    assert not (tmp_path / "o.h5").exists()


def test_a_newer_release_without_models_asks_for_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer = ModuleType("mediapipe")
    newer.__dict__["__version__"] = "1.2.3"
    monkeypatch.setitem(sys.modules, "mediapipe", newer)
    with pytest.raises(InputError, match=r"MediaPipe 1\.2\.3 holds no models; give --face-model face_landmarker\.task"):
        find_mediapipe(None)
    with pytest.raises(InputError, match=r"none\.task: expected a model of MediaPipe's Face Landmarker"):
        find_mediapipe(tmp_path / "none.task")


@pytest.mark.parametrize("n_across", [1, 2, 4])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (640, 480), (333, 1000)])
def test_tiles_cover_the_picture_and_overlap_by_half(width: int, height: int, n_across: int) -> None:
    seen = np.zeros((height, width), int)
    for left, top, right, bottom in tiles(width, height, n_across):
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        seen[top:bottom, left:right] += 1
    assert seen.min() == 1
    if n_across > 1:
        lefts = sorted({tile[0] for tile in tiles(width, height, n_across)})
        assert max(np.diff([0, *lefts])) <= -(-max(width, height) // n_across) / 2 + 1


@pytest.fixture(scope="module")
def photographs() -> dict[str, Image.Image]:
    if not HAS_EXTRA:
        pytest.skip("the extra 'eyes' is not installed; make test-eyes has it")
    return read_photographs()


@pytest.fixture(scope="module")
def finder() -> MediapipeFaces:
    return MediapipeFaces()


@needs_extra
@pytest.mark.parametrize("change", CHANGES)
def test_corners_of_transformed_photographs(
    change: str, photographs: dict[str, Image.Image], finder: MediapipeFaces
) -> None:
    alter, moved = CHANGES[change]
    errors = []
    for picture in photographs.values():
        (whole,) = finder.find_faces(picture)
        (found,) = finder.find_faces(alter(picture))
        errors.append(error_of(found, moved(corners(whole), picture)))
    assert np.median(errors) < 0.05, errors


@needs_extra
def test_several_faces_on_one_canvas(photographs: dict[str, Image.Image], finder: MediapipeFaces) -> None:
    canvas = Image.new("RGB", (1600, 700), (90, 100, 110))
    truth = []
    for i, picture in enumerate(photographs.values()):
        canvas.paste(picture, (20 + 560 * i, 40))
        truth.append(corners(finder.find_faces(picture)[0]) + np.array([20 + 560 * i, 40]))
    found = finder.find_faces(canvas)
    assert len(found) == len(truth)
    for true in truth:
        assert min(error_of(one, true) for one in found) < 0.05


@needs_extra
def test_no_face_where_there_is_none(finder: MediapipeFaces) -> None:
    data = pytest.importorskip("skimage.data")
    thorough = MediapipeFaces(thorough=True)
    for name in ("chelsea", "coffee", "brick", "rocket"):
        picture = Image.fromarray(getattr(data, name)()).convert("RGB")
        assert finder.find_faces(picture) == thorough.find_faces(picture) == [], name


@needs_extra
def test_the_same_picture_gives_the_same_whatever_came_before(
    photographs: dict[str, Image.Image], finder: MediapipeFaces
) -> None:
    first, second = (finder.find_faces(picture)[0].points for picture in list(photographs.values())[:2])
    again = finder.find_faces(next(iter(photographs.values())))[0].points
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


@pytest.fixture(scope="module")
def task_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Face Landmarker's bundle made of the plain models in MediaPipe's wheel; its irises are constants."""
    if not HAS_EXTRA:
        pytest.skip("the extra 'eyes' is not installed; make test-eyes has it")
    import mediapipe

    models = Path(mediapipe.__file__).parent / "modules"
    path = tmp_path_factory.mktemp("model") / "face_landmarker.task"
    detector = (models / "face_detection" / "face_detection_short_range.tflite").read_bytes()
    mesh = (models / "face_landmark" / "face_landmark.tflite").read_bytes()
    with zipfile.ZipFile(path, "w") as bundle:
        for part, model in zip(
            TASK_PARTS, (described(detector, 127.5, 127.5), described(widened(mesh, 30), 0.0, 255.0)), strict=True
        ):
            bundle.writestr(part, model)
    return path


def described(model: bytes, mean: float, deviation: float) -> bytes:
    """A model with the metadata that the Face Landmarker wants."""
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    writer = metadata_writer.MetadataWriter.create(bytearray(model)).add_image_input([mean], [deviation])
    return bytes(writer.populate()[0])


def widened(model: bytes, n_more: int) -> bytes:
    """A face mesh of 468 points with constants behind them, as many as ten more points hold."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    net: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    graph = net.subgraphs[0]
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(np.full(n_more, 96, "<f4").tobytes(), np.uint8)
    net.buffers.append(buffer)
    landmarks = int(graph.outputs[0])
    for name, n, where in [(b"irises", n_more, len(net.buffers) - 1), (b"all", 1404 + n_more, 0)]:
        tensor = schema.TensorT()
        tensor.name, tensor.buffer, tensor.type = name, where, schema.TensorType.FLOAT32
        tensor.shape = np.array([1, 1, 1, n], np.int32)
        graph.tensors.append(tensor)
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CONCATENATION
    code.version = 1
    net.operatorCodes.append(code)
    joined = schema.OperatorT()
    joined.opcodeIndex = len(net.operatorCodes) - 1
    joined.inputs = np.array([landmarks, len(graph.tensors) - 2], np.int32)
    joined.outputs = np.array([len(graph.tensors) - 1], np.int32)
    joined.builtinOptionsType, joined.builtinOptions = (
        schema.BuiltinOptions.ConcatenationOptions,
        schema.ConcatenationOptionsT(),
    )
    joined.builtinOptions.axis = 3
    graph.operators.append(joined)
    graph.outputs = np.array([len(graph.tensors) - 1, *graph.outputs[1:]], np.int32)
    net.metadata, net.signatureDefs = [], []
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(net.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@needs_extra
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # MediaPipe's writer leaves files open
def test_a_model_file_finds_the_same_corners(
    task_file: Path, photographs: dict[str, Image.Image], finder: MediapipeFaces
) -> None:
    other = MediapipeFaces(task_file)
    for picture in photographs.values():
        (known,), (found,) = finder.find_faces(picture), other.find_faces(picture)
        # Another mesh, of 2019, may differ by what each of the two may be off: 5 % in the median, twice that for one.
        assert error_of(found, corners(known)) < 0.1
        assert np.isnan(found.confidence)
    assert other.find_faces(Image.new("RGB", (300, 200))) == []


@needs_extra
@pytest.mark.parametrize("bundle", [None, {}, {"a.txt": b"x"}, dict.fromkeys(TASK_PARTS, b"no model")])
def test_what_is_no_model_file_is_said(bundle: dict[str, bytes] | None, tmp_path: Path) -> None:
    """Bytes that are no bundle, an empty bundle, one of other files, and one whose models are none."""
    path = tmp_path / "a.task"
    path.write_bytes(b"no model")
    if bundle is not None:
        with zipfile.ZipFile(path, "w") as file:
            for name, content in bundle.items():
                file.writestr(name, content)
    with pytest.raises(InputError, match=r"a\.task: expected a model of MediaPipe's Face Landmarker \(\.task\): \S"):
        MediapipeFaces(path)
