"""Checks that cannot be fooled: sets whose worth is known beforehand get just that."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.page import describe_evaluation, write_evaluation_page
from gazeaug.evaluation.trials import Evaluation, evaluate
from gazeaug.eyefile.labels import Label
from gazeaug.eyefile.writer import EyeWriter
from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES, look_vec_to_pitchyaw, pitchyaw_to_look_vec
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = EstimatorConfig(epochs=2, min_updates=200, batch_size=16, device="cpu")
KNN = EstimatorConfig(estimator="knn", device="cpu")
N = 1500


def write(path: Path, images: np.ndarray, look_vec: np.ndarray, **labels: np.ndarray) -> str:
    """An eye file with labels."""
    rows = {"look_vec": look_vec.astype("f4")[:, :3], **labels}
    kinds = {name: Label.of(value.dtype, value.shape[1:]) for name, value in rows.items()}
    kinds["look_vec"] = Label.of("f4", (3,), LOOK_VEC_ATTRIBUTES)
    with EyeWriter(path, image_shape=images.shape[1:], labels=kinds) as writer:
        writer.append(images, rows)
    return str(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Synthetic eyes, camera eyes, and sets made of them by known means."""
    folder = tmp_path_factory.mktemp("sets")
    dice = np.random.default_rng(0)
    synthetic, camera = (render_eyes(N, domain=domain, seed=0) for domain in ("synthetic", "camera"))
    other, test = render_eyes(N, domain="camera", seed=5), render_eyes(600, domain="camera", seed=9)
    order = dice.permutation(N)
    turned = look_vec_to_pitchyaw(camera.look_vec) + np.deg2rad([0, 5])
    subject = np.arange(600) % 6
    return {
        "synthetic": write(folder / "synthetic.h5", synthetic.images, synthetic.look_vec),
        "same": write(folder / "same.h5", synthetic.images[order], synthetic.look_vec[order]),
        "camera": write(folder / "camera.h5", camera.images, camera.look_vec),
        "shuffled": write(folder / "shuffled.h5", camera.images, camera.look_vec[order]),
        "turned": write(folder / "turned.h5", camera.images, pitchyaw_to_look_vec(turned)),
        "reference": write(folder / "reference.h5", other.images, other.look_vec),
        "test": write(folder / "test.h5", test.images, test.look_vec, subject=subject),
    }


@pytest.fixture(scope="module")
def found(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    train = [files[name] for name in ("synthetic", "same", "camera", "shuffled", "turned")]
    config = EvaluateConfig(train=train, test=files["test"], reference=files["reference"], seeds=1, group="subject")
    return evaluate(config, SMALL, output=tmp_path_factory.mktemp("evaluation"))


def score(found: Evaluation, name: str):
    return next(score for score in found.scores if score.name == f"{name}.h5" and score.is_largest)


def test_refined_that_is_synthetic_closes_nothing_and_camera_everything(found):
    assert abs(score(found, "same").gap_closed.value) < 0.3
    assert abs(score(found, "camera").gap_closed.value - 1) < 0.3


@pytest.mark.slow
def test_the_intervals_of_both_hold_what_they_must(files):
    train = [files[name] for name in ("synthetic", "same", "camera")]
    config = EvaluateConfig(train=train, test=files["test"], reference=files["reference"])
    found = evaluate(config, EstimatorConfig(device="cpu"))
    same, camera = (score(found, name).gap_closed for name in ("same", "camera"))
    assert same.low < 0 < same.high < 0.7
    assert 0.3 < camera.low < 1 < camera.high


def test_shuffled_labels_give_the_error_of_the_constant_answer(found):
    shuffled = score(found, "shuffled")
    assert shuffled.mean.value == pytest.approx(shuffled.constant, rel=0.06)
    assert score(found, "camera").mean.value < 0.5 * shuffled.constant
    assert any("shuffled.h5" in finding and "always answering its mean gaze" in finding for finding in found.findings)


def test_labels_turned_by_5_degrees_are_caught(found):
    turned = score(found, "turned")
    assert turned.offset[1] == pytest.approx(5, abs=0.6)
    assert turned.offset[0] == pytest.approx(score(found, "camera").offset[0], abs=0.3)
    caught = [finding for finding in found.findings if "labels may be turned" in finding]
    assert any("turned.h5" in finding for finding in caught)
    assert not any("camera.h5" in finding for finding in caught)


def test_more_pictures_are_better_and_every_size_is_there(files):
    config = EvaluateConfig(train=[files["camera"]], test=files["test"], subset=(100, None, 10 * N), seeds=1)
    found = evaluate(config, KNN)
    assert [score.n_images for score in found.scores] == [100, N]
    assert found.scores[0].mean.value > 1.3 * found.scores[1].mean.value


def test_subjects_and_cumulative_shares_add_up(found):
    camera = score(found, "camera")
    assert sorted(camera.by_group) == list("012345")
    assert np.mean(list(camera.by_group.values())) == pytest.approx(camera.mean.value, abs=1e-6)
    assert camera.cumulative == sorted(camera.cumulative)
    assert camera.cumulative[7] == camera.within.value


def test_text_and_page_say_the_same(found, tmp_path):
    page = write_evaluation_page(found, tmp_path / "page.html").read_text("utf-8")
    text = describe_evaluation(found)
    for figure in (score(found, "camera").mean.text(), score(found, "camera").gap_closed.text(".0%")):
        assert figure in page
        assert figure in text
    of_subject = f"{score(found, 'camera').by_group['3']:.2f}"
    assert f"<td>{of_subject}</td>" in page
    assert "| subject | synthetic.h5 |" in text
    assert of_subject in text[text.index("| 3 |") :]


def test_overlap_is_refused(files, tmp_path):
    with pytest.raises(InputError, match="is the test set too"):
        evaluate(EvaluateConfig(train=[files["test"]], test=files["test"]), KNN)
    with h5py.File(files["test"]) as test:
        images, look_vec = test["image"][:30], test["look_vec"][:30]
    stolen = write(tmp_path / "stolen.h5", images[::-1], look_vec[::-1])
    with pytest.raises(InputError, match=r"30 of its pictures are in the test set .* \(row 0 is row 29 there\)"):
        evaluate(EvaluateConfig(train=[files["synthetic"], stolen], test=files["test"]), KNN)


def test_what_cannot_be_compared_is_refused(files, tmp_path):
    small = write(tmp_path / "small.h5", np.zeros((4, 30, 40), np.uint8), np.ones((4, 3)))
    with pytest.raises(InputError, match="pictures are 30 x 40 grey.*35 x 55 grey"):
        evaluate(EvaluateConfig(train=[small], test=files["test"]), KNN)
    with pytest.raises(InputError, match="no label 'person'"):
        evaluate(EvaluateConfig(train=[files["camera"]], test=files["test"], group="person"), KNN)
    with pytest.raises(InputError, match="no label 'head_pose'"):
        evaluate(EvaluateConfig(train=[files["camera"]], test=files["test"], head_pose="head_pose"), KNN)
    with pytest.raises(InputError, match="--leave-one-out needs --group"):
        EvaluateConfig(train=["a"], test="b", leave_one_out=True)


def test_gaze_of_another_convention_is_understood(files, tmp_path):
    """MPIIGaze's `gaze`, in OpenCV's frame, gives the very answers that look_vec gives."""
    with h5py.File(files["test"]) as test, h5py.File(tmp_path / "opencv.h5", "w") as other:
        other["image"], other["gaze"] = test["image"][()], test["look_vec"][()] * (1, -1, 1)
        other["gaze"].attrs.update(CONVENTIONS["opencv"].attributes)
    tested = [files["test"], str(tmp_path / "opencv.h5")]
    found = [evaluate(EvaluateConfig(train=[files["camera"]], test=test, seeds=1), KNN).scores[0] for test in tested]
    assert found[0].mean.value == pytest.approx(found[1].mean.value, abs=1e-4)
    with h5py.File(tmp_path / "opencv.h5", "r+") as other:
        del other["gaze"].attrs["frame"]
    with pytest.raises(InputError, match="convention"):
        evaluate(EvaluateConfig(train=[files["camera"]], test=tested[1]), KNN)


def test_leaving_one_out_never_sees_the_subject(tmp_path):
    """Each subject has one picture over and over; another's picture of the same gaze is far off."""
    dice = np.random.default_rng(1)
    looks = dice.integers(0, 256, (3, 1, 35, 55)).repeat(20, 1).reshape(60, 35, 55)
    images = np.clip(looks + dice.integers(-2, 3, looks.shape), 0, 255).astype(np.uint8)
    gaze = pitchyaw_to_look_vec(np.array([[0, 0], [0, 0.3], [0, -0.3]])).repeat(20, 0)
    test = write(tmp_path / "test.h5", images, gaze, subject=np.repeat(np.arange(3), 20))
    eyes = render_eyes(64, domain="synthetic", seed=0)
    train = write(tmp_path / "train.h5", eyes.images, eyes.look_vec)
    config = EvaluateConfig(train=[train], test=test, group="subject", leave_one_out=True, seeds=1)
    left_out = evaluate(config, KNN).scores[-1]
    assert left_out.name == "test set, other subjects"
    assert left_out.cumulative[5] == 0  # any look at the subject itself would answer exactly


def test_the_command_repeats_itself_and_saves_what_is_needed(files, tmp_path):
    line = f"evaluate --train {files['camera']} --test {files['test']} --seeds 2 --subset 100 --epochs 1 --json"
    outputs = [tmp_path / "a", tmp_path / "b"]
    said = []
    for output in outputs:
        result = CliRunner().invoke(app, [*line.split(), "--min-updates", "4", "--device", "cpu", "-o", str(output)])
        assert result.exit_code == 0, result.output
        said.append(json.loads(result.stdout))
        assert said[-1] == json.loads((output / "results.json").read_text("utf-8"))
        assert (output / "evaluation.html").is_file()
        with Image.open(output / "curves.png") as curves:
            assert curves.format == "PNG"
    assert said[0]["scores"] == said[1]["scores"]
    assert said[0]["scores"][0]["seed_spread"] > 0
    with h5py.File(outputs[0] / "predictions.h5") as file:
        assert file["answers/0"].shape == (2, 600, 2)
        assert file["answers/0"].attrs["train"] == "camera.h5"


@pytest.mark.parametrize(("options", "message"), [("--subset 10,some", "--subset must be"), ("--seeds 0", "--seeds")])
def test_bad_options(files, options, message):
    result = CliRunner().invoke(app, f"evaluate --train {files['camera']} --test {files['test']} {options}".split())
    assert result.exit_code == 2
    assert message in result.stderr
