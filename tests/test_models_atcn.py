"""The network: sizes as printed in the paper, convolution as PyTorch's, causality, dilated units."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from inference.models.atcn import Atcn, parameter_count  # noqa: E402
from inference.models.config import PRESETS, AtcnConfig  # noqa: E402
from inference.models.dilated_unit import unit_places  # noqa: E402
from inference.models.strided_convolution import StridedConvolution  # noqa: E402
from inference.models.temporal_attention import frame_similarity  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = AtcnConfig(frames=27, channels=32, groups=4, reduction=8, dropout=0.0)


@pytest.mark.parametrize(
    ("preset", "count"), [("L4xV2xN27", 5_690_163), ("L5xV3xN81", 8_455_347), ("L6xV4xN243", 11_220_531)]
)
def test_parameters_without_theta_and_units_are_table_1(preset: str, count: int) -> None:
    config = replace(PRESETS[preset], temporal_attention=False, dilated_units=False)
    assert parameter_count(Atcn(config)) == count


@pytest.mark.parametrize(
    ("changes", "millions"),
    [
        ({}, 11.25),
        ({"branches": 2}, 9.14),
        ({"branches": 4}, 13.36),
        ({"groups": 2}, 25.41),
        ({"groups": 4}, 15.97),
        ({"groups": 16}, 8.89),
        ({"reduction": 64}, 10.20),
        ({"reduction": 256}, 13.35),
    ],
)
def test_parameters_with_theta_are_table_2(changes: dict[str, int], millions: float) -> None:
    config = replace(PRESETS["L6xV4xN243"], dilated_units=False, **changes)
    assert parameter_count(Atcn(config)) / 1e6 == pytest.approx(millions, abs=0.006)


def test_parameters_with_theta_at_243_frames_exactly() -> None:
    assert parameter_count(Atcn(replace(PRESETS["L6xV4xN243"], dilated_units=False))) == 11_249_811


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("length", [3, 9, 27])
def test_strided_convolution_is_conv1d(dilation: int, length: int) -> None:
    torch.manual_seed(1)
    ours = StridedConvolution(32, 4, dilation, anchor=1)
    theirs = torch.nn.Conv1d(32, 32, 3, stride=3, dilation=dilation, padding=dilation - 1, groups=4, bias=False)
    theirs.weight.data = ours.as_conv1d_weight().detach().clone()
    tensors = torch.randn(5, length, 32, requires_grad=True)
    output, expected = ours(tensors), theirs(tensors.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(output, expected)
    direction = torch.randn_like(output)
    gradient, expected_gradient = (torch.autograd.grad(o, tensors, direction)[0] for o in (output, expected))
    torch.testing.assert_close(gradient, expected_gradient)


@pytest.mark.parametrize("frames", [9, 27, 81])
@pytest.mark.parametrize("causal", [False, True])
def test_shapes_and_every_frame_counts(frames: int, causal: bool) -> None:
    network = Atcn(replace(SMALL, frames=frames, causal=causal)).eval()
    windows = torch.randn(2, frames, 34, requires_grad=True)
    poses = network(windows)
    assert poses.shape == (2, 17, 3) and network.receptive_field() == frames
    poses.sum().backward()
    assert (windows.grad.abs().amax(dim=(0, 2)) > 0).all()


def test_units_land_where_lengths_agree_and_number_as_in_the_paper() -> None:
    assert [len(unit_places(PRESETS[name])) for name in PRESETS] == [1, 3, 6]
    assert unit_places(PRESETS["L5xV3xN81"]) == [(1, 0), (1, 1), (2, 0)]


def test_similarity_of_the_target_is_one_and_of_its_opposite_minus_one() -> None:
    windows = torch.randn(3, 9, 34)
    joints = windows.unflatten(-1, (17, 2))
    joints[:, 0] = 2 * joints[:, 4, :1] - joints[:, 4]
    similarity = frame_similarity(joints.flatten(2), 4)
    torch.testing.assert_close(similarity[:, 4], torch.ones(3))
    torch.testing.assert_close(similarity[:, 0], -torch.ones(3))


def test_wrong_window_length_is_refused() -> None:
    with pytest.raises(AssertionError):
        Atcn(SMALL)(torch.zeros(1, 26, 34))
    with pytest.raises(ValueError, match="power of 3"):
        AtcnConfig(frames=28)
