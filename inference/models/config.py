"""Shape of an ATCN + MDC network and the three presets of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KEYPOINT_NUMBERS: Final = 34
JOINT_NUMBERS: Final = 51


def blocks_for(frames: int) -> int:
    """Layers after the first that bring `frames` down to one, three to one each.

    Raises:
        ValueError: `frames` is no power of 3 from 3 on.
    """
    blocks, field = 0, 3
    while field < frames:
        blocks, field = blocks + 1, 3 * field
    if field != frames:
        raise ValueError(f"frames is {frames}, but it must be a power of 3, such as 27, 81 or 243.")
    return blocks


def check_channels(channels: int, multiple: int = 1) -> None:
    """Refuses a width that is not a positive multiple of `multiple` with a ValueError."""
    if channels < 1 or channels % multiple:
        raise ValueError(f"channels is {channels}, but it must be a positive multiple of {multiple}.")


@dataclass(frozen=True, slots=True)
class AtcnConfig:
    """Everything that fixes the network's tensors.

    Attributes:
        frames: receptive field N = 3^n, n >= 2.
        channels: C, a multiple of `groups`.
        branches: M dilated branches of each kernel attention.
        groups: G groups of each branch's convolution.
        reduction: r, the width between the two fully connected layers of kernel attention.
        dropout: probability.
        causal: the target is the window's last frame instead of its middle one.
        temporal_attention: whether the layers' tensors are weighted by frame.
        chained_attention: whether a layer's weights come from those of the layer before (eq. 3 as printed) instead of
            from the similarity of the frames (what the printed parameter counts fit).
        dilated_units: whether the multi-scale dilated units stand beside the layers.
    """

    frames: int = 27
    channels: int = 1024
    branches: int = 3
    groups: int = 8
    reduction: int = 128
    dropout: float = 0.2
    causal: bool = False
    temporal_attention: bool = True
    chained_attention: bool = False
    dilated_units: bool = True

    def __post_init__(self) -> None:
        if self.frames < 9 or 3**self.layers != self.frames:
            raise ValueError(f"frames is {self.frames}, but it must be a power of 3 from 9 on, such as 27, 81 or 243.")
        if self.channels % self.groups:
            raise ValueError(f"channels ({self.channels}) must be a multiple of groups ({self.groups}).")

    @property
    def slides(self) -> bool:
        """Whether one pass gives many frames of a clip: no, since attention here depends on the target."""
        return False

    @property
    def layers(self) -> int:
        """n: the expanding layer and n - 1 blocks, each of which divides the frames by three."""
        count, frames = 0, self.frames
        while frames > 1:
            frames //= 3
            count += 1
        return count

    @property
    def anchor(self) -> int:
        """Which tensor of a group of three stands for it: the middle one, the last one where causal."""
        return 2 if self.causal else 1

    @property
    def target(self) -> int:
        """Index of the frame whose pose is asked for."""
        return self.frames - 1 if self.causal else self.frames // 2


PRESETS: Final[dict[str, AtcnConfig]] = {
    "L4xV2xN27": AtcnConfig(frames=27),
    "L5xV3xN81": AtcnConfig(frames=81),
    "L6xV4xN243": AtcnConfig(frames=243),
}
