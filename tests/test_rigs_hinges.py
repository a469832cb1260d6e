"""Which way limbs bend: natural axes, the axes of rest poses, and the axes over time; and what bends with them."""

from __future__ import annotations

import numpy as np
import pytest
from rigs_support import angles_deg

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.solve.hinges import bend_axes, elbow_axis, knee_axis, natural_known, relaxed_direction, rest_axis
from rigs.solve.limbs import LimbPose, carried_axis, forwards_only
from rigs.vectors import dot, reject, unit

LIMBS = [("arm", "left"), ("arm", "right"), ("leg", "")]
FRAMES, FPS = 90, 30.0
MIRROR = np.array([-1.0, 1.0, 1.0])


def natural_axis(kind: str, side: str, body: FloatArray, upper: FloatArray) -> FloatArray:
    return elbow_axis(side, body, upper) if kind == "arm" else knee_axis(body, upper)


def ways(seed: int, count: int = 100) -> FloatArray:
    """(N,3) unit, all over the sphere."""
    return unit(np.random.default_rng(seed).normal(size=(count, 3)))


def bodies(seed: int, count: int) -> FloatArray:
    """(N,3,3) rotations."""
    return quaternions.to_matrix(quaternions.normalize(np.random.default_rng(seed).normal(size=(count, 4))))


@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_relaxed_limbs_bend_the_way_people_do(kind: str, side: str) -> None:
    """Elbows to the front, knees to the back, in whatever way the body stands."""
    body, local = bodies(1, 50), unit(relaxed_direction(kind, side))
    upper = np.einsum("tij,j->ti", body, local)
    axis = natural_axis(kind, side, body, upper)
    lower = quaternions.rotate(quaternions.from_axis_angle(axis, np.full(50, 1.0)), upper)
    back = body[..., 1]
    assert np.all(dot(lower, back) > 0.5) if kind == "leg" else np.all(dot(lower, back) < -0.5)


@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_natural_axes_are_perpendicular_and_turn_with_the_body(kind: str, side: str) -> None:
    body, upper, turn = bodies(2, 100), ways(3), bodies(4, 1)[0]
    axis = natural_axis(kind, side, body, upper)
    assert np.allclose(dot(axis, upper), 0.0, atol=1e-9) and np.allclose(np.linalg.norm(axis, axis=-1), 1.0)
    assert np.allclose(natural_axis(kind, side, turn @ body, upper @ turn.T), axis @ turn.T)
    known = natural_known(kind, side, body, upper)
    assert np.allclose(natural_known(kind, side, turn @ body, upper @ turn.T), known)
    towards = dot(np.einsum("tij,j->ti", body, unit(relaxed_direction(kind, side))), upper)
    assert np.all(np.diff(known[np.argsort(towards)]) >= -1e-12) and known.min() >= 0.0
    away = -np.einsum("tij,j->ti", body, relaxed_direction(kind, side))
    assert not natural_known(kind, side, body, away).any() and natural_known(kind, side, body, -away).min() == 1.0


def test_left_elbows_are_right_ones_in_a_mirror() -> None:
    upper = ways(5)
    left = elbow_axis("left", np.eye(3), upper)
    assert np.allclose(elbow_axis("right", np.eye(3), upper * MIRROR), -left * MIRROR)  # axes are no arrows


def bent(upper: FloatArray, axis: FloatArray, bend_deg: float | FloatArray) -> FloatArray:
    """(N,3) second segments."""
    angle = np.broadcast_to(np.radians(bend_deg), upper.shape[:-1])
    return quaternions.rotate(quaternions.from_axis_angle(axis, angle), upper)


def test_rest_poses_say_their_axis_where_they_are_clearly_bent() -> None:
    upper, natural = np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, 0.0])
    own = unit(np.array([1.0, 0.3, 0.0]))
    assert np.allclose(rest_axis(upper, upper, natural), natural)
    assert np.allclose(rest_axis(upper, bent(upper, own, 3.0), natural), natural)
    assert np.allclose(rest_axis(upper, bent(upper, own, 40.0), natural), own)
    assert np.allclose(rest_axis(upper, bent(upper, -natural, 40.0), natural), natural)  # no knee does
    between = rest_axis(upper, bent(upper, own, 13.0), natural)
    assert dot(between, natural) < 1.0 - 1e-4 and dot(between, own) < 1.0 - 1e-4


def limb(kind: str, side: str, off_deg: float, bend_deg: FloatArray) -> tuple[FloatArray, ...]:
    """Body, upper, lower, natural axis, how far it is known, and the axis that the limb truly bends about.

    The limb swings around its relaxed direction, and bends about an axis that is turned away from the natural one.
    """
    frames = len(bend_deg)
    phase = np.linspace(0.0, 2.0 * np.pi, frames)
    body = quaternions.to_matrix(quaternions.exp(0.5 * phase[:, None] * np.array([0.1, 0.2, 0.5])))
    swing = quaternions.exp(0.3 * np.stack([np.sin(phase), np.cos(phase), np.zeros(frames)], axis=-1))
    local = quaternions.rotate(swing, unit(relaxed_direction(kind, side)))
    upper = np.einsum("tij,tj->ti", body, local)
    natural = natural_axis(kind, side, body, upper)
    true = bent(natural, upper, off_deg)
    return body, upper, bent(upper, true, bend_deg), natural, natural_known(kind, side, body, upper), true


@pytest.mark.parametrize("bend_deg", [30.0, 70.0, 160.0])
@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_a_bent_limb_says_its_axis_itself(kind: str, side: str, bend_deg: float) -> None:
    body, upper, lower, natural, known, true = limb(kind, side, 20.0, np.full(FRAMES, bend_deg))
    axes = bend_axes(kind, body, upper, lower, natural, known, FPS)
    assert np.allclose(dot(axes, upper), 0.0, atol=1e-9) and np.allclose(np.linalg.norm(axes, axis=-1), 1.0)
    assert angles_deg(axes, true).max() < 1.0
    turn = bodies(6, 1)[0]
    turned = bend_axes(kind, turn @ body, upper @ turn.T, lower @ turn.T, natural @ turn.T, known, FPS)
    assert np.allclose(turned, axes @ turn.T, atol=1e-9)
    back = bend_axes(kind, body[::-1], upper[::-1], lower[::-1], natural[::-1], known[::-1], FPS)[::-1]
    assert angles_deg(axes, back).max() < 0.1


@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_through_straight_frames_the_axis_is_carried(kind: str, side: str) -> None:
    straight = np.abs(np.arange(FRAMES) - 45) < 12
    body, upper, lower, natural, known, true = limb(kind, side, 25.0, np.where(straight, 0.01, 70.0))
    axes = bend_axes(kind, body, upper, lower, natural, known, FPS)
    assert angles_deg(axes, true).max() < 10.0
    assert angles_deg(axes, natural)[straight].min() > 10.0
    noisy = unit(lower + np.where(straight[:, None], 0.01 * ways(7, FRAMES), 0.0))
    assert angles_deg(bend_axes(kind, body, upper, noisy, natural, known, FPS), axes).max() < 1.0


@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_the_frame_rate_does_not_matter(kind: str, side: str) -> None:
    seconds = np.linspace(0.0, 3.0, 4 * FRAMES - 3)
    bend_deg = 45.0 - 45.0 * np.cos(4.0 * seconds)  # bent and straight by turns
    given = limb(kind, side, 30.0, bend_deg)[:-1]
    fast = bend_axes(kind, *given, 4.0 * FPS)
    slow = bend_axes(kind, *(each[::4] for each in given), FPS)
    assert angles_deg(fast[::4], slow).max() < 1.0


@pytest.mark.parametrize(("kind", "side"), LIMBS)
def test_a_limb_that_is_always_straight_has_the_natural_axis(kind: str, side: str) -> None:
    body, upper, lower, natural, known, _ = limb(kind, side, 0.0, np.full(FRAMES, 0.1))
    axes = bend_axes(kind, body, upper, lower, natural, known, FPS)
    assert np.median(angles_deg(axes, natural)) < 6.0 and angles_deg(axes, natural).max() < 15.0


def test_a_knee_that_seems_to_bend_forwards_is_not_believed_and_an_elbow_is() -> None:
    for kind, side, believed in (("leg", "", False), ("arm", "left", True)):
        body, upper, lower, natural, known, true = limb(kind, side, 180.0, np.full(FRAMES, 60.0))
        axes = bend_axes(kind, body, upper, lower, natural, known, FPS)
        assert np.median(angles_deg(axes, true if believed else natural)) < 10.0, kind


def test_only_backward_bends_are_taken_out() -> None:
    upper, axis = ways(8), unit(reject(ways(9), ways(8)))
    for bend_deg in (0.0, 5.0, 90.0, 150.0):
        pose = LimbPose(upper, bent(upper, axis, bend_deg), axis)
        assert np.allclose(forwards_only(pose).lower, pose.lower)
    for bend_deg in (5.0, 60.0):
        made = forwards_only(LimbPose(upper, bent(upper, axis, -bend_deg), axis))
        assert np.allclose(made.lower, upper)  # straight
    aside = unit(bent(upper, axis, -30.0) + 0.5 * axis)
    made = forwards_only(LimbPose(upper, aside, axis)).lower
    assert np.allclose(dot(made, np.cross(axis, upper)), 0.0, atol=1e-12)
    assert np.all(dot(made, axis) > 0.3) and np.allclose(np.linalg.norm(made, axis=-1), 1.0)


def test_the_second_segment_carries_the_axis_that_it_bends_about() -> None:
    upper, axis = ways(10), unit(reject(ways(11), ways(10)))
    for bend_deg in (0.0, 40.0, 120.0):
        assert np.allclose(carried_axis(upper, bent(upper, axis, bend_deg), axis), axis)
    lower = unit(upper + 0.4 * ways(12))
    carried = carried_axis(upper, lower, axis)
    assert np.allclose(dot(carried, lower), 0.0, atol=1e-12) and np.allclose(np.linalg.norm(carried, axis=-1), 1.0)
    swung = quaternions.rotate(quaternions.swing(upper, lower), axis)
    assert angles_deg(carried, swung).max() < 1.0
    assert angles_deg(axis, swung).max() > 10.0
