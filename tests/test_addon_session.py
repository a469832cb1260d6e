"""The panel's session, without Blender, against a child that needs no models."""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blender_host import load_package
from child_process import alive
from fake_python import FAKE_CHILD, fake_python
from standing import write_standing

load_package()
session = importlib.import_module("pose_from_video.addon.session")
errors = importlib.import_module("pose_from_video.addon.errors")
progress = importlib.import_module("pose_from_video.addon.progress")
results = importlib.import_module("pose_from_video.addon.results")
protocol = importlib.import_module("pose_from_video.inference.protocol")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a film, and a child that needs three frames for it."""
    (tmp_path / "film.mp4").write_bytes(b"one")
    monkeypatch.setenv("FAKE_FRAMES", "3")
    monkeypatch.setenv("FAKE_RESULT", str(write_standing(tmp_path / "standing.npz")))
    fake_python(tmp_path)
    return tmp_path


@pytest.fixture
def running(place: Path) -> Iterator[Any]:
    """A session, closed afterwards."""
    made = session.Session()
    yield made
    made.close()


def _request(place: Path, **more: object) -> dict[str, object]:
    return {"video": str(place / "film.mp4"), "person_height_m": 1.7, **more}


def _finish(running: Any) -> Path | None:
    result = None
    while running.busy:
        result = running.poll(wait_s=0.05)
    return result


def test_a_result_is_known_until_the_film_or_the_request_changes(running: Any, place: Path) -> None:
    assert running.known_result(place / "jobs", _request(place)) is None
    running.start(place / "python", place / "jobs", _request(place))
    result = _finish(running)
    assert result is not None
    assert running.known_result(place / "jobs", _request(place)) == result
    assert running.known_result(place / "jobs", _request(place, preview=True)) == result
    assert running.known_result(place / "jobs", _request(place, person_height_m=1.8)) is None
    (place / "film.mp4").write_bytes(b"another film")
    assert running.known_result(place / "jobs", _request(place)) is None


def test_a_result_is_known_to_the_next_blender_wherever_the_film_lies_then(running: Any, place: Path) -> None:
    running.start(place / "python", place / "jobs", _request(place))
    result = _finish(running)
    running.close()
    moved = (place / "film.mp4").rename(place / "moved film.mp4")
    os.utime(moved, (0, 0))
    later = session.Session()
    assert later.known_result(place / "jobs", _request(place, video=str(moved))) == result
    (place / "jobs" / results.INDEX).write_text("[torn")
    assert later.known_result(place / "jobs", _request(place, video=str(moved))) is None


def test_a_long_film_is_known_by_its_parts_and_its_length(place: Path) -> None:
    film = place / "film.mp4"
    long = bytearray(results._WHOLE_BYTES + 1000)

    def key() -> str:
        film.write_bytes(long)
        return results.request_key(_request(place))

    keys = [key()]
    for place_in_it in (0, len(long) // 2, -1):
        long[place_in_it] = 1
        keys.append(key())
    long.append(0)
    keys.append(key())
    assert len(set(keys)) == len(keys)


def test_other_weights_and_other_frames_of_a_sequence_ask_for_another_result(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = place / "inference" / "weights" / f"{protocol.DEFAULT_LIFTER}.onnx"
    weights.parent.mkdir(parents=True)
    monkeypatch.setattr(results, "ROOT", place)
    pictures = place / "pictures"
    pictures.mkdir()
    keys = [results.request_key(_request(place, keypoints=str(pictures)))]
    weights.write_bytes(b"trained")
    keys.append(results.request_key(_request(place, keypoints=str(pictures))))
    weights.write_bytes(b"trained longer")
    keys.append(results.request_key(_request(place, keypoints=str(pictures))))
    (pictures / "1.json").write_text("{}")
    keys.append(results.request_key(_request(place, keypoints=str(pictures))))
    assert len(set(keys)) == len(keys)


def test_a_result_that_was_deleted_is_not_known(running: Any, place: Path) -> None:
    running.start(place / "python", place / "jobs", _request(place))
    result = _finish(running)
    assert result is not None
    result.unlink()
    assert running.known_result(place / "jobs", _request(place)) is None


def test_a_stubborn_child_does_not_keep_the_user_waiting(running: Any, place: Path) -> None:
    stubborn = FAKE_CHILD.read_text().replace("lambda *_: cancelled.set()", "signal.SIG_IGN")
    assert stubborn != FAKE_CHILD.read_text()
    os.environ["FAKE_FRAMES"] = "1000"
    running.start(fake_python(place, stubborn), place / "jobs", _request(place))
    while running.progress.current == 0:
        running.poll(wait_s=0.05)
    pid = running._client.pid
    start = time.monotonic()
    running.cancel_requested = True
    with pytest.raises(errors.JobCancelled):
        _finish(running)
    assert time.monotonic() - start < 1.0
    assert not running.busy
    while alive(pid) and time.monotonic() - start < 1.0:
        time.sleep(0.05)
    assert not alive(pid)


def test_after_a_cancel_the_next_job_runs(running: Any, place: Path) -> None:
    os.environ["FAKE_FRAMES"] = "1000"
    running.start(place / "python", place / "jobs", _request(place))
    running.cancel_requested = True
    with pytest.raises(errors.JobCancelled):
        _finish(running)
    os.environ["FAKE_FRAMES"] = "2"
    running.start(place / "python", place / "jobs", _request(place))
    assert _finish(running) is not None


def test_a_crash_is_explained_by_the_log(running: Any, place: Path) -> None:
    os.environ["FAKE_RESULT"] = str(place / "gone.npz")
    running.start(place / "python", place / "jobs", _request(place))
    with pytest.raises(errors.JobError):
        _finish(running)
    assert "gone.npz" in running.problem
    assert running.log is not None
    assert running.log.is_file()


def test_old_jobs_are_removed(running: Any, place: Path) -> None:
    for number in range(session.KEPT_JOBS + 5):
        (place / "jobs" / f"job-2000{number:02d}").mkdir(parents=True)
    running.start(place / "python", place / "jobs", _request(place))
    _finish(running)
    left = sorted(path.name for path in (place / "jobs").glob("job-*"))
    assert len(left) == session.KEPT_JOBS + 1
    assert "job-200000" not in left


def test_an_idle_child_is_closed(running: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running.start(place / "python", place / "jobs", _request(place))
    _finish(running)
    pid = running._client.pid
    running.close_if_idle()
    assert alive(pid)
    monkeypatch.setattr(session, "IDLE_S", 0.0)
    running.close_if_idle()
    assert not alive(pid)


def test_progress_speaks_in_words_and_figures() -> None:
    shown = progress.Progress()
    shown.take(protocol.Message("status", {"text": "Loading"}))
    assert (shown.title(), shown.detail(), shown.factor) == ("Loading", "", 0.0)
    shown.take(protocol.Message("progress", {"stage": "detect", "current": 30, "total": 120, "fps": 0.5}))
    assert shown.title() == "Finding the person (2/5)"
    assert shown.detail() == f"30/120 frames, 0.5 frames/s, {progress.clock(shown.seconds_left)} left"
    assert shown.seconds_left > 180.0  # the stages behind this one take time too
    shown.take(protocol.Message("progress", {"stage": "decode", "current": 30, "total": 0, "fps": 0.0}))
    assert (shown.detail(), shown.seconds_left) == ("30 frames", None)


def test_the_bar_never_goes_back_and_ends_full() -> None:
    shown = progress.Progress()
    factors = [shown.factor]
    for stage in protocol.STAGES:
        for current, total in ((0, 0), (5, 0), (0, 40), (20, 40), (20, 60), (60, 60)):
            fields = {"stage": stage, "current": current, "total": total, "fps": 1.0}
            shown.take(protocol.Message("progress", fields))
            factors.append(shown.factor)
    assert factors == sorted(factors)
    assert len(set(factors)) > 2 * len(protocol.STAGES)
    assert factors[-1] == pytest.approx(1.0)


def test_a_part_is_kept_but_not_taken_for_the_whole(running: Any, place: Path) -> None:
    os.environ["FAKE_FRAMES"] = "1000"
    with pytest.raises(errors.JobError):
        running.keep()
    running.start(place / "python", place / "jobs", _request(place))
    with pytest.raises(errors.JobError):
        running.keep()
    while running.progress.current == 0:
        running.poll(wait_s=0.05)
    running.keep()
    assert running.keeping
    assert _finish(running) is not None
    assert running.known_result(place / "jobs", _request(place)) is None


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (61, "1:01"), (3725, "1:02:05")])
def test_time_reads_as_a_clock(seconds: float, text: str) -> None:
    assert progress.clock(seconds) == text
