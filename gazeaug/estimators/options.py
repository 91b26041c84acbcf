"""Options of gaze estimators. Imports torch only where CUDA is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge

from gazeaug.errors import InputError
from gazeaug.options import HARDWARE, METHOD, SCHEDULE, Options, Shown

Augment = Literal["none", "ordinary"]


@dataclass(frozen=True, kw_only=True)
class EstimatorConfig(Options):
    """Which estimator, and how it is trained."""

    estimator: Annotated[
        Literal["small", "cnn", "lenet", "resnet", "knn", "knn-embedding"],
        METHOD,
        Doc("small has three convolutions, cnn is that of Shrivastava et al. 2017, knn the nearest pictures."),
    ] = "small"
    normalise: Annotated[Literal["standardise", "equalise", "scale"], METHOD, Doc("What is done to every picture.")] = (
        "standardise"
    )
    augment: Annotated[
        Augment, METHOD, Doc("What is done to training pictures at random: ordinary is blur, light and noise.")
    ] = "none"
    neighbours: Annotated[int, Ge(1), METHOD, Doc("Nearest pictures of knn that answer together.")] = 16
    epochs: Annotated[int, Ge(1), SCHEDULE, Doc("Times that every training picture is seen.")] = 6
    min_updates: Annotated[
        int,
        Ge(0),
        SCHEDULE,
        Doc("Least number of updates: small training sets get more epochs until it is reached."),
        Shown(was="least_updates"),
    ] = 500
    batch_size: Annotated[int, Ge(2), SCHEDULE, Doc("Pictures an update.")] = 64
    device: Annotated[Literal["auto", "cpu", "cuda"], HARDWARE, Doc("auto takes CUDA where it is.")] = "auto"

    def __post_init__(self) -> None:
        """Refuse values out of range, and CUDA where there is none."""
        super().__post_init__()
        if self.device == "cuda":
            import torch

            if not torch.cuda.is_available():
                raise InputError("--device cuda: torch finds no CUDA device; gazeaug doctor says why.")

    def n_epochs(self, n_images: int) -> int:
        """Epochs for a training set of that size."""
        a_time = -(-n_images // self.batch_size)
        return max(self.epochs, -(-self.min_updates // a_time))
