"""Algorithm 1 of Shrivastava et al. 2017 and the pre-training before it, step by step, and the updates of a step."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from gazeaug.drift.registration import JUDGED_WIDTH
from gazeaug.drift.registration_torch import small_iris_shift
from gazeaug.progress import Phase
from gazeaug.refiner.diff_augment import N_NUMBERS, diff_augment
from gazeaug.refiner.discriminator import REAL, REFINED
from gazeaug.refiner.equalisation import equalised
from gazeaug.refiner.losses import FEATURE_MAPS, local_adversarial, self_regularisation
from gazeaug.refiner.network import Refined
from gazeaug.refiner.transfer import sent
from gazeaug.training.config import TrainConfig
from gazeaug.training.recording import Work
from gazeaug.training.state import TrainingState

CAMERA_FIT_RATE = 3.0  # on the camera's learning rate while it is fitted alone
CAMERA_BATCHES = 8  # batches at a time then: appearances are compared as sets
# About how long updates take beside each other: 10.2, 3.2 and 1 on one CPU core with the recipe "fast".
CAMERA_COST, REFINER_COST, DISCRIMINATOR_COST = 10, 3, 1

Losses = dict[str, Tensor]  # on the device that trains: reading a single one would wait for it


def pretrain(state: TrainingState) -> Iterator[dict[str, float]]:
    """The camera alone, then the refiner towards its input, then the discriminator.

    Yields after each update, with the losses of all processes.
    """
    config, phases = state.plan.config, pretraining_phases(state)
    kinds = (fit_camera, pretrain_refiner, update_discriminator)
    updates = [update for update, phase in zip(kinds, phases, strict=True) for _ in range(phase.total)]
    for update in updates[state.n_pretrained :]:
        set_rate(state, learning_rate(config, state.step))
        with state.plan.autocast():
            losses = update(state)
        state.n_pretrained += 1
        yield state.plan.team.mean(losses)


def pretraining_phases(state: TrainingState) -> list[Phase]:
    """What `pretrain` does, and how much of it is done."""
    config, left = state.plan.config, state.n_pretrained
    step = config.k_g * REFINER_COST + config.k_d * DISCRIMINATOR_COST
    phases = [
        Phase("camera", config.camera_steps if config.camera else 0, CAMERA_COST / step),
        Phase("refiner", config.refiner_pretrain_steps, REFINER_COST / step),
        Phase("discriminator", config.discriminator_pretrain_steps, DISCRIMINATOR_COST / step),
    ]
    for phase in phases:
        phase.n = min(left, phase.total)
        left -= phase.n
    return phases


def algorithm_1(state: TrainingState) -> Iterator[dict[str, float]]:
    """Train to the last step; yields after each, with the losses of all processes."""
    config = state.plan.config
    while state.step < config.steps:
        losses: Losses = {}
        set_rate(state, learning_rate(config, state.step))
        with state.plan.autocast():
            # Lines 2 to 5: rendered eyes, and a step of the refiner down the gradient of equation 4.
            for _ in range(config.k_g):
                losses |= update_refiner(state)

            # Lines 6 to 10: refined and real eyes, and a step of the discriminator down the gradient of equation 2.
            for _ in range(config.k_d):
                losses |= update_discriminator(state)

        # Not in the paper: what is validated and exported is a running mean of the refiner.
        if config.ema:
            move_average(state)
        state.step += 1
        yield state.plan.team.mean(losses)


def fit_camera(state: TrainingState) -> Losses:
    """One update of the camera alone: rendered eyes photographed, their appearance spread as the real eyes' is.

    Every process of a team does all of it, since it costs little.
    """
    config = state.plan.config
    left = 1 - state.n_pretrained / config.camera_steps
    set_rate(state, config.learning_rate * CAMERA_FIT_RATE * min(1.0, 2 * left))
    given = torch.cat([state.synthetic.draw() for _ in range(CAMERA_BATCHES)])
    losses = update(state, state.refiner_optimizer, camera_gradients, given)
    if state.n_pretrained + 1 == config.camera_steps:
        state.average.load_state_dict(state.refiner.state_dict())
    return losses


def pretrain_refiner(state: TrainingState) -> Losses:
    """One update of the refiner by self-regularisation alone."""
    synthetic = state.plan.team.part(state.synthetic.draw())
    return update(state, state.refiner_optimizer, drawing_gradients, synthetic)


def update_refiner(state: TrainingState) -> Losses:
    """One update of the refiner (Algorithm 1, line 4): fool the discriminator, stay close to the input."""
    synthetic = state.plan.team.part(state.synthetic.draw())
    return update(state, state.refiner_optimizer, refiner_gradients, synthetic, numbers_to_show(state))


def update_discriminator(state: TrainingState) -> Losses:
    """One update of the discriminator (line 8), half of the refined pictures from the history (section 2.3)."""
    config, team = state.plan.config, state.plan.team
    remembered = state.history.draw(config.batch_size // 2, state.generator)
    given = state.synthetic.draw()[len(remembered) :]
    fresh = team.whole(state.recorder.do(refined_pictures, state, [], team.part(given))["picture"])
    refined = team.part(torch.cat([fresh, remembered]))
    state.history.store(fresh[: config.batch_size // 2], state.generator)
    real = team.part(state.real.draw())
    numbers = [numbers_to_show(state) for _ in range(2)]
    return update(state, state.discriminator_optimizer, discriminator_gradients, real, refined, *numbers)


def camera_gradients(state: TrainingState, given: Tensor) -> Losses:
    """Of the camera, by how differently the pictures that it takes are spread in their appearance."""
    with torch.autocast(given.device.type, enabled=False):  # the camera computes in fp32 whatever the rest does
        features = state.appearance.features(state.refiner.photographed(given, state.refiner.noise_for(given)))
        loss, distance = state.appearance(features, features.detach())
        loss.backward()  # type: ignore[no-untyped-call]
    return {"appearance": distance}


def drawing_gradients(state: TrainingState, synthetic: Tensor) -> Losses:
    """Of the convolutions, by self-regularisation alone."""
    features = FEATURE_MAPS[state.plan.config.self_regularisation]
    drawn, given = ended(state, state.stages(synthetic).drawn, synthetic)
    loss = self_regularisation(drawn, given, features)
    loss.backward()  # type: ignore[no-untyped-call]
    return {"self_regularisation": loss.detach()}


def refiner_gradients(state: TrainingState, synthetic: Tensor, numbers: Tensor) -> Losses:
    """Of the refiner, by equation 4 and what this project adds to it."""
    config, team = state.plan.config, state.plan.team
    refined: Refined = state.stages(synthetic)
    drawn, given = ended(state, refined.drawn, synthetic)
    regularisation = self_regularisation(drawn, given, FEATURE_MAPS[config.self_regularisation])
    state.discriminator.requires_grad_(False)  # its own gradients would be thrown away
    logits = state.discriminator(shown(state, refined.picture, numbers))
    adversarial = local_adversarial(logits, REAL, config.adversarial_loss)
    n_summed = synthetic.numel() * team.size if config.regularisation == "sum" else 1
    loss = adversarial + config.lambda_ * n_summed * regularisation
    losses = {"self_regularisation": regularisation.detach(), "adversarial": adversarial.detach()}
    if config.appearance:
        features = state.appearance.features(refined.picture)
        spread, distance = state.appearance(features, team.whole(features.detach()))
        loss = loss + config.appearance * spread
        losses["appearance"] = distance
    if state.gaze_guard is not None:
        # Before the camera, which moves no gaze: its blur and grain alone change a reading as two pixels' shift does.
        moved = state.gaze_guard(given, drawn)
        loss = loss + config.gaze_guard * moved
        losses["gaze_guard"] = moved.detach()
    if config.iris_guard:
        moved = iris_moved(given, drawn)
        loss = loss + config.iris_guard * moved
        losses["iris_guard"] = moved.detach()
    loss.backward()  # type: ignore[no-untyped-call]
    state.discriminator.requires_grad_(True)
    return losses


@torch.no_grad()
def refined_pictures(state: TrainingState, given: Tensor) -> Losses:
    """What the refiner makes of pictures by now, without gradients."""
    return {"picture": state.stages(given).picture.float()}


def discriminator_gradients(
    state: TrainingState, real: Tensor, refined: Tensor, for_real: Tensor, for_refined: Tensor
) -> Losses:
    """Of the discriminator, by equation 2."""
    config = state.plan.config
    pictures = torch.cat([shown(state, real, for_real), shown(state, refined, for_refined)])
    logits_real, logits_refined = state.discriminator(pictures).chunk(2)
    on_real = local_adversarial(logits_real, REAL, config.adversarial_loss)
    on_refined = local_adversarial(logits_refined, REFINED, config.adversarial_loss)
    (on_real + on_refined).backward()  # type: ignore[no-untyped-call]
    return {
        "discriminator_real": on_real.detach(),
        "discriminator_refined": on_refined.detach(),
        "accuracy_real": (logits_real.argmax(1) == REAL).float().mean(),
        "accuracy_refined": (logits_refined.argmax(1) == REFINED).float().mean(),
    }


def ended(state: TrainingState, drawn_NCHW: Tensor, given_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """A drawing and its input as the ending leaves them: otherwise it can hide in contrast that equalising undoes."""
    if state.refiner.config.ending != "equalised":
        return drawn_NCHW, given_NCHW
    with torch.autocast(drawn_NCHW.device.type, enabled=False):
        return equalised(drawn_NCHW.float()), equalised(given_NCHW.float())


def iris_moved(given_NCHW: Tensor, drawn_NCHW: Tensor) -> Tensor:
    """Mean squared drift of the iris, in pixels of a picture `JUDGED_WIDTH` wide; linear beyond one pixel (Huber)."""
    with torch.autocast(drawn_NCHW.device.type, enabled=False):
        shift_N2 = small_iris_shift(given_NCHW, drawn_NCHW) * (JUDGED_WIDTH / drawn_NCHW.shape[3])
        return 2 * F.huber_loss(shift_N2, torch.zeros_like(shift_N2), reduction="none").sum(1).mean()


def numbers_to_show(state: TrainingState) -> Tensor:
    """Random numbers for `shown`, (N, `N_NUMBERS`) for this process' part of a batch; none without augmentation."""
    config, team = state.plan.config, state.plan.team
    if not config.augmentation:
        return torch.empty(0, device=team.device)
    numbers = torch.rand(config.batch_size, N_NUMBERS, generator=state.generator)
    return sent(team.part(numbers), team.device)


def shown(state: TrainingState, part: Tensor, numbers: Tensor) -> Tensor:
    """This process' part of a batch as the discriminator sees it."""
    return diff_augment(part, numbers) if state.plan.config.augmentation else part


def update(state: TrainingState, optimizer: torch.optim.Optimizer, work: Work, *given: Tensor) -> Losses:
    """One step down the gradient, of which each process has a part."""
    weights = [weights for group in optimizer.param_groups for weights in group["params"]]
    losses = state.recorder.do(work, state, weights, *given)
    state.plan.team.share_gradients(weights)
    optimizer.step()
    return losses


def learning_rate(config: TrainConfig, step: int) -> float:
    """Constant, then linear to zero over the last steps."""
    falling = config.decay * config.steps
    return config.learning_rate * (min(1.0, (config.steps - step) / falling) if falling else 1.0)


def set_rate(state: TrainingState, rate: float) -> None:
    """Set the learning rate that the factors of all groups of weights go by."""
    for optimizer in (state.refiner_optimizer, state.discriminator_optimizer):
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]


@torch.no_grad()
def move_average(state: TrainingState) -> None:
    """Follow the refiner's weights; quickly at first, so that a short run is not held back by its start."""
    decay = min(state.plan.config.ema, (state.step + 1) / (state.step + 10))
    for kept, now in zip(state.average.parameters(), state.refiner.parameters(), strict=True):
        kept.lerp_(now, 1 - decay)
