"""Evaluations that are killed, stopped, repeated or changed: what is finished is reused, and the end is the same."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from gazeaug.errors import InputError, Interrupted
from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation import trials
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.evaluation.page import write_evaluation_page
from gazeaug.evaluation.results import load_evaluation
from gazeaug.evaluation.store import opened_store
from gazeaug.evaluation.trainings import Training
from gazeaug.evaluation.trials import evaluate
from gazeaug.samples.renderer import render_eyes
from gazeaug_cli.app import app
from tests.makers.processes import finished, started

pytestmark = pytest.mark.usefixtures("one_thread")
KNN = EstimatorConfig(estimator="knn", device="cpu")
PATIENCE_S = 120


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("sets")
    paths = {}
    for name, domain, seed in (("synthetic", "synthetic", 0), ("camera", "camera", 0), ("test", "camera", 1)):
        eyes = render_eyes(90, domain=domain, seed=seed)
        paths[name] = str(folder / f"{name}.h5")
        with h5py.File(paths[name], "w") as file:
            file["image"], file["look_vec"], file["subject"] = eyes.images, eyes.look_vec, np.arange(90) % 3
    return paths


def config_of(files: dict[str, str], **options) -> EvaluateConfig:
    train = [files["synthetic"], files["camera"]]
    return EvaluateConfig(**{"train": train, "test": files["test"], "seeds": 2, "subset": (40,), **options})


def answers_in(folder: Path) -> list[bytes]:
    with h5py.File(folder / "predictions.h5") as file:
        return [data[()].tobytes() for data in file["answers"].values()]


def listen_to_ctrl_c() -> None:
    """Also where whatever started the tests ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def command(files: dict[str, str]) -> list[str]:
    line = f"evaluate --train {files['synthetic']} --train {files['camera']} --test {files['test']} --device cpu"
    return [*line.split(), "--seeds", "2", "--epochs", "1", "--least-updates", "40", "-o"]


@pytest.fixture(scope="module")
def whole(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command makes when nobody stops it."""
    folder = tmp_path_factory.mktemp("whole")
    said = folder / "said.txt"
    assert finished([*command, str(folder)], folder=folder, said=said) == 0, said.read_text()
    return folder


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_evaluation_resumes_and_ends_in_the_same_bits(command, whole, tmp_path, number):
    said, stopped = tmp_path / "said.txt", tmp_path / "stopped"
    process = started([*command, str(stopped)], folder=tmp_path, said=said, setting=listen_to_ctrl_c)
    until = time.monotonic() + PATIENCE_S
    while not list((stopped / "trainings").glob("*.h5")) and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(process.pid, number)
    process.join()
    assert process.exitcode == (130 if number == signal.SIGINT else -number), said.read_text()
    if number == signal.SIGINT:
        assert "of 4 trainings are finished and kept" in said.read_text()
        assert "the same command resumes. To resume, type: gazeaug evaluate " in said.read_text()
    assert not (stopped / "results.json").exists()
    n_stored = len(list((stopped / "trainings").glob("*.h5")))
    assert 1 <= n_stored < 4

    assert finished([*command, str(stopped)], folder=tmp_path, said=said) == 0, said.read_text()
    assert f"4 trainings of the estimator 'small'; {n_stored} of them finished before" in said.read_text()
    results = [json.loads((folder / "results.json").read_text()) for folder in (whole, stopped)]
    assert results[0]["scores"] == results[1]["scores"]
    assert results[0]["findings"] == results[1]["findings"]
    assert answers_in(whole) == answers_in(stopped)


def test_the_same_command_is_complete_and_writes_its_page_again(files, tmp_path, monkeypatch):
    line = f"evaluate --train {files['synthetic']} --train {files['camera']} --test {files['test']} --group subject"
    command = [*line.split(), "--estimator", "knn", "--device", "cpu", "-o", str(tmp_path / "out")]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    page = tmp_path / "out" / "evaluation.html"
    text = page.read_text("utf-8")
    page.unlink()
    monkeypatch.setattr(Training, "answer", None)
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 0, again.output
    assert "this evaluation is complete" in again.stdout
    tables = [[line for line in one.stdout.splitlines() if line.startswith("|")] for one in (first, again)]
    assert tables[0] == tables[1] != []
    assert page.read_text("utf-8") == text
    as_json = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert as_json == json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert {"date", "hardware", "seconds"} <= as_json.keys()
    monkeypatch.undo()
    assert CliRunner().invoke(app, [*command, "--fresh"]).exit_code == 0


def test_results_read_back_are_those_that_were_found(files, tmp_path):
    found = evaluate(config_of(files, reference=None, group="subject"), KNN, output=tmp_path / "out")
    read = load_evaluation(tmp_path / "out")
    assert (read.scores, read.findings, read.effort) == (found.scores, found.findings, found.effort)
    assert json.dumps(read.to_json()) == json.dumps(found.to_json())
    first, second = (write_evaluation_page(one, tmp_path / "page.html").read_text("utf-8") for one in (found, read))
    assert first == second
    with pytest.raises(InputError, match="holds no finished evaluation"):
        load_evaluation(tmp_path)


def test_another_command_needs_overwrite_and_reuses_what_is_equal(files, tmp_path):
    said: list[str] = []
    evaluate(config_of(files), KNN, output=tmp_path / "out")
    before = (tmp_path / "out" / "results.json").read_bytes()
    with pytest.raises(
        InputError, match=r"finished evaluation of another command \(--seeds was 2, is 3\); give --over"
    ):
        evaluate(config_of(files, seeds=3), KNN, output=tmp_path / "out")
    with pytest.raises(InputError, match="--neighbours was 16, is 4"):
        evaluate(
            config_of(files, fresh=True), EstimatorConfig(**vars(KNN) | {"neighbours": 4}), output=tmp_path / "out"
        )
    assert (tmp_path / "out" / "results.json").read_bytes() == before
    evaluate(config_of(files, seeds=3, overwrite=True), KNN, output=tmp_path / "out", say=said.append)
    assert said == ["6 trainings of the estimator 'knn'; 4 of them finished before and are reused"]
    evaluate(config_of(files, seeds=3, fresh=True), KNN, output=tmp_path / "out", say=said.append)
    assert said[1:] == ["6 trainings of the estimator 'knn'"]


def test_a_changed_file_is_noticed_and_only_its_trainings_are_done_again(files, tmp_path):
    said: list[str] = []
    own = {name: str(tmp_path / f"{name}.h5") for name in files}
    for name, path in own.items():
        Path(path).write_bytes(Path(files[name]).read_bytes())
    evaluate(config_of(own), KNN, output=tmp_path / "out")
    with h5py.File(own["camera"], "r+") as file:
        file["image"][:] = file["image"][()][::-1]
    with pytest.raises(InputError, match=r"\(camera.h5 has changed\)"):
        evaluate(config_of(own), KNN, output=tmp_path / "out")
    evaluate(config_of(own, overwrite=True), KNN, output=tmp_path / "out", say=said.append)
    assert said == ["4 trainings of the estimator 'knn'; 2 of them finished before and are reused"]


def test_leaving_one_out_stores_each_subject(files, tmp_path, monkeypatch):
    answer, n = Training.answer, iter(range(100))

    def stopping(training, config):
        if next(n) == 4:
            raise KeyboardInterrupt
        return answer(training, config)

    config = config_of(files, train=[files["synthetic"]], seeds=1, group="subject", leave_one_out=True)
    whole = evaluate(config, KNN, output=tmp_path / "whole")
    monkeypatch.setattr(Training, "answer", stopping)
    next(n)
    with pytest.raises(Interrupted, match="3 of 4 trainings are finished"):
        evaluate(config, KNN, output=tmp_path / "out")
    assert evaluate(config, KNN, output=tmp_path / "out").scores == whole.scores
    with pytest.raises(KeyboardInterrupt):
        monkeypatch.setattr(trials, "stages", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        evaluate(config, KNN)


def test_a_damaged_training_is_named(files, tmp_path):
    evaluate(config_of(files), KNN, output=tmp_path / "out")
    path = next((tmp_path / "out" / "trainings").glob("*.h5"))
    with h5py.File(path, "r+") as file:
        file["pitchyaw"][0] = 9
    with pytest.raises(InputError, match="its content has changed since it was written"):
        evaluate(config_of(files, overwrite=True), KNN, output=tmp_path / "out")


def test_one_process_at_a_time(files, tmp_path):
    with opened_store(tmp_path / "out"), pytest.raises(InputError, match="another process is at work on it"):
        evaluate(config_of(files), KNN, output=tmp_path / "out")
