"""Errors fitted to a detector: known errors are found again, drawn as found, and mixed with the generic ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inference.errors import InferenceError
from inference.joints import COUNT, INDEX
from inference.layouts import load_layout
from inference.lift.normalise import MIRRORED
from inference.train.film_errors import FilmErrors
from inference.train.fit_noise import fit, knot_correlation, write
from inference.train.fitted_noise import DRAWN, FOLDER, Episodes, FittedNoise
from inference.train.mark_keypoints import mark
from inference.train.noise import CLEAN, FITTED, GENERIC, LAYOUTS, NoiseModel, add_noise

STANDING = np.array(
    [[0, 0], [-5, 0], [-5, 25], [-5, 50], [5, 0], [5, 25], [5, 50], [0, -12], [0, -28], [0, -38], [0, -45], [10, -28],
     [12, -12], [14, 2], [-10, -28], [-12, -12], [-14, 2]]
) / 100.0  # fmt: skip
CLIPS, FRAMES = 30, 60


def film_of(errors: np.ndarray, truth: np.ndarray | None = None) -> FilmErrors:
    truth = np.tile(STANDING, (len(errors), 1, 1)) if truth is None else truth
    return FilmErrors(
        truth + errors, truth, np.ones(errors.shape[:2]), np.zeros(errors.shape[:2]),
        FRAMES * np.arange(CLIPS + 1), np.array([f"body {n % 5}" for n in range(CLIPS)]), 30.0,
    )  # fmt: skip


def made_errors(bias: float, white: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    constant = np.repeat(rng.normal(scale=bias, size=(CLIPS, 1, COUNT, 2)), FRAMES, axis=1)
    return (constant + rng.normal(scale=white, size=constant.shape)).reshape(-1, COUNT, 2)


@pytest.fixture(scope="module")
def blazepose() -> FittedNoise:
    return FittedNoise.from_file("blazepose-33")


def test_bias_and_jitter_are_told_apart() -> None:
    parts = {part["knot_frames"]: part["heights"] for part in fit(film_of(made_errors(0.012, 0.003)), "x")["parts"]}
    lasting = np.hypot([*parts[0].values()], [*parts[60].values()])
    np.testing.assert_allclose(lasting, 0.012, rtol=0.35)
    np.testing.assert_allclose([*parts[1].values()], 0.003, rtol=0.15)
    assert max(parts[18].values()) < 0.004


def test_joints_that_err_together_are_drawn_together(tmp_path: Path) -> None:
    errors = made_errors(0.012, 0.001)
    errors[:, INDEX["left_hip"]] = errors[:, INDEX["right_hip"]]
    write(tmp_path / "x.json", fit(film_of(errors), "x"))
    drawn = FittedNoise.from_file(tmp_path / "x.json").draw(1500, 9, np.random.default_rng(2))[:, 4]

    def together(one: str, other: str) -> float:
        return float(np.corrcoef(drawn[:, INDEX[one], 1], drawn[:, INDEX[other], 1])[0, 1])

    assert together("left_hip", "right_hip") > 0.4
    assert abs(together("left_hip", "left_wrist")) < 0.2


def test_a_habit_is_found_along_the_trunk() -> None:
    rng = np.random.default_rng(3)
    turn = rng.uniform(-1.0, 1.0, (CLIPS * FRAMES, 1, 1))
    cos, sin = np.cos(turn)[..., 0], np.sin(turn)[..., 0]
    x, y = STANDING[None, :, 0], STANDING[None, :, 1]
    truth = np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
    errors = made_errors(0.001, 0.001)
    errors[:, INDEX["nose"]] += 0.1 * (truth[:, INDEX["thorax"]] - truth[:, 0])
    values = fit(film_of(errors, truth), "x")
    assert values["mean_up"][INDEX["nose"]] == pytest.approx(0.1, abs=0.01)
    others = [value for joint, value in enumerate(values["mean_up"]) if joint != INDEX["nose"]]
    assert np.abs(others).max() < 0.01


def test_slips_and_exchanged_sides_are_counted() -> None:
    errors = made_errors(0.002, 0.001)
    wrist = INDEX["left_wrist"]
    for clip in range(0, CLIPS, 3):  # 10 of 60 frames in a third of the clips
        errors[clip * FRAMES + 20 : clip * FRAMES + 30, wrist, 0] += 0.15
    legs = np.arange(1, 7)
    truth = np.tile(STANDING, (len(errors), 1, 1))
    exchanged = slice(5 * FRAMES, 5 * FRAMES + 12)
    errors[exchanged, legs] += truth[exchanged][:, np.array(MIRRORED)[legs]] - truth[exchanged][:, legs]
    values = fit(film_of(errors), "x")
    # Left and right count together: half of the wrists' frames.
    assert values["slips"]["share"][wrist] == pytest.approx(10 / 60 / 3 / 2, rel=0.05)
    assert values["slips"]["heights"][wrist] == pytest.approx(0.15 / np.sqrt(2), rel=0.1)
    assert values["swaps"]["legs"] == {"share": pytest.approx(12 / (CLIPS * FRAMES), rel=0.05), "frames": 12.0}
    assert values["swaps"]["arms"]["share"] == 0.0


def test_clips_without_a_person_teach_nothing() -> None:
    film = film_of(made_errors(0.01, 0.003))
    film.detected[:] = np.nan
    with pytest.raises(InferenceError, match="finds nobody"):
        fit(film, "x")


def test_noise_between_knots_has_the_correlation_that_the_fit_assumes() -> None:
    factor = np.zeros((2 * len(DRAWN), 2 * COUNT), np.float32)
    factor[0, 2] = 1.0
    none = Episodes(np.zeros(COUNT), np.ones(COUNT))
    zero = np.zeros(COUNT, np.float32)
    noise = FittedNoise("x", zero, zero, (18, 1), (factor, 0 * factor), 0.0, 0.0, none, zero, none)
    rng = np.random.default_rng(4)
    track = np.concatenate([noise.draw(200, 60, rng)[:, :, 1, 0] for _ in range(20)])
    for lag in (0, 1, 5, 18, 30):
        seen = np.mean(track[:, lag:] * track[:, : 60 - lag])
        assert seen == pytest.approx(float(knot_correlation(np.array([lag]), 18)[0]), abs=0.04)


@pytest.mark.parametrize("frames", [1, 3, 27, 243])
def test_any_length_can_be_drawn_and_grows_with_the_person(blazepose: FittedNoise, frames: int) -> None:
    still = np.zeros((50, frames, COUNT, 2), np.float32)
    near, far = (
        blazepose.apply(still, np.full(50, height, np.float32), np.random.default_rng(5)) for height in (0.8, 0.2)
    )
    assert near.shape == still.shape and near.dtype == np.float32 and np.isfinite(near).all()
    np.testing.assert_allclose(near, 4.0 * far, atol=1e-4)
    assert 0.005 < np.median(np.linalg.norm(near[:, :, DRAWN], axis=-1)) / 0.8 < 0.03


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_drawn_is_as_large_as_what_was_measured(layout: str) -> None:
    table = json.loads((FOLDER / f"{layout}.json").read_text())["statistics"]["joints"]
    still = np.zeros((1000, 27, COUNT, 2), np.float32)
    away = np.linalg.norm(
        FittedNoise.from_file(layout).apply(still, np.ones(1000, np.float32), np.random.default_rng(6)), axis=-1
    )
    for quantile, key in ((0.5, "median"), (0.9, "p90")):
        drawn = np.array([np.quantile(away[..., INDEX[name]], quantile) for name in table])
        measured = np.array([row[key] for row in table.values()])
        assert np.exp(np.mean(np.log(drawn / measured))) == pytest.approx(1.0, abs=0.2)
        assert np.corrcoef(drawn, measured)[0, 1] > 0.6


def test_windows_are_mixed_in_the_shares_asked_for(blazepose: FittedNoise) -> None:
    model = NoiseModel(clean=0.2, fitted=(blazepose, blazepose), fitted_share=0.5)
    kinds = model.draw_kinds(20000, np.random.default_rng(7))
    shares = [np.mean(kinds == kind) for kind in (CLEAN, GENERIC, FITTED, FITTED + 1)]
    np.testing.assert_allclose(shares, [0.2, 0.4, 0.2, 0.2], atol=0.02)
    rays = np.tile(STANDING.astype(np.float32), (300, 27, 1, 1))
    ones, kinds = np.ones(300, np.float32), kinds[:300]
    noisy = add_noise(rays, ones, ones, model, np.random.default_rng(8), kinds)
    moved = (noisy != rays).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(moved, kinds != CLEAN)
    np.testing.assert_allclose(noisy[:, :, 8], (noisy[:, :, 11] + noisy[:, :, 14]) / 2, atol=1e-6)


def test_a_detectors_own_noise_is_in_every_window() -> None:
    kinds = NoiseModel.from_file("blazepose-33").draw_kinds(500, np.random.default_rng(9))
    assert (kinds == FITTED).all()
    assert set(NoiseModel.mixed().draw_kinds(500, np.random.default_rng(9))) == {CLEAN, GENERIC, FITTED}


def test_layouts_are_mixed_evenly() -> None:
    model = NoiseModel.mixed(LAYOUTS)
    assert [fitted.name for fitted in model.fitted] == list(LAYOUTS)
    kinds = model.draw_kinds(9000, np.random.default_rng(10))
    shares = [np.mean(kinds == FITTED + number) for number in range(len(LAYOUTS))]
    np.testing.assert_allclose(shares, (1 - model.clean) * model.fitted_share / len(LAYOUTS), atol=0.02)


def test_marks_stand_where_the_layout_has_them(blazepose: FittedNoise) -> None:
    rng = np.random.default_rng(11)
    points = [name for name in load_layout("halpe-26").points if name not in ("head", "neck", "pelvis")]
    film = {
        "joints_camera_m": rng.normal((0, 0, 4), 0.3, (20, COUNT, 3)), "offsets": np.array([0, 8, 20]),
        "surface_m": rng.normal((0, 0, 4), 0.3, (20, len(points), 3)), "surface_names": np.array(points),
        "focal_px": np.array(500.0), "image_size_px": np.array([640, 480]),
    }  # fmt: skip
    drawn = mark(film, "halpe-26", blazepose)
    heel = load_layout("halpe-26").points.index("left_heel")
    seen = film["surface_m"][:, points.index("left_heel")]
    np.testing.assert_allclose(drawn[:, heel], 500 * seen[:, :2] / seen[:, 2:] + [320, 240], rtol=1e-4)
    neck = film["joints_camera_m"][:, INDEX["thorax"]]
    np.testing.assert_allclose(drawn[:, 18], 500 * neck[:, :2] / neck[:, 2:] + [320, 240], rtol=1e-4)
    wrist = load_layout("halpe-26").points.index("left_wrist")
    seen = film["surface_m"][:, points.index("left_wrist")]
    assert 0.1 < np.abs(drawn[:, wrist] - 500 * seen[:, :2] / seen[:, 2:] - [320, 240]).max() < 100
    film["surface_names"] = np.array(["thumb", *points[1:]])
    with pytest.raises(InferenceError, match="no mark for nose"):
        mark(film, "halpe-26", blazepose)


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match=r"no noise file gone.json") as caught:
        NoiseModel.from_file("gone")
    assert "blazepose-33" in caught.value.hint
    (tmp_path / "short.json").write_text('{"name": "x", "parts": []}')
    with pytest.raises(InferenceError, match=r"short.json is no noise file"):
        FittedNoise.from_file(tmp_path / "short.json")
