"""The peers: parameter counts, windows against whole clips, causality, what each frame can change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.models.atcn import parameter_count  # noqa: E402
from inference.models.dropout import Dropout  # noqa: E402
from inference.models.networks import (  # noqa: E402
    KINDS,
    PRESETS,
    build_network,
    config_from_dict,
    config_to_dict,
)
from inference.models.peer_configs import VideoPose3DConfig  # noqa: E402
from inference.models.temporal_stack import TemporalStack  # noqa: E402
from inference.models.videopose3d import VideoPose3D  # noqa: E402

pytestmark = pytest.mark.torch
SLIDING = sorted(name for name, config in PRESETS.items() if hasattr(KINDS[config_to_dict(config)["kind"]][1], "slide"))
WINDOWED = sorted(name for name, config in PRESETS.items() if not config.slides and "MultiStride" not in name)


def small(name: str) -> Any:
    """The preset's network with few channels and statistics that are not those it was born with."""
    torch.manual_seed(1)
    network = build_network(replace(PRESETS[name], channels=32))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm1d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


@pytest.mark.parametrize(("frames", "count"), [(27, 8_555_571), (81, 12_753_971), (243, 16_952_371)])
@pytest.mark.parametrize("causal", ["", "-causal"])
def test_videopose3d_has_the_published_number_of_parameters(frames: int, count: int, causal: str) -> None:
    assert parameter_count(build_network(PRESETS[f"VideoPose3D-N{frames}{causal}"])) == count


@pytest.mark.parametrize("name", SLIDING)
@pytest.mark.parametrize("spacing", [1, 3, 27])
def test_a_clip_in_one_pass_is_its_windows_one_by_one(name: str, spacing: int) -> None:
    network = small(name)
    frames = network.receptive_field()
    clip = torch.randn(2, frames + 56, 34)
    with torch.no_grad():
        slid = network.slide(clip, spacing)
        for place in range(slid.shape[1]):
            if spacing == 27 or place in (0, 1, 13):
                start = place * spacing
                torch.testing.assert_close(
                    slid[:, place], network(clip[:, start : start + frames]), atol=1e-4, rtol=1e-4
                )
    assert slid.shape[1] == 1 + 56 // spacing


@pytest.mark.parametrize("name", WINDOWED)
def test_every_frame_of_the_window_counts_and_the_last_is_the_causal_target(name: str) -> None:
    network = small(name)
    for value in network.parameters():  # none of them zero, as some are at first
        torch.nn.init.normal_(value, std=0.1)
    config = network.config
    windows = torch.randn(2, config.frames, 34, requires_grad=True)
    network(windows).square().sum().backward()
    assert (windows.grad.abs().amax(dim=(0, 2)) > 0).all()
    assert config.target == (config.frames - 1 if config.causal else config.frames // 2)


def test_causal_residuals_follow_the_last_frame_and_others_the_middle_one() -> None:
    for causal, target in ((True, 26), (False, 13)):
        stack = TemporalStack(34, 16, 2, dropout=0.0, causal=causal).eval()
        for layer in stack.dilated:
            torch.nn.init.zeros_(layer.weight)
        windows = torch.randn(1, 27, 34, requires_grad=True)
        stack(windows).sum().backward()
        reached = windows.grad.abs().amax(dim=(0, 2)).nonzero().flatten().tolist()
        assert reached == ([24, 25, 26] if causal else [12, 13, 14])
        assert target in reached


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_configuration_survives_json(name: str) -> None:
    fields = json.loads(json.dumps(config_to_dict(PRESETS[name])))
    assert config_from_dict(fields) == PRESETS[name]
    assert isinstance(build_network(replace(PRESETS[name], channels=32)), KINDS[fields["kind"]][1])


@pytest.mark.parametrize(("name", "target"), [("MultiStride-N57", 28), ("MultiStride-N57-causal", 56)])
def test_each_stride_is_a_film_around_the_target(name: str, target: int) -> None:
    network = small(name)
    windows = torch.randn(1, 57, 34, requires_grad=True)
    network(windows).square().sum().backward()
    taps = range(-8, 1) if network.config.causal else range(-4, 5)
    seen = {target + stride * tap for stride in (1, 2, 3, 5, 7) for tap in taps}
    assert set(windows.grad.abs().amax(dim=(0, 2)).nonzero().flatten().tolist()) == seen


def test_enhance_begins_as_no_correction_and_then_learns_one() -> None:
    network = build_network(replace(PRESETS["Enhance-N27"], channels=32))
    tracks = torch.randn(64, 27, 34).cumsum(dim=1) * 0.05
    noisy = tracks + 0.3 * torch.randn_like(tracks)
    torch.testing.assert_close(network(noisy), noisy[:, 13], rtol=0, atol=0)
    optimiser = torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        optimiser.zero_grad()
        loss = (network(noisy) - tracks[:, 13]).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]


def test_dropout_keeps_the_mean_and_drops_the_asked_share() -> None:
    torch.manual_seed(1)
    ones = torch.ones(400, 501, requires_grad=True)
    for share in (0.1, 0.25, 0.5):
        thinned = Dropout(share)(ones)
        # 200,400 draws: five standard deviations, and half a 256th for the rounding of the share.
        assert float((thinned == 0).float().mean()) == pytest.approx(share, abs=1 / 512 + 5 * 0.5 / 447)
        assert float(thinned.detach().mean()) == pytest.approx(1.0, abs=5 * 1.0 / 447)
        (gradient,) = torch.autograd.grad(thinned.sum(), ones)
        torch.testing.assert_close(gradient, thinned.detach())
        assert Dropout(share).eval()(ones) is ones
    with pytest.raises(ValueError, match="less than 1"):
        Dropout(1.0)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="power of 3"):
        VideoPose3DConfig(frames=28)
    with pytest.raises(ValueError, match="multiple of 3"):
        VideoPose3DConfig(outputs=50)
    network = VideoPose3D(VideoPose3DConfig(frames=9, channels=8))
    with pytest.raises(AssertionError):
        network(torch.zeros(1, 8, 34))
    with pytest.raises(AssertionError):
        network.slide(torch.zeros(1, 8, 34))
