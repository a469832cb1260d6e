"""Films whose truth is known, through the whole program: one case for each person who is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip3D, Track17
from ..detect.keypoint_files import read_keypoints
from ..errors import InferenceError
from ..joints import INDEX, REFERENCE_HEIGHT_M
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..npz import read_arrays
from ..protocol import DEFAULT_QUALITY
from ..refine.settings import DEFAULT, RefineSettings
from ..shots import lift_shots, place_shots, track_shots
from .film_run import lift_film
from .world_clips import WorldClip, as_detected

Array = NDArray[np.float64]

_TRUTH: Final = (
    *("kind", "hides", "heights_m", "joints_world_m", "joints_camera_m", "joints_px", "visible", "contact", "hidden"),
    *("world_from_camera", "focal_px", "image_size_px", "fps"),
)
_TRUNK: Final = [INDEX[name] for name in ("pelvis", "spine", "thorax")]
_TURNED_RAD: Final = 1e-3
_MOSTLY: Final = 0.5
_MOMENTS, _MOMENT_S = 4, 0.3
"""How often somebody is looked for who was not found where they stand, and how far apart in time."""


@dataclass(frozen=True, slots=True)
class FilmTruth:
    """A film and what is true of it: P people over T frames (samples/README.md).

    Attributes:
        path: the film.
        kind: which sort of film it is.
        hides: the half of the first person that a board hides for a while; empty for none.
        heights_m: (P,) of the people.
        world_m, camera_m: (P, T, 17, 3) in the world and in each frame's camera.
        px: (P, T, 17, 2).
        visible: (P, T, 17) joints that nothing hides.
        contact: (P, T, 2, 2) heel and toe of the left and the right foot stand.
        hidden: (T,) the board is up.
        places: (T, 4, 4) world_from_camera.
        focals_px: (T,).
        fps: frames a second.
    """

    path: Path
    kind: str
    hides: str
    heights_m: Array
    world_m: Array
    camera_m: Array
    px: Array
    visible: NDArray[np.bool_]
    contact: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    places: Array
    focals_px: Array
    fps: float

    @property
    def moves(self) -> bool:
        """Whether the camera turns, travels or zooms."""
        turns = np.linalg.norm(self.places[:, :3, :3] - self.places[0, :3, :3], axis=(1, 2))
        return bool(turns.max() > _TURNED_RAD or np.ptp(self.focals_px) > 0.0)

    @property
    def tilted(self) -> bool:
        """Whether a camera that stands still is rolled."""
        return self.kind == "tilted"

    def places_to_click(self, person: int) -> Iterator[list[int]]:
        """[frame, x, y]: the middle of somebody's trunk, first where it is seen best, then in other moments."""
        seen = self.visible[person][:, _TRUNK].sum(axis=1) * 100 + self.visible[person].sum(axis=1)
        middle = self.px[person][:, _TRUNK].mean(axis=1)
        others = np.delete(self.px[..., _TRUNK, :].mean(axis=2), person, axis=0)
        away = np.linalg.norm(others - middle, axis=-1).min(axis=0) if len(others) else np.zeros(len(middle))
        apart = np.minimum(away / np.ptp(self.px[person][..., 1]), _MOSTLY)
        order = np.argsort(-(np.round(apart * 20) * 1000 + seen), kind="stable")
        for _ in range(_MOMENTS):
            frame = int(order[0])
            yield [frame, *np.round(middle[frame]).astype(int).tolist()]
            order = order[np.abs(order - frame) > _MOMENT_S * self.fps]
            if not len(order):
                return

    def is_twin_of(self, other: FilmTruth) -> bool:
        """Whether this film shows the same without the board that hides half of somebody in the other."""
        same = self.world_m.shape == other.world_m.shape and self.hides == "" and other.hides != ""
        return same and bool(np.allclose(self.world_m, other.world_m))


@dataclass(frozen=True, slots=True)
class FilmCase:
    """One person of a film, as the program detected and lifted them.

    Attributes:
        truth: of the film.
        person: which of its people.
        track, joints_2d: as detected.
        alone: (T, 17, 3) root-relative, axes of each frame's own camera: the lifter alone, on the joints as detected.
        lifted: (T, 17, 3) the same on `joints_2d`, mended.
    """

    truth: FilmTruth
    person: int
    track: KeypointTrack
    joints_2d: Track17
    alone: Array
    lifted: Array

    @property
    def name(self) -> str:
        """Of the film, and whom it is about where it shows several."""
        return self.truth.path.stem + (f", {self.person + 1}" if len(self.truth.px) > 1 else "")

    def place(self, settings: RefineSettings = DEFAULT) -> Clip3D:
        """The program's refinement, for a person of the reference height."""
        return place_shots(self.track, self.joints_2d, self.lifted, None, settings=settings)

    def clip(self) -> WorldClip:
        """The case for measures of clips: axes of the first frame's camera, metres of the reference height."""
        truth, frames = self.truth, slice(0, len(self.track))
        size = REFERENCE_HEIGHT_M / float(truth.heights_m[self.person])
        first = truth.places[0]
        up = first[2, :3]
        return WorldClip(
            name=self.name,
            track=self.track,
            joints_2d=self.joints_2d,
            alone=self.track.camera_path.to_first(self.alone),
            lifted=self.track.camera_path.to_first(self.lifted),
            truth_m=size * (truth.world_m[self.person, frames] - first[:3, 3]) @ first[:3, :3],
            up=up,
            floor_m=-size * float(first[2, 3]),
            focal_px=float(truth.focals_px[0]),
            hidden=truth.hidden[frames],
            clean=True,
        )


def read_films(folder: Path) -> list[FilmTruth]:
    """All films of a folder that have their truth beside them, by name.

    Raises:
        InferenceError: there is none, or a truth cannot be read.
    """
    truths = [path for path in sorted(folder.glob("*.npz")) if path.with_suffix(".mp4").is_file()]
    if not truths:
        message = f"There is no film with its truth in {folder}."
        raise InferenceError("no-film", message, "Make them with samples/make_world_films.py.")
    return [_read_film(path) for path in truths]


def _read_film(path: Path) -> FilmTruth:
    try:
        arrays: dict[str, Any] = read_arrays(path, _TRUTH)
    except ValueError as error:
        message = f"{path.name} cannot be read ({error})."
        raise InferenceError("bad-file", message, "Make it again with samples/make_world_films.py.") from error
    return FilmTruth(
        path=path.with_suffix(".mp4"),
        kind=str(arrays["kind"]),
        hides=str(arrays["hides"]),
        heights_m=arrays["heights_m"],
        world_m=arrays["joints_world_m"].astype(np.float64),
        camera_m=arrays["joints_camera_m"].astype(np.float64),
        px=arrays["joints_px"].astype(np.float64),
        visible=arrays["visible"],
        contact=arrays["contact"],
        hidden=arrays["hidden"],
        places=arrays["world_from_camera"],
        focals_px=arrays["focal_px"],
        fps=float(arrays["fps"]),
    )


def detect_cases(film: FilmTruth, lifter: Lifter, folder: Path) -> list[FilmCase]:
    """A film through the child process, once for each of its people, who is chosen by a click where there are several.

    Detections are kept, since they take longest by far: delete them when the detector has changed. What comes after
    them is done anew each time.

    Args:
        film: with its truth.
        lifter: what lifts.
        folder: where results lie.

    Raises:
        InferenceError: the child process fails.
    """
    people = len(film.px)
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for person in range(people):
        output = folder / f"{film.path.stem}-{person}.npz"
        if not output.is_file() or output.stat().st_mtime < film.path.stat().st_mtime:
            requests = [{"person": place} for place in film.places_to_click(person)] if people > 1 else [{}]
            _lift_first(film, lifter, output, requests)
        cases.append(read_case(film, person, lifter, output))
    return cases


def _lift_first(film: FilmTruth, lifter: Lifter, output: Path, requests: Sequence[dict[str, list[int]]]) -> None:
    """With the first of the requests that finds somebody; the last one's error is raised."""
    for number, request in enumerate(requests):
        try:
            lift_film(lifter.info.name, DEFAULT_QUALITY, film.path, output, request)
            return
        except InferenceError as error:
            if error.code != "nobody-there" or number == len(requests) - 1:
                raise


def read_case(film: FilmTruth, person: int, lifter: Lifter, result: Path) -> FilmCase:
    """One person of a film from the program's result, lifted again as the program does."""
    track = read_keypoints(result, None, lambda _code, _text: None).cut(0, film.world_m.shape[1])
    joints_2d = track_shots(track, film.path.name)
    alone = lift_shots(track, as_detected(track), lifter)
    return FilmCase(film, person, track, joints_2d, alone, lift_shots(track, joints_2d, lifter))


def taken_for_still(case: FilmCase, lifter: Lifter) -> FilmCase:
    """The same case when nobody knew that the camera moves."""
    track = replace(case.track, camera=None)
    joints_2d = track_shots(track, case.truth.path.name)
    return replace(case, track=track, joints_2d=joints_2d, lifted=lift_shots(track, joints_2d, lifter))


def twins(films: Sequence[FilmTruth]) -> list[tuple[FilmTruth, FilmTruth]]:
    """(with the board, without it) for each film in which half of somebody is hidden."""
    return [(one, other) for one in films for other in films if other.is_twin_of(one)]
