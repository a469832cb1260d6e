"""Input normalisation: what it takes away, and that its inverses are inverses."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.lift.normalise import (
    MOVEMENT_GAIN,
    TARGET_BONE_SUM_M,
    default_focal_px,
    image_rays,
    mirror_inputs,
    mirror_poses,
    normalise_size,
    person_size,
    ray_rotation,
    sequence_inputs,
    to_camera_axes,
    to_ray_axes,
    window_inputs,
)


@pytest.fixture
def people() -> NDArray[np.float64]:
    """(6, 9, 17, 3) joints about a metre across, in camera axes before six cameras."""
    rng = np.random.default_rng(7)
    joints = rng.normal(0.0, 0.3, (6, 9, 17, 3))
    places = np.stack([rng.uniform(-1.5, 1.5, 6), rng.uniform(-1, 1, 6), rng.uniform(3, 6, 6)], axis=-1)
    return joints + places[:, None, None]


def project(joints: NDArray[np.float64]) -> NDArray[np.float32]:
    return (joints[..., :2] / joints[..., 2:]).astype(np.float32)


def test_the_pelvis_ray_becomes_the_optical_axis_without_roll(people: NDArray[np.float64]) -> None:
    pelvis = project(people[:, 4, 0])
    rotation = ray_rotation(pelvis)
    ray = np.concatenate([pelvis, np.ones((6, 1), np.float32)], axis=-1)
    turned = np.einsum("nab,nb->na", rotation, ray)
    np.testing.assert_allclose(turned[:, :2], 0.0, atol=1e-6)
    assert (turned[:, 2] > 0).all()
    np.testing.assert_allclose(rotation @ rotation.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (6, 3, 3)), atol=1e-6)
    # Shortest arc: the axis of rotation is at right angles to the optical axis, so R - R^T has no z part.
    np.testing.assert_allclose(rotation[:, 0, 1], rotation[:, 1, 0], atol=1e-6)


def test_turning_the_camera_changes_no_input(people: NDArray[np.float64]) -> None:
    expected, _ = window_inputs(project(people), 4)
    onto_axis = ray_rotation(project(people[:, 4, 0])).astype(np.float64)
    turned = np.einsum("nab,nfjb->nfja", onto_axis, people)
    inputs, rotation = window_inputs(project(turned), 4)
    np.testing.assert_allclose(inputs, expected, atol=1e-4)
    np.testing.assert_allclose(rotation, np.broadcast_to(np.eye(3), (6, 3, 3)), atol=1e-5)


def test_size_of_person_and_distance_cancel(people: NDArray[np.float64]) -> None:
    expected, _ = window_inputs(project(people), 4)
    inputs, _ = window_inputs(project(people * 1.7), 4)
    np.testing.assert_allclose(inputs, expected, atol=1e-5)


def test_pixels_and_focal_length_cancel_on_the_axis() -> None:
    joints = np.random.default_rng(8).normal(0.0, 30.0, (1, 9, 17, 2))
    joints -= joints[:, 4:5, :1]
    size = np.array([1280, 720])
    expected, _ = window_inputs(image_rays(joints + size / 2, size, 1200.0), 4)
    inputs, _ = window_inputs(image_rays(joints + size / 2, size, 600.0), 4)
    np.testing.assert_allclose(inputs, expected, atol=1e-5)


def test_the_given_spine_is_ignored(people: NDArray[np.float64]) -> None:
    rays = project(people)
    expected, _ = window_inputs(rays, 4)
    rays[:, :, 7] = 99.0
    np.testing.assert_array_equal(window_inputs(rays, 4)[0], expected)


def test_camera_and_ray_axes_are_inverse(people: NDArray[np.float64]) -> None:
    poses = people[:, 4].astype(np.float32)
    rotation = ray_rotation(project(people[:, 4, 0]))
    np.testing.assert_allclose(to_camera_axes(to_ray_axes(poses, rotation), rotation), poses, atol=1e-5)


def test_mirrors_undo_themselves_and_agree(people: NDArray[np.float64]) -> None:
    inputs, rotation = window_inputs(project(people), 4)
    np.testing.assert_array_equal(mirror_inputs(mirror_inputs(inputs)), inputs)
    poses = people[:, 4].astype(np.float32)
    np.testing.assert_array_equal(mirror_poses(mirror_poses(poses)), poses)
    in_mirror, rotation_in_mirror = window_inputs(project(mirror_poses(people.astype(np.float32))), 4)
    np.testing.assert_allclose(in_mirror, mirror_inputs(inputs), atol=1e-5)
    there = to_ray_axes(mirror_poses(poses), rotation_in_mirror)
    np.testing.assert_allclose(there, mirror_poses(to_ray_axes(poses, rotation)), atol=1e-4)


def test_normalised_size_is_the_target_and_keeps_directions(people: NDArray[np.float64]) -> None:
    from inference.evaluate.metrics import limb_direction_error_deg
    from inference.joints import PARENTS

    normalised = normalise_size(people)
    bones = normalised[..., 1:, :] - normalised[..., PARENTS[1:], :]
    np.testing.assert_allclose(np.linalg.norm(bones, axis=-1).sum(-1), TARGET_BONE_SUM_M, rtol=1e-5)
    assert limb_direction_error_deg(normalised, people, PARENTS) < 1e-3
    np.testing.assert_array_equal(normalised[..., 0, :], 0.0)


def test_default_focal_length_sees_55_degrees() -> None:
    focal = default_focal_px(np.array([1080, 1920]))
    assert np.degrees(2 * np.arctan(960 / focal)) == pytest.approx(55.0)


@pytest.mark.parametrize("causal", [False, True])
def test_sequence_inputs_are_free_of_size_place_and_focal_length(causal: bool) -> None:
    rng = np.random.default_rng(5)
    rays = (rng.standard_normal((1, 1, 17, 2)) * 0.1 + 0.01 * rng.standard_normal((1, 60, 17, 2))).astype(np.float32)
    rays -= rays[:, :, :1]
    inputs, rotation = sequence_inputs(rays, 12, causal=causal)
    smaller, _ = sequence_inputs(rays * np.float32(0.5), 12, causal=causal)
    np.testing.assert_allclose(smaller, inputs, atol=1e-5)
    np.testing.assert_allclose(
        rotation @ rotation.swapaxes(-1, -2), np.broadcast_to(np.eye(3), (1, 60, 3, 3)), atol=1e-6
    )


def test_sequence_inputs_hold_the_movement_of_the_pelvis() -> None:
    person = np.random.default_rng(6).standard_normal((17, 2)).astype(np.float32) * np.float32(0.1)
    person -= person[0]
    step = np.float32(0.001)
    moving = person + step * np.arange(30, dtype=np.float32)[None, :, None, None] * np.array([1, 0], np.float32)
    inputs, _ = sequence_inputs(moving, 12)
    assert np.all(inputs[0, 0, :2] == 0)
    size = float(person_size(person[None, None])[0])
    np.testing.assert_allclose(inputs[0, 1, :2], [MOVEMENT_GAIN * step / size, 0.0], rtol=0.02, atol=1e-4)


def test_causal_sequence_inputs_do_not_depend_on_later_frames() -> None:
    rays = np.random.default_rng(7).standard_normal((1, 50, 17, 2)).astype(np.float32) * np.float32(0.1)
    changed = rays.copy()
    changed[:, 31:] *= 3.0
    before, after = (sequence_inputs(r, 12, causal=True)[0][:, :31] for r in (rays, changed))
    np.testing.assert_array_equal(before, after)
    assert not np.array_equal(*(sequence_inputs(r, 12)[0][:, :31] for r in (rays, changed)))
