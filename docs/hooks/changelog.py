"""CHANGELOG.md as a page of the site, its paths of pages made into links' targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File


def on_files(files: Any, *, config: Any) -> Any:
    """Add the page."""
    path = Path(config.config_file_path).with_name("CHANGELOG.md")
    text = path.read_text("utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "changelog.md", content=text))
    return files
