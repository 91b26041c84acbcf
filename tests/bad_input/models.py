"""Models and outputs: wrong inputs."""

from __future__ import annotations

from tests.bad_input.case import Case

TITLE = "Models and outputs"
CASES: tuple[Case, ...] = ()
