"""The plan of a training run: all that is decided and checked before the first network is built; nothing is written."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gazeaug.drawing.sheets import title_of
from gazeaug.errors import InputError
from gazeaug.eyefile.origin import Origin, settle, swapped_pair
from gazeaug.eyefile.reader import EyeFile, open_eyes
from gazeaug.feeding.dataset import EyeDataset, scaled, to_NCHW
from gazeaug.feeding.devices import choose_device, computes_bf16
from gazeaug.feeding.sampler import evenly_spread
from gazeaug.gaze.label import known_gaze, needed_gaze
from gazeaug.options import SMALLEST_SIDE
from gazeaug.output_kinds import check_folder_name
from gazeaug.refiner.equalisation import are_equalised
from gazeaug.refiner.histogram import matching_table
from gazeaug.runs.boards import boards_in
from gazeaug.runs.folder import CONFIG, new_run, read_state
from gazeaug.runs.validation import N_VALIDATED
from gazeaug.training.config import TrainConfig
from gazeaug.training.eye_scale import eye_scale
from gazeaug.training.gaze_guard import LabelledRows, read_gaze
from gazeaug.training.parallel import Team
from gazeaug.training.recipes import from_recipe

logger = logging.getLogger(__name__)

MATCHED = 4_096  # pictures of each kind that a histogram is taken from
JUDGED = 500  # real pictures that are looked at to tell how they end
HELD_OUT_SHARE = 5  # one real picture in so many is never trained on, up to `N_VALIDATED`


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """A run that can be trained as it stands here."""

    run: Path
    """Its folder: new or empty, or that of the run to resume."""
    config: TrainConfig
    facts: Mapping[str, Any] | None
    """What config.json of a run to resume holds beside the settings; None for a new run."""
    checkpoint: Path | None
    """Where the run starts from; None at its beginning."""
    team: Team
    """The processes of the run, and the device of this one."""
    in_bf16: bool
    synthetic: EyeDataset
    """Their grey levels are matched to the real eyes' where the run says so."""
    real: EyeDataset
    trained_rows: NDArray[np.int64]
    """Of the real set, in random order."""
    held_out_rows: NDArray[np.int64]
    """Of the real set; never trained on."""
    target: str
    """What the pictures that are refined towards are called, see `title_of_target`."""
    ending: str
    """What the refined pictures end in, see `RefinerConfig`."""
    scales: Mapping[str, Mapping[str, float]]
    """How large eyes stand in the pictures of each set, see `eye_scale`."""
    labelled: LabelledRows | None = None
    """What the gaze guard learns from; None where there is none."""
    remarks: tuple[str, ...] = ()
    """What the user should know of the plan, a sentence each."""

    def autocast(self) -> torch.autocast:
        """Convolutions in bf16 where the run trains in it; weights, losses and optimizers stay fp32."""
        # Without its cache: within a block that would hand every update the weights from before the first.
        return torch.autocast(self.team.device.type, torch.bfloat16, enabled=self.in_bf16, cache_enabled=False)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that no run can have on this machine, whatever its sets are.

    Raises:
        InputError: a value is out of range, a package to log to is missing, or the device is not there.
    """
    rest = {name: value for name, value in options.items() if name != "recipe"}
    config = from_recipe(options.get("recipe") or "fast", rest)
    boards_in(config.log)
    choose_device(config.device)


def plan_training(
    *,
    run_dir: Path | str | None = None,
    resume: Path | str | None = None,
    recipe: str | None = None,
    force: bool = False,
    **options: Any,
) -> TrainingPlan:
    """Plan a new run, or one to resume; see `gazeaug.train` for the arguments.

    Raises:
        InputError: an option, the device or a set cannot be trained with, or the folder cannot be taken.
    """
    # Where the run goes, and its settings.
    if resume is None:
        run, facts = Path(run_dir) if run_dir is not None else new_run(), None
        check_folder_name(run)
        if Team().leads and run.exists() and any(run.iterdir()):
            raise InputError(f"{run}: --run-dir must be a new or empty folder; to resume the run in it add --resume.")
        config = from_recipe(recipe or "fast", options)
    else:
        run = Path(resume)
        config, facts = read_settings(run, options | ({"recipe": recipe} if recipe else {}))

    boards_in(config.log)

    # What computes: the device of this process, and its precision.
    team = Team.on(choose_device(config.device), config.batch_size)
    logger.info("training in %s on %s, %d process(es)", run, team.device, team.size)
    in_bf16 = config.precision == "bf16" or (config.precision == "auto" and computes_bf16(team.device))

    # The two sets, each opened once and checked.
    with open_eyes(config.synthetic) as synthetic_file, open_eyes(config.real) as real_file:
        doubts = swapped_pair(Origin.of(synthetic_file), Origin.of(real_file))
        remarks = settle(doubts, force=force or resume is not None)  # a run to resume has had its consent
        synthetic, real = EyeDataset(synthetic_file), EyeDataset(real_file)
        scales = {"synthetic": eye_scale(synthetic_file), "real": eye_scale(real_file)}
        target = title_of(real_file)
        ending = config.ending if config.ending != "auto" else ending_of(real_file)
        labelled = guarding(synthetic_file, config, asked=resume is not None or "gaze_guard" in options)
    if config.gaze_guard and labelled is None:
        remarks = (
            *remarks,
            f"gaze guard off: {config.synthetic} holds no gaze whose convention is known",
        )
        config = dataclasses.replace(config, gaze_guard=0.0)
    check_sets(synthetic, real, config.batch_size)
    if config.match == "histogram":
        samples = (eyes.read(evenly_spread(len(eyes), MATCHED)) for eyes in (synthetic, real))
        synthetic._look_up_in(matching_table(*samples))
    rows = np.random.default_rng([config.seed, len(real)]).permutation(len(real))
    n_held_out = min(N_VALIDATED, len(real) // HELD_OUT_SHARE)

    # What is resumed: the newest checkpoint. A run that was killed before its first one starts again.
    newest = None if resume is None else read_state(run).get("checkpoint")
    return TrainingPlan(
        run=run,
        config=config,
        facts=facts,
        checkpoint=None if newest is None else run / newest,
        team=team,
        in_bf16=in_bf16,
        synthetic=synthetic,
        real=real,
        trained_rows=rows[n_held_out:],
        held_out_rows=rows[:n_held_out],
        target=target,
        ending=ending,
        scales=scales,
        labelled=labelled,
        remarks=remarks,
    )


def guarding(eyes: EyeFile, config: TrainConfig, *, asked: bool) -> LabelledRows | None:
    """The rendered eyes whose gaze the guard learns; None for a run without one, or eyes without a known gaze.

    Raises:
        InputError: the guard is asked for, and the gaze is not there or its convention is not known.
    """
    if not config.gaze_guard:
        return None
    gaze = (needed_gaze if asked else known_gaze)(eyes.labels, str(eyes.path))
    return None if gaze is None else read_gaze(eyes, gaze)


def ending_of(real: EyeFile) -> str:
    """What the real eyes ended in, see `RefinerConfig`."""
    sample = real.read_rows(evenly_spread(real.n_images, JUDGED))
    return "equalised" if are_equalised(scaled(to_NCHW(sample))) else "none"


def read_settings(run: Path, options: Mapping[str, Any]) -> tuple[TrainConfig, dict[str, Any]]:
    """The settings of a run to resume, of which only `steps` may be another, and the rest of its config.json."""
    if not (run / CONFIG).is_file():
        raise InputError(f"{run}: expected a training run to resume, found no {CONFIG} there.")
    if given := sorted(options.keys() - {"steps"}):
        raise InputError(f"--resume takes the run's own settings; leave out {', '.join(given)}.")
    facts = json.loads((run / CONFIG).read_text("utf-8"))
    return TrainConfig.from_json({**facts.pop("config"), **options}, run / CONFIG), facts


def check_sets(synthetic: EyeDataset, real: EyeDataset, batch_size: int) -> None:
    """Refuse two sets that cannot be trained with.

    Raises:
        InputError: different or too small sizes, too few pictures, or a set of one constant picture.
    """
    if synthetic.image_shape != real.image_shape:
        raise InputError(
            f"{synthetic.path} holds pictures of {synthetic.size_text}, {real.path} of "
            f"{real.size_text}; bring both to one size with gazeaug prepare."
        )
    if min(synthetic.image_shape[:2]) < SMALLEST_SIDE:
        raise InputError(
            f"{synthetic.path}: pictures are {synthetic.size_text}, at least "
            f"{SMALLEST_SIDE} x {SMALLEST_SIDE} is needed."
        )
    for eyes in (synthetic, real):
        if len(eyes) < batch_size / 2:
            raise InputError(
                f"{eyes.path}: holds {len(eyes)} pictures, less than half a batch of {batch_size}; "
                "give more pictures or a smaller --batch-size."
            )
        first = eyes.read(np.array([0]))
        if (eyes.read(np.arange(min(len(eyes), 256))) == first).all() and (first == first.flat[0]).all():
            raise InputError(f"{eyes.path}: holds one constant picture, grey level {first.flat[0]} everywhere.")
