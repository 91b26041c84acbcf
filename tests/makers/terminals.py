"""Python code on a terminal of 80 columns, and the same with its output in a file."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

COLUMNS = 80


def environment(**more: str) -> dict[str, str]:
    """This one, with progress shown, and no width but the terminal's."""
    return {name: text for name, text in os.environ.items() if name not in ("TQDM_DISABLE", "COLUMNS")} | more


def on_terminal(code: str, folder: Path, **variables: str) -> str:
    """What code writes on a terminal, stdout and stderr together, carriage returns and all."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment(TERM="xterm", **variables),
    )
    os.close(child)
    said = b""
    try:
        while data := os.read(parent, 4096):
            said += data
    except OSError:  # Linux: the terminal's last user has ended
        pass
    os.close(parent)
    assert process.wait() == 0, said.decode()
    return said.decode().replace("\r\n", "\n")


def off_terminal(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same with stdout and stderr in pipes."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=environment(**variables)
    )
    assert done.returncode == 0, done.stderr
    return done
