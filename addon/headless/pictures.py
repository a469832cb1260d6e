"""Ask the runtime's Python, which has OpenCV, to compose pictures: `python -m inference.pictures ...`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ..errors import AddonError
from ..runtime import ROOT


def compose(
    kind: Literal["contact-sheet", "film-strip"],
    runtime: Path,
    result: Path,
    video: Path | None,
    images: Path,
    frames: Sequence[int],
    output: Path,
    first_frame: int = 0,
    labels: Sequence[tuple[str, int, int]] = (),
) -> None:
    """Compose rendered pictures with the film's frames and the skeleton.

    Args:
        kind: which command of `inference.pictures`.
        runtime: the runtime's interpreter.
        result: the result .npz.
        video: the film, or None.
        images: folder with one rendered .png a moment.
        frames: rising frame numbers of the result, one a moment.
        output: the picture (`contact-sheet`) or an existing folder (`film-strip`).
        first_frame: the film's frame number of the result's frame 0.
        labels: (text, x, y) in the rendered pictures; `film-strip` alone.

    Raises:
        AddonError: the composing failed; its sentence is passed on.
    """
    command = [str(runtime), "-s", "-m", "inference.pictures", kind, f"--result={result.absolute()}"]
    command += [f"--images={images.absolute()}", f"--out={output.absolute()}", f"--first-frame={first_frame}"]
    command += ["--frames=" + ",".join(str(frame) for frame in frames)]
    command += [f"--video={video.absolute()}"] if video else []
    command += [f"--label={x},{y},{text}" for text, x, y in labels]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", errors="replace"
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise AddonError(f"{output.name} could not be made: {lines[-1] if lines else f'exit code {done.returncode}'}")
