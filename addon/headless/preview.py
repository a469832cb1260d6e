"""The film beside moving characters, as one H.264 film."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ..rates import set_frame_rate
from .encode import encode_film
from .pictures import compose
from .progress import Progress
from .scene import empty_scene, go_to
from .studio import set_up_cycles
from .troupe import assemble, label_places, place

SAMPLES: Final = 2
SIZE_PX: Final = (840, 420)
FPS: Final = 15.0


def render_preview(
    files: Sequence[tuple[str, Path]],
    result: Path,
    video: Path | None,
    output: Path,
    runtime: Path,
    progress: Progress,
    fps: float = FPS,
    size_px: tuple[int, int] = SIZE_PX,
    first_frame: int = 0,
) -> None:
    """Film the exported characters as they lie on disk, and set the source film beside them.

    Replaces the scene. Measured on two cores: about half a second a frame with six characters of 6,000 triangles.

    Args:
        files: (label, animated .fbx or .glb).
        result: the result .npz that they were made from: gives the times.
        video: the source film, or None.
        output: the .mp4; replaced only when whole.
        runtime: the runtime's interpreter.
        progress: told about every frame.
        fps: of the preview.
        size_px: width and height of the characters' part.
        first_frame: the film's frame number of the result's frame 0.

    Raises:
        AddonError: a file cannot be read, composed or encoded.
    """
    with np.load(result, allow_pickle=False) as arrays:
        times = arrays["frame_times_s"] - arrays["frame_times_s"][0]
        rate = float(arrays["fps"])
    seconds = np.arange(0.0, float(times[-1]) + 1e-9, 1.0 / fps)
    nearest = np.abs(times[None, :] - seconds[:, None]).argmin(axis=1).tolist()
    scene = empty_scene()
    set_frame_rate(scene, rate)
    set_up_cycles(scene, *size_px, samples=SAMPLES)
    actors = assemble(scene, files, float(times[-1]), rate)
    set_frame_rate(scene, rate)  # importers bring the rate of their file along
    with tempfile.TemporaryDirectory(prefix="pose_") as scratch:
        rendered, composed = Path(scratch) / "rendered", Path(scratch) / "composed"
        rendered.mkdir()
        composed.mkdir()
        first = min(actor.first_frame for actor in actors)
        for index, second in enumerate(seconds):
            place(actors, float(second))
            go_to(scene, first + second * rate)
            scene.render.filepath = str(rendered / f"{index:06d}.png")
            bpy.ops.render.render(write_still=True, scene=scene.name)
            progress.update("render", index + 1, len(seconds))
        labels = label_places(scene, actors)
        compose("film-strip", runtime, result, video, rendered, nearest, composed, first_frame, labels)
        encode_film(sorted(composed.glob("*.png")), output, fps)
