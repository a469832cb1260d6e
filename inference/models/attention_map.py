"""What a network looked at: its temporal and kernel attention, read by hooks, so that `forward` knows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .branch_mix import branch_weights
from .kernel_attention import KernelAttention
from .temporal_attention import frame_similarity

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AttentionMap:
    """Attention of one network on N windows of F frames.

    Attributes:
        target: index of the target frame.
        similarity: (N, F) W(0), the cosine similarity of every frame's pose with the target's, -1..1 (eq. 2).
        temporal: of each block, (N, tensors) W(l), 0..1 (eq. 3); empty for a network without temporal attention.
        kernel: of each block, (N, M, C) share of each branch in each channel, 1 in sum over M (eq. 4).
    """

    target: int
    similarity: FloatArray
    temporal: tuple[FloatArray, ...]
    kernel: tuple[FloatArray, ...]

    def frame_weights(self) -> FloatArray:
        """(N, F) product over the blocks of the weight of the tensor that each frame goes into."""
        frames = self.similarity.shape[1]
        weights = np.ones_like(self.similarity)
        for scores in self.temporal:
            weights *= np.repeat(scores, frames // scores.shape[1], axis=1)
        return weights

    def branch_shares(self) -> FloatArray:
        """(N, blocks, M) share of each branch, mean over the channels."""
        return np.stack([weights.mean(axis=2) for weights in self.kernel], axis=1)


def attention_map(network: nn.Module, windows: Tensor) -> AttentionMap:
    """Runs `network` once on windows (N, F, 34 or more) and reads its attention; the network is left as it was.

    Raises:
        ValueError: a network without kernel attention, which has no such map.
    """
    if not any(isinstance(module, KernelAttention) for module in network.modules()):
        raise ValueError(f"A {type(network).__name__} has no attention to show; ask an ATCN for it.")
    temporal: list[FloatArray] = []
    kernel: list[FloatArray] = []
    latest: list[Tensor] = []  # units that borrow a layer ask for its logits too, but the layer itself asks last

    def read_temporal(_: nn.Module, __: Any, scores: Tensor) -> None:
        temporal.append(_array(scores))

    def read_logits(_: nn.Module, __: Any, logits: Tensor) -> None:
        latest[:] = [logits]

    def read_kernel(_: nn.Module, __: Any, ___: Tensor) -> None:
        kernel.append(_array(branch_weights(latest[0].unflatten(-1, (-1, network.config.channels)))))

    handles = []
    for block in network.blocks:
        if block.attention is not None:
            handles.append(block.attention.register_forward_hook(read_temporal))
        handles.append(block.kernels.expand.register_forward_hook(read_logits))
        handles.append(block.register_forward_hook(read_kernel))
    training = network.training
    try:
        with torch.no_grad():
            network.eval()(windows)
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    target = network.config.target
    return AttentionMap(target, _array(frame_similarity(windows, target)), tuple(temporal), tuple(kernel))


def _array(values: Tensor) -> FloatArray:
    array: FloatArray = values.detach().float().cpu().numpy()
    return array
