"""Many films or motion files onto one character, in one Blender; finished clips are not done again."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import EXPECTED, AddonError, JobCancelled
from ..files import write_json
from ..job import InferenceClient
from ..runtime import ROOT
from . import interrupt
from .estimate import Source, estimate, fingerprint, settings_values
from .exporter import check_not_itself, check_target
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
        failed: (source, sentence).
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
    runtime: Path | None,
    progress: Progress,
) -> Outcome:
    """Retarget every film or motion file; a clip that fails is named and the next one begun.

    Args:
        patterns: files or patterns such as `shots/*.mp4`.
        rig: the character's file.
        folder: gets `<source>.<format>` and the ledger.
        file_format: `fbx`, `glb`, `bvh` or `blend`.
        settings: of every clip.
        runtime: the runtime's interpreter, which reads films; None where the files are motion files.
        progress: told about everything.

    Raises:
        AddonError, RigError: no file matches, two of them would write one file, or the rig cannot be used at all.
        JobCancelled: the person stopped the batch; finished clips stay.
    """
    started = time.monotonic()
    sources = find_sources(patterns)
    targets = {source: folder / f"{source.stem}.{file_format}" for source in sources}
    _check_distinct(targets)
    check_target(next(iter(targets.values())))
    check_rig(rig, settings)
    outcome, ledger = Outcome(), _read_ledger(folder)
    with _poses(runtime, settings, progress) as pose_of:
        for number, (source, target) in enumerate(targets.items(), start=1):
            progress.prefix = f"[{number}/{len(targets)}] {source.name}  "
            _one_clip(pose_of, source, rig, target, settings, progress, outcome, ledger)
    progress.prefix = ""
    outcome.seconds = time.monotonic() - started
    return outcome


@contextlib.contextmanager
def _poses(runtime: Path | None, settings: ClipSettings, progress: Progress) -> Iterator[Callable[[Path], Path]]:
    """What makes of a source the file that `produce` takes: a film's result, a motion file itself."""
    if runtime is None:
        yield lambda source: source
        return
    with (
        tempfile.TemporaryDirectory(prefix="pose_") as folder,
        InferenceClient(runtime, ROOT, Path(folder)) as client,
    ):
        yield lambda source: estimate(client, Source(source), settings, progress, None, Path(folder))


def find_sources(patterns: Sequence[str]) -> list[Path]:
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
            raise AddonError(f"No file matches {pattern}: check the path, and put a pattern in quotes.")
        found.update(dict.fromkeys(files))
    return list(found)


def _check_distinct(targets: dict[Path, Path]) -> None:
    owners: dict[str, Path] = {}
    for source, target in targets.items():
        check_not_itself(source, target)
        other = owners.setdefault(str(target).casefold(), source)
        if other != source:
            raise AddonError(f"{other} and {source} would both be written to {target}: rename one or run them apart.")


def _one_clip(
    pose_of: Callable[[Path], Path],
    source: Path,
    rig: Path,
    target: Path,
    settings: ClipSettings,
    progress: Progress,
    outcome: Outcome,
    ledger: dict[str, str],
) -> None:
    try:
        mark = fingerprint(settings_values(settings), [source, rig])
        if target.is_file() and ledger.get(target.name) == mark:
            outcome.kept.append(target.name)
            return
        check_target(target)
        produce(pose_of(source), rig, target, settings, progress)
        ledger[target.name] = mark
        write_json(target.parent / LEDGER, {"clips": ledger})
        outcome.made.append(target.name)
    except JobCancelled:
        raise
    except Exception as error:  # whatever one source does, the others still get their turn
        if interrupt.requested():
            raise KeyboardInterrupt from error
        sentence = str(error) if isinstance(error, EXPECTED) else f"{type(error).__name__}: {error}"
        outcome.failed.append((source.name, sentence))
        progress.note(sentence)


def _read_ledger(folder: Path) -> dict[str, str]:
    """The ledger of an earlier run; an unreadable one only means that clips are made again."""
    try:
        clips = json.loads((folder / LEDGER).read_text(encoding="utf-8"))["clips"]
        return {str(name): str(mark) for name, mark in clips.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
