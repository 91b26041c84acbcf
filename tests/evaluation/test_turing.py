"""The Turing page: what it holds is what was drawn, and the truth cannot be read off it."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug_cli.app import app


def trial_of(page: Path) -> dict:
    return json.loads(re.search(r"const trial = (\{.*\});", page.read_text("utf-8"))[1])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Pictures whose grey levels say where they are from: refined below 100, real from 100."""
    paths = tmp_path / "refined.h5", tmp_path / "real.h5"
    for first, path in zip((0, 100), paths, strict=True):
        with h5py.File(path, "w") as file:
            file["image"] = (first + np.arange(80, dtype=np.uint8))[:, None, None].repeat(35, 1).repeat(55, 2)
    return paths


def test_the_page_holds_both_kinds_in_an_order_that_a_seed_decides(files, tmp_path):
    pages = [tmp_path / f"{i}.html" for i in range(3)]
    for page, seed in zip(pages, (1, 1, 2), strict=True):
        result = CliRunner().invoke(app, ["turing", *map(str, files), "-o", str(page), "--seed", str(seed)])
        assert result.exit_code == 0, result.output
    trial = trial_of(pages[0])
    greys = []
    for uri in trial["pictures"]:
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))
        assert pixels.shape == (35, 55)
        greys.append(int(pixels[0, 0]))
    assert len(set(greys)) == 100
    is_real = np.array([a != b for a, b in zip(trial["code"], trial["mask"], strict=True)])
    assert (is_real == (np.array(greys) >= 100)).all()
    assert is_real.sum() == 50
    assert 2 < (np.diff(is_real.astype(int)) != 0).sum() < 98
    assert pages[0].read_text("utf-8") == pages[1].read_text("utf-8")
    assert trial_of(pages[2])["pictures"] != trial["pictures"]


def test_the_code_alone_says_nothing(files, tmp_path):
    """Over many pages the masked truth is right as often as a coin."""
    right = []
    for seed in range(30):
        page = tmp_path / "page.html"
        CliRunner().invoke(app, ["turing", *map(str, files), "-o", str(page), "--seed", str(seed)])
        trial = trial_of(page)
        right += [
            code == ("1" if code != mask else "0") for code, mask in zip(trial["code"], trial["mask"], strict=True)
        ]
    assert 0.46 < np.mean(right) < 0.54


def test_bad_options(files, tmp_path):
    refined, real = map(str, files)
    result = CliRunner().invoke(app, ["turing", refined, real, "--rows", "81", "-o", str(tmp_path / "page.html")])
    assert result.exit_code == 2
    assert "refined.h5: holds 80 pictures, 81 are to be shown" in result.stderr
    result = CliRunner().invoke(app, ["turing", refined, real, "-o", real])
    assert result.exit_code == 2
    assert "the output is also the input" in result.stderr
    with h5py.File(tmp_path / "low.h5", "w") as file:
        file["image"] = np.zeros((60, 30, 55), np.uint8)
    result = CliRunner().invoke(app, ["turing", refined, str(tmp_path / "low.h5"), "-o", str(tmp_path / "page.html")])
    assert result.exit_code == 2
    assert "their size would give them away" in result.stderr
