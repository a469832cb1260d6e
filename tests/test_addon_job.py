"""The job client against real child processes that follow, bend and break the protocol."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blender_host import ROOT, load_package
from child_process import alive

load_package()
job = importlib.import_module("pose_from_video.addon.job")
errors = importlib.import_module("pose_from_video.addon.errors")
runtime = importlib.import_module("pose_from_video.addon.runtime")

PRELUDE = """
import json, os, signal, sys, threading, time
sys.path.insert(0, {root!r})
def say(kind, **fields):
    print(json.dumps(dict(type=kind, **fields)), flush=True)
def hello():
    say("hello", protocol=1, pid=os.getpid(), python="3")
def requests():
    for line in sys.stdin:
        yield json.load(open(json.loads(line)["request"], encoding="utf-8"))
    sys.exit(0)
cancelled = threading.Event()
signal.signal(signal.SIGINT, lambda *_: cancelled.set())
"""

WELL_BEHAVED = """
hello()
for request in requests():
    say("progress", stage="detect", current=1, total=2, fps=10.0)
    say("warning", code="half", text="Ein Gruß 中")
    open(request["output"], "w").write(request["video"])
    say("result", path=request["output"], frames=2, fps=30.0)
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    """Factory of clients whose child runs the given code; all of them are closed afterwards."""
    made = []

    def make(code: str, **limits: float) -> Any:
        package = tmp_path / f"root {len(made)}" / "inference"
        package.mkdir(parents=True)
        prelude = PRELUDE.format(root=str(ROOT))
        (package / "__main__.py").write_text(prelude + textwrap.dedent(code), encoding="utf-8")
        short = job.Limits(**({"hello_s": 10.0, "silence_s": 10.0, "exit_s": 2.0} | limits))
        folder = tmp_path / f"jobs é 中 {len(made)}"
        made.append(job.InferenceClient(Path(sys.executable), package.parent, folder, short))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_one_child_serves_many_requests(client: Any) -> None:
    runner = client(WELL_BEHAVED)
    heard: list[Any] = []
    first = runner.run({"video": "a ' \" ü.mp4"}, heard.append)
    pid = runner.pid
    second = runner.run({"video": Path("b.mp4")})
    assert runner.pid == pid
    assert (first.read_text(), second.read_text()) == ("a ' \" ü.mp4", "b.mp4")
    assert [message.type for message in heard] == ["hello", "progress", "warning", "result"]
    assert heard[2].text("text") == "Ein Gruß 中"
    runner.close()
    assert not alive(pid)


def test_polling_never_blocks(client: Any) -> None:
    runner = client("hello()\nfor r in requests():\n    time.sleep(60)\n")
    running = runner.start({"video": "a"})
    start = time.monotonic()
    for _ in range(50):
        running.poll()
    assert time.monotonic() - start < 0.5
    assert not running.done


def test_an_unknown_key_is_refused_by_name(client: Any) -> None:
    with pytest.raises(errors.JobError, match="'vidoe'"):
        client(WELL_BEHAVED).run({"vidoe": "a"})


def test_two_jobs_at_once_are_refused(client: Any) -> None:
    runner = client("hello()\nfor r in requests():\n    time.sleep(60)\n")
    runner.start({"video": "a"})
    with pytest.raises(errors.JobError, match="still running"):
        runner.start({"video": "b"})


def test_an_error_message_becomes_a_typed_error_and_the_child_goes_on(client: Any) -> None:
    runner = client(
        """
        hello()
        for request in requests():
            if request["video"] == "bad":
                say("error", code="no-person", message="Nobody in bad.", hint="Try another.")
            else:
                say("result", path=request["output"], frames=1, fps=1.0)
        """
    )
    with pytest.raises(errors.JobError, match=r"Nobody in bad\. Try another\.") as caught:
        runner.run({"video": "bad"})
    assert caught.value.code == "no-person"
    pid = runner.pid
    runner.run({"video": "good"})
    assert runner.pid == pid


def test_a_crash_is_reported_with_exit_code_and_log_and_the_next_job_gets_a_new_child(client: Any) -> None:
    runner = client(
        """
        hello()
        for request in requests():
            if request["video"] == "bad":
                for i in range(100): print("log line", i, file=sys.stderr)
                sys.stderr.flush(); os._exit(7)
            say("result", path=request["output"], frames=1, fps=1.0)
        """
    )
    with pytest.raises(errors.JobError, match="exit code 7") as caught:
        runner.run({"video": "bad"})
    assert caught.value.code == "crashed"
    assert caught.value.exit_code == 7
    assert caught.value.log_tail == tuple(f"log line {i}" for i in range(80, 100))
    runner.run({"video": "good"})


def test_a_child_killed_from_outside_is_a_crash(client: Any) -> None:
    runner = client("hello()\nfor r in requests():\n    time.sleep(60)\n")
    running = runner.start({"video": "a"})
    while not running.greeted:
        running.poll(wait_s=0.1)
    os.kill(runner.pid, signal.SIGKILL)
    with pytest.raises(errors.JobError, match="exit code -9"):
        while not running.done:
            running.poll(wait_s=0.1)


@pytest.mark.parametrize(
    ("code", "limits", "said"),
    [
        ("time.sleep(60)", {"hello_s": 0.3}, "did not start for 0.3 seconds"),
        ("hello(); time.sleep(60)", {"silence_s": 0.3}, "said nothing for 0.3 seconds"),
        ("print('hello world', flush=True); time.sleep(60)", {}, "unreadable"),
        ("say('progress', stage='dance', current=1, total=1, fps=1.0); time.sleep(60)", {}, "stage"),
        ("hello()\nfor r in requests(): sys.exit(0)", {}, "ended without a result"),
        ("raise ImportError('no module named cv2')", {}, "ended without a result"),
    ],
)
def test_a_child_that_breaks_the_protocol_is_ended_and_named(
    client: Any, code: str, limits: dict[str, float], said: str
) -> None:
    runner = client(code, **limits)
    with pytest.raises(errors.JobError, match=said):
        runner.run({"video": "a"})
    pid = runner.pid
    runner.close()
    assert not alive(pid)


def test_a_cancelled_job_ends_within_a_second(client: Any) -> None:
    runner = client(
        """
        hello()
        for request in requests():
            while not cancelled.is_set():
                say("progress", stage="lift", current=0, total=0, fps=0.0); time.sleep(0.05)
            say("cancelled")
        """
    )
    pressed: list[float] = []

    def press(message: Any) -> None:
        """Ctrl-C, once."""
        if message.type == "progress" and not pressed:
            pressed.append(time.monotonic())
            raise KeyboardInterrupt

    with pytest.raises(errors.JobCancelled):
        runner.run({"video": "a"}, press)
    assert time.monotonic() - pressed[0] < 1.0


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_child_that_ignores_the_cancel_is_ended_then_killed(client: Any, stubborn: bool) -> None:
    runner = client(
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else "")
        + "hello()\nfor r in requests():\n    while True: time.sleep(1)\n",
        interrupt_s=0.3,
        terminate_s=0.3,
    )
    running = runner.start({"video": "a"})
    while not running.greeted:
        running.poll(wait_s=0.1)
    start = time.monotonic()
    running.cancel()
    with pytest.raises(errors.JobCancelled):
        while not running.done:
            running.poll(wait_s=0.05)
    assert time.monotonic() - start < 2.0
    runner.close()


def test_abandoning_does_not_wait(client: Any) -> None:
    runner = client("hello()\nfor r in requests():\n    time.sleep(60)\n", exit_s=0.3, terminate_s=0.3)
    runner.start({"video": "a"}).poll(wait_s=2.0)
    pid = runner.pid
    start = time.monotonic()
    runner.abandon()
    assert time.monotonic() - start < 0.2
    while alive(pid) and time.monotonic() - start < 5.0:
        time.sleep(0.05)
    assert not alive(pid)


def test_the_child_sees_no_python_variables_of_ours(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    runner = client(
        """
        hello()
        for r in requests():
            seen = "PYTHONPATH" in os.environ or "PYTHONHOME" in os.environ
            say("error", code="seen" if seen else "clean", message=os.getcwd(), hint="")
        """
    )
    with pytest.raises(errors.JobError, match="root 0") as caught:
        runner.run({"video": "a"})
    assert caught.value.code == "clean"


def test_a_python_that_is_missing_is_named(tmp_path: Path) -> None:
    runner = job.InferenceClient(tmp_path / "python", tmp_path, tmp_path / "jobs")
    with pytest.raises(errors.JobError, match="could not be started") as caught:
        runner.run({"video": "a"})
    assert caught.value.code == "launch"


def test_the_runtime_is_looked_for_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runtime.VARIABLE, raising=False)
    monkeypatch.setattr(runtime, "ROOT", tmp_path)
    with pytest.raises(errors.RuntimeMissingError, match="not set up"):
        runtime.find_runtime()
    inner = Path("Scripts/python.exe" if os.name == "nt" else "bin/python")
    places = [tmp_path / name / inner for name in ("preference", ".venv/runtime", "variable")]
    for place in places:
        place.parent.mkdir(parents=True)
        place.touch()
    preference, local, variable = places
    local.unlink()
    assert runtime.find_runtime(preference=str(preference)) == preference
    local.touch()
    assert runtime.find_runtime(preference=str(preference)) == local
    monkeypatch.setenv(runtime.VARIABLE, str(variable))
    assert runtime.find_runtime(preference=str(preference)) == variable
    monkeypatch.setenv(runtime.VARIABLE, str(variable.parents[1]))
    assert runtime.find_runtime() == variable, "an environment's folder stands for its interpreter"
    monkeypatch.setenv(runtime.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(errors.RuntimeMissingError, match=rf"gone.*{runtime.VARIABLE}"):
        runtime.find_runtime()
