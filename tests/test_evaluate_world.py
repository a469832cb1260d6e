"""The measures of the world find nothing wrong with the truth, and each fault that is put into it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.clip import Clip3D, Track17
from inference.evaluate.lean import lean_figures, lean_rows, lean_table, standing
from inference.evaluate.world import (
    LIFTER,
    REFINED,
    SMOOTHED,
    flat_keys,
    measure_lifter,
    measure_smoothed,
    measure_stage,
    table,
)
from inference.evaluate.world_clips import OCCLUDED, PLAIN, TILTED, WorldClip
from inference.evaluate.world_measures import motion_figures, path_figures, pose_figures
from inference.joints import INDEX, PARENTS
from inference.keypoint_track import KeypointTrack
from inference.refine.world import world_from_camera
from rigs.smoothing import adaptive

FRAMES, FPS, FOCAL = 150, 30.0, 800.0
STANDING = np.array(
    [[0, 0, 93], [-10, 0, 93], [-10, 1, 50], [-10, 0, 8], [10, 0, 93], [10, 1, 50], [10, 0, 8], [0, 3, 115],
     [0, 0, 143], [0, -10, 160], [0, 0, 175], [18, 0, 143], [30, 0, 118], [35, -10, 95], [-18, 0, 143],
     [-30, 0, 118], [-35, -10, 95]]
) / 100.0  # fmt: skip


def walker(roll_deg: float = 0.0) -> WorldClip:
    """Somebody who steps along and punches, 5 m before a camera that is rolled; lifted without an error."""
    times = np.arange(FRAMES) / FPS
    world = np.repeat(STANDING[None], FRAMES, axis=0)
    stride = np.clip(np.stack([times % 2.0, (times + 1.0) % 2.0]) - 1.0, 0.0, 1.0) + np.stack(
        [times // 2.0, (times + 1.0) // 2.0]
    )
    for ankle, step in zip(("left_ankle", "right_ankle"), stride, strict=True):
        world[:, INDEX[ankle], 0] += 1.2 * step - 0.6 * times
    world[..., 0] += (0.6 * times)[:, None]
    world[:, INDEX["right_wrist"], 1] -= 0.5 * np.exp(-0.5 * (((times % 1.0) - 0.5) / 0.06) ** 2)
    roll = np.radians(roll_deg)
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]) @ level
    truth = (world + np.array([-1.5, 5.0, -1.0])) @ turn.T
    px = (FOCAL * truth[..., :2] / truth[..., 2:] + [640, 360]).astype(np.float32)
    confidence = np.ones((FRAMES, 17), np.float32)
    unknown = np.full((FRAMES, 17, 3), np.nan, np.float32)
    track = KeypointTrack("h36m-17", px, confidence, unknown, times, FPS, (1280, 720))
    seen = Track17(
        px.astype(np.float64), confidence.astype(np.float64), np.ones(FRAMES, np.bool_), np.zeros((FRAMES, 2), np.bool_)
    )
    hidden = (times > 2.0) & (times < 3.0)
    lifted = truth - truth[:, :1]
    return WorldClip("01_01", track, seen, lifted, lifted, truth, turn[:, 2], -1.0, FOCAL, hidden, True)


def placed(clip: WorldClip, joints: np.ndarray, up: np.ndarray) -> Clip3D:
    matrix, still = world_from_camera(joints[0, 0], up, clip.floor_m), np.ones(len(joints))
    cameras = np.tile(matrix, (len(joints), 1, 1))
    return Clip3D(
        joints, joints, matrix, FOCAL, cameras, still, np.ones((len(joints), 2)), np.ones((len(joints), 2, 2))
    )


def test_nothing_is_wrong_with_the_truth() -> None:
    clip = walker(10.0)
    truth = [placed(clip, clip.truth_m, clip.up)]
    assert max({**path_figures([clip], truth), **lean_figures([clip], truth)}.values()) < 1e-6
    assert pose_figures([clip], [clip.truth_m])["p_mpjpe_mm"] == pytest.approx(0.0, abs=1e-6)
    motion = motion_figures([clip], [clip.truth_m])
    assert motion["acceleration_error_m_s2"] == pytest.approx(0.0, abs=1e-9)
    assert motion["punch_peak_kept"] == pytest.approx(1.0)
    assert motion["foot_slide_mm"] == pytest.approx(0.0, abs=1e-6)
    assert clip.heights_m[0, INDEX["head"]] == pytest.approx(1.75)


@pytest.mark.parametrize("lean_deg", [3.0, 25.0])
def test_a_lean_is_measured(lean_deg: float) -> None:
    clip = walker(lean_deg)
    assert standing(clip).any()
    level = placed(clip, clip.truth_m, np.array([0.0, -1.0, 0.0]))
    assert lean_figures([clip], [level])["lean_deg"] == pytest.approx(lean_deg)


def holding(pose: np.ndarray) -> WorldClip:
    """A pose (17, 3), Z up, held before a level camera."""
    seen = pose @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T
    return replace(walker(), truth_m=np.repeat(seen[None], FRAMES, axis=0))


def test_only_who_stands_counts_as_standing() -> None:
    squatting, lying = STANDING.copy(), STANDING[:, [0, 2, 1]]
    squatting[[INDEX["left_ankle"], INDEX["right_ankle"]]] += [0.0, 0.3, 0.3]
    stands, falls = holding(STANDING), holding(lying)
    assert standing(stands).all()
    assert not standing(holding(squatting)).any()
    assert not standing(falls).any()
    half = np.array([0.0, -1.0, 1.0]) / np.sqrt(2.0)
    made = [placed(stands, stands.truth_m, stands.up), placed(falls, falls.truth_m, half)]
    figures = lean_figures([stands, falls], made)
    assert figures["lean_deg"] == pytest.approx(0.0, abs=1e-6)
    assert figures["lean_all_deg"] == pytest.approx(22.5)


def test_each_step_towards_up_has_a_row() -> None:
    clip = walker(20.0)
    rows = lean_rows([clip])
    leans = {(row["poses"], row["up"]): row["all"] for row in rows}
    assert leans["true poses", "level"] == pytest.approx(20.0)
    assert leans["true poses", "balance"] < 5.0
    assert leans["lifted poses", "network, floor"] < 10.0
    assert len(lean_table(rows).splitlines()) == 2 + len(rows)


def test_a_path_that_is_too_long_is_measured_and_a_turned_one_is_not() -> None:
    clip = walker()
    late = np.maximum(clip.track.times_s - 1.0, 0.0)
    longer = clip.truth_m + (0.06 * late)[:, None, None] * np.array([1.0, 0.0, 0.0])
    turned = clip.truth_m @ np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    end, still = (path_figures([clip], [placed(clip, j, clip.up)])["root_end_error_pct"] for j in (longer, turned))
    travelled = 0.6 * clip.track.times_s[-1]
    assert end == pytest.approx(100.0 * 0.06 * late[-1] / travelled)
    assert still == pytest.approx(0.0, abs=1e-6)


def test_bones_that_stretch_and_feet_that_slide_are_measured() -> None:
    clip = walker()
    stretched = clip.truth_m.copy()
    stretched[50:60, INDEX["head"]] += 0.1 * (clip.truth_m[50:60, INDEX["head"]] - clip.truth_m[50:60, INDEX["nose"]])
    lengths = np.linalg.norm(stretched - stretched[:, PARENTS], axis=-1)[:, INDEX["head"]]
    true = np.linalg.norm(clip.truth_m - clip.truth_m[:, PARENTS], axis=-1)
    change = pose_figures([clip], [stretched])["bone_length_change"]
    assert change >= np.ptp(lengths) / lengths.mean() - 1e-9 > 0.0
    assert np.ptp(true[:, INDEX["head"]]) < 1e-9
    sliding = clip.truth_m + (0.3 * clip.track.times_s)[:, None, None] * np.array([1.0, 0.0, 0.0])
    before, after = (motion_figures([clip], [j])["foot_slide_mm"] for j in (clip.truth_m, sliding))
    assert after - before == pytest.approx(10.0)


def test_every_promised_figure_is_there() -> None:
    clip = walker(5.0)
    clips = {PLAIN: [clip, clip], TILTED: [clip], OCCLUDED: [replace(clip, alone=clip.lifted * 1.1 + 0.01)] * 2}

    def shaken(one: WorldClip) -> Clip3D:
        joints = one.truth_m + np.random.default_rng(1).normal(0.0, 0.01, one.truth_m.shape)
        return placed(one, joints, one.up)

    noise = np.random.default_rng(0).normal(0, 0.01, clip.lifted.shape)
    noisy = {PLAIN: [replace(clip, alone=clip.lifted + noise)] * 2}
    stages = {LIFTER: measure_lifter({**clips, **noisy}), REFINED: measure_stage(clips, shaken)}
    stages[SMOOTHED] = measure_smoothed(clips[PLAIN], shaken, adaptive)
    keys = flat_keys(stages)
    assert all(np.isfinite(list(keys.values())))
    assert keys["p_mpjpe_over_lifter"] == pytest.approx(1.0, abs=0.02)
    assert "p_mpjpe_mm" in table(stages)
