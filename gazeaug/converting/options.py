"""Options of converting. Imports neither numpy nor h5py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc

from gazeaug.options import DATA, METHOD, OUTPUT, Convention, Image, Labels, Options, Overwrite, Shown


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
        Doc("Of the head pose, where its attributes do not say: mpiigaze, degrees, rotation-vector, ..."),
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
    resize: Annotated[
        tuple[int, int] | None,
        METHOD,
        Doc("Bring pictures, and labels in pixels, to a size, cut to its aspect; mpiigaze-h5 needs 36x60."),
    ] = None
    table: Annotated[Literal["jsonl", "csv"], OUTPUT, Doc("Of folder.")] = "jsonl"
    overwrite: Overwrite = False
