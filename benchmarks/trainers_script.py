"""MPIIGaze.h5 as hysts/pytorch_mpiigaze's tools/preprocess_mpiigaze.py makes it, step by step: all days of a person are
read, then the listed eyes taken one by one.

Lighter than the script: its lists are read without pandas, and its head poses are converted at once without OpenCV.
`python -m benchmarks.trainers_script NORMALIZED LISTS OUT.h5`
"""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from gazeaug.gaze.conventions import head_angles


def main(source: Path, listed: Path, output: Path) -> None:
    """All persons."""
    with h5py.File(output, "w") as file:
        for person in sorted(path for path in source.iterdir() if path.is_dir()):
            write_person(person, listed / f"{person.name}.txt", file)


def write_person(person: Path, listed: Path, file: h5py.File) -> None:
    """One person, all of whose days are held at once."""
    found = {path.stem: loadmat(path, struct_as_record=False, squeeze_me=True) for path in sorted(person.glob("*"))}
    images, poses, gazes, signs = [], [], [], []
    for line in listed.read_text().splitlines():
        path, side = line.split()
        day, name = path.split("/")
        row = np.where(found[day]["filenames"] == name)[0][0]
        eye = getattr(found[day]["data"], side)
        signs.append((1, 1) if side == "left" else (1, -1))
        images.append(eye.image[row] if side == "left" else eye.image[row][:, ::-1])
        poses.append(eye.pose[row])
        gazes.append(angles_of(eye.gaze[row]) * signs[-1])
    file[f"{person.name}/image"] = np.asarray(images).astype(np.uint8)
    file[f"{person.name}/pose"] = (head_angles(np.array(poses)) * signs).astype(np.float32)
    file[f"{person.name}/gaze"] = np.asarray(gazes).astype(np.float32)


def angles_of(gaze: NDArray[np.float64]) -> NDArray[np.float32]:
    """Pitch and yaw of one vector."""
    x, y, z = gaze
    return np.array([np.arcsin(-y), np.arctan2(-x, -z)]).astype(np.float32)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
