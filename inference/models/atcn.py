"""ATCN + MDC: the attention-based temporal convolutional network with multi-scale dilated convolutions.

Liu et al., "Enhanced 3D Human Pose Estimation from Videos by using Attention-Based Neural Network with Dilated
Convolutions", IJCV 129, 2021, figures 2 to 4. The paper names no activation; this is SiLU, Mish's cheaper neighbour.
Tensors are channels-last, so every convolution is a matrix product.
"""

from __future__ import annotations

from torch import Tensor, nn

from .block import Block
from .config import JOINT_NUMBERS, KEYPOINT_NUMBERS, AtcnConfig
from .dilated_unit import DilatedUnit, unit_places
from .dropout import Dropout
from .normalisation import ChannelNorm
from .temporal_attention import frame_similarity


class Atcn(nn.Module):  # type: ignore[misc]
    """Lifts one frame of a window of 2D joints, normalised as in `inference.lift.normalise`.

    Args:
        config: see `AtcnConfig`; `PRESETS` holds the paper's three.
    """

    def __init__(self, config: AtcnConfig) -> None:
        super().__init__()
        self.config = config
        self.first = nn.Linear(3 * KEYPOINT_NUMBERS, config.channels)
        self.first_norm = ChannelNorm(config.channels)
        self.activation = nn.SiLU()
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(1, config.layers))
        places = unit_places(config) if config.dilated_units else []
        self.units = nn.ModuleDict({f"level{k}_layer{j}": DilatedUnit(config, k, j) for k, j in places})
        self._landings = [(f"level{k}_layer{j}", j, j + k + 1) for k, j in places]
        self.last = nn.Linear(config.channels, JOINT_NUMBERS)

    def receptive_field(self) -> int:
        """Frames that one pose is made from."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Poses of the target frames.

        Args:
            windows: (N, F, 34), F = `receptive_field()`.

        Returns:
            (N, 17, 3) metres in ray-camera axes, root-relative.
        """
        assert windows.ndim == 3 and windows.shape[1:] == (self.config.frames, KEYPOINT_NUMBERS), windows.shape
        scores = self.attention_scores(windows)
        tensors = self.dropout(self.activation(self.first_norm(self.first(windows.unflatten(1, (-1, 3)).flatten(2)))))
        inputs: list[Tensor] = [windows]
        for layer, block in enumerate(self.blocks, start=1):
            for name, source, landing in self._landings:
                if landing == layer:
                    tensors = tensors + self.units[name](inputs[source])
            inputs.append(tensors)
            tensors = block(tensors, scores[layer - 1])
        assert tensors.shape[1] == 1, tensors.shape
        return self.last(tensors[:, 0]).unflatten(-1, (-1, 3))

    def attention_scores(self, windows: Tensor) -> list[Tensor | None]:
        """Temporal attention of each block on windows (N, F, 34): (N, tensors) 0..1, or None where there is none."""
        seen = frame_similarity(windows, self.config.target)
        scores: list[Tensor | None] = []
        for block in self.blocks:
            scores.append(None if block.attention is None else block.attention(seen))
            if self.config.chained_attention and scores[-1] is not None:
                seen = scores[-1]
        return scores


def parameter_count(network: nn.Module) -> int:
    """Trained numbers in `network`."""
    return sum(parameter.numel() for parameter in network.parameters())
