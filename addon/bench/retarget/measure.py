"""Retarget every motion onto one rig in each way that is compared, and sum up what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.keys import key_reduction_pct
from ....rigs.kinematics import pose_bones
from ....rigs.retarget import retarget
from ....rigs.sequence import PoseSequence
from ....rigs.solve.character import read_character
from . import figures
from .figures import Posed
from .skin import RigAtHand

WAYS: Mapping[str, Mapping[str, Any]] = {
    "ik": {},
    "fk": {"ik": False},
    "free": {"left_foot": "off", "right_foot": "off"},
}
"""The default, directions alone, and IK without any contact with the floor."""
KEY_BOUND_DEG, _FOREARM_M = 0.5, 0.25
_TOUCHES_M = 1e-4
"""No less than this counts as depth when depths are compared."""


@dataclass(slots=True)
class Samples:
    """What was measured, pooled over motions; each a list of arrays of any length.

    Attributes:
        limb_ik_deg, limb_fk_deg: angles of limb segments, with IK and without.
        reach_m: mean miss of wrists and ankles in each frame, with IK.
        jump_deg: turns of local rotations beyond the source's, with IK and without.
        slide_m, slide_free_m: steps of standing feet, with contacts and without.
        under_m, under_free_m: depth of the feet under the floor.
        backwards_deg: elbows and knees the wrong way.
        fewer_keys_pct: how many fewer keys each motion has when reduced, with IK.
        worst: for each figure with a worst, (value, where).
    """

    limb_ik_deg: list[FloatArray] = field(default_factory=list)
    limb_fk_deg: list[FloatArray] = field(default_factory=list)
    reach_m: list[FloatArray] = field(default_factory=list)
    jump_deg: list[FloatArray] = field(default_factory=list)
    slide_m: list[FloatArray] = field(default_factory=list)
    slide_free_m: list[FloatArray] = field(default_factory=list)
    under_m: list[FloatArray] = field(default_factory=list)
    under_free_m: list[FloatArray] = field(default_factory=list)
    backwards_deg: list[FloatArray] = field(default_factory=list)
    fewer_keys_pct: list[FloatArray] = field(default_factory=list)
    worst: dict[str, tuple[float, str]] = field(default_factory=dict)

    def note(self, figure: str, values: FloatArray, where: str) -> None:
        """Keep the largest value of a figure, and its frame."""
        if len(values) and float(values.max()) > self.worst.get(figure, (-np.inf, ""))[0]:
            self.worst[figure] = (float(values.max()), f"{where}, frame {int(values.argmax())}")


def pose(rig: RigAtHand, motion: PoseSequence, **changes: Any) -> Posed:
    """Retarget, with some settings changed, and let the bones follow."""
    result = retarget(motion, rig.rest, rig.rig_map, replace(rig.settings, **changes))
    rest = rig.rig_map.adapt(rig.rest)
    bones = pose_bones(rest, result)
    soles = rig.soles.posed(rest, bones) if rig.soles else np.zeros((len(bones), 0, 3))
    return Posed(read_character(rest, rig.rig_map, rig.settings.sole_height), result, bones, soles)


def measure_rig(rig: RigAtHand, motions: Mapping[str, PoseSequence]) -> Samples:
    """Every motion in every way, on one rig."""
    found = Samples()
    for name, motion in motions.items():
        ways = {way: pose(rig, motion, **changes) for way, changes in WAYS.items()}
        for way, limbs, jumps in (("ik", found.limb_ik_deg, found.jump_deg), ("fk", found.limb_fk_deg, found.jump_deg)):
            errors = figures.limb_errors_deg(ways[way], motion)
            limbs += list(errors.values())
            for limb, values in errors.items():
                found.note(f"limb_{way}_deg", values, f"{name}, {limb}")
            for bone, values in figures.jumps_over_source_deg(ways[way], motion).items():
                jumps.append(values)
                found.note("jump_deg", values, f"{name} ({way}), {bone}")
        found.reach_m.append(ways["ik"].result.residual)
        found.slide_m.append(figures.foot_slides_m(ways["ik"], motion))
        found.slide_free_m.append(figures.foot_slides_m(ways["free"], motion))
        found.under_m.append(figures.penetration_m(ways["ik"]))
        found.under_free_m.append(figures.penetration_m(ways["free"]))
        found.backwards_deg.append(figures.backwards_deg(ways["ik"]))
        found.fewer_keys_pct.append(_fewer_keys(ways["ik"]))
        found.note("slide_m", found.slide_m[-1], name)
        found.note("under_m", found.under_m[-1], name)
        found.note("backwards_deg", found.backwards_deg[-1], name)
    return found


def _fewer_keys(posed: Posed) -> FloatArray:
    """(1,) reduction of a motion's keys within half a degree, and as much at the end of a forearm."""
    result, bound = posed.result, np.radians(KEY_BOUND_DEG)
    distance = bound * _FOREARM_M / posed.rest.scale
    return np.array([key_reduction_pct(result.bone_names, result.rotations, result.locations, bound, distance)])


def summary(samples: list[Samples]) -> dict[str, float]:
    """The figures of one rig, or of several together."""

    def pooled(name: str) -> FloatArray:
        return np.concatenate([part for each in samples for part in getattr(each, name)])

    slide, free = pooled("slide_m"), pooled("slide_free_m")
    under, under_free = pooled("under_m"), pooled("under_free_m")
    return {
        "limb_error_deg_median": float(np.median(pooled("limb_fk_deg"))),
        "limb_error_deg_p99": float(np.percentile(pooled("limb_fk_deg"), 99)),
        "limb_error_ik_deg_median": float(np.median(pooled("limb_ik_deg"))),
        "limb_error_ik_deg_p99": float(np.percentile(pooled("limb_ik_deg"), 99)),
        "reach_error_m_median": float(np.median(pooled("reach_m"))),
        "largest_jump_over_source_deg": float(pooled("jump_deg").max()),
        "foot_slide_mm_median": 1000.0 * float(np.median(slide)),
        "foot_slide_gain": float(np.median(free) / max(np.median(slide), 1e-6)),
        "penetration_mm_max": 1000.0 * float(under.max()),
        "penetration_gain": float(under_free.max() / max(under.max(), _TOUCHES_M)),
        "joint_backwards_deg_max": float(pooled("backwards_deg").max()),
        "key_reduction_pct": float(np.mean(pooled("fewer_keys_pct"))),
    }
