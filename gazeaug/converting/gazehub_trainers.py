"""What public trainers of GazeHub's layouts stop at although they read the columns: sizes of pictures, too few persons.

Source: the networks of Mnist, Gaze-Net, GazeTR and PureGaze, and train.py (leave.py) of those that leave a person out,
train.py of L2CS-Net.
"""

from __future__ import annotations

from gazeaug.converting.rows import Rows

SIZES = {
    "eye": ("Mnist's and Gaze-Net's networks", (36, 60)),
    "rt-gene": ("GazeTR's network", (224, 224)),
    **dict.fromkeys(("face", "eyediap", "gaze360", "eth"), ("GazeTR's and PureGaze's networks", (224, 224))),
}
"""Whose networks take one size alone, and which; the others of the same columns resize, or take any."""
LEAVE_ONE_OUT = {
    "eye": "Mnist and Gaze-Net",
    "rt-gene": "Leaveout of Full-face and Dilated-Net, GazeTR's leave.py",
    **dict.fromkeys(("face", "eyediap"), "Leaveout of Full-face, Dilated-Net, RT-Gene and Gaze360, GazeTR's leave.py"),
}
"""Who trains on all label files but one."""
FOLDS_OF_L2CS = 15  # of its class Mpiigaze, each without one label file


def size_notes(rows: Rows, columns: str) -> list[str]:
    """Said of pictures of another size than the one that some networks take."""
    networks, (height, width) = SIZES[columns]
    if rows.image_shape[:2] == (height, width):
        return []
    found, size = "x".join(map(str, rows.image_shape[:2])), f"{height}x{width}"
    verb = "takes" if networks.endswith("network") else "take"
    return [f"pictures: {networks} {verb} {size} exactly, found {found}; for them give --size {size}"]


def file_notes(rows: Rows, columns: str, n_files: int) -> list[str]:
    """Said of fewer label files than those trainers need that leave one out.

    Args:
        rows: the source.
        columns: the layout.
        n_files: how many label files are written to train on.
    """
    notes, do = [], f"each person of '{rows.person}' has a file, --person LABEL names another label"
    if n_files < 2 and columns in LEAVE_ONE_OUT:
        notes.append(
            f"label files: found 1 to train on; trainers that leave one out ({LEAVE_ONE_OUT[columns]}) need 2 or more, "
            f"or nothing is left for them (num_samples=0); {do}"
        )
    if n_files < FOLDS_OF_L2CS and columns == "face":
        notes.append(
            f"label files: found {n_files}; L2CS-Net's training on Mpiigaze needs {FOLDS_OF_L2CS}, as it leaves each "
            f"of them out in turn; {do}"
        )
    return notes
