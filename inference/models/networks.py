"""Every lifting network by the name of its kind, so that training, export and evaluation need to know none of them.

A network takes windows (N, F, 34) as `inference.lift.normalise` makes them and gives poses (N, 17, 3); its `config` is
a frozen dataclass with at least `frames` (F), `target` (index of the frame whose pose is asked for), `causal` and
`dropout`. Networks that are trained and run on whole clips say so with `config.slides`, and have `slide(clips,
spacing)`: (N, T, 34) to (N, K, 17, 3). Two kinds are no lifters: a trajectory network gives (N, 1, 3), the root's
place, and a network that enhances 2D tracks gives (N, 34), the target's joints.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from torch import nn

from .atcn import Atcn
from .config import PRESETS as ATCN_PRESETS
from .config import AtcnConfig
from .enhance import Enhance
from .multi_stride import MultiStride
from .peer_configs import (
    ENHANCE_PRESETS,
    MULTI_STRIDE_PRESETS,
    SINGLE_FRAME_PRESETS,
    TRAJECTORY_PRESETS,
    VIDEOPOSE3D_PRESETS,
    EnhanceConfig,
    MultiStrideConfig,
    SingleFrameConfig,
    TrajectoryConfig,
    VideoPose3DConfig,
)
from .sequence_atcn import SequenceAtcn
from .sequence_config import PRESETS as SEQUENCE_PRESETS
from .sequence_config import SequenceConfig
from .single_frame import SingleFrame
from .videopose3d import TrajectoryModel, VideoPose3D

NetworkConfig = AtcnConfig | SequenceConfig | VideoPose3DConfig | MultiStrideConfig | SingleFrameConfig | EnhanceConfig
"""Any network's configuration."""

KINDS: Final[dict[str, tuple[type[Any], type[nn.Module]]]] = {
    "atcn": (AtcnConfig, Atcn),
    "sequence-atcn": (SequenceConfig, SequenceAtcn),
    "videopose3d": (VideoPose3DConfig, VideoPose3D),
    "multi-stride": (MultiStrideConfig, MultiStride),
    "single-frame": (SingleFrameConfig, SingleFrame),
    "trajectory": (TrajectoryConfig, TrajectoryModel),
    "enhance": (EnhanceConfig, Enhance),
}
"""Kind of network: its configuration and its module."""

LIFTERS: Final[dict[str, NetworkConfig]] = {
    **ATCN_PRESETS,
    **SEQUENCE_PRESETS,
    **VIDEOPOSE3D_PRESETS,
    **MULTI_STRIDE_PRESETS,
    **SINGLE_FRAME_PRESETS,
}
"""Configurations of networks that give poses, by name."""

PRESETS: Final[dict[str, NetworkConfig]] = {**LIFTERS, **TRAJECTORY_PRESETS, **ENHANCE_PRESETS}
"""Every configuration by name, as the command line takes them."""


def build_network(config: NetworkConfig) -> nn.Module:
    """A network with random weights."""
    return KINDS[kind_of(config)][1](config)


def kind_of(config: NetworkConfig) -> str:
    """Name of the kind that `config` belongs to."""
    return next(kind for kind, (shape, _) in KINDS.items() if type(config) is shape)


def config_to_dict(config: NetworkConfig) -> dict[str, Any]:
    """`config` as JSON holds it: its fields and its `kind`."""
    return {"kind": kind_of(config), **asdict(config)}


def config_from_dict(fields: dict[str, Any]) -> NetworkConfig:
    """Inverse of `config_to_dict`.

    Raises:
        KeyError, TypeError, ValueError: no such kind, or fields that it does not have.
    """
    rest = {name: value for name, value in fields.items() if name != "kind"}
    config: NetworkConfig = KINDS[fields["kind"]][0](**rest)
    return config
