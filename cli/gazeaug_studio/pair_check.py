"""What `gazeaug train` says of two eye files before a training: its own words, by `train --dry-run` as a process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gazeaug_studio.answers import JSONResponse
from gazeaug_studio.bodies import needed
from gazeaug_studio.errors import Refused
from gazeaug_studio.file_states import State
from gazeaug_studio.studio import studio_of
from gazeaug_studio.worker import PROGRAM

LONGEST_S = 60.0
LOOKED_EVERY_S = 0.1  # whether the page is still there
MOST_KEPT = 64
REFUSED = 2  # exit code of a command for input that it does not take

Pair = tuple[tuple[Path, State], ...]


class Checks:
    """Checks of pairs, one at a time, and what came of them as long as both files stay as they are."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Pair, dict[str, Any]] = OrderedDict()
        self.turn = asyncio.Lock()

    def keep(self, pair: Pair, found: dict[str, Any]) -> None:
        """Remember what came of a pair."""
        self.kept[pair] = found
        while len(self.kept) > MOST_KEPT:
            self.kept.popitem(last=False)


async def pair(request: Request) -> Response:
    """What `train` says of the pair ?synthetic=&real=: `sentence` is why it cannot be trained, null where it can."""
    studio, state = studio_of(request), request.app.state
    there, name_of = studio.workspace.there, studio.workspace.name
    names = {name: name_of(there(needed(request, name))) for name in ("synthetic", "real")}
    if not hasattr(state, "checks"):
        state.checks = Checks()
    checks: Checks = state.checks
    key = tuple((path, State.of(path)) for path in map(studio.workspace.path, names.values()))
    words = studio.commands.line("train", {"dry_run": True, **names}).words
    async with checks.turn:
        if key not in checks.kept:
            checks.keep(key, await checked([*words, "--device", "cpu", "--json"], studio.workspace.root, request))
        found = checks.kept[key]
    return JSONResponse({**found, "line": studio.commands.text(words)})


async def checked(words: Sequence[str], root: Path, request: Request) -> dict[str, Any]:
    """Run a dry run and read what it says; it is ended when the page goes away.

    Raises:
        Refused: 504 where it takes too long, 499 where nobody waits for it, 500 where it fails.
    """
    with TemporaryFile() as out, TemporaryFile() as errors:
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, start_new_session=True
        )
        try:
            await until_done(process, request)
        finally:  # also where the server ends meanwhile
            process.kill()
            process.wait()
        sentence = sentence_in(read_back(errors).decode("utf-8", "replace"))
        if process.returncode == REFUSED:
            return {"sentence": sentence, "sets": [], "remarks": [], "findings": []}
        if process.returncode:
            raise Refused(500, f"The pair could not be checked: {sentence}")
        found: dict[str, Any] = json.loads(read_back(out))
    return {"sentence": None, **found}


async def until_done(process: subprocess.Popen[bytes], request: Request) -> None:
    """Wait for a process as long as somebody waits for its words."""
    began = time.monotonic()
    while process.poll() is None:
        await asyncio.sleep(LOOKED_EVERY_S)
        if await request.is_disconnected():
            raise Refused(499, "Nobody waits for this any more.")
        if time.monotonic() - began > LONGEST_S:
            raise Refused(504, f"Checking the pair took longer than {LONGEST_S:.0f} s; training checks it again.")


def read_back(file: IO[bytes]) -> bytes:
    """What a process wrote into a file."""
    file.seek(0)
    return file.read()


def sentence_in(errors: str) -> str:
    """The sentence of an error on stderr."""
    lines = [line for line in errors.splitlines() if line.strip()]
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return said[-1] if said else "the command ended without a word." if not lines else lines[-1]


def recipes(request: Request) -> JSONResponse:
    """Recipes: when to take which, and the options that they change."""
    from gazeaug.options import flag
    from gazeaug.training.recipes import RECIPES, shown

    return JSONResponse(
        {
            "recipes": [
                {
                    "name": name,
                    "when": recipe.when,
                    "options": [
                        {"name": option, "flag": flag(option), "value": value, "text": shown(value)}
                        for option, value in recipe.options.items()
                    ],
                }
                for name, recipe in RECIPES.items()
            ]
        }
    )


ROUTES = [Route("/api/pair", pair), Route("/api/recipes", recipes)]
