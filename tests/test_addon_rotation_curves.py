"""Rotation channels of retargeted motion: no curve moves further between two frames than its bone's own turn asks."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from blender_host import load_package
from rigs_support import RigPlan, build_rig, performer, turns_deg
from test_rigs_mocap import clips as clips  # a fixture, asked for by name

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.retarget import retarget
from rigs.sequence import PoseSequence

load_package()
modes = importlib.import_module("pose_from_video.addon.rotation_modes")


def rotations_of(sequence: PoseSequence) -> FloatArray:
    """(T,B,4) of a rig, each bone turned away from rest anyhow: many come through half turns and gimbal lock."""
    rest, rig_map = build_rig(RigPlan(rolls=1))
    rotations = retarget(sequence, rest, rig_map).rotations
    away = np.random.default_rng(9).normal(size=(1, rotations.shape[1], 4))
    return quaternions.multiply(rotations, away / np.linalg.norm(away, axis=-1, keepdims=True))


def through_the_pole(order: str, sign: float, aside: float) -> FloatArray:
    """(T,4) a bone whose middle angle comes as near to a quarter turn as `aside` (rad), and goes on past it."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    t = np.linspace(-1.0, 1.0, 241)
    half = 0.5 * (np.pi / 2.0 + 0.6 * t)
    turns = np.zeros((3, len(t), 4))
    turns[0, :, 0], turns[0, :, 1 + i] = np.cos(0.3 * t), np.sin(0.3 * t)
    turns[1, :, 0], turns[1, :, 1 + j] = np.cos(half), sign * np.sin(half)
    turns[2, :, 0], turns[2, :, 1 + k] = np.cos(0.2 * t), np.sin(0.2 * t)
    tilt = np.zeros((len(t), 4))
    tilt[:, 0], tilt[:, 1 + i] = np.cos(0.5 * aside), np.sin(0.5 * aside)
    made = tilt
    for turn in (turns[1], turns[0], turns[2]):
        made = quaternions.multiply(turn, made)
    return made


def assert_no_curve_outruns_its_bone(rotations: FloatArray) -> None:
    """An outer Euler angle may turn faster than its bone only near gimbal lock, as the middle angle's cosine says."""
    turns = np.radians(turns_deg(rotations))
    for order in modes.EULER_ORDERS:
        for bone in range(rotations.shape[1]):
            angles = modes.to_euler(rotations[:, bone], order)
            assert_nearest_of_all(angles, order)
            cosines = np.abs(np.cos(angles[:, "XYZ".index(order[1])]))
            # Between two frames the bone may pass nearer to the pole than at either, by its own turn at most.
            nearest = np.minimum(cosines[1:], cosines[:-1]) - 0.5 * turns[:, bone]
            free = nearest > 0.05
            steps = np.abs(np.diff(angles, axis=0)).max(axis=1)
            assert np.all(steps[free] <= 1.01 * turns[free, bone] / nearest[free] + 1e-6), (order, bone)


def assert_nearest_of_all(angles: FloatArray, order: str) -> None:
    """No triple that gives the next frame's rotation lies nearer to this frame's, whole turns or branch changed."""
    angles = angles[:, ["XYZ".index(axis) for axis in order]]
    other = angles * [1.0, -1.0, 1.0] + np.pi
    taken = np.abs(np.diff(angles, axis=0))
    full = 2.0 * np.pi
    for rival in (angles, other):
        away = rival[1:] - angles[:-1]
        away -= full * np.round(away / full)
        assert np.all(taken.sum(axis=1) <= np.abs(away).sum(axis=1) + 1e-9)


@pytest.mark.parametrize("seed", [0, 3])
def test_curves_of_moving_limbs_turn_no_further_than_asked(seed: int) -> None:
    assert_no_curve_outruns_its_bone(rotations_of(performer(seed, frames=240)))


@pytest.mark.parametrize("name", ["05_11", "14_01", "49_06", "135_03"])
def test_curves_of_real_motion_turn_no_further_than_asked(name: str, request: pytest.FixtureRequest) -> None:
    recorded = request.getfixturevalue("clips")[name]
    assert_no_curve_outruns_its_bone(rotations_of(recorded))


@pytest.mark.parametrize("order", modes.EULER_ORDERS)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("aside", [0.0, 1e-7, 1e-4, 0.02, 0.3])
def test_each_frame_takes_the_nearest_of_all_triples(order: str, sign: float, aside: float) -> None:
    path = through_the_pole(order, sign, aside)
    assert_nearest_of_all(modes.to_euler(path, order), order)
    noisy = path + np.random.default_rng(2).normal(0.0, 1e-3, path.shape)
    assert_nearest_of_all(modes.to_euler(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), order), order)


def test_quaternions_step_by_exactly_the_turn() -> None:
    rotations = rotations_of(performer(1, frames=200))
    mixed = rotations * np.random.default_rng(1).choice([-1.0, 1.0], (*rotations.shape[:2], 1))
    steps = np.linalg.norm(np.diff(modes.sign_continuous(mixed), axis=0), axis=-1)
    assert np.allclose(steps, 2.0 * np.sin(np.radians(turns_deg(rotations)) / 4.0), atol=1e-7)
