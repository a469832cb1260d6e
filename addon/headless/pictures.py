"""Ask the runtime's Python, which has OpenCV, to compose pictures: `python -m inference.pictures ...`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from .runtime_module import run_module


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
    arguments = [kind, f"--result={result.absolute()}", f"--images={images.absolute()}", f"--out={output.absolute()}"]
    arguments += [f"--first-frame={first_frame}", "--frames=" + ",".join(str(frame) for frame in frames)]
    arguments += [f"--video={video.absolute()}"] if video else []
    arguments += [f"--label={x},{y},{text}" for text, x, y in labels]
    run_module(runtime, "inference.pictures", arguments, f"{output.name} could not be made")
