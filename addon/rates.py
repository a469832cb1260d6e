"""Frames a second of a scene. No bpy here."""

from __future__ import annotations

from typing import Any


def frame_rate(scene: Any) -> float:
    """Frames a second at which a scene plays."""
    return float(scene.render.fps / scene.render.fps_base)


def set_frame_rate(scene: Any, fps: float) -> None:
    """Give a scene the rate `fps` exactly: 29.97 becomes 30 over a base of 1.001.

    Raises:
        ValueError: `fps` is not a positive finite number.
    """
    if not 0.0 < fps < 1e4:
        raise ValueError(f"a frame rate must lie between 0 and 10000, not {fps}")
    whole = max(1, round(fps))
    scene.render.fps = whole
    scene.render.fps_base = whole / fps
