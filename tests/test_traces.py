"""What leaves the machine with a file: no path from the root and no name of a host, in anything that a job writes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug import provenance
from gazeaug.provenance import folders_out_of, short_names, without_folders
from gazeaug_cli.app import app
from tests.makers import models
from tests.makers.eye_files import compress, damage, write_eyes

HOST, PRIVATE = "host-of-nobody-else", "somebodys-private-folder"
SHAPE = (35, 55)
QUICK = "--batch-size 4 --features 4 --blocks 1 --discriminator-width 0.1 --camera-steps 2 --buffer-size 8 --device cpu"
QUICK += " --discriminator-pretrain-steps 1 --gaze-guard 0 --validation-interval 3 --checkpoint-interval 3"

# What must hold a path, and why. Everything else that is written is searched.
EXCEPTIONS = {
    "runs/first/config.json": "gazeaug train --resume reads the two sets again from where they were typed",
}

PLACES = {
    "MODEL": "HOME/runs/first/refiner.onnx",
    "RENDERED": "HOME/data/unityeyes.h5",
    "REFINED": "HOME/data/unityeyes.refined.h5",
    "REAL": "HOME/data/real.h5",
}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / PRIVATE


@pytest.fixture(scope="module")
def written(home: Path) -> Path:
    """A folder with everything that a small whole job writes, every path of it typed from the root."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "gethostname", lambda: HOST)
        for name, value in (("EPOCHS", 1), ("LEAST_UPDATES", 4)):
            patched.setattr(f"gazeaug.evaluation.two_sample_test.{name}", value)

        def run(line: str) -> None:
            for name, path in PLACES.items():
                line = line.replace(name, path)
            arguments = line.replace("HOME", str(home)).split()
            patched.setattr(sys, "argv", ["gazeaug", *arguments])
            result = CliRunner().invoke(app, arguments)
            assert result.exit_code == 0, (line, result.output, result.exception)

        pictures = home / "pictures"
        pictures.mkdir(parents=True)
        for i in range(6):
            Image.fromarray(np.random.default_rng(i).integers(0, 256, SHAPE, dtype=np.uint8)).save(
                pictures / f"{i}.png"
            )
        (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        (home / "labels.csv").write_text("file_name,score\n" + "".join(f"{i}.png,{i}\n" for i in range(6)))
        run("prepare folder HOME/pictures -o HOME/prepared.h5 --labels HOME/labels.csv --keep-going")
        run("sample-data HOME/data --rows 120")
        for name in ("unityeyes.h5", "real_truth.h5"):  # the same names in another folder
            (home / "more").mkdir(exist_ok=True)
            shutil.copy(home / "data" / name, home / "more" / name)
        run(f"train --synthetic RENDERED --real REAL --run-dir HOME/runs/first --steps 6 {QUICK}")
        run("export --onnx --run-dir HOME/runs/first")
        run("report HOME/runs/first")
        run("refine-dataset RENDERED -m MODEL")
        run("refine-dataset RENDERED -m MODEL -oHOME/packed.h5 --compression gzip")
        run("refine-dataset RENDERED HOME/more/unityeyes.h5 --model=MODEL -o HOME/two.h5")
        run("refine-dataset RENDERED -m MODEL -o HOME/parts.h5 --layout sharded")
        damaged = compress(write_eyes(home / "damaged.h5", 96, shape=(16, 18)))
        damage(damaged, 2)
        models.inverting(home / "other.onnx")
        run("refine-dataset HOME/damaged.h5 -m HOME/other.onnx --skip-bad-rows -o HOME/saved.h5")
        run("drift RENDERED REFINED --flag 2 --grid HOME/moved.png")
        run("realism REFINED REAL --synthetic RENDERED -o HOME/realism.html")
        run("turing REFINED REAL --rows 4 -o HOME/turing.html")
        run("split RENDERED -o HOME/a.h5=0.5 -o HOME/b.h5=0.5")
        run("mix HOME/a.h5=3 HOME/b.h5=1 -o HOME/mixed.h5")
        run("match HOME/a.h5 --target HOME/b.h5 -o HOME/matched.h5")
        run("convert HOME/a.h5 --to folder -o HOME/folder")
        run("convert HOME/a.h5 --to gazehub -o HOME/gazehub")
        evaluated = "--train RENDERED --train REFINED --train HOME/more/unityeyes.h5"
        run(f"evaluate {evaluated} --test HOME/data/real_truth.h5 --estimator knn --seeds 1 -o HOME/evaluation")
    return home


def contents_of(path: Path) -> bytes:
    """The bytes of a file; of HDF5, attributes and rows too, which may be packed or cut in pieces there."""
    found = path.read_bytes()
    if h5py.is_hdf5(path):
        parts: list[str] = []

        def note(name: str, item: h5py.HLObject) -> None:
            parts.extend([name, *(f"{key} {value}" for key, value in item.attrs.items())])
            if isinstance(item, h5py.Dataset) and item.dtype.kind in "OS":
                parts.extend(map(str, item[()]))

        with h5py.File(path) as file:
            parts.extend(f"{key} {value}" for key, value in file.attrs.items())
            file.visititems(note)
        found += "\n".join(parts).encode()
    return found


def test_nothing_that_is_written_names_a_folder_a_user_or_a_host(written: Path) -> None:
    traces = [HOST, PRIVATE, str(Path.cwd()), os.path.dirname(onnx.__file__), str(written.parent)]
    given = {"labels.csv", "damaged.h5", "other.onnx"}
    searched, found = 0, []
    for path in written.rglob("*"):
        name = path.relative_to(written).as_posix()
        if path.is_dir() or name in EXCEPTIONS or name in given or name.startswith("pictures/"):
            continue
        searched += 1
        found += [(name, trace) for trace in traces if trace in name or trace.encode() in contents_of(path)]
    assert not found
    assert searched > 40


def test_the_exceptions_are_needed(written: Path) -> None:
    for name in EXCEPTIONS:
        assert PRIVATE.encode() in (written / name).read_bytes()
    assert list((written / "runs" / "first" / "events").iterdir())


def test_what_repeating_a_job_needs_is_there_by_name(written: Path) -> None:
    with h5py.File(written / "data" / "unityeyes.refined.h5") as file:
        made = json.loads(file.attrs["provenance"])
    assert made["command"] == "gazeaug refine-dataset unityeyes.h5 -m refiner.onnx"
    assert (made["input"], made["model"]) == ("unityeyes.h5", "refiner.onnx")
    with h5py.File(written / "two.h5") as file:
        assert {name.decode() for name in file["source"][()]} == {"data/unityeyes.h5", "more/unityeyes.h5"}
    results = json.loads((written / "evaluation" / "results.json").read_text("utf-8"))["facts"]
    assert set(results["files"]) == {
        *("data/unityeyes.h5", "more/unityeyes.h5", "unityeyes.refined.h5", "real_truth.h5"),
    }
    assert results["options"]["test"] == "real_truth.h5"
    assert "pictures/broken.png" in (written / "prepared.h5.rejected.csv").read_text("utf-8")
    assert "damaged.h5: rows 32 to" in (written / "saved.h5.rejected.csv").read_text("utf-8")
    event = next((written / "runs" / "first" / "events").iterdir())
    assert ".gazeaug." in event.name


def test_the_same_weights_are_the_same_file_wherever_they_are_exported(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written / "runs" / "first", tmp_path / "elsewhere" / "first")
    first = (tmp_path / "elsewhere" / "first" / "refiner.onnx").read_bytes()
    (tmp_path / "elsewhere" / "first" / "refiner.onnx").unlink()
    code = "from gazeaug_exporters import export_onnx; export_onnx(run_dir='first')"
    environment = {**os.environ, "PYTHONHASHSEED": "7", "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "elsewhere", env=environment, check=True)
    assert (tmp_path / "elsewhere" / "first" / "refiner.onnx").read_bytes() == first
    assert b"doc_string" not in first
    model = onnx.load_from_string(first)
    assert not [node for node in model.graph.node if node.doc_string or node.metadata_props]
    assert "+" not in model.producer_version
    assert all("+" not in entry.value for entry in model.metadata_props if "versions" in entry.key)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/home/ada/eyes.h5", "eyes.h5"),
        ("/home/ada/eyes.h5=0.8", "eyes.h5=0.8"),
        ("--output=/home/ada/eyes.h5", "--output=eyes.h5"),
        ("-o/home/ada/eyes.h5", "-oeyes.h5"),
        ("C:\\Users\\Ada\\eyes.h5", "eyes.h5"),
        ("\\\\lab\\share\\eyes.h5", "eyes.h5"),
        ("~/eyes.h5", "eyes.h5"),
        ("/home/ada/a=b/eyes.h5", "eyes.h5"),
        ("ray://lab.example:10001", "ray://...:10001"),
        ("--ray-address=ray://lab.example:10001", "--ray-address=ray://...:10001"),
        ("runs/first/refiner.onnx", "runs/first/refiner.onnx"),
        ("subject=p00", "subject=p00"),
        ("--labels", "--labels"),
        ("-m", "-m"),
        ("0.5", "0.5"),
    ],
)
def test_arguments_lose_their_folders(typed: str, kept: str) -> None:
    assert without_folders(typed) == kept


def test_files_are_told_apart_by_as_little_as_does_it() -> None:
    assert short_names(["/a/x/e.h5", "/a/y/e.h5", "/a/f.h5"]) == {
        "/a/x/e.h5": "x/e.h5",
        "/a/y/e.h5": "y/e.h5",
        "/a/f.h5": "f.h5",
    }
    assert short_names(["e.h5", "/e.h5"]) == {"e.h5": "e.h5", "/e.h5": "e.h5"}
    assert (
        folders_out_of("/a/x/e.h5: row 3 of /a/x/e.h5 and b.h5", ["/a/x/e.h5", "b.h5"])
        == "e.h5: row 3 of e.h5 and b.h5"
    )


def test_a_build_of_a_package_is_no_part_of_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "version", lambda _: "2.13.0+cu130")
    assert provenance.releases("torch") == {"torch": "2.13.0"}
