"""Training the refiner: Algorithm 1 of Shrivastava et al. 2017, in a run directory that can be gone on with.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from gazeaug import provenance, runs
from gazeaug.checkpoints import load_checkpoint, optimizer_tensors, restore_optimizer, save_checkpoint
from gazeaug.discriminator import REAL, REFINED, Discriminator
from gazeaug.errors import InputError, Interrupted, RunError
from gazeaug.eye_dataset import Batches, EyeDataset, scaled, to_grey_levels, to_NCHW
from gazeaug.history import History
from gazeaug.interrupts import HeldInterrupt
from gazeaug.losses import local_adversarial, self_regularisation
from gazeaug.outputs import replacing, writing_to
from gazeaug.refiner import SMALLEST_SIDE, Refiner, RefinerConfig
from gazeaug.sheets import Column, contact_sheet
from gazeaug.train_config import TrainConfig

ADAM_BETAS = (0.5, 0.999)  # Radford et al. 2015: the usual choice for adversarial training
GRID_ROWS = 8
CONFIG, METRICS = "config.json", "metrics.jsonl"


class Trainer:
    """Everything that changes while a refiner is trained, and the three kinds of update.

    Raises:
        InputError: the two sets, or the device, cannot be trained with.
    """

    def __init__(self, config: TrainConfig, run: Path) -> None:
        self.config, self.run = config, run
        self.n_pretrained, self.step = 0, 0
        self.device = choose_device(config.device)
        synthetic, real = EyeDataset(config.synthetic), EyeDataset(config.real)
        check_pair(synthetic, real, config)
        torch.manual_seed(config.seed)
        self.refiner_config = RefinerConfig(
            channels=synthetic.channels,
            features=config.features,
            blocks=config.blocks,
            residual=config.residual,
            noise=config.noise,
        )
        self.image_shape = synthetic.image_shape
        self.refiner = Refiner(self.refiner_config).to(self.device)
        self.discriminator = Discriminator(synthetic.channels, config.discriminator_width).to(self.device)
        self.refiner_optimizer = make_optimizer(self.refiner, config)
        self.discriminator_optimizer = make_optimizer(self.discriminator, config)
        channels_first = (synthetic.channels, *synthetic.image_shape[:2])
        self.history = History(config.buffer_size, channels_first, self.device)
        self.dice = torch.Generator().manual_seed(config.seed)
        self.synthetic = Batches(synthetic, config.batch_size, config.seed, self.device)
        self.real = Batches(real, config.batch_size, config.seed + 1, self.device)
        rows = np.linspace(0, min(len(synthetic), len(real)) - 1, GRID_ROWS).astype(int)
        self.samples = synthetic.read(rows), real.read(rows)

    def pretrain(self) -> dict[str, float]:
        """One step before Algorithm 1: first the refiner towards its input, then the discriminator against it."""
        if self.n_pretrained < self.config.refiner_pretrain_steps:
            return self.pretrain_refiner()
        return self.update_discriminator()

    def pretrain_refiner(self) -> dict[str, float]:
        """One update of the refiner by self-regularisation alone."""
        synthetic = self.synthetic.draw()
        loss = self_regularisation(self.refiner(synthetic), synthetic)
        update(self.refiner_optimizer, loss)
        return {"self_regularisation": loss.item()}

    def update_refiner(self) -> dict[str, float]:
        """One update of the refiner (Algorithm 1, line 4): fool the discriminator, stay close to the input."""
        synthetic = self.synthetic.draw()
        refined = self.refiner(synthetic)
        regularisation = self_regularisation(refined, synthetic)
        self.discriminator.requires_grad_(False)  # its own gradients would be thrown away
        adversarial = local_adversarial(self.discriminator(refined), REAL)
        update(self.refiner_optimizer, adversarial + self.config.lambda_ * regularisation)
        self.discriminator.requires_grad_(True)
        return {"self_regularisation": regularisation.item(), "adversarial": adversarial.item()}

    def update_discriminator(self) -> dict[str, float]:
        """One update of the discriminator (line 8), half of the refined pictures from the history (section 2.3)."""
        half = self.config.batch_size // 2
        remembered = self.history.draw(half, self.dice)
        with torch.no_grad():
            fresh = self.refiner(self.synthetic.draw()[len(remembered) :])
        refined = torch.cat([fresh, remembered])
        self.history.store(fresh[:half], self.dice)
        logits_real, logits_refined = self.discriminator(self.real.draw()), self.discriminator(refined)
        on_real, on_refined = local_adversarial(logits_real, REAL), local_adversarial(logits_refined, REFINED)
        update(self.discriminator_optimizer, on_real + on_refined)
        return {
            "discriminator_real": on_real.item(),
            "discriminator_refined": on_refined.item(),
            "accuracy_real": (logits_real.argmax(1) == REAL).float().mean().item(),
            "accuracy_refined": (logits_refined.argmax(1) == REFINED).float().mean().item(),
        }

    def train_step(self) -> dict[str, float]:
        """One step of Algorithm 1."""
        losses: dict[str, float] = {}
        for _ in range(self.config.k_g):
            losses |= self.update_refiner()
        for _ in range(self.config.k_d):
            losses |= self.update_discriminator()
        return losses

    def save(self, *, complete: bool = False) -> Path:
        """Write a checkpoint and the sample grid, then name the checkpoint in state.json as the newest good one."""
        path = self.run / f"checkpoint-{self.step:07d}.safetensors"
        tensors = {
            **named(self.refiner, "refiner."),
            **named(self.discriminator, "discriminator."),
            **optimizer_tensors(self.refiner_optimizer, "refiner_optimizer."),
            **optimizer_tensors(self.discriminator_optimizer, "discriminator_optimizer."),
            "history": self.history.images_NCHW[: self.history.n_images],
            "dice": self.dice.get_state(),
        }
        state = {
            "step": self.step,
            "n_pretrained": self.n_pretrained,
            "refiner": dataclasses.asdict(self.refiner_config),
            "image_shape": list(self.image_shape),
            "run": self.run.name,
            "n_drawn": [self.synthetic.n_drawn, self.real.n_drawn],
        }
        save_checkpoint(path, tensors, state)
        self.write_grid()
        write_json(self.run / runs.STATE, {"step": self.step, "checkpoint": path.name, "complete": complete})
        return path

    def restore(self, checkpoint: Path) -> None:
        """Take up a checkpoint's state, to the last bit."""
        tensors, state = load_checkpoint(checkpoint)
        self.refiner.load_state_dict(without(tensors, "refiner."))
        self.discriminator.load_state_dict(without(tensors, "discriminator."))
        restore_optimizer(self.refiner_optimizer, tensors, "refiner_optimizer.")
        restore_optimizer(self.discriminator_optimizer, tensors, "discriminator_optimizer.")
        self.history.n_images = len(tensors["history"])
        self.history.images_NCHW[: self.history.n_images] = tensors["history"]
        self.dice.set_state(tensors["dice"])
        self.synthetic.n_drawn, self.real.n_drawn = state["n_drawn"]
        self.n_pretrained, self.step = state["n_pretrained"], state["step"]

    def write_grid(self) -> None:
        """Save grids/<step>.png: synthetic | refined | real, always the same eyes."""
        synthetic, real = self.samples
        with torch.no_grad():
            refined = to_grey_levels(self.refiner(scaled(to_NCHW(synthetic).to(self.device)))).cpu().numpy()
        refined = refined[:, 0] if synthetic.ndim == 3 else refined.transpose(0, 2, 3, 1)
        columns = [Column("synthetic", synthetic), Column("refined", refined), Column("real", real)]
        folder = self.run / "grids"
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.step:07d}.png"
        with replacing(path) as partial, writing_to(path):
            contact_sheet(columns).save(partial, format="PNG")


def train(*, run_dir: Path | str | None = None, resume: Path | str | None = None, **options: Any) -> Path:
    """Train a refiner by Algorithm 1.

    Args:
        run_dir: where the run goes; a new folder under ./runs where none is given.
        resume: a run to go on with, by its own configuration; then no other option but `steps` is taken.
        options: those of `TrainConfig`.

    Returns:
        The run directory: config.json, metrics.jsonl, grids/, checkpoint-*.safetensors, state.json.

    Raises:
        InputError: an option or a data set cannot be trained with.
        RunError: a loss is not finite.
        Interrupted: Ctrl-C; a checkpoint has been saved.
    """
    if resume is not None:
        trainer = resumed_trainer(Path(resume), options)
    else:
        run = Path(run_dir) if run_dir is not None else runs.new_run()
        if run.exists() and any(run.iterdir()):
            raise InputError(f"{run}: --run-dir must be a new or empty folder; to go on with it add --resume.")
        trainer = Trainer(TrainConfig(**options), run)
        with writing_to(run / CONFIG):
            run.mkdir(parents=True, exist_ok=True)
        write_json(run / CONFIG, {"config": trainer.config.to_json(), "provenance": provenance.make("torch")})
    with Metrics(trainer.run, from_step=trainer.step) as metrics:
        run_algorithm_1(trainer, metrics)
    return trainer.run


def run_algorithm_1(trainer: Trainer, metrics: Metrics) -> None:
    """Pre-train both networks, then alternate; see the captions."""
    config = trainer.config
    n_pretrain = config.refiner_pretrain_steps + config.discriminator_pretrain_steps
    bar = tqdm(total=config.steps, initial=trainer.step, desc="training", unit="step")
    with bar, HeldInterrupt() as ctrl_c:
        while trainer.n_pretrained < n_pretrain:
            # Warm up: the refiner learns to keep its input, the discriminator to tell it from real eyes.
            check_finite(trainer.pretrain(), trainer)
            trainer.n_pretrained += 1
            stop_if(ctrl_c.pressed, trainer)

        while trainer.step < config.steps:
            # One step of Algorithm 1; a loss that is not a number must not reach a checkpoint.
            losses = trainer.train_step()
            check_finite(losses, trainer)
            trainer.step += 1
            bar.update()

            # Now and then: a line of metrics, and a checkpoint with its sample grid.
            if trainer.step % config.log_interval == 0 or trainer.step == config.steps:
                metrics.write(trainer.step, losses)
                bar.set_postfix({name: f"{value:.3f}" for name, value in losses.items() if "accuracy" not in name})
            if trainer.step % config.checkpoint_interval == 0 and trainer.step < config.steps:
                trainer.save()

            # Ctrl-C waits for the end of a step, where the state is whole.
            stop_if(ctrl_c.pressed and trainer.step < config.steps, trainer)
        trainer.save(complete=True)


def stop_if(pressed: bool, trainer: Trainer) -> None:
    """Save and leave where Ctrl-C was pressed.

    Raises:
        Interrupted: with the command that goes on.
    """
    if pressed:
        trainer.save()
        raise Interrupted(
            f"stopped at step {trainer.step}, checkpoint saved; go on with: "
            f"gazeaug train --resume --run-dir {trainer.run}"
        )


class Metrics:
    """metrics.jsonl, one line an interval, and TensorBoard events where that extra is installed."""

    def __init__(self, run: Path, *, from_step: int) -> None:
        path = run / METRICS
        if path.exists():
            # Lines after the checkpoint will come again.
            kept = [line for line in path.read_text("utf-8").splitlines() if json.loads(line)["step"] <= from_step]
            path.write_text("".join(line + "\n" for line in kept), "utf-8")
        self._lines = path.open("a", encoding="utf-8")
        self._board = open_tensorboard(run, from_step)

    def write(self, step: int, losses: dict[str, float]) -> None:
        """Add the losses of a step."""
        self._lines.write(json.dumps({"step": step, **losses}) + "\n")
        self._lines.flush()
        for name, value in losses.items() if self._board is not None else ():
            self._board.add_scalar(name, value, step)

    def __enter__(self) -> Metrics:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        if self._board is not None:
            self._board.close()


def open_tensorboard(run: Path, from_step: int) -> Any:
    """A TensorBoard writer, or None without the extra."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(run / "events"), purge_step=from_step or None)


def check_finite(losses: dict[str, float], trainer: Trainer) -> None:
    """Stop a run whose losses have left the numbers.

    Raises:
        RunError: naming the step, the loss and the last good checkpoint.
    """
    for name, value in losses.items():
        if not math.isfinite(value):
            last = runs.read_state(trainer.run).get("checkpoint")
            good = f"the last good checkpoint is {trainer.run / last}" if last else "no checkpoint had been saved"
            raise RunError(f"{name} became {value} at step {trainer.step + 1}; {good}; try a lower --learning-rate.")


def check_pair(synthetic: EyeDataset, real: EyeDataset, config: TrainConfig) -> None:
    """Refuse two sets that cannot be trained with.

    Raises:
        InputError: different or too small sizes, too few pictures, or a set of one constant picture.
    """
    if synthetic.image_shape != real.image_shape:
        raise InputError(
            f"{synthetic.path} holds pictures of {describe(synthetic.image_shape)}, {real.path} of "
            f"{describe(real.image_shape)}; bring both to one size with gazeaug prepare."
        )
    if min(synthetic.image_shape[:2]) < SMALLEST_SIDE:
        raise InputError(
            f"{synthetic.path}: pictures are {describe(synthetic.image_shape)}, at least "
            f"{SMALLEST_SIDE} x {SMALLEST_SIDE} is needed."
        )
    for eyes in (synthetic, real):
        if len(eyes) < config.batch_size / 2:
            raise InputError(
                f"{eyes.path}: holds {len(eyes)} pictures, less than half a batch of {config.batch_size}; "
                "give more pictures or a smaller --batch-size."
            )
        first = eyes.read(np.array([0]))
        if (eyes.read(np.arange(min(len(eyes), 256))) == first).all() and (first == first.flat[0]).all():
            raise InputError(f"{eyes.path}: holds one constant picture, grey level {first.flat[0]} everywhere.")


def describe(image_shape: tuple[int, ...]) -> str:
    """35 x 55 grey, for messages."""
    return f"{image_shape[0]} x {image_shape[1]} {'RGB' if len(image_shape) == 3 else 'grey'}"


def choose_device(name: str) -> torch.device:
    """The device by its option.

    Raises:
        InputError: CUDA was asked for and is not to be had.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "--device cuda: PyTorch finds no CUDA device; install the GPU's driver and a CUDA build of torch "
            "(see gazeaug doctor), or use --device cpu."
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def make_optimizer(network: torch.nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """Adam or plain SGD."""
    if config.optimizer == "sgd":
        return torch.optim.SGD(network.parameters(), lr=config.learning_rate)
    return torch.optim.Adam(network.parameters(), lr=config.learning_rate, betas=ADAM_BETAS)


def update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down the gradient."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def resumed_trainer(run: Path, options: dict[str, Any]) -> Trainer:
    """A trainer as the run left it; `steps` may be raised, everything else is as it was."""
    state = runs.read_state(run)
    if not state:
        raise InputError(f"{run}: expected a training run to go on with, found no {runs.STATE} there.")
    if given := sorted(options.keys() - {"steps"}):
        raise InputError(f"--resume goes on with the run's own settings; leave out {', '.join(given)}.")
    stored = json.loads((run / CONFIG).read_text("utf-8"))
    trainer = Trainer(TrainConfig.from_json({**stored["config"], **options}, run / CONFIG), run)
    trainer.restore(run / state["checkpoint"])
    write_json(run / CONFIG, {**stored, "config": trainer.config.to_json()})
    return trainer


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file, whole or not at all."""
    with replacing(path) as partial, writing_to(path):
        partial.write_text(json.dumps(content, indent=1), encoding="utf-8")


def named(network: torch.nn.Module, prefix: str) -> dict[str, Tensor]:
    """A network's tensors, each name with a prefix."""
    return {prefix + name: tensor for name, tensor in network.state_dict().items()}


def without(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those tensors whose names start with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
