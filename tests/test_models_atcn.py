"""The network: sizes as printed in the paper, convolution as PyTorch's, causality, dilated units."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from awake import awake  # noqa: E402

from inference.models.atcn import Atcn, parameter_count  # noqa: E402
from inference.models.branch_mix import mix_branches  # noqa: E402
from inference.models.branches import run_branches  # noqa: E402
from inference.models.config import PRESETS, AtcnConfig  # noqa: E402
from inference.models.dilated_unit import unit_places  # noqa: E402
from inference.models.networks import config_from_dict, config_to_dict  # noqa: E402
from inference.models.strided_convolution import StridedConvolution  # noqa: E402
from inference.models.temporal_attention import frame_similarity  # noqa: E402

pytestmark = pytest.mark.torch
SMALL = AtcnConfig(frames=27, channels=32, groups=4, reduction=8, dropout=0.0)


# The 13 counts that the paper prints for its own networks, in its tables 1 to 3, in millions.
PRINTED = [
    ("table 1", "L4xV2xN27", {"temporal_attention": False}, 5.69),
    ("table 1", "L5xV3xN81", {"temporal_attention": False}, 8.46),
    ("table 1", "L6xV4xN243", {"temporal_attention": False}, 11.22),
    ("table 2", "L6xV4xN243", {"branches": 2}, 9.14),
    ("table 2", "L6xV4xN243", {"branches": 4}, 13.36),
    ("table 2", "L6xV4xN243", {"groups": 1, "temporal_attention": False}, 44.25),  # theta would make it 44.28
    ("table 2", "L6xV4xN243", {"groups": 2}, 25.41),
    ("table 2", "L6xV4xN243", {"groups": 4}, 15.97),
    ("table 2", "L6xV4xN243", {"groups": 8}, 11.25),
    ("table 2", "L6xV4xN243", {"groups": 16}, 8.89),
    ("table 2", "L6xV4xN243", {"reduction": 64}, 10.20),
    ("table 2", "L6xV4xN243", {"reduction": 256}, 13.35),
    ("table 3", "L4xV2xN27", {"branches": 2, "groups": 4}, 6.21),
]


@pytest.mark.parametrize(("table", "preset", "changes", "millions"), PRINTED)
def test_parameters_are_as_printed(table: str, preset: str, changes: dict[str, Any], millions: float) -> None:
    assert count({**changes, "dilated_units": "none"}, preset) / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize(
    ("preset", "exactly"), [("L4xV2xN27", 5_690_163), ("L5xV3xN81", 8_455_347), ("L6xV4xN243", 11_220_531)]
)
def test_parameters_without_theta_exactly(preset: str, exactly: int) -> None:
    assert count({"temporal_attention": False, "dilated_units": "none"}, preset) == exactly


def test_parameters_of_every_form_at_243_frames() -> None:
    plain = count({"dilated_units": "none"})
    assert plain == 11_249_811
    assert count({"dilated_units": "shared"}) == plain
    places = [layer for _, layer in unit_places(PRESETS["L6xV4xN243"])]
    pointwise = {True: 3 * 34 * 1024, False: 1024 * 1024 + 3 * 1024}  # reads frames, or features after a depthwise one
    assert count({"dilated_units": "own"}) - plain == sum(pointwise[layer == 0] + 3 * 1024 for layer in places)
    tensors = [243, 81, 27, 9, 3]
    direct = sum((243 + 1) * after for after in tensors[1:])
    chained = sum((before + 1) * after for before, after in pairwise(tensors))
    assert plain - count({"dilated_units": "none", "chained_attention": True}) == direct - chained


def count(changes: dict[str, Any], preset: str = "L6xV4xN243") -> int:
    return parameter_count(Atcn(replace(PRESETS[preset], **changes)))


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
    network = awake(Atcn(replace(SMALL, frames=frames, causal=causal))).eval()
    windows = torch.randn(2, frames, 34, requires_grad=True)
    poses = network(windows)
    assert poses.shape == (2, 17, 3) and network.receptive_field() == frames
    poses.sum().backward()
    assert (windows.grad.abs().amax(dim=(0, 2)) > 0).all()


@pytest.mark.parametrize("units", ["own", "none"])
@pytest.mark.parametrize("causal", [False, True])
def test_a_fresh_network_looks_at_its_target_and_learns_to_look_around(units: str, causal: bool) -> None:
    torch.manual_seed(1)
    network = Atcn(replace(SMALL, frames=81, dilated_units=units, causal=causal)).eval()
    windows = torch.randn(2, 81, 34, requires_grad=True)
    network(windows).sum().backward()
    target = network.config.target
    near = torch.zeros(81, dtype=torch.bool)
    near[[target - 2, target - 1, target] if causal else [target - 1, target, target + 1]] = True
    reach = windows.grad.abs().amax(dim=(0, 2))
    assert (reach[near] > 0).all() and (reach[~near] == 0).all()
    network.train()
    network(windows).square().sum().backward()
    assert all(block.norm.weight.grad.abs().sum() > 0 for block in network.blocks)


FORMS: list[dict[str, Any]] = [
    {},
    {"chained_attention": True},
    {"dilated_units": "shared"},
    {"dilated_units": "shared", "chained_attention": True, "causal": True},
    {"dilated_units": "none", "temporal_attention": False, "branches": 2},
    {"branches": 4, "causal": True},
    {"inputs": 51},
]


@pytest.mark.parametrize("changes", FORMS)
@pytest.mark.parametrize("frames", [9, 27, 81])
def test_training_computes_what_use_computes(changes: dict[str, Any], frames: int) -> None:
    torch.manual_seed(1)
    network = awake(Atcn(replace(SMALL, frames=frames, **changes))).eval()
    windows = torch.randn(3, frames, network.config.inputs)
    with torch.no_grad():
        expected = network(windows)
    poses = network(windows)  # with gradients: the path of the training
    assert poses.shape == (3, 17, 3)
    torch.testing.assert_close(poses, expected, rtol=1e-4, atol=1e-5)
    poses.square().sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in network.parameters())


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("length", [1, 2, 3, 9])
@pytest.mark.parametrize("weighted", [False, True])
def test_branches_have_the_gradients_of_plain_convolutions(causal: bool, length: int, weighted: bool) -> None:
    torch.manual_seed(1)
    anchor = 2 if causal else 1
    convolutions = [StridedConvolution(16, 2, m + 1, anchor).double() for m in range(4)]
    tensors = torch.randn(3, 3 * length, 16, dtype=torch.float64, requires_grad=True)
    scores = torch.rand(3, 3 * length, dtype=torch.float64, requires_grad=True) if weighted else None
    outputs, residual = run_branches(
        tensors, scores, [c.weight for c in convolutions], [c.offsets for c in convolutions], anchor
    )
    plain = tensors if scores is None else tensors * scores.unsqueeze(2)
    expected = [*(c(plain) for c in convolutions), tensors[:, anchor::3]]
    wanted = [tensors, *(c.weight for c in convolutions), *([scores] if weighted else [])]
    directions = [torch.randn_like(value) for value in expected]
    for ours, theirs in zip([*outputs, residual], expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    for ours, theirs in zip(
        torch.autograd.grad([*outputs, residual], wanted, directions),
        torch.autograd.grad(expected, wanted, directions),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_mixing_has_the_gradients_of_a_softmax() -> None:
    outputs = [torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    logits = torch.randn(2, 3, 8, dtype=torch.float64, requires_grad=True)
    shares = torch.softmax(logits, dim=1)
    expected = sum(output * shares[:, m : m + 1] for m, output in enumerate(outputs))
    mixed = mix_branches(outputs, logits)
    torch.testing.assert_close(mixed, expected, rtol=1e-5, atol=1e-6)  # the softmax is taken in single precision
    direction = torch.randn_like(expected)
    for ours, theirs in zip(
        torch.autograd.grad(mixed, [logits, *outputs], direction),
        torch.autograd.grad(expected, [logits, *outputs], direction),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_shared_units_run_the_layers_and_follow_their_weights() -> None:
    torch.manual_seed(1)
    network = awake(Atcn(replace(SMALL, frames=81, dilated_units="shared"))).eval()
    windows = torch.randn(2, 81, 34)
    with torch.no_grad():
        before = network(windows)
        alone = Atcn(replace(SMALL, frames=81, dilated_units="none")).eval()
        kept = {name: value for name, value in network.state_dict().items() if not name.startswith("units.")}
        alone.load_state_dict(kept)
        assert (alone(windows) - before).abs().max() > 1e-3
        unit = network.units["level1_layer1"].statistics[0]
        unit.running_mean += 1.0
        assert (network(windows) - before).abs().max() > 1e-4
    network.train()(windows)
    assert not torch.equal(unit.running_mean, network.blocks[0].kernels.norms[0].running_mean)


def test_a_checkpoint_of_the_days_when_units_were_a_yes_or_a_no_is_understood() -> None:
    for old, new in ((True, "own"), (False, "none")):
        config = config_from_dict({**config_to_dict(SMALL), "dilated_units": old})
        assert config == replace(SMALL, dilated_units=new)
    with pytest.raises(ValueError, match="none, own or shared"):
        replace(SMALL, dilated_units="some")


def test_units_land_where_lengths_agree_and_number_as_in_the_paper() -> None:
    assert [len(unit_places(PRESETS[name])) for name in ("L4xV2xN27", "L5xV3xN81", "L6xV4xN243")] == [1, 3, 6]
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
