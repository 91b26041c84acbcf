"""Options of converting. Imports neither numpy nor h5py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc

from gazeaug.options import DATA, OUTPUT, Convention, Image, Labels, Options, Overwrite, Shown


@dataclass(frozen=True, kw_only=True)
class ConvertOptions(Options):
    """Which layout an eye file is brought into, and how."""

    to: Annotated[
        Literal["mpiigaze-h5", "xgaze", "gazehub", "faze", "kaggle", "webdataset", "parquet", "npz", "folder"],
        OUTPUT,
        Doc("Layout to write."),
    ]
    labels: Labels = None
    image: Image = "image"
    convention: Convention = None
    head_convention: Annotated[
        str | None,
        DATA,
        Doc(
            "Convention of the head pose, if the file does not say it: mpiigaze, degrees, rotation-vector, "
            "unityeyes, ..."
        ),
        Shown(metavar="NAME", unset="as the file says"),
    ] = None
    person: Annotated[
        str | None,
        DATA,
        Doc("Label that names the person of each row, for layouts that store persons."),
        Shown(metavar="LABEL", unset="subject"),
    ] = None
    for_trainer: Annotated[
        bool,
        OUTPUT,
        Doc("mpiigaze-h5 only: write p00 to p14 with 3,000 rows each, which is all that pytorch_mpiigaze takes."),
    ] = False
    size: Annotated[
        tuple[int, int] | None,
        OUTPUT,
        Doc(
            "Size of the pictures: cut to its aspect ratio, then resized, as are labels in pixels. "
            "mpiigaze-h5 needs 36x60."
        ),
        Shown(unset="as they are", was="resize"),
    ] = None
    color: Annotated[
        bool | None,
        OUTPUT,
        Doc("Colours of the pictures: RGB or grey."),
        Shown("--rgb", off="--grey", unset="as they are"),
    ] = None
    by: Annotated[
        Literal["subject"] | None,
        OUTPUT,
        Doc("xgaze only: write a folder with a file for each subject and their list, as ETH-XGaze's loader wants."),
        Shown(unset="one file"),
    ] = None
    table: Annotated[Literal["jsonl", "csv"], OUTPUT, Doc("folder only: format of the table of labels.")] = "jsonl"
    columns: Annotated[
        Literal["eye", "face", "eyediap", "gaze360", "eth", "rt-gene"],
        OUTPUT,
        Doc("gazehub only: data set whose readers will read it; they pick columns by number."),
    ] = "eye"
    flat: Annotated[
        bool, OUTPUT, Doc("folder only: put all pictures into OUTPUT/images, with nothing beside them.")
    ] = False
    names: Annotated[
        str | None,
        OUTPUT,
        Doc(
            "Names of the pictures with --flat, from {row} (from 0), {number} (from 1), {path_stem} and "
            "labels, such as '{row:06d}_cropped.png'."
        ),
        Shown(metavar="PATTERN", unset="{row:08d}.png"),
    ] = None
    overwrite: Overwrite = False


@dataclass(frozen=True, kw_only=True)
class ConvertArguments(ConvertOptions):
    """The keywords of `gazeaug.convert`, for its signature; never made."""

    progress: bool = True
