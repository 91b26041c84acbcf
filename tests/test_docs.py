"""The documents tell the truth: every module has its line, every command of the README runs, examples work.

What holds the README and its Chinese version together is in test_readme.py.
"""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.refining.work import refine
from gazeaug.samples.sets import make_sample_data
from gazeaug_cli.app import app
from tests.makers import models, sources
from tests.makers.gazehub import write_gazehub
from tests.makers.processes import finished, run_script
from tests.makers.sources import write_item

ROOT = Path(__file__).parents[1]
README, SOURCES = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/sources.md"))
QUICK = "--steps 2 --batch-size 4 --features 4 --blocks 1 --camera-steps 2 --discriminator-pretrain-steps 1"


PACKAGES = ("gazeaug", "exporters/gazeaug_exporters", "cli/gazeaug_cli", "cli/gazeaug_studio")


def modules() -> list[Path]:
    return [path for folder in PACKAGES for path in sorted((ROOT / folder).rglob("*.py"))]


def test_architecture_has_a_line_for_every_module_and_no_other() -> None:
    """A heading for each package, and below it a row for each of its modules."""
    listed, folder = [], ""
    for line in (ROOT / "docs" / "architecture.md").read_text("utf-8").splitlines():
        if heading := re.match(r"#+ `([\w/]+)/`", line):
            folder = heading[1]
        elif row := re.match(r"\| `(\w+\.py)`", line):
            listed.append(f"{folder}/{row[1]}")
    named = [path.relative_to(ROOT).as_posix() for path in modules() if path.name != "__init__.py"]
    assert sorted(listed) == sorted(named)


@pytest.fixture(scope="module")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    make_sample_data(folder, rows=80)
    return folder


def commands(heading: str, page: str = README) -> list[str]:
    """The lines of gazeaug in a section of the README or another page, without the name of the program."""
    section = re.split(r"^#{2,3} ", page.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    return re.findall(r"^gazeaug (.+)$", section, re.M)


def run_all(lines: list[str], **more: str) -> None:
    """Run lines as typed, but for what `more` adds to a command."""
    for line in lines:
        result = CliRunner().invoke(app, shlex.split(f"{line} {more.get(line.split()[0], '')}"))
        assert result.exit_code == 0, (line, result.output)


def test_the_quick_start_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as typed, in a folder with what UnityEyes wrote, but for a training run of two steps."""
    monkeypatch.chdir(tmp_path)
    Path("UnityEyes_Windows/imgs").mkdir(parents=True)
    Path("my_camera_eyes").mkdir()
    for i in range(1, 9):
        write_item(Path("UnityEyes_Windows/imgs"), i)
        noise = np.random.default_rng(i).integers(0, 256, (40, 70), np.uint8)
        Image.fromarray(noise).save(f"my_camera_eyes/{i}.png")
    run_all(commands("Refine with the ready refiner"))
    run_all(commands("Collect real eyes"))
    run_all(commands("The three commands"), train=QUICK)
    assert {path.name for path in Path().glob("*.png")} == {"eyes.png", "ready.png", "real.png", "refined.png"}


def test_the_three_commands_of_the_readme(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as typed, but for a training run of two steps."""
    monkeypatch.chdir(sample_folder)
    wanted = ["train", "export --onnx", "refine-dataset unityeyes.h5 --labels look_vec"]
    assert commands("The three commands")[:3] == wanted
    run_all(wanted, train=QUICK)
    with h5py.File("unityeyes.h5") as given, h5py.File("unityeyes.refined.h5") as refined:
        assert given["look_vec"][()].tobytes() == refined["look_vec"][()].tobytes()
        assert sorted(refined) == ["image", "look_vec"]


def test_the_shares_of_the_readme(sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as typed, but for the model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "unityeyes.h5").write_bytes((sample_folder / "unityeyes.h5").read_bytes())
    model = models.inverting(tmp_path / "refiner.onnx", 35, 55)
    shared, merge, verify = commands("Large datasets")
    share = shared.split("0   #")[0]
    assert share.endswith("--unit-index ")
    run_all([f"{share}{index} -m {model}" for index in range(4)])
    run_all([merge, verify])


@pytest.mark.parametrize("place", [0, 1])
def test_the_python_of_the_readme(
    place: int, sample_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unityeyes.h5").write_bytes((sample_folder / "unityeyes.h5").read_bytes())
    models.inverting(tmp_path / "refiner.onnx", 35, 55)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(re.findall(r"```python\n(.*?)```", README, re.S)[place], names)
    if place == 0:
        some = names["some"]
        assert {name: np.shape(rows) for name, rows in some.items()} == {"image": (64, 35, 55), "look_vec": (64, 4)}  # type: ignore[attr-defined]
    else:
        assert np.shape(names["refined"]) == (64, 35, 55)
        assert np.shape(names["picture"]) == (1, 35, 55)


PAGE_ON_TRAINERS = re.split(r"^#{2,3} ", (ROOT / "docs" / "trainers.md").read_text("utf-8"), flags=re.M)
REFINING = "gazeaug refine-dataset unityeyes.h5 -o refined.h5"  # once for all of them, in a fixture
BLOCKS = [
    pytest.param(block, id=f"{section.splitlines()[0]} {i}")
    for section in PAGE_ON_TRAINERS
    for i, block in enumerate(re.split(r"^```\n(?=gazeaug )", section, flags=re.M)[1:])
]


@pytest.fixture(scope="module")
def eyes_of_15(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in the clone of a trainer: rendered eyes of 15 persons, the same refined, and real ones."""
    folder = tmp_path_factory.mktemp("trainers")
    for name in ("unityeyes.h5", "real.h5"):
        (folder / name).write_bytes((sample_folder / name).read_bytes())
    with h5py.File(folder / "unityeyes.h5", "r+") as file:
        file["subject"] = [f"p{i % 15:02d}" for i in range(80)]
    refine(
        folder / "unityeyes.h5", output=folder / "refined.h5", model=models.inverting(folder / "refiner.onnx", 35, 55)
    )
    return folder


@pytest.mark.parametrize("block", BLOCKS)
def test_the_lines_for_trainers(block: str, eyes_of_15: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of gazeaug exactly as typed; all that the trainer is then told to read is there."""
    monkeypatch.chdir(tmp_path)
    for name in ("unityeyes.h5", "real.h5", "refined.h5"):
        Path(name).symlink_to(eyes_of_15 / name)
    code, after = block.split("```", 1)
    lines = code.splitlines()
    typed = [line for line in lines if line.startswith("gazeaug ") and line != REFINING]
    assert typed
    for line in typed:
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert result.exit_code == 0, result.output
    settings = re.findall(r"`[\w.]+: ([^`]+)`", after.split("\n- ")[0])
    told = [*settings, *shlex.split("\n".join(line for line in lines if not line.startswith("gazeaug ")))]
    outputs = {Path(shlex.split(line)[-1]).name for line in typed}
    named = [path for word in told if (path := Path(word.removeprefix("../"))).parts[:1] and path.parts[0] in outputs]
    assert named or "config.py" in after
    assert all(path.exists() for path in named), named


def test_the_table_of_labels_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my_camera_eyes").mkdir()
    for i in range(1, 4):
        Image.fromarray(np.full((40, 70), 9 * i, np.uint8)).save(f"my_camera_eyes/{i}.png")
    Path("labels.csv").write_text("file,pitch,yaw\n1.png,0,0.1\n2.png,0.1,0\n3.png,0.1,0.1\n")
    lines = [line for line in commands("Data sources") if re.match(r"prepare folder|convert", line)]
    assert len(lines) == 2
    run_all([lines[0], *re.findall(r"^`gazeaug (inspect labelled.h5 .*?)`", README, re.M), lines[1]])
    assert Path("eyes.png").exists()


def test_the_data_set_commands_of_the_readme_and_of_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lists = Path("MPIIGaze/Evaluation Subset/sample list for eye image")
    lists.mkdir(parents=True)
    for person in ("p00", "p01"):
        day = sources.make_day(40, int(person[1:]))
        sources.write_format_5(Path(f"MPIIGaze/Data/Normalized/{person}/day01.mat"), day)
        (lists / f"{person}.txt").write_text("".join(f"day01/{i:04d}.jpg left\n" for i in range(1, 41)))
    sources.write_mpiigaze_h5(Path("MPIIGaze.h5"), 40)
    sources.write_xgaze(Path("subject0000.h5"), 3, size=32)
    sources.write_kaggle(Path("gaze.h5"), 40)
    sources.write_unityeyes2(Path("EER_eye_data"), 2)
    sources.write_syntheseyes(Path("SynthEyes_data"), 2)
    sources.write_columbia(Path("Columbia Gaze Data Set"), 2)
    sources.write_faze(Path("GazeCapture.h5"), {"a": 3, "b": 2})
    write_gazehub(Path("MPIIGaze_gazehub"))
    sources.write_utmultiview(Path("UTMultiview"))
    Path("UnityEyes_Windows/imgs").mkdir(parents=True)
    write_item(Path("UnityEyes_Windows/imgs"), 1)
    lines = commands("A command for each data set", SOURCES)
    assert len(lines) == 11
    run_all(lines)
    short = [line for line in commands("Data sources") if not re.match(r"prepare folder|convert", line)]
    assert len(short) == 3
    assert set(short) <= set(lines)


@pytest.mark.usefixtures("quick_classifiers")
def test_the_measuring_commands_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as typed, but for estimators and classifiers that take no time."""
    monkeypatch.chdir(tmp_path)
    make_sample_data(tmp_path, rows=100)
    refine(tmp_path / "unityeyes.h5", model=models.inverting(tmp_path / "refiner.onnx", 35, 55))
    lines = commands("Does it help?")
    assert [line.split()[0] for line in lines] == ["evaluate", "drift", "realism", "turing"]
    run_all(lines, evaluate="--estimator knn")


EXAMPLES = {
    "train_gaze.py": ("1", "degrees", None),
    "refine_from_python.py": ("refiner.onnx", "the same in", None),
    "train_with_eye_dataset.py": ("1", "degrees", None),
    "train_as_mpiigaze.py": ("1", "degrees", None),
    "train_lightning.py": ("1", "after 1 epochs", "lightning"),
    "read_with_hugging_face.py": (None, "80 eyes; a batch: (16, 35, 55) pictures, (16, 2) angles", "datasets"),
}


def test_every_example_is_run() -> None:
    assert set(EXAMPLES) == {path.name for path in (ROOT / "examples").glob("*.py")}


@pytest.mark.parametrize("script", EXAMPLES)
def test_examples_run(script: str, sample_folder: Path, tmp_path: Path) -> None:
    argument, said, library = EXAMPLES[script]
    if library is not None and find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    (tmp_path / "unityeyes.h5").write_bytes((sample_folder / "unityeyes.h5").read_bytes())
    models.inverting(tmp_path / "refiner.onnx", 35, 55)
    line = [str(ROOT / "examples" / script), "unityeyes.h5", *([argument] if argument else [])]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    spoken = tmp_path / "said.txt"
    status = finished(line, folder=tmp_path, said=spoken, run=run_script, environment=offline)
    assert status == 0, spoken.read_text()
    assert said in spoken.read_text()
    assert "is now called" not in spoken.read_text()  # an old name
