"""The child process: what it says, how it ends, how it is stopped."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from child_process import ROOT, Child, needs_pose_model, request_line, write_request
from video_files import write_plain

from inference import protocol
from inference.detect.bundle import bundle_path

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")


def test_nothing_but_the_standard_library_is_imported_before_hello() -> None:
    program = (
        "import sys; before = set(sys.modules); import inference.__main__;"
        "new = {n.split('.')[0] for n in set(sys.modules) - before};"
        "print(sorted(n for n in new if n not in sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-s", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['inference']"


def test_a_job_says_hello_and_ends_with_one_result(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin") as child:
        told, code = child.end()
    assert code == protocol.EXIT_RESULT
    assert told[0].type == "hello"
    assert told[0].fields["protocol"] == protocol.PROTOCOL
    assert told[0].fields["pid"] == child.process.pid
    assert [message.type for message in told if message.terminal] == ["result"]
    assert told[-1].terminal
    assert Path(told[-1].text("path")).is_file()
    # Stray output of native code went to the log instead of into the protocol.
    assert "a stray line" in child.log.read_text("utf-8")


@pytest.mark.parametrize(("ending", "code"), [("error", "self-test"), ("unforeseen", "internal")])
def test_an_error_is_told_once_and_logged(tmp_path: Path, ending: str, code: str) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--ending", ending) as child:
        told, exit_code = child.end()
    assert exit_code == protocol.EXIT_ERROR
    assert [m.fields["code"] for m in told if m.terminal] == [code]
    assert "Traceback" in child.log.read_text("utf-8")
    assert not (tmp_path / "out.bin").exists()


def test_a_crash_ends_without_a_terminal_message(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--ending", "crash") as child:
        told, code = child.end()
    assert code == 70
    assert not any(message.terminal for message in told)


@posix_only
def test_an_interrupt_cancels_within_a_second(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--frames", "10000") as child:
        child.until("progress")
        began = child.interrupt()
        told, code = child.end()
        assert time.monotonic() - began < 1.0
    assert code == protocol.EXIT_CANCELLED
    assert told[-1].type == "cancelled"


def test_a_lost_parent_cancels_within_a_second(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--frames", "10000", "--lifeline") as child:
        child.until("progress")
        child.hang_up()
        began = time.monotonic()
        assert child.end()[1] == protocol.EXIT_CANCELLED
        assert time.monotonic() - began < 1.0


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="the system does not tell priorities of processes")
def test_a_child_of_a_window_gives_way_to_it(tmp_path: Path) -> None:
    with Child(tmp_path, "serve", "--lifeline") as child:
        child.until("hello")
        priority = wait_for_change(lambda: os.getpriority(os.PRIO_PROCESS, child.process.pid), os.nice(0))
        child.hang_up()
        child.end()
    assert priority > os.nice(0)


def wait_for_change(read: Callable[[], int], before: int) -> int:
    """A value once it is another one, or after two seconds."""
    began = time.monotonic()
    while read() == before and time.monotonic() - began < 2.0:
        time.sleep(0.01)
    return read()


def test_without_a_lifeline_an_empty_stdin_does_not_matter(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin") as child:
        child.hang_up()
        assert child.end()[1] == protocol.EXIT_RESULT


def test_a_parent_that_stops_reading_ends_the_child(tmp_path: Path) -> None:
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--frames", "10000") as child:
        child.until("progress")
        assert child.process.stdout is not None
        child.process.stdout.close()
        assert child.process.wait(5.0) == protocol.EXIT_CANCELLED


def test_progress_comes_at_least_once_a_second(tmp_path: Path) -> None:
    times = []
    with Child(tmp_path, "self-test", "--output", tmp_path / "out.bin", "--frames", "100", "--fps", "50") as child:
        for _ in child.messages():
            times.append(time.monotonic())
    assert max(after - before for before, after in itertools.pairwise(times)) < 1.0


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"video": "a.mp4", "colour": "red"}, "colour"),
        ({}, "video"),
        ({"video": "a.mp4", "person_height_m": 7}, "person_height_m"),
        ({"video": "a.mp4", "schema": 9}, "schema"),
    ],
)
def test_a_bad_request_exits_with_2(tmp_path: Path, values: dict[str, object], named: str) -> None:
    with Child(tmp_path, "run", "--request", write_request(tmp_path, **values)) as child:
        told, code = child.end()
    assert code == protocol.EXIT_BAD_REQUEST
    assert told[-1].fields["code"] == "bad-request"
    assert named in told[-1].text("message")


def test_a_missing_package_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    stub = tmp_path / "broken" / "numpy"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')\n")
    request = write_request(tmp_path, video=tmp_path / "a.mp4")
    with Child(tmp_path, "run", "--request", request, environment={"PYTHONPATH": str(stub.parent)}) as child:
        told, code = child.end()
    assert code == protocol.EXIT_ERROR
    assert told[0].type == "hello"
    assert told[-1].fields["code"] == "missing-package"
    assert "numpy" in told[-1].text("message")


def test_a_missing_video_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "ja cob's größe 跳ぶ"
    request = write_request(folder, video=folder / "no where.mp4")
    with Child(folder, "run", "--request", request, "--lifeline") as child:
        told, code = child.end()
    assert code == protocol.EXIT_ERROR
    assert told[-1].fields["code"] == "video-missing"
    assert str(folder / "no where.mp4") in told[-1].text("message")


@needs_pose_model
def test_setup_is_done_once(tmp_path: Path) -> None:
    before = bundle_path().stat()
    with Child(tmp_path, "setup", "--lifeline") as child:
        told, code = child.end()
    assert code == protocol.EXIT_RESULT
    assert told[-1].fields["path"] == str(bundle_path())
    assert bundle_path().stat().st_mtime_ns == before.st_mtime_ns


@needs_pose_model
class TestDetection:
    """Jobs that go as far as looking for people."""

    def test_a_video_without_people_says_so(self, tmp_path: Path) -> None:
        video = write_plain(tmp_path / "em pty.mp4", frames=20)
        with Child(tmp_path, "run", "--request", write_request(tmp_path, video=video)) as child:
            told, code = child.end()
        assert code == protocol.EXIT_ERROR
        assert told[-1].fields["code"] == "no-person"
        assert "em pty.mp4" in told[-1].text("message")
        assert {"decode", "detect"} <= {m.fields["stage"] for m in told if m.type == "progress"}
        assert not (tmp_path / "result.npz").exists()

    def test_a_range_behind_the_end_is_a_bad_request(self, tmp_path: Path) -> None:
        video = write_plain(tmp_path / "short.mp4", frames=10)
        with Child(tmp_path, "run", "--request", write_request(tmp_path, video=video, frame_start=50)) as child:
            told, code = child.end()
        assert code == protocol.EXIT_BAD_REQUEST
        assert "short.mp4 has 10 frames" in told[-1].text("message")

    @posix_only
    @pytest.mark.parametrize("when", ["hello", "status", "detect"])
    def test_it_is_cancelled_within_a_second_wherever_it_is(self, tmp_path: Path, when: str) -> None:
        video = write_plain(tmp_path / "long.mp4", frames=3000)
        with Child(tmp_path, "run", "--request", write_request(tmp_path, video=video), "--lifeline") as child:
            for message in child.messages():
                if message.type == when or message.fields.get("stage") == when:
                    break
            began = child.interrupt()
            told, code = child.end()
            assert time.monotonic() - began < 1.0
        assert code == protocol.EXIT_CANCELLED
        assert [message.type for message in told if message.terminal] == ["cancelled"]
        assert {path.name for path in tmp_path.iterdir()} == {"long.mp4", "request.json", "inference.log"}

    def test_a_killed_child_leaves_no_result_and_no_word(self, tmp_path: Path) -> None:
        video = write_plain(tmp_path / "long.mp4", frames=3000)
        with Child(tmp_path, "run", "--request", write_request(tmp_path, video=video)) as child:
            child.until("progress")
            child.process.kill()
            told, code = child.end()
        assert code != protocol.EXIT_RESULT
        assert not any(message.terminal for message in told)
        assert not (tmp_path / "result.npz").exists()

    def test_serve_answers_each_line_with_one_terminal_message(self, tmp_path: Path) -> None:
        video = write_plain(tmp_path / "empty.mp4", frames=5)
        jobs = [write_request(tmp_path / str(n), video=video) for n in range(2)]
        bad = write_request(tmp_path / "bad", video=video, frame_start=-1)
        with Child(tmp_path, "serve", "--lifeline") as child:
            assert child.until("hello")
            endings = []
            for line in (request_line(jobs[0]), "nonsense", request_line(bad), request_line(jobs[1])):
                child.send(line)
                told = child.job()
                assert sum(message.terminal for message in told) == 1
                endings.append(told[-1].fields["code"])
            child.hang_up()
            told, code = child.end()
        assert endings == ["no-person", "bad-request", "bad-request", "no-person"]
        assert not told
        assert code == protocol.EXIT_RESULT

    @posix_only
    def test_serve_goes_on_after_a_cancelled_job(self, tmp_path: Path) -> None:
        long = write_request(tmp_path / "long", video=write_plain(tmp_path / "long.mp4", frames=3000))
        short = write_request(tmp_path / "short", video=write_plain(tmp_path / "short.mp4", frames=5))
        with Child(tmp_path, "serve", "--lifeline") as child:
            child.send(request_line(long))
            child.until("progress", stage="detect")  # loading is over, so the job hears at once
            child.interrupt()
            assert child.job()[-1].type == "cancelled"
            child.interrupt()  # late: nothing runs, and the next job must not suffer
            time.sleep(0.2)
            child.send(request_line(short))
            assert child.job()[-1].fields["code"] == "no-person"

    def test_serve_ends_with_its_parent_in_the_middle_of_a_job(self, tmp_path: Path) -> None:
        long = write_request(tmp_path / "long", video=write_plain(tmp_path / "long.mp4", frames=3000))
        with Child(tmp_path, "serve", "--lifeline") as child:
            child.send(request_line(long))
            child.until("progress")
            child.hang_up()
            began = time.monotonic()
            told, code = child.end()
            assert time.monotonic() - began < 1.5
        assert told[-1].type == "cancelled"
        assert code == protocol.EXIT_CANCELLED
