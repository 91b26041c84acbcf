"""What refined eyes are worth for one camera: gaze errors of what learns from them, drift, lattice, grey levels."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.cameras.bank import camera_eyes
from benchmarks.cameras.cells import cell_path, kept
from gazeaug.drawing.sheets import Column, contact_sheet, save_sheet
from gazeaug.drift.registration_torch import iris_drift
from gazeaug.estimators.network import GazeNetwork, fit
from gazeaug.estimators.small_cnn import GazeCNN, mean_angular_error, refined_by
from gazeaug.feeding.dataset import scaled, to_NCHW
from gazeaug.refiner.equalisation import are_equalised
from gazeaug.refiner.histogram import apply_table
from gazeaug.runs.lattice import share_above
from gazeaug.runs.validation import N_VALIDATED, Validation
from gazeaug.samples.renderer import SampleEyes, render_eyes
from gazeaug.samples.sets import write_slabs
from gazeaug.training.algorithm import algorithm_1, pretrain
from gazeaug.training.plan import plan_training
from gazeaug.training.state import build_state

# No two sets of a camera share an eye: seeds of the unlabelled, the labelled and the test eyes, above the run's own.
UNLABELLED, LABELLED, TEST = 1_000, 2_000, 3_000
EPOCHS, BATCH_SIZE, LEARNING_RATE = 6, 64, 2e-3  # of every gaze CNN, as `train_gaze_cnn` has them
MEASURED = 2_000  # rows whose drift is measured
AT_ONCE = 500
ON_A_SHEET = 16  # rows


@dataclass(frozen=True, kw_only=True)
class Task:
    """One camera and seed, and how many eyes."""

    camera: str
    seed: int
    n: int
    n_test: int

    def rendered(self) -> SampleEyes:
        """What is refined: labelled eyes of the renderer."""
        return render_eyes(self.n, domain="synthetic", seed=self.seed)

    def unlabelled(self) -> NDArray[np.uint8]:
        """What it is refined towards."""
        return camera_eyes(self.camera, self.n, seed=UNLABELLED + self.seed).images

    def labelled(self) -> SampleEyes:
        """What there would be without a refiner, were gaze known: as many labelled eyes of the camera."""
        return camera_eyes(self.camera, self.n, seed=LABELLED + self.seed)

    def test(self) -> SampleEyes:
        """Other eyes of the camera."""
        return camera_eyes(self.camera, self.n_test, seed=TEST + self.seed)

    def fingerprint(self) -> str:
        """Changes with the sizes, the rendered eyes and the camera, so that no old result stands for a new camera."""
        digest = hashlib.sha256(repr(self).encode())
        digest.update(render_eyes(16, domain="synthetic", seed=self.seed).images.data)
        digest.update(camera_eyes(self.camera, 16, seed=UNLABELLED + self.seed).images.data)
        return digest.hexdigest()[:10]


def plain_path(folder: Path, task: Task) -> Path:
    """Where what is measured without a refiner is kept."""
    return cell_path(folder, "plain", task.camera, task.seed, {"task": task.fingerprint()})


def plain_cell(folder: Path, task: Task) -> dict[str, Any]:
    """What is measured without a refiner, unless it is kept there."""
    return kept(plain_path(folder, task), lambda: measure_plain(task, folder), dataclasses.asdict(task))


def measure_plain(task: Task, folder: Path) -> dict[str, Any]:
    """Degrees on the test eyes without a refiner: learned from rendered, augmented and the camera's labelled eyes."""
    test, rendered = task.test(), task.rendered()
    networks = {
        "rendered": learned_once(folder, rendered, "none", task.seed),
        "augmented": learned_once(folder, rendered, "ordinary", task.seed),
        "labelled": learned(task.labelled(), "none", task.seed),
    }
    return {name: mean_angular_error(network, test.images, test.look_vec) for name, network in networks.items()}


def measure_refined(task: Task, folder: Path, options: Mapping[str, Any], sheet: Path) -> dict[str, Any]:
    """Train a refiner, refine the rendered eyes, and measure them.

    Args:
        task: camera, seed, sizes.
        folder: where the two sets are written, and found again.
        options: of the training, over its defaults.
        sheet: PNG to write.
    """
    rendered, unlabelled = task.rendered(), task.unlabelled()
    refined, seconds = refined_towards(rendered, unlabelled, folder, seed=task.seed, options=options)
    draw_sheet(sheet, rendered.images, refined, unlabelled)
    found = {"seconds": seconds} | measure_pictures(rendered.images, refined, unlabelled)
    test, eyes = task.test(), SampleEyes(refined, rendered.look_vec, rendered.iris_centre)
    for name, augmentation in (("refined", "none"), ("refined, augmented", "ordinary")):
        found[name] = mean_angular_error(learned(eyes, augmentation, task.seed), test.images, test.look_vec)
    return found


def refined_towards(
    rendered: SampleEyes, unlabelled: NDArray[np.uint8], folder: Path, *, seed: int, options: Mapping[str, Any]
) -> tuple[NDArray[np.uint8], float]:
    """Rendered eyes refined by a refiner that is trained on them here, and the seconds that its training took."""
    files = {"synthetic": folder / "unityeyes.h5", "real": folder / "real.h5"}
    write_once(files["synthetic"], rendered, labelled=True)
    write_once(files["real"], SampleEyes(unlabelled, rendered.look_vec, rendered.iris_centre), labelled=False)
    began = time.monotonic()
    paths = {name: str(path) for name, path in files.items()}
    state = build_state(plan_training(run_dir=folder / "run", **{"seed": seed, **options, **paths}))
    for _ in chain(pretrain(state), algorithm_1(state)):
        pass
    seconds = time.monotonic() - began
    table = state.plan.synthetic.table
    given = rendered.images if table is None else apply_table(rendered.images, table)  # as the exported file does
    return refined_by(state.average.eval(), given), seconds


def measure_pictures(
    rendered: NDArray[np.uint8], refined: NDArray[np.uint8], unlabelled: NDArray[np.uint8]
) -> dict[str, float]:
    """Of refined rows: drift in pixels, and the shares with a lattice and beyond the camera's darkest and lightest.

    And of the camera's eyes the shares that a run's verdict goes by: like a refined eye, and like an augmented one.
    """
    before, after = (torch.split(scaled(to_NCHW(images[:MEASURED])), AT_ONCE) for images in (rendered, refined))
    drift = torch.cat([iris_drift(*pair) for pair in zip(before, after, strict=True)])
    ours, theirs = (images.mean(axis=(1, 2)) for images in (refined, unlabelled))
    return {
        "drift mean": float(drift.mean()),
        "drift 99th percentile": float(drift.quantile(0.99)),
        "lattice": share_above(scaled(to_NCHW(refined)), scaled(to_NCHW(unlabelled))),
        "darker": float((ours < theirs.min()).mean()),
        "lighter": float((ours > theirs.max()).mean()),
        **reached(rendered, refined, unlabelled),
    }


def reached(rendered: NDArray[np.uint8], refined: NDArray[np.uint8], unlabelled: NDArray[np.uint8]) -> dict[str, float]:
    """Shares of the camera's eyes, as a run's verdict has them; see `DomainDistance.reached_by`."""
    given, ours, theirs = (scaled(to_NCHW(images[:N_VALIDATED])) for images in (rendered, refined, unlabelled))
    ending = "equalised" if are_equalised(theirs) else "none"
    validation = Validation(given, theirs, theirs[:0])
    by_augmentation = validation.reached_by_augmentation(ending)
    return {"reached": validation.distance.reached_by(ours), "reached, augmented": by_augmentation}


def learned(eyes: SampleEyes, augmentation: str, seed: int) -> GazeNetwork:
    """A small gaze CNN that learned from these eyes; as `train_gaze_cnn`, with an augmentation."""
    torch.manual_seed(seed)
    network = GazeCNN(eyes.images.shape[1:])
    how = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE}
    return fit(network, eyes.images, eyes.look_vec, augmentation=augmentation, seed=seed, **how)  # type: ignore[arg-type]


def learned_once(folder: Path, eyes: SampleEyes, augmentation: str, seed: int) -> GazeNetwork:
    """The same, kept in the folder: what learns from rendered eyes is one for all cameras."""
    key = hashlib.sha256(f"{augmentation} {seed} {EPOCHS} {BATCH_SIZE} {LEARNING_RATE}".encode())
    key.update(eyes.images.data)
    path = folder / f"rendered-{augmentation}-{seed}-{key.hexdigest()[:10]}.pt"
    if path.is_file():
        known = GazeCNN(eyes.images.shape[1:])
        known.load_state_dict(torch.load(path, weights_only=True))
        return known.eval()
    network = learned(eyes, augmentation, seed)
    torch.save(network.state_dict(), own(path))
    own(path).replace(path)
    return network


def write_once(path: Path, eyes: SampleEyes, *, labelled: bool) -> None:
    """An eye file, if it is not there yet; another process may be writing the same one."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    size = (eyes.images.shape[1], eyes.images.shape[2])
    write_slabs(own(path), iter([eyes]), size, {"source": "benchmarks.cameras"}, labelled=labelled)
    own(path).replace(path)


def own(path: Path) -> Path:
    """A name beside it that no other process uses."""
    return path.with_name(f"{os.getpid()}-{path.name}")


def draw_sheet(
    path: Path, rendered: NDArray[np.uint8], refined: NDArray[np.uint8], unlabelled: NDArray[np.uint8]
) -> None:
    """Rendered eyes, the same refined, and eyes of the camera; two of each a row."""
    columns = []
    for i in (0, 1):
        rows = slice(i * ON_A_SHEET, (i + 1) * ON_A_SHEET)
        columns += [Column("rendered", rendered[rows]), Column("refined", refined[rows])]
        columns.append(Column("simulated camera", unlabelled[rows]))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_sheet(contact_sheet(columns), path)
