"""The state of a file, by which it is told whether it is still the one that was looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class State:
    """What changes when a file is replaced or written into."""

    mtime_ns: int
    n_bytes: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> State:
        """Of a file as it is now; raises FileNotFoundError."""
        return cls.told(path.stat())

    @classmethod
    def told(cls, status: os.stat_result) -> State:
        """As the system has just told it."""
        return cls(status.st_mtime_ns, status.st_size, status.st_ino)

    def __str__(self) -> str:
        return f"{self.mtime_ns:x}-{self.n_bytes:x}-{self.inode:x}"
