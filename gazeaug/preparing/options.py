"""Options of making an eye file of a source, or of blocks of rows."""

from __future__ import annotations

from dataclasses import dataclass

from gazeaug.errors import InputError


@dataclass(frozen=True, kw_only=True)
class BlocksOptions:
    """How blocks become a file."""

    size: tuple[int, int] | None = None
    """(H, W), cut to its aspect about the centre; None keeps the source's."""
    color: bool | None = None
    """RGB or grey; None keeps the source's."""
    limit: int | None = None
    """Only the first rows."""
    overwrite: bool = False
    """Replace an output that is there."""

    def __post_init__(self) -> None:
        """Refuse values out of range, naming the option."""
        if self.limit is not None and self.limit < 1:
            raise InputError(f"--limit must be at least 1, got {self.limit}.")


@dataclass(frozen=True, kw_only=True)
class PartsOptions(BlocksOptions):
    """How parts become a file."""

    keep_going: bool = False
    """List what cannot be read in `<output>.rejected.csv` instead of stopping at it."""
    fresh: bool = False
    """Start over instead of going on with interrupted work."""
