"""Tables of labels: joined by name, numbers as numbers, gaze only in a convention that is stated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import convention_of
from gazeaug.sources.folders import prepare_folder
from gazeaug.sources.label_tables import read_table
from gazeaug_cli.app import app

CSV = "file_name,gaze_0,gaze_1,subject,age,weight\n10.png,0.1,-0.2,0007,30,1\na/2.png,0.3,1e-1,0012,41,.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "a").mkdir(parents=True)
    for name in ("10.png", "a/2.png"):
        Image.new("L", (60, 40), 90).save(tmp_path / "in" / name)
    (tmp_path / "labels.csv").write_text(CSV)
    return tmp_path / "in"


def test_labels_follow_their_pictures(folder: Path, tmp_path: Path) -> None:
    prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv", convention="gazehub")
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert [path.decode() for path in eyes.read_label("path", 0, 2)] == ["10.png", "a/2.png"]
        np.testing.assert_array_equal(eyes.read_label("gaze", 0, 2), [[0.1, -0.2], [0.3, 0.1]])
        assert eyes.read_label("subject", 0, 2).tolist() == [b"0007", b"0012"]
        assert (eyes.labels["age"].dtype, eyes.labels["weight"].dtype) == (np.int64, np.float64)
        assert convention_of(eyes.labels["gaze"].attributes, "x").name == "gazehub"
    prepare_folder(folder, tmp_path / "p.h5", labels=tmp_path / "labels.csv")
    with open_eyes(tmp_path / "p.h5") as eyes:
        assert dict(eyes.labels["gaze"].attributes) == {}


def test_jsonl_says_the_same(folder: Path, tmp_path: Path) -> None:
    lines = [
        {"file_name": "a\\2.png", "gaze": [0.3, 0.1], "subject": "0012", "age": 41, "weight": 0.5},
        {"weight": 1, "file_name": "10.png", "gaze": [0.1, -0.2], "subject": "0007", "age": 30},
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    pictures = ["10.png", "a/2.png"]
    tables = [read_table(tmp_path / name).joined(pictures, folder) for name in ("labels.csv", "labels.jsonl")]
    assert [len(table.notes) for table in tables] == [0, 1]  # of the backslash
    for name in ("10.png", "a/2.png"):
        one, other = (dict(table.row_of(Path(name))) for table in tables)
        assert one == other
    assert {name: kind.dtype for name, kind in tables[0].labels.items()} == {
        name: kind.dtype for name, kind in tables[1].labels.items()
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a line a picture, found none"),
        ("gaze_0,gaze_1\n1,2\n", "no column file_name or path or file"),
        ("file_name,x\n10.png\n", "line 2: expected 2 fields, found 1"),
        ("file_name,x\n10.png,1\n10.png,2\n", "two rows name the picture 10.png"),
        ("file_name,x_0,x_1\n10.png,1,a\n", "'x' must hold text, or numbers, .*; line 2 holds \\[1, 'a'\\]"),
        ("file_name,x\n10.png,1\n", "no row names the picture a/2.png"),
        ("file_name,x\n../../10.png,1\n../a/2.png,1\n", "no row names the picture 10.png"),
        ('file_name,x\n"10.png', "line 2: cannot be split in fields"),
        ('file_name,look_vec\n10.png,"(0, 0, -1)"\na/2.png,"(0, 0, -1)"\n', "'look_vec' must be 3 or 4 numbers a row"),
        ("file_name,look_vec_0,look_vec_1\n10.png,0,1\na/2.png,0,1\n", "'look_vec' must be 3 or 4 numbers a row"),
    ],
)
def test_tables_that_do_not_fit_are_refused(folder: Path, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InputError, match=rf"labels\.csv: .*{said}"):
        prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv")
    assert not list(tmp_path.glob("o.h5*"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"file_name": "10.png", "x": 1}\n[1]\n', "line 2: expected an object"),
        ('{"file_name": "10.png", "x": 1}\n{"file_name": "a"}\n', "line 2: expected an object with the keys"),
        ('{"file_name": "10.png", "x": {}}\n', "'x' must hold text"),
        ('{"file_name": "10.png", "x": true}\n', "'x' must hold text, or numbers, .*; line 1 holds True"),
        (f'{{"file_name": "10.png", "x": {"9" * 400}}}\n', "'x' must hold text, or numbers"),
        ('{"file_name": "10.png", "x": [[1, 2], [3]]}\n', "lists of them of one length"),
        ('{"file_name": "10.png", "x": [[[[[1]]]]]}\n', "lists of them of one length"),
        ('{"file_name": "10.png"', "line 1: expected JSON"),
        ("\ufffe", "line 1: expected JSON"),
    ],
)
def test_lines_that_do_not_fit_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "labels.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_table(tmp_path / "labels.jsonl")


def test_a_convention_must_fit_its_gaze(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'gaze' must be 3 numbers a row to be opencv"):
        prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv", convention="opencv")
    with pytest.raises(InputError, match="name the table with --labels"):
        prepare_folder(folder, tmp_path / "o.h5", convention="opencv")


def test_the_command_leaves_pictures_without_labels_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,x\n10.png,1\n")
    words = ["prepare", "folder", folder, "-o", tmp_path / "o.h5", "--labels", tmp_path / "labels.csv", "--keep-going"]
    said = CliRunner().invoke(app, [str(word) for word in words])
    assert said.exit_code == 0, said.output
    assert "1 item that cannot be read" in said.stdout
    assert "no row names the picture a/2.png" in (tmp_path / "o.h5.rejected.csv").read_text()


@pytest.mark.parametrize(
    ("columns", "convention", "gaze"),
    [
        ("file,pitch,yaw", "mpiigaze", [0.1, -0.2]),
        ("file,yaw,pitch", "mpiigaze", [-0.2, 0.1]),
        ("file,pitch,yaw", "gazehub", [-0.2, 0.1]),
        ("filename,Gaze_Yaw,Gaze_Pitch", "degrees", [-0.2, 0.1]),
    ],
)
def test_columns_named_pitch_and_yaw_are_the_gaze(
    folder: Path, tmp_path: Path, columns: str, convention: str, gaze: list[float]
) -> None:
    """In the convention's own order, whatever theirs is; and as numbers of their own where none is stated."""
    (tmp_path / "labels.csv").write_text(f"{columns},who\n10.png,0.1,-0.2,p0\na/2.png,0,1,p1\n")
    words = ["prepare", "folder", folder, "--labels", tmp_path / "labels.csv", "-o"]
    said = CliRunner().invoke(app, [*map(str, words), str(tmp_path / "o.h5"), "--convention", convention])
    assert said.exit_code == 0, said.output
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert sorted(eyes.labels) == ["gaze", "path", "who"]
        assert eyes.read_label("gaze", 0, 1)[0].tolist() == gaze
        assert convention_of(eyes.labels["gaze"].attributes, "x").name == convention
    assert CliRunner().invoke(app, [*map(str, words), str(tmp_path / "p.h5")]).exit_code == 0
    with open_eyes(tmp_path / "p.h5") as eyes:
        assert sorted(eyes.labels) == sorted(["path", "who", *columns.split(",")[1:]])


def test_three_columns_are_a_vector(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,look_z,look_x,look_y\n10.png,-1,0,0\na/2.png,-0.8,0.6,0\n")
    prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv", convention="opencv")
    with open_eyes(tmp_path / "o.h5") as eyes:
        assert eyes.read_label("gaze", 0, 2).tolist() == [[0, 0, -1], [0.6, 0, -0.8]]
        assert eyes.labels["gaze"].attributes["frame"] == "opencv_camera"


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("file,pitch,roll", "0,1", "expected columns pitch and yaw .*the labels there are: pitch, roll"),
        ("file,pitch,yaw,gaze_pitch,gaze_yaw", "0,1,2,3", "the gaze could be pitch, yaw or gaze_pitch, gaze_yaw"),
        ("file,pitch,yaw", "up,1", "line 2: 'pitch' must be a number, with a decimal point, found 'up'"),
    ],
)
def test_columns_that_are_no_gaze_are_refused(folder: Path, tmp_path: Path, header: str, row: str, said: str) -> None:
    (tmp_path / "labels.csv").write_text(f"{header}\n10.png,{row}\na/2.png,{row}\n")
    with pytest.raises(InputError, match=rf"labels\.csv: .*{said}"):
        prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv", convention="mpiigaze")


def prepared(folder: Path, tmp_path: Path, table: str, **options: Any) -> tuple[dict[str, list[Any]], list[str]]:
    """The labels by name, and the notes."""
    (tmp_path / "labels.csv").write_text(table, encoding="utf-8")
    report = prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "labels.csv", overwrite=True, **options)
    with h5py.File(report.output) as file:
        found = {name: list(file[name].asstr() if name == "path" else file[name][()]) for name in file}
    return found, [note.removeprefix(f"{tmp_path / 'labels.csv'}: ") for note in report.notes]


def test_one_empty_cell_makes_no_text_of_numbers(folder: Path, tmp_path: Path) -> None:
    labels, notes = prepared(folder, tmp_path, "file,conf\n10.png,0.5\na/2.png,NaN\n")
    np.testing.assert_array_equal(labels["conf"], [0.5, np.nan])
    assert notes == ["line 3: 'conf' has no number; 1 such cells are NaN."]


def test_a_gaze_without_a_number_is_refused_by_its_line_or_left_out(folder: Path, tmp_path: Path) -> None:
    table = "file,pitch,yaw\n10.png,1,2\na/2.png,,3\n"
    with pytest.raises(
        InputError, match=r"labels\.csv: line 3: 'gaze' of a/2\.png must be finite numbers, found \[nan"
    ):
        prepared(folder, tmp_path, table, convention="degrees")
    labels, _ = prepared(folder, tmp_path, table, convention="degrees", keep_going=True)
    assert labels["path"] == ["10.png"]
    np.testing.assert_array_equal(labels["gaze"], [[1, 2]])


@pytest.mark.parametrize(
    ("table", "convention", "said"),
    [
        ("file,pitch,yaw\n10.png,1,2\na/2.png,inf,3\n", "degrees", "finite numbers"),
        ("file,look_vec_0,look_vec_1,look_vec_2\n10.png,0,0,-1\na/2.png,0,0,0\n", None, "a direction"),
        ("file,gaze_0,gaze_1,gaze_2\n10.png,0,0,-1\na/2.png,0,0,0\n", None, "a direction"),
        ("file,gaze_0,gaze_1,gaze_2\n10.png,0,0,-1\na/2.png,0,0,1e-9\n", "opencv", "a direction"),
    ],
)
def test_rows_without_a_gaze_are_refused_by_their_line_or_left_out(
    folder: Path, tmp_path: Path, table: str, convention: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=rf"labels\.csv: line 3: '.*' of a/2\.png must be {said}"):
        prepared(folder, tmp_path, table, convention=convention)
    labels, _ = prepared(folder, tmp_path, table, convention=convention, keep_going=True)
    assert labels["path"] == ["10.png"]


def test_angles_of_another_unit_are_refused_although_others_are_left_out(folder: Path, tmp_path: Path) -> None:
    table = "file,pitch,yaw\n10.png,40,2\na/2.png,nan,3\n"
    with pytest.raises(InputError, match=r"more than a full turn \(40, 2\).*names 10\.png"):
        prepared(folder, tmp_path, table, convention="mpiigaze", keep_going=True)


def test_a_second_column_of_names_is_told_of(folder: Path, tmp_path: Path) -> None:
    labels, notes = prepared(folder, tmp_path, "file,filename\n10.png,a\na/2.png,b\n")
    assert labels["filename"] == [b"a", b"b"]
    assert notes == ["the column 'file' names the pictures; 'filename' goes along as a label."]


def test_a_cell_that_is_no_number_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2: 'pitch' must be a number, with a decimal point, found '0,5'"):
        prepared(folder, tmp_path, "file;pitch;yaw\n10.png;0,5;1\na/2.png;1.5;2\n", convention="degrees")


def test_bars_separate_too(folder: Path, tmp_path: Path) -> None:
    labels, notes = prepared(folder, tmp_path, "file|x\n10.png|1\na/2.png|2\n")
    assert labels["x"] == [1, 2]
    assert notes == ["read as separated by bars."]


def test_a_table_as_pandas_writes_it(folder: Path, tmp_path: Path) -> None:
    labels, notes = prepared(folder, tmp_path, ",file,pitch\n0,10.png,1\n1,a/2.png,2\n")
    assert sorted(labels) == ["image", "path", "pitch"]
    assert labels["pitch"] == [1, 2]
    assert notes == ["the first column has no name (as the index that pandas writes), and is left out."]


def test_a_table_as_a_german_spreadsheet_writes_it(folder: Path, tmp_path: Path) -> None:
    table = "\ufefffile;pitch;yaw\r\n.\\10.png;0,5;-1,25\r\n.\\a\\2.png;1,0;2\r\n"
    labels, notes = prepared(folder, tmp_path, table, convention="degrees")
    np.testing.assert_array_equal(labels["gaze"], [[0.5, -1.25], [1, 2]])
    assert notes == [
        "read as separated by semicolons.",
        "decimal commas are read in 'pitch', 'yaw'.",
        "names are read with / for \\ and without ./ (2 of 2).",
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("file,x\n1.png,1\n", "the row '1.png' fits 2 pictures: 'p00/1.png', 'p01/1.png'"),
        ("file,x,x\n10.png,1,2\na/2.png,1,2\n", "2 columns are named 'x'; rename them"),
        ("file,File,x\n10.png,1,2\n", "file and File both could name the picture"),
        ("file,image\n10.png,1\n", "the column 'image' has the name of the pictures in an eye file; rename it"),
        ("file,image/x\n10.png,1\n", "the column 'image/x' has the name of the pictures"),
        ("file,a,a/b\n10.png,1,1\n", "of the columns 'a' and 'a/b' rename one"),
        ("file,../x\n10.png,1\n", "the column '../x' has a name that no label can have"),
        ("file,pitch,Pitch,yaw\n10.png,1,1,1\n", "pitch and Pitch differ in capital letters only"),
        ("file,x\n,1\n", "line 2: 'file' must name a picture, found ''"),
        ("file,x\nx/9.png,1\n", "no row names the picture 10.png, and none another one in .*; the first row names"),
    ],
)
def test_columns_and_rows_that_are_not_clear(folder: Path, tmp_path: Path, table: str, said: str) -> None:
    for person in ("p00", "p01"):
        (folder / person).mkdir()
        (folder / person / "1.png").write_bytes((folder / "10.png").read_bytes())
    with pytest.raises(InputError, match=rf"labels\.csv: .*{said}"):
        prepared(folder, tmp_path, table, convention="degrees" if "yaw" in table else None)
    assert not list(tmp_path.glob("o.h5*"))


def test_json_is_read_as_a_list_of_objects(folder: Path, tmp_path: Path) -> None:
    lines = [{"file": "10.png", "x": 1, "v": [1, None]}, {"file": "a/2.png", "x": None, "v": [3, 4]}]
    (tmp_path / "t.json").write_text(json.dumps(lines))
    prepare_folder(folder, tmp_path / "o.h5", labels=tmp_path / "t.json")
    with h5py.File(tmp_path / "o.h5") as file:
        np.testing.assert_array_equal(file["x"], [1, np.nan])
        np.testing.assert_array_equal(file["v"], [[1, np.nan], [3, 4]])
    for text, said in [
        ('{"10.png": {}}', "expected a list of objects, one a picture"),
        ('[{"file": "10.png", "x": 1, "x": 2}]', "expected JSON .the key 'x' is there twice"),
        ('[{"file": "10.png", "x": "\\ud800"}]', "'x' has in line 1 a text with characters that none can have"),
        ('[{"file": "10.png", "x": "a"}, {"file": "b", "x": null}]', "'x' must hold text, or .*; line 1 holds 'a'"),
        ('[{"file": null}]', "line 1: 'file' must name a picture, found None"),
    ]:
        (tmp_path / "t.json").write_text(text)
        with pytest.raises(InputError, match=said):
            read_table(tmp_path / "t.json")
