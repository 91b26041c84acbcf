"""A refiner as a transform for a `DataLoader`: eyes are refined as they are drawn. Imports torch only when needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gazeaug.errors import InputError
from gazeaug.refining.in_memory import Refiner
from gazeaug.runs.ready import find_refiner
from gazeaug.wording import speaking_python

if TYPE_CHECKING:
    from torch import Tensor

    Picture = TypeVar("Picture", NDArray[np.uint8], Image.Image, Tensor)


class RefineTransform:
    """Refines single pictures on the fly, in the process that calls it; for `DataLoader` workers of any kind.

    Picklable. Every process opens its own session on its first picture. Each variant that is drawn keeps a session of
    a few MB, so let `variants` be a few. What is drawn comes from torch's generator, which `DataLoader` seeds in every
    worker.

    Args:
        model: the ONNX file, or "ready"; None takes that of the newest run under ./runs, or the ready one.
        probability: with which a picture is refined; otherwise it comes back as it is.
        variants: numbers of noise to draw from for every picture, such as range(8): an eye then looks different each
            time. The pixels of a variant are those of `gazeaug.Refiner(model, variant=...)`.
        device: "cpu", or "cuda" where no worker is forked: CUDA does not survive a fork.
        resize: bring pictures to the model's size: cut to its aspect about the centre, then resized.

    Raises:
        InputError: no such model, no variants, or a probability outside 0..1.

    Example:
        >>> from torch.utils.data import DataLoader
        >>> transform = gazeaug.RefineTransform("refiner.onnx", probability=0.5)
        >>> dataset = gazeaug.EyeDataset("unityeyes.h5", labels=["look_vec"], transform=transform)
        >>> images, labels = next(iter(DataLoader(dataset, batch_size=8, shuffle=True)))
        >>> images.shape
        torch.Size([8, 1, 35, 55])
    """

    @speaking_python
    def __init__(
        self,
        model: Path | str | None = None,
        *,
        probability: float = 1.0,
        variants: Sequence[int] = (0,),
        device: str = "cpu",
        resize: bool = False,
    ) -> None:
        if not 0 <= probability <= 1:
            raise InputError(f"probability must be from 0 to 1, got {probability:g}.")
        if not len(variants):
            raise InputError(f"variants must be one number or more, such as range(8), got {variants!r}.")
        self.model = find_refiner(model).absolute()  # a worker may stand in another folder
        self.probability, self.variants = probability, variants
        self._device, self._resize = device, resize
        self._process = os.getpid()
        self._refiners: dict[int, Refiner] = {}
        self._refiner(max(variants))  # refuses here what no worker could use

    def __call__(self, picture: Picture) -> Picture:
        """Refine one picture.

        Args:
            picture: a Pillow picture, a uint8 array (H, W) or (H, W, 3), or a uint8 tensor (H, W), (1, H, W) or
                (3, H, W).

        Returns:
            The refined one, of the same kind and shape.

        Raises:
            InputError: not such a picture, or not of the model's size.
        """
        if self.probability < 1 and drawn() >= self.probability:
            return picture
        refiner = self._refiner(self.variants[int(drawn() * len(self.variants)) if len(self.variants) > 1 else 0])
        if isinstance(picture, Image.Image):
            return refiner(picture)
        if isinstance(picture, np.ndarray):
            if picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
                raise InputError(f"expected one picture, (H, W) or (H, W, 3), found an array of shape {picture.shape}.")
            refined: NDArray[np.uint8] = refiner(picture[None])[0]
            return refined
        return as_tensor(refiner(as_array(picture)[None])[0], picture)

    def _refiner(self, variant: int) -> Refiner:
        """This process' own refiner for a variant."""
        if self._process != os.getpid():  # after a fork the parent's threads are not here
            self._process, self._refiners = os.getpid(), {}
        if variant not in self._refiners:
            self._refiners[variant] = Refiner(
                self.model, variant=variant, device=self._device, threads=1, resize=self._resize
            )
        return self._refiners[variant]

    def __getstate__(self) -> dict[str, Any]:
        """What crosses into a worker: everything but the sessions."""
        return {**self.__dict__, "_refiners": {}}

    def __repr__(self) -> str:
        return f"RefineTransform('{self.model}', probability={self.probability:g}, variants={self.variants!r})"


def drawn() -> float:
    """A number from 0 to below 1 from torch's generator."""
    import torch

    return float(torch.rand((), dtype=torch.float64))


def as_array(picture: Tensor) -> NDArray[np.uint8]:
    """A tensor as (H, W) or (H, W, 3).

    Raises:
        InputError: not a uint8 tensor of one picture.
    """
    import torch

    if not isinstance(picture, torch.Tensor):
        raise InputError(
            f"expected a Pillow picture, a uint8 array or a uint8 tensor, found an object of type "
            f"{type(picture).__name__}."
        )
    shape = tuple(picture.shape)
    if picture.dtype != torch.uint8 or not (len(shape) == 2 or (len(shape) == 3 and shape[0] in (1, 3))):
        raise InputError(
            f"expected one picture as a uint8 tensor (H, W), (1, H, W) or (3, H, W), found {picture.dtype} {shape}; "
            "refine before pictures are scaled, normalised or put in batches."
        )
    pixels: NDArray[np.uint8] = picture.cpu().numpy()
    return pixels.transpose(1, 2, 0) if shape[0] == 3 and len(shape) == 3 else pixels.reshape(shape[-2:])


def as_tensor(refined: NDArray[np.uint8], like: Tensor) -> Tensor:
    """The way back, to the axes and the device of the tensor that came in."""
    import torch

    pixels = refined.transpose(2, 0, 1) if refined.ndim == 3 else refined
    return torch.from_numpy(np.ascontiguousarray(pixels)).to(like.device).reshape(*like.shape[:-2], *pixels.shape[-2:])
