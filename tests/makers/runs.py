"""Training runs that take no time."""

from __future__ import annotations

from typing import Any

TINY: dict[str, Any] = {
    "batch_size": 4,
    "features": 4,
    "blocks": 1,
    "discriminator_width": 0.1,
    "camera_steps": 3,
    "discriminator_pretrain_steps": 2,
    "gaze_guard": 0.0,  # it takes seconds; tests of its own turn it on
    "buffer_size": 10,
    "log_interval": 1,
    "device": "cpu",
    "adversarial_loss": "cross-entropy",
    "precision": "fp32",  # the same on every machine
}
