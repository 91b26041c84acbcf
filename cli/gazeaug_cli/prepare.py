"""`gazeaug prepare KIND`: pictures, and the files of other data sets, into an eye file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gazeaug_cli.sizes import parse_size

if TYPE_CHECKING:
    from gazeaug.preparing.job import PrepareReport

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Make an eye file of pictures, or of other data sets."
)

Folder = Annotated[Path, typer.Argument(help="Folder to read.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", "-o", help="Eye file to write.", show_default=False)]
File = Annotated[Path, typer.Argument(help="File to read.", show_default=False)]
KeptSize = Annotated[str | None, typer.Option(help="HEIGHTxWIDTH. [default: as they are]", show_default=False)]
KeptColor = Annotated[
    bool | None, typer.Option("--rgb/--grey", "--color", help="RGB or grey. [default: as they are]", show_default=False)
]
Size = Annotated[str, typer.Option(help="HEIGHTxWIDTH of the eyes.")]
Color = Annotated[bool, typer.Option("--rgb", "--color", help="RGB in place of grey.")]
Workers = Annotated[int | None, typer.Option(help="Processes. [default: cores]", show_default=False)]
Limit = Annotated[int | None, typer.Option(help="Only the first items.", show_default=False)]
KeepGoing = Annotated[bool, typer.Option("--keep-going", help="List unreadable items in a CSV and go on.")]
EyeSide = Annotated[str, typer.Option(help="left, right or both.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start over instead of going on with interrupted work.")]


Margin = Annotated[float, typer.Option(help="Width of the crop over that of the eye.")]
Fit = Annotated[str, typer.Option(help="crop or pad another aspect; it is never squashed.")]
MaxMegapixels = Annotated[float, typer.Option(help="Larger pictures are refused.")]


@app.command("unityeyes")
def unityeyes(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    margin: Margin = 1.25,
    color: Color = False,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Crop the eyes of a UnityEyes folder (N.jpg + N.json), with all their labels."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.sources.folders import prepare_unityeyes

    tell(prepare_unityeyes(**options))


@app.command("folder")
def pictures(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    fit: Fit = "crop",
    labels: Annotated[
        Path | None,
        typer.Option(help="CSV or JSONL with file_name (or file, path) and a column a label.", show_default=False),
    ] = None,
    convention: Annotated[
        str | None,
        typer.Option(help="Of that table's gaze: its columns pitch and yaw, or gaze_0, gaze_1.", show_default=False),
    ] = None,
    color: Color = False,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring pictures of eyes into an eye file, with the labels of a table if there is one."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.sources.folders import prepare_folder

    tell(prepare_folder(**options))


@app.command("unityeyes2")
def unityeyes2(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    margin: Margin = 1.25,
    color: Color = False,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Crop the eyes of a UnityEyes2 folder (N_<camera>.jpg, one N.json), a row a picture."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.sources.folders import prepare_unityeyes2

    tell(prepare_unityeyes2(**options))


@app.command("syntheseyes")
def syntheseyes(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    color: Color = False,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring SynthesEyes' png and pkl into an eye file; a pickle that holds more than plain data is refused."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.sources.syntheseyes import prepare_syntheseyes

    tell(prepare_syntheseyes(**options))


@app.command("columbia")
def columbia(
    folder: Folder,
    output: Output,
    size: Size = "35x55",
    fit: Fit = "crop",
    color: Color = False,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring Columbia Gaze's pictures, or crops under the same names, into an eye file with the names' angles."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.sources.folders import prepare_columbia

    tell(prepare_columbia(**options))


@app.command("photos")
def photos(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Pictures, videos, folders of them.", show_default=False)
    ],
    output: Output,
    size: Size = "35x55",
    color: Annotated[bool, typer.Option("--rgb", "--color", help="RGB in place of grey.")] = False,
    eye: Annotated[str, typer.Option(help="left, right or both, of the person.")] = "both",
    align: Annotated[str, typer.Option(help="eyes: level with the corners; none: as the picture stands.")] = "eyes",
    mirror: Annotated[
        str | None, typer.Option(help="right: flip right eyes, so that all look like left ones.", show_default=False)
    ] = None,
    margin: Margin = 1.25,
    equalize: Annotated[bool, typer.Option("--equalize", help="Equalise the histogram, as MPIIGaze's are.")] = False,
    head_pose: Annotated[bool, typer.Option("--head-pose", help="Add an estimate as label head_pose.")] = False,
    min_eye_width: Annotated[float, typer.Option(help="Least pixels from corner to corner.")] = 15.0,
    min_share_of_face: Annotated[float, typer.Option(help="Least eye width over face height (profiles).")] = 0.12,
    min_openness: Annotated[float, typer.Option(help="Least distance of the lids over eye width.")] = 0.12,
    min_sharpness: Annotated[float, typer.Option(help="Least contrast of neighbours over that of the eye.")] = 0.12,
    every: Annotated[int, typer.Option(help="Of videos only every so-many-th frame.")] = 1,
    twin_bits: Annotated[
        int, typer.Option(help="Eyes of a video this near (of 128 bits) are twins; -1 keeps them.")
    ] = 8,
    thorough: Annotated[bool, typer.Option("--thorough", help="Look for smaller faces beside large ones.")] = False,
    face_model: Annotated[
        Path | None, typer.Option(help="MediaPipe's face_landmarker.task, for versions without models.")
    ] = None,
    grid: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw what is kept and what is left out.", show_default=False)
    ] = None,
    max_megapixels: MaxMegapixels = 100.0,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Find the eyes in photographs and videos and cut them out; no gaze is invented."""
    options = {**locals(), "size": parse_size(size)}
    from gazeaug.photos.photographs import prepare_photos

    report = prepare_photos(**options)
    tell_written(report)
    for reason, n in report.left_out.items():
        print(f"{n:,} left out: {reason}")
    if report.rejected is not None:
        print(f"all of them are listed in {report.rejected}")
    if grid is not None:
        print(f"kept and left out -> {grid}")


@app.command("mpiigaze")
def mpiigaze(
    folder: Folder,
    output: Output,
    eye: EyeSide = "both",
    mirror_right: Annotated[
        bool, typer.Option("--mirror-right", help="Flip right eyes, with their gaze and head pose.")
    ] = False,
    lists: Annotated[
        Path | None, typer.Option(help="Folder with the evaluation subset's pXX.txt.", show_default=False)
    ] = None,
    size: KeptSize = None,
    color: KeptColor = None,
    workers: Workers = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring MPIIGaze's Data/Normalized/pXX/dayYY.mat into an eye file, with gaze, head pose, subject, day and side."""
    options = kept(locals())
    from gazeaug.sources.mpiigaze import prepare_mpiigaze

    tell(prepare_mpiigaze(**options))


@app.command("mpiigaze-h5")
def mpiigaze_h5(
    path: File,
    output: Output,
    size: KeptSize = None,
    color: KeptColor = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring MPIIGaze.h5 of the common PyTorch trainer into an eye file."""
    options = kept(locals())
    from gazeaug.sources.hdf5 import prepare_mpiigaze_h5

    tell(prepare_mpiigaze_h5(**options))


@app.command("xgaze")
def xgaze(
    path: File,
    output: Output,
    size: KeptSize = None,
    color: KeptColor = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring a file of ETH-XGaze into an eye file: its face patches (BGR to RGB) and all of its labels."""
    options = kept(locals())
    from gazeaug.sources.hdf5 import prepare_xgaze

    tell(prepare_xgaze(**options))


@app.command("kaggle")
def kaggle(
    path: File,
    output: Output,
    size: KeptSize = None,
    color: KeptColor = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Bring the Kaggle layout (gaze.h5, real_gaze.h5) into an eye file, its gaze marked as UnityEyes'."""
    options = kept(locals())
    from gazeaug.sources.hdf5 import prepare_kaggle

    tell(prepare_kaggle(**options))


@app.command("eyes")
def eyes(
    path: File,
    output: Output,
    where: Annotated[
        list[str] | None, typer.Option(help="LABEL=VALUE: only such rows; repeated for several.", show_default=False)
    ] = None,
    every: Annotated[int, typer.Option(help="Only every k-th row.")] = 1,
    eye: EyeSide = "both",
    size: KeptSize = None,
    color: KeptColor = None,
    limit: Limit = None,
    keep_going: KeepGoing = False,
    overwrite: Overwrite = False,
    fresh: Fresh = False,
) -> None:
    """Resize or filter an eye file; labels are carried bit for bit."""
    options = kept(locals())
    from gazeaug.errors import InputError
    from gazeaug.sources.hdf5 import copy_eyes

    for entry in where or []:
        if "=" not in entry:
            raise InputError(f"--where must be LABEL=VALUE, got '{entry}'.")
    tell(copy_eyes(**{**options, "where": dict(entry.split("=", 1) for entry in where or [])}))


def kept(options: dict[str, Any]) -> dict[str, Any]:
    """Options with the size parsed."""
    return {**options, "size": None if options["size"] is None else parse_size(options["size"])}


def tell_written(report: PrepareReport) -> None:
    """Say what was written, and what of it an earlier run had read."""
    if report.n_resumed:
        print(f"{report.n_resumed:,} items had been read by an interrupted run (--fresh starts over)")
    print(f"{report.n_images:,} eyes -> {report.output}")


def tell(report: PrepareReport) -> None:
    """Say what was written, and what was left out."""
    tell_written(report)
    if report.rejected is not None:
        print(f"{report.n_rejected:,} unreadable items are listed in {report.rejected}")
