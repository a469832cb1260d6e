"""Learning when feet stand: what is taken for the truth, and that what is exported is what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.evaluate.contacts import contact_scores
from inference.joints import ANKLES
from inference.train.contact_truth import foot_contacts

FPS = 30.0


def test_a_slow_low_foot_stands_a_fast_one_does_not_and_of_a_raised_still_one_nobody_knows() -> None:
    joints = np.zeros((90, 17, 3))
    left = ANKLES[0]
    joints[30:60, left, 0] = np.arange(30) * 1.0 / FPS
    joints[60:, left, 0] = joints[59, left, 0]
    joints[60:, left, 2] = 0.3
    stands, known = foot_contacts(joints, joints[..., 2], FPS, clean=True)
    assert stands[:29, 0].all() and not stands[31:58, 0].any() and not stands[62:, 0].any()
    assert known[:59, 0].all() and not known[62:, 0].any()
    assert stands[:, 1].all() and known[:, 1].all()


def test_scores_of_what_is_always_right_never_right_and_guessed() -> None:
    true = np.random.default_rng(0).random(4000) < 0.4
    assert contact_scores(true.astype(np.float64), true) == pytest.approx({"auc": 1.0, "f1": 1.0})
    assert contact_scores(-true.astype(np.float64), true)["auc"] == pytest.approx(0.0)
    guessed = contact_scores(np.random.default_rng(1).random(4000), true)
    assert guessed["auc"] == pytest.approx(0.5, abs=0.05)
    assert guessed["f1"] == pytest.approx(2 * 0.4 / 1.4, abs=0.03)  # that of calling every foot a standing one


@pytest.mark.torch
def test_what_was_learned_is_what_is_exported(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs the training environment")
    import onnxruntime as ort

    torch.set_num_threads(1)
    from inference.train.fit_contacts import FootClip, export, train

    rng = np.random.default_rng(2)
    feet = []
    for frames in (40, 90, 120):
        rows = rng.normal(size=(frames, 6)).astype(np.float32)
        stands = np.stack([rows[:, 2] > 0.0, rows[:, 4] > 0.0, rows[:, 4] < 0.0], axis=1).astype(np.float32)
        known = np.ones((frames, 3), np.float32)
        known[:, 2] = 0.0  # and nothing is asked of the last part
        feet.append(FootClip(rows, stands, known))
    network = train(feet, 240, 3)
    rows = rng.normal(size=(2, 77, 6)).astype(np.float32)
    with torch.no_grad():
        logits = network(torch.from_numpy(rows)).numpy()
    for part, told_by in ((0, 2), (1, 4)):
        assert contact_scores(logits[..., part].ravel(), (rows[..., told_by] > 0.0).ravel())["auc"] > 0.9
    export(network, tmp_path / "small.onnx")
    session = ort.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    assert np.allclose(session.run(None, {"rows": rows})[0], logits, atol=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["small.onnx"]
