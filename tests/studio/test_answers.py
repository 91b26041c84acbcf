from __future__ import annotations

import json
import os
from pathlib import Path

import gazeaug_studio
from gazeaug_studio.answers import JSONResponse


def test_names_that_are_no_text_are_said():
    name = os.fsdecode(b"eyes-\xff.h5")
    body = JSONResponse({"name": name, "error": "\ud800", "lines": "\u2028<é>"}).body
    assert json.loads(body) == {"name": name, "error": "\ud800", "lines": "\u2028<é>"}
    assert bytes(body).isascii()


def test_every_module_answers_with_it():
    for path in Path(gazeaug_studio.__file__).parent.glob("*.py"):
        lines = [line for line in path.read_text("utf-8").splitlines() if "starlette.responses import" in line]
        assert not any("JSONResponse" in line for line in lines), path.name
