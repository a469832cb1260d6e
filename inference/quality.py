"""How closely a film is looked at: three levels between speed and accuracy, measured in docs/quality.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .protocol import QUALITIES as NAMES


@dataclass(frozen=True, slots=True)
class Quality:
    """One level.

    Attributes:
        look_every: the detector looks at each frame of this many, and at the last; between looks the points go on a
            curve.
        both_ways: each look is at the picture and at its mirror image, and the points are the mean of both.
    """

    look_every: int = 1
    both_ways: bool = False


QUALITIES: Final[Mapping[str, Quality]] = MappingProxyType(
    dict(zip(NAMES, (Quality(look_every=3), Quality(), Quality(both_ways=True)), strict=True))
)
