"""Options of gaze estimators. Imports torch only where CUDA is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_doc import Doc
from annotated_types import Ge

from gazeaug.devices import Device, check_device, cuda_number
from gazeaug.options import METHOD, SCHEDULE, Options, Shown

Augment = Literal["none", "ordinary"]


@dataclass(frozen=True, kw_only=True)
class EstimatorConfig(Options):
    """Which estimator, and how it is trained."""

    estimator: Annotated[
        Literal["small", "cnn", "lenet", "resnet", "knn", "knn-embedding"],
        METHOD,
        Doc(
            "Gaze estimator: small has three convolutions, cnn is that of Shrivastava et al. 2017, knn takes "
            "the nearest pictures."
        ),
    ] = "small"
    normalise: Annotated[
        Literal["standardise", "equalise", "scale"], METHOD, Doc("How the brightness of every picture is normalised.")
    ] = "standardise"
    augment: Annotated[
        Augment, METHOD, Doc("Random augmentation of training pictures: ordinary is blur, light and noise.")
    ] = "none"
    neighbours: Annotated[int, Ge(1), METHOD, Doc("Number of nearest pictures that knn averages.")] = 16
    epochs: Annotated[int, Ge(1), SCHEDULE, Doc("Epochs of training.")] = 6
    min_updates: Annotated[
        int,
        Ge(0),
        SCHEDULE,
        Doc("Least number of updates: small training sets get more epochs until it is reached."),
        Shown(was="least_updates"),
    ] = 500
    batch_size: Annotated[int, Ge(2), SCHEDULE, Doc("Pictures in a batch.")] = 64
    device: Device = "auto"

    def __post_init__(self) -> None:
        """Refuse values out of range, and CUDA where there is none."""
        super().__post_init__()
        check_device(self.device)
        if cuda_number(self.device) is not None:
            from gazeaug.feeding.devices import choose_device

            choose_device(self.device)

    def n_epochs(self, n_images: int) -> int:
        """Epochs for a training set of that size."""
        a_time = -(-n_images // self.batch_size)
        return max(self.epochs, -(-self.min_updates // a_time))
