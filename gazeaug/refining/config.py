"""Options of refining, checked by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gazeaug.errors import InputError
from gazeaug.eyefile.writer import ROWS_PER_CHUNK, compression_filters

ENGINES = ("local", "ray")
LAYOUTS = ("single", "sharded")
PRECISIONS = ("auto", "fp32", "fp16", "int8")
LARGEST_VARIANT = 32_748  # the noise is drawn modulo the next number


@dataclass(frozen=True, kw_only=True)
class RefineConfig:
    """How a file is refined; the command line's options have the same names."""

    labels: Sequence[str] | str | None = None
    """Labels to carry; None carries all of them."""
    image: str = "image"
    """Dataset or group that holds the pictures."""
    model: Path | str | None = None
    """The ONNX refiner; None takes that of the newest run under ./runs."""
    output: Path | str | None = None
    """The refined file; None stands for INPUT.refined.h5 beside the input."""
    output_dir: Path | str | None = None
    """Folder for the refined files, which keep their names: INPUT.refined.h5 there."""
    variant: int = 0
    """Number of the noise: the same eyes with another number give other refined eyes, each repeatable."""
    batch_size: int | None = None
    """Pictures a session call; None takes 16 on the CPU, where a layer then stays in the cache, and 64 elsewhere. The
    last batch is padded: a new shape would make cuDNN search again."""
    device: str = "auto"
    """"auto" (CUDA where it loads), "cuda", "cpu", or a plug-in: "openvino", "tensorrt-rtx"."""
    precision: str = "auto"
    """"fp32", "fp16", "int8" (calibrated on the input's own pictures), or "auto": fp16 on CUDA where it agrees with
    fp32, else fp32."""
    limit: int | None = None
    """Refine only the first rows."""
    resize: bool = False
    """Bring pictures of another size to the model's: cut to its aspect about the centre, then resized."""
    overwrite: bool = False
    """Replace an existing output."""
    fresh: bool = False
    """Start over instead of going on with interrupted work."""
    threads: int | None = None
    """Batches refined at a time on the CPU, each by one thread; None takes one a core."""
    engine: str = "local"
    """"local", or "ray": units are done by actors of a Ray cluster."""
    ray_address: str | None = None
    """Of the cluster, such as "auto" or "ray://host:10001"; None starts one on this machine."""
    workers: int = 2
    """Actors at work at a time, with the engine "ray"."""
    compression: str | None = None
    """lzf, gzip, zstd or blosc2."""
    layout: str = "single"
    """"single" joins the shards into one file; "sharded" leaves them beside a file that reads as one."""
    skip_bad_rows: bool = False
    """Leave out rows that cannot be read, with their labels, and list them in OUTPUT.rejected.csv."""
    units_rows: int = 4096
    """Rows a unit: what a kill can cost. Rounded up to whole chunks of rows."""
    check_drift: float | None = None
    """Measure how far irises moved, within 3 % of the time, and flag in `drift_px` rows above so many pixels."""
    num_units: int = 1
    """Processes that share the work (a Slurm array); `gazeaug merge` joins what they did."""
    unit_index: int | None = None
    """Which share this process does, from 0; None does everything and joins it."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option; a text of labels becomes a tuple."""
        if self.labels is not None:
            names = self.labels.split(",") if isinstance(self.labels, str) else self.labels
            object.__setattr__(self, "labels", tuple(names))
        for name in ("batch_size", "units_rows", "limit", "threads", "workers", "num_units"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"--{name.replace('_', '-')} must be at least 1, got {value}.")
        for name, choice, choices in [
            ("layout", self.layout, LAYOUTS),
            ("precision", self.precision, PRECISIONS),
            ("engine", self.engine, ENGINES),
        ]:
            if choice not in choices:
                raise InputError(f"--{name} must be one of {', '.join(choices)}, got '{choice}'.")
        if not 0 <= self.variant <= LARGEST_VARIANT:
            raise InputError(f"--variant must be from 0 to {LARGEST_VARIANT}, got {self.variant}.")
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
    def rows_per_unit(self) -> int:
        """`units_rows` rounded up, so that shards join by whole chunks."""
        return -(-self.units_rows // ROWS_PER_CHUNK) * ROWS_PER_CHUNK
