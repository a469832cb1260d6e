"""Joints that a detector presses into the half of a body that it sees are told from those of somebody who turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.clip import track_joints
from inference.joints import NAMES
from inference.keypoint_track import KeypointTrack
from inference.refine import hidden_network
from inference.refine.hidden_network import doubted

TRUTH = Path(__file__).resolve().parents[1] / "samples" / "film_truth.npz"
HALF = slice(150, 180)


def film() -> tuple[np.ndarray, np.ndarray]:
    """The joints of the sample film where they are, (360, 17, 2) pixels, and its times."""
    with np.load(TRUTH) as truth:
        joints, focal = truth["joints_camera_m"].astype(np.float64), float(truth["focal_px"])
        return focal * joints[..., :2] / joints[..., 2:] + truth["image_size_px"] / 2, truth["frame_times_s"]


PX, TIMES_S = film()
SURE = np.full(PX.shape[:2], 0.95)


def pressed(side: str) -> tuple[np.ndarray, np.ndarray]:
    """One side's limbs on those of the other side for a second, and whose joints these are."""
    own = [number for number, name in enumerate(NAMES) if name.startswith(side)]
    twins = [NAMES.index(NAMES[number].replace(side, "left" if side == "right" else "right")) for number in own]
    px, moved = PX.copy(), np.zeros(PX.shape[:2], np.bool_)
    px[HALF, own] = PX[HALF, twins] + np.random.default_rng(3).normal(0.0, 1.0, (30, len(own), 2))
    moved[HALF, own] = True
    far = np.linalg.norm(px - PX, axis=-1) > 0.1 * float(np.median(np.ptp(PX[..., 1], axis=1)))
    return px, moved & far


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_side_on_the_other_side_is_doubted(side: str) -> None:
    px, off = pressed(side)
    found = doubted(px, np.where(off, 0.6, SURE), TIMES_S)
    assert off.any()
    assert found.min() >= 0.0 and found.max() <= 1.0
    assert found[off].mean() > 10 * found[~off].mean()
    assert found[off].mean() > 0.4


def test_a_body_that_moves_as_bodies_do_is_believed() -> None:
    assert (doubted(PX, SURE, TIMES_S) > 0.0).mean() < 0.002


def test_what_is_unseen_or_lasts_is_not_judged() -> None:
    px, off = pressed("left")
    assert doubted(px, SURE, TIMES_S)[off].any()
    assert not doubted(px, np.where(off, 0.0, SURE), TIMES_S)[off].any()
    slow = doubted(px, SURE, 4.0 * TIMES_S)  # the same, but four times as long
    assert not slow[off].any()


def test_who_is_not_seen_rightly_again_is_believed() -> None:
    px, _ = pressed("left")
    sure, last = SURE.copy(), HALF.stop - 12
    sure[last + 1 :] = 0.0
    assert not doubted(px, sure, TIMES_S)[last].any()
    sure[last + 15 :] = 0.95
    assert doubted(px, sure, TIMES_S)[last].any()


@pytest.mark.parametrize(("frames", "all_of_it"), [(8, True), (18, False)])
def test_where_hardly_a_limb_is_left_for_a_moment_nothing_is(
    frames: int, all_of_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    logits = np.full((1, len(PX), 51), -9.0)
    out = np.array([name.split("_")[0] in ("left", "right") for name in NAMES])
    out[[NAMES.index("left_hip"), NAMES.index("right_hip")]] = False
    logits[0, 150 : 150 + frames, np.flatnonzero(out)[:, None]] = 1.0
    monkeypatch.setattr(hidden_network, "run_network", lambda _name, _rows: logits)
    found = doubted(PX, SURE, TIMES_S)[150 : 150 + frames]
    assert np.allclose(found[:, out], 1.0 if all_of_it else 1.0 / (1.0 + np.exp(-1.0)))
    assert np.allclose(found[:, ~out], 1.0 if all_of_it else 0.0)


def test_place_size_and_rate_in_the_picture_make_no_difference() -> None:
    px, _ = pressed("right")
    found = doubted(px, SURE, TIMES_S)
    assert found.any()
    assert np.allclose(doubted(2.0 * px + 40.0, SURE, TIMES_S), found, atol=1e-3)
    between = np.arange(0.0, len(px) - 1, 0.5)
    low = np.floor(between).astype(int)
    twice = px[low] + (between - low)[:, None, None] * (px[low + 1] - px[low])
    again = doubted(twice, np.full(twice.shape[:2], 0.95), np.interp(between, np.arange(len(px)), TIMES_S))
    assert np.mean((again[::2] > 0.0) == (found[:-1] > 0.0)) > 0.98


def test_a_doubted_joint_goes_as_far_as_it_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    wrist, frames = NAMES.index("left_wrist"), slice(150, 158)
    px = PX.copy()
    px[frames, wrist] += [30.0, 0.0]
    world = np.full((*PX.shape[:2], 3), np.nan)
    track = KeypointTrack("h36m-17", px, SURE, world, TIMES_S, 30.0, (640, 480))
    placed = {}
    for share in (0.5, 1.0):
        doubt = np.zeros(SURE.shape)
        doubt[frames, wrist] = share
        monkeypatch.setattr(hidden_network, "doubted", lambda *_, doubt=doubt: doubt)
        placed[share] = track_joints(track, "film.mp4").px
    assert np.abs(placed[1.0] - px)[frames, wrist, 0].min() > 15.0
    assert np.allclose(placed[0.5][frames, wrist], (placed[1.0] + px)[frames, wrist] / 2.0)
    others = np.delete(np.arange(17), wrist)
    assert np.allclose(placed[0.5][:, others], placed[1.0][:, others])
