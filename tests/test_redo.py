"""A part of a film looked at again, a region of the picture, a person among several."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from child_process import ROOT, Child, needs_pose_model, needs_weights, request_line, write_request
from crossing_film import Crossing, write_crossing
from test_child_results import load

from inference import joints
from inference.protocol import Message
from inference.video import Image

FILM = ROOT / "samples" / "film.mp4"
SIZE = (640, 360)

pytestmark = [needs_pose_model, needs_weights]


def pictures(first: int, end: int) -> list[Image]:
    """Frames of the sample film."""
    capture = cv2.VideoCapture(str(FILM))
    read = [np.asarray(capture.read()[1], np.uint8) for _ in range(end)]
    capture.release()
    return read[first:]


def placed(pieces: list[tuple[Image, float, tuple[int, int]]]) -> Image:
    """A grey picture with others on it, each at a scale and a place (left, top)."""
    picture = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    for piece, scale, (x, y) in pieces:
        small = cv2.resize(piece, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture[y : y + small.shape[0], x : x + small.shape[1]] = small
    return picture


def write_film(path: Path, frames: list[Image]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30.0, (frames[0].shape[1], frames[0].shape[0]))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Crossing:
    return write_crossing(tmp_path_factory.mktemp("crossing") / "crossing.mp4")


class Server:
    """One child for all requests of this file."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def cancelled_at(self, status: str, folder: Path, **values: object) -> Message:
        """The last message of a job that is cancelled once it says a status."""
        self._child.send(request_line(write_request(folder, **values)))
        for message in self._child.messages():
            if message.type == "status" and message.text("text") == status:
                self._child.interrupt()
            if message.terminal:
                return message
        raise AssertionError("the child is gone")

    def last(self, folder: Path, **values: object) -> Message:
        """The last message of a job."""
        self._child.send(request_line(write_request(folder, **values)))
        return self._child.job()[-1]

    def result(self, folder: Path, **values: object) -> dict[str, np.ndarray]:
        """What a job made."""
        last = self.last(folder, **values)
        assert last.type == "result", last
        return load(folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Child(tmp_path_factory.mktemp("serve"), "serve", "--lifeline") as child:
        yield Server(child)
        child.hang_up()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large person on the left and a small one on the right, 24 frames."""
    left, right = pictures(0, 24), pictures(150, 174)
    frames = [
        placed([(a[60:440, 80:400], 0.9, (10, 5)), (b[100:440, 80:420, :][:, ::-1], 0.45, (420, 100))])
        for a, b in zip(left, right, strict=True)
    ]
    return write_film(tmp_path_factory.mktemp("two") / "two.mp4", frames)


@pytest.fixture(scope="module")
def people(server: Server, two: Path) -> list[dict[str, list[float]]]:
    folder = two.parent
    assert server.last(folder, video=two, people=5, output=folder / "people.json").type == "result"
    listed = json.loads((folder / "people.json").read_text("utf-8"))
    assert (listed["frame"], listed["image_size_px"]) == (5, list(SIZE))
    for person in listed["people"]:
        picture = cv2.imread(str(folder / person["thumbnail"]))
        assert picture is not None
        assert picture.shape == (160, 160, 3)
    return listed["people"]


def test_everybody_in_a_frame_is_listed_from_left_to_right(people: list[dict[str, list[float]]]) -> None:
    left, right = (person["box_px"] for person in people)
    assert left[2] < SIZE[0] / 2 < right[0]
    assert left[3] - left[1] > 1.5 * (right[3] - right[1])


def test_the_chosen_person_is_followed(
    server: Server, two: Path, people: list[dict[str, list[float]]], tmp_path: Path
) -> None:
    small = people[1]["place_px"]
    result = server.result(tmp_path, video=two, person=[5, *small])
    assert result["detected"].mean() > 0.9
    pelvis = result["joints_px"][:, joints.INDEX["pelvis"]]
    assert (np.abs(pelvis[:, 0] - small[0]) < 60).all()


def test_a_region_finds_who_is_overlooked_and_a_range_is_done_again(server: Server, two: Path, tmp_path: Path) -> None:
    was = server.result(tmp_path / "all", video=two, frame_start=2)
    region = [400, 80, 600, 270]
    base = tmp_path / "all" / "result.npz"
    now = server.result(tmp_path / "part", video=two, keypoints=base, redo=[5, 12], region=region)
    assert was["first_frame"] == now["first_frame"] == 2
    kept = np.r_[0:5, 12:22]
    for name in ("keypoints_px", "keypoint_confidence", "detector_world_m"):
        assert np.array_equal(now[name][kept], was[name][kept], equal_nan=True)
    assert (was["keypoints_px"][5:12, 0, 0] < SIZE[0] / 2).all()
    assert (now["keypoints_px"][5:12, 0, 0] > SIZE[0] / 2).all()
    # The small person stands where the same frames of the film show them.
    alone = server.result(tmp_path / "region", video=two, frame_start=7, frame_end=14, region=region)
    assert np.nanmax(np.abs(alone["keypoints_px"] - now["keypoints_px"][5:12])) < 3.0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"person": [5, 320, 10]}, "Nobody was found at that place in frame 5 of two.mp4"),
        ({"person": [5, 900, 10]}, "outside the picture of 640x360"),
        ({"person": [50, 100, 100]}, "two.mp4 has 24 frames, so no frame 50"),
        ({"person": [5, 100, 100], "frame_start": 8}, "frame 5, which is not among the frames 8"),
        ({"region": [630, 0, 700, 300]}, "less than 32 pixels each way of two.mp4, which is 640x360"),
        ({"people": 50, "output": "people.json"}, "two.mp4 has 24 frames, so no frame 50"),
    ],
)
def test_what_is_not_there_is_named(
    server: Server, two: Path, tmp_path: Path, values: dict[str, object], says: str
) -> None:
    last = server.last(tmp_path, video=two, **values)
    assert last.type == "error"
    assert says in last.text("message")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"redo": [20, 30]}, "redo reaches frame 29, but result.npz has 24 frames"),
        ({"redo": [0, 24], "region": [280, 0, 400, 40]}, "Nobody was found in frames 0 to 23 of two.mp4 this time"),
    ],
)
def test_a_range_that_cannot_be_done_again_is_named(
    server: Server, two: Path, tmp_path: Path, values: dict[str, object], says: str
) -> None:
    assert server.last(tmp_path, video=two).type == "result"
    last = server.last(tmp_path / "again", video=two, keypoints=tmp_path / "result.npz", **values)
    assert last.type == "error"
    assert says in last.text("message")


@pytest.mark.parametrize("who", ["in_front", "behind"])
def test_nobody_is_taken_for_who_crosses_their_way(
    server: Server, crossing: Crossing, tmp_path: Path, who: str
) -> None:
    truth = {name: getattr(crossing, name) for name in ("in_front", "behind")}
    pelvis = joints.INDEX["pelvis"]
    result = server.result(tmp_path, video=crossing.path, person=[4, *truth[who][4, pelvis].tolist()])
    error = {
        name: np.linalg.norm(result["joints_px"] - joints_px, axis=-1).mean(axis=-1)
        for name, joints_px in truth.items()
    }
    other = "behind" if who == "in_front" else "in_front"
    detected = result["detected"]
    assert detected[:20].mean() > 0.8
    assert detected[-8:].mean() > 0.8
    assert detected.mean() > (0.6 if who == "in_front" else 0.4)
    assert (error[who] < error[other])[detected].mean() > 0.97


def test_looking_for_people_and_following_can_be_cancelled(server: Server, crossing: Crossing, tmp_path: Path) -> None:
    place = crossing.in_front[4, joints.INDEX["pelvis"]].tolist()
    for number, (status, values) in enumerate(
        [
            ("Looking for people", {"people": 4, "output": tmp_path / "people.json"}),
            ("Following the person", {"person": [4, *place]}),
        ]
    ):
        last = server.cancelled_at(status, tmp_path / str(number), video=crossing.path, **values)
        assert last.type == "cancelled", last
    assert not list(tmp_path.rglob("*.npz")) + list(tmp_path.rglob("people*"))
    assert server.last(tmp_path / "next", video=crossing.path, frame_end=5).type == "result"
