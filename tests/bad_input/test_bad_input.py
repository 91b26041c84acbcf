"""Each wrong input gets its sentence and its exit status; what is refused leaves the folder as it was."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gazeaug_cli.app import app
from tests.bad_input.case import Case
from tests.bad_input.page import GROUPS, PAGE, text
from tests.makers.folders import contents

CASES = {f"{group.__name__.split('.')[-1]}: {case.given}": case for group in GROUPS for case in group.CASES}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_said(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = contents(tmp_path)
    result = CliRunner().invoke(app, shlex.split(case.command))
    assert result.exit_code == case.status, (result.output, result.exception)
    assert "Traceback" not in result.output
    assert case.is_said_in(result.output), result.output
    if case.status == 2:
        (sentence,) = (line for line in result.stderr.splitlines() if line.strip() and "%|" not in line)
        assert sentence.startswith("error: ")
        assert contents(tmp_path) == before


def test_no_two_cases_share_a_name() -> None:
    assert len(CASES) == sum(len(group.CASES) for group in GROUPS)


def test_the_page_is_made_from_the_table() -> None:
    assert PAGE.read_text("utf-8") == text(), "python -m tests.bad_input writes docs/troubleshooting.md"
