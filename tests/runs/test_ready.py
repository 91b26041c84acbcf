"""The refiner of the package: taken where nothing was trained, and what it does to an eye."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gazeaug.drift.registration import iris_drift
from gazeaug.errors import InputError
from gazeaug.refining.config import RefineConfig
from gazeaug.refining.plan import plan_refining
from gazeaug.refining.work import refine
from gazeaug.runs.folder import REFINER, RUNS, STATE
from gazeaug.runs.ready import READY, find_refiner, ready_refiner
from gazeaug.runtime.session import RefinerSession
from gazeaug.samples.renderer import render_eyes
from gazeaug_exporters.onnx_export import GRAPH, GRAPH_KEY
from tests.makers.eye_files import write_eyes


def test_it_is_taken_where_nothing_was_trained_and_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_refiner(None) == ready_refiner()
    run = RUNS / "first"
    run.mkdir(parents=True)
    (run / STATE).write_text(json.dumps({"complete": True}))
    with pytest.raises(InputError, match="gazeaug export --onnx"):
        find_refiner(None)
    (run / REFINER).touch()
    assert find_refiner(None) == run / REFINER
    assert find_refiner(READY) == ready_refiner()
    assert find_refiner("other.onnx").name == "other.onnx"


def test_a_file_of_its_name_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / READY).touch()
    assert find_refiner(READY).resolve() == tmp_path / READY


def test_it_photographs_eyes_in_many_ways_and_moves_no_iris(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = render_eyes(200, domain="synthetic", seed=7).images
    source = write_eyes(tmp_path / "eyes.h5", 200, images=given)
    assert plan_refining(source).is_ready_made
    assert not plan_refining(source, RefineConfig(model=ready_copy(tmp_path))).is_ready_made
    report = refine(source)
    assert report.model == ready_refiner()
    session = RefinerSession(ready_refiner(), device="cpu")
    refined = session.refine(given)
    detail = [np.abs(np.diff(images.astype(float), axis=2)).mean((1, 2)) for images in (given, refined)]
    assert refined.std((1, 2)).std() > 2 * given.std((1, 2)).std()
    assert detail[1].std() > 2 * detail[0].std()
    assert np.mean(iris_drift(given, refined)) < 0.15


def ready_copy(folder):
    copy = folder / "copy.onnx"
    copy.write_bytes(ready_refiner().read_bytes())
    return copy


def test_it_computes_as_an_export_of_this_version_does():
    session = RefinerSession(ready_refiner(), device="cpu")
    assert session.metadata[GRAPH_KEY] == GRAPH
    assert (session.contract.height, session.contract.width, session.contract.channels) == (35, 55, 1)


def test_dark_renderings_do_not_come_out_black():
    """UnityEyes' eyes are darker than the sample renderer's."""
    session = RefinerSession(ready_refiner(), device="cpu")
    given = (render_eyes(200, domain="synthetic", seed=7).images * 0.5).astype(np.uint8)
    refined = session.refine(given)
    assert refined.mean() > 60
    assert (refined.std((1, 2)) > 0.5 * given.std((1, 2))).all()
