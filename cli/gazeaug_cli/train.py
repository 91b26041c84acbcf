"""`gazeaug train`: rendered and real eyes in, a run with a refiner out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer


def option(text: str) -> Any:
    """An option whose default is that of `TrainConfig`."""
    return typer.Option(help=text, show_default=False)


def train(
    synthetic: Annotated[Path | None, option("Rendered eyes. [default: unityeyes.h5]")] = None,
    real: Annotated[Path | None, option("Unlabelled real eyes. [default: real.h5]")] = None,
    run_dir: Annotated[
        Path | None, option("Where the run goes. [default: runs/ and the time; with --resume, the newest]")
    ] = None,
    recipe: Annotated[str | None, option("fast, paper or seed; single options go on top. [default: fast]")] = None,
    list_recipes: Annotated[bool, typer.Option("--list-recipes", help="Show every recipe and stop.")] = False,
    steps: Annotated[int | None, option("Steps of Algorithm 1.")] = None,
    batch_size: Annotated[int | None, option("Pictures of each kind a step.")] = None,
    lambda_: Annotated[float | None, typer.Option("--lambda", help="Weight of the self-regularisation.")] = None,
    regularisation: Annotated[str | None, option("mean over pixels, or sum over the batch.")] = None,
    adversarial_loss: Annotated[str | None, option("cross-entropy or least-squares.")] = None,
    k_g: Annotated[int | None, option("Refiner updates a step.")] = None,
    k_d: Annotated[int | None, option("Discriminator updates a step.")] = None,
    refiner_pretrain_steps: Annotated[int | None, option("Self-regularisation alone, before the start.")] = None,
    discriminator_pretrain_steps: Annotated[int | None, option("Discriminator alone, before the start.")] = None,
    camera_steps: Annotated[int | None, option("Camera alone, before the start.")] = None,
    learning_rate: Annotated[float | None, option("Of the refiner.")] = None,
    decay: Annotated[float | None, option("Share of the steps over which the learning rate falls to 0.")] = None,
    ema: Annotated[float | None, option("Decay of the mean of the weights that is exported; 0: the last.")] = None,
    match: Annotated[str | None, option("histogram: give rendered eyes the real eyes' histogram first.")] = None,
    optimizer: Annotated[str | None, option("adam or sgd.")] = None,
    buffer_size: Annotated[int | None, option("Refined pictures in the history.")] = None,
    log_interval: Annotated[int | None, option("Steps between lines of metrics.jsonl.")] = None,
    watch_interval: Annotated[int | None, option("Steps between looks: distance to real eyes, iris drift.")] = None,
    stop_when_flat: Annotated[int | None, option("End after so many looks without gain; 0 never does.")] = None,
    tensorboard: Annotated[
        bool | None, typer.Option("--tensorboard/--no-tensorboard", help="Events, where the extra is installed.")
    ] = None,
    checkpoint_interval: Annotated[int | None, option("Steps between checkpoints and sample grids.")] = None,
    seed: Annotated[int | None, option("Of weights, batches and history.")] = None,
    device: Annotated[str | None, option("auto, cpu or cuda.")] = None,
    precision: Annotated[str | None, option("auto, fp32 or bf16, while training.")] = None,
    features: Annotated[int | None, option("Feature maps of the refiner.")] = None,
    blocks: Annotated[int | None, option("Residual blocks of the refiner.")] = None,
    residual: Annotated[
        bool | None, typer.Option("--residual/--no-residual", help="Predict a correction of the input.")
    ] = None,
    discriminator_width: Annotated[float | None, option("Factor on the paper's discriminator.")] = None,
    noise: Annotated[bool | None, typer.Option("--noise/--no-noise", help="Give the refiner white noise.")] = None,
    styles: Annotated[int | None, option("Random numbers for each whole picture beside the noise.")] = None,
    camera: Annotated[
        bool | None, typer.Option("--camera/--no-camera", help="End the refiner in light, blur and grain.")
    ] = None,
    appearance: Annotated[float | None, option("Weight of the distance between appearances.")] = None,
    fold: Annotated[int | None, option("The refiner sees squares of so many pixels as one place.")] = None,
    discriminator_rate: Annotated[float | None, option("Its learning rate over the refiner's.")] = None,
    standardise: Annotated[
        bool | None, typer.Option("--standardise/--no-standardise", help="Hide exposure from the discriminator.")
    ] = None,
    augmentation: Annotated[
        bool | None,
        typer.Option("--augmentation/--no-augmentation", help="Show it changed eyes: for few real ones."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run, by its own settings.")] = False,
) -> None:
    """Train a refiner that makes rendered eyes look real (SimGAN, Shrivastava et al. 2017)."""
    given = {name: value for name, value in locals().items() if value is not None}
    from gazeaug.runs.diagnosis import diagnose
    from gazeaug.runs.folder import newest_run
    from gazeaug.training.data import find_training_data
    from gazeaug.training.loop import train as train_refiner
    from gazeaug.training.parallel import Team
    from gazeaug.training.recipes import describe_recipes

    del given["resume"], given["list_recipes"]
    if list_recipes:
        print(describe_recipes())
        return
    if resume:
        given["resume"] = given.pop("run_dir", None) or newest_run()
        print(f"going on with {given['resume']}")
    else:
        synthetic, real = find_training_data(given.pop("synthetic", None), given.pop("real", None), announce=print)
        given |= {"synthetic": str(synthetic), "real": str(real)}
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        print(text, flush=True)

    run = train_refiner(**given, say=say)
    if not Team().leads:
        # Nothing is left to do. The interpreter's own end now and then aborted here (std::terminate from a thread of
        # torch's that it stopped), and torchrun then took the whole launch for failed.
        os._exit(0)
    for text in map(str, diagnose(run)):
        if text not in said:
            print(text)
    print(f"trained: {run} (next: gazeaug export --onnx)")
