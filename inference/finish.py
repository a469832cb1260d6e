"""How a job ends: turns what was raised into the terminal message and the exit code. Standard library alone."""

from __future__ import annotations

import contextlib
import sys
import traceback

from . import protocol
from .channel import Channel
from .errors import Cancelled, InferenceError, RequestError


def finish(channel: Channel, error: BaseException) -> int:
    """Sends the terminal message for an error and returns the exit code.

    Args:
        channel: where to.
        error: what the job raised. Its traceback goes to the log, one sentence to the user.

    Raises:
        OSError: the parent has closed the pipe.
    """
    if isinstance(error, Cancelled):
        channel.send("cancelled")
        return protocol.EXIT_CANCELLED
    with contextlib.suppress(OSError):  # a disk that is full takes no log, but the user is told all the same
        traceback.print_exception(error, file=sys.stderr)
    code, message, hint = _explain(error)
    channel.send("error", code=code, message=message, hint=hint)
    return protocol.EXIT_BAD_REQUEST if isinstance(error, RequestError) else protocol.EXIT_ERROR


def _explain(error: BaseException) -> tuple[str, str, str]:
    if isinstance(error, InferenceError):
        return error.code, error.message, error.hint
    if isinstance(error, ImportError):
        return "missing-package", f"The runtime lacks the package {error.name or error}.", "Run the set-up again."
    if isinstance(error, MemoryError):
        return "out-of-memory", "The memory is full.", "Close other programs, or use a shorter range of frames."
    text = (f"{type(error).__name__}: {error}".splitlines() or [""])[0]
    return "internal", f"Something unforeseen went wrong: {text}", "The log has the details."
