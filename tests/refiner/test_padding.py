"""Edges repeated: the same pictures as torch's, and the same gradient from sums of slices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional as F

from gazeaug.refiner.network import convolution
from gazeaug.refiner.padding import replicate_pad


@pytest.fixture
def in_fixed_order() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("shape", "reach"), [((2, 3, 5, 4), 1), ((2, 2, 4, 7), 3), ((1, 2, 1, 1), 2)])
def test_values_and_gradient_are_those_of_torch(in_fixed_order, shape, reach, layout):
    images = torch.randn(shape, dtype=torch.float64).contiguous(memory_format=layout)
    ours, theirs = (images.clone().requires_grad_() for _ in range(2))
    padded, expected = replicate_pad(ours, reach), F.pad(theirs, (reach,) * 4, mode="replicate")
    assert torch.equal(padded, expected)
    weights = torch.randn_like(expected)
    (padded * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-14, atol=1e-14)
    assert ours.grad.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_repeats_the_edges_as_torch_does(stride):
    layer = convolution(3, 4)
    layer.stride = (stride, stride)
    theirs = torch.nn.Conv2d(3, 4, kernel_size=3, padding=1, padding_mode="replicate", stride=stride)
    theirs.load_state_dict(layer.state_dict())
    images = torch.randn(2, 3, 7, 6)
    assert torch.equal(layer(images), theirs(images))
