"""The demonstration: six characters move as the person of the sample film does, and every claim is measured."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ...rigs.retarget import RetargetSettings
from ..errors import AddonError
from ..files import write_json
from ..job import InferenceClient
from ..runtime import ROOT
from .estimate import Source, request_of
from .exporter import check_target
from .measure import measure
from .options import ClipSettings
from .preview import render_preview
from .produce import produce
from .progress import Progress, clock
from .runtime_module import run_module

_RIG_ENDINGS = (".glb", ".blend", ".fbx", ".vrm")


@dataclass(slots=True)
class Stages:
    """Seconds spent in each stage; a stage may be entered several times."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Add the length of the block to stage `name`."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - started


def demo(samples: Path, out: Path, runtime: Path, progress: Progress) -> str:
    """Film to result once, result to every avatar, read back and measured; then the preview and the report.

    Writes `<avatar>.fbx` for each, `film.npz`, `preview.mp4` and `report.json`. The report's keys: `frames` of the
    film; `seconds` the whole took; `fps` frames a second from film to result; the errors against the film's truth
    (`inference.evaluate.film`); `stages`, seconds of each; `avatars`, for each what `measure` says with IK on and off.

    Args:
        samples: folder with `film.mp4`, `film_truth.npz` and `avatars/`.
        out: folder to write into.
        runtime: the runtime's interpreter.
        progress: told about everything.

    Returns:
        A table of the figures.

    Raises:
        AddonError, RigError: a sample is missing or a step failed.
    """
    started = time.monotonic()
    film, avatars = _samples(samples)
    check_target(out / f"{avatars[0].stem}.fbx")
    stages = Stages()
    result = out / "film.npz"
    with (
        stages.time("inference"),
        tempfile.TemporaryDirectory(prefix="pose_") as folder,
        InferenceClient(runtime, ROOT, Path(folder)) as client,
    ):
        request = request_of(Source(film), ClipSettings())
        client.run({**request, "output": str(result.absolute())}, progress.message)
    report: dict[str, Any] = {}
    with stages.time("metrics"):
        report |= _film_metrics(runtime, result, samples / "film_truth.npz")
    report["avatars"] = {}
    for number, avatar in enumerate(avatars, start=1):
        progress.prefix = f"[{number}/{len(avatars)}] {avatar.stem}  "
        report["avatars"][avatar.stem] = _one_avatar(avatar, result, out, stages, progress)
    progress.prefix = ""
    with stages.time("preview"):
        files = [(_label(avatar), out / f"{avatar.stem}.fbx") for avatar in avatars]
        render_preview(files, result, film, out / "preview.mp4", runtime, progress)
    report["fps"] = report["frames"] / stages.seconds["inference"]
    report["seconds"] = time.monotonic() - started
    report["stages"] = stages.seconds
    write_json(out / "report.json", _rounded(report | _machine()))
    return _table(report, out)


def _samples(folder: Path) -> tuple[Path, list[Path]]:
    film = folder / "film.mp4"
    avatars = sorted(path for path in (folder / "avatars").glob("*") if path.suffix in _RIG_ENDINGS)
    for path in (film, folder / "film_truth.npz"):
        if not path.is_file():
            raise AddonError(f"The sample {path} is missing: check out the project again, or run 'build.py sample'.")
    if not avatars:
        raise AddonError(f"There are no avatars in {folder / 'avatars'}: check out the project again.")
    return film, avatars


def _film_metrics(runtime: Path, result: Path, truth: Path) -> dict[str, float]:
    """Figures of `inference.evaluate.film`, which needs the runtime's Python."""
    with tempfile.TemporaryDirectory(prefix="pose_") as folder:
        figures = Path(folder) / "film.json"
        arguments = [f"--result={result.absolute()}", f"--truth={truth.absolute()}", f"--json={figures}"]
        failure = "The result could not be compared with the truth"
        run_module(runtime, "inference.evaluate.film", arguments, failure)
        values: dict[str, float] = json.loads(figures.read_text(encoding="utf-8"))
        return values


def _one_avatar(avatar: Path, result: Path, out: Path, stages: Stages, progress: Progress) -> dict[str, Any]:
    """Make the avatar's file with IK, and one without that is thrown away; measure both as they lie on disk."""
    measures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pose_") as folder:
        targets = {"ik_off": Path(folder) / f"{avatar.stem}.fbx", "ik_on": out / f"{avatar.stem}.fbx"}
        for name, target in targets.items():
            with stages.time("retarget and export"):
                settings = ClipSettings(pose=RetargetSettings(ik=name == "ik_on"))
                produce(result, avatar, target, settings, progress)
            progress.update("measure")
            with stages.time("measure"):
                measures[name] = measure(target, result, settings.smoothing)
    return measures


def _label(avatar: Path) -> str:
    return avatar.stem.replace("_", " ")


def _machine() -> dict[str, str]:
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": time.strftime("%Y-%m-%d"),
        "versions": f"Blender {bpy.app.version_string}, Python {platform.python_version()}",
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def _table(report: dict[str, Any], out: Path) -> str:
    lines = [
        f"film           {report['frames']:.0f} frames, {report['fps']:.1f} frames/s from film to pose",
        f"P-MPJPE        {report['p_mpjpe_mm']:.1f} mm"
        + (f" (detector's own 3D {value:.1f} mm)" if (value := report.get("detector_world_p_mpjpe_mm")) else ""),
        f"MPJPE          {report['mpjpe_mm']:.1f} mm, limb directions {report['limb_direction_error_deg']:.1f} degrees",
        f"{'avatar':24} {'IK off p95':>10} {'IK on p95':>10} {'feet':>8} {'backward':>8}",
    ]
    for name, measures in report["avatars"].items():
        off, on = measures["ik_off"], measures["ik_on"]
        feet = on["feet_lowest_m"]
        bends = on["backward_elbow_frames"] + on["backward_knee_frames"]
        lines.append(
            f"{name:24} {off['direction_deg']['worst']['p95']:>8.2f} ° {on['direction_deg']['worst']['p95']:>8.2f} ° "
            f"{'-' if feet is None else f'{feet * 100:.1f} cm':>8} {bends:>8}"
        )
    lines.append("  ".join(f"{name} {clock(seconds)}" for name, seconds in report["stages"].items()))
    lines.append(f"{out / 'preview.mp4'} and {out / 'report.json'} in {clock(report['seconds'])}")
    return "\n".join(lines)
