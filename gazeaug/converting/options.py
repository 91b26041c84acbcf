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
        Doc("The layout."),
    ]
    labels: Labels = None
    image: Image = "image"
    convention: Convention = None
    head_convention: Annotated[
        str | None,
        DATA,
        Doc("Of the head pose, where its attributes do not say: mpiigaze, degrees, rotation-vector, unityeyes, ..."),
    ] = None
    person: Annotated[
        str | None,
        DATA,
        Doc("Label that names persons, for layouts that have them."),
        Shown(metavar="LABEL", unset="subject"),
    ] = None
    for_trainer: Annotated[
        bool, OUTPUT, Doc("Of mpiigaze-h5: p00 to p14 of 3,000 rows each, all that pytorch_mpiigaze takes.")
    ] = False
    size: Annotated[
        tuple[int, int] | None,
        OUTPUT,
        Doc("Size of the pictures; they are cut to its aspect, then resized. mpiigaze-h5 needs 36x60."),
        Shown(unset="as they are", was="resize"),
    ] = None
    color: Annotated[
        bool | None, OUTPUT, Doc("Pictures in RGB or grey."), Shown("--rgb", off="--grey", unset="as they are")
    ] = None
    by: Annotated[
        Literal["subject"] | None,
        OUTPUT,
        Doc("Of xgaze: a folder with a file for each subject and the list of them, as ETH-XGaze's loader wants."),
    ] = None
    table: Annotated[Literal["jsonl", "csv"], OUTPUT, Doc("Of folder: the format of its table.")] = "jsonl"
    columns: Annotated[
        Literal["eye", "face", "eyediap", "gaze360", "eth", "rt-gene"],
        OUTPUT,
        Doc("Of gazehub: the set whose readers shall read it, since they pick columns by number."),
    ] = "eye"
    flat: Annotated[bool, OUTPUT, Doc("Of folder: all pictures in one, OUT/images, with nothing beside them.")] = False
    names: Annotated[
        str | None,
        OUTPUT,
        Doc("Of pictures with --flat; {row} from 0, {number} from 1, {path_stem}, labels: '{row:06d}_cropped.png'."),
        Shown(metavar="PATTERN"),
    ] = None
    overwrite: Overwrite = False
