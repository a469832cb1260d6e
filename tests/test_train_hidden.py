"""What is drawn and cut of hidden bodies, and that what is exported is what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.keypoint_track import KeypointTrack
from inference.layouts import load_layout
from inference.lift.normalise import MIRRORED
from inference.refine.hidden_inputs import INPUTS, hidden_inputs
from inference.train.extras import ExtraClip
from inference.train.half_hidden import hide
from inference.train.half_hidden_clips import cut_windows, half_hidden_windows, with_middles

HEIGHT = 2.0


def bodies(count: int, frames: int, seed: int) -> np.ndarray:
    """Some that stand still, (N, F, 17, 2), about two units tall."""
    still = np.random.default_rng(seed).uniform([-0.4, -1.0], [0.4, 1.0], (count, 1, 17, 2))
    return np.tile(still, (1, frames, 1, 1)).astype(np.float32)


def test_a_hidden_body_is_pressed_for_a_while_and_stays_within_reach() -> None:
    joints = bodies(200, 75, 1)
    found = hide(joints, np.full(200, HEIGHT, np.float32), np.random.default_rng(2))
    away = np.linalg.norm(found.joints_2d - joints, axis=-1)
    assert np.isfinite(found.joints_2d).all()
    assert ((found.confidence >= 0.0) & (found.confidence <= 1.0)).all()
    touched = (away > 0.1 * HEIGHT).any(axis=2)
    share = touched.any(axis=1).mean()
    assert 0.2 < share < 0.9
    # The longest lasts 1.8 of the 2.5 seconds, so every window has frames with nothing hidden.
    assert (~touched).any(axis=1).all()
    assert away.max() < HEIGHT


def test_inputs_know_neither_place_nor_size() -> None:
    joints = np.random.default_rng(3).normal(size=(40, 17, 2))
    sure = np.full((40, 17), 0.9)
    rows, size = hidden_inputs(joints, sure)
    again, larger = hidden_inputs(3.0 * joints + 7.0, sure)
    assert rows.shape == (40, INPUTS)
    assert np.allclose(rows, again)
    assert np.allclose(larger, 3.0 * size)


def clip_of(frames: int) -> ExtraClip:
    """A body that moves to the right, found where it is but in the eleventh frame, where it is not found."""
    rng = np.random.default_rng(6)
    true = rng.uniform([200.0, 100.0], [300.0, 400.0], (17, 2)) + np.arange(frames)[:, None, None] * [2.0, 0.0]
    layout = load_layout("blazepose-33")
    points = np.linalg.pinv(layout.weights) @ with_middles(true.copy())
    sure = np.full((frames, 33), 0.9, np.float32)
    sure[10] = 0.0
    track = KeypointTrack(
        layout.name, points, sure, np.zeros((frames, 33, 3)), np.arange(frames) / 30, 30.0, (640, 480)
    )
    covered = np.arange(frames) == 20
    return ExtraClip("somebody", track, np.zeros((frames, 17, 3)), true, covered, 1.7)


def test_clips_become_windows_and_their_mirror_images() -> None:
    clip = clip_of(40)
    windows = half_hidden_windows(clip)
    assert windows.joints_2d.shape == windows.true_2d.shape == (2, 40, 17, 2)
    assert (windows.confidence[:, 10] == 0.0).all()
    assert np.isfinite(windows.joints_2d).all()
    px, truth = windows.joints_2d, windows.true_2d
    assert np.allclose(px[1], px[0][:, MIRRORED] * [-1.0, 1.0])
    assert np.allclose(truth[1], truth[0][:, MIRRORED] * [-1.0, 1.0])
    assert (windows.covered.any(axis=0) == windows.covered.all(axis=0)).all()
    assert list(np.flatnonzero(windows.covered[0])) == list(range(17, 24))
    assert np.allclose(truth[0][:, 0], clip.joints_px[:, [1, 4]].mean(axis=1))


def test_cuts_hold_what_belongs_together() -> None:
    clips = [half_hidden_windows(clip_of(frames)) for frames in (40, 60)]
    cut = cut_windows(clips, 50, 30, np.random.default_rng(7))
    assert cut.joints_2d.shape == cut.true_2d.shape == (50, 30, 17, 2)
    lost = np.argwhere((cut.confidence == 0.0).all(axis=2))
    assert len(lost) > 0
    steps = np.diff(cut.true_2d[..., 0], axis=1)
    assert np.allclose(np.abs(steps), 2.0, atol=1e-3)
    assert (steps < 0.0).any()
    assert np.abs(cut.joints_2d - cut.true_2d).max() < 0.1


@pytest.mark.torch
def test_what_was_learned_is_what_is_exported(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs the training environment")
    import onnxruntime as ort

    from inference.models.hidden import HiddenNetwork
    from inference.train.fit_hidden import export

    network = HiddenNetwork(INPUTS).eval()
    export(network, tmp_path / "hidden.onnx")
    rows = np.random.default_rng(5).normal(size=(3, 50, INPUTS)).astype(np.float32)
    session = ort.InferenceSession(str(tmp_path / "hidden.onnx"), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        said = network(torch.from_numpy(rows)).numpy()
    assert np.allclose(session.run(None, {"rows": rows})[0], said, atol=1e-4)
