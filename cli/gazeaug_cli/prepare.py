"""`gazeaug prepare KIND`: pictures, and the files of other data sets, into an eye file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from gazeaug.photos.options import PhotosOptions
from gazeaug.preparing.options import PartsOptions
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
from gazeaug_cli.groups import PLAIN, LazyGroup
from gazeaug_cli.options import taking

if TYPE_CHECKING:
    from gazeaug.preparing.job import PrepareReport

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to read.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="File to read.")]
Inputs = Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Pictures, videos, folders of them.")]
Output = Annotated[
    Path,
    typer.Option("--output", "-o", help="Eye file to write.", rich_help_panel="Output"),
]


@dataclass(frozen=True)
class Kind:
    """A kind of source, and what prepares it."""

    name: str
    reads: Any
    options: type
    function: str
    """module:function, imported when it is called."""
    text: str
    example: str


KINDS = [
    Kind(
        "unityeyes",
        Folder,
        UnityEyesOptions,
        "sources.folders:prepare_unityeyes",
        "Crop the eyes of a UnityEyes folder (N.jpg + N.json), with all their labels.",
        "imgs -o unityeyes.h5 --size 36x60",
    ),
    Kind(
        "folder",
        Folder,
        FolderOptions,
        "sources.folders:prepare_folder",
        "Bring pictures of eyes into an eye file, with the labels of a table if there is one.",
        "crops -o real.h5 --labels labels.csv --convention mpiigaze",
    ),
    Kind(
        "unityeyes2",
        Folder,
        UnityEyesOptions,
        "sources.folders:prepare_unityeyes2",
        "Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json), a row a picture.",
        "imgs -o unityeyes2.h5",
    ),
    Kind(
        "syntheseyes",
        Folder,
        PicturesOptions,
        "sources.syntheseyes:prepare_syntheseyes",
        "Bring SynthesEyes' png and pkl into an eye file; a pickle that holds more than plain data is refused.",
        "SynthesEyes_data -o syntheseyes.h5 --rgb",
    ),
    Kind(
        "columbia",
        Folder,
        FitOptions,
        "sources.folders:prepare_columbia",
        "Bring Columbia Gaze's pictures, or crops under the same names, into an eye file with the names' angles.",
        "columbia_crops -o columbia.h5 --fit pad",
    ),
    Kind(
        "photos",
        Inputs,
        PhotosOptions,
        "photos.photographs:prepare_photos",
        "Find the eyes in photographs and videos and cut them out; no gaze is invented.",
        "portraits interview.mp4 -o real.h5 --every 5 --grid kept.png",
    ),
    Kind(
        "mpiigaze",
        Folder,
        MpiigazeOptions,
        "sources.mpiigaze:prepare_mpiigaze",
        "Bring MPIIGaze's Data/Normalized/pXX/dayYY.mat into an eye file, with gaze, head pose, subject, day and side.",
        "MPIIGaze -o mpiigaze.h5 --eye left --size 35x55",
    ),
    Kind(
        "mpiigaze-h5",
        File,
        PartsOptions,
        "sources.hdf5:prepare_mpiigaze_h5",
        "Bring MPIIGaze.h5 of the common PyTorch trainer into an eye file.",
        "MPIIGaze.h5 -o mpiigaze.h5",
    ),
    Kind(
        "faze",
        File,
        PartsOptions,
        "sources.faze:prepare_faze",
        "Bring FAZE's HDF5 (a group a person with pixels and labels) into an eye file, with gaze and head pose.",
        "GazeCapture.h5 -o faze.h5",
    ),
    Kind(
        "utmultiview",
        Folder,
        UtMultiviewOptions,
        "sources.utmultiview:prepare_utmultiview",
        "Bring UT Multiview's sNN/test/NNN_left.csv and the pictures beside them, zipped or not, into an eye file.",
        "UTMultiview -o utmultiview.h5 --mirror right",
    ),
    Kind(
        "xgaze",
        File,
        PartsOptions,
        "sources.hdf5:prepare_xgaze",
        "Bring a file of ETH-XGaze into an eye file: its face patches (BGR to RGB) and all of its labels.",
        "subject0000.h5 -o xgaze.h5 --grey",
    ),
    Kind(
        "kaggle",
        File,
        PartsOptions,
        "sources.hdf5:prepare_kaggle",
        "Bring the Kaggle layout (gaze.h5, real_gaze.h5) into an eye file, its gaze marked as UnityEyes'.",
        "gaze.h5 -o unityeyes.h5",
    ),
    Kind(
        "gazehub",
        Folder,
        GazehubOptions,
        "sources.gazehub:prepare_gazehub",
        "Bring a folder of GazeHub (Image, Label/*.label) into an eye file, in whichever columns it has.",
        "MPIIFaceGaze -o left.h5 --picture left --size 36x60",
    ),
    Kind(
        "eyes",
        File,
        EyesOptions,
        "sources.hdf5:copy_eyes",
        "Resize or filter an eye file; labels are carried bit for bit, those in pixels moved along when it is resized.",
        "mpiigaze.h5 -o p00.h5 --where subject=p00 --every 2",
    ),
]


def command_of(kind: Kind) -> Callable[..., None]:
    """The command that prepares a kind of source."""

    def command(source: Any, output: Output, **given: Any) -> None:
        module, name = kind.function.split(":")
        tell(getattr(import_module(f"gazeaug.{module}"), name)(source, output, **given))
        if given.get("grid") is not None:
            print(f"kept and left out -> {given['grid']}")

    command.__annotations__["source"] = kind.reads
    command.__doc__ = f"{kind.text}\n\nExamples:\n    gazeaug prepare {kind.name} {kind.example}"
    return taking(kind.options)(command)


def tell(report: PrepareReport) -> None:
    """Say what was written, what of it an earlier run had read, and what was left out."""
    if report.n_resumed:
        print(f"{report.n_resumed:,} items had been read by an interrupted run (--fresh starts over)")
    print(f"{report.n_images:,} eyes -> {report.output}")
    for note in report.notes:
        print(f"note: {note}")
    if report.n_flat:
        more = ", ..." if report.n_flat > len(report.flat_rows) else ""
        rows = ", ".join(map(str, report.flat_rows)) + more
        print(f"warning: {report.n_flat:,} of them are of one colour, nothing can be seen in them: rows {rows}")
    is_unreadable = list(report.left_out) == ["unreadable"]
    for reason, n in report.left_out.items():
        if not is_unreadable:
            print(f"{n:,} left out: {reason}")
    if report.rejected is not None:
        is_list_of = f"{report.n_rejected:,} unreadable items are" if is_unreadable else "all of them are"
        print(f"{is_list_of} listed in {report.rejected}")


class Kinds(LazyGroup):
    """A command for each kind of source."""

    texts: ClassVar = {kind.name: kind.text for kind in KINDS}

    def load(self, name: str) -> Any:
        """Make the command of a kind."""
        return next(command_of(kind) for kind in KINDS if kind.name == name)


prepare = typer.Typer(cls=Kinds, no_args_is_help=True, **PLAIN)


@prepare.callback()
def group() -> None:
    """Make an eye file of pictures, or of other data sets."""
