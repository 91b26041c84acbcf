"""Options of cutting eyes out of photographs and videos. Imports neither numpy nor Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.options import DATA, MAX_MEGAPIXELS, METHOD, OUTPUT, Options, Shown, Size
from gazeaug.preparing.options import ItemsOptions
from gazeaug.sources.options import Color, Margin, MaxMegapixels

HASH_BITS = 128  # of `gazeaug.photos.quality.difference_hash`


@dataclass(frozen=True, kw_only=True)
class PhotoOptions(Options):
    """How eyes are cut out of photographs, and which are left out."""

    size: Size = (35, 55)
    margin: Margin = 1.25
    color: Color = False
    eye: Annotated[Literal["right", "left", "both"], DATA, Doc("Which eyes, of the person.")] = "both"
    align: Annotated[
        Literal["eyes", "none"], METHOD, Doc("eyes: level with the corners; none: as the picture stands.")
    ] = "eyes"
    mirror: Annotated[Literal["right"] | None, METHOD, Doc("Flip right eyes, so that all look like left ones.")] = None
    equalize: Annotated[bool, METHOD, Doc("Equalise the histogram, as MPIIGaze's are.")] = False
    head_pose: Annotated[bool, METHOD, Doc("Add an estimate as label head_pose.")] = False
    min_eye_width: Annotated[float, Ge(0), METHOD, Doc("Least pixels from corner to corner in the picture.")] = 15.0
    min_share_of_face: Annotated[
        float, Ge(0), METHOD, Doc("Least eye width over face height: about 0.18 from the front, less in profile.")
    ] = 0.12
    min_openness: Annotated[float, Ge(0), METHOD, Doc("Least distance of the lids over eye width.")] = 0.12
    min_contrast: Annotated[
        float, Ge(0), METHOD, Doc("Least deviation of the grey levels: in the dark, below 5, nobody sees an eye.")
    ] = 5.0
    min_sharpness: Annotated[
        float, Ge(0), METHOD, Doc("Least contrast of neighbours over that of the eye; a blur of a tenth of it fails.")
    ] = 0.12
    face_model: Annotated[
        Path | None, METHOD, Doc("MediaPipe's face_landmarker.task, for versions of it that hold no models.")
    ] = None
    thorough: Annotated[bool, METHOD, Doc("Look for smaller faces beside large ones.")] = False
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS


@dataclass(frozen=True, kw_only=True)
class PhotosOptions(PhotoOptions, ItemsOptions):
    """How photographs and videos become an eye file."""

    every: Annotated[int, Ge(1), DATA, Doc("Of videos only every so-many-th frame.")] = 1
    twin_bits: Annotated[
        int,
        Interval(ge=-1, le=HASH_BITS),
        METHOD,
        Doc("Eyes of a video whose hashes are this near are twins, left out but for one; -1 keeps them."),
    ] = 8
    grid: Annotated[
        Path | None, OUTPUT, Doc("Draw some of what is kept and of what is left out."), Shown(metavar="PNG")
    ] = None
