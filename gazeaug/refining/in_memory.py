"""Pictures refined in memory: arrays and Pillow pictures in, the same out, by one session that stays open.

Shape suffixes: N pictures, H height, W width.
"""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.notes import note
from gazeaug.pictures.crops import resize_pictures
from gazeaug.refining.config import Precision, RefineConfig
from gazeaug.refining.plan import refined_shape, usual_batch
from gazeaug.runs.ready import find_refiner
from gazeaug.runtime.contract import AUTO
from gazeaug.runtime.lanes import Lanes, lanes_of
from gazeaug.runtime.opening import CPU
from gazeaug.runtime.plugins import PLUGINS
from gazeaug.runtime.precision import choose_precision
from gazeaug.runtime.session import RefinerSession
from gazeaug.runtime.trial import N_ROWS, try_model
from gazeaug.wording import naming_arguments, speaking_python

Picture = NDArray[np.uint8] | Image.Image
MODES = {1: "L", 3: "RGB"}  # of Pillow, by channels


class Refiner:
    """An ONNX refiner for pictures in memory. Its session stays open from call to call, until `close`.

    The pixels are those that `gazeaug.refine` writes for the same pictures, model, variant and precision. Several
    threads may call it at once. Pickled, it becomes a refiner that opens the same model anew.

    Args:
        model: the ONNX file, or "ready"; None takes that of the newest run under ./runs, or the ready one.
        variant: another number refines the same eyes with other noise; noise is made of the picture's own pixels.
        device: "auto" (CUDA where it loads), "cpu", "cuda", or a plug-in: "openvino", "tensorrt-rtx".
        precision: "auto", "fp32", "fp16" or "int8". The pictures of the first call decide whether "auto" takes fp16
            on CUDA, and calibrate int8: give it many.
        batch_size: pictures a session call. None: 16 on the CPU, up to 1,024 on CUDA.
        threads: batches at a time on the CPU, each by a thread. None: one a core.
        range_: what black and white are to a model of floats, "-1..1", "0..1" or "0..255"; the pictures of the first
            call tell whether "auto", -1..1, is right.
        resize: bring pictures to the model's size: cut to its aspect about the centre, then resized.

    Raises:
        InputError: no such model, an option out of range, or a device that is not to be had.

    Example:
        >>> import numpy as np
        >>> images = np.random.default_rng(0).integers(0, 256, (100, 35, 55), np.uint8)
        >>> with gazeaug.Refiner("refiner.onnx") as refiner:
        ...     refined = refiner(images)
        >>> refined.shape, refined.dtype
        ((100, 35, 55), dtype('uint8'))
    """

    @speaking_python
    def __init__(
        self,
        model: Path | str | None = None,
        *,
        variant: int = 0,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int | None = None,
        threads: int | None = None,
        range_: str = AUTO,
        resize: bool = False,
    ) -> None:
        self._options: dict[str, Any] = {
            "variant": variant,
            "device": device,
            "precision": precision,
            "batch_size": batch_size,
            "threads": threads,
            "range_": range_,
            "resize": resize,
        }
        with naming_arguments(Refiner.__init__, RefineConfig):
            self._config = RefineConfig(model=model, **self._options)
            self._model = find_refiner(model)
            self._session = RefinerSession(
                self._model,
                device=device,
                variant=variant,
                threads=threads if device in PLUGINS else 1,
                values=range_,
            )
        self._settled = self._closed = False
        self._begin()

    @property
    def model(self) -> Path:
        """The ONNX file."""
        return self._model

    @property
    def provider(self) -> str:
        """What computes, as ONNX Runtime names it."""
        return self._session.provider

    @overload
    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]: ...
    @overload
    def __call__(self, pictures: Image.Image) -> Image.Image: ...
    @overload
    def __call__(self, pictures: Sequence[Picture]) -> list[Picture]: ...
    def __call__(self, pictures: Picture | Sequence[Picture]) -> Picture | list[Picture]:
        """Refine pictures.

        Args:
            pictures: for a grey model uint8 (N, H, W) or one picture (H, W), for an RGB model (N, H, W, 3) or
                (H, W, 3); or a Pillow picture; or a list of single pictures of either kind. H and W are the model's.

        Returns:
            The refined ones, in the same form; a list for any sequence.

        Raises:
            InputError: not such pictures, or not of the model's size, or the refiner has been closed.
            RunError: the provider failed.
        """
        with naming_arguments(Refiner.__init__, RefineConfig), self._usable():
            if isinstance(pictures, np.ndarray):
                return self._refined_array(pictures)
            if isinstance(pictures, Image.Image):
                return self._refined_list([pictures])[0]
            if isinstance(pictures, list | tuple):
                return self._refined_list(pictures)
            given = f"an object of type {type(pictures).__name__}"
            as_array = "; give numpy.asarray() of it" if hasattr(pictures, "__array__") else ""
            raise InputError(self._expected(f"{given}{as_array}"))

    def close(self) -> None:
        """Give up threads and the memory of the device; calls are refused from here on."""
        self._closed = True
        self._opened.close()

    def __enter__(self) -> Refiner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Refiner, **self._options), (self._config.model,)

    def __repr__(self) -> str:
        state = "closed" if self._closed else self.provider
        return f"Refiner('{self._model}': {self._session.contract}, variant {self._config.variant}, {state})"

    def _begin(self) -> None:
        """No lanes yet, in this process."""
        self._process = os.getpid()
        self._lanes: dict[tuple[int, ...], Lanes] = {}
        self._opening, self._opened = threading.Lock(), ExitStack()
        weakref.finalize(self, close_in, self._process, self._opened).atexit = False

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """For the length of a call: refuse one of a closed refiner, also where another thread closes it meanwhile."""
        closed = InputError(f"{self._model}: this Refiner has been closed; make another one.")
        if self._closed:
            raise closed
        if self._process != os.getpid():  # after a fork the threads of the parent's lanes are not here
            if self.provider != CPU:
                raise InputError(
                    f"{self._model}: {self.provider} does not survive a fork; make the Refiner in the new process, or "
                    "start processes with 'spawn'."
                )
            self._begin()
        try:
            yield
        except (CancelledError, RuntimeError) as error:
            if self._closed:
                raise closed from error
            raise

    def _refined_list(self, pictures: Sequence[Picture]) -> list[Picture]:
        arrays = [self._as_array(picture) for picture in pictures]
        if not arrays:
            return []
        refined = self._refine(np.concatenate([self._fitting(array[None]) for array in arrays]))
        return [
            Image.fromarray(after) if isinstance(before, Image.Image) else after
            for before, after in zip(pictures, refined, strict=True)
        ]

    def _refined_array(self, images: NDArray[Any]) -> NDArray[np.uint8]:
        """Pictures, or one: which of them is plain, since the model says how many axes a picture has."""
        self._check_dtype(images)
        contract = self._session.contract
        n_axes = 2 if contract.channels == 1 else 3
        if n_axes == 2 and images.shape[-1:] in ((1,), (3,), (4,)) and images.shape[-1] != contract.width:  # colours
            raise InputError(self._expected(f"an array of shape {images.shape}"))
        if images.ndim == n_axes:
            one: NDArray[np.uint8] = self._refine(self._fitting(images[None]))[0]
            return one
        if images.ndim != n_axes + 1 or (n_axes == 3 and images.shape[-1] != 3):
            raise InputError(self._expected(f"an array of shape {images.shape}"))
        return self._refine(self._fitting(images))

    def _as_array(self, picture: Picture) -> NDArray[np.uint8]:
        """One picture of a list."""
        mode = MODES[self._session.contract.channels]
        if isinstance(picture, Image.Image):
            if picture.mode != mode:
                raise InputError(
                    f"{self._model} was made for {self._session.contract}, found a Pillow picture of mode "
                    f"{picture.mode}; give picture.convert('{mode}')."
                )
            return np.asarray(picture)
        if not isinstance(picture, np.ndarray) or picture.ndim != (2 if mode == "L" else 3):
            shape = f"an array of shape {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
            raise InputError(self._expected(f"a list with {shape} in it"))
        self._check_dtype(picture)
        return picture

    def _check_dtype(self, images: NDArray[Any]) -> None:
        if images.dtype != np.uint8:
            raise InputError(
                f"{self._model}: expected grey levels 0..255 as uint8, found {images.dtype}; scale to 0..255, round, "
                "and give images.astype(np.uint8)."
            )

    def _expected(self, found: str) -> str:
        axes = "(N, H, W) or (H, W)" if self._session.contract.channels == 1 else "(N, H, W, 3) or (H, W, 3)"
        return (
            f"{self._model} was made for {self._session.contract}: expected a uint8 array {axes}, a Pillow picture, or "
            f"a list of single pictures, found {found}."
        )

    def _fitting(self, images_NHW: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """In the size that the model takes."""
        shape = refined_shape(images_NHW.shape[1:], self._session, "the pictures", resize=self._config.resize)
        if shape == images_NHW.shape[1:] or not len(images_NHW):
            return np.empty((0, *shape), np.uint8) if not len(images_NHW) else images_NHW
        return resize_pictures(images_NHW, shape)

    def _refine(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Any number of pictures that fit."""
        n_images = len(images)
        if not n_images:
            return images
        batch_size = self._batch_size(images)
        if self.provider != CPU or self._session.contract.batch:  # the CPU takes a last batch as short as it is
            images = images[np.minimum(np.arange(-(-n_images // batch_size) * batch_size), n_images - 1)]
        images = np.ascontiguousarray(images)
        refined = np.empty_like(images)
        if self.provider == CPU and len(images) <= batch_size:
            self._session.refine_into(images, refined)  # no lane is faster, and none has to be woken
        else:
            for batch in self._lanes_for(batch_size, images.shape[1:]).start(images, refined):
                batch.result()
        return refined[:n_images]

    def _batch_size(self, images: NDArray[np.uint8]) -> int:
        """Pictures a session call. The first pictures of all settle the precision, as they do in `gazeaug.refine`."""
        with self._opening:
            contract, shape = self._session.contract, images.shape[1:]
            batch_size = contract.batch or self._config.batch_size or usual_batch(self._session, shape)
            if not self._settled:
                for sentence in try_model(self._session, images[:N_ROWS], asked=self._config.range_ != AUTO):
                    note(f"{sentence}.")
                self._session, _ = choose_precision(
                    self._session, self._config.precision, lambda i, j: images[i:j], len(images), batch_size
                )
                self._settled = True
            return batch_size

    def _lanes_for(self, batch_size: int, image_shape: tuple[int, ...]) -> Lanes:
        """The lanes for pictures of a size, opened once."""
        with self._opening:
            if image_shape not in self._lanes:
                makers = lanes_of(self._session, (batch_size, *image_shape), self._config.threads)
                self._lanes[image_shape] = self._opened.enter_context(Lanes(makers, batch_size))
            return self._lanes[image_shape]


def close_in(process: int, opened: ExitStack) -> None:
    """Close what a refiner nobody has any more left open; a fork of its process has none of its threads."""
    if os.getpid() == process:
        opened.close()
