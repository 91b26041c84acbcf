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
    eye: Annotated[Literal["right", "left", "both"], DATA, Doc("Which eyes of each person to take.")] = "both"
    align: Annotated[
        Literal["eyes", "none"],
        METHOD,
        Doc("eyes: turn each crop level with the corners of the eye; none: keep the picture's orientation."),
    ] = "eyes"
    mirror: Annotated[
        Literal["right"] | None, METHOD, Doc("Flip right eyes, so that all look like left ones."), Shown(unset="none")
    ] = None
    equalize: Annotated[bool, METHOD, Doc("Equalise the histogram of each crop, as in MPIIGaze.")] = False
    head_pose: Annotated[bool, METHOD, Doc("Add an estimated head pose as the label head_pose.")] = False
    min_eye_width: Annotated[
        float, Ge(0), METHOD, Doc("Smallest eye in the photograph, in pixels from corner to corner.")
    ] = 15.0
    min_share_of_face: Annotated[
        float,
        Ge(0),
        METHOD,
        Doc("Smallest eye width as a share of the face height: about 0.18 from the front, less in profile."),
    ] = 0.12
    min_openness: Annotated[
        float, Ge(0), METHOD, Doc("Smallest distance between the eyelids as a share of the eye width.")
    ] = 0.12
    min_contrast: Annotated[
        float, Ge(0), METHOD, Doc("Smallest standard deviation of the grey levels; below 5 no eye can be seen.")
    ] = 5.0
    min_sharpness: Annotated[
        float,
        Ge(0),
        METHOD,
        Doc(
            "Smallest contrast between neighbouring pixels as a share of the eye's; a blur by a tenth of the eye fails."
        ),
    ] = 0.12
    face_model: Annotated[
        Path | None,
        METHOD,
        Doc("MediaPipe's face_landmarker.task, for versions of MediaPipe that include no models."),
        Shown(metavar="FILE", unset="MediaPipe's own"),
    ] = None
    thorough: Annotated[bool, METHOD, Doc("Also search for small faces beside large ones (slower).")] = False
    max_megapixels: MaxMegapixels = MAX_MEGAPIXELS


@dataclass(frozen=True, kw_only=True)
class PhotosOptions(PhotoOptions, ItemsOptions):
    """How photographs and videos become an eye file."""

    every: Annotated[int, Ge(1), DATA, Doc("Use only every N-th frame of videos.")] = 1
    twin_bits: Annotated[
        int,
        Interval(ge=-1, le=HASH_BITS),
        METHOD,
        Doc("Near-duplicate eyes of a video are left out: those whose hashes differ in at most N bits; -1 keeps all."),
    ] = 8
    grid: Annotated[
        Path | None,
        OUTPUT,
        Doc("Picture to write, with examples of what is kept and left out."),
        Shown(metavar="PNG", unset="none"),
    ] = None
