"""A lens that is known: what it makes of a camera's path, and what becomes of somebody who stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_shots import FOCAL, SIZE, filmed, placed
from test_world import camera_from_world, walking_clip

from inference.camera.lens import with_lens
from inference.camera.path import CameraPath, still_camera
from inference.refine.world import transform

SENSOR_MM = float(np.hypot(36.0, 24.0))
"""Across the picture on 35 mm film."""


def lens_of(focal_px: float, size_px: tuple[int, int]) -> float:
    return focal_px * SENSOR_MM / float(np.hypot(*size_px))


@pytest.mark.parametrize("size_px", [(1280, 720), (720, 1280), (640, 480)])
@pytest.mark.parametrize("lens_mm", [12.0, 26.0, 85.0])
def test_a_lens_is_that_of_the_first_frame_of_every_shot(size_px: tuple[int, int], lens_mm: float) -> None:
    zooms = np.array([1.1, 1.2, 1.3, 0.8, 0.6])
    path = CameraPath(np.tile(np.eye(3), (5, 1, 1)), zooms, np.ones(5, np.bool_), (3,))
    known = with_lens(path, lens_mm, size_px)
    usual_px = max(size_px) / 2.0 / np.tan(np.radians(55.0) / 2.0)
    first = known.zooms[[0, 3]] * usual_px
    assert [lens_of(px, size_px) for px in first] == pytest.approx([lens_mm, lens_mm], rel=1e-3)
    assert known.zooms[:3] / known.zooms[0] == pytest.approx(zooms[:3] / zooms[0])
    assert known.zooms[3:] / known.zooms[3] == pytest.approx(zooms[3:] / zooms[3])
    assert known.cuts == path.cuts and np.array_equal(known.turns, path.turns)


def test_who_walks_before_a_wide_lens_is_as_near_as_in_truth_once_it_is_told() -> None:
    """The lens is half as long as usual: with the usual one, who looks so small is taken to be far away."""
    clip = walking_clip(90)
    camera = camera_from_world(pitch_deg=6.0, roll_deg=0.0, height_m=1.4, distance_m=3.0)
    wide = replace(still_camera(len(clip)), zooms=np.full(len(clip), 0.5))
    track, poses = filmed(clip, camera, wide)
    told = replace(track, camera=with_lens(still_camera(len(clip)), lens_of(0.5 * FOCAL, SIZE), SIZE))
    true = np.linalg.norm(transform(camera, clip)[:, 0], axis=-1)
    away = [
        np.median(np.linalg.norm(placed(each, poses).joints_camera_m[:, 0], axis=-1) / true)
        for each in (replace(track, camera=None), told)
    ]
    assert away[0] > 1.5 and away[1] == pytest.approx(away[0] / 2.0, rel=0.1)
