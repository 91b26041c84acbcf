"""`gazeaug refine-dataset` on a file of many rows: sections `stream`, `kill` and `memory`."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py

from benchmarks.gpu.commands import output_of, refining
from benchmarks.gpu.inputs import N_ROWS, WORK, images, many_rows, model, model_in
from benchmarks.gpu.report import Skipped, Table, beside_goal, say
from benchmarks.gpu.sessions import Way, need_cuda, rate_of
from benchmarks.gpu.throughput import need_torch_gpu

GOAL, GOAL_SHARE = 250_000, 0.9
BATCH, N_BATCHES = 1_024, 32
RATE = re.compile(r"([\d,]+) images/s\)$", re.M)
TAKEN = re.compile(r" on (\w+Provider)"), re.compile(r"^precision (\w+)", re.M)
KILLED = ("auto", 64), ("fp32", 256)
ROWS_HASHED = 1 << 16
LEFT_MIB, MEMORY_BATCH, MEMORY_ROWS = 900, 4_096, 20_000
HOG = (
    "import time, torch; "
    f"held = torch.empty(torch.cuda.mem_get_info()[0] - ({LEFT_MIB} << 20), dtype=torch.uint8, device='cuda'); "
    "print('held', flush=True); time.sleep(60)"
)


@dataclass(frozen=True)
class Try:
    """A call of `gazeaug refine-dataset`."""

    options: str
    precision: str = "auto"
    batch: str = "default"
    does_nothing: bool = False
    """Whether the model gives back what it gets."""

    def model(self) -> Path:
        """The refiner, or a model that does nothing."""
        if not self.does_nothing:
            return model()
        from benchmarks.refining_stream import identity

        return identity(WORK / "nothing.onnx")


DEFAULTS, NOTHING = Try(""), Try("--device cpu --batch-size 512", "uint8", "512", does_nothing=True)
TRIES = (
    DEFAULTS,
    Try("--batch-size 64", batch="64"),
    Try("--batch-size 256", batch="256"),
    Try("--precision fp32", "fp32"),
    NOTHING,
)


def stream() -> None:
    """All rows end to end, and the ceilings: a model that does nothing, and the bare session."""
    need_cuda()
    rates: dict[Try, float] = {}
    columns = ("options", "model", "precision", "batch", "s, start included", "images/s, as it says", "on")
    table = Table(f"gazeaug refine-dataset, {N_ROWS:,} rows", *columns)
    for one in TRIES:
        names = (f"`{one.options}`" if one.options else "none", "does nothing" if one.does_nothing else "`fast`")
        table.row(*names, one.precision, one.batch, cells=partial(streamed, one, rates))
    compare(rates)


def streamed(one: Try, rates: dict[Try, float]) -> list[str]:
    """Seconds in all, and the rate that the command reports: without opening the model."""
    output = WORK / "refined.h5"
    command = refining(many_rows(), output, "--fresh", "-m", str(one.model()), *one.options.split())
    try:
        began = time.perf_counter()
        said = output_of(command)
        seconds = time.perf_counter() - began
    finally:
        output.unlink(missing_ok=True)
    rates[one] = rate = rate_in(said)
    figure = f"{rate:,.0f}"
    if one == DEFAULTS:
        figure = beside_goal(figure, f">= {GOAL:,}", met=rate >= GOAL)
    return [f"{seconds:.2f}", figure, ", ".join(pattern.findall(said)[0] for pattern in TAKEN)]


def rate_in(said: str) -> float:
    """Images a second, as the command reports them.

    Raises:
        Skipped: it was done within a second, in which case it reports none.
    """
    found = RATE.findall(said)
    if not found:
        raise Skipped(f"too few rows for a rate: {N_ROWS:,}")
    return float(found[-1].replace(",", ""))


def compare(rates: Mapping[Try, float]) -> None:
    """The command's rate over the slower of its two ceilings."""

    def cells() -> list[str]:
        if DEFAULTS not in rates or NOTHING not in rates:
            raise Skipped("a rate is missing above")
        bare = rate_of(Way("as gazeaug runs it"), model_in("fp16"), images(N_BATCHES * BATCH), BATCH)
        share = rates[DEFAULTS] / min(bare, rates[NOTHING])
        goal = beside_goal(f"{share:.2f}", f">= {GOAL_SHARE}", met=share >= GOAL_SHARE)
        return [f"{bare:,.0f}", f"{rates[NOTHING]:,.0f}", f"{rates[DEFAULTS]:,.0f}", goal]

    columns = (f"bare session, fp16, batch {BATCH:,}", "does nothing", "default options", "share of the slower")
    Table("The stream and its ceilings, images/s", *columns).row(cells=cells)


def kill() -> None:
    """A killed run that is resumed against one that nobody killed."""
    need_cuda()
    columns = ("precision", "batch", "units done when killed", "resumed", "pixels")
    table = Table(f"Killed and resumed, {N_ROWS:,} rows", *columns)
    for precision, batch in KILLED:
        table.row(precision, str(batch), cells=partial(killed_and_resumed, precision, batch))


def killed_and_resumed(precision: str, batch: int) -> list[str]:
    """Units done when killed, what the second run said, and whether both outputs hold the same pictures."""
    output = WORK / "killed.h5"
    options = ["-m", str(model()), "--device", "cuda", "--batch-size", str(batch), "--precision", precision]
    command = refining(many_rows(), output, *options)
    output_of([*command, "--fresh"])
    whole = content(output)
    output.unlink()
    log, n_units = Path(f"{output}.parts") / "units.log", -(-N_ROWS // 4096)
    process = subprocess.Popen([*command, "--fresh"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and n_lines(log) <= n_units // 3:
        time.sleep(0.01)
    process.kill()
    process.wait()
    n_done = n_lines(log)
    resumed = output_of(command).splitlines()
    same = content(output) == whole
    output.unlink()
    went_on = any("resuming an interrupted run" in line for line in resumed)
    return [
        f"{n_done} of {n_units}",
        "yes" if went_on else "no",
        beside_goal("the same" if same else "others", "the same", met=same),
    ]


def n_lines(log: Path) -> int:
    """Units of a run that are on the disk."""
    return len(log.read_bytes().splitlines()) if log.exists() else 0


def content(path: Path) -> str:
    """Digest of all pictures of a file."""
    digest = hashlib.sha256()
    with h5py.File(path) as file:
        for start in range(0, len(file["image"]), ROWS_HASHED):
            digest.update(file["image"][start : start + ROWS_HASHED].tobytes())
    return digest.hexdigest()


def memory() -> None:
    """What the command says when the device has too little memory left."""
    need_cuda()
    need_torch_gpu()
    hog = subprocess.Popen([sys.executable, "-c", HOG], stdout=subprocess.PIPE, text=True)
    try:
        held = hog.stdout.readline().strip() if hog.stdout else ""
        say(f"another process holds all but {LEFT_MIB} MiB: {held or 'it failed'}")
        options = ["-m", str(model()), "--device", "cuda", "--batch-size", str(MEMORY_BATCH), "--precision", "fp32"]
        command = refining(many_rows(), WORK / "memory.h5", "--fresh", "--rows", str(MEMORY_ROWS), *options)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        say(f"exit status {done.returncode}; it said:\n{(done.stdout + done.stderr)[-900:]}")
    finally:
        hog.kill()
        hog.wait()
