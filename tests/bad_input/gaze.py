"""Gaze and other labels: wrong inputs."""

from __future__ import annotations

from tests.bad_input.case import Case

TITLE = "Gaze and other labels"
CASES: tuple[Case, ...] = ()
