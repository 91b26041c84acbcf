"""Pictures: wrong inputs."""

from __future__ import annotations

from tests.bad_input.case import Case

TITLE = "Pictures"
CASES: tuple[Case, ...] = ()
