"""From a film to its result file, by the inference process; a kept result is used again when it still fits."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import AddonError
from ..files import whole, write_json
from ..footage import are_pictures
from ..job import InferenceClient
from ..networks import networks
from ..results import request_key
from .options import ClipSettings
from .progress import Progress


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: a film, keypoints made elsewhere, or both; whom of the film, and what the user set right.

    Attributes:
        video: the film.
        keypoints: made elsewhere.
        person: frame of the film, x and y in pixels: who is followed.
        region: x0, y0, x1, y1 in pixels: where is looked.
        edits: a file of corrections (docs/design.md).
    """

    video: Path | None
    keypoints: Path | None = None
    person: tuple[float, ...] | None = None
    region: tuple[float, ...] | None = None
    edits: Path | None = None

    def check(self) -> None:
        """Refuse files that are not there before anything is started.

        Raises:
            AddonError: names the file.
        """
        for path in (self.video, self.keypoints, self.edits):
            if path is not None and not path.exists():
                raise AddonError(f"There is no file {path}: check the path.")


def request_of(source: Source, settings: ClipSettings) -> dict[str, Any]:
    """The keys of request.json that the command line decides; paths are absolute."""
    return {
        "video": str(source.video.absolute()) if source.video else None,
        "keypoints": str(source.keypoints.absolute()) if source.keypoints else None,
        "frame_start": settings.frame_start,
        "frame_end": settings.frame_end,
        "person_height_m": settings.height_m,
        "lens_mm": settings.lens_mm,
        "quality": settings.quality,
        "fingers": settings.pose.fingers,
        **networks(str(settings.detector.absolute()) if settings.detector else None, settings.causal),
        "fps": settings.fps if source.video and are_pictures(source.video) else None,
        "person": [int(source.person[0]), *source.person[1:]] if source.person else None,
        "region": list(source.region) if source.region else None,
        "edits": str(source.edits.absolute()) if source.edits else None,
    }


def estimate(
    client: InferenceClient,
    source: Source,
    settings: ClipSettings,
    progress: Progress,
    keep: Path | None,
    scratch: Path,
) -> Path:
    """Make the result file of `source`, or take the one kept from an earlier run.

    Args:
        client: the inference process.
        source: what to read.
        settings: of the clip.
        progress: told about every message.
        keep: where the result shall stay; its request is written beside it. None: it goes into `scratch`.
        scratch: existing folder for files that are thrown away.

    Raises:
        AddonError: nothing to read, or the job failed or was cancelled.
    """
    if keep is not None and keep.suffix != ".npz":
        raise AddonError(f"The result {keep.name} must end in .npz.")
    if source.video is None and source.keypoints is None:
        if keep is None or not keep.is_file():
            raise AddonError(f"There is no result file {keep}: name the film with --video to make it.")
        return keep
    source.check()
    request = request_of(source, settings)
    if keep is None:
        return client.run({**request, "output": str(scratch / "result.npz")}, progress.message)
    mark = request_key(request)
    beside = keep.with_suffix(".json")
    if keep.is_file() and _read_mark(beside) == mark:
        progress.note(f"Using {keep.name}, made from the same film with the same settings.")
        return keep
    keep.parent.mkdir(parents=True, exist_ok=True)
    made = client.run({**request, "output": str(scratch / "result.npz")}, progress.message)
    with whole(keep) as aside:
        shutil.move(made, aside)
    write_json(beside, {"fingerprint": mark, "request": request})
    return keep


def fingerprint(values: dict[str, Any], files: list[Path]) -> str:
    """Digest of settings and of the files' names, sizes and times: equal only when a remake would change nothing."""
    stats = []
    for path in files:
        stat = path.stat()
        stats.append([str(path.absolute()), stat.st_size, stat.st_mtime_ns])
    text = json.dumps([values, stats], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def settings_values(settings: ClipSettings) -> dict[str, Any]:
    """The settings as plain values for `fingerprint`."""
    return asdict(settings)


def _read_mark(path: Path) -> str | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values.get("fingerprint") if isinstance(values, dict) else None
