"""Answers of finished trainings, a file each in the folder of an evaluation: what a kill leaves is not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.eyefile.hdf5 import create_hdf5, open_hdf5
from gazeaug.outputs import replacing, writing_to
from gazeaug.units.locks import locked

FOLDER, LOCK = "trainings", "lock"


@dataclass(frozen=True, eq=False)
class Finished:
    """What a training came to."""

    pitchyaw: NDArray[np.float32]
    """Radians, (N, 2)."""
    seconds: float
    """That it took."""
    was_stored: bool = False
    """By an earlier call."""


class TrainingStore:
    """`<output>/trainings/<fingerprint>.h5`: there if and only if that training is finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, fingerprint: str) -> Path:
        """Where the answers of a training are."""
        return self.folder / f"{fingerprint[:32]}.h5"

    def get(self, fingerprint: str) -> Finished | None:
        """The answers of a training; None unless it is finished.

        Raises:
            InputError: the file is damaged.
        """
        path = self.path(fingerprint)
        if not path.is_file():
            return None
        with open_hdf5(path) as file:
            pitchyaw: NDArray[np.float32] = file["pitchyaw"][()]
            attributes = dict(file.attrs)
        if attributes["fingerprint"] != fingerprint or attributes["sha256"] != checksum(pitchyaw):
            raise InputError(f"{path}: its content has changed since it was written; delete it and run again.")
        return Finished(pitchyaw, float(attributes["seconds"]), was_stored=True)

    def put(self, fingerprint: str, title: str, finished: Finished) -> None:
        """Store the answers of a training, whole or not at all.

        Raises:
            RunError: the disk is full or refuses.
        """
        path = self.path(fingerprint)
        with replacing(path) as partial, writing_to(path), create_hdf5(partial) as file:
            file["pitchyaw"] = finished.pitchyaw
            file.attrs.update(
                axes="row of the test set, (pitch, yaw) in radians; pitch up, yaw image-left positive",
                title=title,
                seconds=finished.seconds,
                fingerprint=fingerprint,
                sha256=checksum(finished.pitchyaw),
            )

    def clear(self) -> None:
        """Forget all trainings."""
        for path in [*self.folder.glob("*.h5"), *self.folder.glob("*.h5.partial")]:
            path.unlink()


def checksum(pitchyaw: NDArray[np.float32]) -> str:
    """A SHA-256 of answers."""
    return hashlib.sha256(json.dumps(pitchyaw.shape).encode() + pitchyaw.tobytes()).hexdigest()


@contextmanager
def opened_store(output: Path) -> Iterator[TrainingStore]:
    """The trainings of an output folder, made where it is not there, for one process at a time.

    Raises:
        InputError: another process is at work in the folder.
        RunError: the folder cannot be written.
    """
    folder = output / FOLDER
    with writing_to(output):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK, output):
        yield TrainingStore(folder)
