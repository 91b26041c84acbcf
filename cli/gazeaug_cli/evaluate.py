"""`gazeaug evaluate`: what training sets are worth, by gaze estimators trained on each and tested on real eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug_cli.options import built, taking


@taking(EvaluateConfig, EstimatorConfig)
def evaluate(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the results.", rich_help_panel="Output")
    ] = Path("evaluation"),
    json_: Annotated[
        bool, typer.Option("--json", help="Print the results as JSON, nothing else.", rich_help_panel="Output")
    ] = False,
    **given: Any,
) -> None:
    """Train gaze estimators on each set, test them on real eyes, and say how sure the difference is.

    After an interruption, the same command resumes: finished trainings are reused.

    Examples:
        gazeaug evaluate --train unityeyes.h5 --train unityeyes.refined.h5 --test mpiigaze.h5
        gazeaug evaluate --train a.h5 --test b.h5 --subset 1000,10000,all --estimator lenet --device cuda
    """
    import json

    from gazeaug.evaluation.page import describe_evaluation, draw_curves, write_evaluation_page
    from gazeaug.evaluation.trials import evaluate as run

    config, estimator = built(EvaluateConfig, given), built(EstimatorConfig, given)
    found = run(config, estimator, output=output, say=(lambda _: None) if json_ else print)
    page = write_evaluation_page(found, output / "evaluation.html")
    draw_curves(found, output / "curves.png")
    print(json.dumps(found.to_json()) if json_ else f"{describe_evaluation(found)}\nevaluation -> {page}")
