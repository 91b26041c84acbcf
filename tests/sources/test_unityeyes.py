"""UnityEyes items: damaged ones are named; other pictures keep their grey levels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.pictures.decoding import read_picture
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes
from gazeaug.sources.options import CropOptions
from gazeaug.sources.unityeyes import parse_vector, read_item
from tests.makers.eye_files import contents


def ring(n: int) -> list[str]:
    angles = np.arange(n) * 2 * np.pi / n
    return [f"({100 + 40 * np.cos(a):.3f}, {75 + 20 * np.sin(a):.3f}, 9.0)" for a in angles]


def write_item(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    described: dict[str, Any] = {
        "interior_margin_2d": ring(16),
        "caruncle_2d": ring(7),
        "iris_2d": ring(32),
        "eye_details": {"look_vec": "(0.0, 0.0, -1.0, 0.0)", "pupil_size": "0.01"},
        "head_pose": "(0.0, 180.0, 0.0)",
    }
    change(described)
    Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (150, 1))).convert("RGB").save(folder / "1.jpg")
    (folder / "1.json").write_text(json.dumps(described))
    return folder / "1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(interior_margin_2d=ring(3)), "expected 16 points of interior_margin_2d, found 3"),
        (lambda d: d.update(iris_2d=[]), "expected 32 points of iris_2d, found 0"),
        (lambda d: d.update(iris_2d="ring"), "expected 32 points of iris_2d, found 'ring'"),
        (lambda d: d["caruncle_2d"].__setitem__(0, "(9e5, 1.0, 0.0)"), "caruncle_2d lies far outside its picture"),
        (lambda d: d["iris_2d"].__setitem__(0, "(1e999, 1.0, 0.0)"), "expected a number that a comp.*1e999"),
        (lambda d: d["iris_2d"].__setitem__(0, "(exit(), 1.0, 0.0)"), "expected numbers in parentheses"),
        (lambda d: d["eye_details"].update(look_vec="(0, 0, 0, 0)"), "expected a look_vec of length 1"),
        (lambda d: d.update(head_pose="(1e999, 180, 0)"), "expected a number that a comp.*1e999"),
        (lambda d: d["eye_details"].update(look_vec="(1e999, 0, 0, 0)"), "expected a number that a comp.*1e999"),
        (lambda d: d.pop("head_pose"), "'head_pose' is missing"),
    ],
)
def test_a_damaged_item_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str) -> None:
    item = write_item(tmp_path, change)
    with pytest.raises(InputError, match=rf"1\.json: .*{said}"):
        read_item(item, CropOptions())


def test_16_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    grey = np.linspace(0, 65535, 60 * 40).reshape(40, 60).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    shown = np.asarray(read_picture(tmp_path / "deep.png", color=False))
    np.testing.assert_array_equal(shown, grey // 257)


def test_eye_files_and_folders_among_pictures_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "in" / "folder.png").mkdir(parents=True)
    (tmp_path / "in" / "old.h5").write_bytes(b"not a picture")
    Image.new("L", (60, 36), 9).save(tmp_path / "in" / "eye.png")
    assert prepare_folder(tmp_path / "in", tmp_path / "o.h5").n_images == 1


@pytest.mark.parametrize(
    ("text", "lengths", "numbers"),
    [
        ("(0.1000, -0.2000, -0.9001, 0.0000)", (3, 4), [0.1, -0.2, -0.9001, 0]),
        ("(0,1000, -0,2000, -0,9001, 0,0000)", (3, 4), [0.1, -0.2, -0.9001, 0]),
        ("(0,1, -0,2, -0,9)", (3, 4), [0.1, -0.2, -0.9]),
        ("(0,1,-0,2,-0,9)", (3, 4), [0.1, -0.2, -0.9]),
        ("(100,5, 200,25, 9,0)", (2, 3), [100.5, 200.25, 9]),
        ("(1,5E-05, 2, 1,0)", (2, 3), [1.5e-5, 2, 1]),
        ("(1,2,3)", (2, 3), [1, 2, 3]),
    ],
)
def test_decimal_commas_are_read_where_the_number_of_parts_proves_them(
    text: str, lengths: tuple[int, ...], numbers: list[float]
) -> None:
    np.testing.assert_array_equal(parse_vector(text, lengths, "1.json"), numbers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(1,5, 2)", "commas may stand between numbers or in them"),
        ("(1, 2, 3, 4, 5, 6)", "expected 2 or 3 numbers"),
        ("(1.5,2,5)", None),
        ("(0,1; 0,2)", "expected a number|expected 2 or 3 numbers"),
    ],
)
def test_vectors_that_can_be_read_in_two_ways_are_refused(text: str, said: str | None) -> None:
    if said is None:
        np.testing.assert_array_equal(parse_vector(text, (2, 3), "1.json"), [1.5, 2, 5])
        return
    with pytest.raises(InputError, match=rf"1\.json: .*({said})"):
        parse_vector(text, (2, 3), "1.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_render_of_another_locale_gives_the_same_eye(tmp_path: Path, encoding: str) -> None:
    path = write_item(tmp_path, lambda described: None).with_suffix(".json")
    prepare_unityeyes(tmp_path, tmp_path / "a.h5")
    described = json.loads(path.read_text())
    text = json.dumps(described).replace(".", ",")
    path.write_text(text, encoding=encoding)
    report = prepare_unityeyes(tmp_path, tmp_path / "b.h5")
    assert contents(tmp_path / "b.h5") == contents(tmp_path / "a.h5")
    assert report.notes == [f"{path}: decimal commas are read, as in (0,0, 0,0, -1,0, 0,0)."]


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    item = write_item(tmp_path, lambda described: None)
    path = item.with_suffix(".json")
    path.write_text(path.read_text().replace('"head_pose"', '"head_pose": "(1.0, 2.0, 3.0)", "head_pose"'))
    with pytest.raises(
        InputError, match=r"1\.json: expected JSON as UnityEyes writes it \(the key 'head_pose' is there"
    ):
        read_item(item, CropOptions())


def test_a_reason_that_quotes_a_whole_file_is_cut(tmp_path: Path) -> None:
    write_item(tmp_path, lambda described: None)
    shutil.copy(tmp_path / "1.jpg", tmp_path / "2.jpg")
    described = json.loads((tmp_path / "1.json").read_text())
    described["head_pose"] = "9" * 300_000
    (tmp_path / "2.json").write_text(json.dumps(described))
    report = prepare_unityeyes(tmp_path, tmp_path / "o.h5", keep_going=True)
    assert (report.n_images, report.left_out) == (1, {"unreadable": 1})
    assert (tmp_path / "o.h5.rejected.csv").stat().st_size < 1000
