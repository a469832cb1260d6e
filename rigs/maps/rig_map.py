"""A rig map that fits one rig: roles and the bones that play them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType

from ..errors import MapError
from ..rest import RigRest
from ..roles import REQUIRED_ROLES, SIDES, Role, sided, words
from .correction import Correction
from .ik_controls import IkControls

_LIMBS = (("upper_arm", "forearm", "hand"), ("thigh", "shin", "foot"))


@dataclass(frozen=True, slots=True)
class RigMap:
    """Which bones of one rig play which role.

    Attributes:
        name: the convention's name, or whatever the user calls it.
        roles: bones of each role, from the body outwards: a spine or a split limb is a chain of several; the bones of
            one role of toes may also lie side by side. Roles that the rig lacks are absent.
        score: 0..1, the share of the convention's bones that the rig has; 1 for maps made by hand.
        parents: for bones that a constraint makes follow another bone of equal rest: that other bone.
        switches: custom properties that the rig needs, (bone, property) -> value, for the bones to obey their keys.
        notice: what the user should know about rigs of this kind; empty for nothing.
        twists: role -> bones beside the chain that share that segment's twist, from the body outwards: they hang on the
            segment's bone, or on one another, and carry no other role's bone.
        ik: the rig's inverse-kinematics controls; None where it has none or the map knows none.
        corrections: bone -> its turn in the pose that counts as the rig's rest; see `rigs.calibration`.

    Raises:
        MapError: a role has no bones, or a bone plays two roles; names both.
    """

    name: str
    roles: Mapping[Role, tuple[str, ...]]
    score: float = 1.0
    parents: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict)
    notice: str = ""
    twists: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    ik: IkControls | None = None
    corrections: Mapping[str, Correction] = field(default_factory=dict)

    def __post_init__(self) -> None:
        roles = {Role(role): tuple(bones) for role, bones in self.roles.items()}
        twists = {Role(role): tuple(bones) for role, bones in self.twists.items()}
        seen: dict[str, Role] = {}
        for role, bones in (*roles.items(), *twists.items()):
            if not bones:
                raise MapError(f"Map '{self.name}' gives no bone to the {words(role)}; leave the role out instead.")
            for bone in bones:
                if bone in seen:
                    raise MapError(
                        f"Map '{self.name}' gives bone '{bone}' to the {words(seen[bone])} and to the {words(role)}; "
                        "keep one."
                    )
                seen[bone] = role
        object.__setattr__(self, "roles", MappingProxyType(roles))
        object.__setattr__(self, "twists", MappingProxyType(twists))
        object.__setattr__(self, "parents", MappingProxyType(dict(self.parents)))
        object.__setattr__(self, "corrections", MappingProxyType(dict(self.corrections)))
        object.__setattr__(self, "switches", MappingProxyType(dict(self.switches)))

    def bones(self, *roles: Role) -> tuple[str, ...]:
        """Bone names of the given roles, one after the other; roles that are absent add none."""
        return tuple(bone for role in roles for bone in self.roles.get(role, ()))

    @property
    def every_bone(self) -> tuple[str, ...]:
        """The bones of all roles, and the twist bones beside them."""
        return (*self.bones(*self.roles), *(bone for bones in self.twists.values() for bone in bones))

    def missing(self) -> tuple[Role, ...]:
        """The roles that a pose needs and that have no bone."""
        lacking = [role for role in REQUIRED_ROLES if role not in self.roles]
        if not self.bones(Role.SPINE, Role.CHEST):
            lacking.insert(0, Role.CHEST)
        return tuple(lacking)

    def check(self) -> None:
        """Refuse a map that lacks a role without which no pose can be made.

        Raises:
            MapError: names the missing roles.
        """
        lacking = self.missing()
        if lacking:
            raise MapError(
                f"Map '{self.name}' has no bone for the {', '.join(map(words, lacking))}; assign one to each."
            )

    def check_on(self, rest: RigRest) -> None:
        """Refuse a map that does not fit a rig: roles or bones are missing, or limbs are not in order.

        Raises:
            MapError: names the roles or the bone, and says what to do.
        """
        self.check()
        controls = (*self.ik.follow, *self.ik.poles) if self.ik else ()
        for name in (*self.every_bone, *controls, *self.corrections):
            if name not in rest.bone_names:
                raise MapError(
                    f"Map '{self.name}' names the bone '{name}', which the rig lacks; if it was renamed, detect the "
                    "map again or assign another bone."
                )
        adapted = self.adapt(rest)
        for limb in _LIMBS:
            for side in SIDES:
                chain = self.bones(*(sided(part, side) for part in limb))
                for above, below in pairwise(chain):
                    if adapted.index(above) not in adapted.ancestors(adapted.index(below)):
                        raise MapError(
                            f"Map '{self.name}' puts '{above}' before '{below}', which does not hang on it; give each "
                            "limb's bones from the body outwards."
                        )

    def ik_for(self, controls: str) -> IkControls | None:
        """The controls to key beside or instead of the roles' bones: none for "fk", the map's own for "ik".

        Raises:
            MapError: they are asked for and the map knows none.
        """
        if controls == "fk":
            return None
        if self.ik is None:
            raise MapError(f"Map '{self.name}' knows no IK controls of this rig; choose FK controls.")
        return self.ik

    def adapt(self, rest: RigRest) -> RigRest:
        """The rest pose with the parents that bones really have: those that the rig's own constraints give them.

        Raises:
            MapError: a bone is to follow one that the rig lacks, or that hangs on it; names both.
        """
        if not self.parents:
            return rest
        parents = list(rest.parents)
        for bone, followed in self.parents.items():
            if bone not in rest.bone_names:
                continue
            if followed not in rest.bone_names:
                raise MapError(f"Map '{self.name}' lets '{bone}' follow '{followed}', which the rig lacks.")
            parents[rest.index(bone)] = rest.index(followed)
        for bone, followed in self.parents.items():
            if bone in rest.bone_names and _returns(parents, rest.index(bone)):
                raise MapError(
                    f"Map '{self.name}' lets '{bone}' follow '{followed}', which hangs on it; break the ring."
                )
        return replace(rest, parents=tuple(parents))


def _returns(parents: Sequence[int], bone: int) -> bool:
    """Whether the way up from a bone never ends."""
    above, steps = parents[bone], 0
    while above >= 0 and steps <= len(parents):
        above, steps = parents[above], steps + 1
    return above >= 0
