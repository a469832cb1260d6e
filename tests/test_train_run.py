"""Training end to end on a tiny network: it learns, it resumes exactly, and what is exported is what was trained."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

import onnxruntime as ort  # noqa: E402

from inference.errors import InferenceError  # noqa: E402
from inference.lift.weights import NORMALISATION, WEIGHTS_FOLDER, load_weights_info  # noqa: E402
from inference.models.config import AtcnConfig  # noqa: E402
from inference.models.networks import build_network, config_from_dict  # noqa: E402
from inference.models.normalisation import ChannelNorm  # noqa: E402
from inference.train.batches import make_batch  # noqa: E402
from inference.train.checkpoint import load_average  # noqa: E402
from inference.train.export import export_onnx, load_weights, write_metadata  # noqa: E402
from inference.train.pack import MotionPack, read_pack  # noqa: E402
from inference.train.ranger import Ranger, rectification  # noqa: E402
from inference.train.schedule import learning_rate, norm_momentum  # noqa: E402
from inference.train.trainer import Trainer, TrainSettings  # noqa: E402

pytestmark = pytest.mark.torch
torch.set_num_threads(1)
SMALL = AtcnConfig(frames=9, channels=64, groups=4, reduction=16, dropout=0.1)


@pytest.fixture(scope="module")
def pack() -> MotionPack:
    """Two clips of a body whose limbs swing."""
    rng = np.random.default_rng(1)
    rest = np.cumsum(rng.normal(0.0, 0.12, (1, 17, 3)), axis=1)
    swing = 0.15 * np.sin(np.arange(120)[:, None, None] / 7.0 + rng.uniform(0, 6, (1, 17, 3)))
    joints = (rest + swing).astype(np.float32)
    return MotionPack(joints, np.array([0, 70, 120]), np.array(["a", "b"]), 30.0)


def settings(path: Path, steps: int) -> TrainSettings:
    return TrainSettings(path, steps=steps, batch=64, bf16=False, peak_rate=2e-2)


def test_forty_steps_lower_the_loss(pack: MotionPack, tmp_path: Path) -> None:
    losses = Trainer(SMALL, pack, settings(tmp_path / "a.safetensors", 40)).run()
    assert len(losses) == 40
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])


def test_a_resumed_run_is_the_uninterrupted_one(pack: MotionPack, tmp_path: Path) -> None:
    whole = Trainer(SMALL, pack, settings(tmp_path / "whole.safetensors", 16))
    whole.run()
    cut = settings(tmp_path / "cut.safetensors", 16)
    Trainer(SMALL, pack, cut).run(stop_after=9)
    rest = Trainer(SMALL, pack, cut, resume=True)
    assert rest.progress.steps == 9
    rest.run()
    for ours, theirs in ((whole.network, rest.network), (whole.average, rest.average)):
        for name, value in ours.state_dict().items():
            torch.testing.assert_close(theirs.state_dict()[name], value, rtol=0, atol=0, msg=name)
    assert rest.progress.samples == whole.progress.samples


def test_workers_share_weights_and_learn_what_one_alone_learns(pack: MotionPack, tmp_path: Path) -> None:
    config = replace(SMALL, dropout=0.0)
    alone = Trainer(config, pack, settings(tmp_path / "alone.safetensors", 3))
    shared = Trainer(config, pack, replace(settings(tmp_path / "shared.safetensors", 3), workers=2))
    batch = make_batch(pack, 32, 9, 4, np.random.default_rng(1), noise=None)
    # Both workers get the same windows, so that their batch statistics are those of the one that works alone.
    fields = {name: torch.from_numpy(array) for name, array in asdict(batch).items()}
    twice = {name: torch.cat([value, value]) for name, value in fields.items()}
    for _ in range(8):
        alone.step(fields)
        shared.step(twice)
    for name, value in alone.network.state_dict().items():
        torch.testing.assert_close(shared.network.state_dict()[name], value, rtol=1e-4, atol=1e-5, msg=name)
    mine, twin = (replica.network.first.weight for replica in shared.replicas)
    assert mine.data_ptr() == twin.data_ptr()


def test_wrong_checkpoints_are_named(pack: MotionPack, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(InferenceError, match=r"x.safetensors cannot be read"):
        Trainer(SMALL, pack, settings(path, 2), resume=True)
    Trainer(SMALL, pack, settings(path, 1)).run()
    with pytest.raises(InferenceError, match="network of shape"):
        Trainer(replace(SMALL, channels=128), pack, settings(path, 2), resume=True)


def test_ranger_finds_the_bottom_of_a_bowl() -> None:
    point = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimiser = Ranger([("point", point)])
    for _ in range(1500):
        point.grad = None
        (point * point * torch.tensor([1.0, 30.0])).sum().backward()
        optimiser.step(0.05)
    assert point.abs().max() < 0.05


def test_rectification_begins_after_five_steps_and_tends_to_one() -> None:
    assert [rectification(step) for step in range(1, 6)] == [0.0] * 5
    values = [rectification(step) for step in range(6, 20000, 50)]
    assert values == sorted(values) and values[0] > 0 and values[-1] == pytest.approx(1.0, abs=1e-2)


def test_schedules_fall_to_their_ends() -> None:
    shares = np.linspace(0.0, 1.0, 50)
    rates, momenta = [learning_rate(s) for s in shares], [norm_momentum(s) for s in shares]
    assert rates == sorted(rates, reverse=True) and rates[-1] == pytest.approx(1e-5)
    assert momenta[0] == pytest.approx(0.1) and momenta[-1] == pytest.approx(0.001)
    assert learning_rate(1.3) == rates[-1]


@pytest.fixture(scope="module")
def trained(pack: MotionPack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "small.safetensors"
    Trainer(replace(SMALL, channels=128), pack, settings(path, 6)).run()
    return path


@pytest.fixture(scope="module")
def halved(trained: Path) -> Path:
    """The trained network, exported in half precision."""
    return export(trained, trained.with_name("halved.onnx"), half=True)


def export(checkpoint: Path, path: Path, *, half: bool) -> Path:
    """Writes the averaged network of a checkpoint with its metadata."""
    network, progress = load_average(checkpoint)
    export_onnx(network, path, half=half)
    write_metadata(network, progress, path.with_suffix(".json"))
    return path


@pytest.mark.parametrize("half", [False, True])
def test_onnx_is_the_network_for_any_batch(
    trained: Path, halved: Path, pack: MotionPack, tmp_path: Path, half: bool
) -> None:
    network, _ = load_average(trained)
    path = halved if half else export(trained, tmp_path / "whole.onnx", half=False)
    assert load_weights_info(path.stem, path.parent).receptive_field == 9
    if half:
        exact = {name: value.clone() for name, value in network.state_dict().items()}
        load_weights(network, path)
        assert any(not torch.equal(exact[name], value) for name, value in network.state_dict().items())
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for count in (1, 2, 33):
        windows = make_batch(pack, count, 9, 4, np.random.default_rng(count), noise=None).inputs
        with torch.no_grad():
            expected = network(torch.from_numpy(windows)).numpy()
        np.testing.assert_allclose(session.run(None, {"windows": windows})[0], expected, atol=1e-4)


def test_a_warm_start_goes_on_from_exported_weights(
    trained: Path, halved: Path, pack: MotionPack, tmp_path: Path
) -> None:
    network, progress = load_average(trained)
    path = halved
    warm = Trainer(network.config, pack, settings(tmp_path / "warm.safetensors", 20), warm_start=path)
    assert warm.progress.samples == progress.samples > 0
    for name, value in network.state_dict().items():
        for ours in (warm.network, warm.average):
            torch.testing.assert_close(ours.state_dict()[name], value, rtol=2e-3, atol=1e-3, msg=name)
    warm.run(stop_after=1)
    assert warm.progress.samples == progress.samples + warm.settings.batch
    with pytest.raises(InferenceError, match="no network of shape"):
        Trainer(SMALL, pack, settings(tmp_path / "other.safetensors", 20), warm_start=path)
    with pytest.raises(InferenceError, match="no weights"):
        Trainer(SMALL, pack, settings(tmp_path / "other.safetensors", 20), warm_start=tmp_path / "none.onnx")


def test_the_committed_weights_are_the_network_to_a_tenth_of_a_millimetre(pack: MotionPack) -> None:
    path = WEIGHTS_FOLDER / "atcn-27.onnx"
    info = load_weights_info("atcn-27")
    network = build_network(config_from_dict({"kind": info.kind, **(info.config or {})}))
    load_weights(network, path)
    network.eval()
    folder = os.environ.get("POSE_DATA")
    motion = read_pack(Path(folder) / "cmu17_test.npz") if folder else pack
    windows = make_batch(motion, 64, 27, 13, np.random.default_rng(1), noise=None).inputs
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = network(torch.from_numpy(windows)).numpy()
    assert np.abs(session.run(None, {"windows": windows})[0] - expected).max() < 1e-4
    assert info.receptive_field == network.receptive_field()
    assert NORMALISATION in path.with_suffix(".json").read_text()


def test_channel_norm_is_batch_norm_over_all_but_the_channels() -> None:
    norm, tensors = ChannelNorm(8).train(), torch.randn(5, 3, 8) * 4 + 1
    normed = norm(tensors)
    torch.testing.assert_close(normed.mean(dim=(0, 1)), torch.zeros(8), atol=1e-5, rtol=0)
    torch.testing.assert_close(normed.var(dim=(0, 1), unbiased=False), torch.ones(8), atol=1e-4, rtol=0)
