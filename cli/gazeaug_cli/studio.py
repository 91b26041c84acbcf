"""`gazeaug studio`: a page in the browser that shows a folder and runs commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gazeaug.errors import InputError
from gazeaug.options import Panel
from gazeaug_cli.options import shown


def studio(
    folder: Annotated[
        Path, typer.Argument(help="Folder to work in. [default: the current one]", show_default=False)
    ] = Path(),
    host: Annotated[
        str,
        shown(Panel.COMMON, "Address to serve on; another than 127.0.0.1 lets other machines in.", metavar="ADDRESS"),
    ] = "127.0.0.1",
    port: Annotated[int, shown(Panel.COMMON, "Port to serve on; 0 takes any free one.", metavar="N")] = 8750,
    no_browser: Annotated[
        bool, shown(Panel.COMMON, "Print the address only; open no browser.", "--no-browser")
    ] = False,
) -> None:
    """Open a page in the browser: see eyes, train, refine and compare by clicks.

    It serves one folder and runs the commands of gazeaug, which go on when the page or the server is closed. From
    another machine: ssh -L 8750:127.0.0.1:8750 MACHINE, then open the printed address.

    Examples:
        gazeaug studio
        gazeaug studio experiments --port 0 --no-browser
    """
    try:
        from gazeaug_studio.serving import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise InputError("the studio needs two packages more; type: pip install 'gazeaug[studio]'") from error
    from gazeaug_cli.catalogue import Catalogue

    serve(folder, Catalogue(), host=host, port=port, browse=not no_browser, say=lambda text: print(text, flush=True))
