"""The whole job on true UnityEyes output and real MPIIGaze eyes."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image, ImageDraw

from gazeaug.converting.conversion import TARGETS, convert
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.label import needed_gaze
from gazeaug.refining.work import refine
from gazeaug.sets.subsets import match_gaze
from gazeaug.sources.faze import prepare_faze
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
from gazeaug.sources.hdf5 import prepare_mpiigaze_h5
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from gazeaug.training.loop import train
from gazeaug_exporters import export_onnx
from tests.makers import sources

pytestmark = pytest.mark.real_data


def inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Mask of a polygon."""
    mask = Image.new("1", (size[1], size[0]))
    ImageDraw.Draw(mask).polygon([tuple(point) for point in points.tolist()], fill=1)
    return np.asarray(mask)


def test_landmarks_sit_on_the_iris(real_data_folder: Path, tmp_path: Path) -> None:
    """Where the lids leave it free, the iris polygon is darker than the rest of the eye: not so with y upside down."""
    report = prepare_unityeyes(real_data_folder / "unityeyes" / "output", tmp_path / "o.h5", size=(70, 110))
    assert report.n_images == 56
    darker = compared = 0
    with open_eyes(tmp_path / "o.h5") as eyes:
        images, lids = eyes.read_images(0, 56), eyes.read_label("interior_margin_2d", 0, 56)
        irises = eyes.read_label("iris_2d", 0, 56)
    for image, lid, iris in zip(images, lids, irises, strict=True):
        eye, disc = inside(lid, image.shape), inside(iris, image.shape)
        if (eye & disc).sum() > 150 and (eye & ~disc).sum() > 150:
            compared += 1
            darker += image[eye & disc].mean() < image[eye & ~disc].mean()
    assert compared >= 25
    assert darker / compared > 0.9


def test_train_export_and_refine_towards_mpiigaze(
    real_data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare_unityeyes(real_data_folder / "unityeyes" / "output", "unityeyes.h5")
    prepare_folder(real_data_folder / "mpiigaze", "real.h5")
    quick = {"camera_steps": 30, "discriminator_pretrain_steps": 10, "discriminator_width": 0.25, "features": 8}
    train(synthetic="unityeyes.h5", real="real.h5", steps=30, lambda_=4.0, match="histogram", **quick)
    export_onnx()
    report = refine("unityeyes.h5")
    with h5py.File("unityeyes.h5") as given, h5py.File(report.output) as refined:
        assert set(given) == set(refined)
        for name in given:
            if name != "image":
                np.testing.assert_array_equal(given[name][()], refined[name][()])
        change = np.abs(refined["image"][()].astype(float) - given["image"][()])
        assert 0.5 < change.mean() < 60


def darkest(images: np.ndarray) -> np.ndarray:
    """Middle of the darkest twentieth of the pixels, x and y, in halves of the picture from its middle."""
    found = []
    for image in images:
        ys, xs = np.nonzero(image <= np.quantile(image[6:-6, 8:-8], 0.05))
        found.append([xs.mean() / image.shape[1], ys.mean() / image.shape[0]])
    return np.array(found) * 2 - 1


@pytest.fixture
def p00(real_data_folder: Path) -> dict[str, np.ndarray]:
    """Real, labelled eyes: pitch and yaw in MPIIGaze's signs."""
    with np.load(real_data_folder / "mpiigaze_p00" / "dev.npz") as arrays:
        return {name: arrays[name] for name in ("image", "gaze_pitchyaw", "headpose_pitchyaw")}


def test_real_eyes_by_way_of_the_trainers_file(p00: dict[str, np.ndarray], tmp_path: Path) -> None:
    """Nothing changes by a bit, and the pupils are where the stated convention says."""
    with h5py.File(tmp_path / "MPIIGaze.h5", "w") as file:
        file["p00/image"] = p00["image"]
        file["p00/gaze"], file["p00/pose"] = (p00[f"{n}_pitchyaw"].astype("f4") for n in ("gaze", "headpose"))
    prepare_mpiigaze_h5(tmp_path / "MPIIGaze.h5", tmp_path / "eyes.h5")
    convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="mpiigaze-h5")
    with h5py.File(tmp_path / "MPIIGaze.h5") as given, h5py.File(tmp_path / "again.h5") as again:
        for name in ("image", "gaze", "pose"):
            assert again["p00"][name][()].tobytes() == given["p00"][name][()].tobytes()
    with open_eyes(tmp_path / "eyes.h5") as eyes:
        n = eyes.n_images
        gaze = needed_gaze(eyes.labels, "x")
        u = gaze.look_vec(eyes.read_label("gaze", 0, n))
        seen = darkest(eyes.read_images(0, n))
    assert np.corrcoef(u[:, 0], seen[:, 0])[0, 1] > 0.5  # x right on the screen
    assert np.corrcoef(u[:, 1], seen[:, 1])[0, 1] < -0.2  # y up; lids and brows blur it


def test_real_eyes_by_way_of_faze(p00: dict[str, np.ndarray], tmp_path: Path) -> None:
    """Strips made of real eyes go there and back by the bit, with gaze and head pose."""
    with h5py.File(tmp_path / "given.h5", "w") as file:
        file["p00/pixels"] = np.repeat(p00["image"][:300, ..., None], 3, axis=3)
        labels = np.concatenate([p00["gaze_pitchyaw"], p00["headpose_pitchyaw"]], axis=1)[:300]
        file["p00/labels"] = labels.astype("f4")
    prepare_faze(tmp_path / "given.h5", tmp_path / "eyes.h5")
    convert(tmp_path / "eyes.h5", tmp_path / "again.h5", to="faze")
    with h5py.File(tmp_path / "given.h5") as given, h5py.File(tmp_path / "again.h5") as again:
        for name in ("pixels", "labels"):
            assert again["p00"][name][()].tobytes() == given["p00"][name][()].tobytes()
    convert(tmp_path / "eyes.h5", tmp_path / "M.h5", to="mpiigaze-h5")
    with h5py.File(tmp_path / "M.h5") as file:
        np.testing.assert_array_equal(file["p00/image"][()], p00["image"][:300])
        np.testing.assert_array_equal(file["p00/pose"][()], p00["headpose_pitchyaw"][:300].astype("f4"))


@pytest.mark.parametrize("write", [sources.write_format_5, sources.write_hdf5])
def test_real_eyes_by_way_of_matlab_files(p00: dict[str, np.ndarray], tmp_path: Path, write) -> None:
    gaze = CONVENTIONS["opencv"].of_look_vec(CONVENTIONS["mpiigaze"].to_look_vec(p00["gaze_pitchyaw"][:60]))
    side = {"image": p00["image"][:60], "gaze": gaze, "pose": np.zeros((60, 3))}
    write(tmp_path / "p00" / "day01.mat", {"left": side, "right": side})
    report = prepare_mpiigaze(tmp_path, tmp_path / "eyes.h5", eye="left")
    assert report.n_images == 60
    convert(report.output, tmp_path / "M.h5", to="mpiigaze-h5")
    with h5py.File(tmp_path / "M.h5") as file:
        np.testing.assert_array_equal(file["p00/image"][()], p00["image"][:60])
        np.testing.assert_allclose(file["p00/gaze"][()], p00["gaze_pitchyaw"][:60], atol=1e-6)


@pytest.mark.parametrize(("name", "n"), [("mpiigaze", 96), ("unityeyes", 64), ("syntheseyes", 39)])
def test_real_pictures_of_a_folder(real_data_folder: Path, tmp_path: Path, name: str, n: int) -> None:
    """Those that have the size already stay as they are, pixel by pixel."""
    folder = tmp_path / "in"
    folder.mkdir()
    for path in (real_data_folder / name).glob("*.png"):
        (folder / path.name).write_bytes(path.read_bytes())
    assert prepare_folder(folder, tmp_path / "o.h5").n_images == n
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert eyes.read_images(0, n).std() > 10
        for row, path in enumerate(eyes.read_label("path", 0, n)):
            with Image.open(folder / path.decode()) as picture:
                if picture.size == (55, 35):
                    np.testing.assert_array_equal(eyes.read_images(row, row + 1)[0], np.asarray(picture.convert("L")))


def test_real_irises_lie_where_look_vec_points(real_data_folder: Path, tmp_path: Path) -> None:
    """Of eyes seen within 30 degrees of the front: from the side the lids' middle is not that of the eyeball."""
    prepare_unityeyes(real_data_folder / "unityeyes" / "output", tmp_path / "u.h5")
    with h5py.File(tmp_path / "u.h5") as file:
        look_vec, head = file["look_vec"][()], (file["head_pose"][:, :2] - (0, 180) + 180) % 360 - 180
        moved = file["iris_2d"][()].mean(axis=1) - file["interior_margin_2d"][()].mean(axis=1)
    frontal = (np.abs(head) < 30).all(axis=1)
    assert frontal.sum() >= 20
    assert np.corrcoef(look_vec[frontal, 0], moved[frontal, 0])[0, 1] > 0.8
    assert np.corrcoef(look_vec[frontal, 1], moved[frontal, 1])[0, 1] < -0.8


@pytest.mark.parametrize("kind", TARGETS)
def test_real_unityeyes_in_every_target(real_data_folder: Path, tmp_path: Path, kind: str) -> None:
    """Every target holds just these eyes, and their gaze."""
    prepare_unityeyes(real_data_folder / "unityeyes" / "output", tmp_path / "u.h5", size=(36, 60))
    report = convert(tmp_path / "u.h5", tmp_path / "out", to=kind)
    assert report.n_images == 56
    with h5py.File(tmp_path / "u.h5") as file:
        look_vec, images = file["look_vec"][()], file["image"][()]
    expected = CONVENTIONS["mpiigaze"].of_look_vec(look_vec)
    found_images, found = read_back(tmp_path / "out", kind)
    np.testing.assert_array_equal(found_images, images)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def read_back(path: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey pictures, and pitch and yaw; how trainers read them is tested in test_converting."""
    if kind in ("mpiigaze-h5", "faze", "xgaze", "kaggle"):
        with h5py.File(path) as file:
            if kind == "mpiigaze-h5":
                return file["p00/image"][()], file["p00/gaze"][()]
            if kind == "faze":
                return file["p00/pixels"][..., 0], file["p00/labels"][:, :2]
            if kind == "xgaze":
                return file["face_patch"][..., 0], file["face_gaze"][()]
            gaze = CONVENTIONS["mpiigaze"].of_look_vec(file["look_vec"][()])
            return np.stack([dataset[()] for dataset in file["image"].values()]), gaze
    if kind == "npz":
        with np.load(path) as arrays:
            return arrays["image"], arrays["gaze_pitchyaw"]
    if kind == "parquet":
        rows = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
        pngs, gaze = [row["image"]["bytes"] for row in rows], [row["gaze_pitchyaw"] for row in rows]
    elif kind == "webdataset":
        with tarfile.open(next(path.glob("*.tar"))) as tar:
            members = {name: tar.extractfile(name).read() for name in sorted(tar.getnames())}
        pngs = [data for name, data in members.items() if name.endswith("png")]
        gaze = [json.loads(data)["gaze_pitchyaw"] for name, data in members.items() if name.endswith("json")]
    else:
        pngs = [file.read_bytes() for file in sorted(path.rglob("*.png"), key=lambda file: int(file.stem))]
        if kind == "folder":
            gaze = [json.loads(line)["gaze_pitchyaw"] for line in (path / "metadata.jsonl").read_text().splitlines()]
        else:
            lines = (path / "Label" / "p00.label").read_text().splitlines()[1:]
            gaze = [[float(number) for number in line.split(" ")[5].split(",")][::-1] for line in lines]
    return np.stack([np.asarray(Image.open(io.BytesIO(png))) for png in pngs]), np.array(gaze)


def test_eyes_are_drawn_as_real_gaze_is_spread(real_data_folder: Path, tmp_path: Path) -> None:
    prepare_unityeyes(real_data_folder / "unityeyes" / "output", tmp_path / "u.h5")
    target = real_data_folder / "mpiigaze_eval_gaze.npz"
    report = match_gaze(tmp_path / "u.h5", target, tmp_path / "m.h5", bin_degrees=10, rows=300)
    assert report.n_images == 300
    with h5py.File(tmp_path / "u.h5") as file, h5py.File(tmp_path / "m.h5") as matched, np.load(target) as real:
        pitches = [CONVENTIONS["degrees"].of_look_vec(f["look_vec"][()])[:, 0].mean() for f in (file, matched)]
        wanted = np.rad2deg(real["gaze_pitchyaw"][:, 0]).mean()
    assert abs(pitches[1] - wanted) < abs(pitches[0] - wanted)
    assert abs(pitches[1] - wanted) < 5
