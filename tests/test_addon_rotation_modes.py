"""Rotation channels: the same rotation in every mode, and no jumps."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from blender_host import load_package
from scipy.spatial.transform import Rotation

load_package()
modes = importlib.import_module("pose_from_video.addon.rotation_modes")

RNG = np.random.default_rng(7)


def _smooth(frames: int = 600, speed: float = 0.05) -> np.ndarray:
    """A smooth random walk over all rotations, (T, 4) wxyz, with random signs."""
    axis = np.cumsum(RNG.normal(size=(frames, 3)), axis=0)
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    rotation, out = Rotation.identity(), []
    for step in axis:
        rotation = Rotation.from_rotvec(step * speed) * rotation
        out.append(rotation.as_quat(scalar_first=True))
    return np.array(out) * RNG.choice([-1.0, 1.0], size=(frames, 1))


def _distance(a: Rotation, b: Rotation) -> float:
    return float(np.max((a.inv() * b).magnitude()))


@pytest.mark.parametrize("order", modes.EULER_ORDERS)
def test_euler_angles_give_back_the_rotation(order: str) -> None:
    quaternions = RNG.normal(size=(500, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    angles = modes.to_euler(quaternions, order)
    columns = ["XYZ".index(axis) for axis in order]
    # scipy: lower case is extrinsic, that is, about fixed axes in the order written, as Blender does.
    back = Rotation.from_euler(order.lower(), angles[:, columns])
    assert _distance(back, Rotation.from_quat(quaternions, scalar_first=True)) < 1e-6


@pytest.mark.parametrize("order", modes.EULER_ORDERS)
def test_euler_angles_run_on_past_half_turns(order: str) -> None:
    turns = np.linspace(0.0, 6.0 * np.pi, 400)
    axis = "XYZ".index(order[0])
    quaternions = Rotation.from_rotvec(turns[:, None] * np.eye(3)[axis]).as_quat(scalar_first=True)
    angles = modes.to_euler(quaternions, order)
    assert np.allclose(angles[:, axis], turns, atol=1e-6)


@pytest.mark.parametrize("order", modes.EULER_ORDERS)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_euler_angles_are_right_and_steady_through_gimbal_lock(order: str, sign: float) -> None:
    columns = ["XYZ".index(axis) for axis in order]
    middle = sign * np.linspace(0.3, np.pi - 0.3, 301)
    wanted = np.stack([np.full(301, 0.4), middle, np.full(301, -0.2)], axis=1)
    rotations = Rotation.from_euler(order.lower(), wanted)
    angles = modes.to_euler(rotations.as_quat(scalar_first=True), order)
    assert _distance(Rotation.from_euler(order.lower(), angles[:, columns]), rotations) < 1e-6
    assert np.allclose(angles[:, columns], wanted, atol=1e-4)


def test_euler_exactly_at_gimbal_lock() -> None:
    quaternions = Rotation.from_euler("xyz", [[0.5, np.pi / 2, 0.0]] * 3).as_quat(scalar_first=True)
    angles = modes.to_euler(quaternions, "XYZ")
    assert np.all(np.isfinite(angles))
    assert _distance(Rotation.from_euler("xyz", angles), Rotation.from_quat(quaternions, scalar_first=True)) < 1e-6


def test_an_unknown_order_is_named() -> None:
    with pytest.raises(ValueError, match="'XYX'"):
        modes.to_euler(_smooth(3), "XYX")


@pytest.mark.parametrize("mode", ["QUATERNION", "AXIS_ANGLE", *modes.EULER_ORDERS])
def test_channels_of_smooth_motion_are_smooth(mode: str) -> None:
    _, values = modes.channels(_smooth(), mode)
    # Euler angles may run fast near gimbal lock, but they never jump by a turn or half of one.
    limit = 2.5 if mode in modes.EULER_ORDERS else 0.2
    if mode == "AXIS_ANGLE":
        # At a whole turn the axis is undetermined: what must not jump is the rotation vector's half.
        values = np.column_stack([np.cos(values[:, 0] / 2), np.sin(values[:, :1] / 2) * values[:, 1:]])
    assert np.max(np.abs(np.diff(values, axis=0))) < limit


def test_axis_and_angle_give_back_the_rotation() -> None:
    quaternions = _smooth()
    values = modes.to_axis_angle(quaternions)
    assert np.allclose(np.linalg.norm(values[:, 1:], axis=1), 1.0)
    back = Rotation.from_rotvec(values[:, :1] * values[:, 1:])
    assert _distance(back, Rotation.from_quat(quaternions, scalar_first=True)) < 1e-6


def test_axis_keeps_its_side_through_rest() -> None:
    angles = np.linspace(-0.5, 0.5, 11)
    quaternions = Rotation.from_rotvec(angles[:, None] * [[0.0, 0.0, 1.0]]).as_quat(scalar_first=True)
    values = modes.to_axis_angle(quaternions)
    assert np.allclose(values[:, 0] * values[:, 3], angles, atol=1e-9)
    assert np.allclose(values[:, 1:], values[0, 1:], atol=1e-9)


def test_sign_continuity_keeps_the_rotations() -> None:
    quaternions = _smooth()
    fixed = modes.sign_continuous(quaternions)
    assert np.all(np.sum(fixed[1:] * fixed[:-1], axis=1) >= 0.0)
    assert np.allclose(np.abs(np.sum(fixed * quaternions, axis=1)), 1.0)
