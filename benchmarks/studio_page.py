"""The studio's wall in a real browser: `python -m benchmarks.studio_page`.

For eye files of 1,000 and 1,000,000 rows: how long until the first eyes are drawn, how long a jump to a far row takes,
and what the page and the server hold before and after 200 jumps. The larger file is one compressed chunk of 250 eyes
written again and again: each reading costs what it would with others.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.screenshots import executable, opened_browser

HEIGHT, WIDTH, ROWS_PER_CHUNK = 35, 55, 250
SIZES, N_OPENED, N_JUMPS, STRIDE = (1_000, 1_000_000), 5, 200, 104_729
# An eye has come where a pixel is grey: what stands in its place until then is not quite.
DRAWN = """([x, share]) => new Promise((done) => { let frames = 0; const look = () => {
  const canvas = document.querySelector(".wall canvas");
  if (canvas && canvas.width > 300 && (frames += 1) > 1) {
    const [r, g, b, a] = canvas.getContext("2d").getImageData(x, 6 + (canvas.height - 12) * share, 1, 1).data;
    if (a === 255 && r === g && g === b) { done(performance.now()); return; } }
  requestAnimationFrame(look); }; look(); })"""
OPEN = "(hash) => { location.hash = hash; return performance.now(); }"
JUMP = """(row) => { const form = document.querySelector(".go-to"); form.querySelector("input").value = row;
  form.requestSubmit(); return performance.now(); }"""


def write_eyes(path: Path, n: int) -> None:
    """Shaded eyes without labels but their gaze."""
    rng = np.random.default_rng(0)
    across, down = np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT)[:, None]
    places = rng.uniform(-0.4, 0.4, (ROWS_PER_CHUNK, 2, 1, 1))
    discs = np.hypot(across - places[:, 0], (down - places[:, 1]) / 1.6) < 0.3
    chunk = (150 + 60 * across * rng.uniform(-1, 1, (ROWS_PER_CHUNK, 1, 1)) - 110 * discs).astype(np.uint8)
    packed = zlib.compress((chunk + rng.integers(0, 4, chunk.shape, np.uint8)).tobytes(), 4)
    with h5py.File(path, "w") as file:
        images = file.create_dataset("image", (n, HEIGHT, WIDTH), "u1", chunks=chunk.shape, compression="gzip")
        for start in range(0, n, ROWS_PER_CHUNK):
            images.id.write_direct_chunk((start, 0, 0), packed)
        look_vec = np.tile(
            np.stack([places[:, 0, 0, 0], -places[:, 1, 0, 0], -np.ones(ROWS_PER_CHUNK)], 1), (n // ROWS_PER_CHUNK, 1)
        )
        file["look_vec"] = (look_vec / np.linalg.norm(look_vec, axis=1, keepdims=True)).astype("f4")
        file["look_vec"].attrs["frame"] = "unity_camera"


@contextmanager
def studio_of(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a studio in a process of its own, and the process' number."""
    words = [sys.executable, "-m", "gazeaug", "studio", str(folder), "--no-browser", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1], process.pid
        process.terminate()


def resident_mb(pid: int) -> float:
    """Memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1e3


def held_mb(session: Any) -> str:
    """What a page holds after garbage collection: objects of JavaScript, and their memory outside, such as pixels."""
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Runtime.getHeapUsage")
    return f"{found['usedSize'] / 1e6:.1f} + {found['backingStorageSize'] / 1e6:.1f} MB"


def measure(browser: Any, folder: Path, n: int) -> None:
    """Print a line for a file of so many rows, in a server and a page of their own."""
    with studio_of(folder) as (address, pid):
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        page.goto(address)
        page.wait_for_selector("main h1")
        session = page.context.new_cdp_session(page)
        x = 14 + 7 * len(f"{n:,}") + 8
        opened = []
        for _ in range(N_OPENED):
            began = page.evaluate(OPEN, f"#/data?file=eyes-{n}.h5")
            opened.append(page.evaluate(DRAWN, [x, 0]) - began)
            page.evaluate(OPEN, "#/data?prepare=choose")
            page.wait_for_selector(".source")
        page.evaluate(OPEN, f"#/data?file=eyes-{n}.h5")
        page.wait_for_timeout(1500)
        before, server_before, jumps = held_mb(session), resident_mb(pid), []
        for i in range(1, N_JUMPS + 1):
            began = page.evaluate(JUMP, i * STRIDE % n)
            jumps.append(page.evaluate(DRAWN, [x, 0.5]) - began)
        sys.stdout.write(
            f"{n:>9,} rows: first eyes after {opened[0]:.0f} ms, then {statistics.median(opened[1:]):.0f} ms; a jump "
            f"{statistics.median(jumps):.0f} ms, at most {max(jumps):.0f} ms\n"
            f"  page {before}, after {N_JUMPS} jumps {held_mb(session)}; "
            f"server {server_before:.0f} MB, then {resident_mb(pid):.0f} MB\n"
        )
        page.close()


def main() -> None:
    """Make the files and measure."""
    installed = executable()
    if installed is None:
        sys.exit("no Chromium is installed")
    with tempfile.TemporaryDirectory() as name, opened_browser(installed) as browser:
        for n in SIZES:
            write_eyes(Path(name) / f"eyes-{n}.h5", n)
        for n in SIZES:
            measure(browser, Path(name), n)


if __name__ == "__main__":
    main()
