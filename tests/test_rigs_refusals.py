"""Maps and rigs that cannot work are refused in one sentence; odd sizes do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rig_files import AVATARS, RIGS, rest_of
from rigs_support import RigPlan, build_rig, performer

from rigs import quaternions
from rigs.errors import MapError, RestPoseError
from rigs.maps import Correction, RigMap, Role, detect
from rigs.maps.ik_controls import IkControls
from rigs.retarget import retarget

STILL = Correction((1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))
SOURCE = performer(0, frames=8)


def changed(**fields: object) -> RigMap:
    return replace(build_rig()[1], **fields)  # type: ignore[arg-type]


def with_roles(**roles: tuple[str, ...]) -> RigMap:
    return changed(roles={**build_rig()[1].roles, **{Role(role): bones for role, bones in roles.items()}})


@pytest.mark.parametrize(
    ("rig_map", "said"),
    [
        (with_roles(head=("renamed",)), r"'made up' names the bone 'renamed', which the rig lacks; if it was renamed"),
        (changed(twists={Role.SHIN_LEFT: ("gone",)}), "'gone', which the rig lacks"),
        (changed(corrections={"gone": STILL}), "'gone', which the rig lacks"),
        (changed(ik=IkControls({"gone": Role.HAND_LEFT}, {}, {})), "'gone', which the rig lacks"),
        (changed(parents={"pelvis": "gone"}), "lets 'pelvis' follow 'gone', which the rig lacks"),
        (changed(parents={"pelvis": "head"}), "lets 'pelvis' follow 'head', which hangs on it"),
        (changed(parents={"pelvis": "pelvis"}), "lets 'pelvis' follow 'pelvis', which hangs on it"),
        (
            with_roles(forearm_left=("upper_arm.left.0",), upper_arm_left=("forearm.left.0",)),
            r"puts 'forearm\.left\.0' before 'upper_arm\.left\.0', which does not hang on it; .*outwards",
        ),
        (
            with_roles(foot_left=("foot.right",), foot_right=("foot.left",)),
            r"before 'foot\.right', which does not hang on it",
        ),
    ],
)
def test_a_map_that_does_not_fit_the_rig(rig_map: RigMap, said: str) -> None:
    with pytest.raises(MapError, match=said) as caught:
        retarget(SOURCE, build_rig()[0], rig_map)
    assert "\n" not in str(caught.value)


def test_a_bone_twice() -> None:
    with pytest.raises(MapError, match=r"gives bone 'pelvis' to the pelvis and to the head; keep one"):
        with_roles(head=("pelvis",))
    with pytest.raises(MapError, match="gives bone 'head' to the head and to the left shin"):
        changed(twists={Role.SHIN_LEFT: ("head",)})


@pytest.mark.bpy
@pytest.mark.parametrize("rig", [*AVATARS, *RIGS])
def test_maps_that_are_detected_fit(rig: str) -> None:
    rest = rest_of(rig)
    detect(rest).rig_map.check_on(rest)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_units_that_are_no_metres(scale: float) -> None:
    """A scene in centimetres, or in hundreds of metres: the same motion at that size."""
    rest, rig_map = build_rig(RigPlan(rolls=2))
    matrices = rest.rest_matrices.copy()
    matrices[:, :3, 3] *= scale
    sized = replace(rest, rest_matrices=matrices, lengths=rest.lengths * scale)
    plain, large = retarget(SOURCE, rest, rig_map), retarget(SOURCE, sized, rig_map)
    apart = quaternions.multiply(large.rotations, quaternions.inverse(plain.rotations))
    assert np.degrees(np.linalg.norm(quaternions.log(apart), axis=-1)).max() < 0.5
    assert np.abs(large.locations[large.root_bone] / scale - plain.locations[plain.root_bone]).max() < 0.002


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_objects_that_are_scaled(scale: float) -> None:
    """The size is the object's own, as importers leave it: the same motion at the same size."""
    rest, rig_map = build_rig(RigPlan(rolls=2))
    world = np.diag([scale, scale, scale, 1.0])
    small, _ = build_rig(RigPlan(rolls=2, armature_to_world=world))
    plain, sized = retarget(SOURCE, rest, rig_map), retarget(SOURCE, small, rig_map)
    assert np.allclose(sized.rotations, plain.rotations, atol=1e-6)
    assert np.allclose(sized.locations[sized.root_bone] * scale, plain.locations[plain.root_bone], atol=1e-6)


@pytest.mark.parametrize(
    ("diagonal", "said"), [((1, 1, 1.5, 1), r"differs between its axes \(1, 1, 1\.5\)"), ((1, -1, 1, 1), "mirrored")]
)
def test_objects_that_are_scaled_unevenly(diagonal: tuple[float, ...], said: str) -> None:
    rest, _ = build_rig()
    with pytest.raises(RestPoseError, match=f"{said}.*apply its scale"):
        replace(rest, armature_to_world=np.diag(diagonal))


def moved_onto(bone: str, other: str) -> tuple[np.ndarray, np.ndarray]:
    rest, _ = build_rig()
    matrices, lengths = rest.rest_matrices.copy(), rest.lengths.copy()
    matrices[rest.index(bone), :3, 3] = matrices[rest.index(other), :3, 3]
    lengths[rest.index(other)] = 0.0
    return matrices, lengths


def test_a_limb_without_length() -> None:
    rest, rig_map = build_rig()
    matrices, lengths = moved_onto("forearm.left.0", "upper_arm.left.0")
    with pytest.raises(MapError, match=r"'upper_arm\.left\.0' has no length"):
        retarget(SOURCE, replace(rest, rest_matrices=matrices, lengths=lengths), rig_map)


@pytest.mark.parametrize("bone", ["hand.left", "head", "toe.right", "clavicle.left"])
def test_an_end_bone_without_length_does_no_harm(bone: str) -> None:
    rest, rig_map = build_rig()
    lengths = rest.lengths.copy()
    lengths[rest.index(bone)] = 0.0
    result = retarget(SOURCE, replace(rest, lengths=lengths), rig_map)
    assert np.isfinite(result.rotations).all()
    assert all(np.isfinite(path).all() for path in result.locations.values())
