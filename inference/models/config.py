"""Shape of an ATCN + MDC network and the presets of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

KEYPOINT_NUMBERS: Final = 34
JOINT_NUMBERS: Final = 51
DilatedUnits = Literal["none", "own", "shared"]


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
        dilated_units: multi-scale dilated units beside the layers: "none"; "own", depthwise separable ones; "shared",
            which run the layers beside them on tensors further apart and add no parameters. True and False, as older
            checkpoints have it, mean "own" and "none".
        inputs: numbers in a frame: the 34 coordinates first, then what else is known of it, such as confidences.
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
    dilated_units: DilatedUnits = "own"
    inputs: int = KEYPOINT_NUMBERS

    def __post_init__(self) -> None:
        if isinstance(self.dilated_units, bool):
            object.__setattr__(self, "dilated_units", "own" if self.dilated_units else "none")
        if self.dilated_units not in get_args(DilatedUnits):
            raise ValueError(f"dilated_units is {self.dilated_units!r}, but it must be none, own or shared.")
        if self.inputs < KEYPOINT_NUMBERS:
            raise ValueError(f"inputs is {self.inputs}, but a frame has {KEYPOINT_NUMBERS} coordinates at least.")
        if self.frames < 9 or 3**self.layers != self.frames:
            raise ValueError(f"frames is {self.frames}, but it must be a power of 3 from 9 on, such as 27, 81 or 243.")
        check_channels(self.channels, self.groups)

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
    f"{shape}{suffix}": AtcnConfig(frames=frames, causal=causal)
    for shape, frames in (("L4xV2xN27", 27), ("L5xV3xN81", 81), ("L6xV4xN243", 243))
    for suffix, causal in (("", False), ("-causal", True))
}
