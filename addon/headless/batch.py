"""Many films onto one character: one Blender, one loaded model; finished clips are not done again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...rigs.errors import RigError
from ..errors import AddonError, JobCancelled
from ..job import InferenceClient
from ..runtime import ROOT
from . import interrupt
from .estimate import Source, estimate, fingerprint, settings_values, write_json
from .exporter import check_target
from .options import ClipSettings
from .produce import check_rig, produce
from .progress import Progress, clock

LEDGER: Final = "batch.json"
"""Kept in the output folder: which file was made from what."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch.

    Attributes:
        made: names of the files written.
        kept: names of the files that were there already.
        failed: (video, sentence).
        seconds: how long it took.
    """

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def summary(self) -> str:
        """A line for every clip and one for all."""
        lines = [f"made    {name}" for name in self.made] + [f"kept    {name}" for name in self.kept]
        lines += [f"FAILED  {name}: {sentence}" for name, sentence in self.failed]
        counts = f"{len(self.made)} made, {len(self.kept)} kept, {len(self.failed)} failed"
        return "\n".join([*lines, f"{counts} in {clock(self.seconds)}"])


def run_batch(
    patterns: Sequence[str],
    rig: Path,
    folder: Path,
    file_format: str,
    settings: ClipSettings,
    runtime: Path,
    progress: Progress,
) -> Outcome:
    """Retarget every film; a clip that fails is named and the next one begun.

    Args:
        patterns: files or patterns such as `shots/*.mp4`.
        rig: the character's file.
        folder: gets `<film>.<format>` and the ledger.
        file_format: `fbx`, `glb`, `bvh` or `blend`.
        settings: of every clip.
        runtime: the runtime's interpreter.
        progress: told about everything.

    Raises:
        AddonError, RigError: no film matches, two films would write one file, or the rig cannot be used at all.
        JobCancelled: the person stopped the batch; finished clips stay.
    """
    started = time.monotonic()
    videos = find_videos(patterns)
    targets = {video: folder / f"{video.stem}.{file_format}" for video in videos}
    _check_distinct(targets)
    check_target(next(iter(targets.values())))
    check_rig(rig, settings)
    outcome, ledger = Outcome(), _read_ledger(folder)
    with (
        tempfile.TemporaryDirectory(prefix="pose_") as scratch,
        InferenceClient(runtime, ROOT, Path(scratch)) as client,
    ):
        for number, (video, target) in enumerate(targets.items(), start=1):
            progress.prefix = f"[{number}/{len(targets)}] {video.name}  "
            _one_clip(client, video, rig, target, settings, progress, outcome, ledger, Path(scratch))
    progress.prefix = ""
    outcome.seconds = time.monotonic() - started
    return outcome


def find_videos(patterns: Sequence[str]) -> list[Path]:
    """Files that the patterns name, each once, in the order of their names within a pattern.

    Raises:
        AddonError: a pattern matches nothing.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        # A name that holds brackets is first of all a name.
        named = Path(pattern)
        base = Path(named.anchor or ".")
        matches = [named] if named.is_file() else sorted(base.glob(str(named.relative_to(named.anchor))))
        files = [path for path in matches if path.is_file()]
        if not files:
            raise AddonError(f"No film matches {pattern}: check the path, and put a pattern in quotes.")
        found.update(dict.fromkeys(files))
    return list(found)


def _check_distinct(targets: dict[Path, Path]) -> None:
    owners: dict[str, Path] = {}
    for video, target in targets.items():
        other = owners.setdefault(str(target).casefold(), video)
        if other != video:
            raise AddonError(f"{other} and {video} would both be written to {target}: rename one or run them apart.")


def _one_clip(
    client: InferenceClient,
    video: Path,
    rig: Path,
    target: Path,
    settings: ClipSettings,
    progress: Progress,
    outcome: Outcome,
    ledger: dict[str, str],
    scratch: Path,
) -> None:
    try:
        mark = fingerprint(settings_values(settings), [video, rig])
        if target.is_file() and ledger.get(target.name) == mark:
            outcome.kept.append(target.name)
            return
        check_target(target)
        result = estimate(client, Source(video), settings, progress, None, scratch)
        produce(result, rig, target, settings, progress)
        ledger[target.name] = mark
        write_json(target.parent / LEDGER, {"clips": ledger})
        outcome.made.append(target.name)
    except JobCancelled:
        raise
    except Exception as error:  # whatever one film does, the others still get their turn
        if interrupt.requested():
            raise KeyboardInterrupt from error
        sentence = str(error) if isinstance(error, AddonError | RigError) else f"{type(error).__name__}: {error}"
        outcome.failed.append((video.name, sentence))
        progress.note(sentence)


def _read_ledger(folder: Path) -> dict[str, str]:
    """The ledger of an earlier run; an unreadable one only means that clips are made again."""
    try:
        clips = json.loads((folder / LEDGER).read_text(encoding="utf-8"))["clips"]
        return {str(name): str(mark) for name, mark in clips.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
