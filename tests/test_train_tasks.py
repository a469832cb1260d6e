"""Every task and option of a training run at tiny size: it learns, resumes exactly, and exports what was trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

import onnxruntime as ort  # noqa: E402

from inference.errors import InferenceError  # noqa: E402
from inference.lift.weights import SEQUENCE_NORMALISATION, load_weights_info  # noqa: E402
from inference.models.networks import NetworkConfig, build_network  # noqa: E402
from inference.models.peer_configs import EnhanceConfig, SingleFrameConfig, TrajectoryConfig, VideoPose3DConfig  # noqa: E402
from inference.models.sequence_config import SequenceConfig  # noqa: E402
from inference.train.export import ExportedNetwork, load_weights  # noqa: E402
from inference.train.pack import MotionPack  # noqa: E402
from inference.train.publish import main as publish  # noqa: E402
from inference.train.settings import SemiSupervised, TrainSettings  # noqa: E402
from inference.train.sources import split_clips  # noqa: E402
from inference.train.trainer import Trainer  # noqa: E402

pytestmark = pytest.mark.torch
torch.set_num_threads(1)
LIFTER = VideoPose3DConfig(frames=9, channels=48, dropout=0.1)
ROOT = TrajectoryConfig(frames=9, channels=48, dropout=0.1)
SEQUENCE = SequenceConfig(layers=3, channels=32, branches=2, groups=2, reduction=8, dilated_units=False)


@pytest.fixture(scope="module")
def pack() -> MotionPack:
    """Four clips of a body whose limbs swing while it walks along."""
    rng = np.random.default_rng(1)
    rest = np.cumsum(rng.normal(0.0, 0.12, (1, 17, 3)), axis=1)
    swing = 0.15 * np.sin(np.arange(320)[:, None, None] / 7.0 + rng.uniform(0, 6, (1, 17, 3)))
    walk = np.linspace(0, 3, 320)[:, None, None] * np.array([0.2, 0.5, 0.0])
    joints = (rest + swing + walk).astype(np.float32)
    return MotionPack(joints, np.array([0, 70, 160, 240, 320]), np.array(["a", "b", "c", "d"]), 30.0)


def settings(path: Path, steps: int = 40, **changes: Any) -> TrainSettings:
    base = TrainSettings(path, steps=steps, batch=48, bf16=False, peak_rate=1e-2)
    return replace(base, **changes)


CLEANER = EnhanceConfig(frames=9, channels=48)
RUNS: dict[str, tuple[NetworkConfig, dict[str, Any]]] = {
    "trajectory": (ROOT, {"task": "trajectory"}),
    "trajectory of a lifter": (LIFTER, {"task": "trajectory"}),
    "enhance": (CLEANER, {"task": "enhance"}),
    "enhance of a lifter": (LIFTER, {"task": "enhance"}),
    "terms": (LIFTER, {"project_2d": 0.1, "bone_direction": 0.1, "bone_length": 0.5, "chunk": 4, "velocity": 1.0}),
    "critic": (LIFTER, {"chunk": 4, "tkcs": 0.01}),
    "semi": (LIFTER, {"semi": SemiSupervised(warmup_epochs=2.0)}),
    "single frame": (SingleFrameConfig(channels=48, blocks=1), {}),
    "causal": (replace(LIFTER, causal=True), {}),
    "sequence": (SEQUENCE, {"project_2d": 0.1}),
    # Layers that begin at zero add little to a root in forty steps, the length of the other runs.
    "sequence root": (SEQUENCE, {"task": "trajectory", "steps": 120}),
    "two workers": (LIFTER, {"workers": 2, "chunk": 4, "velocity": 1.0, "feeders": 2}),
    "plain": (LIFTER, {"noise": None, "vary": False, "device": "auto", "bf16": True}),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_short_run_lowers_the_error(pack: MotionPack, tmp_path: Path, name: str) -> None:
    config, changes = RUNS[name]
    losses = Trainer(config, pack, settings(tmp_path / "a.safetensors", **changes)).run()
    assert len(losses) == changes.get("steps", 40) and np.isfinite(losses).all()
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


@pytest.mark.parametrize("name", ["trajectory", "enhance", "critic", "semi"])
def test_a_resumed_run_is_the_uninterrupted_one(pack: MotionPack, tmp_path: Path, name: str) -> None:
    config, changes = RUNS[name]
    whole = Trainer(config, pack, settings(tmp_path / "whole.safetensors", 14, **changes))
    expected = whole.run()
    cut = settings(tmp_path / "cut.safetensors", 14, **changes)
    begun = Trainer(config, pack, cut).run(stop_after=9)
    rest = Trainer(config, pack, cut, resume=True)
    assert begun + rest.run() == expected
    for ours, theirs in ((whole.objective, rest.objective), (whole.average, rest.average)):
        for key, value in ours.state_dict().items():
            torch.testing.assert_close(theirs.state_dict()[key], value, rtol=0, atol=0, msg=key)
    if whole.critic is not None and rest.critic is not None:
        ours, theirs = whole.critic.state_tensors(), rest.critic.state_tensors()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_more_feeders_train_the_same_network(pack: MotionPack, tmp_path: Path) -> None:
    one = Trainer(LIFTER, pack, settings(tmp_path / "1.safetensors", 6)).run()
    assert Trainer(LIFTER, pack, settings(tmp_path / "3.safetensors", 6, feeders=3)).run() == one


def test_unlabelled_data_count_after_the_warm_up(pack: MotionPack, tmp_path: Path) -> None:
    labelled, unlabelled = split_clips(pack, 0.5)
    assert not set(labelled.names) & set(unlabelled.names) and len(labelled) + len(unlabelled) == len(pack)
    trainer = Trainer(LIFTER, pack, settings(tmp_path / "s.safetensors", semi=SemiSupervised(warmup_epochs=1.0)))
    assert trainer.source.epoch == len(labelled.joints)
    seen = []
    while len(seen) < 8:
        terms = trainer.step(trainer._make(np.random.default_rng(len(seen))))
        seen.append("back_projection" in terms)
    warm = -(-trainer.source.epoch // 48)
    assert seen == [False] * warm + [True] * (8 - warm) and 0 < warm < 8


def test_tracks_of_videos_serve_without_a_truth(pack: MotionPack, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    for name, fps in (("a", 25.0), ("b", 60.0)):
        np.savez(
            tmp_path / f"{name}.npz",
            joints_px=rng.normal((640, 360), 60, (50, 17, 2)).astype(np.float32),
            confidence=np.ones((50, 17), np.float32),
            image_size_px=np.array([1280, 720]),
            focal_px=np.array(1000.0),
            frame_times_s=np.arange(50) / fps,
        )
    semi = SemiSupervised(tracks=tmp_path, warmup_epochs=0.0)
    trainer = Trainer(LIFTER, pack, settings(tmp_path / "s.safetensors", 3, semi=semi))
    assert trainer.source.epoch == len(pack.joints)
    fields = trainer._make(np.random.default_rng(1))
    assert fields["unlabelled_inputs"].shape == (48, 9, 34) and (fields["unlabelled_size"] > 0).all()
    torch.testing.assert_close(fields["unlabelled_inputs"][:, 4, :2], torch.zeros(48, 2), atol=1e-5, rtol=0)
    trainer.run()
    with pytest.raises(InferenceError, match="no result"):
        Trainer(LIFTER, pack, settings(tmp_path / "s", semi=SemiSupervised(tracks=tmp_path / "none")))


@pytest.mark.parametrize(
    ("config", "changes", "word"),
    [
        (LIFTER, {"task": "juggle"}, "no task 'juggle'"),
        (LIFTER, {"velocity": 1.0}, "velocity looks at movement"),
        (LIFTER, {"task": "enhance", "project_2d": 1.0}, "project_2d belong to lifting"),
        (SEQUENCE, {"task": "enhance"}, "network that sees windows"),
        (ROOT, {}, "'trajectory' cannot learn the task 'lift'"),
        (LIFTER, {"chunk": 7}, "no whole chunks of 7"),
        (LIFTER, {"semi": SemiSupervised(share=1.0)}, "leaves nothing on one side"),
        pytest.param(
            LIFTER, {"device": "cuda"}, "no CUDA GPU",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU"),
        ),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_named(
    pack: MotionPack, tmp_path: Path, config: NetworkConfig, changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(InferenceError, match=word):
        Trainer(config, pack, settings(tmp_path / "a.safetensors", **changes))


def test_a_run_of_another_task_is_not_resumed(pack: MotionPack, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    Trainer(LIFTER, pack, settings(path, 1, task="enhance")).run()
    with pytest.raises(InferenceError, match="run of the task enhance"):
        Trainer(LIFTER, pack, settings(path, 2), resume=True)


@pytest.mark.parametrize(
    ("name", "config", "task"),
    [
        ("root", ROOT, "trajectory"),
        ("track", CLEANER, "enhance"),
        ("causal", replace(LIFTER, causal=True), "lift"),
        ("sequence", SEQUENCE, "lift"),
    ],
)
def test_what_is_published_is_what_was_trained(
    pack: MotionPack, tmp_path: Path, name: str, config: NetworkConfig, task: str
) -> None:
    checkpoint = tmp_path / "a.safetensors"
    trainer = Trainer(config, pack, settings(checkpoint, 4, task=task))
    trainer.run()
    assert publish([str(checkpoint), "--name", name, "--folder", str(tmp_path)]) == 0
    path = tmp_path / f"{name}.onnx"
    stored = json.loads(path.with_suffix(".json").read_text())
    assert (stored["task"], stored["target_index"], stored["causal"]) == (task, config.target, config.causal)
    assert (stored["slides"], stored["receptive_field"]) == (config.slides, config.frames)
    assert (stored["normalisation"] == SEQUENCE_NORMALISATION) == config.slides
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    network = build_network(config)
    load_weights(network, path)
    expected = ExportedNetwork(network.eval(), task)
    for count, length in ((1, 5), (3, 40)):
        inputs = torch.randn(count, config.frames + length * config.slides, 34)
        with torch.no_grad():
            answer = expected(inputs).numpy()
        given = session.run(None, {session.get_inputs()[0].name: inputs.numpy()})[0]
        assert given.shape == answer.shape
        np.testing.assert_allclose(given, answer, atol=1e-4)
    warm = Trainer(config, pack, settings(tmp_path / "b.safetensors", task=task), warm_start=path)
    assert warm.progress.samples == trainer.progress.samples and warm.share_done() == 0.0
    torch.testing.assert_close(warm.network.last.weight.detach(), network.last.weight.detach())
    if task == "lift":
        info = load_weights_info(name, tmp_path)
        assert (info.target, info.causal, info.slides) == (config.target, config.causal, config.slides)


def test_samples_end_a_run(pack: MotionPack, tmp_path: Path) -> None:
    trainer = Trainer(LIFTER, pack, settings(tmp_path / "a.safetensors", steps=1000, samples=200))
    assert len(trainer.run()) == 5 and trainer.progress.samples == 240  # 48 a step
    sliding = Trainer(SEQUENCE, pack, settings(tmp_path / "b.safetensors", samples=96))
    assert len(sliding.run()) == 2 and sliding.progress.samples == 96
