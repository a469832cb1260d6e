"""Every lifting network by the name of its kind, so that training, export and evaluation need to know none of them.

A network takes windows (N, F, 34) as `inference.lift.normalise` makes them and gives poses (N, 17, 3); its `config` is
a frozen dataclass with at least `frames` (F), `target` (index of the frame whose pose is asked for), `causal` and
`dropout`. Networks that slide over whole clips say so with `config.slides`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from torch import nn

from .atcn import Atcn
from .config import PRESETS as ATCN_PRESETS
from .config import AtcnConfig


NetworkConfig = AtcnConfig
"""Any network's configuration."""

KINDS: Final[dict[str, tuple[type[Any], type[nn.Module]]]] = {
    "atcn": (AtcnConfig, Atcn),
}
"""Kind of network: its configuration and its module."""

PRESETS: Final[dict[str, NetworkConfig]] = {**ATCN_PRESETS}
"""Configurations by name, as the command line takes them."""


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
