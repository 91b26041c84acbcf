"""Options of refining."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge, Interval

from gazeaug.errors import InputError
from gazeaug.options import (
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
        DATA,
        Doc("ONNX refiner, or ready: the package's own, for no camera in particular."),
        Shown("-m", unset="that of the newest run; ready where there is none"),
    ] = None
    image: Image = "image"
    rows: Annotated[int | None, Ge(1), DATA, Doc("Refine only the first N rows."), Shown(unset="all", was="limit")] = (
        None
    )
    skip_bad_rows: Annotated[
        bool, DATA, Doc("Leave out rows that cannot be read, and list them in OUTPUT.rejected.csv.")
    ] = False
    force: Force = False
    output: Annotated[Path | str | None, OUTPUT, Doc("Refined file."), Shown("-o", unset="INPUT.refined.h5")] = None
    output_dir: Annotated[
        Path | str | None, OUTPUT, Doc("Folder for refined files named INPUT.refined.h5."), Shown(unset="each input's")
    ] = None
    overwrite: Overwrite = False
    fresh: Fresh = False
    compression: Annotated[
        Literal["none", "lzf", "gzip", "zstd", "blosc2"] | None, OUTPUT, Doc("Of the images."), Shown(unset="none")
    ] = None
    layout: Annotated[
        Literal["single", "sharded"], OUTPUT, Doc("One file, or shards beside a file that reads as one.")
    ] = "single"
    check_drift: Annotated[
        float | None,
        OUTPUT,
        Doc("Measure how far irises moved, and flag in drift_px the rows above so many pixels."),
        Shown(metavar="PIXELS"),
    ] = None
    variant: Annotated[
        int,
        Interval(ge=0, le=LARGEST_VARIANT),
        METHOD,
        Doc("Another number refines the same eyes with other noise."),
    ] = 0
    range_: Annotated[
        Literal["auto", "-1..1", "0..1", "0..255"],
        METHOD,
        Doc("What black and white are to a model of floats; auto is -1..1, where what comes out agrees."),
    ] = "auto"
    resize: Annotated[
        bool, METHOD, Doc("Bring pictures, and labels in pixels, to the model's size: cut to its aspect, then resized.")
    ] = False
    precision: Annotated[
        Precision,
        METHOD,
        Doc("int8 is calibrated on the input; auto takes fp16 on CUDA where it agrees with fp32, which is never TF32."),
    ] = "auto"
    device: Annotated[
        str, HARDWARE, Doc("auto (CUDA where it loads), cuda, cpu, or a plug-in: openvino, tensorrt-rtx.")
    ] = "auto"
    batch_size: Annotated[
        int | None, Ge(1), HARDWARE, Doc("Pictures a session call."), Shown(unset="16 on the CPU, up to 1,024 on CUDA")
    ] = None
    threads: Annotated[
        int | None, Ge(1), HARDWARE, Doc("Batches at a time on the CPU, each by a thread."), Shown(unset="one a core")
    ] = None
    rows_per_unit: Annotated[
        int,
        Ge(1),
        HARDWARE,
        Doc("Rows of a unit of work, rounded up to whole chunks. After a kill, only unfinished units are done again."),
        Shown(was="units_rows"),
    ] = 4096
    num_units: Annotated[int, Ge(1), HARDWARE, Doc("Processes that share the work, as in a Slurm array.")] = 1
    unit_index: Annotated[
        int | None, HARDWARE, Doc("Which share this process does, from 0; gazeaug merge joins them.")
    ] = None
    engine: Annotated[Literal["local", "ray"], HARDWARE, Doc("With ray, actors of a cluster do the units.")] = "local"
    ray_address: Annotated[
        str | None,
        HARDWARE,
        Doc("Of the cluster, such as auto or ray://host:10001."),
        Shown(unset="one on this machine"),
    ] = None
    workers: Annotated[int, Ge(1), HARDWARE, Doc("Ray actors at work at a time.")] = 2

    def __post_init__(self) -> None:
        """Refuse values out of range or at odds, naming the option; a text of labels becomes a tuple."""
        super().__post_init__()
        if (names := names_in(self.labels)) is not None:
            object.__setattr__(self, "labels", tuple(names))
        if self.output is not None and self.output_dir is not None:
            raise InputError("give --output or --output-dir, not both.")
        if self.unit_index is not None and self.engine != "local":
            raise InputError("--unit-index shares the work without Ray; give it or --engine ray, not both.")
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
