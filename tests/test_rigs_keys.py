"""Reduced keys: within their bound at every sample, smooth, and few."""

from __future__ import annotations

import numpy as np
import pytest
from captured import captured
from rigs_support import RigPlan, build_rig, performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.errors import SequenceError, SettingsError
from rigs.keys import Bound, Keys, key_reduction_pct, reduce_keys
from rigs.keys.bound import quaternions_of
from rigs.keys.pieces import Pieces, Samples
from rigs.keys.reduce import _cut, _join
from rigs.retarget import retarget
from rigs.sequence import PoseSequence

FRAMES = 200
EULER = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
MODES = {"QUATERNION": 4, "AXIS_ANGLE": 4, **dict.fromkeys(EULER, 3)}
"""Blender's modes of rotation, and how many channels each has."""
FAR = 1e6


def evaluate(keys: Keys, frames: FloatArray) -> FloatArray:
    """(T,C) the Bezier curves at (T,) frames: de Casteljau's construction, time found by bisection."""
    at = np.clip(np.searchsorted(keys.frames, frames, side="right") - 1, 0, len(keys.frames) - 2)
    t0, t3 = keys.frames[at], keys.frames[at + 1]
    third = (t3 - t0) / 3.0
    low, high = np.zeros(len(frames)), np.ones(len(frames))
    for _ in range(60):
        middle = 0.5 * (low + high)
        early = casteljau(np.stack([t0, t0 + third, t3 - third, t3])[..., None], middle[:, None])[:, 0] < frames
        low, high = np.where(early, middle, low), np.where(early, high, middle)
    corners = np.stack([keys.values[at], keys.right[at], keys.left[at + 1], keys.values[at + 1]])
    return casteljau(corners, high[:, None])


def casteljau(corners: FloatArray, weight: FloatArray) -> FloatArray:
    """(T,C) points of cubics with (4,T,C) corners."""
    while len(corners) > 1:
        corners = corners[:-1] * (1.0 - weight) + corners[1:] * weight
    return corners[0]


def angles_deg(first: FloatArray, second: FloatArray) -> FloatArray:
    """(N,) angles between rotations (N,4)."""
    step = quaternions.multiply(quaternions.normalize(first), quaternions.inverse(quaternions.normalize(second)))
    return np.degrees(np.linalg.norm(quaternions.log(step), axis=-1))


def wandering(seed: int, shape: tuple[int, ...], noise: float = 0.01) -> FloatArray:
    """(B,T,C) channels that wander smoothly, with jitter on top, and stand still in the middle."""
    rng = np.random.default_rng(seed)
    bones, frames, columns = shape
    phase = np.linspace(0.0, 12.0, frames)[:, None]
    speed, start = rng.uniform(0.2, 1.5, (2, bones, 1, columns))
    values = np.sin(phase * speed + 6.0 * start) + noise * rng.normal(size=shape)
    third = frames // 3
    values[:, third : 2 * third] = values[:, third : third + 1]
    return values


def channels_of(mode: str, seed: int, noise: float = 0.01) -> FloatArray:
    """(B,T,C) channels of a rotation mode."""
    values = wandering(seed, (5, FRAMES, MODES[mode]), noise)
    if mode == "QUATERNION":
        values = quaternions.normalize(values + 2.0 * np.eye(4)[0])
    if mode == "AXIS_ANGLE":
        values[..., 1:] = np.array([0.3, 0.8, -0.5]) + 0.1 * values[..., 1:]
    return values


@pytest.mark.parametrize("limit_deg", [0.001, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("mode", MODES)
def test_rotations_stay_within_the_bound(mode: str, limit_deg: float) -> None:
    frames = np.cumsum(np.random.default_rng(3).uniform(0.4, 2.0, FRAMES))
    values = channels_of(mode, seed=7, noise=0.2 * np.radians(limit_deg))
    errors_deg = []
    for sampled, keys in zip(values, reduce_keys(frames, values, Bound(mode, np.radians(limit_deg), FAR)), strict=True):
        shown = quaternions_of(evaluate(keys, frames).T, mode).T
        errors_deg.append(angles_deg(quaternions_of(sampled.T, mode).T, shown).max())
        assert keys.frames[0] == frames[0]
        assert keys.frames[-1] == frames[-1]
    assert max(errors_deg) <= limit_deg
    # where nearly every sample is a key the bound is not put to the test
    assert limit_deg < 0.1 or max(errors_deg) > 0.8 * limit_deg


@pytest.mark.parametrize(("limit_deg", "distance"), [(1.0, 0.4), (10.0, 0.4), (1.0, 40.0)])
def test_places_stay_within_the_bound_beside_rotations(limit_deg: float, distance: float) -> None:
    frames = np.arange(FRAMES, dtype=float)
    turned, moved = channels_of("QUATERNION", 1, 0.003), 100.0 * wandering(2, (5, FRAMES, 3), 0.001)
    bound = Bound("QUATERNION", np.radians(limit_deg), distance)
    shown = [evaluate(keys, frames) for keys in reduce_keys(frames, np.concatenate([turned, moved], axis=2), bound)]
    missed = np.array([np.linalg.norm(s[:, 4:] - m, axis=1).max() for s, m in zip(shown, moved, strict=True)])
    turned_by = np.array([angles_deg(s[:, :4], t).max() for s, t in zip(shown, turned, strict=True)])
    assert np.all(missed <= distance) and np.all(turned_by <= limit_deg)
    assert max(missed.max() / distance, turned_by.max() / limit_deg) > 0.8


def test_places_of_bones_that_do_not_turn_stay_within_the_bound() -> None:
    frames = np.arange(FRAMES, dtype=float)
    moved = 100.0 * wandering(2, (5, FRAMES, 3), 0.001)
    reduced = reduce_keys(frames, moved, Bound("", 1.0, 0.4))
    missed = [
        np.linalg.norm(evaluate(keys, frames) - path, axis=1).max() for keys, path in zip(reduced, moved, strict=True)
    ]
    assert 0.8 * 0.4 < max(missed) <= 0.4


def test_a_tighter_bound_keeps_more_keys_and_none_is_needed_where_nothing_moves() -> None:
    frames = np.arange(FRAMES, dtype=float)
    values = channels_of("XYZ", 5)
    limits = [np.radians(degrees) for degrees in (5.0, 1.0, 0.1)]
    counts = [sum(len(keys.frames) for keys in reduce_keys(frames, values, Bound("XYZ", a, 1.0))) for a in limits]
    assert 2 * len(values) < counts[0] < counts[1] < counts[2] <= FRAMES * len(values)
    still = np.broadcast_to(values[:, :1], values.shape)
    assert all(len(keys.frames) == 2 for keys in reduce_keys(frames, still, Bound("XYZ", 1e-3, 1.0)))


def test_no_two_neighbours_are_left_that_one_piece_can_stand_for() -> None:
    values, frames = channels_of("XYZ", 5)[:1], np.arange(FRAMES, dtype=float)
    samples = Samples(frames, np.ascontiguousarray(values[0].T), Bound("XYZ", np.radians(1.0), 1.0))
    cut = _cut(samples, np.array([0]), np.array([FRAMES - 1]))
    starts, ends = _join(samples, *(part.copy() for part in cut))
    assert 2 < len(starts) < len(cut[0])
    assert starts[0] == 0 and ends[-1] == FRAMES - 1 and np.array_equal(starts[1:], ends[:-1])
    for at in range(len(starts) - 1):
        both = Pieces(samples, starts[[at]], ends[[at + 1]])
        assert both.worst(both.fit())[0] > 1.0, at


def test_handles_leave_no_corner() -> None:
    frames = np.arange(FRAMES, dtype=float)
    for keys in reduce_keys(frames, channels_of("QUATERNION", 9), Bound("QUATERNION", np.radians(1.0), 1.0)):
        third = np.diff(keys.frames)[:, None] / 3.0
        arriving = (keys.values - keys.left)[1:-1] / third[:-1]
        leaving = (keys.right - keys.values)[1:-1] / third[1:]
        np.testing.assert_allclose(arriving, leaving, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_short_clips(count: int) -> None:
    frames = np.arange(float(count))
    values = channels_of("QUATERNION", 4)[:, :count]
    for sampled, keys in zip(values, reduce_keys(frames, values, Bound("QUATERNION", 0.01, 1.0)), strict=True):
        np.testing.assert_array_equal(keys.values[[0, -1]], sampled[[0, -1]])
        assert keys.values.shape == keys.left.shape == keys.right.shape


def test_bones_do_not_depend_on_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = np.arange(FRAMES, dtype=float)
    values = channels_of("QUATERNION", 6)
    bound = Bound("QUATERNION", np.radians(0.5), 1.0)
    together = reduce_keys(frames, values, bound)
    for bone, keys in enumerate(together):
        alone = reduce_keys(frames, values[bone : bone + 1], bound)[0]
        np.testing.assert_array_equal(alone.frames, keys.frames)
    monkeypatch.setattr("rigs.keys.reduce._AT_ONCE", 2 * FRAMES)
    for keys, in_parts in zip(together, reduce_keys(frames, values, bound), strict=True):
        np.testing.assert_array_equal(keys.frames, in_parts.frames)


def test_bad_input_is_named() -> None:
    frames, values = np.arange(5.0), channels_of("XYZ", 1)[:, :5]
    bound = Bound("XYZ", 0.1, 1.0)
    for times in (frames[::-1], frames[:3], np.zeros(5)):
        with pytest.raises(SequenceError, match="rising frames"):
            reduce_keys(times, values, bound)
    with pytest.raises(SequenceError, match="finite"):
        reduce_keys(frames, np.where(values > 0, np.nan, values), bound)
    with pytest.raises(SettingsError, match="expected one of"):
        Bound("XXY", 0.1, 1.0)
    with pytest.raises(SettingsError, match="above zero"):
        Bound("XYZ", 0.0, 1.0)
    with pytest.raises(SettingsError, match="at least"):
        Bound("XYZ", 1e-9, 1.0)


def reduction_of(sequence: PoseSequence) -> float:
    """Per cent of fewer keys at half a degree and two millimetres, on a rig of 22 mapped bones."""
    rest, rig_map = build_rig(RigPlan(rolls=1))
    result = retarget(sequence, rest, rig_map)
    return key_reduction_pct(result.bone_names, result.rotations, result.locations, np.radians(0.5), 0.002)


def test_the_share_counts_every_channel_once() -> None:
    still = np.tile([1.0, 0.0, 0.0, 0.0], (101, 2, 1))
    moved = {"a": np.zeros((101, 3)), "c": np.zeros((101, 3))}
    assert key_reduction_pct(("a", "b"), still, moved, 0.01, 0.01) == pytest.approx(100.0 * 99.0 / 101.0)


def test_seven_of_ten_keys_go() -> None:
    assert reduction_of(performer(seed=2, frames=300)) >= 70.0


def test_seven_of_ten_keys_of_real_motion_go() -> None:
    shares = [reduction_of(clip) for clip in captured(None, 600).values()]
    assert np.mean(shares) >= 70.0
