"""Damaged sources of every kind: read, or refused in one sentence; nothing run, nothing left half written."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.eyefile.links import datasets_of
from gazeaug.sources.faze import prepare_faze
from gazeaug.sources.folders import prepare_folder, prepare_unityeyes, prepare_unityeyes2
from gazeaug.sources.gazehub import prepare_gazehub
from gazeaug.sources.hdf5 import copy_eyes, prepare_kaggle, prepare_mpiigaze_h5, prepare_xgaze
from gazeaug.sources.mat_files import DayReader
from gazeaug.sources.mpiigaze import prepare_mpiigaze
from gazeaug.sources.syntheseyes import prepare_syntheseyes
from gazeaug.sources.utmultiview import prepare_utmultiview
from tests.makers import sources
from tests.makers.eye_files import write_eyes
from tests.makers.gazehub import write_gazehub

LOG = logging.getLogger(__name__)
EACH = 1000  # damaged sources of a kind, without tables and names
WORDS = [
    b"1e999",
    b"-1",
    b"nan",
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"(,)",
    b"\\u0000",
    b"__import__('os').abort()",
    b"9" * 400,
]


@dataclass(frozen=True)
class Kind:
    """A source, the file of it that is damaged, and what reads it."""

    make: Callable[[Path], object]
    victim: str
    prepare: Callable[..., object]
    source: str = "."


def pictures(ending: str, **options: object) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (30, 44, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"a.{ending}", **options)

    return make


def table(folder: Path) -> None:
    Image.new("L", (60, 40)).save(folder / "a.png")
    (folder / "labels.csv").write_text("file_name,gaze_0,gaze_1,who\na.png,0.1,0.2,p00\n")


def lines(folder: Path) -> None:
    Image.new("L", (60, 40)).save(folder / "a.png")
    (folder / "labels.jsonl").write_text('{"file_name": "a.png", "gaze": [0.1, 0.2], "who": "p00"}\n')


def recording(folder: Path) -> None:
    sources.write_recording(folder, sources.make_recording("s00/test/000_left", 3, 0))


def with_table(name: str) -> Callable[..., object]:
    return lambda folder, output: prepare_folder(folder, output, labels=folder / name, convention="mpiigaze")


EXIF = Image.Exif()
EXIF[0x0112] = 6
KINDS = {
    "unityeyes json": Kind(lambda f: sources.write_unityeyes(f, 1), "1.json", prepare_unityeyes),
    "unityeyes jpg": Kind(lambda f: sources.write_unityeyes(f, 1), "1.jpg", prepare_unityeyes),
    "unityeyes2 json": Kind(lambda f: sources.write_unityeyes2(f, 1), "1.json", prepare_unityeyes2),
    "syntheseyes pkl": Kind(
        lambda f: sources.write_syntheseyes(f, 1, protocol=0), "f01/f01_0.pkl", prepare_syntheseyes
    ),
    "syntheseyes pkl 2": Kind(lambda f: sources.write_syntheseyes(f, 1), "f01/f01_0.pkl", prepare_syntheseyes),
    "syntheseyes pkl 5": Kind(
        lambda f: sources.write_syntheseyes(f, 1, protocol=5), "f01/f01_0.pkl", prepare_syntheseyes
    ),
    "csv": Kind(table, "labels.csv", with_table("labels.csv")),
    "jsonl": Kind(lines, "labels.jsonl", with_table("labels.jsonl")),
    "jpg": Kind(pictures("jpg", exif=EXIF), "a.jpg", prepare_folder),
    "png": Kind(pictures("png", exif=EXIF), "a.png", prepare_folder),
    "gif": Kind(pictures("gif"), "a.gif", prepare_folder),
    "tif": Kind(pictures("tif", compression="tiff_lzw"), "a.tif", prepare_folder),
    "bmp": Kind(pictures("bmp"), "a.bmp", prepare_folder),
    "webp": Kind(pictures("webp"), "a.webp", prepare_folder),
    "eyes": Kind(lambda f: write_eyes(f / "e.h5", 20), "e.h5", copy_eyes, "e.h5"),
    "kaggle": Kind(lambda f: sources.write_kaggle(f / "k.h5", 3), "k.h5", prepare_kaggle, "k.h5"),
    "mpiigaze-h5": Kind(lambda f: sources.write_mpiigaze_h5(f / "m.h5", 3), "m.h5", prepare_mpiigaze_h5, "m.h5"),
    "gazehub": Kind(lambda f: write_gazehub(f, "face", persons=1), "Label/p00.label", prepare_gazehub),
    "gazehub eth": Kind(lambda f: write_gazehub(f, "eth", persons=1), "Label/train.label", prepare_gazehub),
    "faze": Kind(lambda f: sources.write_faze(f / "f.h5", {"a": 3}), "f.h5", prepare_faze, "f.h5"),
    "utmultiview csv": Kind(recording, "s00/test/000_left.csv", prepare_utmultiview),
    "utmultiview zip": Kind(recording, "s00/test/000_left.zip", prepare_utmultiview),
    "xgaze": Kind(lambda f: sources.write_xgaze(f / "x.h5", 3, size=24), "x.h5", prepare_xgaze, "x.h5"),
}


def damaged(whole: bytes, dice: np.random.Generator) -> bytes:
    """Bytes changed, words put in, pieces moved or taken out, the end cut off."""
    data = bytearray(whole)
    for _ in range(dice.integers(1, 5)):
        place, length = int(dice.integers(0, len(data) + 1)), int(dice.integers(1, 30))
        way = dice.integers(0, 6)
        if way == 0:
            data[place : place + 1] = bytes([dice.integers(0, 256)])
        elif way == 1:
            data[place : place + length] = WORDS[dice.integers(0, len(WORDS))]
        elif way == 2:
            data[place : place + length] = b""
        elif way == 3:
            data[place:place] = data[: 4 * length]
        elif way == 4:
            data[place : place + 4] = bytes(dice.integers(0, 256, 4, dtype=np.uint8).tolist())
        elif len(data) > 20:
            del data[int(dice.integers(10, len(data))) :]
    return bytes(data)


def attack(kind: Kind, folder: Path, n: int, seed: int) -> int:
    """Read `n` damaged sources, each within seconds; how many were refused."""
    home = folder / "in"
    home.mkdir()
    kind.make(home)
    victim, output = home / kind.victim, folder / "o.h5"
    whole, dice = victim.read_bytes(), np.random.default_rng(seed)
    before = sorted(path.name for path in home.rglob("*"))
    n_refused, longest_s = 0, 0.0
    for _ in range(n):
        victim.write_bytes(damaged(whole, dice))
        began = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                kind.prepare(home / kind.source, output)
        except InputError:
            assert not list(folder.glob("o.h5*"))
            n_refused += 1
        else:
            with h5py.File(output) as file:
                assert len(file["image"]) > 0
            output.unlink()
        longest_s = max(longest_s, time.monotonic() - began)
        assert longest_s < 10
        assert sorted(path.name for path in home.rglob("*")) == before
        assert sorted(path.name for path in folder.iterdir()) == ["in"]
    shutil.rmtree(home)
    LOG.info("%d damaged, %d refused, longest %.2f s", n, n_refused, longest_s)
    return n_refused


def attack_days(write: Callable[[Path, dict[str, Any]], None], folder: Path, n: int, seed: int) -> int:
    """The same for MATLAB files, many in a folder: the reading process starts anew only where one ended it."""
    whole_day = folder / "whole.mat"
    write(whole_day, sources.make_day(2, 0))
    whole, dice, output = whole_day.read_bytes(), np.random.default_rng(seed), folder / "o.h5"
    person = folder / "in" / "p00"
    person.mkdir(parents=True)
    for number in range(n):
        (person / f"day{number:05d}.mat").write_bytes(damaged(whole, dice))
    write(folder / "in" / "p01" / "day01.mat", sources.make_day(2, 1))
    report = prepare_mpiigaze(folder / "in", output, keep_going=True)
    with h5py.File(output) as file:
        days, counts = np.unique(file["day"].asstr()[()], return_counts=True)
        assert file["subject"].asstr()[-4:].tolist() == ["p01"] * 4
    assert len(days) - 1 + report.n_rejected == n
    assert set(counts) <= {2, 4}  # a damaged list of names may have one picture only
    shutil.rmtree(folder / "in")
    for path in folder.glob("o.h5*"):
        path.unlink()
    return report.n_rejected


def forget_peak() -> None:
    """Let the kernel measure this process' peak of memory from here."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mib(pid: int | str = "self") -> int:
    """Most memory that a process has had resident; of this one, since `forget_peak`."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) >> 10


@dataclass
class Reads:
    """The longest that a MATLAB file took, and the most memory that its reading process had afterwards."""

    longest_s: float = 0.0
    peak_mib: int = 0


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    read = DayReader.read

    def measured(reader: DayReader, path: Path, choose: Any) -> object:
        began = time.monotonic()
        try:
            return read(reader, path, choose)
        finally:
            found.longest_s = max(found.longest_s, time.monotonic() - began)
            found.peak_mib = max([found.peak_mib, *map(peak_mib, reader._process._processes)])

    monkeypatch.setattr(DayReader, "read", measured)
    return found


TABLE_WORDS = [
    *(
        ",",
        ";",
        "\t",
        '"',
        '""',
        "\n",
        "\r\n",
        "\r",
        " ",
        "\0",
        "\ufeff",
        "\udcff",
        "-",
        "=",
        "'",
        "/",
        "\\",
        "./",
        "../",
    ),
    *("file", "path", "image", "gaze_0", "x_0", "pitch", "a/b", "", "sep=;", "NaN", "null", "1,5", "1.234,5", "1e999"),
    *("0001", "\N{MINUS SIGN}1", "\u0661", "e\u0301", "p00/1.png", "1.png", "9" * 200_000, "x" * 70_000, "__proto__"),
]
ENCODINGS = ["utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "mac-roman", "shift-jis"]
TABLES = {
    "t.csv": "file,gaze_0,gaze_1,who,age\np00/1.png,0.5,-0.2,p00,1\np01/1.png,0.1,0.3,p01,\n",
    "u.csv": 'file;pitch;yaw;who\n"p00/1.png";0,5;-0,2;"a;b"\np01\\1.png;0,1;0,3;\u00e9\n',
    "v.tsv": "\tfile\tpitch\tyaw\n0\tp00/1.png\t0.5\t-0.2\n1\tp01/1.png\t0.1\t0.3\n",
    "w.jsonl": '{"file": "p00/1.png", "gaze": [0.5, 1], "x": null}\n{"file": "p01/1.png", "gaze": [0, 1], "x": 2}\n',
    "x.json": '[{"file": "p00/1.png", "x": "a"}, {"file": "p01/1.png", "x": "b"}]',
}


def tampered(table: str, dice: np.random.Generator) -> bytes:
    """A table with words put in or in others' place, lines moved or doubled, another separator, another encoding."""
    text = table
    for _ in range(dice.integers(1, 3)):
        way, place, word = dice.integers(0, 6), int(dice.integers(0, len(text) + 1)), TABLE_WORDS[dice.integers(0, 37)]
        lines = text.split("\n")
        if way == 0:
            text = text[:place] + word + text[place:]
        elif way == 1:
            text = text[:place] + word + text[place + len(word) :]
        elif way == 2:
            text = "\n".join([*lines, lines[dice.integers(0, len(lines))]])
        elif way == 3:
            text = text.replace(",;\t"[dice.integers(0, 3)], ",;\t"[dice.integers(0, 3)])
        elif way == 4:
            text = "\n".join(dice.permutation(lines).tolist())
        else:
            cells = text.split(",")
            cells[dice.integers(0, len(cells))] = word
            text = ",".join(cells)
    raw = text.encode(ENCODINGS[dice.integers(0, len(ENCODINGS))], errors="ignore")
    return damaged(raw, dice) if raw and dice.random() < 0.1 else raw


def attack_tables(folder: Path, n: int, seed: int) -> int:
    """Prepare two pictures with `n` tables; how many were refused."""
    dice, output, said = np.random.default_rng(seed), folder / "o.h5", list[str]()
    for person in ("p00", "p01"):
        (folder / "in" / person).mkdir(parents=True)
        Image.new("L", (60, 40), int(person[1:])).save(folder / "in" / person / "1.png")
    for _ in range(n):
        name = list(TABLES)[dice.integers(0, len(TABLES))]
        (folder / name).write_bytes(tampered(TABLES[name], dice))
        stated = [None, "mpiigaze", "opencv"][dice.integers(0, 3)]
        keep_going = bool(dice.integers(0, 2))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                prepare_folder(folder / "in", output, labels=folder / name, convention=stated, keep_going=keep_going)
        except InputError as error:
            said.append(str(error))
        else:
            with h5py.File(output) as file:
                assert list(file["path"].asstr()) == ["p00/1.png", "p01/1.png"][: len(file["image"])] or keep_going
                assert {len(label) for label in datasets_of(file, skip="").values()} == {len(file["image"])}
                if stated is not None:
                    assert np.isfinite(file["gaze" if "gaze" in file else "look_vec"]).all()
            for path in folder.glob("o.h5*"):
                path.unlink()
        (folder / name).unlink()
        assert [path.name for path in folder.iterdir()] == ["in"]
    assert all(any(name in sentence for name in TABLES) for sentence in said)
    LOG.info("%d tables, %d refused", n, len(said))
    return len(said)


NAME_PARTS = [
    *(
        b"1",
        b"a",
        b"\xff",
        b"\xc3\xa9",
        b"e\xcc\x81",
        b"\n",
        b"\r",
        b"\t",
        b" ",
        b"-",
        b"--help",
        b".",
        b"..",
        b"~",
        b"#0-1@2-3",
    ),
    *(
        b"%s",
        b"{0}",
        b"\\",
        b":",
        b"*",
        b"?",
        b'"',
        b"'",
        b"|",
        b"<",
        b"CON",
        b"NUL",
        b"\xf0\x9f\x98\x80",
        b"\xe2\x80\xae",
    ),
    *(b"\xd9\xa1", b"=", b";", b",", b"x" * 200, b"\xed\xa0\x80", b"\x7f", b"\x01", b"$HOME", b"`id`"),
]


def odd_name(dice: np.random.Generator, ending: bytes) -> bytes:
    """A name of up to 255 bytes that a disk may hold."""
    parts = [NAME_PARTS[i] for i in dice.integers(0, len(NAME_PARTS), dice.integers(1, 5))]
    return b"".join(parts)[: 255 - len(ending)] + ending


def attack_names(folder: Path, n: int, seed: int) -> int:
    """Prepare `n` folders with two pictures; they, the folder and the output have odd names, which a table has too."""
    dice, n_refused = np.random.default_rng(seed), 0
    plain_picture = folder / "plain.png"
    Image.new("L", (60, 40), 90).save(plain_picture)
    for _ in range(n):
        home = Path(os.fsdecode(os.fsencode(folder) + b"/d" + odd_name(dice, b"")[:200]))
        names = {os.fsdecode(odd_name(dice, b".png")) for _ in range(2)}
        for name in names:
            home.mkdir(exist_ok=True)
            shutil.copy(plain_picture, home / name)
        output = folder / os.fsdecode(b"o" + odd_name(dice, b".h5")[-254:])
        table = folder / "t.csv"
        rows = "".join(f"{json.dumps(name)[1:-1] if dice.random() < 0.1 else name},1\n" for name in names)
        table.write_text(f"file,x\n{rows}", errors="surrogateescape")
        labels = table if dice.random() < 0.5 else None
        try:
            report = prepare_folder(home, output, labels=labels, keep_going=bool(dice.integers(0, 2)))
        except InputError:
            n_refused += 1
        else:
            assert report.n_images + report.n_rejected == len(names)
            with h5py.File(output) as file:
                assert set(file["path"].asstr()) <= names
        finally:
            shutil.rmtree(home)
            table.unlink()
            for path in folder.glob("o*"):
                path.unlink()
        assert [path.name for path in folder.iterdir()] == ["plain.png"]
    LOG.info("%d folders, %d refused", n, n_refused)
    return n_refused


def test_tampered_tables_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    assert 20 < attack_tables(tmp_path, 60, 0) < 60


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take such names")
def test_odd_names_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    assert 2 < attack_names(tmp_path, 40, 0) < 40


@pytest.mark.slow
def test_two_thousand_tampered_tables(tmp_path: Path) -> None:
    assert 400 < attack_tables(tmp_path, 2 * EACH, 1) < 2 * EACH


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take such names")
def test_two_thousand_odd_names(tmp_path: Path) -> None:
    assert 100 < attack_names(tmp_path, 2 * EACH, 1) < 2 * EACH


MATLAB = {"mat 5": sources.write_format_5, "mat 7.3": sources.write_hdf5}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", KINDS)
def test_damage_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    assert attack(KINDS[name], tmp_path, 25, 0) >= 3


@pytest.mark.parametrize("name", MATLAB)
def test_damaged_days_are_left_out(tmp_path: Path, name: str) -> None:
    assert attack_days(MATLAB[name], tmp_path, 25, 0) >= 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("name", KINDS)
def test_thousands_of_damaged_sources(tmp_path: Path, name: str) -> None:
    """A thousand of each kind, and two thousand MATLAB files below."""
    sources.render()  # the makers' own memory is not measured
    forget_peak()
    assert attack(KINDS[name], tmp_path, EACH, 1) >= EACH // 10
    LOG.info("peak %d MiB", peak_mib())
    assert peak_mib() < 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", MATLAB)
def test_two_thousand_damaged_days(tmp_path: Path, name: str, reads: Reads) -> None:
    n_refused = attack_days(MATLAB[name], tmp_path, EACH, 1)
    LOG.info("%d damaged, %d refused, longest %.2f s", EACH, n_refused, reads.longest_s)
    LOG.info("peak %d MiB", reads.peak_mib)
    assert n_refused >= EACH // 10
    assert reads.longest_s < 10
    assert reads.peak_mib < 1024
