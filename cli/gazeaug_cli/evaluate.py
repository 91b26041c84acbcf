"""`gazeaug evaluate`: what training sets are worth, by gaze estimators trained on each and tested on real eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from gazeaug.estimators.options import EstimatorConfig
from gazeaug.evaluation.options import EvaluateConfig
from gazeaug.options import Panel
from gazeaug_cli.endings import Work, next_command, print_json, say
from gazeaug_cli.options import AsJson, built, shown, taking
from gazeaug_cli.tables import show


@taking(EvaluateConfig, EstimatorConfig)
def evaluate(
    output: Annotated[Path, shown(Panel.OUTPUT, "Folder of the results.", "--output", "-o", metavar="FOLDER")] = Path(
        "evaluation"
    ),
    json_: AsJson = False,
    **given: Any,
) -> None:
    """Train gaze estimators on each training set and test them on real eyes, with confidence intervals.

    After an interruption, the same command resumes: finished trainings are reused.

    Examples:
        gazeaug evaluate --train a.h5 --train a.refined.h5 --test mpiigaze.h5
        gazeaug evaluate --train a.h5 --test b.h5 --subset 1000,all --device cuda:1
    """
    from gazeaug.evaluation.page import describe_evaluation, draw_curves, write_evaluation_page
    from gazeaug.evaluation.results import CURVES, PAGE
    from gazeaug.evaluation.trials import evaluate as run

    config, estimator = built(EvaluateConfig, given), built(EstimatorConfig, given)
    work = Work()
    found = run(config, estimator, output=output, say=(lambda _: None) if json_ else say)
    page = write_evaluation_page(found, output / PAGE)
    draw_curves(found, output / CURVES)
    if json_:
        print_json(found.to_json())
        return
    show(describe_evaluation(found))
    work.made(page, unit="evaluation")
    next_command("convert", "--help", why="write the set that you choose for your trainer")
