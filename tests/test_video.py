"""Videos as people have them: turned, uneven, cut off, odd."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from video_files import SIZE, bar_position, ffmpeg, write_plain, write_rotated

from inference import video
from inference.errors import VideoError
from inference.video import FrameReader, probe

ODD_NAMES = ["a b.mp4", 'quo\'te "double".mp4', "größe ñandú.mp4", "跳ぶ 人物.mp4", "100% $HOME;&.mp4", "-i.mp4"]


def read_all(path: Path, start: int = 0, end: int | None = None) -> tuple[list[video.Frame], FrameReader]:
    with FrameReader(probe(path), start, end) as reader:
        frames = [frame for frame in reader if frame is not None]
    return frames, reader


def bar_of(image: np.ndarray) -> float:
    """Left edge of the bar in the bottom row."""
    return float(np.flatnonzero(image[-4, :, 0] > 128)[0])


def test_every_frame_comes_once_in_order_with_its_time(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "plain.mp4")
    info = probe(path)
    assert (info.size_px, info.fps, info.frame_count) == (SIZE, 20.0, 40)
    frames, reader = read_all(path)
    assert [frame.index for frame in frames] == list(range(40))
    assert np.allclose([frame.time_s for frame in frames], np.arange(40) / 20.0, atol=1e-6)
    assert all(abs(bar_of(frame.image) - bar_position(frame.index)) <= 2 for frame in frames)
    assert not reader.truncated


def test_a_range_is_exact(tmp_path: Path) -> None:
    frames, reader = read_all(write_plain(tmp_path / "plain.mp4"), 7, 12)
    assert [frame.index for frame in frames] == [7, 8, 9, 10, 11]
    assert all(abs(bar_of(frame.image) - bar_position(frame.index)) <= 2 for frame in frames)
    assert not reader.truncated


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_file_name_opens(tmp_path: Path, name: str) -> None:
    path = write_plain(tmp_path / "föld er" / name, frames=3)
    assert len(read_all(path)[0]) == 3


def test_one_frame_is_a_video(tmp_path: Path) -> None:
    frames, reader = read_all(write_plain(tmp_path / "one.mp4", frames=1))
    assert len(frames) == 1
    assert not reader.truncated


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_rotation_tag_is_obeyed(tmp_path: Path, degrees: int) -> None:
    plain = write_plain(tmp_path / "plain.mp4", frames=5)
    turned = write_rotated(plain, tmp_path / "turned.mp4", degrees)
    expected = SIZE if degrees == 180 else SIZE[::-1]
    assert probe(turned).size_px == expected
    # ffmpeg turns frames by the tag when it converts: the copy has no tag left.
    upright = tmp_path / "upright.mkv"
    ffmpeg("-i", turned, "-c:v", "ffv1", upright)
    frame, reference = (read_all(path)[0][2].image.astype(int) for path in (turned, upright))
    assert np.abs(frame - reference).mean() < 3.0
    assert np.abs(frame - np.rot90(frame, 2)).mean() > 30.0  # the picture is not the same upside down


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm", "avi", "mov", "gif"])
def test_common_containers_open(tmp_path: Path, container: str) -> None:
    target = tmp_path / f"video.{container}"
    ffmpeg("-i", write_plain(tmp_path / "plain.mp4"), *(("-c", "copy") if container == "mkv" else ()), target)
    frames, reader = read_all(target)
    assert len(frames) == 40
    assert np.allclose([f.time_s for f in frames], np.arange(40) / 20.0, atol=2e-3)
    assert not reader.truncated


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_uneven_rates_keep_their_true_times(tmp_path: Path, container: str) -> None:
    target = tmp_path / f"uneven.{container}"
    slower = "setpts='if(lt(N,20),N/20,1+(N-20)/5)/TB'"
    ffmpeg("-i", write_plain(tmp_path / "plain.mp4"), "-vf", slower, "-vsync", "vfr", target)
    frames, reader = read_all(target)
    truth = [n / 20.0 if n < 20 else 1.0 + (n - 20) / 5.0 for n in range(40)]
    assert np.allclose([frame.time_s for frame in frames], truth, atol=2e-3)
    assert not reader.truncated


def test_240_frames_a_second(tmp_path: Path) -> None:
    frames, _ = read_all(write_plain(tmp_path / "fast.mp4", frames=48, fps=240.0))
    assert np.allclose([frame.time_s for frame in frames], np.arange(48) / 240.0, atol=1e-4)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_cut_off_file_gives_the_frames_it_has(tmp_path: Path, container: str) -> None:
    whole = tmp_path / f"whole.{container}"
    source = write_plain(tmp_path / "plain.mp4", frames=100)
    ffmpeg("-i", source, "-c", "copy", *(("-movflags", "faststart") if container == "mp4" else ()), whole)
    half = tmp_path / f"half.{container}"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    frames, reader = read_all(half)
    assert 20 < len(frames) < 80
    assert reader.truncated


def test_large_frames_are_scaled_down_and_say_so(tmp_path: Path) -> None:
    path = write_plain(tmp_path / "large.mp4", frames=2, size=(2880, 1728))
    assert probe(path).size_px == (2880, 1728)
    frame = read_all(path)[0][0]
    assert max(frame.image.shape) == video.LONGEST_SIDE_PX
    assert frame.scale == pytest.approx(video.LONGEST_SIDE_PX / 2880)


def unusable(tmp_path: Path, what: str) -> Path:
    path = tmp_path / "clip.mp4"
    if what == "empty":
        path.write_bytes(b"")
    elif what == "text":
        path.write_text("Dear diary,\n" * 50)
    elif what == "folder":
        path.mkdir()
    elif what == "no index":
        whole = write_plain(tmp_path / "whole.mp4", frames=100).read_bytes()
        # OpenCV writes the index at the end, so half a file has none.
        path.write_bytes(whole[: len(whole) // 2])
    elif what == "sound only":
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.5", path)
    elif what == "1x1":
        tiny = tmp_path / "tiny.mkv"
        ffmpeg("-f", "lavfi", "-i", "color=red:s=2x2:d=0.5", "-vf", "scale=1:1", "-c:v", "ffv1", tiny)
        tiny.replace(path)
    return path


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("missing", "video-missing"),
        ("folder", "no-pictures"),
        ("empty", "video-empty"),
        ("text", "video-unreadable"),
        ("no index", "video-unreadable"),
        ("sound only", "video-unreadable"),
        ("1x1", "video-too-small"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, what: str, code: str) -> None:
    with pytest.raises(VideoError) as caught:
        probe(unusable(tmp_path, what))
    assert caught.value.code == code
    assert "clip.mp4" in caught.value.message
    assert caught.value.hint


def test_decoding_runs_only_a_few_frames_ahead(tmp_path: Path) -> None:
    with FrameReader(probe(write_plain(tmp_path / "plain.mp4", frames=200))) as reader:
        first = next(frame for frame in reader if frame is not None)
        time.sleep(0.3)
        assert first.index == 0
        assert reader.frames_decoded < 12


def test_leaving_early_stops_the_decoder(tmp_path: Path) -> None:
    began = time.monotonic()
    with FrameReader(probe(write_plain(tmp_path / "plain.mp4", frames=200))) as reader:
        next(iter(reader))
    assert time.monotonic() - began < 1.0
    assert not reader._thread.is_alive()


@pytest.mark.parametrize(("times", "container", "expected"), [
    (np.arange(30) / 25.0, 25.0, 25.0),
    (np.round(np.arange(30) / 29.97, 3), 29.97, 29.97),
    (np.arange(30) / 12.0, 1000.0, 12.0),
    (np.array([0.0]), 24.0, 24.0),
])  # fmt: skip
def test_the_nominal_rate_is_the_containers_unless_the_times_disagree(
    times: np.ndarray, container: float, expected: float
) -> None:
    assert video.nominal_fps(times, container) == pytest.approx(expected)


def test_opencv_is_built_with_ffmpeg() -> None:
    assert cv2.CAP_FFMPEG in cv2.videoio_registry.getBackends()
