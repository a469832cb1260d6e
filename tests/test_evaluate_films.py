"""Films with truth: their list, their cameras, and measures that find nothing wrong with the truth, but each fault."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from captured import pack_file
from test_evaluate_world import walker

from inference.clip import Track17
from inference.errors import InferenceError
from inference.evaluate.film import COMMON
from inference.evaluate.films import FilmCase, FilmTruth, read_films, twins
from inference.evaluate.films_measures import REFINED, MeasuredCase, identity_ok_pct, stage_figures
from inference.evaluate.films_report import GOALS, films_tables, report_of
from inference.joints import INDEX
from inference.lift.lifter import Lifter
from inference.lift.weights import DEFAULT_LIFTER
from samples.world_camera import Shot, camera_path
from samples.world_motion import contacts, resampled

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


class Unchanged:
    """Smoothing that does nothing."""

    DEFAULT_STRENGTH = FILLED_WEIGHT = 1.0

    def smooth_paths(self, paths: np.ndarray, *_: object) -> np.ndarray:
        return paths

    def joint_weights(self, confidence: np.ndarray, *_: object) -> np.ndarray:
        return confidence


def film(people: int = 1, apart_m: float = 2.0) -> FilmTruth:
    """The walker of the other measures' tests, as a film of one or two who walk beside each other."""
    clip = walker()
    place = np.eye(4)
    place[:3, :3], place[:3, 3] = LEVEL, (0.0, 0.0, 1.0)
    one = clip.truth_m @ LEVEL.T + place[:3, 3]
    world = np.stack([one + np.array([apart_m * number, 0.0, 0.0]) for number in range(people)])
    camera = (world - place[:3, 3]) @ LEVEL
    frames = len(one)
    return FilmTruth(
        path=Path("walk.mp4"), kind="still", hides="", heights_m=np.full(people, 1.75), world_m=world, camera_m=camera,
        px=clip.focal_px * camera[..., :2] / camera[..., 2:] + np.array([640.0, 360.0]),
        visible=np.ones((people, frames, 17), np.bool_), contact=np.zeros((people, frames, 2, 2), np.bool_),
        hidden=clip.hidden, places=np.tile(place, (frames, 1, 1)), focals_px=np.full(frames, clip.focal_px), fps=30.0,
    )  # fmt: skip


def case(truth: FilmTruth, person: int = 0, px: np.ndarray | None = None) -> MeasuredCase:
    """Lifted without an error; the detector's own 3D is half as large."""
    clip = walker()
    world = np.where(np.isnan(clip.track.world), 0.5 * truth.camera_m[person].astype(np.float32), 0.0)
    px = truth.px[person] if px is None else px
    track = replace(clip.track, px=px.astype(np.float32), world=world.astype(np.float32), layout="h36m-17")
    seen = Track17(px, clip.joints_2d.confidence, clip.joints_2d.detected, clip.joints_2d.exchanged)
    lifted = truth.camera_m[person] - truth.camera_m[person][:, :1]
    return MeasuredCase(FilmCase(truth, person, track, seen, lifted, lifted), Unchanged())


def test_the_truth_is_the_lifters_without_an_error() -> None:
    one = case(film())
    assert one.errors_mm("lifter alone").max() < 1e-3
    assert one.detector_errors_mm().max() < 1e-2, "a similarity hides that it is half as large"
    assert one.common_errors_mm(REFINED).shape[1] == len(COMMON)
    assert one.clip.heights_m[0, INDEX["head"]] == pytest.approx(1.75)
    assert one.followed() == 1.0


def test_a_foot_that_truly_stands_and_slides_is_told_in_millimetres_a_frame() -> None:
    truth = film()
    truth.contact[0, 40:60, 0] = True
    one = case(truth)
    step = np.arange(len(one.clip.truth_m))[:, None, None] * np.array([0.005, 0.0, 0.0])
    held = np.repeat(one.clip.truth_m[40:41], len(step), axis=0)
    one.joints = {REFINED: held + step}
    assert one.slides_mm(REFINED, seen=True) == [pytest.approx(5.0)]
    truth.visible[0, 40:60] = False
    assert not one.slides_mm(REFINED, seen=True)
    assert len(one.slides_mm(REFINED, seen=False)) == 1


def test_who_is_taken_for_somebody_else_is_found_out() -> None:
    truth = film(2)
    right, left = case(truth, 0), case(truth, 1)
    assert right.keeps_identity() and left.keeps_identity()
    mixed = truth.px[0].copy()
    mixed[60:80] = truth.px[1, 60:80]
    switched = case(truth, 0, mixed)
    assert not switched.keeps_identity()
    assert identity_ok_pct([right, left], []) == 100.0
    assert identity_ok_pct([switched, left], []) == 0.0
    assert identity_ok_pct([right, left], ["another"]) == 50.0
    assert case(film(2, 0.02), 0, mixed).keeps_identity(), "two in one place cannot be told apart"


def test_the_click_is_on_the_chosen_one() -> None:
    truth = film(2, 1.0)
    for person in range(2):
        places = list(truth.places_to_click(person))
        assert len({frame for frame, *_ in places}) == len(places) > 1
        for frame, *at in places:
            away = np.linalg.norm(truth.px[:, frame].mean(axis=1) - at, axis=-1)
            assert np.argmin(away) == person


def test_a_film_in_which_half_is_hidden_knows_its_twin() -> None:
    clear, other = film(), replace(film(), world_m=film().world_m + 0.1)
    hidden = replace(clear, hides="legs")
    assert twins([clear, hidden, other]) == [(hidden, clear)]
    cases = [case(clear), case(hidden)]
    assert stage_figures(cases, REFINED)["occluded_over_clean"] == pytest.approx(1.0)


def test_every_promised_figure_has_its_place() -> None:
    """All but those of tilted and moving cameras, of which there are none here."""
    truth = film()
    truth.contact[0, 40:60, 0] = True
    noisy = case(truth)
    noise = np.random.default_rng(0).normal(0.0, 0.01, noisy.clip.truth_m.shape)
    noisy = MeasuredCase(replace(noisy.case, alone=noisy.case.lifted + noise), Unchanged())
    two = film(2)
    cases = [noisy, case(replace(truth, hides="legs")), case(two, 0), case(two, 1)]
    report = report_of(cases, {}, Lifter(DEFAULT_LIFTER))
    assert set(GOALS) - set(report["keys"]) == {"lean_deg", "moving_camera_gain"}
    assert all(np.isfinite(list(report["keys"].values())))
    assert report["cases"] == len(report["clips"]) == 4
    assert "p_mpjpe_over_detector" in films_tables(report)


def test_an_empty_folder_and_a_broken_truth_are_named(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match="no film with its truth"):
        read_films(tmp_path)
    (tmp_path / "bad.mp4").touch()
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(InferenceError, match=r"bad\.npz cannot be read"):
        read_films(tmp_path)


@pytest.mark.parametrize("move", ["still", "pan", "hand", "hand pan"])
def test_a_camera_keeps_everybody_in_the_picture(move: str) -> None:
    """Everybody lies inside the margins, the axes stay at right angles, and only cameras that shall move do."""
    points = film(2).world_m.transpose(1, 0, 2, 3).reshape(150, -1, 3)
    shot = Shot(move=move, pitch_deg=-10.0, roll_deg=20.0, zoom=1.2 if move == "hand pan" else 1.0)
    path = camera_path(shot, points, (832, 448), 30.0, np.random.default_rng(1))
    share = path.to_px(points, (832, 448)) / [832, 448]
    assert share.min() >= shot.margin and share.max() <= 1.0 - shot.margin
    turns = path.places[:, :3, :3]
    np.testing.assert_allclose(turns.swapaxes(1, 2) @ turns, np.tile(np.eye(3), (150, 1, 1)), atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)
    assert (np.ptp(turns, axis=0).max() > 1e-3) == (move != "still")
    assert path.focals_px[-1] / path.focals_px[0] == pytest.approx(shot.zoom)
    level = camera_path(replace(shot, roll_deg=0.0, move="still"), points, (832, 448), 30.0, np.random.default_rng(1))
    right, forward = level.places[0, :3, 0], level.places[0, :3, 2]
    assert right[2] == pytest.approx(0.0)
    assert np.degrees(np.arcsin(forward[2])) == pytest.approx(-10.0)


def test_a_motion_at_another_rate_goes_the_same_way() -> None:
    """Frames of the clip are kept as they are; between them a curve of the second degree is met exactly."""
    frames = np.arange(12.0)
    path = np.stack([0.5 * frames**2 - frames, 3.0 * frames], axis=1)
    at = np.arange(1.0, 10.0, 0.4)
    exact = np.stack([0.5 * at**2 - at, 3.0 * at], axis=1)
    np.testing.assert_allclose(resampled(path, at), exact, atol=1e-9)
    np.testing.assert_allclose(resampled(path, frames), path, atol=1e-9)
    with pytest.raises(SystemExit, match="has 12 frames"):
        resampled(path, np.array([0.0, 14.0]))


def test_a_foot_stands_where_it_is_low_and_slow() -> None:
    soles = np.zeros((60, 2, 2, 3))
    soles[:, 1, :, 0] = 0.05 * np.arange(60)[:, None]  # the right foot slides
    soles[30:, 0, 0, 2] = 0.08  # the left heel is lifted
    standing = contacts(soles, 30.0)
    assert standing[2:28, 0].all() and standing[32:, 0, 1].all()
    assert not standing[32:, 0, 0].any() and not standing[:, 1].any()


def test_the_list_holds_every_kind_of_film_and_bodies_of_their_own() -> None:
    listed = json.loads((SAMPLES / "world_films.json").read_text(encoding="utf-8"))
    films = listed["films"]
    assert len(films) >= 24 and len({one["name"] for one in films}) == len(films)
    shots = [one.get("shot", {}) for one in films]
    assert {shot.get("move", "still") for shot in shots} >= {"still", "pan", "hand"}
    assert max(abs(shot.get("roll_deg", 0.0)) for shot in shots) == 25.0
    assert {one.get("fps", 30) for one in films} == {24, 30, 60}
    assert {len(one["people"]) for one in films} == {1, 2, 3}
    assert any(one.get("blur", 0.0) > 0.0 for one in films)
    assert all(one["place"] in listed["places"] for one in films)
    by_name = {one["name"]: one for one in films}
    for one in films:
        assert ("hides" in one) == ("twin" in one)
        if "twin" in one:
            same = by_name[one["twin"]]
            assert {key: one.get(key) for key in ("place", "people", "shot")} == {
                key: same.get(key) for key in ("place", "people", "shot")
            }
    bodies = set(json.loads((SAMPLES / "world_bodies.json").read_text(encoding="utf-8")))
    assert {role["body"] for one in films for role in one["people"]} <= bodies
    assert not bodies & set(json.loads((SAMPLES / "bodies.json").read_text(encoding="utf-8")))


def test_the_films_motions_are_those_that_no_network_saw() -> None:
    """Every motion is in the test split, and long enough."""
    with np.load(pack_file(), allow_pickle=False) as stored:
        lengths = dict(zip(stored["names"].tolist(), np.diff(stored["offsets"]).tolist(), strict=True))
    for one in json.loads((SAMPLES / "world_films.json").read_text(encoding="utf-8"))["films"]:
        for role in one["people"]:
            assert role["first"] + 30 * one.get("seconds", 2.0) < lengths[role["clip"]], one["name"]
