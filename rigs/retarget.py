"""Retargeting: the joints of a performer become rotations of a character's own bones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from .arrays import FloatArray, frozen
from .calibration import calibrated, on_true_rest
from .errors import SettingsError
from .maps.rig_map import RigMap
from .rest import RigRest
from .roles import SIDES, Role, sided
from .sequence import PoseSequence
from .solve.character import Character
from .solve.controls import to_ik
from .solve.fingers import finger_rotations
from .solve.solver import Motion, Plan, solve

FootMode = Literal["auto", "always", "floor", "off"]
FOOT_MODES = get_args(FootMode)


@dataclass(frozen=True, slots=True)
class RetargetSettings:
    """What to take over from the performer.

    Attributes:
        ik: True: wrists and ankles land where the performer's do, scaled to the character's limbs; False: limb segments
            point exactly as the performer's do.
        root: "travel" keeps the path through the world; "in_place" keeps the hips over one spot, with their height.
        root_on: which bone carries the path: "hips" (the pelvis bone) all of it; "root" (the rig's root bone, where it
            has one) along the floor, while the hips go up and down.
        left_foot, right_foot: "auto" lays a foot flat near the floor or whatever it stands on, keeps it over the floor
            and, with `ik` and "travel", holds it still where it stands; "always" takes it to stand all the time;
            "floor" only keeps it flat and over the floor; "off" lets it follow the shin.
        heading: "world": a performer who faces -Y makes the character face -Y in the world, however it stands at rest;
            "character": such a performer makes the character face where its rest pose faces.
        scale: character metres per performer metre; None: ratio of the leg lengths.
        sole_height: height of the soles at rest over the armature's origin, metres, along the body's up; None: found
            from the lowest foot or toe bone.
        soles: foot or toe bone -> (N,4) outermost points of the mesh that it carries at rest, in its own axes, armature
            units, each with the share of it that the bone carries, the rest of which the bone before it does; feet
            whose mesh is not known are as long and thick as their bones.
        clavicle_share: 0..1, how much of the shoulder line's tilt the clavicles take.
        controls: "fk" keys the bones of the map's roles; "ik" keys, on control rigs whose map knows them, the IK
            controls of hands and feet and their pole targets instead of the limbs' bones.
        fingers: turn the fingers too, where the performer's are known and the rig has some.

    Raises:
        SettingsError: a value is out of range; names it and what is allowed.
    """

    ik: bool = True
    root: Literal["travel", "in_place"] = "travel"
    root_on: Literal["hips", "root"] = "hips"
    left_foot: FootMode = "auto"
    right_foot: FootMode = "auto"
    heading: Literal["world", "character"] = "world"
    scale: float | None = None
    sole_height: float | None = None
    soles: Mapping[str, FloatArray] = field(default_factory=dict)
    clavicle_share: float = 0.5
    controls: Literal["fk", "ik"] = "fk"
    fingers: bool = False

    def __post_init__(self) -> None:
        allowed = {
            "root": ("travel", "in_place"),
            "root_on": ("hips", "root"),
            "left_foot": FOOT_MODES,
            "right_foot": FOOT_MODES,
            "heading": ("world", "character"),
            "controls": ("fk", "ik"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise SettingsError(f"Setting '{name}' is {getattr(self, name)!r}; choose {' or '.join(values)}.")
        if self.scale is not None and not (np.isfinite(self.scale) and self.scale > 0):
            raise SettingsError(f"Setting 'scale' is {self.scale}; give a positive number or leave it out.")
        if self.sole_height is not None and not np.isfinite(self.sole_height):
            raise SettingsError(f"Setting 'sole_height' is {self.sole_height}; give metres or leave it out.")
        if not 0.0 <= self.clavicle_share <= 1.0:
            raise SettingsError(f"Setting 'clavicle_share' is {self.clavicle_share}; give a number from 0 to 1.")


@dataclass(frozen=True, slots=True)
class RetargetResult:
    """What to key on the character.

    Attributes:
        bone_names: (B,) the mapped bones and those of fingers, parents before children; only these are to be keyed.
        rotations: (T,B,4) wxyz unit quaternions of `PoseBone.matrix_basis`, sign-continuous over time.
        root_bone: the bone that carries the character through the world.
        locations: (T,3) `PoseBone.location` of every bone that is moved, the root bone among them: along the bone's own
            rest axes, armature units. A bone may be moved without being turned.
        residual: (T,) mean distance, metres, between the character's wrists and ankles and where the performer's land
            when scaled to the character.
        switches: (bone, custom property) -> value that the rig needs to obey these keys.
    """

    bone_names: tuple[str, ...]
    rotations: FloatArray
    root_bone: str
    locations: Mapping[str, FloatArray]
    residual: FloatArray
    switches: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("rotations", "residual"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        moved = {bone: frozen(path) for bone, path in self.locations.items()}
        object.__setattr__(self, "locations", MappingProxyType(moved))
        object.__setattr__(self, "switches", MappingProxyType(dict(self.switches)))


def retarget(
    sequence: PoseSequence, rest: RigRest, rig_map: RigMap, settings: RetargetSettings | None = None
) -> RetargetResult:
    """Turn joints over time into bone rotations and a root path.

    The character may have any rest pose, bone roll, size and placement: everything is measured on `rest`, which holds
    armature space and, as `armature_to_world`, where that lies in the world. The result moves the character from where
    its armature object stands; the object's own place and rotation are left as they are.

    Args:
        sequence: joints in the Z-up world, metres.
        rest: the rig's bones at rest.
        rig_map: the roles of its bones.
        settings: what to take over; None means the defaults.

    Returns:
        Basis rotations of the mapped bones, and the root's basis location.

    Raises:
        MapError: the map lacks a required role, names a bone that the rig lacks, or has sides swapped.
        SequenceError: joints coincide in a frame.
    """
    chosen = settings or RetargetSettings()
    plan = Plan(
        ik=chosen.ik,
        in_place=chosen.root == "in_place",
        move_root=chosen.root_on == "root",
        left_foot=chosen.left_foot,
        right_foot=chosen.right_foot,
        keep_heading=chosen.heading == "character",
        scale=chosen.scale,
        sole_height=chosen.sole_height,
        soles=chosen.soles,
        clavicle_share=chosen.clavicle_share,
    )
    rig_map.check_on(rest)
    ik = rig_map.ik_for(chosen.controls)
    motion = solve(sequence, calibrated(rest, rig_map), rig_map, plan)
    result = _keys(motion, rest)
    if ik is not None:
        result = to_ik(result, rig_map.adapt(rest), rig_map, ik, _bend_axes(motion.character))
    return _with_fingers(result, sequence, rest, rig_map) if chosen.fingers else result


def _with_fingers(result: RetargetResult, sequence: PoseSequence, rest: RigRest, rig_map: RigMap) -> RetargetResult:
    """The result with the rotations of finger bones behind those of the body's."""
    found = finger_rotations(sequence, rest, rig_map)
    if not found:
        return result
    rotations = np.concatenate([result.rotations, np.stack(list(found.values()), axis=1)], axis=1)
    return replace(result, bone_names=(*result.bone_names, *found), rotations=rotations)


def _keys(motion: Motion, rest: RigRest) -> RetargetResult:
    """The solved motion on the bones of the map, from their true rest."""
    character, rig_map = motion.character, motion.character.rig_map
    root = rest.bone_names[motion.root]
    solved = {rest.bone_names[bone]: motion.turns.basis(bone, character.axes[bone]) for bone in motion.turns.bones}
    paths = {
        rest.bone_names[bone]: shift @ character.location_axes(bone) / rest.scale
        for bone, shift in motion.shifts.items()
    }
    rotations, locations = on_true_rest(rest, rig_map, solved, paths)
    order = {bone: position for position, bone in enumerate(rig_map.adapt(rest).order())}
    names = tuple(sorted(rotations, key=lambda name: order[rest.index(name)]))
    return RetargetResult(
        names,
        np.stack([rotations[name] for name in names], axis=1),
        root,
        locations,
        motion.residual,
        rig_map.switches,
    )


def _bend_axes(character: Character) -> dict[Role, FloatArray]:
    """Upper segment -> (3,) the unit axis about which its limb bends, in the axes of its last bone."""
    return {
        sided(upper, side): character.axes[limbs[side].upper[-1]].T @ limbs[side].axis
        for upper, limbs in (("upper_arm", character.arms), ("thigh", character.legs))
        for side in SIDES
    }
