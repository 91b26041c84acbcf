"""What every handler works with: the folder and the commands."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from gazeaug_studio.commands import Commands
from gazeaug_studio.errors import Refused
from gazeaug_studio.workspace import Workspace


@dataclass(frozen=True)
class Studio:
    """What every handler works with; `studio_of` finds it."""

    workspace: Workspace
    commands: Commands


def studio_of(request: Request) -> Studio:
    """The studio that a request is for; raises Refused with 410 where its folder is gone, which must not come back."""
    found: Studio = request.app.state.studio
    if not found.workspace.root.is_dir():
        raise Refused(410, f"The folder {found.workspace.root.name} is no longer there.")
    return found
