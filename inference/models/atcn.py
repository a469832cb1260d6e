"""ATCN + MDC: the attention-based temporal convolutional network with multi-scale dilated convolutions.

Liu et al., "Enhanced 3D Human Pose Estimation from Videos by using Attention-Based Neural Network with Dilated
Convolutions", IJCV 129, 2021, figures 2 to 4. The paper names no activation; this is SiLU, Mish's cheaper neighbour.
Tensors are channels-last, so every convolution is a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from .block import Block
from .config import JOINT_NUMBERS, AtcnConfig
from .dilated_unit import DilatedUnit, unit_places
from .dropout import Dropout
from .normalisation import ChannelNorm, plain_norm
from .shared_unit import SharedUnit
from .temporal_attention import frame_similarity


class Atcn(nn.Module):  # type: ignore[misc]
    """Lifts one frame of a window of 2D joints, normalised as in `inference.lift.normalise`.

    Args:
        config: see `AtcnConfig`; `PRESETS` holds the paper's.
    """

    def __init__(self, config: AtcnConfig) -> None:
        super().__init__()
        self.config = config
        self.first = nn.Linear(3 * config.inputs, config.channels)
        self.first_norm = ChannelNorm(config.channels)
        self.activation = nn.SiLU()
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(1, config.layers))
        self._places = [] if config.dilated_units == "none" else unit_places(config)
        kind = SharedUnit if config.dilated_units == "shared" else DilatedUnit
        self.units = nn.ModuleDict({f"level{k}_layer{j}": kind(config, k, j) for k, j in self._places})
        self.last = nn.Linear(config.channels, JOINT_NUMBERS)

    def receptive_field(self) -> int:
        """Frames that one pose is made from."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Poses of the target frames.

        Args:
            windows: (N, F, inputs), F = `receptive_field()`.

        Returns:
            (N, 17, 3) metres in ray-camera axes, root-relative.
        """
        assert windows.ndim == 3 and windows.shape[1:] == (self.config.frames, self.config.inputs), windows.shape
        scores = self.attention_scores(windows)
        inputs = [windows]
        tensors = self.dropout(self._expand(windows, None, plain_norm))
        for layer, block in enumerate(self.blocks, start=1):
            for level, source in self._places:
                if source + level + 1 == layer:
                    tensors = tensors + self._unit(level, source, inputs[source], scores)
            inputs.append(tensors)
            tensors = block(tensors, scores[layer - 1])
        assert tensors.shape[1] == 1, tensors.shape
        return self.last(tensors[:, 0]).unflatten(-1, (-1, 3))

    def attention_scores(self, windows: Tensor) -> list[Tensor | None]:
        """Temporal attention of each block on windows (N, F, inputs): (N, tensors) 0..1, None without."""
        seen = frame_similarity(windows, self.config.target)
        scores: list[Tensor | None] = []
        for block in self.blocks:
            scores.append(None if block.attention is None else block.attention(seen))
            if self.config.chained_attention and scores[-1] is not None:
                seen = scores[-1]
        return scores

    def _expand(self, windows: Tensor, _: Tensor | None, normed: Callable[[ChannelNorm, Tensor], Tensor]) -> Tensor:
        """The first layer, (N, 3L, inputs) to (N, L, C), which has no temporal attention."""
        expanded: Tensor = self.activation(
            normed(self.first_norm, self.first(windows.unflatten(1, (-1, 3)).flatten(2)))
        )
        return expanded

    def _unit(self, level: int, layer: int, tensors: Tensor, scores: list[Tensor | None]) -> Tensor:
        unit = self.units[f"level{level}_layer{layer}"]
        if not isinstance(unit, SharedUnit):
            return unit(tensors)
        if layer == 0:
            return unit(tensors, None, self._expand)
        return unit(tensors, scores[layer - 1], self.blocks[layer - 1].update)


def parameter_count(network: nn.Module) -> int:
    """Trained numbers in `network`."""
    return sum(parameter.numel() for parameter in network.parameters())
