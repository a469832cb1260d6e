"""Shape of the network that slides, and its presets. Needs no PyTorch, since the batches are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SequenceConfig:
    """Everything that fixes the network's tensors.

    Attributes:
        layers: n, the expanding layer and n - 1 blocks; layer l works on steps of 3^l frames.
        channels: C, a multiple of `groups`.
        branches: M dilated branches; branch m reaches m steps to each side (causal: 2 m steps back).
        groups: G groups of each branch's convolution.
        reduction: r, the width between the two fully connected layers of kernel attention.
        dropout: probability.
        causal: no layer looks ahead.
        temporal_attention: whether taps are weighted by how like the centre's frame theirs is.
        dilated_units: whether the multi-scale dilated units stand beside the layers.
    """

    layers: int = 4
    channels: int = 512
    branches: int = 3
    groups: int = 8
    reduction: int = 128
    dropout: float = 0.0
    causal: bool = False
    temporal_attention: bool = True
    dilated_units: bool = True

    def __post_init__(self) -> None:
        if self.layers < 2:
            raise ValueError(f"layers is {self.layers}, but it must be 2 or more.")
        if self.channels % self.groups:
            raise ValueError(f"channels ({self.channels}) must be a multiple of groups ({self.groups}).")

    @property
    def slides(self) -> bool:
        """Whether one pass gives many frames of a clip: yes."""
        return True

    @property
    def reach(self) -> int:
        """Frames to each side of the target that its pose depends on; causal: half of those before it."""
        steps: int = (3**self.layers - 3) // 2  # 3 + 9 + ... + 3^(n-1)
        return 1 + self.branches * steps

    @property
    def frames(self) -> int:
        """Receptive field."""
        return 2 * self.reach + 1

    @property
    def target(self) -> int:
        """Index in the receptive field of the frame whose pose is asked for."""
        return self.frames - 1 if self.causal else self.reach

    def offsets(self, layer: int) -> tuple[int, ...]:
        """Where the taps of all branches stand, in steps of the layer, ascending; the centre among them."""
        branches = self.branches if layer > 0 else 1
        return tuple(sorted({tap for m in range(1, branches + 1) for tap in self.taps(m)}))

    def taps(self, branch: int) -> tuple[int, int, int]:
        """Where the taps of one branch stand, in steps of its layer."""
        return (-2 * branch, -branch, 0) if self.causal else (-branch, 0, branch)


PRESETS: Final[dict[str, SequenceConfig]] = {
    "Sequence-N237": SequenceConfig(),
    "Sequence-N237-causal": SequenceConfig(causal=True),
}
