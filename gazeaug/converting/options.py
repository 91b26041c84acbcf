"""Options of converting. Imports neither numpy nor h5py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc

from gazeaug.options import DATA, METHOD, OUTPUT, Convention, Image, Labels, Options, Overwrite


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
    resize: Annotated[
        tuple[int, int] | None,
        METHOD,
        Doc("Bring pictures, and labels in pixels, to a size, cut to its aspect; mpiigaze-h5 needs 36x60."),
    ] = None
    by: Annotated[
        Literal["subject"] | None,
        OUTPUT,
        Doc("Of xgaze: a folder with a file for each subject and the list of them, as ETH-XGaze's loader wants."),
    ] = None
    table: Annotated[Literal["jsonl", "csv"], OUTPUT, Doc("Of folder.")] = "jsonl"
    overwrite: Overwrite = False
