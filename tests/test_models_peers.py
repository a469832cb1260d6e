"""The peers: parameter counts, windows against whole clips, causality, what each frame can change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.models.atcn import parameter_count  # noqa: E402
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
WINDOWED = sorted(name for name, config in PRESETS.items() if not config.slides)


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
    import json

    fields = json.loads(json.dumps(config_to_dict(PRESETS[name])))
    assert config_from_dict(fields) == PRESETS[name]
    assert isinstance(build_network(replace(PRESETS[name], channels=32)), KINDS[fields["kind"]][1])


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
