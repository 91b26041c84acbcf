"""Whether CUDA gives the CPU's pixels, and the same ones every time: sections `parity` and `repeat`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.commands import output_of
from benchmarks.gpu.inputs import images, model, model_in
from benchmarks.gpu.report import Table, beside_goal
from benchmarks.gpu.sessions import Way, need_cuda, open_bare, running

BATCH, N_COMPARED, N_REPEATED = 1_024, 1_024, 4_096
LEAST_EQUAL, LARGEST_MEAN, LARGEST_P999 = 0.999, 1.0, 2.0  # what export promises of fp32, and `--precision` of fp16
WAYS = (
    Way("as gazeaug runs it", "fp32"),
    Way("with TF32", "fp32", {"use_tf32": "1"}),
    Way("as gazeaug runs it"),
    Way("CUDA graph", graphs=True),
    Way("prefer_nhwc", "fp32", {"prefer_nhwc": "1"}),
    Way("prefer_nhwc", options={"prefer_nhwc": "1"}),
    Way("prefer_nhwc, fuse_conv_bias", options={"prefer_nhwc": "1", "fuse_conv_bias": "1"}),
    Way("cudnn_conv_algo_search HEURISTIC", options={"cudnn_conv_algo_search": "HEURISTIC"}),
)


def parity() -> None:
    """Grey levels apart from the CPU provider in fp32."""
    need_cuda()
    eyes = images(N_COMPARED)
    exact = open_bare(model(), "cpu", threads=8).run(None, {"image": eyes})[0]
    table = Table(
        f"Apart from the CPU in fp32, batch {BATCH}", "way", "precision", "equal", "mean", "99.9 %", "largest"
    )
    for way in WAYS:
        table.row(way.name, way.precision, cells=partial(apart_from, exact, eyes, way))


def apart_from(exact: NDArray[np.uint8], eyes: NDArray[np.uint8], way: Way) -> list[str]:
    """Equal pixels, then mean, 99.9th percentile and largest difference in grey levels, with the goals."""
    with running(way, model_in(way.precision), np.concatenate([eyes, eyes]), BATCH) as (run, refined):
        run()
        apart = np.abs(refined[-len(eyes) :].astype(np.int16) - exact)
    equal, mean, p999 = float((apart == 0).mean()), float(apart.mean()), float(np.percentile(apart, 99.9))
    if way.options.get("use_tf32") == "1":
        return [f"{equal:.4%}", f"{mean:.4f}", f"{p999:.0f}", f"{apart.max()}"]
    if way.precision == "fp32":
        first = beside_goal(f"{equal:.4%}", f">= {LEAST_EQUAL:.1%}", met=equal >= LEAST_EQUAL)
        return [first, f"{mean:.4f}", f"{p999:.0f}", beside_goal(f"{apart.max()}", "<= 1", met=apart.max() <= 1)]
    near = mean <= LARGEST_MEAN and p999 <= LARGEST_P999
    goal = f"<= {LARGEST_MEAN:g} and <= {LARGEST_P999:g}"
    return [f"{equal:.2%}", f"{mean:.4f}", beside_goal(f"{p999:.0f}", goal, met=near), f"{apart.max()}"]


def repeat() -> None:
    """Whether sessions, processes, batches and places in a batch give the same bits."""
    need_cuda()
    table = Table("The same bits", "compared", "precision", "batch", "found")
    for precision, batch in (("fp16", 1_024), ("fp16", 64), ("fp32", 64)):
        for title, other in (("two sessions", digest), ("two processes", digest_elsewhere)):
            table.row(title, precision, str(batch), cells=partial(same_as, other, precision, batch))
    for precision in ("fp16", "fp32"):
        table.row("order within the batch", precision, "256", cells=partial(turned, precision))
        table.row("one batch of 256, four of 64", precision, "256, 64", cells=partial(split, precision))


def same_as(other: Callable[[str, int], str], precision: str, batch: int) -> list[str]:
    """Compares a new session here with another one."""
    here, there = digest(precision, batch), other(precision, batch)
    return [beside_goal("the same" if here == there else f"{here} and {there}", "the same", met=here == there)]


def digest(precision: str, batch: int) -> str:
    """Of what a new session makes of the eyes."""
    eyes = images(N_REPEATED)
    with running(Way("as gazeaug runs it", precision), model_in(precision), eyes, batch) as (run, refined):
        run()
        return hashlib.sha256(refined.tobytes()).hexdigest()[:12]


def digest_elsewhere(precision: str, batch: int) -> str:
    """The same in a process of its own."""
    return output_of([sys.executable, "-m", "benchmarks.gpu.parity", precision, str(batch)]).splitlines()[-1]


def turned(precision: str) -> list[str]:
    """A batch against the same batch in the opposite order."""
    session, eyes = open_bare(model_in(precision)), images(256)
    whole, opposite = (session.run(None, {"image": some})[0] for some in (eyes, eyes[::-1].copy()))
    return [share_equal(whole, opposite[::-1])]


def split(precision: str) -> list[str]:
    """A batch against its quarters."""
    session, eyes = open_bare(model_in(precision)), images(256)
    quarters = [session.run(None, {"image": eyes[start : start + 64]})[0] for start in range(0, 256, 64)]
    return [share_equal(session.run(None, {"image": eyes})[0], np.concatenate(quarters))]


def share_equal(these: NDArray[np.uint8], those: NDArray[np.uint8]) -> str:
    """How many pixels are equal, and how far the others are apart."""
    apart = np.abs(these.astype(np.int16) - those)
    return f"{(apart == 0).mean():.4%} equal, largest difference {apart.max()}"


if __name__ == "__main__":
    print(digest(sys.argv[1], int(sys.argv[2])))
