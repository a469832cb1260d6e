"""Corrections: what is kept of them, and in each Blender at hand how the keys follow."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender.checkout import load_package
from blender_host import ROOT, each_host, run_in_blender
from headless_support import walking_joints, write_film, write_result

load_package()

from pose_from_video.addon.errors import FixError  # noqa: E402 (there is no such package before)
from pose_from_video.addon.fix.edits import Edits, read_edits, runs  # noqa: E402
from pose_from_video.addon.fix.recipe import Recipe, read_recipe  # noqa: E402
from pose_from_video.addon.fix.store import keep, keep_as  # noqa: E402

SCRIPTS = Path(__file__).parent / "blender"
AVATAR = ROOT / "samples" / "avatars" / "woman_mixamo.glb"
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


@pytest.mark.bpy
@each_host
def test_keys_follow_corrections(host: str, tmp_path: Path) -> None:
    if not AVATAR.is_file():
        pytest.skip("samples/avatars has no woman_mixamo.glb")
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{(SCRIPTS / 'fake_child.py').read_text()}")
    python.chmod(0o755)
    film = write_film(tmp_path / "a film.mp4", FRAMES, FPS)
    result = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    other = write_result(tmp_path / "other.npz", walking_joints(FRAMES, FPS)[::-1], FPS)
    env = {"POSE_RUNTIME_PYTHON": str(python), "FAKE_FRAMES": "2", "FAKE_RESULT": str(result)}
    done = run_in_blender(
        host, SCRIPTS / "addon_fix.py", str(film), str(AVATAR), str(result), str(other), str(tmp_path), env=env
    )
    print(done.stdout)
    assert "passed all" in done.stdout
