"""The studio's wall at a thousand and a million rows, seconds and memory of its server: `python -m benchmarks.studio`.

Each file is served by a process of its own, which is asked as the page asks it. The million rows come twice: as an
ordinary file, and as a virtual dataset that repeats the thousand.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gazeaug.gaze.angles import LOOK_VEC_ATTRIBUTES, pitchyaw_to_look_vec

HEIGHT, WIDTH, ROWS_PER_CHUNK = 35, 55, 64
CHUNK = 1000  # rows of a label
FEW, MANY = 1000, 1_000_000
SCREEN = 200  # rows that are seen at once
JUMPS = 200
BOX = {"pitch": [0, 5], "yaw": [-5, 0]}
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)")


def write_file(path: Path, n_rows: int) -> None:
    """Noise with gaze, a number and a text for each row, as an ordinary file."""
    dice = np.random.default_rng(0)
    with h5py.File(path, "w", libver="v110") as file:
        shape = (n_rows, HEIGHT, WIDTH)
        image = file.create_dataset("image", shape, np.uint8, chunks=(ROWS_PER_CHUNK, HEIGHT, WIDTH))
        block = dice.integers(0, 256, (min(n_rows, 100 * ROWS_PER_CHUNK), HEIGHT, WIDTH), np.uint8)
        for start in range(0, n_rows, len(block)):
            image[start : start + len(block)] = block[: n_rows - start]
        write_labels(file, n_rows)


def write_virtual(path: Path, source: Path, n_rows: int) -> None:
    """A file whose pictures are those of another one, again and again; its labels are its own."""
    with h5py.File(source) as file:
        n_there = len(file["image"])
    layout = h5py.VirtualLayout((n_rows, HEIGHT, WIDTH), np.uint8)
    for start in range(0, n_rows, n_there):
        layout[start : start + n_there] = h5py.VirtualSource(source.name, "image", (n_there, HEIGHT, WIDTH))
    with h5py.File(path, "w", libver="v110") as file:
        file.create_virtual_dataset("image", layout)
        write_labels(file, n_rows)


def write_labels(file: h5py.File, n_rows: int) -> None:
    """Gaze, `drift_px` and `path`."""
    dice = np.random.default_rng(1)
    angles = np.deg2rad(dice.uniform((-25, -35), (20, 35), (n_rows, 2)))
    look_vec = file.create_dataset("look_vec", data=pitchyaw_to_look_vec(angles).astype("f4"), chunks=(CHUNK, 3))
    look_vec.attrs.update(LOOK_VEC_ATTRIBUTES)
    file.create_dataset("drift_px", data=dice.exponential(0.5, n_rows).astype("f4"), chunks=(CHUNK,))
    paths = np.array([f"imgs/{row}.jpg" for row in range(n_rows)], object)
    file.create_dataset("path", data=paths, dtype=h5py.string_dtype(), chunks=(CHUNK,))


@dataclass
class Server:
    """A studio in a process of its own, asked over one connection."""

    process: subprocess.Popen[str]
    connection: http.client.HTTPConnection
    address: str
    """With the token, for a browser."""
    cookie: str = ""

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """What is answered; anything but a success ends the benchmark."""
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.connection.port}"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        content = response.read()
        if response.status not in (200, 303):
            raise RuntimeError(f"{path}: {response.status} {content[:200]!r}")
        self.cookie = response.headers.get("Set-Cookie", self.cookie).partition(";")[0]
        return content

    def cpu_seconds(self) -> float:
        """Seconds that cores have worked for it, which other work on the machine hardly changes."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    def memory(self, key: str = "VmRSS") -> float:
        """MB of its process: now, or at most (VmHWM)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(rf"{key}:\s+(\d+)", status)[0]) / 1000


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A studio of a folder, entered."""
    words = [sys.executable, "-u", "-m", "gazeaug", "studio", "--no-browser", "--port", "0"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        found = next(match for line in process.stdout if (match := ADDRESS.search(line)))
        server = Server(process, http.client.HTTPConnection("127.0.0.1", int(found[1])), found[0])
        server.ask("GET", f"/?token={found[2]}")
        yield server
        server.connection.close()
        process.terminate()


def measured(folder: Path, name: str, n_rows: int) -> dict[str, float]:
    """Seconds of what the page does, those that cores of the server worked, and MB of the server."""
    dice, found = np.random.default_rng(2), dict[str, float]()

    def timed(what: str, work: Callable[[], object]) -> None:
        began, began_cpu = time.perf_counter(), server.cpu_seconds()
        work()
        found[what] = time.perf_counter() - began
        found[f"  CPU {what}"] = server.cpu_seconds() - began_cpu

    def screen(start: int) -> None:
        chosen = f"file={name}&start={start}&stop={start + SCREEN}"
        assert len(server.ask("GET", f"/api/eyes/rows?{chosen}")) == SCREEN * HEIGHT * WIDTH
        server.ask("GET", f"/api/eyes/marks?{chosen}")

    def first_screen() -> None:
        server.ask("GET", f"/api/eyes?file={name}")
        screen(0)

    def jumps() -> None:
        for start in dice.integers(0, n_rows - SCREEN, JUMPS).tolist():
            screen(start)

    def select(**selection: Any) -> None:
        server.ask("POST", "/api/eyes/select", {"file": name, **selection})

    with served(folder) as server:
        found["memory before, MB"] = server.memory()
        timed("first request of a new server, s", lambda: server.ask("GET", "/api/eyes?file=warm.h5"))
        timed("first screen of the file, s", first_screen)
        timed("first screen again, s", first_screen)
        found["memory with a screen, MB"] = server.memory()
        timed(f"{JUMPS} jumps of a screen, s", jumps)
        found[f"memory after {JUMPS} jumps, MB"] = server.memory()
        timed("selection by gaze, s", lambda: select(gaze=BOX))
        timed("selection by number, sorted, s", lambda: select(ranges={"drift_px": [1, None]}, sort={"by": "drift_px"}))
        timed("selection by text, s", lambda: select(text={"path": "77"}))
        timed("gaze map, s", lambda: server.ask("GET", f"/api/eyes/map?file={name}"))
        timed("gaze map again, s", lambda: server.ask("GET", f"/api/eyes/map?file={name}"))
        timed("histogram of a number, s", lambda: server.ask("GET", f"/api/eyes/histogram?file={name}&label=drift_px"))
        found["memory after all, MB"] = server.memory()
        found["memory at most, MB"] = server.memory("VmHWM")
    return found


def main(words: list[str] | None = None) -> None:
    """Print what was measured for each file, and the ratio of many rows to few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=MANY, help="rows of the large file")
    parser.add_argument(
        "--folder", type=Path, help="where the files are made, and deleted again; 2 GB for a million rows"
    )
    n_rows = (given := parser.parse_args(words)).rows
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        folder = Path(made)
        write_file(folder / "warm.h5", FEW)
        write_file(folder / "few.h5", FEW)
        write_file(folder / "many.h5", n_rows)
        write_virtual(folder / "virtual.h5", folder / "few.h5", n_rows)
        files = {"few.h5": FEW, "many.h5": n_rows, "virtual.h5": n_rows}
        found = {name: measured(folder, name, n) for name, n in files.items()}
    few, many, virtual = found.values()
    print(f"the studio's wall: {FEW:,} rows, {n_rows:,} rows, the same as a virtual dataset")
    for what in few:
        ratio = f"{many[what] / few[what]:6.2f} x {virtual[what] / few[what]:6.2f} x" if few[what] else ""
        print(f"{what:42} {few[what]:9.3f} {many[what]:9.3f} {virtual[what]:9.3f} {ratio}")


if __name__ == "__main__":
    main()
