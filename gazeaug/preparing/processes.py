"""Spawned processes that do not run the caller's script again.

Python runs the main script anew in every spawned process, for functions that are defined in it. Those given to
processes here never are, so a script needs no `if __name__ == "__main__":`, and no process waits for its imports.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, ClassVar

_alone = threading.Lock()


@contextmanager
def script_unseen() -> Iterator[None]:
    """For the length of a block, the main module does not say which file it is, or how it was found."""
    main: dict[str, Any] = vars(sys.modules["__main__"])
    with _alone:
        there: dict[str, Any] = {name: main[name] for name in ("__file__", "__spec__") if name in main}
        main.pop("__file__", None)
        main["__spec__"] = None
        try:
            yield
        finally:
            main.update(there)


class ApartProcess(SpawnProcess):
    """A spawned process without the main script."""

    def start(self) -> None:
        """Start it; what a new process is told of the main module is gathered here."""
        with script_unseen():
            super().start()


class ApartContext(SpawnContext):
    """Of `multiprocessing`: starts such processes."""

    Process: ClassVar[type[SpawnProcess]] = ApartProcess


APART = ApartContext()
