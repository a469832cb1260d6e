"""A job that needs no video, no model and no package: it exercises the pipe, the timers and every way to end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final

from . import protocol
from .cancel import Cancellation
from .channel import Channel
from .errors import Cancelled, InferenceError
from .files import write_whole
from .finish import finish

ENDINGS: Final = ("result", "error", "unforeseen", "crash", "hang")


def self_test(channel: Channel, cancellation: Cancellation, output: Path, frames: int, fps: float, ending: str) -> int:
    """Pretends to work through `frames` at `fps`, then ends as told.

    Args:
        channel: where the messages go.
        cancellation: checked every frame.
        output: an empty file written with `result`: not a result in the format of a real job.
        frames: how many.
        fps: pretended speed.
        ending: one of `ENDINGS`; "crash" dies without a terminal message, "hang" falls silent until it is killed.

    Returns:
        The exit code.
    """
    try:
        channel.send("status", text="Testing the connection")
        channel.warn("self-test", "This job only pretends to work.")
        began = time.monotonic()
        # Must end up in the log: native code prints on file descriptor 1 as well.
        os.write(1, b"a stray line on standard output\n")
        for stage in ("detect", "lift"):
            for done in range(1, frames + 1):
                if cancellation.wait(1.0 / fps):
                    raise Cancelled
                channel.progress(stage, done, frames, done / (time.monotonic() - began))
        _end(ending)
        write_whole(output, lambda file: None)
        channel.send("result", path=str(output), frames=frames, fps=fps)
    except Exception as error:  # the boundary, as in a real job
        return finish(channel, error)
    return protocol.EXIT_RESULT


def _end(ending: str) -> None:
    if ending == "error":
        raise InferenceError("self-test", "The self-test was asked to fail.", "Nothing is wrong.")
    if ending == "unforeseen":
        raise ZeroDivisionError("the self-test was asked to trip")
    if ending == "crash":
        os._exit(70)
    if ending == "hang":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        time.sleep(3600.0)
