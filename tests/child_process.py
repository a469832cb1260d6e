"""Starts the inference process as the add-on does, and reads what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.detect.bundle import bundle_is_whole, bundle_path
from inference.lift.weights import WEIGHTS_FOLDER
from inference.protocol import Message, parse

ROOT = Path(__file__).resolve().parent.parent

needs_pose_model = pytest.mark.skipif(
    not bundle_is_whole(bundle_path()), reason="the pose model is missing: run `python -m inference setup`"
)
needs_weights = pytest.mark.skipif(
    not (WEIGHTS_FOLDER / "atcn-27.onnx").is_file(), reason="inference/weights/atcn-27.onnx is missing"
)


def data_folder() -> Path:
    """The folder that POSE_DATA names; skips the test where it is not set."""
    folder = os.environ.get("POSE_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("POSE_DATA does not name the data folder")
    return Path(folder)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is only not yet waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it ended just now, or this system has no such files
        return not Path("/proc/self").exists()


class Child:
    """One child process; a context manager that leaves none behind."""

    def __init__(self, folder: Path, *arguments: str | Path, environment: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "inference.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-u", "-m", "inference", *(str(argument) for argument in arguments)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *details: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.process.wait()

    def messages(self) -> Iterator[Message]:
        """Messages as they come; a line outside the protocol fails the test."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield parse(line.decode("utf-8"))

    def until(self, kind: str, **fields: object) -> Message:
        """Reads up to the first message of a type, with these fields."""
        for message in self.messages():
            if message.type == kind and fields.items() <= message.fields.items():
                return message
        raise AssertionError(f"the child ended without {kind}; its log: {self.log.read_text('utf-8')[-2000:]}")

    def job(self) -> list[Message]:
        """Messages up to and with the next terminal one."""
        told: list[Message] = []
        for message in self.messages():
            told.append(message)
            if message.terminal:
                break
        return told

    def end(self, timeout_s: float = 30.0) -> tuple[list[Message], int]:
        """Every message that is left, and the exit code."""
        told = list(self.messages())
        return told, self.process.wait(timeout_s)

    def send(self, line: str) -> None:
        """Writes a line to stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hang_up(self) -> None:
        """Closes stdin, as a parent that dies does."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def interrupt(self) -> float:
        """Sends SIGINT; returns when."""
        self.process.send_signal(signal.SIGINT)
        return time.monotonic()


def request_line(path: Path) -> str:
    """What `serve` reads."""
    return json.dumps({"request": str(path)})


def write_request(folder: Path, **values: object) -> Path:
    """A request file whose output is `result.npz` in the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "request.json"
    fields = {"schema": 1, "output": str(folder / "result.npz"), **values}
    path.write_text(json.dumps({k: str(v) if isinstance(v, Path) else v for k, v in fields.items()}), "utf-8")
    return path
