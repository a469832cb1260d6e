"""How long the parent waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Waiting times in seconds. A job as a whole has none: a long video takes long.

    Attributes:
        hello_s: from the launch to the first message.
        silence_s: from one message to the next.
        interrupt_s: from asking the child to stop to ending it.
        terminate_s: from ending it to killing it.
        exit_s: from the end of its output, or of its input, to its exit.
    """

    hello_s: float = 60.0
    silence_s: float = 30.0
    interrupt_s: float = 5.0
    terminate_s: float = 2.0
    exit_s: float = 2.0
