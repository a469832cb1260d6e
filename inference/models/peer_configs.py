"""Shapes of the networks that stand beside ours, and their presets. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .config import JOINT_NUMBERS, KEYPOINT_NUMBERS, blocks_for, check_channels


@dataclass(frozen=True, slots=True)
class VideoPose3DConfig:
    """Everything that fixes the tensors of VideoPose3D's TemporalModel.

    Attributes:
        frames: receptive field, a power of 3 from 3 on.
        channels: C.
        dropout: probability.
        causal: the target is the window's last frame instead of its middle one.
        slides: whether it is trained and run on sequences instead of windows, many targets in one pass.
        inputs: numbers in a frame.
        outputs: numbers in a pose, a multiple of three.
    """

    frames: int = 27
    channels: int = 1024
    dropout: float = 0.25
    causal: bool = False
    slides: bool = False
    inputs: int = KEYPOINT_NUMBERS
    outputs: int = JOINT_NUMBERS

    def __post_init__(self) -> None:
        blocks_for(self.frames)
        check_channels(self.channels)
        if self.outputs < 3 or self.outputs % 3:
            raise ValueError(f"outputs is {self.outputs}, but it must be a multiple of 3, one place in space each.")

    @property
    def target(self) -> int:
        """Index in the receptive field of the frame whose pose is asked for."""
        return self.frames - 1 if self.causal else self.frames // 2

    @property
    def reach(self) -> int:
        """Frames to each side of the target that its pose depends on; causal: half of those before it."""
        return self.frames // 2


@dataclass(frozen=True, slots=True)
class TrajectoryConfig(VideoPose3DConfig):
    """The same network with the root's place in camera space as its only output; see `VideoPose3DConfig`."""

    outputs: int = 3


@dataclass(frozen=True, slots=True)
class SingleFrameConfig:
    """Everything that fixes the tensors of the single-frame baseline.

    Attributes:
        frames: 1.
        channels: C.
        blocks: of two 1x1 convolutions and a residual; 4 is what VideoPose3D has at 243 frames.
        dropout: probability.
        causal: without effect, as the only frame is the middle one and the last.
        inputs: numbers in a frame.
    """

    frames: int = 1
    channels: int = 1024
    blocks: int = 4
    dropout: float = 0.25
    causal: bool = False
    inputs: int = KEYPOINT_NUMBERS

    def __post_init__(self) -> None:
        check_channels(self.channels)
        if self.frames != 1:
            raise ValueError(f"frames is {self.frames}, but a single-frame network sees 1.")

    @property
    def slides(self) -> bool:
        """Whether it is run on sequences instead of windows: no, a window is one frame."""
        return False

    @property
    def target(self) -> int:
        """Index of the frame whose pose is asked for."""
        return 0


@dataclass(frozen=True, slots=True)
class MultiStrideConfig:
    """Everything that fixes the tensors of the multi-stride network.

    Attributes:
        taps: frames that each stack sees, a power of 3 from 3 on.
        strides: frames between them, one for each stack.
        channels: C of each stack.
        dropout: probability.
        causal: the target is the window's last frame instead of its middle one.
        slides: whether it is trained and run on sequences instead of windows.
        inputs: numbers in a frame.
    """

    taps: int = 27
    strides: tuple[int, ...] = (1, 2, 3, 5, 7)
    channels: int = 512
    dropout: float = 0.25
    causal: bool = False
    slides: bool = False
    inputs: int = KEYPOINT_NUMBERS

    def __post_init__(self) -> None:
        object.__setattr__(self, "strides", tuple(self.strides))  # JSON gives a list
        blocks_for(self.taps)
        check_channels(self.channels)
        if not self.strides or min(self.strides) < 1 or len(set(self.strides)) < len(self.strides):
            raise ValueError(f"strides is {self.strides}, but it must be different numbers of frames from 1 on.")

    @property
    def frames(self) -> int:
        """Receptive field: the span of the slowest stack."""
        return (self.taps - 1) * max(self.strides) + 1

    @property
    def target(self) -> int:
        """Index in the receptive field of the frame whose pose is asked for."""
        return self.frames - 1 if self.causal else self.frames // 2

    @property
    def reach(self) -> int:
        """Frames to each side of the target that its pose depends on; causal: half of those before it."""
        return self.frames // 2


@dataclass(frozen=True, slots=True)
class EnhanceConfig:
    """Everything that fixes the tensors of the network that cleans 2D tracks.

    Attributes:
        frames: receptive field, a power of 3 from 3 on.
        channels: C.
        dropout: probability.
        causal: the target is the window's last frame instead of its middle one.
        slides: whether it is trained and run on sequences instead of windows.
        inputs: numbers in a frame: the 34 coordinates first, then what else is known of it, such as confidences.
    """

    frames: int = 27
    channels: int = 256
    dropout: float = 0.0
    causal: bool = False
    slides: bool = False
    inputs: int = KEYPOINT_NUMBERS

    def __post_init__(self) -> None:
        blocks_for(self.frames)
        check_channels(self.channels)
        if self.inputs < KEYPOINT_NUMBERS:
            raise ValueError(f"inputs is {self.inputs}, but a frame has {KEYPOINT_NUMBERS} coordinates at least.")

    @property
    def target(self) -> int:
        """Index in the receptive field of the frame that is corrected."""
        return self.frames - 1 if self.causal else self.frames // 2

    @property
    def reach(self) -> int:
        """Frames to each side of the target that its correction depends on; causal: half of those before it."""
        return self.frames // 2


_SPANS: Final = (("", False), ("-causal", True))

VIDEOPOSE3D_PRESETS: Final[dict[str, VideoPose3DConfig]] = {
    f"VideoPose3D-N{frames}{suffix}": VideoPose3DConfig(frames=frames, causal=causal)
    for frames in (27, 81, 243)
    for suffix, causal in _SPANS
}

TRAJECTORY_PRESETS: Final[dict[str, TrajectoryConfig]] = {
    f"Trajectory-N{frames}{suffix}": TrajectoryConfig(frames=frames, causal=causal)
    for frames in (27, 81, 243)
    for suffix, causal in _SPANS
}

SINGLE_FRAME_PRESETS: Final[dict[str, SingleFrameConfig]] = {"SingleFrame": SingleFrameConfig()}

MULTI_STRIDE_PRESETS: Final[dict[str, MultiStrideConfig]] = {
    f"MultiStride-N{frames}{suffix}": MultiStrideConfig(taps=taps, causal=causal)
    for taps, frames in ((9, 57), (27, 183))
    for suffix, causal in _SPANS
}

ENHANCE_PRESETS: Final[dict[str, EnhanceConfig]] = {
    f"Enhance-N27{suffix}": EnhanceConfig(causal=causal) for suffix, causal in _SPANS
}
