"""CUDA graphs of the updates: kernels recorded once, then started by one call.

A step of `fast` is some four thousand small kernels, and starting them one by one takes longer than computing them.

Source: PyTorch documentation, "CUDA semantics", section "CUDA Graphs".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

logger = logging.getLogger(__name__)
WARM_UPS = 3  # calls that are computed directly before one is recorded: libraries choose their algorithms in these

Outputs = dict[str, Tensor]
Work = Callable[..., Outputs]
"""Computes outputs, and with `backward` the gradients of weights, from what it works on and some tensors; changes
nothing else, draws no random numbers, and never waits for the device."""


@dataclass(frozen=True)
class _Recording:
    """A graph, and the memory that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    given: list[Tensor]
    outputs: Outputs
    gradients: list[Tensor | None]


class Recorder:
    """Does work, and on CUDA records it: the same numbers, without Python and without starting every kernel.

    Args:
        device: where the work is done.
        recording: False does everything directly, as on the CPU: several processes talk to each other meanwhile.
    """

    def __init__(self, device: torch.device, *, recording: bool = True) -> None:
        self._stream: torch.cuda.Stream | None = None
        if recording and device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._n_done: dict[tuple[object, ...], int] = {}
        self._recordings: dict[tuple[object, ...], _Recording | None] = {}

    def do(self, work: Work, state: object, weights: Sequence[nn.Parameter], *given: Tensor) -> Outputs:
        """Outputs of `work(state, *given)`; the weights' gradients are those of this call alone.

        Outputs and gradients stay as they are until the next call with the same work.

        Args:
            work: what is done.
            state: what it is done on, the same in every call.
            weights: all that get a gradient.
            given: tensors on the device, recorded anew for other shapes.
        """
        if self._stream is None:
            forget_gradients(weights)
            return work(state, *given)
        key = (work, *(one.shape for one in given))
        if key not in self._recordings:
            self._n_done[key] = self._n_done.get(key, 0) + 1
            if self._n_done[key] <= WARM_UPS:
                return self._aside(work, state, weights, *given)
            self._recordings[key] = self._record(work, state, weights, given)
        recording = self._recordings[key]
        if recording is None:
            return self._aside(work, state, weights, *given)
        for place, tensor in zip(recording.given, given, strict=True):
            place.copy_(tensor)
        recording.graph.replay()
        for weight, gradient in zip(weights, recording.gradients, strict=True):
            weight.grad = gradient
        return recording.outputs

    def _aside(self, work: Work, state: object, weights: Sequence[nn.Parameter], *given: Tensor) -> Outputs:
        """Directly, on the stream that records: autograd remembers the stream on which it first saw a weight."""
        assert self._stream is not None
        forget_gradients(weights)
        current = torch.cuda.current_stream(self._stream.device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            outputs = work(state, *given)
        current.wait_stream(self._stream)
        return outputs

    def _record(
        self, work: Work, state: object, weights: Sequence[nn.Parameter], given: Sequence[Tensor]
    ) -> _Recording | None:
        """None where this version of torch, or the card, cannot record what the work does."""
        places = [one.clone() for one in given]
        forget_gradients(weights)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, stream=self._stream):
                outputs = work(state, *places)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            reason = str(error.__context__ or error).splitlines()[0]
            logger.warning("A step cannot be recorded as a CUDA graph and takes longer: %s", reason)
            return None
        return _Recording(graph, places, outputs, [weight.grad for weight in weights])


def forget_gradients(weights: Sequence[nn.Parameter]) -> None:
    """So that `backward` writes them anew."""
    for weight in weights:
        weight.grad = None
