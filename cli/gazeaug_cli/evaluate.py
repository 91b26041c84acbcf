"""`gazeaug evaluate`: what training sets are worth, by gaze estimators trained on each and tested on real eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    train: Annotated[list[str], typer.Option(help="Labelled eyes to learn from; the first is the synthetic one.")],
    test: Annotated[str, typer.Option(help="Labelled real eyes, never trained on.")],
    reference: Annotated[
        str | None, typer.Option(help="Labelled real eyes to learn from, for the gap closed.", show_default=False)
    ] = None,
    estimator: Annotated[
        str, typer.Option(help="small, cnn (the paper's), lenet, resnet, knn or knn-embedding.")
    ] = "small",
    seeds: Annotated[int, typer.Option(help="Estimators trained on each set.")] = 3,
    subset: Annotated[str, typer.Option(help="Sizes of the training sets, as 1000,10000,all.")] = "all",
    group: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label that says whose eye a row is.", show_default=False)
    ] = None,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="Reference: the test set's other subjects.")
    ] = False,
    head_pose: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Label that estimators get too.", show_default=False)
    ] = None,
    epochs: Annotated[int, typer.Option(help="Times that every training picture is seen.")] = 6,
    least_updates: Annotated[int, typer.Option(help="Small sets are seen more often, up to so many updates.")] = 500,
    batch_size: Annotated[int, typer.Option(help="Pictures an update.")] = 64,
    neighbours: Annotated[int, typer.Option(help="Of knn.")] = 16,
    normalise: Annotated[str, typer.Option(help="Every picture: standardise, equalise or scale.")] = "standardise",
    augment: Annotated[str, typer.Option(help="Training pictures: none, or ordinary (blur, light, noise).")] = "none",
    device: Annotated[str, typer.Option(help="auto (CUDA where it is), cpu or cuda.")] = "auto",
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the results.")] = Path("evaluation"),
    json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON, nothing else.")] = False,
) -> None:
    """Train gaze estimators on each set, test them on real eyes, and say how sure the difference is."""
    import json

    from gazeaug.estimators.registry import EstimatorConfig
    from gazeaug.evaluation.page import describe_evaluation, draw_curves, write_evaluation_page
    from gazeaug.evaluation.trials import EvaluateConfig, parse_sizes
    from gazeaug.evaluation.trials import evaluate as run

    config = EvaluateConfig(
        train=train,
        test=test,
        reference=reference,
        seeds=seeds,
        subset=parse_sizes(subset),
        group=group,
        leave_one_out=leave_one_out,
        head_pose=head_pose,
    )
    trained = EstimatorConfig(
        estimator=estimator,
        epochs=epochs,
        least_updates=least_updates,
        batch_size=batch_size,
        neighbours=neighbours,
        normalise=normalise,
        augment=augment,
        device=device,
    )
    found = run(config, trained, output=output, say=(lambda _: None) if json_ else print)
    page = write_evaluation_page(found, output / "evaluation.html")
    draw_curves(found, output / "curves.png")
    print(json.dumps(found.to_json()) if json_ else f"{describe_evaluation(found)}\nevaluation -> {page}")
