"""Options of the sources, one dataclass for each shape of source. Imports neither numpy nor h5py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.errors import InputError
from gazeaug.options import DATA, MAX_MEGAPIXELS, METHOD, OUTPUT, SMALLEST_SIDE, Options, Shown, Size
from gazeaug.preparing.options import ItemsOptions, PartsOptions, Workers

Color = Annotated[bool, OUTPUT, Doc("RGB in place of grey."), Shown("--rgb")]
Margin = Annotated[
    float,
    Interval(ge=0.5, le=10),
    METHOD,
    Doc("Width of the crop over that of the eye; 1.25 gives MPIIGaze's scale."),
]
MaxMegapixels = Annotated[float, DATA, Doc("Larger pictures are refused.")]
Fit = Annotated[
    Literal["crop", "pad"], METHOD, Doc("Cut another aspect about the centre, or repeat the edges around it.")
]
Eye = Annotated[Literal["left", "right", "both"], DATA, Doc("Which eyes.")]
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
        Doc("Of the pictures; nothing is squashed."),
        Shown(unset="35x55; as it is where convert wrote the folder"),
    ] = None
    color: Annotated[
        bool | None, OUTPUT, Doc("RGB in place of grey; what convert wrote stays as it is."), Shown("--rgb")
    ] = None
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS
    fit: Fit = "crop"

    def fitted(self, image_shape: tuple[int, ...]) -> FitOptions:
        """The options with what is not given as pictures of (H, W) or (H, W, 3) are."""
        size = image_shape[:2] if self.size is None else self.size
        return FitOptions(
            size=(size[0], size[1]),
            color=len(image_shape) > 2 if self.color is None else self.color,
            fit=self.fit,
            max_megapixels=self.max_megapixels,
            rows=self.rows,
            keep_going=self.keep_going,
            workers=self.workers,
            overwrite=self.overwrite,
            fresh=self.fresh,
        )


@dataclass(frozen=True, kw_only=True)
class FolderOptions(FittedOptions):
    """How a folder of pictures becomes a file."""

    labels: Annotated[
        Path | str | None, DATA, Doc("CSV, JSONL or JSON with file_name (or file, path) and a column a label.")
    ] = None
    convention: Annotated[
        str | None, DATA, Doc("Of that table's gaze: its columns pitch and yaw, or gaze_0, gaze_1.")
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
        Literal["face", "left", "right"] | None, DATA, Doc("Of a face and its two eyes."), Shown(unset="face")
    ] = None
    labels: Annotated[Path | str | None, DATA, Doc("File or folder of .label files."), Shown(unset="FOLDER/Label")] = (
        None
    )
    images: Annotated[
        Path | str | None, DATA, Doc("Folder in which the pictures' names start."), Shown(unset="FOLDER/Image")
    ] = None


@dataclass(frozen=True, kw_only=True)
class MpiigazeOptions(PartsOptions):
    """How MPIIGaze's .mat files become an eye file."""

    eye: Eye = "both"
    mirror: Mirror = None
    lists: Annotated[
        Path | str | None, DATA, Doc("Folder with the evaluation subset's pXX.txt, whose order rows then have.")
    ] = None
    workers: Workers = None


@dataclass(frozen=True, kw_only=True)
class UtMultiviewOptions(PartsOptions):
    """How UT Multiview's pictures and CSVs become an eye file."""

    subset: Annotated[
        Literal["test", "synth", "both"], DATA, Doc("The cameras' own pictures, or those rendered of them.")
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
        Doc("Only rows whose label reads so; repeated for several."),
        Shown(metavar="LABEL=VALUE"),
    ] = None
    every: Annotated[int, Ge(1), DATA, Doc("Only every k-th of those rows.")] = 1
    eye: Eye = "both"
