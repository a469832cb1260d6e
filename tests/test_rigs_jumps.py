"""No flips: no bone's local rotation jumps much further between frames than the performer's own limb does."""

from __future__ import annotations

import numpy as np
import pytest
from captured import captured
from rigs_support import RigPlan, angles_deg, build_rig, turns_deg

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES
from rigs.sequence import PoseSequence
from rigs.solve.body import read_body
from rigs.solve.hinges import bend_axes, elbow_axis, natural_known
from rigs.solve.smoothing import least_slope, limited_steps
from rigs.vectors import dot, unit

CLIPS = [
    "05_08.1",
    "05_15",
    "14_02",
    "14_06",
    "49_08",
    "56_06",
    "60_06",
    "86_09",
    "120_14",
    "127_24",
    "135_02",
    "135_07",
]
MORE_THAN_SOURCE_DEG = 15.0
LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}
ARM = ("upper_arm", "forearm", "hand")


def source_jumps_deg(source: PoseSequence) -> dict[str, FloatArray]:
    """(T-1,) of torso and each limb: the largest of the turns of its segments, in the world and seen from the body, of
    what carries it, and of its bend."""
    body = read_body(source)
    carriers = {
        name: turns_deg(quaternions.from_matrix(frames)[:, None])[:, 0]
        for name, frames in (("pelvis", body.pelvis), ("thorax", body.thorax), ("head", body.head))
    }
    found = {"torso": np.max(list(carriers.values()), axis=0)}
    for kind, names in LIMBS.items():
        carrier, frames = ("thorax", body.thorax) if kind == "arm" else ("pelvis", body.pelvis)
        for side in SIDES:
            start, middle, end = (source.joint(f"{side}_{name}") for name in names)
            segments = [unit(middle - start), unit(end - middle)]
            carried = [np.einsum("tji,tj->ti", frames, way) for way in segments]
            steps = [angles_deg(way[1:], way[:-1]) for way in (*segments, *carried)]
            steps += [np.abs(np.diff(angles_deg(*segments))), carriers[carrier]]
            found[f"{kind}_{side}"] = np.max(steps, axis=0)
    return found


def limb_of(bone: str) -> str:
    name, _, rest = bone.partition(".")
    side = rest.partition(".")[0]
    if side not in SIDES or name == "clavicle":
        return "torso"
    return f"{'arm' if name in ARM else 'leg'}_{side}"


@pytest.fixture(scope="module")
def clips() -> dict[str, PoseSequence]:
    return captured(CLIPS, 400)


@pytest.mark.parametrize("ik", [False, True])
@pytest.mark.parametrize("plan", [RigPlan(rolls=1), RigPlan(split=2, arm_down_deg=45.0)], ids=["t-pose", "split"])
def test_bones_jump_little_further_than_the_performer(clips: dict[str, PoseSequence], plan: RigPlan, ik: bool) -> None:
    rest, rig_map = build_rig(plan)
    for name, clip in clips.items():
        result = retarget(clip, rest, rig_map, RetargetSettings(ik=ik))
        steps, source = turns_deg(result.rotations), source_jumps_deg(clip)
        for column, bone in enumerate(result.bone_names):
            over = steps[:, column] - source[limb_of(bone)]
            assert over.max() < MORE_THAN_SOURCE_DEG, (name, bone, int(over.argmax()))


def circling_arm(frames: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(T,3,3) bodies, (T,3) upper and (T,3) lower directions of a left arm that circles where no natural axis is."""
    phase = np.linspace(0.0, 4.0 * np.pi, frames)
    singular = unit(np.array([-1.0, 0.0, 1.0]))
    first, second = np.array([0.0, 1.0, 0.0]), np.cross(singular, [0.0, 1.0, 0.0])
    upper = unit(singular + 0.2 * (np.cos(phase)[:, None] * first + np.sin(phase)[:, None] * second))
    lower = unit(upper + 0.02 * np.cross(upper, first))
    return np.broadcast_to(np.eye(3), (frames, 3, 3)), upper, lower


def test_bend_axes_do_not_swing_where_the_natural_axis_does() -> None:
    body, upper, lower = circling_arm(200)
    natural = elbow_axis("left", body, upper)
    axes = bend_axes("arm", body, upper, lower, natural, natural_known("arm", "left", body, upper), 30.0)
    assert np.abs(dot(axes, upper)).max() < 1e-9
    moved = angles_deg(upper[1:], upper[:-1])
    assert np.all(angles_deg(axes[1:], axes[:-1]) < moved + 1.0)


def test_steps_are_limited_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(0)
    calm = np.cumsum(rng.uniform(-0.05, 0.05, size=(100, 3)), axis=0)
    allowed = np.full(99, 0.2)
    assert np.allclose(limited_steps(calm, np.ones(100), np.zeros(99), allowed), calm)
    jumping = calm + np.where(np.arange(100) < 50, 0.0, 2.0)[:, None]
    limited = limited_steps(jumping, np.ones(100), np.zeros(99), allowed)
    assert np.linalg.norm(np.diff(limited, axis=0), axis=-1).max() < 0.25
    assert np.allclose(limited[:20], calm[:20], atol=1e-3) and np.allclose(limited[80:], calm[80:] + 2.0, atol=1e-3)


def test_the_least_slope_lies_over_its_values_and_is_no_steeper_than_allowed() -> None:
    rng = np.random.default_rng(1)
    values = np.maximum(rng.normal(size=200), 0.0)
    slopes = rng.uniform(0.05, 0.3, size=199)
    curve = least_slope(values, slopes)
    assert np.all(curve >= values - 1e-12) and np.all(np.abs(np.diff(curve)) <= slopes + 1e-12)
    touching = np.isclose(curve, values)
    assert touching.any() and np.allclose(least_slope(curve, slopes), curve)
