"""What the panel shows of a running job. No bpy here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from ..inference.protocol import STAGES, Message

STAGE_WORDS = {
    "decode": "Reading the video",
    "detect": "Finding the person",
    "lift": "Lifting to 3D",
    "refine": "Refining",
    "write": "Writing",
}
STAGE_SHARES = {"decode": 0.02, "detect": 0.90, "lift": 0.05, "refine": 0.02, "write": 0.01}
"""How much of a job's time each stage takes: on the sample film, on two cores."""


@dataclass(slots=True)
class Progress:
    """The latest that a job said.

    Attributes:
        stage: a stage of the protocol, empty before the first.
        current, total: frames of that stage; total 0 means unknown.
        fps: frames a second of that stage.
        text: last status text.
        warnings: texts of all warnings.
        factor: 0..1 of the whole job; never falls.
        preview: file that shows the present frame, None where there is none.
        preview_frame: the frame that it shows.
        started: clock (`time.monotonic`) at the start of the job.
    """

    stage: str = ""
    current: int = 0
    total: int = 0
    fps: float = 0.0
    text: str = "Starting"
    warnings: list[str] = field(default_factory=list)
    factor: float = 0.0
    preview: Path | None = None
    preview_frame: int = -1
    started: float = field(default_factory=time.monotonic)

    def take(self, message: Message) -> None:
        """Follow one message of the job."""
        if message.type == "progress":
            self.stage = message.text("stage")
            self.current, self.total = int(message.number("current")), int(message.number("total"))
            self.fps = message.number("fps")
            self.factor = max(self.factor, self._reached())
        elif message.type == "status":
            self.text = message.text("text")
        elif message.type == "warning":
            self.warnings.append(message.text("text"))
        elif message.type == "preview":
            self.preview, self.preview_frame = Path(message.text("path")), int(message.number("frame"))

    def _reached(self) -> float:
        """0..1 of the whole job as the present stage tells it."""
        earlier = sum(STAGE_SHARES[stage] for stage in STAGES[: STAGES.index(self.stage)])
        within = min(self.current / self.total, 1.0) if self.total > 0 else 0.0
        return earlier + within * STAGE_SHARES[self.stage]

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the job is over, None while that cannot be told."""
        if self.total <= 0 or self.fps <= 0.0:
            return None
        later = sum(STAGE_SHARES[stage] for stage in STAGES[STAGES.index(self.stage) + 1 :])
        rest_of_stage = max(self.total - self.current, 0)
        return (rest_of_stage + self.total * later / STAGE_SHARES[self.stage]) / self.fps

    def title(self) -> str:
        """The stage in words, with its number among the stages."""
        if not self.stage:
            return self.text
        return f"{STAGE_WORDS[self.stage]} ({STAGES.index(self.stage) + 1}/{len(STAGES)})"

    def detail(self) -> str:
        """Frames, rate and time left, as far as they are known."""
        parts = []
        if self.total > 0:
            parts.append(f"{self.current}/{self.total} frames")
        elif self.current > 0:
            parts.append(f"{self.current} frames")
        if self.fps > 0.0:
            parts.append(f"{self.fps:.{0 if self.fps >= 10 else 1}f} frames/s")
        if self.seconds_left is not None:
            parts.append(f"{clock(self.seconds_left)} left")
        return ", ".join(parts)


def clock(seconds: float) -> str:
    """Seconds as `m:ss`, or `h:mm:ss` from an hour on."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
