"""VideoPose3D's stack of temporal convolutions, over windows or over whole clips with the same weights.

Pavllo et al., "3D human pose estimation in video with temporal convolutions and semi-supervised training", CVPR 2019,
section 3 and figure 2. Channels-last, so every convolution is one matrix product: over windows with one target each
the dilated convolution of block i is a strided one that reads each tensor once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .dropout import Dropout
from .normalisation import ChannelNorm, QuietNorm

WIDTH = 3
_BEGIN = 0.1
"""What a block weighs at first, as those of ATCN begin at zero: not zero here, where ReLU would never learn."""


class TemporalStack(nn.Module):  # type: ignore[misc]
    """An expanding convolution, then blocks of a dilated convolution, a 1x1 convolution and a residual.

    Args:
        inputs: numbers in a frame.
        channels: C.
        blocks: how many; the receptive field is `width` to the power of `blocks` + 1.
        dropout: probability, after every activation.
        causal: the target is the last frame; residuals then take the last tensor of each group, not the middle one.
        width: kernel width of all convolutions; 1 sees a single frame.
    """

    def __init__(
        self, inputs: int, channels: int, blocks: int, *, dropout: float, causal: bool, width: int = WIDTH
    ) -> None:
        super().__init__()
        self.inputs, self.width, self.frames = inputs, width, width ** (blocks + 1)
        self.anchor = width - 1 if causal else width // 2
        self.expand = nn.Linear(width * inputs, channels, bias=False)
        self.expand_norm = ChannelNorm(channels)
        self.dilated = nn.ModuleList(nn.Linear(width * channels, channels, bias=False) for _ in range(blocks))
        self.dilated_norms = nn.ModuleList(ChannelNorm(channels) for _ in range(blocks))
        self.pointwise = nn.ModuleList(nn.Linear(channels, channels, bias=False) for _ in range(blocks))
        self.pointwise_norms = nn.ModuleList(QuietNorm(channels, _BEGIN) for _ in range(blocks))
        self.activation = nn.ReLU(inplace=True)
        self.dropout = Dropout(dropout)

    def forward(self, windows: Tensor) -> Tensor:
        """Features of the target frame of each window: (N, F, inputs) to (N, C), F = `frames`."""
        assert windows.ndim == 3 and windows.shape[1] == self.frames, windows.shape
        return self.slide(windows, spacing=self.frames)[:, 0]

    def slide(self, clips: Tensor, spacing: int = 1, step: int = 1) -> Tensor:
        """Features of every `spacing`-th frame that has a whole window around it; neighbours share their work.

        Args:
            clips: (N, T, inputs), T at least (F - 1) `step` + 1.
            spacing: a power of `width`, at most F; what stands between the targets is not computed.
            step: frames between the taps of the first convolution; more than one sees a slower film, at spacing 1 only.

        Returns:
            (N, 1 + (T - (F - 1) step - 1) // spacing, C); number t belongs to the window that begins at t `spacing`.
        """
        span = (self.frames - 1) * step + 1
        count = (clips.shape[1] - span) // spacing + 1
        assert count > 0 and clips.shape[2] == self.inputs and (step == 1 or spacing == 1), clips.shape
        tensors = clips[:, : span + (count - 1) * spacing]
        strided = self.width > 1 and spacing > 1
        tensors = self._finish(self.expand(self._taps(tensors, step, strided)), self.expand_norm)
        apart = self.width if strided else 1  # frames between neighbouring tensors
        reach = self.width * step
        for layers in zip(self.dilated, self.dilated_norms, self.pointwise, self.pointwise_norms, strict=True):
            strided = apart < spacing
            taps = self._taps(tensors, reach // apart, strided)
            residual = tensors[:, self.anchor * reach // apart :: self.width if strided else 1]
            tensors = residual[:, : taps.shape[1]] + self._block(taps, *layers)
            apart *= self.width if strided else 1
            reach *= self.width
        return tensors if apart == spacing else tensors[:, ::spacing]

    def _block(
        self, taps: Tensor, dilated: nn.Module, norm: nn.Module, pointwise: nn.Module, last: nn.Module
    ) -> Tensor:
        return self._finish(pointwise(self._finish(dilated(taps), norm)), last)

    def _finish(self, tensors: Tensor, norm: nn.Module) -> Tensor:
        finished: Tensor = self.dropout(self.activation(norm(tensors)))
        return finished

    def _taps(self, tensors: Tensor, step: int, strided: bool) -> Tensor:
        """What the taps of a convolution see, side by side: (N, L, C) to (N, L', width C)."""
        if strided or self.width == 1:
            assert step == 1 or self.width == 1, step
            return tensors.unflatten(1, (-1, self.width)).flatten(2)
        length = tensors.shape[1] - (self.width - 1) * step
        return torch.cat([tensors[:, tap * step :][:, :length] for tap in range(self.width)], dim=2)
