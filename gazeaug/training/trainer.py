"""The state of a training run and its updates: two networks, their optimizers, the history, the batches.

Shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gazeaug.drawing.sheets import Column
from gazeaug.feeding.dataset import Batches, scaled, to_grey_levels, to_NCHW
from gazeaug.feeding.devices import choose_device, computes_bf16
from gazeaug.refiner.appearance import AppearanceDistance
from gazeaug.refiner.diff_augment import N_NUMBERS, diff_augment
from gazeaug.refiner.discriminator import REAL, REFINED, Discriminator
from gazeaug.refiner.history import History
from gazeaug.refiner.losses import local_adversarial, self_regularisation
from gazeaug.refiner.network import Refined, Refiner, RefinerConfig, Stages
from gazeaug.runs.checkpoints import REFINER_PREFIX, named, optimizer_tensors, restore_optimizer, without
from gazeaug.runs.validation import Watch
from gazeaug.training.config import TrainConfig
from gazeaug.training.optimizers import make_optimizer, set_rate, update
from gazeaug.training.pair import TrainingPair
from gazeaug.training.parallel import Team

DISCRIMINATOR_PREFIX, TRAINED_PREFIX = "discriminator.", "trained_refiner."
REFINER_OPTIMIZER_PREFIX, DISCRIMINATOR_OPTIMIZER_PREFIX = "refiner_optimizer.", "discriminator_optimizer."
CAMERA_RATE = 10.0  # the camera's learning rate over the convolutions', whose gradients are smaller
CAMERA_FIT_RATE = 2.5  # and once more while it is fitted alone
CAMERA_BATCHES = 8  # batches at a time then: appearances are compared as sets


class Trainer:
    """Everything that changes while a refiner is trained, and the three kinds of update.

    Raises:
        InputError: the two sets, or the device, cannot be trained with.
    """

    def __init__(self, config: TrainConfig, run: Path) -> None:
        self.config, self.run = config, run
        self.n_pretrained, self.step = 0, 0
        self.team = Team()
        self.device = self.team.join(choose_device(config.device), config.batch_size)
        self.pair = pair = TrainingPair(config)
        self.table = pair.synthetic.table
        shape = (pair.synthetic.channels, *pair.synthetic.image_shape[:2])
        torch.manual_seed(config.seed)
        self.refiner_config = refiner_config_of(config, shape[0])
        self.refiner = Refiner(self.refiner_config)
        self.discriminator = Discriminator(shape[0], config.discriminator_width, standardise=config.standardise)
        for network in (self.refiner, self.discriminator):
            network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.in_bf16 = config.precision == "bf16" or (config.precision == "auto" and computes_bf16(self.device))
        self.average = copy.deepcopy(self.refiner) if config.ema else self.refiner
        self.stages = Stages(self.refiner)
        self.updated_stages, self.updated_discriminator = map(self.team.wrap, (self.stages, self.discriminator))
        camera = list(self.refiner.camera.parameters()) if self.refiner.camera else []
        convolutions = [weights for weights in self.refiner.parameters() if all(weights is not one for one in camera)]
        groups = [(convolutions, 1.0), (camera, CAMERA_RATE)]
        self.refiner_optimizer = make_optimizer([group for group in groups if group[0]], config)
        self.discriminator_optimizer = make_optimizer(
            [(list(self.discriminator.parameters()), config.discriminator_rate)], config
        )
        self.history = History(config.buffer_size, shape, self.device)
        self.dice = torch.Generator().manual_seed(config.seed)
        self.synthetic = Batches(pair.synthetic, config.batch_size, config.seed, self.device)
        self.real = Batches(pair.real, config.batch_size, config.seed + 1, self.device, rows=pair.seen)
        synthetic, real, held_out = (scaled(to_NCHW(eyes).to(self.device)) for eyes in pair.compared())
        self.watch, self.appearance = Watch(synthetic, real, held_out), AppearanceDistance(real)
        self.domains = pair.facts(self.watch.domains())

    @property
    def n_camera(self) -> int:
        """Steps of the camera alone."""
        return self.config.camera_steps if self.config.camera else 0

    @property
    def n_pretrain(self) -> int:
        """Steps before Algorithm 1."""
        return self.n_camera + self.config.refiner_pretrain_steps + self.config.discriminator_pretrain_steps

    def pretrain(self) -> dict[str, float]:
        """One step before Algorithm 1: the camera alone, then the refiner towards its input, then the discriminator."""
        if self.n_pretrained < self.n_camera:
            return self.fit_camera()
        self.set_learning_rate()
        with self.precision():
            if self.n_pretrained < self.n_camera + self.config.refiner_pretrain_steps:
                return self.pretrain_refiner()
            return self.update_discriminator()

    def fit_camera(self) -> dict[str, float]:
        """One update of the camera alone: rendered eyes photographed, their appearance spread as the real eyes' is.

        Every process of a team does all of it, since it costs little.
        """
        left = 1 - self.n_pretrained / self.n_camera
        set_rate(self.refiner_optimizer, self.config.learning_rate * CAMERA_FIT_RATE * min(1.0, 2 * left))
        given = torch.cat([self.synthetic.draw() for _ in range(CAMERA_BATCHES)])
        noise = self.refiner.noise_for(given)
        features = self.appearance.features(self.refiner.photographed(given, noise))
        loss, distance = self.appearance(features, features.detach())
        update(self.refiner_optimizer, loss)
        if self.n_pretrained + 1 == self.n_camera:
            self.average.load_state_dict(self.refiner.state_dict())
        return {"appearance": distance.item()}

    def pretrain_refiner(self) -> dict[str, float]:
        """One update of the refiner by self-regularisation alone."""
        synthetic = self.team.part(self.synthetic.draw())
        loss = self_regularisation(self.updated_stages(synthetic).drawn, synthetic)
        update(self.refiner_optimizer, loss)
        return {"self_regularisation": loss.item()}

    def adversarial(self, logits_N2P: Tensor, target: int) -> Tensor:
        """The run's adversarial loss."""
        return local_adversarial(logits_N2P, target, self.config.adversarial_loss)

    def update_refiner(self) -> dict[str, float]:
        """One update of the refiner (Algorithm 1, line 4): fool the discriminator, stay close to the input."""
        synthetic = self.team.part(self.synthetic.draw())
        refined: Refined = self.updated_stages(synthetic)
        regularisation = self_regularisation(refined.drawn, synthetic)
        self.discriminator.requires_grad_(False)  # its own gradients would be thrown away
        adversarial = self.adversarial(self.discriminator(self.shown(refined.picture)), REAL)
        n_summed = synthetic.numel() * self.team.size if self.config.regularisation == "sum" else 1
        loss = adversarial + self.config.lambda_ * n_summed * regularisation
        losses = {"self_regularisation": regularisation.item(), "adversarial": adversarial.item()}
        if self.config.appearance:
            features = self.appearance.features(refined.picture)
            spread, distance = self.appearance(features, self.team.whole(features.detach()))
            loss = loss + self.config.appearance * spread
            losses["appearance"] = distance.item()
        update(self.refiner_optimizer, loss)
        self.discriminator.requires_grad_(True)
        return losses

    def update_discriminator(self) -> dict[str, float]:
        """One update of the discriminator (line 8), half of the refined pictures from the history (section 2.3)."""
        half = self.config.batch_size // 2
        remembered = self.history.draw(half, self.dice)
        with torch.no_grad():
            given = self.synthetic.draw()[len(remembered) :]
            fresh = self.team.whole(self.stages(self.team.part(given)).picture.float())
        refined = self.team.part(torch.cat([fresh, remembered]))
        self.history.store(fresh[:half], self.dice)
        real = self.team.part(self.real.draw())
        shown = torch.cat([self.shown(real), self.shown(refined)])
        logits_real, logits_refined = self.updated_discriminator(shown).chunk(2)
        on_real, on_refined = self.adversarial(logits_real, REAL), self.adversarial(logits_refined, REFINED)
        update(self.discriminator_optimizer, on_real + on_refined)
        return {
            "discriminator_real": on_real.item(),
            "discriminator_refined": on_refined.item(),
            "accuracy_real": (logits_real.argmax(1) == REAL).float().mean().item(),
            "accuracy_refined": (logits_refined.argmax(1) == REFINED).float().mean().item(),
        }

    def shown(self, part: Tensor) -> Tensor:
        """This process' part of a batch as the discriminator sees it."""
        if not self.config.augmentation:
            return part
        numbers = torch.rand(self.config.batch_size, N_NUMBERS, generator=self.dice)
        return diff_augment(part, self.team.part(numbers).to(self.device))

    def train_step(self) -> dict[str, float]:
        """One step of Algorithm 1."""
        losses: dict[str, float] = {}
        self.set_learning_rate()
        with self.precision():
            for _ in range(self.config.k_g):
                losses |= self.update_refiner()
            for _ in range(self.config.k_d):
                losses |= self.update_discriminator()
        if self.config.ema:
            self.move_average()
        return self.team.mean(losses)

    def set_learning_rate(self) -> None:
        """Constant, then linear to zero over the last steps."""
        left, falling = self.config.steps - self.step, self.config.decay * self.config.steps
        share = min(1.0, left / falling) if falling else 1.0
        for optimizer in (self.refiner_optimizer, self.discriminator_optimizer):
            set_rate(optimizer, self.config.learning_rate * share)

    @torch.no_grad()
    def move_average(self) -> None:
        """Follow the refiner's weights; quickly at first, so that a short run is not held back by its start."""
        decay = min(self.config.ema, (self.step + 1) / (self.step + 10))
        for kept, now in zip(self.average.parameters(), self.refiner.parameters(), strict=True):
            kept.lerp_(now, 1 - decay)

    def precision(self) -> torch.autocast:
        """Convolutions in bf16 where the run trains in it; weights, losses and optimizers stay fp32."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.in_bf16)

    def look(self) -> dict[str, float]:
        """Measure the networks as they are, without labels."""
        return self.watch.look(self.average, self.discriminator, self.history.images_NCHW[: self.history.n_images])

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that a resumed run needs to go on to the last bit: tensors, and what is plain JSON."""
        tensors = {
            **named(self.average, REFINER_PREFIX),
            **(named(self.refiner, TRAINED_PREFIX) if self.config.ema else {}),
            **named(self.discriminator, DISCRIMINATOR_PREFIX),
            **optimizer_tensors(self.refiner_optimizer, REFINER_OPTIMIZER_PREFIX),
            **optimizer_tensors(self.discriminator_optimizer, DISCRIMINATOR_OPTIMIZER_PREFIX),
            "history": self.history.images_NCHW[: self.history.n_images],
            "dice": self.dice.get_state(),
        }
        plain = {
            "step": self.step,
            "n_pretrained": self.n_pretrained,
            "refiner": dataclasses.asdict(self.refiner_config),
            "image_shape": list(self.pair.synthetic.image_shape),
            "table": None if self.table is None else self.table.tolist(),
            "run": self.run.name,
            "n_drawn": [self.synthetic.n_drawn, self.real.n_drawn],
        }
        return tensors, plain

    def take_up(self, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
        """Go on where another trainer's `state` was taken."""
        self.average.load_state_dict(without(tensors, REFINER_PREFIX))
        if self.config.ema:
            self.refiner.load_state_dict(without(tensors, TRAINED_PREFIX))
        self.discriminator.load_state_dict(without(tensors, DISCRIMINATOR_PREFIX))
        restore_optimizer(self.refiner_optimizer, tensors, REFINER_OPTIMIZER_PREFIX)
        restore_optimizer(self.discriminator_optimizer, tensors, DISCRIMINATOR_OPTIMIZER_PREFIX)
        self.history.n_images = len(tensors["history"])
        self.history.images_NCHW[: self.history.n_images] = tensors["history"]
        self.dice.set_state(tensors["dice"])
        self.synthetic.n_drawn, self.real.n_drawn = plain["n_drawn"]
        self.n_pretrained, self.step = plain["n_pretrained"], plain["step"]

    @torch.no_grad()
    def samples(self) -> list[Column]:
        """Synthetic, refined and real eyes side by side, always the same ones."""
        synthetic, real = self.pair.samples
        refined = to_grey_levels(self.average(scaled(to_NCHW(synthetic).to(self.device)))).cpu().numpy()
        refined = refined[:, 0] if synthetic.ndim == 3 else refined.transpose(0, 2, 3, 1)
        return [Column("synthetic", synthetic), Column("refined", refined), Column("real", real)]


def refiner_config_of(config: TrainConfig, channels: int = 1) -> RefinerConfig:
    """The refiner that a run trains."""
    names = [field.name for field in dataclasses.fields(RefinerConfig) if field.name != "channels"]
    return RefinerConfig(channels=channels, **{name: getattr(config, name) for name in names})
