"""Fingers: found on any rig, measured as angles, and turned so that the same angles are measured again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rig_files import AVATARS, RIGS, rest_of
from rigs_support import performer

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.fingers.angles import ANGLES, palm_frame, point_angles, seen_angles
from rigs.fingers.bones import FINGERS, find_fingers
from rigs.fingers.hold import held_fingers
from rigs.fingers.turns import RigHand, finger_segments, finger_turns, read_rig_hand
from rigs.kinematics import pose_bones
from rigs.maps import RigMap, detect
from rigs.motion import RigMotion, read_motion
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget
from rigs.roles import SIDES, sided

FINGERLESS = ("kaykit_Rogue", "rigify_basic_human_generated")
FEWER = {"old_man_cmu": 2, "mpfb_cmu_mb": 2, "kenney_zombie_ue": 6}
"""Bones of the fingers of one hand, where a rig has not three of each of five."""


def adapted(rig: str) -> tuple[RigRest, RigMap]:
    rest = rest_of(rig)
    rig_map = detect(rest).rig_map
    return rig_map.adapt(rest), rig_map


def hand_of(rig: str, side: str) -> tuple[RigRest, int, RigHand]:
    rest, rig_map = adapted(rig)
    bone = rest.index(rig_map.bones(sided("hand", side))[0])
    hand = read_rig_hand(rest, bone, side)
    assert hand is not None
    return rest, bone, hand


def some_angles(seed: int, frames: int = 30) -> FloatArray:
    """(T,5,4) angles that joints can have."""
    rng = np.random.default_rng(seed)
    low, high = np.radians([-20.0, -15.0, 0.0, 0.0]), np.radians([80.0, 15.0, 95.0, 70.0])
    angles = rng.uniform(low, high, (frames, len(FINGERS), ANGLES))
    angles[:, 0] *= 0.4
    return angles


def posed_points(rest: RigRest, bone: int, hand: RigHand, angles: FloatArray) -> FloatArray:
    """(T,21,3) points of a rig's hand that was posed by its finger bones; of five fingers of three bones."""
    turns = finger_turns(rest, hand, angles)
    points = np.repeat(rest.heads[bone][None, None], len(angles), axis=0).repeat(21, axis=1)
    for number, finger in enumerate(FINGERS):
        bones = hand.fingers[finger]
        place, turn = np.repeat(rest.heads[bones[:1], :], len(angles), axis=0), np.eye(3)
        steps = finger_segments(rest, bones)
        points[:, 1 + 4 * number] = place
        for joint, name in enumerate(rest.bone_names[each] for each in bones):
            axes = rest.rest_matrices[bones[joint], :3, :3]
            turn = turn @ axes @ quaternions.to_matrix(turns[name]) @ axes.T
            place = place + turn @ steps[joint]
            points[:, 2 + 4 * number + joint] = place
    return points


@pytest.mark.parametrize("rig", [*AVATARS, *RIGS])
def test_fingers_are_found_by_name_and_alike_on_both_sides(rig: str) -> None:
    rest, rig_map = adapted(rig)
    found = [find_fingers(rest, rest.index(rig_map.bones(sided("hand", side))[0])) for side in SIDES]
    counts = [{finger: len(bones) for finger, bones in fingers.items()} for fingers in found]
    assert counts[0] == counts[1]
    expected = 0 if rig in FINGERLESS else FEWER.get(rig, 15)
    assert sum(counts[0].values()) == expected


@pytest.mark.parametrize("rig", ["woman_mixamo", "child_makehuman", "tall_woman_rigify", "quaternius_human_male_ue"])
def test_fingers_without_names_are_found_by_their_shape(rig: str) -> None:
    rest, rig_map = adapted(rig)
    hand = rest.index(rig_map.bones(sided("hand", "left"))[0])
    blind = replace(rest, bone_names=tuple(f"b{number}" for number in range(len(rest.parents))))
    assert find_fingers(blind, hand) == find_fingers(rest, hand)


@pytest.mark.parametrize("rig", [name for name in (*AVATARS, *RIGS) if name not in (*FINGERLESS, *FEWER)])
@pytest.mark.parametrize("side", SIDES)
def test_a_rig_that_was_posed_by_angles_shows_them(rig: str, side: str) -> None:
    rest, bone, hand = hand_of(rig, side)
    angles = some_angles(3)
    shown = point_angles(posed_points(rest, bone, hand, angles), side)
    at_rest = point_angles(posed_points(rest, bone, hand, resting(hand)), side)
    assert np.degrees(np.abs(shown - angles)[:, 1:]).max() < 2.0
    # the thumb's angles are steps from its pose at rest
    assert np.degrees(np.abs(shown - at_rest - angles)[:, 0]).max() < 2.0


@pytest.mark.parametrize("rig", ["woman_mixamo", "tall_woman_rigify", "athlete_vrm"])
def test_what_one_hand_shows_makes_the_other_its_mirror_image(rig: str) -> None:
    angles = some_angles(5)
    left, right = (hand_of(rig, side) for side in SIDES)
    shown = [point_angles(posed_points(*hand, angles), side) for hand, side in zip((left, right), SIDES, strict=True)]
    mirrored = point_angles(posed_points(*left, angles) * np.array([-1.0, 1.0, 1.0]), "right")
    assert np.degrees(np.abs(shown[0] - shown[1])[:, 1:]).max() < 1e-6
    assert np.degrees(np.abs(mirrored - shown[0])).max() < 1e-6


def resting(hand: RigHand) -> FloatArray:
    """(1,5,4) angles of a hand of five fingers of three bones at rest; the thumb's count from there."""
    return np.stack([hand.rest[finger] * (finger != "thumb") for finger in FINGERS])[None]


def test_a_hand_that_is_told_to_rest_rests() -> None:
    rest, _, hand = hand_of("woman_mixamo", "left")
    for turn in finger_turns(rest, hand, resting(hand)).values():
        assert np.degrees(np.linalg.norm(quaternions.log(turn))) < 1e-4


def test_a_mitten_takes_the_mean_of_all_fingers_that_it_stands_for() -> None:
    rest, _, hand = hand_of("kenney_zombie_ue", "left")
    angles = some_angles(7)
    spread = angles.copy()
    spread[:, 1:, [0, 2, 3]] = angles[:, 1:, [0, 2, 3]].mean(axis=1, keepdims=True)
    one, other = (finger_turns(rest, hand, each) for each in (angles, spread))
    assert all(np.allclose(one[name], other[name]) for name in one)


def test_palm_frames_of_left_hands_are_mirror_images_of_right_ones() -> None:
    rng = np.random.default_rng(1)
    wrist, index, little = rng.normal(size=(3, 3))
    mirror = np.array([-1.0, 1.0, 1.0])
    right = palm_frame(wrist, index, little, "right")
    left = palm_frame(wrist * mirror, index * mirror, little * mirror, "left")
    assert np.allclose(left, mirror[:, None] * right)
    assert np.isclose(np.linalg.det(left), -1.0)


def still(frames: int, known: slice) -> FloatArray:
    """(T,5,4) a fist, known in some frames."""
    angles = np.full((frames, len(FINGERS), ANGLES), np.nan)
    angles[known] = np.radians([60.0, 0.0, 70.0, 40.0])
    return angles


def test_unseen_hands_are_held_for_half_a_second_then_rest_without_a_jump() -> None:
    times = np.arange(120) / 30.0
    held = held_fingers(still(120, slice(0, 30)), times)
    assert held is not None
    assert np.allclose(held[30:44], held[29])
    assert np.allclose(held[65:], held[-1])
    assert not np.allclose(held[-1], held[29], atol=0.1)
    assert np.degrees(np.abs(np.diff(held, axis=0))).max() < 8.0


def test_single_wrong_frames_do_not_count_and_joints_keep_their_limits() -> None:
    times = np.arange(60) / 30.0
    angles = still(60, slice(None))
    clean = held_fingers(angles, times)
    angles[20] = np.radians([-90.0, 60.0, -60.0, -60.0])
    spiked = held_fingers(angles, times)
    assert clean is not None and spiked is not None
    assert np.degrees(np.abs(spiked - clean)).max() < 1e-6
    over = held_fingers(angles * 0.0 + np.radians(170.0), times)
    assert over is not None and np.degrees(over).max() < 120.0


def test_hands_never_seen_have_no_angles() -> None:
    assert held_fingers(still(10, slice(0, 0)), np.arange(10) / 30.0) is None


@pytest.mark.parametrize("rig", ["woman_mixamo", "rigify_human_generated", "old_man_cmu"])
def test_retargeting_adds_finger_bones_only_when_asked(rig: str) -> None:
    rest = rest_of(rig)
    rig_map = detect(rest).rig_map
    angles = some_angles(9, 60)
    sequence = replace(performer(1, frames=60), fingers={"left": angles}, exact=True)
    plain, full = (retarget(sequence, rest, rig_map, RetargetSettings(fingers=wanted)) for wanted in (False, True))
    added = full.bone_names[len(plain.bone_names) :]
    assert full.bone_names[: len(plain.bone_names)] == plain.bone_names
    assert np.array_equal(full.rotations[:, : len(plain.bone_names)], plain.rotations)
    adapted_rest = rig_map.adapt(rest)
    hand = adapted_rest.index(rig_map.bones(sided("hand", "left"))[0])
    fingers = {adapted_rest.bone_names[bone] for bones in find_fingers(adapted_rest, hand).values() for bone in bones}
    assert set(added) == fingers


@pytest.mark.parametrize("rig", ["woman_mixamo", "child_makehuman", "tall_woman_rigify"])
def test_fingers_of_a_motion_file_are_those_that_its_rig_was_posed_by(rig: str) -> None:
    rest = rest_of(rig)
    rig_map = detect(rest).rig_map
    angles = {side: some_angles(number, 40) for number, side in enumerate(SIDES)}
    source = replace(performer(2, frames=40), fingers=angles, exact=True)
    posed = pose_bones(rest, retarget(source, rest, rig_map, RetargetSettings(fingers=True)))
    read = read_motion(RigMotion(rest, posed, 30.0), rig_map)
    for side in SIDES:
        assert np.degrees(np.abs(read.fingers[side] - angles[side])).max() < 0.5


def test_how_a_detector_sees_fingers_is_set_right_without_touching_open_hands() -> None:
    rest, bone, hand = hand_of("woman_mixamo", "right")
    angles = some_angles(11)
    angles[:5, 1:, [0, 2, 3]] = 0.0
    points = posed_points(rest, bone, hand, angles)
    spanned, seen = point_angles(points, "right"), seen_angles(points, "right")
    assert np.degrees(np.abs(seen[:5, 1:, [0, 2, 3]])).max() < 1e-6
    assert np.allclose(seen[:, 1:, 2:].sum(axis=-1), spanned[:, 1:, 2:].sum(axis=-1))
    assert np.allclose(seen[:, 1:, 1], spanned[:, 1:, 1])
    assert (np.abs(seen[5:, 1:, 0]) > np.abs(spanned[5:, 1:, 0])).all()
