"""`check`: what this runtime has, what it computes on and why, and whether each stage works."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TypeVar

from .. import protocol
from ..cancel import Cancellation
from ..channel import Channel, Heartbeat
from ..errors import Cancelled, InferenceError
from ..finish import finish
from .packages import check_packages

Done = TypeVar("Done")


def check(channel: Channel, cancellation: Cancellation) -> int:
    """Tries one thing after the other and sends a `check` for each; the first that fails ends it with its error.

    Returns:
        The exit code.
    """
    try:
        channel.send("check", name="packages", text=check_packages())
        with TemporaryDirectory(prefix="pose_check_") as folder:
            path = Path(folder) / "result.npz"
            _check_stages(Path(folder) / "film.avi", path, channel, cancellation)
            channel.send("result", path=str(path), frames=0, fps=0.0)
    except Exception as error:  # the boundary, as in a real job
        return finish(channel, error)
    return protocol.EXIT_RESULT


def _check_stages(film: Path, result: Path, channel: Channel, cancellation: Cancellation) -> None:
    """Decode, detect, look at the hands, lift, write."""

    def tried(name: str, text: str, work: Callable[[], Done]) -> Done:
        if cancellation.is_set():
            raise Cancelled
        with Heartbeat(channel, text):
            try:
                return work()
            except (InferenceError, Cancelled, ImportError, MemoryError):
                raise
            except Exception as error:  # native libraries have error classes of their own
                first = (str(error).splitlines() or [type(error).__name__])[0]
                raise InferenceError(
                    f"check-{name}", f"{text} failed: {first}", "Run Set Up Runtime again; the log has the details."
                ) from error

    began = time.monotonic()
    stages = tried("import", "Loading the packages", _stages)
    channel.send("check", name="import", text=f"The packages load in {time.monotonic() - began:.1f} s")
    tried("film", "Writing a test film", lambda: stages.write_film(film))
    track, joints = tried("detect", "Finding the person", lambda: stages.detect(film, channel, cancellation))
    channel.send("check", name="detect", text=f"A person was found in {sum(joints.detected)} of {len(track)} frames")
    fingers = tried("hands", "Looking at the fingers", lambda: stages.hands(film, track, channel, cancellation))
    channel.send("check", name="hands", text=fingers)
    clip, device = tried("lift", "Lifting to 3D", lambda: stages.lift(track, joints))
    channel.send("check", name="device", text=device)
    tried("write", "Writing a result", lambda: stages.write(result, track, joints, clip))
    channel.send("check", name="write", text=f"The self-test took {time.monotonic() - began:.1f} s")


def _stages() -> ModuleType:
    """The module of the stages, whose imports take seconds and may fail."""
    from . import stages

    return stages
