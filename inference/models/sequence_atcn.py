"""ATCN + MDC that slides: the same layers, each attending around its own centre, so that neighbours share their work.

In the paper (Liu et al., IJCV 2021, sections 3.2 and 3.3) every weight depends on the window's target frame and kernel
attention pools over the whole window, so two windows share only the first convolution. Here both look at the tensor in
hand alone: temporal attention compares the frame in a layer's own centre with the frames its taps stand on, and kernel
attention weighs its branches for each tensor by itself. What a layer says of a frame is then the same whoever asks, and
one pass over a clip costs as much a frame as the last target of a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .config import JOINT_NUMBERS, KEYPOINT_NUMBERS
from .normalisation import ChannelNorm, QuietNorm
from .sequence_config import SequenceConfig
from .weighted_taps import depthwise_taps, softmax_mix, weighted_taps


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames on which a layer's tensors stand: every `step`-th of the input, from `first` on, `count` of them."""

    first: int
    step: int
    count: int

    def span(self, wanted: Grid, shift: int = 0) -> slice:
        """Indices of those tensors of this grid that stand `shift` frames from `wanted`."""
        start, rest = divmod(wanted.first + shift - self.first, self.step)
        stride = wanted.step // self.step
        assert rest == 0 and start >= 0, (self, wanted, shift)
        return slice(start, start + stride * (wanted.count - 1) + 1, stride)

    def take(self, tensors: Tensor, wanted: Grid, shift: int = 0) -> Tensor:
        """Those of `tensors` (N, count, C), standing on this grid, that stand `shift` frames from `wanted`."""
        return tensors[:, self.span(wanted, shift)]


class SequenceAtcn(nn.Module):  # type: ignore[misc]
    """Lifts all frames of a sequence of 2D joints, normalised as `inference.lift.normalise.sequence_inputs` does."""

    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.config = config
        self.first = nn.Linear(3 * KEYPOINT_NUMBERS, config.channels)
        self.first_norm = ChannelNorm(config.channels)
        self.activation = nn.SiLU()
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(_Block(config, layer) for layer in range(1, config.layers))
        places = [(k, j) for k in range(1, config.layers - 1) for j in range(config.layers - 1 - k)]
        self._places = places if config.dilated_units else []
        self.units = nn.ModuleDict({f"level{k}_layer{j}": _Unit(config, k, j) for k, j in self._places})
        self.last = nn.Linear(config.channels, JOINT_NUMBERS)

    def receptive_field(self) -> int:
        """Frames that one pose is made from."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Poses (N, 17, 3) of the target frames of windows (N, F, 34), F = `receptive_field()`."""
        return self.slide(windows)[:, 0]

    def slide(self, frames: Tensor, spacing: int = 1) -> Tensor:
        """Poses of every `spacing`-th frame that has a whole receptive field around it.

        Args:
            frames: (N, T, 34), T >= `receptive_field()`.
            spacing: a power of three; what stands between the targets is not computed, as in a strided network.

        Returns:
            (N, 1 + (T - F) // spacing, 17, 3) metres in each target's own ray-camera axes, root-relative.
        """
        assert frames.ndim == 3 and frames.shape[2] == KEYPOINT_NUMBERS, frames.shape
        grids = self._grids(frames.shape[1], spacing)
        directions = _pose_directions(frames)
        stacked = torch.cat([grids[0].take(frames, grids[1], tap) for tap in self.config.offsets(0)], dim=-1)
        tensors = self.dropout(self.activation(self.first_norm(self.first(stacked))))
        inputs = [frames]
        for layer, block in enumerate(self.blocks, start=1):
            for level, source in self._places:
                if level + source + 1 == layer:
                    unit = self.units[f"level{level}_layer{source}"]
                    tensors = tensors + unit(inputs[source], grids[source], grids[layer])
            inputs.append(tensors)
            tensors = block(tensors, directions, grids[0], grids[layer], grids[layer + 1])
        return self.last(tensors).unflatten(-1, (-1, 3))

    def _grids(self, length: int, spacing: int) -> list[Grid]:
        """The grid of the frames, and that of every layer's output."""
        grids = [Grid(0, 1, length)]
        for layer in range(self.config.layers):
            before, offsets = grids[-1], self.config.offsets(layer)
            back, ahead = -offsets[0] * 3**layer // before.step, offsets[-1] * 3**layer // before.step
            step = min(3 ** (layer + 1), spacing)
            count = (before.count - 1 - back - ahead) // (step // before.step) + 1
            grids.append(Grid(before.first + back * before.step, step, count))
        return grids


class _Block(nn.Module):  # type: ignore[misc]
    """Temporal attention, kernel attention, a 1x1 convolution and a residual, all around the tensor in hand."""

    def __init__(self, config: SequenceConfig, layer: int) -> None:
        super().__init__()
        self.step, self.offsets, channels = 3**layer, config.offsets(layer), config.channels
        self.taps = [config.taps(m) for m in range(1, config.branches + 1)]
        count = len(self.offsets)
        self.attention = nn.Linear(count, count) if config.temporal_attention else None
        self.groups, width = config.groups, channels // config.groups
        bound = (3 * width) ** -0.5
        self.weights = nn.Parameter(torch.empty(config.branches, self.groups, 3 * width, width).uniform_(-bound, bound))
        self.norms = nn.ModuleList(ChannelNorm(channels) for _ in self.taps)
        self.reduce = nn.Linear(channels, config.reduction)
        self.reduce_norm = ChannelNorm(config.reduction)
        self.expand = nn.Linear(config.reduction, config.branches * channels)
        self.pointwise = nn.Linear(channels, channels)
        self.norm = QuietNorm(channels)
        self.activation = nn.SiLU()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tensors: Tensor, directions: Tensor, frames: Grid, here: Grid, wanted: Grid) -> Tensor:
        """`tensors` (N, L, C) on the grid `here` to those on `wanted`; `directions` (N, T, 32) on the grid `frames`."""
        spans = [here.span(wanted, offset * self.step) for offset in (*self.offsets, 0)]
        *weighted, residual = weighted_taps(tensors, self._scores(directions, frames, wanted), spans)
        seen = dict(zip(self.offsets, weighted, strict=True))
        outputs = [
            norm(self._convolve([seen[tap] for tap in taps], weight))
            for taps, weight, norm in zip(self.taps, self.weights, self.norms, strict=True)
        ]
        logits = self.expand(self.reduce_norm(self.reduce(sum(outputs[1:], outputs[0]))))
        mixed = softmax_mix(logits.chunk(len(outputs), dim=-1), outputs)
        return residual + self.dropout(self.activation(self.norm(self.pointwise(self.dropout(mixed)))))

    def _scores(self, directions: Tensor, frames: Grid, wanted: Grid) -> Tensor | None:
        """(N, L', taps): how much of each tap goes on, from how like the centre's frame its own is (eqs. 2 and 3)."""
        if self.attention is None:
            return None
        centre = frames.take(directions, wanted)
        alike = [(centre * frames.take(directions, wanted, o * self.step)).sum(dim=-1) for o in self.offsets]
        return torch.sigmoid(self.attention(torch.stack(alike, dim=-1)))

    def _convolve(self, taps: list[Tensor], weight: Tensor) -> Tensor:
        """Grouped convolution of three taps (N, L, C): one batched matrix product."""
        batch, length, channels = taps[0].shape
        rows = [tap.reshape(batch * length, self.groups, -1).transpose(0, 1) for tap in taps]
        product = torch.bmm(torch.cat(rows, dim=-1), weight.to(taps[0].dtype))
        return product.transpose(0, 1).reshape(batch, length, channels)


class _Unit(nn.Module):  # type: ignore[misc]
    """Unit of level k: reads layer j's input 3^(j+k) frames apart and lands on the input of layer j + k + 1."""

    def __init__(self, config: SequenceConfig, level: int, layer: int) -> None:
        super().__init__()
        self.shifts = [tap * 3 ** (level + layer) for tap in config.taps(1)]
        reads_frames = layer == 0
        width = 3 * KEYPOINT_NUMBERS if reads_frames else config.channels
        self.depthwise = None if reads_frames else nn.Parameter(torch.randn(3, width) * 3**-0.5)
        self.pointwise = nn.Linear(width, config.channels)
        self.norm = QuietNorm(config.channels)
        self.activation = nn.SiLU()

    def forward(self, tensors: Tensor, here: Grid, wanted: Grid) -> Tensor:
        """(N, L, C) on the grid `here` to (N, L', channels) on `wanted`."""
        if self.depthwise is None:
            gathered = torch.cat([here.take(tensors, wanted, shift) for shift in self.shifts], dim=-1)
        else:
            gathered = depthwise_taps(tensors, self.depthwise, [here.span(wanted, shift) for shift in self.shifts])
        return self.activation(self.norm(self.pointwise(gathered)))


def _pose_directions(frames: Tensor) -> Tensor:
    """The 16 joints beside the pelvis of (N, T, 34), at unit length: their products are eq. 2's similarities."""
    joints = frames[..., 2:].float()
    return nn.functional.normalize(joints, dim=-1, eps=1e-6)
