"""Joints that a detector presses into the half of a body that it sees are told from those of somebody who turns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.joints import NAMES
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
