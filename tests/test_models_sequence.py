"""The network that slides: what it says of a frame is the same whoever asks, and causal ones see no future."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from awake import awake  # noqa: E402

from inference.models.sequence_atcn import SequenceAtcn  # noqa: E402
from inference.models.sequence_config import SequenceConfig  # noqa: E402
from inference.models.weighted_taps import depthwise_taps, softmax_mix, weighted_taps  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = SequenceConfig(layers=3, channels=32, groups=4, reduction=8)


def _network(config: SequenceConfig) -> SequenceAtcn:
    torch.manual_seed(3)
    network = SequenceAtcn(config).eval()
    awake(network)
    return network


def test_the_receptive_field_is_about_that_of_243_frames() -> None:
    assert SequenceConfig().frames == 237
    assert SequenceConfig(causal=True).target == 236


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("attention", [False, True])
def test_sliding_is_window_by_window(causal: bool, attention: bool) -> None:
    network = _network(replace(SMALL, causal=causal, temporal_attention=attention))
    frames = network.receptive_field()
    clips = torch.randn(2, frames + 18, 34)
    with torch.no_grad():
        slid = network.slide(clips)
        windows = torch.stack([network(clips[:, i : i + frames]) for i in range(19)], dim=1)
        sparse = network.slide(clips, spacing=9)
    torch.testing.assert_close(slid, windows)
    torch.testing.assert_close(slid[:, ::9], sparse)


def test_a_pose_depends_on_its_receptive_field_and_nothing_else() -> None:
    network = _network(SMALL)
    frames = network.receptive_field()
    clips = torch.randn(1, frames + 2, 34, requires_grad=True)
    network.slide(clips)[0, 1].square().sum().backward()
    assert clips.grad is not None
    felt = clips.grad.abs().sum(dim=-1)[0] > 0
    assert felt[1] and felt[frames] and not felt[0] and not felt[frames + 1]


def test_a_causal_network_sees_no_future() -> None:
    network = _network(replace(SMALL, causal=True))
    clips = torch.randn(1, network.receptive_field() + 5, 34)
    changed = clips.clone()
    changed[:, -5:] += 1.0
    with torch.no_grad():
        torch.testing.assert_close(network.slide(clips)[:, 0], network.slide(changed)[:, 0])
        assert (network.slide(clips)[:, 1] - network.slide(changed)[:, 1]).abs().max() > 1e-3


def test_the_copying_steps_have_the_gradients_of_plain_ones() -> None:
    tensors = torch.randn(2, 11, 4, dtype=torch.float64, requires_grad=True)
    scores = torch.rand(2, 3, 2, dtype=torch.float64, requires_grad=True)
    weights = torch.rand(2, 4, dtype=torch.float64, requires_grad=True)
    spans = [slice(0, 7, 3), slice(4, 11, 3)]
    assert torch.autograd.gradcheck(lambda t, s: weighted_taps(t, s, [*spans, slice(2, 9, 3)]), (tensors, scores))
    assert torch.autograd.gradcheck(lambda t, w: depthwise_taps(t, w, spans), (tensors, weights))


def test_softmax_mix_is_softmax() -> None:
    logits, outputs = torch.randn(3, 5, 4) * 20, torch.randn(3, 5, 4)
    expected = (torch.softmax(logits, dim=0) * outputs).sum(dim=0)
    torch.testing.assert_close(softmax_mix(list(logits), list(outputs)), expected)
