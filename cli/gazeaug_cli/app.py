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
from gazeaug_cli.help import HelpfulCommand

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


app.command("sample-data", cls=HelpfulCommand)(sample_data.sample_data)
app.add_typer(prepare.app, name="prepare")
app.command("split", cls=HelpfulCommand)(split.split)
app.command("mix", cls=HelpfulCommand)(mix.mix)
app.command("match", cls=HelpfulCommand)(match.match)
app.command("train", cls=HelpfulCommand)(train.train)
app.command("report", cls=HelpfulCommand)(report.report)
app.command("experiments", cls=HelpfulCommand)(experiments.experiments)
app.command("export", cls=HelpfulCommand)(export.export)
app.command("refine-dataset", cls=HelpfulCommand)(refine_dataset.refine_dataset)
app.command("merge", cls=HelpfulCommand)(merge.merge)
app.command("verify", cls=HelpfulCommand)(verify.verify)
app.command("inspect", cls=HelpfulCommand)(inspect.inspect)
app.command("drift", cls=HelpfulCommand)(drift.drift)
app.command("evaluate", cls=HelpfulCommand)(evaluate.evaluate)
app.command("realism", cls=HelpfulCommand)(realism.realism)
app.command("turing", cls=HelpfulCommand)(turing.turing)
app.command("convert", cls=HelpfulCommand)(convert.convert)
app.command("demo", cls=HelpfulCommand)(demo.demo)
app.command("doctor", cls=HelpfulCommand)(doctor.doctor)
