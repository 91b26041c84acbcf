"""Refiners in lower precision: converted from the fp32 model, and refused where they stray from it.

fp16 is a conversion of the weights and of what flows between the layers. int8 is static quantisation of the
convolutions: ranges are taken from the user's own pictures, since without them it is off by tens of grey levels.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError
from gazeaug.runtime.opening import CUDA
from gazeaug.runtime.quiet import load_tool
from gazeaug.runtime.session import RefinerSession

if TYPE_CHECKING:
    import onnx

N_RUNS = 16
N_SAMPLES = 512  # half of them calibrate int8, the other half judge
BOUNDS = {"fp16": (1.0, 2.0), "int8": (1.0, 6.0)}  # grey levels: mean, and 99.9th percentile
LARGEST_CONTENT = 1 << 31  # bytes that one ONNX message may have
QUANTISED = ("Conv", "Relu", "Pad", "Add")


@dataclass(frozen=True)
class Difference:
    """How far a lower precision strays from fp32 on pictures it was not calibrated on, in grey levels."""

    mean: float
    p999: float
    largest: int

    def __str__(self) -> str:
        return f"mean {self.mean:.2f}, 99.9th percentile {self.p999:.0f}, largest {self.largest} grey levels"


def choose_precision(
    session: RefinerSession,
    wanted: str,
    read: Callable[[int, int], NDArray[np.uint8]],
    n_images: int,
    batch: int,
) -> tuple[RefinerSession, Difference | None]:
    """The session at the precision asked for; "auto" takes fp16 on CUDA where it agrees with fp32.

    Args:
        session: as the model is.
        wanted: one of "auto", "fp32", "fp16", "int8".
        read: pictures of rows start..stop-1, in the size that the model takes.
        n_images: rows there are.
        batch: most pictures a session call.

    Raises:
        InputError: see `at_precision`.
    """
    is_automatic = wanted == "auto"
    if is_automatic:
        wanted = "fp16" if session.provider == CUDA and session.precision == "fp32" else session.precision
    if wanted == session.precision:
        return session, None
    try:
        return at_precision(session, wanted, samples_of(read, n_images, session.contract.batch or 1), batch=batch)
    except InputError:
        if not is_automatic:
            raise
        return session, None


def samples_of(read: Callable[[int, int], NDArray[np.uint8]], n_images: int, batch: int = 1) -> NDArray[np.uint8]:
    """Pictures from all over the input: every other run of rows in each half, each half in whole batches.

    What int8 is calibrated on must not depend on --batch-size, only on the batch that a model may demand.
    """
    n_samples = 2 * batch * -(-N_SAMPLES // (2 * batch))
    length = min(n_samples // N_RUNS, n_images)
    starts = [i * (n_images - length) // (N_RUNS - 1) for i in range(N_RUNS)]
    runs = [read(start, start + length) for start in starts]
    pictures = np.concatenate(runs[::2] + runs[1::2])
    return np.resize(pictures, (n_samples, *pictures.shape[1:]))


def at_precision(
    session: RefinerSession, precision: str, samples: NDArray[np.uint8], *, batch: int
) -> tuple[RefinerSession, Difference]:
    """A session of the same model in a lower precision, checked against the given one.

    Args:
        session: of the fp32 model.
        precision: "fp16" or "int8".
        samples: the user's own pictures, uint8 (n, H, W) or (n, H, W, 3), an even number.
        batch: most pictures a session call.

    Raises:
        InputError: the model cannot be converted, or the result strays further than `BOUNDS`.
    """
    calibrating, judging = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    if session.precision != "fp32":
        raise InputError(f"{session.model}: is {session.precision}; --precision {precision} starts from an fp32 model.")
    n_bytes = sum(path.stat().st_size for path in session.identity.files(session.model))
    if n_bytes >= LARGEST_CONTENT:
        raise InputError(
            f"{session.model}: is of {n_bytes:,} bytes, and only models below {LARGEST_CONTENT:,} can be converted; "
            "use --precision fp32."
        )
    if precision == "fp16":
        content = as_fp16(graph_of(session))
    else:
        inputs = [session.as_input(calibrating[i : i + batch]) for i in range(0, len(calibrating), batch)]
        content = as_int8(graph_of(session), inputs)
    lesser = session.with_content(content, precision)
    difference = differ(session, lesser, judging, batch)
    largest_mean, largest_p999 = BOUNDS[precision]
    if difference.mean > largest_mean or difference.p999 > largest_p999:
        raise InputError(
            f"{session.model}: --precision {precision} strays from fp32 by {difference} on {len(judging)} of your "
            f"pictures, at most {largest_mean:g} and {largest_p999:g} are allowed; use --precision fp32."
        )
    return lesser, difference


def differ(exact: RefinerSession, lesser: RefinerSession, images: NDArray[np.uint8], batch: int) -> Difference:
    """Compare two sessions on the same pictures."""
    apart = np.concatenate(
        [
            np.abs(exact.refine(images[i : i + batch]).astype(np.int16) - lesser.refine(images[i : i + batch]))
            for i in range(0, len(images), batch)
        ]
    )
    return Difference(float(apart.mean()), float(np.percentile(apart, 99.9)), int(apart.max()))


def graph_of(session: RefinerSession) -> onnx.ModelProto:
    """The model as the session runs it: the number of its noise is part of the graph."""
    import onnx

    graph = onnx.load(session.model)  # weights in other files too, which become part of it
    for constant in graph.graph.initializer:
        if constant.name in session.constants:
            constant.CopyFrom(onnx.numpy_helper.from_array(session.constants[constant.name], constant.name))
    return graph


def as_fp16(graph: onnx.ModelProto) -> bytes:
    """The model in fp16 with its inputs and outputs as they were."""
    float16 = load_tool("transformers.float16")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weights too small for fp16 become its smallest number; the check judges
        converted = float16.convert_float_to_float16(graph, keep_io_types=True)
    content: bytes = converted.SerializeToString()
    return content


def as_int8(graph: onnx.ModelProto, batches: list[dict[str, NDArray[Any]]]) -> bytes:
    """The model with its convolutions, and what stands between them, in 8 bits; the rest stays in fp32.

    Source: ONNX Runtime's documentation of static quantisation (QDQ format, one scale a channel).
    """
    quantization = load_tool("quantization")

    class Batches(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self._left: Iterator[dict[str, NDArray[Any]]] = iter(batches)

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            return next(self._left, None)

    for i, node in enumerate(graph.graph.node):
        node.name = node.name or f"node_{i}"
    places = [i for i, node in enumerate(graph.graph.node) if node.op_type == "Conv"]
    if not places:
        raise InputError("--precision int8: the model has no convolutions to quantise.")
    # Before the first convolution come scaling and noise, behind the tanh the picture itself and a camera: both stay
    # exact.
    ends = [i for i, node in enumerate(graph.graph.node) if node.op_type == "Tanh" and i > places[0]]
    end = min(ends, default=places[-1])
    outside = [node.name for i, node in enumerate(graph.graph.node) if not places[0] - 1 <= i <= end]
    with tempfile.TemporaryDirectory() as folder, quiet():
        target = Path(folder) / "int8.onnx"
        quantization.quantize_static(
            graph,
            str(target),
            Batches(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=list(QUANTISED),
            nodes_to_exclude=outside,
        )
        return target.read_bytes()


class quiet:  # noqa: N801 -- used as a statement
    """Keep the quantiser's advice out of the user's terminal for the length of a block."""

    def __enter__(self) -> None:
        self._level = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(self._level)
