"""Options of the sources, one dataclass for each shape of source. Imports neither numpy nor h5py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.errors import InputError
from gazeaug.options import DATA, MAX_MEGAPIXELS, METHOD, OUTPUT, SIZE, SMALLEST_SIDE, Options, Shown, Size
from gazeaug.preparing.options import ItemsOptions, PartsOptions, Workers

Color = Annotated[bool, OUTPUT, Doc("Pictures in RGB instead of grey."), Shown("--rgb")]
Margin = Annotated[
    float,
    Interval(ge=0.5, le=10),
    METHOD,
    Doc("Width of the crop, as a multiple of the eye's width; 1.25 gives MPIIGaze's scale."),
]
MaxMegapixels = Annotated[float, DATA, Doc("Largest picture that is read, in megapixels.")]
Fit = Annotated[
    Literal["crop", "pad"],
    METHOD,
    Doc("Pictures of another aspect ratio: crop cuts them about the centre, pad repeats their edges."),
]
Eye = Annotated[Literal["left", "right", "both"], DATA, Doc("Which eyes to take.")]
Mirror = Annotated[
    Literal["right"] | None,
    METHOD,
    Doc("Flip right eyes left to right, with their gaze and head pose."),
    Shown(unset="none", was="mirror_right", was_meant="right"),
]


@dataclass(frozen=True, kw_only=True)
class CropOptions(Options):
    """How an eye is cut out of its render."""

    size: Size = (35, 55)
    margin: Margin = 1.25
    color: Color = False
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS


@dataclass(frozen=True, kw_only=True)
class UnityEyesOptions(CropOptions, ItemsOptions):
    """How the renders of UnityEyes and UnityEyes2 become a file."""


@dataclass(frozen=True, kw_only=True)
class PicturesOptions(ItemsOptions):
    """How pictures that are all eye become a file."""

    size: Size = (35, 55)
    color: Color = False
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS


@dataclass(frozen=True, kw_only=True)
class FitOptions(PicturesOptions):
    """How pictures of any aspect become a file."""

    fit: Fit = "crop"


@dataclass(frozen=True, kw_only=True)
class FittedOptions(ItemsOptions):
    """How pictures become a file that `convert` may have written, which then stay as they are."""

    size: Annotated[
        tuple[int, int] | None,
        Ge(SMALLEST_SIDE),
        OUTPUT,
        Doc(SIZE),
        Shown(unset="35x55; as it is if gazeaug convert wrote the folder"),
    ] = None
    color: Annotated[
        bool | None,
        OUTPUT,
        Doc("Pictures in RGB instead of grey."),
        Shown("--rgb", unset="grey; as it is if gazeaug convert wrote the folder"),
    ] = None
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS
    fit: Fit = "crop"

    def fitted(self, image_shape: tuple[int, ...]) -> FitOptions:
        """The options with what is not given as pictures of (H, W) or (H, W, 3) are."""
        values = {field.name: getattr(self, field.name) for field in fields(FitOptions)}
        values["size"] = image_shape[:2] if self.size is None else self.size
        values["color"] = len(image_shape) > 2 if self.color is None else self.color
        return FitOptions(**values)


@dataclass(frozen=True, kw_only=True)
class FolderOptions(FittedOptions):
    """How a folder of pictures becomes a file."""

    labels: Annotated[
        Path | str | None,
        DATA,
        Doc("Table of labels: CSV, JSONL or JSON with file_name (or file, path) and a column for each label."),
        Shown(metavar="FILE", unset="none"),
    ] = None
    convention: Annotated[
        str | None,
        DATA,
        Doc(
            "Convention of the table's gaze (its columns pitch and yaw, or gaze_0, gaze_1): unityeyes, "
            "opencv, mpiigaze, ..."
        ),
        Shown(metavar="NAME", unset="as the table says"),
    ] = None

    def __post_init__(self) -> None:
        """Refuse values out of range, and a convention of no table."""
        super().__post_init__()
        if self.labels is None and self.convention is not None:
            raise InputError("--convention says what a table's gaze means; name the table with --labels.")


@dataclass(frozen=True, kw_only=True)
class GazehubOptions(FittedOptions):
    """How a folder of GazeHub becomes a file."""

    picture: Annotated[
        Literal["face", "left", "right"] | None, DATA, Doc("Which picture of each line to take."), Shown(unset="face")
    ] = None
    labels: Annotated[
        Path | str | None, DATA, Doc("A .label file, or a folder of them."), Shown(metavar="PATH", unset="FOLDER/Label")
    ] = None
    images: Annotated[
        Path | str | None,
        DATA,
        Doc("Folder to which the names of the pictures are relative."),
        Shown(metavar="PATH", unset="FOLDER/Image"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class MpiigazeOptions(PartsOptions):
    """How MPIIGaze's .mat files become an eye file."""

    eye: Eye = "both"
    mirror: Mirror = None
    lists: Annotated[
        Path | str | None,
        DATA,
        Doc("Folder with the pXX.txt of the evaluation subset; the rows follow these lists."),
        Shown(metavar="FOLDER", unset="none: all eyes"),
    ] = None
    workers: Workers = None


@dataclass(frozen=True, kw_only=True)
class UtMultiviewOptions(PartsOptions):
    """How UT Multiview's pictures and CSVs become an eye file."""

    subset: Annotated[
        Literal["test", "synth", "both"],
        DATA,
        Doc("test: the pictures of the cameras; synth: those rendered from them."),
    ] = "test"
    eye: Eye = "both"
    mirror: Mirror = None
    workers: Workers = None

    def __post_init__(self) -> None:
        """Refuse values out of range, and eyes whose labels cannot be told."""
        super().__post_init__()
        if (self.subset, self.eye) == ("synth", "right"):
            raise InputError(
                "--eye right of --subset synth: public loaders pair the pictures and lines of those eyes in two ways, "
                "so their labels cannot be told; take --eye left, or --subset test."
            )


@dataclass(frozen=True, kw_only=True)
class EyesOptions(PartsOptions):
    """Which rows of an eye file are copied, and how."""

    where: Annotated[
        Mapping[str, str] | None,
        DATA,
        Doc("Only rows whose label has this value; repeat it for several labels."),
        Shown(metavar="LABEL=VALUE", unset="all rows"),
    ] = None
    rows_in: Annotated[
        Path | str | None,
        DATA,
        Doc("Only the rows that this file lists: a CSV with a column row, or one row number a line."),
        Shown(metavar="CSV", unset="all rows"),
    ] = None
    rows_not_in: Annotated[
        Path | str | None,
        DATA,
        Doc("Leave out the rows that this file lists, in the same way."),
        Shown(metavar="CSV", unset="none"),
    ] = None
    every: Annotated[int, Ge(1), DATA, Doc("Only every N-th of these rows.")] = 1
    eye: Eye = "both"


@dataclass(frozen=True, kw_only=True)
class UnityEyesArguments(UnityEyesOptions):
    """The keywords of `gazeaug.prepare_unityeyes`, for its signature; never made."""

    progress: bool = True


@dataclass(frozen=True, kw_only=True)
class FolderArguments(FolderOptions):
    """The keywords of `gazeaug.prepare_folder`, for its signature; never made."""

    progress: bool = True
