"""Folders, tables and names: wrong inputs."""

from __future__ import annotations

from tests.bad_input.case import Case

TITLE = "Folders, tables and names"
CASES: tuple[Case, ...] = ()
