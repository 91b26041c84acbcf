"""How much each pair of eyes was changed: the mean absolute difference in grey levels, measured in the background.

A work goes on while its page asks how far it is. What is whole is kept on the disk, by the files' names, sizes and
times.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import GazeaugError
from gazeaug.outputs import replacing, writing_to
from gazeaug.pictures.crops import resize_pictures
from gazeaug_studio.errors import Refused
from gazeaug_studio.eye_files import Seen
from gazeaug_studio.pairs import Pairing, Side, paired
from gazeaug_studio.workspace import Workspace, keep_newest

SLAB_BYTES = 4 << 20  # of a file's pictures that are in memory at once
SECONDS_UNASKED = 30.0  # until a work stops that no page asks for
MOST_KEPT = 32  # works on the disk
MOST_IN_MEMORY = 8

Levels = NDArray[np.float32]
logger = logging.getLogger(__name__)


def levels_changed(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Levels:
    """Mean absolute difference of each pair in grey levels, 0 to 255.

    Args:
        before, after: uint8 (n, H, W) or (n, H, W, 3).
    """
    apart = np.maximum(before, after)
    apart -= np.minimum(before, after)
    flat = apart.reshape(len(apart), -1)
    levels: Levels = (flat.sum(1, dtype=np.int64) / flat.shape[1]).astype(np.float32)
    return levels


def key_of(pairing: Pairing) -> str:
    """A name for two files in their present states."""
    facts = [(side.name, str(side.seen.state)) for side in pairing.sides]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


@dataclass(eq=False)
class ChangeWork:
    """The measuring of one pair of files. It runs in a thread of its own, and goes on where it was stopped."""

    pairing: Pairing
    kept_at: Path
    values: Levels
    """By row of the refined file; NaN where there is no pair, or not yet."""
    done: int = 0
    """Pairs."""
    problem: GazeaugError | OSError | None = None
    asked: float = field(default_factory=time.monotonic)
    is_stopped: bool = False
    thread: threading.Thread | None = None

    @property
    def total(self) -> int:
        """Pairs there are."""
        return self.pairing.n_pairs

    @property
    def rows_done(self) -> int:
        """Rows of the refined file before which nothing is left to do."""
        return len(self.values) if self.done == self.total else int(self.pairing.rows[1][self.done])

    @property
    def is_running(self) -> bool:
        """Whether its thread is at work."""
        return self.thread is not None and self.thread.is_alive()

    def run(self) -> None:
        """Measure what is left, and keep it."""
        slab = max(1, SLAB_BYTES // max(int(np.prod(side.shape)) for side in self.pairing.sides))
        try:
            while self.done < self.total:
                if self.is_stopped or time.monotonic() - self.asked > SECONDS_UNASKED:
                    return
                self.measure(slice(self.done, min(self.done + slab, self.total)))
            for side in self.pairing.sides:
                side.seen.check()
            keep(self.kept_at, self.values)
        except (GazeaugError, OSError) as error:
            self.problem = error

    def measure(self, pairs: slice) -> None:
        """Some pairs that come next."""
        (before, after), (rows, refined_rows) = self.pairing.sides, self.pairing.rows
        first, second = self.read(before, rows[pairs]), self.read(after, refined_rows[pairs])
        if self.pairing.is_resized:
            first = resize_pictures(first, after.shape[:2])
        self.values[refined_rows[pairs]] = levels_changed(first, second)
        self.done = pairs.stop

    def read(self, side: Side, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Pictures of one file."""
        with side.seen.reading() as eyes:
            return eyes.read_rows(rows)


@dataclass(eq=False)
class Changes:
    """The works of a studio, by their keys."""

    works: dict[tuple[Path, str], ChangeWork] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, rendered: Seen, refined: Seen) -> tuple[str, ChangeWork]:
        """The work on two files and its id: begun, gone on with, or whole already.

        Raises:
            InputError, Refused: files that cannot be compared, see `gazeaug_studio.pairs.paired`.
        """
        pairing, workspace = paired(rendered, refined), refined.workspace
        key = key_of(pairing)
        with self.lock:
            work = self.works.pop((workspace.root, key), None) or new_work(workspace, pairing, key)
            self.works[workspace.root, key] = work
            for old in list(self.works)[:-MOST_IN_MEMORY]:
                self.works.pop(old).is_stopped = True
            work.asked = time.monotonic()
            if work.thread is not None and work.is_stopped:
                work.thread.join()
            if work.done < work.total and not work.is_running:
                work.is_stopped, work.problem = False, None
                work.thread = threading.Thread(target=work.run, name=f"changes of {refined.name}", daemon=True)
                work.thread.start()
            return key, work

    def find(self, workspace: Workspace, key: str) -> ChangeWork:
        """A work by its id; raises Refused with 404."""
        work = self.works.get((workspace.root, key))
        if work is None:
            raise Refused(404, "Nobody measures these changes any more; open the pair again.")
        work.asked = time.monotonic()
        return work


CHANGES = Changes()


def new_work(workspace: Workspace, pairing: Pairing, key: str) -> ChangeWork:
    """A work that is not in memory; what is on the disk is whole."""
    kept_at, n_rows = workspace.own("changes", f"{key}.npy"), pairing.sides[1].n_images
    values = kept(kept_at, n_rows)
    if values is not None:
        return ChangeWork(pairing, kept_at, values, done=pairing.n_pairs)
    return ChangeWork(pairing, kept_at, np.full(n_rows, np.nan, np.float32))


def keep(path: Path, values: Levels) -> None:
    """Put whole values on the disk, for the next time; the oldest ones make room. A full disk is no fault."""
    try:
        with replacing(path) as partial, writing_to(path), partial.open("wb") as stream:
            np.save(stream, values)
        keep_newest(path.parent, "*.npy", MOST_KEPT)
    except (GazeaugError, OSError) as error:
        logger.warning("the changes that were measured are not kept: %s", error)


def kept(path: Path, n_rows: int) -> Levels | None:
    """Values of an earlier work, if they are there and whole."""
    try:
        values: Levels = np.load(path)
    except (OSError, ValueError, EOFError):
        return None
    return values if values.shape == (n_rows,) and values.dtype == np.float32 else None
