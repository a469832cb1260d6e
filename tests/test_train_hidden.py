"""What is drawn of hidden bodies, and that what is exported is what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.refine.hidden_inputs import INPUTS, hidden_inputs
from inference.train.half_hidden import hide

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
