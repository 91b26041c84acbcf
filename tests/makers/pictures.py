"""Pictures changed by a known amount."""

from __future__ import annotations

import numpy as np
import torch

from gazeaug.drift.registration_torch import shifted
from gazeaug.feeding.dataset import to_grey_levels


def moved(images: np.ndarray, x: float, y: float) -> np.ndarray:
    """uint8 pictures moved by a part of a pixel."""
    scaled = torch.from_numpy(images).float() / 127.5 - 1
    return to_grey_levels(shifted(scaled, torch.tensor([[x, y]]).expand(len(images), 2))).numpy()
