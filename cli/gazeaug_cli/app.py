"""The Typer app: one module a command, nothing heavy imported before a command runs."""

from __future__ import annotations

import typer

from gazeaug_cli import (
    convert,
    demo,
    doctor,
    drift,
    evaluate,
    experiments,
    export,
    inspect,
    match,
    merge,
    mix,
    prepare,
    realism,
    refine_dataset,
    report,
    sample_data,
    split,
    train,
    turing,
    verify,
)
from gazeaug_cli.errors import PoliteGroup

app = typer.Typer(
    cls=PoliteGroup,
    name="gazeaug",
    help="Make rendered eyes look real without moving the gaze. --debug shows tracebacks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def root() -> None:
    """Make rendered eyes look real without moving the gaze."""


app.command("sample-data")(sample_data.sample_data)
app.add_typer(prepare.app, name="prepare")
app.command("split")(split.split)
app.command("mix")(mix.mix)
app.command("match")(match.match)
app.command("train")(train.train)
app.command("report")(report.report)
app.command("experiments")(experiments.experiments)
app.command("export")(export.export)
app.command("refine-dataset")(refine_dataset.refine_dataset)
app.command("merge")(merge.merge)
app.command("verify")(verify.verify)
app.command("inspect")(inspect.inspect)
app.command("drift")(drift.drift)
app.command("evaluate")(evaluate.evaluate)
app.command("realism")(realism.realism)
app.command("turing")(turing.turing)
app.command("convert")(convert.convert)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
