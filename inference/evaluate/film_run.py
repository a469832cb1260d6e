"""The sample film through the whole child process: detection, lifting, root path and all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ..errors import InferenceError
from ..protocol import DEFAULT_QUALITY
from .film import evaluate_film

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLES: Final = ROOT / "samples"


FILM: Final = SAMPLES / "film.mp4"
TRUTH: Final = SAMPLES / "film_truth.npz"


def film_figures(lifter: str, folder: Path, quality: str = DEFAULT_QUALITY) -> dict[str, float]:
    """`result_figures` of the sample film made with `lifter`; arguments and errors as in `film_result`."""
    return result_figures(film_result(lifter, folder, quality))


def film_result(lifter: str, folder: Path, quality: str = DEFAULT_QUALITY) -> Path:
    """The result of the sample film made with `lifter`, looked at as closely as `quality` says, in `folder`.

    Raises:
        InferenceError: the film or its truth is missing, or the child process fails.
    """
    for needed in (FILM, TRUTH):
        if not needed.is_file():
            raise InferenceError("no-film", f"There is no {needed.name} in {SAMPLES}.", "Make it with build.py sample.")
    folder.mkdir(parents=True, exist_ok=True)
    return lift_film(lifter, quality, FILM, folder / f"film-{lifter}.npz")


def result_figures(result: Path) -> dict[str, float]:
    """`evaluate_film` of a result of the sample film, and `p_mpjpe_over_detector`."""
    figures = evaluate_film(result, TRUTH)
    if "detector_world_p_mpjpe_mm" in figures:
        ratio = figures["p_mpjpe_same_frames_mm"] / figures["detector_world_p_mpjpe_mm"]
        figures["p_mpjpe_over_detector"] = ratio
    return figures


def lift_film(
    lifter: str, quality: str, film: Path, output: Path, further: Mapping[str, object] = MappingProxyType({})
) -> Path:
    """A film through the child process, with `further` keys of the request; returns `output`.

    Raises:
        InferenceError: the child process fails; with its code, where it says why.
    """
    request = output.with_suffix(".json")
    fields: dict[str, object] = {
        "schema": 1,
        "video": str(film),
        "output": str(output),
        "lifter": lifter,
        "quality": quality,
    }
    fields |= further
    request.write_text(json.dumps(fields), encoding="utf-8")
    command = [sys.executable, "-s", "-u", "-m", "inference", "run", "--request", str(request)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0:
        said = next((m for m in messages if m.get("type") == "error"), {"message": f"exit code {done.returncode}"})
        message = f"The film could not be lifted: {said['message']}"
        raise InferenceError(said.get("code", "film-failed"), message, said.get("hint", ""))
    return output
