"""Progress on stderr: one line that rewrites itself in a terminal, a line every few seconds in a log."""

from __future__ import annotations

import sys
import time
from typing import Final, TextIO

from ...inference.protocol import Message

_LOG_PERIOD_S: Final = 5.0
_SCREEN_PERIOD_S: Final = 0.1
_CLEAR_LINE: Final = "\r\x1b[2K"


class Progress:
    """Tells the person in front of the terminal where the work is.

    Args:
        stream: where to write; None is stderr.
        prefix: stands before every line, for example the clip's name.
    """

    def __init__(self, stream: TextIO | None = None, prefix: str = "") -> None:
        self.prefix = prefix
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._shown_at = -1e9
        self._stage = ""
        self._open_line = False

    def message(self, message: Message) -> None:
        """Show a message of the inference process; its result and errors are the caller's to tell."""
        if message.type == "progress":
            current, total = int(message.number("current")), int(message.number("total"))
            self.update(message.text("stage"), current, total, message.number("fps"))
        elif message.type == "warning":
            self.note(f"Warning: {message.text('text')}")

    def update(self, stage: str, current: int = 0, total: int = 0, rate: float = 0.0) -> None:
        """Show the state of a stage.

        Args:
            stage: its name.
            current: frames done.
            total: frames to do; 0 when that is not known.
            rate: frames a second; 0 when that is not known.
        """
        now = time.monotonic()
        finished = bool(total) and current >= total
        period = _SCREEN_PERIOD_S if self._is_terminal else _LOG_PERIOD_S
        if stage == self._stage and not finished and now - self._shown_at < period:
            return
        if stage == self._stage and finished and not self._is_terminal and now - self._shown_at < _SCREEN_PERIOD_S:
            return
        self._stage, self._shown_at = stage, now
        self._write(self._sentence(stage, current, total, rate), transient=True)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._write(self.prefix + text, transient=False)

    def close(self) -> None:
        """Take the transient line away."""
        if self._open_line:
            self._stream.write(_CLEAR_LINE)
            self._stream.flush()
            self._open_line = False

    def _sentence(self, stage: str, current: int, total: int, rate: float) -> str:
        words = [f"{self.prefix}{stage}"]
        if total:
            words.append(f"{current}/{total}")
        elif current:
            words.append(str(current))
        if rate > 0.0:
            words.append(f"{rate:.1f} frames/s")
            if total > current:
                words.append(f"{clock((total - current) / rate)} left")
        return "  ".join(words)

    def _write(self, text: str, *, transient: bool) -> None:
        if self._is_terminal:
            self._stream.write(_CLEAR_LINE + text + ("" if transient else "\n"))
            self._open_line = transient
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def clock(seconds: float) -> str:
    """Seconds as people read them: `0:07`, `12:30`, `1:02:03`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"
