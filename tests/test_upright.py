"""Which way is up: from balance, and from the network that begins there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_world import camera_from_world, walking_clip

from inference.errors import ModelError
from inference.refine import balance, upright, world
from inference.refine.up_network import UP_WEIGHTS, load_up_network
from inference.refine.up_windows import FEATURES, body_axes, features, sample_windows

FRAMES = 90
SEEN, TIMES = np.ones(FRAMES, bool), np.arange(FRAMES) / 30.0


def filmed(pitch_deg: float, roll_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Somebody who walks, before a camera 4 m away: (T, 17, 3) and the true up (3,), camera axes."""
    camera = camera_from_world(pitch_deg, roll_deg, 1.4, 4.0)
    return world.transform(camera, walking_clip(FRAMES)), camera[:3, 2]


def off_deg(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(first, second)), first @ second)))


def rolled(angle_deg: float) -> np.ndarray:
    angle = np.radians(angle_deg)
    return np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (25, 0), (-25, 0), (0, 25), (0, -25), (20, -20), (-15, 25)])
def test_a_tilted_camera_is_found_and_said_to_be_so(pitch: float, roll: float) -> None:
    seen, truth = filmed(pitch, roll)
    up = upright.estimate_up(seen, SEEN, TIMES)
    assert np.linalg.norm(up.direction) == pytest.approx(1.0)
    assert off_deg(up.direction, truth) < 5.0
    assert np.abs(up.information @ up.direction).max() < 1e-6 * np.trace(up.information)
    assert np.linalg.eigvalsh(up.information)[1] > 1.0


@pytest.mark.parametrize("angle", [-12.0, 15.0])
def test_balance_turns_with_the_camera(angle: float) -> None:
    seen, _ = filmed(5.0, 3.0)
    turn = rolled(angle)
    assert np.allclose(balance.balance_up(seen @ turn.T, SEEN), turn @ balance.balance_up(seen, SEEN), atol=1e-9)


@pytest.mark.parametrize("angle", [-12.0, 15.0])
def test_what_the_network_sees_of_the_body_turns_with_the_camera(angle: float) -> None:
    seen, truth = filmed(5.0, 3.0)
    turn = rolled(angle)
    straight, turned = (
        features(windows, body_axes(windows, up))
        for windows, up in (
            (sample_windows(seen, SEEN, TIMES), truth),
            (sample_windows(seen @ turn.T, SEEN, TIMES), turn @ truth),
        )
    )
    assert straight.shape[1] == FEATURES
    assert np.allclose(straight[:, :-3], turned[:, :-3], atol=1e-6)
    assert not np.allclose(straight[:, -3:], turned[:, -3:], atol=0.05)  # the camera's own up is what tells them apart


def test_stations_are_those_in_which_somebody_was_seen_at_any_rate() -> None:
    seen, _ = filmed(0.0, 0.0)
    never = seen.copy()
    never[30:60] = np.nan
    there = SEEN.copy()
    there[17:73] = False  # no window of a station reaches what was not seen
    assert np.isfinite(sample_windows(never, there, TIMES).joints_m).all()
    fine = np.arange(0.0, TIMES[-1], 1.0 / 240.0)
    dense = np.stack([[np.interp(fine, TIMES, seen[:, j, c]) for c in range(3)] for j in range(17)]).transpose(2, 0, 1)
    slow, fast = (
        upright.estimate_up(joints, np.ones(len(joints), bool), times).direction
        for joints, times in ((seen, TIMES), (dense, fine))
    )
    assert off_deg(slow, fast) < 0.5
    assert np.isfinite(upright.estimate_up(seen[:1], SEEN[:1], TIMES[:1]).direction).all()


def test_who_lies_leaves_the_camera_about_level_and_tells_less() -> None:
    seen, _ = filmed(0.0, 0.0)
    lying = on_the_side(seen)
    flat, stands = (upright.estimate_up(joints, SEEN, TIMES) for joints in (lying, seen))
    assert off_deg(flat.direction, balance.LEVEL_UP) < 25.0
    assert np.trace(flat.information) < np.trace(stands.information)


def on_the_side(seen: np.ndarray) -> np.ndarray:
    """The same body on its side."""
    middle = seen[:, :1]
    return np.asarray((seen - middle) @ rolled(90.0).T + middle)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    for name, content in (("missing.npz", None), ("cut.npz", UP_WEIGHTS.read_bytes()[:1000])):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name):
            load_up_network(tmp_path / name)


def test_the_weights_stay_small() -> None:
    assert UP_WEIGHTS.stat().st_size < 200_000
