"""What is said of films that are upside down, show half a person, are cut, black or interlaced."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from child_process import Child, write_request
from test_shots import cut_film
from test_world import standing_pose
from video_files import ffmpeg

from inference.channel import Channel
from inference.keypoint_track import KeypointTrack
from inference.request import parse_request
from inference.shortcomings import warn_of
from inference.shots import track_shots

REQUEST = parse_request({"schema": 1, "video": "film.mp4", "output": "result.npz", "frame_start": 7})


class Heard(Channel):
    """A channel that remembers its warnings."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.texts: list[str] = []

    def warn(self, code: str, text: str) -> None:
        self.codes.append(code)
        self.texts.append(text)


def said_of(track: KeypointTrack) -> Heard:
    heard = Heard()
    warn_of(REQUEST, track, track_shots(track, "film"), heard)
    return heard


def standing(turn: float = 1.0, shift_px: float = 0.0) -> KeypointTrack:
    pose = standing_pose()
    px = np.stack([640 + 300 * pose[:, 0], 360 + turn * (250 - 300 * pose[:, 2]) + shift_px], axis=-1)
    px = np.repeat(px[None], 30, axis=0).astype(np.float32)
    world = np.full((30, 17, 3), np.nan, np.float32)
    ones = np.ones((30, 17), np.float32)
    return KeypointTrack("h36m-17", px, ones, world, np.arange(30) / 30.0, 30.0, (1280, 720))


def test_nothing_is_said_of_a_good_film() -> None:
    assert said_of(standing()).codes == []


def test_a_film_upside_down_and_half_a_person_are_said() -> None:
    assert said_of(standing(turn=-1.0)).codes == ["upside-down"]
    feetless = said_of(standing(shift_px=200.0))
    assert feetless.codes == ["partly-seen"] and "the feet cannot be seen" in feetless.texts[0]
    headless = said_of(standing(shift_px=-200.0))
    assert headless.codes == ["partly-seen"] and "the head cannot be seen" in headless.texts[0]


def test_cuts_are_told_by_the_films_own_frames() -> None:
    heard = said_of(cut_film(50)[0])
    assert heard.codes == ["cuts"] and "at frame 57:" in heard.texts[0]


@pytest.mark.parametrize("kind", ["black", "interlaced"])
def test_a_film_of_which_nothing_is_seen_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    film = tmp_path / f"{kind}.mp4"
    if kind == "black":
        ffmpeg("-f", "lavfi", "-i", "color=black:s=320x240:d=1", film)
    else:
        fields = "tinterlace=interleave_top,setfield=tff"
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=60:d=1", "-vf", fields, "-flags", "+ildct+ilme", film)
    with Child(tmp_path, "run", "--request", write_request(tmp_path, video=film)) as child:
        told, _ = child.end(120.0)
    assert told[-1].fields["code"] == "video-frozen", told[-1]
    assert f"{kind}.mp4" in told[-1].text("message") and "yadif" in told[-1].text("hint")
    assert not (tmp_path / "result.npz").exists()
