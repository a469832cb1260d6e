"""IK controls are where the hands and feet are, and pole targets where elbows and knees bend to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig, performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.calibration import calibrate, calibrated
from rigs.kinematics import pose_bones
from rigs.maps import Correction, IkControls, RigMap, Role
from rigs.maps.correction import own_rest, wxyz
from rigs.rest import RigRest
from rigs.retarget import RetargetResult, RetargetSettings, retarget
from rigs.roles import SIDES, sided
from rigs.vectors import unit

LIMBS = {"upper_arm": ("forearm", "hand"), "thigh": ("shin", "foot")}


def control_rig(seed: int) -> tuple[RigRest, RigMap]:
    """A rig with a control for each hand and foot and a pole for each limb, of any orientation, some on the root."""
    rng = np.random.default_rng(seed)
    rest, rig_map = build_rig(RigPlan(rolls=seed, arm_down_deg=20.0))
    follow = {f"{limb}_ik.{side}": sided(limb, side) for limb in ("hand", "foot") for side in SIDES}
    poles = {f"{limb}_pole.{side}": sided(limb, side) for limb in LIMBS for side in SIDES}
    added = [*follow, *poles]
    matrices = np.tile(np.eye(4), (len(added), 1, 1))
    matrices[:, :3, :3] = quaternions.to_matrix(quaternions.normalize(rng.normal(size=(len(added), 4))))
    matrices[:, :3, 3] = rng.normal(size=(len(added), 3))
    count = len(rest.bone_names)
    parents = [rest.index("root") if number % 2 else -1 for number in range(len(added))]
    rest = RigRest(
        (*rest.bone_names, *added),
        (*rest.parents, *parents),
        np.concatenate([rest.rest_matrices, matrices]),
        np.append(rest.lengths, np.full(len(added), 0.1)),
        local_location=np.append(np.full(count, True), rng.random(len(added)) < 0.5),
    )
    switches = {("hand_ik.left", "IK"): 1.0}
    return rest, replace(rig_map, ik=IkControls(follow, poles, switches))


def both(
    rest: RigRest, rig_map: RigMap, seed: int, root_on: str = "root"
) -> tuple[RetargetResult, RetargetResult, FloatArray, FloatArray]:
    """The FK and the IK result, and all bones' pose matrices with each."""
    source = performer(seed, frames=60)
    results = [
        retarget(source, rest, rig_map, RetargetSettings(root_on=root_on, controls=controls))  # type: ignore[arg-type]
        for controls in ("fk", "ik")
    ]
    fk, ik = results
    return fk, ik, pose_bones(rest, fk), pose_bones(rest, ik)


def check_followed(rest: RigRest, rig_map: RigMap, by_fk: FloatArray, by_ik: FloatArray) -> None:
    assert rig_map.ik is not None
    for control, role in rig_map.ik.follow.items():
        bone, target = rest.index(control), rest.index(rig_map.bones(role)[-1])
        offset = np.linalg.inv(rest.rest_matrices[target]) @ rest.rest_matrices[bone]
        assert np.allclose(by_ik[:, bone], by_fk[:, target] @ offset, atol=1e-6), control


def check_poles(rest: RigRest, rig_map: RigMap, by_fk: FloatArray, by_ik: FloatArray) -> None:
    """Each pole lies in the plane of its limb, on the side of the joint."""
    assert rig_map.ik is not None
    for control, role in rig_map.ik.poles.items():
        limb, side = role.value.rsplit("_", 1)
        names = [rig_map.bones(Role(f"{part}_{side}"))[0] for part in (limb, *LIMBS[limb])]
        start, joint, end = (by_fk[:, rest.index(name), :3, 3] for name in names)
        pole = by_ik[:, rest.index(control), :3, 3]
        line = unit(end - start)
        off = (joint - start) - np.sum((joint - start) * line, axis=-1, keepdims=True) * line
        way = (pole - start) - np.sum((pole - start) * line, axis=-1, keepdims=True) * line
        length = np.linalg.norm(joint - start, axis=-1) + np.linalg.norm(end - joint, axis=-1)
        bent = np.linalg.norm(off, axis=-1) > 0.06 * length
        assert bent.any()
        assert np.sum(unit(off[bent]) * unit(way[bent]), axis=-1).min() > 0.9999
        assert np.linalg.norm(way, axis=-1).min() > 0.5 * length.min()
        # through a straight limb it keeps its side
        assert np.sum(unit(way[1:]) * unit(way[:-1]), axis=-1).min() > 0.8


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("root_on", ["hips", "root"])
def test_controls_are_where_the_limbs_end(seed: int, root_on: str) -> None:
    rest, rig_map = control_rig(seed)
    _, _, by_fk, by_ik = both(rest, rig_map, seed, root_on)
    check_followed(rest, rig_map, by_fk, by_ik)
    check_poles(rest, rig_map, by_fk, by_ik)


def test_what_is_keyed() -> None:
    rest, rig_map = control_rig(0)
    fk, ik, _, _ = both(rest, rig_map, 0)
    assert rig_map.ik is not None
    replaced = {name for limb in (*LIMBS, "forearm", "hand", "shin", "foot") for side in SIDES
                for name in rig_map.bones(sided(limb, side))}  # fmt: skip
    assert set(ik.bone_names) == (set(fk.bone_names) - replaced) | set(rig_map.ik.follow)
    assert set(ik.locations) == {*fk.locations, *rig_map.ik.follow, *rig_map.ik.poles}
    assert dict(ik.switches) == dict(rig_map.ik.switches) and not fk.switches


@pytest.mark.parametrize("seed", range(2))
def test_a_calibrated_rig(seed: int) -> None:
    upright, rig_map = control_rig(seed)
    turns = quaternions.exp(np.random.default_rng(seed).uniform(-0.8, 0.8, (len(upright.bone_names), 3)))
    odd = {
        name: Correction(wxyz(turn), wxyz(own_rest(upright, name)))
        for name, turn in zip(upright.bone_names, turns, strict=True)
        if name not in (*rig_map.ik.follow, *rig_map.ik.poles, "root")  # type: ignore[union-attr]
    }
    rest = calibrated(upright, replace(rig_map, corrections=odd))
    known = calibrate(rest, rig_map, upright.rest_matrices)
    _, _, by_fk, by_ik = both(rest, known, seed)
    check_followed(rest, known, by_fk, by_ik)
    check_poles(rest, known, by_fk, by_ik)
