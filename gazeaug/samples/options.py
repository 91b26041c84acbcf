"""Options of sample data, and the limits of its gaze. Imports no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.errors import InputError
from gazeaug.options import DATA, OUTPUT, Options, Overwrite, Shown, Size

LARGEST_SEED = 2**63 - 1  # the files keep it as a signed 64-bit attribute


@dataclass(frozen=True, kw_only=True)
class SampleOptions(Options):
    """What sample data is made."""

    rows: Annotated[int, Ge(1), DATA, Doc("Eyes in each of the two sets."), Shown(was="n")] = 20_000
    seed: Annotated[
        int, Interval(ge=0, le=LARGEST_SEED), DATA, Doc("Seed; the same seed gives the same eyes, byte for byte.")
    ] = 0
    size: Size = (35, 55)
    layout: Annotated[
        Literal["gazeaug", "kaggle"],
        OUTPUT,
        Doc("gazeaug: one array of pictures; kaggle: a dataset for each picture, as on Kaggle."),
    ] = "gazeaug"
    overwrite: Overwrite = False


@dataclass(frozen=True, kw_only=True)
class GazeRange:
    """Limits of uniformly drawn gaze, in degrees; pitch is positive up, yaw towards the image's left."""

    yaw: tuple[float, float] = (-35.0, 35.0)
    pitch: tuple[float, float] = (-25.0, 20.0)

    def __post_init__(self) -> None:
        """Refuse ranges that are empty or beyond what an eye can do."""
        for name, (low, high) in [("yaw", self.yaw), ("pitch", self.pitch)]:
            if not -60 <= low < high <= 60:
                raise InputError(
                    f"--synthetic-{name} and --camera-{name} must be two ascending angles within -60 to 60 degrees, "
                    f"got {low:g} {high:g}."
                )


@dataclass(frozen=True, kw_only=True)
class SampleArguments(SampleOptions):
    """The keywords of `gazeaug.make_sample_data`, for its signature; never made."""

    synthetic_gaze: GazeRange | None = None
    camera_gaze: GazeRange | None = None
    progress: bool = True
