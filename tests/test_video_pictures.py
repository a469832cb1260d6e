"""Numbered pictures are read as the film they were taken from."""

from __future__ import annotations

import contextlib
import io
import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.cancel import Cancellation
from inference.channel import Channel
from inference.detect.blazepose import BlazePose
from inference.detect.bundle import bundle_path
from inference.detect.detect_video import detect_video
from inference.errors import RequestError, VideoError
from inference.picture_files import PictureFilesError, find_pictures
from inference.request import parse_request
from inference.video import FrameReader, probe

WIDTH, HEIGHT = 64, 48


def picture(path: Path, value: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    image = np.full((size[1], size[0], 3), value, np.uint8)
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def sequence(folder: Path, count: int, first: int = 1, name: str = "walk_{:04d}.png") -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [picture(folder / name.format(first + number), 10 * number) for number in range(count)]
    random.Random(2).shuffle(paths)
    return sorted(paths, key=lambda path: path.name)


def read(path: Path, fps: float | None = None, start: int = 0, end: int | None = None) -> list[tuple[int, float, int]]:
    with FrameReader(probe(path, fps), start, end) as reader:
        frames = [(f.index, f.time_s, int(f.image.mean().round())) for f in reader if f is not None]
    assert not reader.truncated
    return frames


@pytest.mark.parametrize("name", ["walk_{:04d}.png", "{}.bmp", "föld er 2 take.{:03d}.TIF", "a{:02d}_left.webp"])
def test_every_picture_comes_in_order_and_in_time(tmp_path: Path, name: str) -> None:
    paths = sequence(tmp_path / "füm", 12, 8, name)
    info = probe(tmp_path / "füm", 25.0)
    assert (info.size_px, info.fps, info.frame_count) == ((WIDTH, HEIGHT), 25.0, 12)
    frames = read(tmp_path / "füm", 25.0)
    assert [frame[0] for frame in frames] == list(range(12))
    np.testing.assert_allclose([frame[1] for frame in frames], np.arange(12) / 25.0, atol=1e-9)
    assert all(abs(frame[2] - 10 * number) <= 1 for number, frame in enumerate(frames))
    first = min(paths, key=lambda path: int("".join(filter(str.isdigit, path.stem.replace(" 2 ", "")))))
    assert read(first, 25.0) == frames
    assert read(tmp_path / "füm", 25.0, 3, 7) == frames[3:7]


def test_a_picture_in_the_middle_begins_there(tmp_path: Path) -> None:
    paths = sequence(tmp_path, 6)
    picture(tmp_path / "other_0001.png", 200)
    picture(tmp_path / "cover.png", 200)
    assert [frame[2] for frame in read(paths[2])] == [20, 30, 40, 50]
    assert [frame[2] for frame in read(tmp_path / "cover.png")] == [200]
    assert find_pictures(paths[2]).first_number == 3


def refusal(path: Path) -> VideoError:
    with pytest.raises(VideoError) as refused:
        read(path)
    return refused.value


def test_gaps_sizes_and_others_are_refused_by_name(tmp_path: Path) -> None:
    paths = sequence(tmp_path / "gap", 8)
    paths[3].unlink()
    paths[4].unlink()
    error = refusal(tmp_path / "gap")
    assert error.code == "picture-missing" and "'walk_0003.png' and 'walk_0006.png' 2" in error.message
    assert [frame[2] for frame in read(paths[5])] == [50, 60, 70]

    sequence(tmp_path / "sizes", 5)
    picture(tmp_path / "sizes" / "walk_0004.png", 1, (HEIGHT, WIDTH))
    error = refusal(tmp_path / "sizes")
    assert error.code == "picture-size" and "walk_0004.png is 48x64" in error.message

    sequence(tmp_path / "torn", 3)
    (tmp_path / "torn" / "walk_0002.png").write_bytes(b"\x89PNG torn")
    error = refusal(tmp_path / "torn")
    assert error.code == "picture-unreadable" and "walk_0002.png" in error.message

    (tmp_path / "none").mkdir()
    assert refusal(tmp_path / "none").code == "no-pictures"
    assert refusal(tmp_path / "none" / "walk_0001.png").code == "video-missing"
    sequence(tmp_path / "two", 2)
    sequence(tmp_path / "two", 2, name="run_{:04d}.png")
    assert "'run_0001.png' and 'walk_0001.png'" in refusal(tmp_path / "two").message
    with pytest.raises(PictureFilesError, match="run_0001"):
        find_pictures(tmp_path / "two")


def test_a_rate_is_for_pictures_alone(tmp_path: Path) -> None:
    sequence(tmp_path, 2)
    request = {"video": str(tmp_path), "output": str(tmp_path / "a.npz")}
    assert parse_request({**request, "fps": 12.5}).fps == 12.5
    assert parse_request(request).fps is None
    with pytest.raises(RequestError, match="times of its own"):
        parse_request({**request, "video": "film.mp4", "fps": 25})
    with pytest.raises(RequestError, match="fps is 0"):
        parse_request({**request, "fps": 0})


def test_pictures_of_a_film_are_seen_as_the_film_is(tmp_path: Path) -> None:
    film = Path(__file__).resolve().parents[1] / "samples" / "film.mp4"
    if not film.is_file() or not bundle_path().is_file():
        pytest.skip("needs samples/film.mp4 and the pose model's bundle")
    with FrameReader(probe(film), 0, 12) as reader:
        frames = [frame for frame in reader if frame is not None]
    for frame in frames:
        ok, data = cv2.imencode(".png", frame.image)
        assert ok
        (tmp_path / f"film.{frame.index + 1:03d}.png").write_bytes(data.tobytes())
    tracks = []
    for info, end in ((probe(film), 12), (probe(tmp_path, probe(film).fps), None)):
        with contextlib.closing(BlazePose()) as detector:
            tracks.append(detect_video(info, detector, Channel(io.StringIO()), Cancellation(), 0, end))
    from_film, from_pictures = tracks
    np.testing.assert_allclose(from_pictures.times_s, from_film.times_s, atol=1e-3)
    np.testing.assert_allclose(from_pictures.px, from_film.px, atol=1e-2)
    assert from_pictures.image_size_px == from_film.image_size_px
