"""HDF5 files and where they lie: wrong inputs."""

from __future__ import annotations

from tests.bad_input.case import Case

TITLE = "HDF5 files and where they lie"
CASES: tuple[Case, ...] = ()
