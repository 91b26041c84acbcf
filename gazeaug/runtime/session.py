"""A refiner in ONNX Runtime: its contract read off its signature, and batches through it.

Shape suffixes: N rows, C channels, H height, W width.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazeaug.errors import InputError, RunError
from gazeaug.file_kinds import but_found
from gazeaug.runtime.contract import AUTO, read_contract, to_float, to_uint8
from gazeaug.runtime.cuda import OUT_OF_MEMORY, Card, CudaError, CudaRuntime, CudaStream
from gazeaug.runtime.identity import ModelIdentity
from gazeaug.runtime.opening import CPU, CUDA, DEVICES, PROVIDER_ERRORS, Opening, chooses_cuda, open_session, reason_of
from gazeaug.runtime.quiet import onnxruntime

VARIANT_KEY = "gazeaug.variant"  # metadata: NAME=VALUE of the constant that chooses the noise
FEATURES_KEY = "gazeaug.features"  # metadata: feature maps of every layer
# Of cuDNN's algorithms the one that its heuristics choose: in fp16 it computed 14 % more pictures a second on an H200
# than the one that ONNX Runtime finds by its own search (docs/performance.md).
BY_HEURISTIC = {"cudnn_conv_algo_search": "HEURISTIC"}
BLOCK_MAPS = 16  # maps that ONNX Runtime's layout for AVX-512 (NCHWc) computes together


class RefinerSession:
    """An ONNX refiner loaded on one provider.

    Args:
        model: the ONNX file, ours or any with the contract's signature.
        device: "cuda", "cpu", a plug-in ("openvino", "tensorrt-rtx"), or "auto": CUDA where it loads, else the CPU.
        variant: number of the noise that the refiner draws; 0 is the one that it was exported with.
        threads: on the CPU; None leaves the number to ONNX Runtime.
        content: the model converted, to be run in its place.
        spinning: on the CPU, whether threads that wait for others keep their core busy.
        cuda_options: of the CUDA provider, as ONNX Runtime names them; its own defaults where none are given, but for
            TF32, which is off.
        values: what a model of floats takes and gives: "-1..1" (also for "auto"), "0..1" or "0..255".

    Attributes:
        stream: on CUDA, the queue of work that is this session's alone.

    Raises:
        InputError: no model, not ONNX, another signature, no noise to vary, or CUDA asked for and not to be had.
        RunError: CUDA does not take this model.
    """

    def __init__(
        self,
        model: Path | str,
        *,
        device: str = "auto",
        variant: int = 0,
        threads: int | None = None,
        content: bytes | None = None,
        spinning: bool = True,
        cuda_options: Mapping[str, str] | None = None,
        values: str = AUTO,
    ) -> None:
        self.model = Path(model)
        self._load_options: dict[str, Any] = {
            "device": device,
            "threads": threads,
            "spinning": spinning,
            "cuda_options": dict(cuda_options or {}),
            "values": values,
        }
        self._variation: dict[str, Any] = {"variant": variant, "content": content}
        self.constants: dict[str, NDArray[Any]] = {}  # set in place of the model's own
        if device not in DEVICES:
            raise InputError(f"--device must be one of {', '.join(DEVICES)}, got '{device}'.")
        if not self.model.is_file():
            raise InputError(f"{self.model}: expected an ONNX model, {but_found(self.model)}.")
        self.identity = ModelIdentity.of(self.model)  # before it is opened, so that what is opened is no older
        stream = CudaStream(CudaRuntime()) if chooses_cuda(device) else None
        on_stream = {"user_compute_stream": str(stream.handle)} if stream else {}
        opening = Opening(
            model=self.model,
            device=device,
            threads=threads,
            spinning=spinning,
            content=content,
            cuda_options={**self._load_options["cuda_options"], **on_stream},
        )
        self._session = open_session(opening)
        self.stream = stream  # behind the session, so that it is freed after it
        self.provider: str = self._session.get_providers()[0]
        self.contract = read_contract(self.model, self._session, values)
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        if variant:
            if VARIANT_KEY not in self.metadata:
                raise InputError(f"{self.model}: --variant {variant}: this refiner draws no noise that could vary.")
            name, first = self.metadata[VARIANT_KEY].split("=")
            self.constants = {name: np.full((1, 1, 1, 1), int(first) + variant, np.int32)}
        in_blocks = not self._fills_no_blocks
        if self.constants or not in_blocks:
            self._session = open_session(opening, self.constants, in_blocks=in_blocks)
        self.precision = self.metadata.get("gazeaug.precision", "fp32")
        self._input = self._session.get_inputs()[0]
        self._output_name: str = self._session.get_outputs()[0].name
        self._keeps_shape = False
        self._has_channel_axis = self.contract.io == "uint8" and len(self._input.shape) == 4

    @property
    def sha256(self) -> str:
        """Which network it is, see `ModelIdentity`."""
        return self.identity.sha256

    @property
    def _fills_no_blocks(self) -> bool:
        """Whether ONNX Runtime's blocked layout would compute maps that are not there: 24 as 32, say."""
        features = int(self.metadata.get(FEATURES_KEY, 0))
        return self.provider == CPU and self._variation["content"] is None and features % BLOCK_MAPS != 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as the way in which it was opened, for workers; they have the same provider and GPU, or refuse."""
        device = {CPU: "cpu", CUDA: "cuda"}.get(self.provider, self._load_options["device"])
        options = {**self._load_options, "device": device, **self._variation}
        return reopen, (self.model.resolve(), options, self.metadata, self.precision, self.backend, self.sha256)

    @property
    def backend(self) -> dict[str, str]:
        """What else decides the last bit of a result: the versions of what computes, and the GPU."""
        found = {"onnxruntime": str(onnxruntime.__version__)}
        if self.provider == CUDA:
            card = Card.found()
            found |= {"gpu": card.name, "cuda": card.cuda, "cudnn": card.cudnn}
        return found

    def twin(self, cuda_options: Mapping[str, str] | None = None) -> RefinerSession:
        """The same refiner once more, with a session and a stream of its own, and further options of CUDA."""
        options = {**self._load_options, "cuda_options": {**self._load_options["cuda_options"], **(cuda_options or {})}}
        return self.proven(RefinerSession(self.model, **options, **self._variation))

    def proven(self, other: RefinerSession) -> RefinerSession:
        """Another session of the same file, once it is found to be the same network.

        Raises:
            RunError: the file has been replaced since this session was opened.
        """
        if other.sha256 != self.sha256:
            raise RunError(changed_text(self.model))
        return other

    def with_content(self, content: bytes, precision: str) -> RefinerSession:
        """The same refiner from converted bytes, on the same provider."""
        chosen = BY_HEURISTIC if self.provider == CUDA and precision == "fp16" else {}
        options = {**self._load_options, "cuda_options": {**chosen, **self._load_options["cuda_options"]}}
        other = self.proven(RefinerSession(self.model, content=content, **options))
        if other.provider != self.provider:
            raise InputError(f"{self.model}: {self.provider} does not take it in {precision}; use --precision fp32.")
        other.metadata, other.precision = self.metadata, precision
        return other

    def as_input(self, images: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """Pictures as the model takes them."""
        if self.contract.io == "uint8":
            return {self._input.name: images[..., None] if self._has_channel_axis and images.ndim == 3 else images}
        return {self._input.name: to_float(images, self.contract.span)}

    def refine(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Refine one batch of exactly the length the model was warmed up with.

        Args:
            images: uint8 (N, H, W) or (N, H, W, 3).

        Returns:
            uint8 of the same shape.

        Raises:
            RunError: the provider failed, or the model gave NaN, infinity or another shape.
        """
        refined = self.compute(images)
        if self.contract.io == "uint8":
            return refined.reshape(images.shape).astype(np.uint8, copy=False)
        return to_uint8(refined, images.shape, self.model, self.contract.span)

    def compute(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """What the model itself gives for a batch, in its own numbers and axes.

        Raises:
            RunError: the provider failed, or the model gave another shape.
        """
        given = self.as_input(images)
        batch = given[self._input.name]
        with self.naming_failure(batch.shape):
            refined: NDArray[Any] = self._session.run(None, given)[0]
        if refined.shape != batch.shape:
            raise RunError(f"{self.model}: gave {refined.shape} for {batch.shape}; a refiner must keep the shape.")
        return refined

    def refine_into(self, images: NDArray[np.uint8], refined: NDArray[np.uint8]) -> None:
        """Refine one batch into memory that is there; on the CPU, and with the uint8 contract, without a copy.

        Several threads may do so at once. Raises as `refine`, which does the first batch: it proves the shape.
        """
        if self.provider != CPU or self.contract.io != "uint8" or not self._keeps_shape:
            refined[...] = self.refine(images)
            self._keeps_shape = True
            return
        device, shape = ("cpu", 0, np.uint8), self.stored_shape(images.shape)
        binding = self._session.io_binding()
        binding.bind_input(self._input.name, *device, shape, images.ctypes.data)
        binding.bind_output(self._output_name, *device, shape, refined.ctypes.data)
        with self.naming_failure(shape):
            self.run_bound(binding)

    def stored_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A batch's shape as the model has it: some want an axis for the one channel."""
        return (*shape, 1) if self._has_channel_axis and len(shape) == 3 else shape

    def bind(self, given: onnxruntime.OrtValue, taken: onnxruntime.OrtValue) -> onnxruntime.IOBinding:
        """Tie input and output to memory on the device, for `run_bound`."""
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input.name, given)
        binding.bind_ortvalue_output(self._output_name, taken)
        return binding

    def run_bound(self, binding: onnxruntime.IOBinding) -> None:
        """Refine what is bound; call it within `naming_failure`."""
        self._session.run_with_iobinding(binding)

    @contextmanager
    def naming_failure(self, shape: tuple[int, ...]) -> Iterator[None]:
        """Turn the provider's errors, while a batch goes through it, into one sentence.

        Raises:
            RunError: the provider failed, or its memory is full.
        """
        try:
            yield
        except PROVIDER_ERRORS as error:
            if self.provider == CUDA:
                keep_for_good(self)
            if is_out_of_memory(error):
                smaller = f" with --batch-size {shape[0] // 2}" if shape[0] > 1 else " on a GPU with more free memory"
                raise RunError(
                    f"{self.model}: {self.provider} ran out of memory at --batch-size {shape[0]}; finished rows are "
                    f"kept; run the same command{smaller} to resume."
                ) from error
            raise RunError(
                f"{self.model}: {self.provider} failed on a batch of {shape}: {reason_of(error)}; finished rows are "
                "kept; run the same command to resume (another --device starts over with --fresh)."
            ) from error


def reopen(
    model: Path,
    options: dict[str, Any],
    metadata: dict[str, str],
    precision: str,
    backend: dict[str, str],
    sha256: str,
) -> RefinerSession:
    """A session as another process had it.

    Raises:
        InputError: this machine computes with another GPU or other versions, or see `RefinerSession`.
        RunError: it has another network under the same name.
    """
    session = RefinerSession(model, **options)
    if session.sha256 != sha256:
        raise RunError(changed_text(model))
    if session.backend != backend:
        raise InputError(
            f"{model}: a worker computes with {text_of(session.backend)}, the job was planned for {text_of(backend)}; "
            "their rows would differ: use machines that are alike."
        )
    session.metadata, session.precision = metadata, precision
    return session


def keep_for_good(session: RefinerSession) -> None:
    """Never take a session apart, not even when Python ends.

    ONNX Runtime leaves the page-locked buffers of a run that failed to a thread of CUDA's, which gives them back while
    the session is taken apart, and the process dies instead of saying what failed (seen on an H200, version 1.31.1).
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


def changed_text(model: Path) -> str:
    """The sentence for a model that is no longer the one that the job began with."""
    return (
        f"{model}: is no longer the model that this job began with (the file or its weights were replaced); finished "
        "rows are kept: put the model back and type the same command, or start over with --fresh."
    )


def text_of(backend: Mapping[str, str]) -> str:
    """For a sentence: "onnxruntime 1.31.1, gpu NVIDIA H100"."""
    return ", ".join(f"{name} {value}" for name, value in backend.items())


def is_out_of_memory(error: Exception) -> bool:
    """Whether the device had no memory left, as ONNX Runtime, cuBLAS or the CUDA runtime say it."""
    if isinstance(error, CudaError):
        return error.code == OUT_OF_MEMORY
    said = str(error).lower()
    return any(text in said for text in ("failed to allocate", "out of memory", "alloc_failed", "memoryallocation"))
