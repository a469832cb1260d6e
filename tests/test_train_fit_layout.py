"""Fitting a layout's recipes: a detector's known habit is found, on both sides alike, and written as data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from inference import joints
from inference.layouts import layouts, load_layout
from inference.train.fit_layout import LAYOUT, NEAR, Views, error, fit_all, fit_recipe, write_recipes


@pytest.fixture
def plain() -> layouts.Layout:
    """BlazePose's points, each joint taken to be its own point."""
    layout = load_layout(LAYOUT)
    weights = np.zeros_like(layout.weights)
    for joint, name in enumerate(joints.NAMES):
        point = {"pelvis": "left_hip", "spine": "left_hip", "thorax": "left_shoulder", "head": "nose"}.get(name, name)
        weights[joint, layout.points.index(point)] = 1.0
    return layouts.Layout(layout.name, layout.points, layout.mirrored, weights)


def made_views(layout: layouts.Layout, rng: np.random.Generator, count: int = 400) -> Views:
    """Points at random places; every shoulder joint lies a tenth of the way from its point to the hip's."""
    points = rng.normal(size=(count, len(layout.points), 2))
    true = np.einsum("jk,nkc->njc", layout.weights, points)
    for side in ("left", "right"):
        shoulder, hip = (layout.points.index(f"{side}_{part}") for part in ("shoulder", "hip"))
        true[:, joints.INDEX[f"{side}_shoulder"]] = 0.9 * points[:, shoulder] + 0.1 * points[:, hip]
    true += rng.normal(scale=0.01, size=true.shape)
    return Views(points, true, np.array([f"body {n % 4}" for n in range(count)]))


def test_a_known_habit_is_found(plain: layouts.Layout) -> None:
    views = made_views(plain, np.random.default_rng(3))
    everybody = np.ones(len(views.body), dtype=bool)
    recipe = fit_recipe(plain, views, "right_shoulder", everybody)
    assert sum(recipe.values()) == pytest.approx(1.0, abs=1e-9)
    assert recipe["right_shoulder"] == pytest.approx(0.9, abs=0.02)
    assert recipe["right_hip"] == pytest.approx(0.1, abs=0.02)
    before = {name: float(name == "right_shoulder") for name in NEAR["right_shoulder"]}
    after = error(plain, views, "right_shoulder", recipe, everybody)
    assert after < 0.3 * error(plain, views, "right_shoulder", before, everybody)


def test_only_joints_that_gain_on_unseen_bodies_change(plain: layouts.Layout) -> None:
    assert set(fit_all(plain, made_views(plain, np.random.default_rng(4)))) == {"right_shoulder"}


def test_recipes_are_written_for_both_sides(tmp_path: Path) -> None:
    path = tmp_path / f"{LAYOUT}.json"
    shutil.copy(Path(layouts.__file__).parent / f"{LAYOUT}.json", path)
    before = json.loads(path.read_text())
    write_recipes(path, {"right_shoulder": {"right_shoulder": 0.9, "right_hip": 0.1}})
    after = json.loads(path.read_text())
    assert after["joints"]["left_shoulder"] == {"left_shoulder": 0.9, "left_hip": 0.1}
    assert after["joints"]["thorax"] == pytest.approx(
        {"left_shoulder": 0.45, "left_hip": 0.05, "right_shoulder": 0.45, "right_hip": 0.05}
    )
    assert after["points"] == before["points"]
    assert after["joints"]["nose"] == before["joints"]["nose"]
    assert max(map(len, path.read_text().splitlines())) > 40  # recipes stay on one line, for people to read
