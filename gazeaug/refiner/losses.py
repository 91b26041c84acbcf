"""The losses of Shrivastava et al. 2017.

Shape suffixes: N pictures, C channels, H height, W width, P patches.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from gazeaug.refiner.padding import local_mean

STRUCTURE_SIDE = 9  # of the squares of pixels that each is compared with
STRUCTURE_FLOOR = 0.1  # of -1..1: where pixels differ by less, as on flat skin, grain is not blown up to structure


def identity(images_NCHW: Tensor) -> Tensor:
    """The feature map psi that the paper's gaze experiments use (section 2.1): the pixels themselves."""
    return images_NCHW


def structure(images_NCHW: Tensor) -> Tensor:
    """A feature map psi that knows no absolute level: pixels over the mean and the deviation of those around them."""
    given = images_NCHW.float()
    mean, mean_square = (local_mean(values, STRUCTURE_SIDE) for values in (given, given.square()))
    deviation = (mean_square - mean.square()).clamp(min=0)
    return (given - mean) / (deviation + STRUCTURE_FLOOR**2).sqrt()


FEATURE_MAPS = {"pixels": identity, "structure": structure}


def self_regularisation(
    refined_NCHW: Tensor, synthetic_NCHW: Tensor, features: Callable[[Tensor], Tensor] = identity
) -> Tensor:
    """Mean absolute difference of the feature maps (equation 4, averaged so that lambda means the same at any size)."""
    return (features(refined_NCHW) - features(synthetic_NCHW)).abs().mean()


def local_adversarial(logits_N2P: Tensor, target: int, kind: str = "cross-entropy") -> Tensor:
    """How far patches are from being taken for one class, averaged over pictures and patches.

    Args:
        logits_N2P: (N, 2, P).
        target: the class.
        kind: "cross-entropy" (equations 1 and 3, section 2.2), or "least-squares" on the difference of the two logits,
            wanted at +1 and -1 (Mao et al. 2017, section 3.2).
    """
    if kind == "least-squares":
        margin_NP = (logits_N2P[:, target] - logits_N2P[:, 1 - target]).float()
        return (margin_NP - 1).square().mean()
    return -F.log_softmax(logits_N2P.float(), dim=1)[:, target].mean()
