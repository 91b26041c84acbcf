"""`python -m gazeaug_cli`, for launchers that need a module."""

from gazeaug_cli.app import app

app(prog_name="gazeaug")
