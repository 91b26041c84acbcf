"""`gazeaug prepare KIND`: pictures, and the files of other data sets, into an eye file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from gazeaug.options import Panel
from gazeaug.photos.options import PhotosOptions
from gazeaug.preparing.options import PartsOptions
from gazeaug.screens import amount
from gazeaug.sources.options import (
    EyesOptions,
    FitOptions,
    FolderOptions,
    GazehubOptions,
    MpiigazeOptions,
    PicturesOptions,
    UnityEyesOptions,
    UtMultiviewOptions,
)
from gazeaug_cli.endings import Work, next_command, say
from gazeaug_cli.groups import PLAIN, LazyGroup
from gazeaug_cli.options import shown, taking

if TYPE_CHECKING:
    from gazeaug.preparing.job import PrepareReport

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to read.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="File to read.")]
Inputs = Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Pictures and videos, or folders of them.")]
Output = Annotated[Path, shown(Panel.OUTPUT, "Eye file to write (.h5).", "--output", "-o", metavar="FILE")]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of source, and what prepares it."""

    name: str
    section: str
    """The heading that it is listed under."""
    reads: Any
    options: type
    function: str
    """module:function, imported when it is called."""
    listed: str
    """What it is, where all are listed."""
    text: str
    """What its own help says."""
    example: str


KINDS = [
    Kind(
        name="unityeyes",
        section="Rendered eyes",
        reads=Folder,
        options=UnityEyesOptions,
        function="sources.folders:prepare_unityeyes",
        listed="A folder of UnityEyes (N.jpg and N.json), with all labels.",
        text="Crop the eyes of a UnityEyes folder (N.jpg and N.json) into an eye file, with all labels.",
        example="imgs -o unityeyes.h5 --size 36x60",
    ),
    Kind(
        name="unityeyes2",
        section="Rendered eyes",
        reads=Folder,
        options=UnityEyesOptions,
        function="sources.folders:prepare_unityeyes2",
        listed="A folder of UnityEyes2 (N_<camera>.jpg and N.json).",
        text="Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json) into an eye file, one row per picture.",
        example="imgs -o unityeyes2.h5",
    ),
    Kind(
        name="syntheseyes",
        section="Rendered eyes",
        reads=Folder,
        options=PicturesOptions,
        function="sources.syntheseyes:prepare_syntheseyes",
        listed="The png and pkl files of SynthesEyes.",
        text="Read the png and pkl files of SynthesEyes. Pickles that hold more than plain data are refused.",
        example="SynthesEyes_data -o syntheseyes.h5 --rgb",
    ),
    Kind(
        name="photos",
        section="Your own pictures",
        reads=Inputs,
        options=PhotosOptions,
        function="photos.photographs:prepare_photos",
        listed="Find and crop the eyes in photographs and videos.",
        text="Find the eyes in photographs and videos and crop them into an eye file. No gaze label is written.",
        example="portraits interview.mp4 -o real.h5 --every 5",
    ),
    Kind(
        name="folder",
        section="Your own pictures",
        reads=Folder,
        options=FolderOptions,
        function="sources.folders:prepare_folder",
        listed="Pictures of eyes, with a table of labels if there is one.",
        text="Read a folder of eye pictures into an eye file, with a table of labels if there is one.",
        example="crops -o real.h5 --labels gaze.csv --convention opencv",
    ),
    Kind(
        name="mpiigaze",
        section="Data sets of real eyes",
        reads=Folder,
        options=MpiigazeOptions,
        function="sources.mpiigaze:prepare_mpiigaze",
        listed="MPIIGaze (Data/Normalized/pXX/dayYY.mat).",
        text=(
            "Read MPIIGaze's Data/Normalized/pXX/dayYY.mat into an eye file, with gaze, head pose, subject, "
            "day and side."
        ),
        example="MPIIGaze -o mpiigaze.h5 --mirror right",
    ),
    Kind(
        name="mpiigaze-h5",
        section="Data sets of real eyes",
        reads=File,
        options=PartsOptions,
        function="sources.hdf5:prepare_mpiigaze_h5",
        listed="MPIIGaze.h5 of the PyTorch trainer pytorch_mpiigaze.",
        text="Read MPIIGaze.h5, as pytorch_mpiigaze writes it, into an eye file.",
        example="MPIIGaze.h5 -o mpiigaze.h5",
    ),
    Kind(
        name="columbia",
        section="Data sets of real eyes",
        reads=Folder,
        options=FitOptions,
        function="sources.folders:prepare_columbia",
        listed="Columbia Gaze; the labels are read from the file names.",
        text=(
            "Read Columbia Gaze's pictures, or crops with the same names, into an eye file, with the angles "
            "from the file names."
        ),
        example="columbia_crops -o columbia.h5 --fit pad",
    ),
    Kind(
        name="utmultiview",
        section="Data sets of real eyes",
        reads=Folder,
        options=UtMultiviewOptions,
        function="sources.utmultiview:prepare_utmultiview",
        listed="UT Multiview (sNN/test), zipped or not.",
        text="Read UT Multiview (sNN/test/NNN_left.csv and the pictures beside it, zipped or not) into an eye file.",
        example="UTMultiview -o utmultiview.h5 --mirror right",
    ),
    Kind(
        name="xgaze",
        section="Data sets of real eyes",
        reads=File,
        options=PartsOptions,
        function="sources.hdf5:prepare_xgaze",
        listed="A file of ETH-XGaze: face patches and all labels.",
        text="Read a file of ETH-XGaze into an eye file: its face patches (BGR becomes RGB) and all labels.",
        example="subject0000.h5 -o xgaze.h5 --grey",
    ),
    Kind(
        name="faze",
        section="Data sets of real eyes",
        reads=File,
        options=PartsOptions,
        function="sources.faze:prepare_faze",
        listed="The HDF5 of FAZE, one group per person.",
        text="Read the HDF5 of FAZE (one group per person) into an eye file, with gaze and head pose.",
        example="GazeCapture.h5 -o faze.h5",
    ),
    Kind(
        name="gazehub",
        section="Data sets of real eyes",
        reads=Folder,
        options=GazehubOptions,
        function="sources.gazehub:prepare_gazehub",
        listed="A folder of GazeHub (Image and Label/*.label).",
        text=(
            "Read a folder of GazeHub (Image, Label/*.label) into an eye file. Unless gazeaug convert wrote "
            "the folder, pictures become 35x55 and grey: give --size and --rgb for others."
        ),
        example="MPIIFaceGaze -o left.h5 --picture left --size 36x60",
    ),
    Kind(
        name="kaggle",
        section="Eye files",
        reads=File,
        options=PartsOptions,
        function="sources.hdf5:prepare_kaggle",
        listed="gaze.h5 or real_gaze.h5 of Kaggle's eye-gaze data set.",
        text=(
            "Read the Kaggle layout (gaze.h5, real_gaze.h5) into an eye file. Its gaze is marked as that of UnityEyes."
        ),
        example="gaze.h5 -o unityeyes.h5",
    ),
    Kind(
        name="eyes",
        section="Eye files",
        reads=File,
        options=EyesOptions,
        function="sources.hdf5:copy_eyes",
        listed="Filter or resize the rows of an eye file.",
        text=(
            "Filter or resize an eye file. Labels are copied bit for bit; labels in pixels move along when "
            "pictures are resized."
        ),
        example="mpiigaze.h5 -o p00.h5 --where subject=p00 --every 2",
    ),
]


def command_of(kind: Kind) -> Callable[..., None]:
    """The command that prepares a kind of source."""

    def command(source: Any, output: Output, **given: Any) -> None:
        module, name = kind.function.split(":")
        work = Work()
        tell(getattr(import_module(f"gazeaug.{module}"), name)(source, output, **given), work)
        if given.get("grid") is not None:
            work.made(given["grid"], unit="kept and left out")
        next_command("inspect", output)

    command.__annotations__["source"] = kind.reads
    command.__doc__ = f"{kind.text}\n\nExamples:\n    gazeaug prepare {kind.name} {kind.example}"
    return taking(kind.options)(command)


def tell(report: PrepareReport, work: Work) -> None:
    """Say what was written, what of it an earlier run had read, and what was left out."""
    if report.n_resumed:
        say(f"read by an interrupted run before: {amount(report.n_resumed, 'items')} (--fresh starts over)")
    work.made(report.output, report.n_images, n_timed=report.n_images - report.n_resumed)
    for note in report.notes:
        say(f"note: {note}")
    if report.n_flat:
        more = ", ..." if report.n_flat > len(report.flat_rows) else ""
        rows = f"row{'s' if report.n_flat > 1 else ''} {', '.join(map(str, report.flat_rows))}{more}"
        print(f"warning: {amount(report.n_flat, 'pictures')} of one colour, in which nothing can be seen: {rows}")
    is_unreadable = list(report.left_out) == ["unreadable"]
    for reason, n in report.left_out.items():
        if not is_unreadable:
            print(f"{n:,} left out: {reason}")
    if report.rejected is not None:
        listed = amount(report.n_rejected, "items that cannot be read") if is_unreadable else "all of them"
        print(f"listed in {report.rejected}: {listed}")


class Kinds(LazyGroup):
    """A command for each kind of source."""

    sections: ClassVar = {
        section: {kind.name: kind.listed for kind in KINDS if kind.section == section}
        for section in dict.fromkeys(kind.section for kind in KINDS)
    }

    def load(self, name: str) -> Any:
        """Make the command of a kind."""
        return next(command_of(kind) for kind in KINDS if kind.name == name)


prepare = typer.Typer(cls=Kinds, no_args_is_help=True, **PLAIN)


@prepare.callback()
def group() -> None:
    """Make an eye file from pictures, videos or a data set.

    Examples:
        gazeaug prepare unityeyes imgs -o unityeyes.h5
        gazeaug prepare photos portraits interview.mp4 -o real.h5
        gazeaug prepare unityeyes --help
    """
