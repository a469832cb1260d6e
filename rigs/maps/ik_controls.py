"""The inverse-kinematics controls of a control rig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..roles import Role


@dataclass(frozen=True, slots=True)
class IkControls:
    """Controls that move whole limbs of one rig, in the place of the bones that play the limbs' roles.

    Attributes:
        follow: control -> the role whose last bone it moves with, such as a hand control with the hand.
        poles: pole target -> the upper segment of the limb whose bend it aims, such as the left thigh.
        switches: (bone, custom property) -> value that makes the limbs obey these controls.
        notice: what the user should know; empty for nothing.
    """

    follow: Mapping[str, Role]
    poles: Mapping[str, Role]
    switches: Mapping[tuple[str, str], float]
    notice: str = ""

    def __post_init__(self) -> None:
        for name in ("follow", "poles", "switches"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def replaced(self) -> frozenset[Role]:
        """Roles whose own bones are not to be keyed beside these controls."""
        below = {"upper_arm": "forearm", "thigh": "shin"}
        upper = {role.value for role in self.poles.values()}
        lower = {role.replace(limb, under) for role in upper for limb, under in below.items() if limb in role}
        return frozenset({Role(role) for role in upper | lower} | set(self.follow.values()))
