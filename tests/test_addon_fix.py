"""Corrections: what is kept of them, and in each Blender at hand how the keys follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from blender.checkout import load_package
from blender_host import AVATAR, each_host, run_in_blender
from fake_python import fake_python
from headless_support import walking_joints, write_film, write_result

load_package()

from pose_from_video.addon.errors import FixError  # noqa: E402 (there is no such package before)
from pose_from_video.addon.fix.box import Box  # noqa: E402
from pose_from_video.addon.fix.contact_strip import (  # noqa: E402
    ROW_PX,
    Span,
    contact_spans,
    row_at,
    row_bottom,
    standing_at,
    strip_strokes,
)
from pose_from_video.addon.fix.edits import Edits, read_edits, runs  # noqa: E402
from pose_from_video.addon.fix.picture_map import picture_map  # noqa: E402
from pose_from_video.addon.fix.recipe import Recipe, read_recipe  # noqa: E402
from pose_from_video.addon.fix.store import keep, keep_as  # noqa: E402
from pose_from_video.addon.look.strokes import project  # noqa: E402
from pose_from_video.rigs.filmed import Filmed, load_filmed  # noqa: E402

SCRIPTS = Path(__file__).parent / "blender"
FRAMES, FPS = 40, 30.0


def some_edits() -> Edits:
    edits = Edits().with_point(3, "left_wrist", 10.5, 20.25).with_swap(range(5, 9), ("arms",))
    return edits.with_contact("left", range(2, 6), True).with_contact("left", range(4, 8), False)


def test_edits_survive_their_file() -> None:
    edits = some_edits()
    words = edits.words()
    assert read_edits(words).words() == words
    assert words["points"] == [{"frame": 3, "joint": "left_wrist", "x_px": 10.5, "y_px": 20.25}]
    assert words["swaps"] == [{"start": 5, "end": 9, "part": "arms"}]
    assert words["contacts"] == [
        {"foot": "left", "start": 2, "end": 4, "standing": True},
        {"foot": "left", "start": 4, "end": 8, "standing": False},
    ]


def test_any_one_of_them_is_something() -> None:
    assert Edits().with_point(3, "head", 1.0, 2.0)
    assert Edits().with_swap(range(2), ("legs",))
    assert Edits().with_contact("left", range(2), False)


def test_what_is_taken_back_leaves_nothing() -> None:
    edits = some_edits().without_points([3]).with_swap(range(5, 9), ("arms",)).with_contact("left", range(20), None)
    assert not edits
    assert edits.words() == Edits().words()


def test_a_joints_point_goes_alone() -> None:
    edits = some_edits().with_point(3, "head", 1.0, 2.0)
    assert set(edits.without_points([3], "head").points) == {(3, "left_wrist")}
    assert not edits.without_points([3]).points


def test_swapping_overlapping_stretches_swaps_the_overlap_back() -> None:
    edits = Edits().with_swap(range(10), ("legs",)).with_swap(range(4, 6), ("legs", "arms"))
    assert runs(edits.swaps["legs"]) == [(0, 4), (6, 10)]
    assert runs(edits.swaps["arms"]) == [(4, 6)]


@pytest.mark.parametrize(
    "words",
    [
        {"schema": 2, "points": [], "swaps": [], "contacts": []},
        {"schema": 1, "points": [{"frame": 1, "joint": "tail", "x_px": 0, "y_px": 0}], "swaps": [], "contacts": []},
        {"schema": 1, "points": [{"frame": 1}], "swaps": [], "contacts": []},
        {"schema": 1},
    ],
)
def test_damaged_edits_are_refused(words: dict[str, object]) -> None:
    with pytest.raises(FixError, match=r"again|use one of"):
        read_edits(words)


def test_a_recipe_knows_whether_the_child_is_needed() -> None:
    plain = Recipe(Path("a.npz"), {}, Edits(), {"smoothing": 0.5})
    edited = Recipe(Path("a.npz"), {}, some_edits(), {"smoothing": 0.5})
    softer = Recipe(Path("a.npz"), {}, some_edits(), {"smoothing": 0.7})
    assert plain.lift_key() == "", "the base is the result"
    assert edited.lift_key() == softer.lift_key() != ""
    assert Recipe(Path("b.npz"), {}, some_edits(), {}).lift_key() != edited.lift_key()
    assert read_recipe(edited.text()).text() == edited.text()
    with pytest.raises(FixError, match="process the video again"):
        read_recipe("{}")


def test_results_are_kept_once(tmp_path: Path) -> None:
    first, second, folder = tmp_path / "1.npz", tmp_path / "2.npz", tmp_path / "kept"
    first.write_bytes(b"one"), second.write_bytes(b"one")
    kept = keep(first, folder)
    first.unlink()
    assert kept.read_bytes() == b"one"
    assert keep(second, folder) == kept == keep(kept, folder)
    assert len(list(folder.iterdir())) == 1
    other = keep_as(second, folder / "other.npz")
    assert other.read_bytes() == b"one"


def filmed_walk(folder: Path, contact: np.ndarray | None = None) -> Filmed:
    path = write_result(folder / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    if contact is not None:
        with np.load(path) as arrays:
            np.savez(path, **{**arrays, "contact": contact})
    return load_filmed(path)


def test_pixels_of_the_film_lie_where_its_camera_shows_them(tmp_path: Path) -> None:
    """The map agrees with projecting joints of the scene, and there and back is where one was."""
    filmed = filmed_walk(tmp_path)
    camera = filmed.world_from_camera @ np.diag([1.0, -1.0, -1.0, 1.0])
    lens = np.zeros((4, 4))  # of a view that shows more than the film
    lens[0, 0], lens[1, 1], lens[2, 2], lens[3, 2] = 1.1, 1.4, -1.0, -1.0
    perspective, size = lens @ np.linalg.inv(camera), (900, 700)
    shown = picture_map(filmed, 5, camera, perspective, size)
    seen = project(filmed.joints_m[5], perspective, size)
    np.testing.assert_allclose(shown.to_region(filmed.joints_px[5]), seen, atol=1e-2)
    place = tuple(filmed.joints_px[5, 3])
    np.testing.assert_allclose(shown.to_film(tuple(shown.to_region(np.array([place]))[0])), place, atol=1e-6)
    assert shown.to_film((-1e5, -1e5)) == (0.0, filmed.image_size_px[1]), "points stay in the picture"


def test_the_contact_strip_tells_what_was_found_and_what_was_said(tmp_path: Path) -> None:
    contact = np.zeros((FRAMES, 2))
    contact[10:20, 0] = 0.9
    filmed = filmed_walk(tmp_path, contact)
    edits = Edits().with_contact("left", range(15, 20), False).with_contact("right", range(3, 5), True)
    spans = [(span.foot, span.start, span.end, span.standing, span.said) for span in contact_spans(filmed, edits)]
    assert spans == [("left", 10, 15, True, False), ("left", 15, 20, False, True), ("right", 3, 5, True, True)]
    assert standing_at(filmed, edits, "left", 12) and not standing_at(filmed, edits, "left", 16)
    assert standing_at(filmed, edits, "right", 4) and not standing_at(filmed, edits, "right", 12)
    assert contact_spans(filmed_walk(tmp_path), Edits()) == [], "older results say nothing of the feet"


@pytest.mark.parametrize("scale", [1.0, 1.75])
def test_rows_of_the_strip_are_hit_where_they_are_drawn(scale: float) -> None:
    for foot in ("left", "right"):
        assert row_at(row_bottom(foot, scale) + ROW_PX * scale / 2, scale) == foot
    assert row_at(0.0, scale) is None
    assert row_at(row_bottom("left", scale) + 2 * ROW_PX * scale, scale) is None
    span = Span("left", 4, 8, True, True)
    strokes = strip_strokes([span], [6], FRAMES, lambda frame: 10.0 * frame, scale)
    ground, _, stands, point = strokes.triangles.reshape(-1, 6, 2)
    assert np.ptp(ground[:, 0]) == 10.0 * FRAMES
    assert (stands[:, 0].min(), stands[:, 0].max()) == (35.0, 75.0)
    assert stands[:, 1].min() == row_bottom("left", scale)
    assert np.isclose(stands[:, 1].max() - stands[:, 1].min(), ROW_PX * scale)
    assert abs(point[:, 0].mean() - 60.0) < 1e-9
    assert point[:, 1].min() > stands[:, 1].max()
    for box in (ground, stands, point):  # two triangles that fill it
        one, two = (abs(np.linalg.det(np.stack([c - a, b - a]))) / 2 for a, b, c in (box[:3], box[3:]))
        assert np.isclose(one + two, np.prod(np.ptp(box, axis=0)))


def test_a_box_is_a_region_whichever_way_it_was_drawn() -> None:
    drawn = [
        Box(one, two).region() for one, two in (((10, 20), (110, 90)), ((110, 20), (10, 90)), ((110, 90), (10, 20)))
    ]
    assert drawn == [(10, 20, 110, 90)] * 3
    assert Box((10.0, 20.0), (12.0, 90.0)).region() is None, "a click is no box"
    assert Box().region() is None


@pytest.mark.bpy
@each_host
def test_keys_follow_corrections(host: str, tmp_path: Path) -> None:
    python = fake_python(tmp_path)
    film = write_film(tmp_path / "a film.mp4", FRAMES, FPS)
    result = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    other = write_result(tmp_path / "other.npz", walking_joints(FRAMES, FPS)[::-1], FPS)
    env = {"POSE_RUNTIME_PYTHON": str(python), "FAKE_FRAMES": "2", "FAKE_RESULT": str(result)}
    done = run_in_blender(
        host, SCRIPTS / "addon_fix.py", str(film), str(AVATAR), str(result), str(other), str(tmp_path), env=env
    )
    print(done.stdout)
    assert "passed all" in done.stdout
