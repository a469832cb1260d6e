"""Geometry of the clip: smoothing, bone lengths, the root's path, up and floor. Properties and round trips."""

from __future__ import annotations

import numpy as np
import pytest

from inference import joints
from inference.lift.gaps import fill_gaps
from inference.refine import balance, bones, contact, fill, floor, root, sink, smooth, swaps, upright, world

AT = joints.INDEX


def standing_pose() -> np.ndarray:
    """(17, 3) metres, Z up, facing -Y, soles at 0, height 1.75."""
    pose = np.zeros((17, 3))
    for side, x in (("left", 1.0), ("right", -1.0)):
        pose[AT[f"{side}_hip"]] = (0.10 * x, 0.0, 0.93)
        pose[AT[f"{side}_knee"]] = (0.10 * x, -0.01, 0.50)
        pose[AT[f"{side}_ankle"]] = (0.10 * x, 0.0, 0.077)
        pose[AT[f"{side}_shoulder"]] = (0.18 * x, 0.0, 1.43)
        pose[AT[f"{side}_elbow"]] = (0.30 * x, 0.0, 1.18)
        pose[AT[f"{side}_wrist"]] = (0.35 * x, -0.1, 0.95)
    pose[AT["pelvis"]], pose[AT["thorax"]] = (0, 0, 0.93), (0, 0, 1.43)
    pose[AT["spine"]], pose[AT["nose"]], pose[AT["head"]] = (0, 0.03, 1.15), (0, -0.1, 1.6), (0, 0, 1.75)
    return pose


def walking_clip(frames: int = 90) -> np.ndarray:
    """(T, 17, 3): the pose walks along a curve and turns, legs swinging in turn with one foot always down."""
    time = np.arange(frames) / 30.0
    clip = np.repeat(standing_pose()[None], frames, axis=0)
    for side, phase in (("left", 0.0), ("right", np.pi)):
        lift = 0.06 * np.maximum(np.sin(2 * np.pi * time + phase), 0.0)
        clip[:, AT[f"{side}_ankle"], 2] += lift
        clip[:, AT[f"{side}_knee"], 1] -= lift
    angle = 0.8 * np.sin(time)
    turn = np.zeros((frames, 3, 3))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 1, 0], turn[:, 0, 1], turn[:, 2, 2] = np.sin(angle), -np.sin(angle), 1.0
    path = np.stack([0.5 * np.sin(time), -0.8 * time, np.zeros(frames)], axis=-1)
    return np.einsum("tab,tjb->tja", turn, clip) + path[:, None]


def camera_from_world(pitch_deg: float, roll_deg: float, height_m: float, distance_m: float) -> np.ndarray:
    """(4, 4) for a camera in front of the origin that looks along +Y, pitched down and rolled."""
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    pitch, roll = np.radians([pitch_deg, roll_deg])
    down = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    side = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = side @ down @ level
    matrix[:3, 3] = -matrix[:3, :3] @ np.array([0.0, -distance_m, height_m])
    return matrix


@pytest.mark.parametrize("cutoff", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("fps", [24.0, 60.0, 240.0])
def test_smoothing_halves_its_cutoff_at_any_rate_and_shifts_nothing(cutoff: float, fps: float) -> None:
    times = np.arange(int(8 * fps)) / fps
    wave = np.sin(2 * np.pi * cutoff * times)
    inner = slice(int(2 * fps), int(6 * fps))
    smoothed = smooth.smooth(wave, times, cutoff)
    gain = smoothed[inner] @ wave[inner] / (wave[inner] @ wave[inner])
    assert gain == pytest.approx(0.5, abs=0.12 if cutoff > fps / 10 else 0.02)
    assert np.abs(smoothed[inner] - gain * wave[inner]).max() < 1e-3


def test_smoothing_keeps_straight_motion_on_uneven_times() -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.005, 0.2, 200))
    line = np.stack([3.0 * times - 2.0, np.full(200, 4.0)], axis=-1)
    assert np.allclose(smooth.smooth(line, times, 0.5), line, atol=1e-8)


def test_smoothing_bridges_frames_without_weight() -> None:
    times = np.arange(60) / 30.0
    values, weights = times**2, np.ones(60)
    values[20:26], weights[20:26] = 100.0, 0.0
    assert np.abs(smooth.smooth(values, times, 6.0, weights)[15:31] - times[15:31] ** 2).max() < 1e-3


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_short_clips_pass(frames: int) -> None:
    values = np.arange(frames, dtype=float)
    assert np.allclose(smooth.smooth(values, np.arange(frames) / 30.0, 1.0), values)


def test_bone_lengths_become_constant_and_symmetric_and_directions_stay() -> None:
    rng = np.random.default_rng(3)
    clip = walking_clip() + rng.normal(0, 0.02, (90, 17, 3))
    lengths = bones.clip_bone_lengths(clip, np.ones(90, bool))
    fixed = bones.impose_bone_lengths(clip, lengths)
    measured = np.linalg.norm(fixed - fixed[:, joints.PARENTS], axis=-1)
    assert np.allclose(measured[:, 1:], lengths[1:])
    assert np.allclose(lengths[list(joints.LEFT)], lengths[list(joints.RIGHT)])
    before, after = ((c - c[:, joints.PARENTS])[:, 1:] for c in (clip, fixed))
    cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
    assert np.allclose(cosine, 1.0)
    assert np.allclose(bones.impose_bone_lengths(fixed, lengths), fixed)


@pytest.mark.parametrize("seed", range(3))
def test_the_root_is_found_again_from_exact_rays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    poses = rng.normal(0, 0.4, (20, 17, 3))
    poses -= poses[:, :1]
    truth = np.stack([rng.uniform(-1, 1, 20), rng.uniform(-1, 1, 20), rng.uniform(3, 8, 20)], axis=-1)
    placed = poses + truth[:, None]
    rays = placed[..., :2] / placed[..., 2:]
    assert np.allclose(root.solve_root(poses, rays, np.ones((20, 17))), truth, atol=1e-6)
    assert np.allclose(root.solve_root_at_depth(poses, rays, np.ones((20, 17)), truth[:, 2]), truth, atol=1e-6)


def test_one_wild_joint_hardly_moves_the_root() -> None:
    rng = np.random.default_rng(5)
    poses = np.repeat(standing_pose()[None] @ camera_from_world(0, 0, 1, 4)[:3, :3].T, 10, axis=0)
    poses -= poses[:, :1]
    truth = np.stack([rng.uniform(-1, 1, 10), rng.uniform(-1, 1, 10), rng.uniform(3, 6, 10)], axis=-1)
    rays = (poses + truth[:, None])[..., :2] / (poses + truth[:, None])[..., 2:]
    rays[:, AT["left_wrist"]] += 0.3
    assert np.linalg.norm(root.solve_root(poses, rays, np.ones((10, 17))) - truth, axis=-1).max() < 1e-3


@pytest.mark.parametrize(("pitch", "roll", "height"), [(0, 0, 1.0), (15, 0, 1.8), (-10, 4, 0.4), (25, -5, 2.5)])
def test_the_world_comes_back_from_any_camera(pitch: float, roll: float, height: float) -> None:
    clip = walking_clip()
    camera = camera_from_world(pitch, roll, height, 4.0)
    seen = world.transform(camera, clip)
    detected = np.ones(len(clip), bool)
    balanced = balance.balance_up(seen, detected)
    guess = upright.Up(balanced, (np.eye(3) - np.outer(balanced, balanced)) / np.radians(7.0) ** 2)
    up, floor_m = floor.fit_floor(seen, guess, detected, 3.0)
    matrix = world.world_from_camera(seen[0, 0], up, floor_m)
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0)
    back = world.transform(matrix, seen)
    assert np.allclose(back[0, 0, :2], 0.0)
    # Up to the heading, which is the camera's, the clip stands as it did.
    assert np.abs(back[..., 2] - clip[..., 2]).max() < 0.05
    assert np.abs(back - (clip - [*clip[0, 0, :2], 0.0])).max() < 0.15


def test_a_level_camera_maps_x_z_minus_y() -> None:
    matrix = world.world_from_camera(np.zeros(3), balance.LEVEL_UP, 0.0)
    assert np.allclose(matrix[:3, :3] @ [1.0, 2.0, 3.0], [1.0, 3.0, -2.0])


def test_lying_down_does_not_tip_the_world() -> None:
    lying = walking_clip()[..., [2, 1, 0]]
    assert np.allclose(balance.balance_up(lying, np.ones(len(lying), bool)), balance.LEVEL_UP)


def test_gaps_are_interpolated_over_true_time_and_ends_are_held() -> None:
    times = np.array([0.0, 0.1, 0.2, 1.0, 1.1])
    px = np.full((5, 17, 2), np.nan)
    px[1], px[3] = 10.0, 100.0
    seen = np.isfinite(px[..., 0])
    filled = fill_gaps(px, seen, times)
    assert np.allclose(filled[:, 4, 0], [10.0, 10.0, 20.0, 100.0, 100.0])


def test_frames_without_a_person_are_bridged_in_space() -> None:
    times = np.array([0.0, 0.1, 0.4, 0.5, 0.6])
    path = np.arange(15.0).reshape(5, 3) ** 2
    bridged = fill.bridge(path, np.array([False, True, False, True, False]), times)
    assert np.allclose(bridged[[0, 1, 3, 4]], path[[1, 1, 3, 3]])
    assert np.allclose(bridged[2], 0.25 * path[1] + 0.75 * path[3])


def test_a_joint_that_is_never_seen_lies_on_its_parent() -> None:
    px = np.random.default_rng(6).uniform(0, 100, (4, 17, 2))
    seen = np.ones((4, 17), bool)
    seen[:, [AT["left_knee"], AT["left_ankle"], AT["pelvis"]]] = False
    filled = fill_gaps(px, seen, np.arange(4.0))
    assert np.allclose(filled[:, AT["left_ankle"]], px[:, AT["left_hip"]])
    assert np.isfinite(filled).all()


def test_spikes_are_found_and_motion_is_not() -> None:
    times = np.arange(60) / 30.0
    clip = world.transform(camera_from_world(5, 0, 1, 5), walking_clip(60))
    px = 800 * clip[..., :2] / clip[..., 2:]
    seen = np.ones((60, 17), bool)
    assert not fill.spikes(px, seen, times).any()
    px[30, AT["left_wrist"]] += 150.0
    px[10:12, AT["right_ankle"]] -= 150.0
    found = np.argwhere(fill.spikes(px, seen, times)).tolist()
    assert found == [[10, AT["right_ankle"]], [11, AT["right_ankle"]], [30, AT["left_wrist"]]]


def seen_walk(frames: int, distance_m: float = 5.0) -> np.ndarray:
    """(T, 17, 2) pixels of the walking figure, which turns but never shows its profile."""
    clip = world.transform(camera_from_world(5, 0, 1, distance_m), walking_clip(frames))
    return 160 * distance_m * clip[..., :2] / clip[..., 2:]


@pytest.mark.parametrize("limb", [0, 1])
def test_left_and_right_are_changed_back(limb: int) -> None:
    px, times = seen_walk(90), np.arange(90) / 30.0
    assert not swaps.mixed_up(px, times, 280.0).any()
    mixed = np.zeros((90, 2), bool)
    mixed[[10, 11, 12, 40], limb] = True
    given = swaps.swap_back(px, mixed)
    assert np.abs(given - px).max() > 10.0
    found = swaps.mixed_up(given, times, 280.0)
    assert np.array_equal(found, mixed)
    assert np.array_equal(swaps.swap_back(given, found), px)


def test_what_a_detector_says_for_long_is_believed() -> None:
    px, times = seen_walk(300, 20.0), np.arange(300) / 30.0
    turned = np.zeros((300, 2), bool)
    turned[100:250] = True
    assert not swaps.mixed_up(swaps.swap_back(px, turned), times, 280.0)[110:240].any()


def test_standing_feet_stop_sliding_and_a_right_path_stays_right() -> None:
    clip = world.transform(camera_from_world(8, 0, 1.5, 5), np.repeat(standing_pose()[None], 120, axis=0))
    times = np.arange(120) / 30.0
    poses, truth = clip - clip[:, :1], clip[:, 0]
    assert np.allclose(contact.plant_feet(poses, truth, times, np.ones((120, 2))), truth, atol=1e-6)
    wavering = truth * (1.0 + 0.03 * np.sin(2 * np.pi * 0.7 * times))[:, None]
    planted = contact.plant_feet(poses, wavering, times, np.ones((120, 2)))
    slide = [np.linalg.norm(np.diff(path, axis=0), axis=-1).mean() * 30 for path in (wavering, planted)]
    assert slide[1] < 0.05 * slide[0]
    assert np.linalg.norm(planted - truth, axis=-1).mean() < 0.2 * np.linalg.norm(wavering - truth, axis=-1).mean()


def test_a_path_without_standing_feet_stays_as_it_is() -> None:
    clip = world.transform(camera_from_world(8, 0, 1.5, 5), np.repeat(standing_pose()[None], 60, axis=0))
    times = np.arange(60) / 30.0
    poses = clip - clip[:, :1]
    gliding = clip[:, 0] + np.outer(times, [1.5, 0.0, 0.0])
    assert np.allclose(contact.plant_feet(poses, gliding, times, np.zeros((60, 2))), gliding)


def test_what_stands_on_the_floor_stays_where_it_is() -> None:
    clip = walking_clip(60)
    assert np.array_equal(sink.keep_above_floor(clip, np.arange(60) / 30, 1.75), clip)


def test_a_fall_off_a_wall_ends_on_the_floor_without_a_jolt() -> None:
    times = np.arange(120) / 30
    clip = np.repeat(standing_pose()[None], 120, axis=0)
    clip[..., 2] -= 2.0 * np.clip(times - 1.5, 0.0, 1.0)[:, None]
    raised = sink.keep_above_floor(clip, times, 1.75)
    assert raised[:, :, 2].min() > 0.0
    assert np.array_equal(raised[:30], clip[:30])
    assert np.allclose(np.diff(raised - clip, axis=1), 0.0)  # whole poses
    assert np.abs(np.diff(raised[:, 0, 2])).max() < 0.1
