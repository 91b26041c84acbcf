"""The pages that show how things are done: their commands and their Python run in the order in which they stand."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import pytest
from PIL import Image
from typer.testing import CliRunner

from gazeaug.refining.work import refine
from gazeaug.runs.ready import ready_refiner
from gazeaug.samples.sets import make_sample_data
from gazeaug.training.loop import train
from gazeaug_cli.app import app
from tests.makers import models, sources
from tests.makers.runs import TINY
from tests.site.lines import ROOT, blocks_of, lines_in

pytestmark = pytest.mark.usefixtures("one_thread", "quick_classifiers")
N_EYES = 80
TINY_TRAINING = (
    "--steps 2 --batch-size 4 --features 4 --blocks 1 --camera-steps 2 --discriminator-pretrain-steps 1 --gaze-guard 0"
)
SHORTER = {
    "train": TINY_TRAINING,
    "evaluate": "--seeds 1 --estimator knn",
    "realism": "--rows 80",
    "turing": "--rows 20",
    "sample-data": "--rows 20",
}


@dataclass(frozen=True)
class Page:
    """A page whose lines are run."""

    given: str
    """Files and folders that are there when it begins."""
    not_run: Sequence[str] = ()
    """Parts of lines for which this machine lacks something, or that take minutes and are run by tests of their own."""
    draws_noise: bool = False
    """Whether refiner.onnx has variants: it is then the refiner of the package."""


EYES = "unityeyes.h5 real.h5 real_truth.h5"
PAGES = {
    "tutorials/first-refined-set.md": Page("UnityEyes_Windows my_camera_eyes"),
    "tutorials/my-own-camera.md": Page("UnityEyes_Windows real.h5 my_camera_eyes", ("prepare photos",)),
    "tutorials/cluster.md": Page(EYES, ("--engine ray", "--num-units 64", "train ")),
    "how-to/split-mix-match.md": Page("unityeyes.h5 mpiigaze.h5 refiner.onnx"),
    "how-to/variants.md": Page("unityeyes.h5 refiner.onnx", draws_noise=True),
    "how-to/csv-of-labels.md": Page("my_camera_eyes labels.csv"),
    "how-to/resume.md": Page(f"{EYES} runs"),
    "how-to/config-file.md": Page(f"{EYES} runs"),
    "how-to/logging.md": Page("runs", ("train",)),
    "how-to/own-onnx-refiner.md": Page(f"{EYES} my_refiner.onnx"),
    "how-to/precision.md": Page("refiner.onnx", ("refine-dataset", "--student")),
    "how-to/on-the-fly.md": Page(f"{EYES} refiner.onnx", draws_noise=True),
    "how-to/notebook.md": Page(f"{EYES} refiner.onnx"),
    "how-to/read-the-output.md": Page("unityeyes.refined.h5"),
    "how-to/convert.md": Page("refined.h5"),
    "how-to/does-it-help.md": Page(f"{EYES} unityeyes.refined.h5 mpiigaze.h5"),
    "how-to/report-a-bug.md": Page(EYES, ("doctor",)),
    "concepts/file-format.md": Page("unityeyes.refined.h5"),
    "concepts/labels.md": Page(f"{EYES} unityeyes.refined.h5"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the pages take for granted, small."""
    folder = tmp_path_factory.mktemp("files")
    make_sample_data(folder, rows=N_EYES)
    model = models.inverting(folder / "refiner.onnx", 35, 55)
    shutil.copy(model, folder / "my_refiner.onnx")
    for name in ("refined.h5", "unityeyes.refined.h5"):
        refine(folder / "unityeyes.h5", output=folder / name, model=model)
    with h5py.File(folder / "real_truth.h5") as truth, h5py.File(folder / "mpiigaze.h5", "w") as copy:
        for name in ("image", "look_vec"):
            truth.copy(name, copy)
        copy["subject"] = [f"p{i % 4:02d}" for i in range(N_EYES)]
    with h5py.File(folder / "refined.h5", "r+") as file:
        file["subject"] = [f"p{i % 4:02d}" for i in range(N_EYES)]
    sources.write_unityeyes(folder / "UnityEyes_Windows" / "imgs", N_EYES)
    (folder / "my_camera_eyes").mkdir()
    with h5py.File(folder / "real.h5") as file:
        for number, image in enumerate(file["image"][:40], start=1):
            Image.fromarray(image).save(folder / "my_camera_eyes" / f"{number}.png")
    rows = [f"{number}.png,{0.01 * number},{-0.01 * number}" for number in range(1, 41)]
    run = train(
        synthetic=str(folder / "unityeyes.h5"),
        real=str(folder / "real.h5"),
        run_dir=folder / "runs/first",
        steps=2,
        **TINY,
    )
    shutil.copy(model, run / "refiner.onnx")
    (folder / "labels.csv").write_text("\n".join(["file,pitch,yaw", *rows]))
    return folder


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # of torch.onnx.export itself
@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks in their order; Python shares its names, as the cells of a notebook do."""
    monkeypatch.chdir(tmp_path)
    for given in PAGES[name].given.split():
        copy = shutil.copytree if (files / given).is_dir() else shutil.copy
        copy(files / given, tmp_path / given)
    if PAGES[name].draws_noise:
        shutil.copy(ready_refiner(), "refiner.onnx")
    typed: set[str] = set()
    names: dict[str, object] = {}
    for language, block in blocks_of(ROOT / "docs" / name):
        if language == "python":
            exec(block, names)
        elif language == "yaml":
            Path("run.yaml").write_text(block)
        elif language == "":
            wanted = [line for line in lines_in(block) if not any(part in line for part in PAGES[name].not_run)]
            for line in dict.fromkeys(wanted):
                if line not in typed:  # a page may show one line twice, in two places
                    run_line(line)
                typed.add(line)
    assert typed or names


def run_line(line: str) -> None:
    """Type a line, with options that make it short; one with the number of a share, once for each share."""
    if found := re.search(r"--num-units (\d+) --unit-index \$\w+", line):
        for index in range(int(found[1])):
            run_line(re.sub(r"\$\w+", str(index), line))
        return
    words = shlex.split(line)
    name = next(word for word in words if not word.startswith("-"))
    more = shlex.split(SHORTER.get(name, ""))
    if "--resume" in words:
        more, words = [], ["4" if word == "6000" else word for word in words]
    result = CliRunner().invoke(app, [*words, *more])
    assert result.exit_code == 0, f"{line}\n{result.output}"
