"""Columbia Gaze: pictures whose names hold the labels, such as 0001_2m_-15P_10V_-5H.jpg.

V is the gaze up, H the gaze towards the image's right, both from the camera's place, P the turn of the head, in
degrees. The signs of V and H are those of the evaluation that OpenFace publishes: target x = tan(H), y = -tan(V) in
OpenCV's axes. P is positive towards the image's right: for one and the same H, the iris of 4,924 eyes moves against it
within the eye, as it moves against the head's yaw in MPIIGaze and UnityEyes (tests/gaze/test_real_heads.py).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from gazeaug.errors import InputError
from gazeaug.eyefile.labels import TEXT, Label
from gazeaug.gaze.conventions import CONVENTIONS
from gazeaug.gaze.head_conventions import COLUMBIA_YAW

NAME = re.compile(r"(\d+)_(\d+)m_(-?\d+)P_(-?\d+)V_(-?\d+)H(?:\D.*)?")
COLUMBIA_LABELS = {
    "gaze": Label.of(np.float64, (2,), CONVENTIONS["columbia"].attributes),
    "head_yaw": Label.of(np.float64, (), COLUMBIA_YAW),
    "subject": TEXT,
}


def labels_of_name(path: Path) -> dict[str, Any]:
    """The labels that a picture's name holds.

    Raises:
        InputError: it is not such a name.
    """
    found = NAME.fullmatch(path.stem)
    if found is None:
        raise InputError(f"{path}: expected a name such as 0001_2m_0P_10V_-15H.jpg, which holds the angles.")
    subject, _, head, vertical, horizontal = found.groups()
    return {"gaze": [float(vertical), float(horizontal)], "head_yaw": float(head), "subject": subject}
