"""Options of refining."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.devices import DEVICE, NAMES, cuda_number
from gazeaug.errors import InputError
from gazeaug.options import (
    COMMON,
    DATA,
    HARDWARE,
    METHOD,
    OUTPUT,
    Force,
    Fresh,
    Image,
    Labels,
    Options,
    Overwrite,
    Shown,
    names_in,
)

Precision = Literal["auto", "fp32", "fp16", "int8"]
LARGEST_VARIANT = 32_748  # the noise is drawn modulo the next number


@dataclass(frozen=True, kw_only=True)
class RefineConfig(Options):
    """How a file is refined."""

    labels: Labels = None
    model: Annotated[
        Path | str | None,
        COMMON,
        Doc("ONNX refiner, or ready: the refiner of the package, not trained for your camera."),
        Shown("-m", metavar="MODEL", unset="that of the newest run, or ready"),
    ] = None
    image: Image = "image"
    rows: Annotated[
        int | None, Ge(1), COMMON, Doc("Refine only the first N rows."), Shown(unset="all", was="limit")
    ] = None
    skip_bad_rows: Annotated[
        bool, DATA, Doc("Leave out rows that cannot be read and list them in OUTPUT.rejected.csv.")
    ] = False
    force: Force = False
    output: Annotated[
        Path | str | None,
        COMMON,
        Doc("Refined file to write; several inputs are joined in it."),
        Shown("-o", unset="INPUT.refined.h5"),
    ] = None
    output_dir: Annotated[
        Path | str | None,
        OUTPUT,
        Doc("Folder for the refined files, which are named INPUT.refined.h5."),
        Shown(unset="the folder of each input"),
    ] = None
    overwrite: Overwrite = False
    fresh: Fresh = False
    compression: Annotated[
        Literal["none", "lzf", "gzip", "zstd", "blosc2"] | None,
        OUTPUT,
        Doc("Compression of the pictures."),
        Shown(unset="none"),
    ] = None
    layout: Annotated[
        Literal["single", "sharded"],
        OUTPUT,
        Doc("single: one file; sharded: a folder of parts and a file that reads as one."),
    ] = "single"
    check_drift: Annotated[
        float | None,
        OUTPUT,
        Doc("Measure how far each iris moved, store it as label drift_px, and list the rows above PIXELS."),
        Shown(metavar="PIXELS", unset="off"),
    ] = None
    variant: Annotated[
        int,
        Interval(ge=0, le=LARGEST_VARIANT),
        METHOD,
        Doc("Number of the variant; another number refines the same eyes with other noise."),
    ] = 0
    range_: Annotated[
        Literal["auto", "-1..1", "0..1", "0..255"],
        METHOD,
        Doc("Values of black and white for a model with float input; auto takes -1..1 if the output agrees."),
    ] = "auto"
    resize: Annotated[
        bool,
        COMMON,
        Doc(
            "Bring pictures and labels in pixels to the model's size: cut to its aspect ratio, then resized. "
            "A flag without a value."
        ),
    ] = False
    precision: Annotated[
        Precision,
        METHOD,
        Doc(
            "Precision of the model. auto: fp16 on CUDA if it agrees with fp32, else fp32 (never TF32). int8 "
            "is calibrated on the input."
        ),
    ] = "auto"
    device: Annotated[
        str,
        COMMON,
        Doc(f"{DEVICE.removesuffix('.')}; or a plug-in of ONNX Runtime: openvino, tensorrt-rtx."),
        Shown(metavar=f"[{'|'.join((*NAMES, 'openvino', 'tensorrt-rtx'))}]"),
    ] = "auto"
    batch_size: Annotated[
        int | None, Ge(1), HARDWARE, Doc("Pictures in a batch."), Shown(unset="16 on the CPU, up to 1,024 on CUDA")
    ] = None
    threads: Annotated[
        int | None,
        Ge(1),
        HARDWARE,
        Doc("Batches computed at the same time on the CPU, each by one thread."),
        Shown(unset="one per core"),
    ] = None
    rows_per_unit: Annotated[
        int,
        Ge(1),
        HARDWARE,
        Doc("Rows of a unit of work, rounded up to whole chunks. After a kill, only unfinished units are done again."),
        Shown(was="units_rows"),
    ] = 4096
    num_units: Annotated[int, Ge(1), HARDWARE, Doc("Number of processes that share the work, as in a Slurm array.")] = 1
    unit_index: Annotated[
        int | None,
        HARDWARE,
        Doc("Number of this process, from 0 to N - 1 of --num-units N; gazeaug merge joins the results."),
        Shown(unset="one process does all"),
    ] = None
    engine: Annotated[Literal["local", "ray"], HARDWARE, Doc("ray: actors of a Ray cluster do the work.")] = "local"
    ray_address: Annotated[
        str | None,
        HARDWARE,
        Doc("Address of the Ray cluster, such as auto or ray://host:10001."),
        Shown(metavar="ADDRESS", unset="a new one on this machine"),
    ] = None
    workers: Annotated[int, Ge(1), HARDWARE, Doc("Number of Ray actors.")] = 2

    def __post_init__(self) -> None:
        """Refuse values out of range or at odds, naming the option; a text of labels becomes a tuple."""
        super().__post_init__()
        if (names := names_in(self.labels)) is not None:
            object.__setattr__(self, "labels", tuple(names))
        if self.output is not None and self.output_dir is not None:
            raise InputError("give --output or --output-dir, not both.")
        if self.unit_index is not None and self.engine != "local":
            raise InputError("--unit-index shares the work without Ray; give it or --engine ray, not both.")
        if self.engine == "ray" and cuda_number(self.device):
            raise InputError(f"--device {self.device}: Ray gives each worker a GPU of its own; give --device cuda.")
        if self.unit_index is None and self.num_units > 1:
            raise InputError(f"--num-units {self.num_units}: --unit-index must say which of them this process does.")
        if self.unit_index is not None and not 0 <= self.unit_index < self.num_units:
            raise InputError(f"--unit-index must be from 0 to {self.num_units - 1}, got {self.unit_index}.")
        if self.check_drift is not None and self.unit_index is not None:
            raise InputError("--check-drift needs the whole file; after gazeaug merge, gazeaug drift --flag does it.")
        if self.unit_index is not None and self.fresh:
            raise InputError("--fresh would throw away what other units have done; delete the .parts folder instead.")
        from gazeaug.eyefile.writer import compression_filters  # here, so that help needs no h5py

        compression_filters(self.compression)
        if self.labels is not None and not all(self.labels):
            raise InputError("--labels must name labels, got an empty name.")

    def output_of(self, source: Path) -> Path:
        """Where the refined twin of an input goes."""
        folder = source.parent if self.output_dir is None else Path(self.output_dir)
        return Path(self.output) if self.output is not None else folder / (source.stem + ".refined.h5")

    @property
    def in_place(self) -> bool:
        """Whether one process writes every row to its place in the output; shards are for all other work."""
        alone = self.engine == "local" and self.unit_index is None
        return alone and self.layout == "single" and self.compression in (None, "none")

    @property
    def whole_rows_per_unit(self) -> int:
        """`rows_per_unit` rounded up, so that shards join by whole chunks."""
        from gazeaug.eyefile.writer import ROWS_PER_CHUNK

        return -(-self.rows_per_unit // ROWS_PER_CHUNK) * ROWS_PER_CHUNK


@dataclass(frozen=True, kw_only=True)
class RefineArguments(RefineConfig):
    """The keywords of `gazeaug.refine`, for its signature; never made."""

    progress: bool = True
