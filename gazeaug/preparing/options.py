"""Options of writing what a source holds, item by item or in blocks of rows. Imports neither numpy nor h5py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_doc import Doc
from annotated_types import Ge

from gazeaug.options import DATA, HARDWARE, OUTPUT, Fresh, Options, Overwrite, Shown

Rows = Annotated[
    int | None, Ge(1), DATA, Doc("Read only the first N pictures or rows."), Shown(unset="all", was="limit")
]
KeepGoing = Annotated[bool, DATA, Doc("List what cannot be read in OUTPUT.rejected.csv, instead of stopping at it.")]
Workers = Annotated[int | None, Ge(1), HARDWARE, Doc("Processes that read."), Shown(unset="cores")]


@dataclass(frozen=True, kw_only=True)
class ItemsOptions(Options):
    """How items become a file."""

    rows: Rows = None
    keep_going: KeepGoing = False
    workers: Workers = None
    overwrite: Overwrite = False
    fresh: Fresh = False


@dataclass(frozen=True, kw_only=True)
class BlocksOptions(Options):
    """How blocks become a file."""

    size: Annotated[
        tuple[int, int] | None, OUTPUT, Doc("Cut to its aspect about the centre."), Shown(unset="as they are")
    ] = None
    color: Annotated[bool | None, OUTPUT, Doc("RGB or grey."), Shown("--rgb", off="--grey", unset="as they are")] = None
    rows: Rows = None
    overwrite: Overwrite = False


@dataclass(frozen=True, kw_only=True)
class PartsOptions(BlocksOptions):
    """How parts become a file."""

    keep_going: KeepGoing = False
    fresh: Fresh = False
