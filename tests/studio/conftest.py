from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from tests.makers.studio import Asker, studio_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the studio serves."""
    path = tmp_path / "served"
    path.mkdir()
    return path


@pytest.fixture
def studio(folder: Path) -> Iterator[Asker]:
    with studio_at(folder) as asker:
        yield asker
