"""VideoPose3D's TemporalModel and its trajectory network (Pavllo et al., CVPR 2019, sections 3 and 4)."""

from __future__ import annotations

from torch import Tensor, nn

from .config import blocks_for
from .peer_configs import VideoPose3DConfig
from .temporal_stack import TemporalStack


class VideoPose3D(nn.Module):  # type: ignore[misc]
    """Lifts the target frame of a window, or every frame of a clip with the same weights.

    Args:
        config: see `VideoPose3DConfig`.
    """

    def __init__(self, config: VideoPose3DConfig) -> None:
        super().__init__()
        self.config = config
        self.stack = TemporalStack(
            config.inputs, config.channels, blocks_for(config.frames), dropout=config.dropout, causal=config.causal
        )
        self.last = nn.Linear(config.channels, config.outputs)

    def receptive_field(self) -> int:
        """Frames that one pose is made from."""
        return self.config.frames

    def forward(self, windows: Tensor) -> Tensor:
        """Poses of the target frames.

        Args:
            windows: (N, F, inputs), F = `receptive_field()`, as `inference.lift.normalise` makes them.

        Returns:
            (N, outputs / 3, 3) metres in ray-camera axes: root-relative joints, or the root of a trajectory network.
        """
        return self.last(self.stack(windows)).unflatten(-1, (-1, 3))

    def slide(self, clips: Tensor, spacing: int = 1) -> Tensor:
        """Poses of every `spacing`-th frame with a whole window around it.

        Args:
            clips: (N, T, inputs), T at least F.
            spacing: a power of three.

        Returns:
            (N, 1 + (T - F) // spacing, outputs / 3, 3).
        """
        return self.last(self.stack.slide(clips, spacing)).unflatten(-1, (-1, 3))


class TrajectoryModel(VideoPose3D):
    """Where the root is: the same network with one output joint and weights of its own (section 4)."""
