"""Tensors on their way to a device."""

from __future__ import annotations

from unittest.mock import Mock

import torch

from gazeaug.refiner.transfer import sent


def test_the_cpu_gets_the_tensor_itself():
    tensor = torch.arange(3)
    assert sent(tensor, torch.device("cpu")) is tensor


def test_a_gpu_reads_it_from_page_locked_memory_and_nobody_waits():
    tensor, device = Mock(), torch.device("cuda", 1)
    sent(tensor, device)
    tensor.to.assert_not_called()
    tensor.pin_memory.return_value.to.assert_called_once_with(device, non_blocking=True)
