"""`prepare gazehub`: folders as GazeHub's scripts write them, read to the last bit; what is damaged is named."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.converting.conversion import convert
from gazeaug.errors import InputError
from gazeaug.eyefile.reader import open_eyes
from gazeaug.gaze.conventions import convention_of
from gazeaug.gaze.head import known_head
from gazeaug.sources.gazehub import prepare_gazehub
from tests.makers.gazehub import HEADERS, SETS, SIZE, gaze_to_3d, write_gazehub

COLUMNS = {"ut": "eye"}


def lines_in(folder: Path) -> list[dict[str, str]]:
    """All lines of a folder's labels by column, in the order of the files; not of those with yaw first."""
    found = []
    for path in sorted(folder.rglob("*.label")):
        if path.stem.endswith("YP"):
            continue
        header, *lines = path.read_text().splitlines()
        found += [dict(zip(header.split(" "), line.split(" "), strict=True)) for line in lines]
    return found


def numbers(lines: list[dict[str, str]], column: str) -> list[list[float]]:
    return [[float(number) for number in line[column].split(",")] for line in lines]


@pytest.mark.parametrize("kind", SETS)
def test_every_column_of_the_scripts_is_read_to_the_last_bit_and_written_again(tmp_path: Path, kind: str) -> None:
    folder = write_gazehub(tmp_path / "hub", kind, persons=4)
    lines = lines_in(folder)
    report = prepare_gazehub(folder, tmp_path / "eyes.h5", size=SIZE, workers=1)
    assert report.n_images == len(lines) == 12
    root = folder / ("Image/train" if kind == "eth" else "Image")
    with open_eyes(report.output) as eyes:
        for row, line in enumerate(lines):
            with Image.open(root / next(iter(line.values()))) as image:
                np.testing.assert_array_equal(eyes.read_images(row, row + 1)[0], np.asarray(image))
        read = {name: eyes.read_label(name, 0, 12) for name in eyes.labels}
        labels, head = eyes.labels, known_head(eyes.labels, "x")
    if kind == "eth":
        assert convention_of(labels["gaze"].attributes, "x").name == "mpiigaze"
        assert read["gaze"].tolist() == numbers(lines, "gaze")
        assert read["head_pose"].tolist() == numbers(lines, "head")
        assert head is not None
        np.testing.assert_array_equal(head.pitchyaw(read["head_pose"]), numbers(lines, "head"))
        assert read["face_mat_norm"].reshape(12, 9).tolist() == numbers(lines, "normmat")
        assert read["cam_index"].tolist() == numbers(lines, "cam_index")
        assert read["frame_index"].tolist() == numbers(lines, "frame_index")
    else:
        signs = (-1, -1, 1) if kind == "gaze360" else (1, 1, 1)
        assert convention_of(labels["gaze"].attributes, "x").name == "opencv"
        assert (read["gaze"] * signs).tolist() == numbers(lines, "3DGaze")
        assert convention_of(labels["gaze_yawpitch"].attributes, "x").name == "gazehub"
        assert read["gaze_yawpitch"].tolist() == numbers(lines, "2DGaze")
    if kind not in ("eth", "gaze360"):
        name = {"rt-gene": ("head_axis", "head_pose")}.get(kind, ("head_pose", "head_yawpitch"))
        assert [read[each].tolist() for each in name] == [numbers(lines, "3DHead"), numbers(lines, "2DHead")]
        assert head is not None
        np.testing.assert_allclose(
            head.pitchyaw(read["head_pose"])[:, ::-1], numbers(lines, "2DHead"), rtol=0, atol=1e-12
        )
    if kind in ("eye", "face", "eyediap"):
        names = ("Rvec", "Svec", "GazeOrigin") if kind == "eyediap" else ("Rmat", "Smat", "GazeOrigin")
        for label, column in zip(("Rmat", "Smat", "GazeOrigin"), names, strict=True):
            assert read[label].tolist() == numbers(lines, column)
    subjects = {
        "eyediap": "p{1}",
        "eth": "subject{0:04d}",
        "ut": "s{0:02d}",
        "rt-gene": "s{0:03d}",
        "gaze360": "rec_{0:03d}/{0:06d}",
    }
    people = [int(subject) for subject in sorted(person for person in range(4) for _ in range(3))]
    wanted = sorted(subjects.get(kind, "p{0:02d}").format(person, person + 1) for person in people)
    assert sorted(name.decode() for name in read["subject"]) == wanted
    if "WhichEye" in HEADERS[kind]:
        assert [side.decode() for side in read["side"]] == [line["WhichEye"] for line in lines]
        assert read["mirrored"].tolist() == [line["WhichEye"] == "right" for line in lines]
    if kind in ("gaze360", "rt-gene"):
        assert {part.decode() for part in read["split"]} == {path.stem for path in folder.rglob("*.label")}
    again = convert(report.output, tmp_path / "again", to="gazehub", columns=COLUMNS.get(kind, kind))
    pictures = ("Image", "Face", "Left", "Right", "face")
    kept = [{name: text for name, text in line.items() if name not in pictures} for line in lines]
    found = [{name: text for name, text in line.items() if name not in pictures} for line in lines_in(again.output)]
    assert found == kept, "the same numbers, in the same text, in the same order"


def test_other_pictures_of_a_face(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "face")
    for part in ("face", "left", "right"):
        report = prepare_gazehub(folder, tmp_path / f"{part}.h5", picture=part, size=SIZE)
        with h5py.File(report.output) as file, Image.open(folder / f"Image/p01/{part}/1.jpg") as image:
            np.testing.assert_array_equal(file["image"][3], np.asarray(image))
            assert file["path"][3].decode() == f"p01/{part}/1.jpg"
    with pytest.raises(InputError, match="--picture left: expected such a column of pictures, found image only"):
        prepare_gazehub(write_gazehub(tmp_path / "eyes", "eye"), tmp_path / "o.h5", picture="left")


def test_a_file_with_yaw_first_beside_another_is_not_read_twice(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "eth")
    label = folder / "Label" / "train.label"
    lines = [line.split(" ") for line in label.read_text().splitlines()]
    swapped = [[f, ",".join(g.split(",")[::-1]), ",".join(h.split(",")[::-1]), *more] for f, g, h, *more in lines[1:]]
    text = "\n".join(" ".join(line) for line in [lines[0], *swapped]) + "\n"
    label.with_name("trainYP.label").write_text(text)
    first = prepare_gazehub(folder, tmp_path / "a.h5", size=SIZE)
    assert first.n_images == 6
    assert any(note.startswith("gaze, head: pitch before yaw") for note in first.notes)
    label.unlink()
    prepare_gazehub(folder, tmp_path / "b.h5", size=SIZE)
    both = []
    for name in ("a.h5", "b.h5"):
        convert(tmp_path / name, tmp_path / f"{name}-hub", to="gazehub", columns="eth")
        both.append((tmp_path / f"{name}-hub" / "Label" / "train.label").read_text())
    assert both[0] == both[1]


def replaced(old: str, new: str, line: int = 2, name: str = "p00.label") -> Callable[[Path], None]:
    """Changes a line of a label file, counted from 1."""

    def change(folder: Path) -> None:
        path = folder / "Label" / name
        lines = path.read_text().splitlines()
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new)
        path.write_text("\n".join(lines) + "\n")

    return change


def with_field(k: int, text: str, line: int = 2) -> Callable[[Path], None]:
    """Another text in a field of a line."""

    def change(folder: Path) -> None:
        path = folder / "Label" / "p00.label"
        lines = [each.split(" ") for each in path.read_text().splitlines()]
        lines[line - 1][k] = text
        path.write_text("".join(" ".join(each) + "\n" for each in lines))

    return change


def linked_out(folder: Path) -> None:
    """A person's pictures lie elsewhere."""
    shutil.move(folder / "Image" / "p00", folder.parent / "elsewhere")
    (folder / "Image" / "p00").symlink_to(folder.parent / "elsewhere")


def one_linked_out(folder: Path) -> None:
    """A picture lies elsewhere."""
    shutil.move(folder / "Image" / "p00" / "1.jpg", folder.parent / "1.jpg")
    (folder / "Image" / "p00" / "1.jpg").symlink_to(folder.parent / "1.jpg")


def no_picture(folder: Path) -> None:
    (folder / "Image" / "p00" / "1.jpg").write_bytes(b"no picture")


DAMAGES: dict[str, tuple[Callable[[Path], None], str, int]] = {
    "a field too few": (replaced(" left ", " ", line=3), r"line 3: expected 10 fields \(Image .*\), found 9\.", 5),
    "a number is none": (with_field(5, "0.1,x"), r"line 2: '2DGaze' must be 2 finite numbers .*, found '0.1,x'", 5),
    "a number too many": (with_field(3, "0,0,-1,0"), r"line 2: '3DGaze' must be 3 finite numbers", 5),
    "underscores": (with_field(9, "1_0,0,600"), r"line 2: 'GazeOrigin' must be 3 finite numbers", 5),
    "not finite": (with_field(4, "nan,0,0"), r"line 2: '3DHead' must be 3 finite numbers", 5),
    "degrees": (with_field(5, "10.5,-20"), r"line 2: '2DGaze' .*more than a full turn", 5),
    "gaze that contradicts itself": (with_field(3, "0,0,-1"), r"line 2: 3DGaze and 2DGaze are \d+\.\d degrees", 5),
    "gaze without direction": (with_field(3, "0,0,0"), r"line 2: 3DGaze and 2DGaze are", 5),
    "head that contradicts itself": (with_field(4, "1,1,1"), r"line 2: 3DHead and 2DHead are \d+\.\d degrees", 5),
    "missing picture": (lambda f: (f / "Image/p00/1.jpg").unlink(), r"line 2: its picture .*p00/1\.jpg is missing", 5),
    "picture named twice": (with_field(0, "p00/2.jpg"), r"line 3: names the picture p00/2\.jpg, as .*line 2 does", 5),
    "name that leads out": (
        with_field(0, "../hub/Image/p00/1.jpg"),
        r"line 2: '\.\./hub.*' is no name of a picture",
        5,
    ),
    "name from the root": (with_field(0, "/etc/passwd"), r"line 2: '/etc/passwd' is no name of a picture", 5),
    "link out": (one_linked_out, r"1\.jpg: leads out of its folder", 5),
    "folder that is a link out": (linked_out, r"line 2: .*/p00 leads out of its folder, which is refused", 3),
    "picture that is none": (no_picture, r"p00/1\.jpg: expected a picture", 5),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_lines_stop_the_run_or_are_listed(tmp_path: Path, name: str) -> None:
    damage, said, n_left = DAMAGES[name]
    folder = write_gazehub(tmp_path / "hub", "eye")
    damage(folder)
    with pytest.raises(InputError, match=said):
        prepare_gazehub(folder, tmp_path / "eyes.h5", size=SIZE)
    assert not (tmp_path / "eyes.h5").exists()
    report = prepare_gazehub(folder, tmp_path / "eyes.h5", size=SIZE, keep_going=True)
    assert (report.n_images, report.n_rejected) == (n_left, 6 - n_left)
    assert report.rejected is not None
    with report.rejected.open(newline="") as file:
        assert any(name in " ".join(row) for row in csv.reader(file) for name in ("p00.label", "1.jpg"))
    whole = prepare_gazehub(write_gazehub(tmp_path / "whole", "eye"), tmp_path / "whole.h5", size=SIZE)
    with h5py.File(report.output) as file, h5py.File(whole.output) as other:
        place = {path: row for row, path in enumerate(other["path"][()])}
        rows = [place[path] for path in file["path"][()]]
        for label in ("image", "gaze", "head_pose", "GazeOrigin"):
            if name == "picture named twice":
                continue  # its first line has the other's picture
            np.testing.assert_array_equal(file[label][()], other[label][()][rows])


def every_line(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    """Other fields in all lines."""

    def make(folder: Path) -> None:
        for path in folder.rglob("*.label"):
            header, *lines = path.read_text().splitlines()
            path.write_text("\n".join([header, *(" ".join(change(line.split(" "))) for line in lines)]) + "\n")

    return make


def swap(fields: list[str]) -> list[str]:
    return [*fields[:5], ",".join(fields[5].split(",")[::-1]), *fields[6:]]


def opposite(fields: list[str]) -> list[str]:
    return [*fields[:3], ",".join(str(-float(number)) for number in fields[3].split(",")), *fields[4:]]


def other(fields: list[str]) -> list[str]:
    return [*fields[:3], "1.0,0.0,0.0", *fields[4:]]


def of_two_frames(folder: Path) -> None:
    """The second person's vectors are in Gaze360's frame."""
    path = folder / "Label" / "p01.label"
    header, *lines = path.read_text().splitlines()

    def turned(line: str) -> str:
        fields = line.split(" ")
        x, y, z = map(float, fields[3].split(","))
        return " ".join([*fields[:3], f"{-x},{-y},{z}", *fields[4:]])

    path.write_text("\n".join([header, *map(turned, lines)]) + "\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (every_line(swap), r"p00\.label: line 2: 3DGaze .* degrees apart: the two numbers of 2DGaze are swapped"),
        (every_line(opposite), r"line 2: 3DGaze .* degrees apart: one of them points the other way"),
        (every_line(other), r"line 2: 3DGaze \(1\.0,0\.0,0\.0\) .* apart: 2DGaze must be atan2\(-x, -z\), asin\(-y\)"),
        (of_two_frames, r"p01\.label: line 2: 3DGaze .* and 2DGaze .* degrees apart"),
    ],
)
def test_a_gaze_that_contradicts_itself_is_refused_whatever_goes_on(
    tmp_path: Path, change: Callable[[Path], None], said: str
) -> None:
    folder = write_gazehub(tmp_path / "hub", "eye")
    change(folder)
    with pytest.raises(InputError, match=said):
        prepare_gazehub(folder, tmp_path / "eyes.h5", keep_going=True)


def test_heads_that_say_nothing_or_two_things_are_left_out_with_a_note(tmp_path: Path) -> None:
    for name, change, said in [
        ("zero", lambda line: [*line[:4], "0.0,0.0,0.0", line[5], "0.0,0.0", *line[7:]], "is zero in every line"),
        ("wrong", lambda line: [*line[:4], "1.0,1.0,1.0", line[5], "0.0,0.0", *line[7:]], "contradict each other"),
    ]:
        folder = write_gazehub(tmp_path / name, "eye")
        every_line(change)(folder)
        report = prepare_gazehub(folder, tmp_path / f"{name}.h5", size=SIZE)
        assert any(note.startswith("head pose: left out, as") and said in note for note in report.notes)
        with h5py.File(report.output) as file:
            assert not {"head_pose", "head_yawpitch"} & set(file)


def test_what_gazeaug_once_wrote_is_known(tmp_path: Path) -> None:
    """3DHead was minus the head's z axis, in the columns of MPIIFaceGaze, and all pictures stood in one folder."""
    folder = write_gazehub(tmp_path / "hub", "face")
    (folder / "Image" / "images" / "00000").mkdir(parents=True)
    numbers_of = iter(range(6))

    def once(fields: list[str]) -> list[str]:
        vector = gaze_to_3d(np.array(fields[8].split(","), float))
        name = f"images/00000/{next(numbers_of):08d}.png"
        shutil.copy(folder / "Image" / fields[0], folder / "Image" / name)
        return [name, name, name, name, "left", fields[5], ",".join(map(str, vector)), *fields[7:]]

    every_line(once)(folder)
    report = prepare_gazehub(folder, tmp_path / "eyes.h5", size=SIZE)
    assert any("minus the head's z axis, as 2DHead proves" in note for note in report.notes)
    with h5py.File(report.output) as file:
        assert file["head_pose"][()].tolist() == numbers(lines_in(folder), "2DHead")
        assert [name.decode() for name in file["subject"]] == ["p00"] * 3 + ["p01"] * 3


def test_labels_sorted_anew_keep_their_people(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "eyediap", persons=4)
    parts = [path.read_text().splitlines() for path in sorted((folder / "Label").iterdir())]
    (folder / "ClusterLabel").mkdir()
    for k in (0, 1):
        text = "\n".join([parts[k][0], *parts[k][1:], *parts[k + 2][1:]]) + "\n"
        (folder / "ClusterLabel" / f"Cluster{k}.label").write_text(text)
    report = prepare_gazehub(folder, tmp_path / "eyes.h5", labels=folder / "ClusterLabel")
    with h5py.File(report.output) as file:
        found = list(zip(file["split"].asstr()[::3], file["subject"].asstr()[::3], strict=True))
    assert found == [("Cluster0", "p1"), ("Cluster0", "p3"), ("Cluster1", "p2"), ("Cluster1", "p4")]


def header_of(text: str, name: str = "p01.label") -> Callable[[Path], None]:
    """Another first line."""

    def change(folder: Path) -> None:
        path = folder / "Label" / name
        path.write_text("\n".join([text, *path.read_text().splitlines()[1:]]) + "\n")

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda f: (f / "Label/p00.label").write_text("p00/1.jpg day01/1.jpg left 0,0,-1 0,0,0 0,0 0,0\n"),
            r"p00\.label: expected a header as GazeHub's scripts write it, such as 'Image .*', found 'p00/1\.jpg",
        ),
        (header_of("RightEye LeftEye Name RightGaze LeftGaze RightHead LeftHead", "p00.label"), "expected a header as"),
        (header_of("Face Left Right Grid Xcam,Ycam Xdot,Ydot Device", "p00.label"), "expected a header as GazeHub's"),
        (
            header_of("Image Origin WhichEye 3DGaze 3DHead 2DGaze 2DHead", "p01.label"),
            r"p01\.label: the header 'Image .* 2DHead' is another than in .*p00\.label, 'Image .* GazeOrigin'",
        ),
        (header_of("Image Image WhichEye 3DGaze 2DGaze", "p00.label"), "the header names the column 'Image' twice"),
        (lambda f: (f / "Label/p00.label").write_text(""), r"p00\.label: expected a header as .* found ''"),
        (
            lambda f: (f / "Label/p00.label").write_bytes(b"\xff\xfe\x00"),
            r"p00\.label: expected GazeHub's labels as text",
        ),
        (
            lambda f: shutil.rmtree(f / "Label"),
            r"Label: expected a folder with GazeHub's \.label files, but there is none",
        ),
        (lambda f: [p.unlink() for p in (f / "Label").iterdir()], r"expected GazeHub's \.label files in it or below"),
        (lambda f: shutil.rmtree(f / "Image"), r"line 2: the picture p00/1\.jpg is in none of .*/Image, .*; name the"),
        (lambda f: shutil.rmtree(f), "expected a folder with GazeHub's Image and Label, but there is no such folder"),
        (
            lambda f: [(f / f"Label/p0{k}.label").write_text(HEADERS["eye"] + "\n") for k in (0, 1)],
            r"p00\.label: expected a line a picture below the header, found none",
        ),
    ],
)
def test_folders_that_are_none_are_refused(tmp_path: Path, change: Callable[[Path], object], said: str) -> None:
    folder = write_gazehub(tmp_path / "hub", "eye")
    change(folder)
    with pytest.raises(InputError, match=said):
        prepare_gazehub(folder, tmp_path / "eyes.h5", keep_going=True)


def test_vectors_alone_are_refused_and_angles_alone_are_read(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "ut")
    for path in folder.rglob("*.label"):
        lines = [line.split(" ") for line in path.read_text().splitlines()]
        path.write_text("".join(" ".join(line[:4]) + "\n" for line in lines))
    with pytest.raises(InputError, match="3DGaze without 2DGaze, so its frame is not known"):
        prepare_gazehub(folder, tmp_path / "a.h5")
    folder = write_gazehub(tmp_path / "angles", "ut")
    for path in folder.rglob("*.label"):
        lines = [line.split(" ") for line in path.read_text().splitlines()]
        path.write_text("".join(" ".join([line[0], line[5], line[6]]) + "\n" for line in lines))
    with open_eyes(prepare_gazehub(folder, tmp_path / "b.h5", size=SIZE).output) as eyes:
        assert convention_of(eyes.labels["gaze"].attributes, "x").name == "gazehub"
        assert known_head(eyes.labels, "x") is not None
        assert eyes.read_label("gaze", 0, 6).tolist() == numbers(lines_in(folder), "2DGaze")


def test_columns_that_others_added(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "ut")
    extra = {"Onscreen": "1.5,2.5", "note": "good", "landmarks_2d": "1,2,3,4,5,6", "age": "31"}
    for path in folder.rglob("*.label"):
        header, *lines = path.read_text().splitlines()
        more = [" ".join(extra), *[" ".join(extra.values())] * len(lines)]
        path.write_text("\n".join(f"{a} {b}" for a, b in zip([header, *lines], more, strict=True)))
    report = prepare_gazehub(folder, tmp_path / "eyes.h5")
    assert any(note.startswith("'landmarks_2d': left out") for note in report.notes)
    with h5py.File(report.output) as file:
        assert file["Onscreen"][()].tolist() == [[1.5, 2.5]] * 6
        assert file["age"][()].tolist() == [31.0] * 6
        assert file["note"].asstr()[()].tolist() == ["good"] * 6
    replaced("Onscreen", "subject", line=1, name="synth/s00.label")(folder)
    replaced("Onscreen", "subject", line=1, name="synth/s01.label")(folder)
    with pytest.raises(InputError, match="the column 'subject' has the name of a label of its own; rename it"):
        prepare_gazehub(folder, tmp_path / "o.h5")


def test_labels_and_pictures_in_other_places(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "rt-gene")
    (folder / "Label").rename(folder / "Label-glasses")
    for person in list((folder / "Image").iterdir()):
        person.rename(folder / person.name)
    (folder / "Image").rmdir()
    with pytest.raises(InputError, match=r"Label: expected a folder .* but there is none; name it with --labels"):
        prepare_gazehub(folder, tmp_path / "a.h5")
    assert prepare_gazehub(folder, tmp_path / "a.h5", labels=folder / "Label-glasses").n_images == 6
    one = folder / "Label-glasses" / "train" / "train1.label"
    report = prepare_gazehub(folder, tmp_path / "b.h5", labels=one, images=folder)
    assert report.n_images == 3
    with pytest.raises(InputError, match=r"the picture s000_glasses.* is in none of .*/Label-glasses; name the folder"):
        prepare_gazehub(folder, tmp_path / "c.h5", labels=one, images=folder / "Label-glasses")
    with pytest.raises(InputError, match=r"none: expected a folder .* but there is no such file or folder"):
        prepare_gazehub(folder, tmp_path / "c.h5", labels=folder / "none")


@pytest.mark.parametrize(("name", "option"), [("Label", "labels"), ("Image", "images")])
def test_links_out_of_the_folder_are_named_by_hand(tmp_path: Path, name: str, option: str) -> None:
    folder = write_gazehub(tmp_path / "hub", "eye")
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        InputError, match=rf"hub/{name}: leads out of its folder to .*; name that folder with --{option}"
    ):
        prepare_gazehub(folder, tmp_path / "eyes.h5")
    assert prepare_gazehub(folder, tmp_path / "eyes.h5", **{option: tmp_path / "elsewhere"}).n_images == 6


def test_a_label_file_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "eye")
    (folder / "Label" / "p00.label").rename(tmp_path / "p00.label")
    (folder / "Label" / "p00.label").symlink_to(tmp_path / "p00.label")
    with pytest.raises(InputError, match=r"Label/p00\.label: leads out of its folder to .*; copy the file"):
        prepare_gazehub(folder, tmp_path / "eyes.h5", keep_going=True)


def test_names_of_windows_tabs_and_a_mark_at_the_start_are_read(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "face")
    plain = prepare_gazehub(folder, tmp_path / "a.h5", size=SIZE)
    for path in folder.rglob("*.label"):
        header, *lines = path.read_text().splitlines()
        windows = [line.replace("/face/", "\\face\\").replace(" ", "\t") for line in lines]
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([header, *windows, ""]).encode())
    again = prepare_gazehub(folder, tmp_path / "b.h5", size=SIZE)
    with h5py.File(plain.output) as one, h5py.File(again.output) as other_:
        assert set(one) == set(other_)
        for name in one:
            np.testing.assert_array_equal(one[name][()], other_[name][()])


def test_colours_stay(tmp_path: Path) -> None:
    folder = write_gazehub(tmp_path / "hub", "ut", persons=1, each=1)
    pixels = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "Image/s00/synth/1.jpg", "PNG")
    report = prepare_gazehub(folder, tmp_path / "eyes.h5", size=SIZE, color=True)
    with h5py.File(report.output) as file:
        np.testing.assert_array_equal(file["image"][0], pixels)


def test_other_labels_are_another_job(tmp_path: Path) -> None:
    """A killed run's units are not taken for those of a folder whose labels changed."""
    folder = write_gazehub(tmp_path / "hub", "eye")
    with h5py.File(prepare_gazehub(folder, tmp_path / "a.h5", size=SIZE).output) as file:
        first = file.attrs["provenance"]
    with_field(1, "day02/0001.jpg")(folder)
    with h5py.File(prepare_gazehub(folder, tmp_path / "b.h5", size=SIZE).output) as file:
        assert file["origin"][0].decode() == "day02/0001.jpg"
        digests = [text.split('"labels_sha256": "')[1][:64] for text in (first, file.attrs["provenance"])]
    assert digests[0] != digests[1]


def test_what_was_refined_stays_known_as_such(tmp_path: Path) -> None:
    source = prepare_gazehub(write_gazehub(tmp_path / "hub", "eye"), tmp_path / "a.h5", size=SIZE).output
    with h5py.File(source, "r+") as file:
        file.attrs["provenance"] = json.dumps({"command": "gazeaug refine-dataset a.h5", "model_sha256": "12" * 32})
    there = convert(source, tmp_path / "there", to="gazehub").output
    with open_eyes(prepare_gazehub(there, tmp_path / "back.h5", size=SIZE).output) as eyes:
        assert eyes.provenance["input_provenance"]["model_sha256"] == "12" * 32


SIDED = {  # of three left and three right eyes: what the source says, what is read again, what a note says
    "all mirrored": ([0, 0, 1, 1, 0, 1], [0, 0, 1, 1, 0, 1], None),
    "none mirrored": ([0] * 6, [0] * 6, "3 right eyes stand unmirrored beside left ones"),
    "some mirrored": ([0, 0, 1, 0, 0, 1], None, "'side' names 3 right eyes, and no label 'mirrored' says whether"),
    "not said": (None, None, "'side' names 3 right eyes, and no label 'mirrored' says whether"),
}


@pytest.mark.parametrize("name", SIDED)
@pytest.mark.parametrize("columns", ["eye", "face"])
def test_whether_right_eyes_are_mirrored_is_known_again(tmp_path: Path, name: str, columns: str) -> None:
    """`convert` flips no eye, so its folders say by themselves how right eyes stand, where all stand alike."""
    given, expected, said = SIDED[name]
    source = prepare_gazehub(write_gazehub(tmp_path / "hub", "eye"), tmp_path / "a.h5", size=SIZE).output
    with h5py.File(source, "r+") as file:
        del file["side"], file["mirrored"]
        file["side"] = np.array([b"left", b"left", b"right", b"right", b"left", b"right"])
        if given is not None:
            file["mirrored"] = np.uint8(given)
        gaze = file["gaze"][:]
    there = convert(source, tmp_path / "there", to="gazehub", columns=columns).output
    report = prepare_gazehub(there, tmp_path / "back.h5", size=SIZE)
    with h5py.File(report.output) as file:
        rows = [int(np.abs(gaze - each).sum(1).argmin()) for each in file["gaze"][:]]
        assert sorted(rows) == list(range(6))
        found = file["mirrored"][:].tolist() if "mirrored" in file else None
        assert found == (None if expected is None else [expected[i] for i in rows])
    assert [said in note for note in report.notes if "right eyes" in note] == ([] if said is None else [True])
