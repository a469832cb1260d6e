"""What is drawn over a view, as lines and discs in its pixels. No bpy here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...rigs.skeleton import H36M_17
from ..rotation_modes import FloatArray

BONES = tuple((joint, parent) for joint, parent in enumerate(H36M_17.parents) if parent >= 0)
"""Pairs of the 17 joints that a line of a figure joins."""
_UNSURE, _HALF, _SURE = (0.95, 0.15, 0.1), (1.0, 0.8, 0.1), (0.2, 0.85, 0.3)
_CORNERS = 12
_TWO_TRIANGLES = ((0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1))
"""Which corners of a rectangle they have: right or left, top or bottom."""
_DARK = (0.03, 0.03, 0.03, 0.95)
_WAY, _RIM = (0.25, 0.55, 0.95, 0.8), (0.0, 0.0, 0.0, 0.55)
_GHOSTS, _GHOST_STEP = 5, 5
"""Earlier figures that are drawn as well, and every which one of those remembered."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Geometry for the graphics card.

    Attributes:
        lines: (2L,2) ends of L lines, pixels of the region.
        line_colours: (2L,4) RGBA of the ends.
        triangles: (3D,2) corners of D triangles.
        triangle_colours: (3D,4) RGBA of the corners.
    """

    lines: FloatArray
    line_colours: FloatArray
    triangles: FloatArray
    triangle_colours: FloatArray

    def __post_init__(self) -> None:
        for places, colours in ((self.lines, self.line_colours), (self.triangles, self.triangle_colours)):
            if places.shape != (len(places), 2) or colours.shape != (len(places), 4):
                raise ValueError(
                    f"places and colours have shapes {places.shape} and {colours.shape}, not (N,2) and (N,4)"
                )


def colours_of(confidence: FloatArray, alpha: float = 1.0) -> FloatArray:
    """(N,) confidence -> (N,4) RGBA from red over yellow to green."""
    known = np.clip(np.nan_to_num(confidence), 0.0, 1.0)
    stops = np.array([_UNSURE, _HALF, _SURE])
    channels = [np.interp(known, [0.0, 0.5, 1.0], stops[:, channel]) for channel in range(3)]
    return np.stack([*channels, np.full(len(known), alpha)], axis=-1)


def project(points: FloatArray, perspective: FloatArray, size: tuple[int, int]) -> FloatArray:
    """(N,3) points of the scene -> (N,2) pixels of a region from its lower left; NaN behind the viewer.

    Args:
        points: scene units.
        perspective: (4,4) `RegionView3D.perspective_matrix`.
        size: width and height of the region, pixels.
    """
    clip = np.c_[points, np.ones(len(points))] @ perspective.T
    depth = np.where(clip[:, 3] > 1e-6, clip[:, 3], np.nan)
    pixels: FloatArray = (clip[:, :2] / depth[:, None] + 1.0) / 2.0 * np.array(size)
    return pixels


def on_picture(pixels: FloatArray, size_px: FloatArray, focal_px: float, camera: FloatArray) -> FloatArray:
    """(N,2) pixels of a film -> (N,3) points of the scene that its camera sees there, one unit before it.

    Args:
        pixels: x right, y down.
        size_px: (2,) of the film.
        focal_px: of the film.
        camera: (4,4) scene place of the camera, a Blender camera's axes.
    """
    rays = (pixels - size_px / 2.0) / focal_px
    seen = np.c_[rays[:, 0], -rays[:, 1], -np.ones(len(rays))]
    points: FloatArray = seen @ camera[:3, :3].T + camera[:3, 3]
    return points


def draw_figure(
    points_px: FloatArray, colours: FloatArray, pairs: Sequence[tuple[int, int]], radius_px: float
) -> Strokes:
    """Discs on points and lines between pairs of them; points that are NaN are left out.

    Args:
        points_px: (N,2) pixels of the region.
        colours: (N,4) RGBA.
        pairs: indices of points that a line joins, shaded from one colour to the other.
        radius_px: of the discs.
    """
    shown = np.isfinite(points_px).all(axis=-1)
    ends = np.array([end for pair in pairs if shown[list(pair)].all() for end in pair], dtype=int)
    turn = np.linspace(0.0, 2.0 * np.pi, _CORNERS + 1)
    rim = radius_px * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    fan = np.stack([np.zeros((_CORNERS, 2)), rim[:-1], rim[1:]], axis=1).reshape(-1, 2)
    triangles = (points_px[shown][:, None] + fan).reshape(-1, 2)
    return Strokes(points_px[ends], colours[ends], triangles, np.repeat(colours[shown], len(fan), axis=0))


def draw_trail(points_px: FloatArray, colours: FloatArray) -> Strokes:
    """A line through (N,2) points, coloured by (N,4), broken where one is NaN."""
    pairs = [(index, index + 1) for index in range(len(points_px) - 1)]
    return draw_figure(points_px, colours, pairs, 1.5)


def draw_boxes(boxes: Sequence[tuple[float, float, float, float]], colours: FloatArray) -> Strokes:
    """Rectangles (left, right, bottom, top), pixels of the region, filled with (N,4) RGBA."""
    edges = np.array(boxes, np.float64).reshape(-1, 4)
    corners = np.stack([edges[:, [x, 2 + y]] for x, y in _TWO_TRIANGLES], axis=1)
    empty = np.zeros((0, 2)), np.zeros((0, 4))
    return Strokes(*empty, corners.reshape(-1, 2), np.repeat(colours, len(_TWO_TRIANGLES), axis=0))


def draw_bands(bands: Sequence[tuple[float, float, float]], bottom: float, height: float) -> Strokes:
    """Rectangles along a timeline.

    Args:
        bands: (left, right, confidence), pixels of the region.
        bottom, height: pixels of the region.
    """
    boxes = [(left, max(right, left + 3.0), bottom, bottom + height) for left, right, _ in bands]
    return draw_boxes(boxes, colours_of(np.array([confidence for *_, confidence in bands]), 0.9))


def draw_box(left: float, bottom: float, width: float, height: float) -> Strokes:
    """A dark ground for a picture and its line of text, pixels of the region."""
    return draw_boxes([(left, left + width, bottom, bottom + height)], np.array([_DARK]))


def merged(parts: Sequence[Strokes]) -> Strokes:
    """All of them as one, the first below."""
    columns = zip(
        *((part.lines, part.line_colours, part.triangles, part.triangle_colours) for part in parts), strict=True
    )
    return Strokes(*(np.concatenate(column) for column in columns))


def figure_strokes(
    trail: Sequence[tuple[FloatArray, FloatArray]],
    path: FloatArray,
    perspective: FloatArray,
    size: tuple[int, int],
    scale: float,
) -> list[tuple[Strokes, float]]:
    """A figure that moves: its way over the floor and where it was, faint; the figure itself on a dark rim.

    Args:
        trail: the last joints (17,3), scene units, with their confidence (17,), oldest first.
        path: (N,3) way over the floor.
        perspective, size: as in `project`.
        scale: of the interface.

    Returns:
        What to draw, in this order, with the width of its lines in pixels; nothing without a trail.
    """
    if not trail:
        return []
    faint = [draw_trail(project(path, perspective, size), np.tile(_WAY, (len(path), 1)))]
    for age in range(min(_GHOSTS * _GHOST_STEP, (len(trail) - 1) // _GHOST_STEP * _GHOST_STEP), 0, -_GHOST_STEP):
        joints, confidence = trail[-1 - age]
        colours = colours_of(confidence, 0.4 * (1.0 - age / (_GHOSTS * _GHOST_STEP + 1)))
        faint.append(draw_figure(project(joints, perspective, size), colours, BONES, 1.0))
    joints, confidence = trail[-1]
    pixels = project(joints, perspective, size)
    rim = draw_figure(pixels, np.tile(_RIM, (len(joints), 1)), BONES, 5.0 * scale)
    figure = draw_figure(pixels, colours_of(confidence), BONES, 3.5 * scale)
    return [(merged(faint), 1.5 * scale), (rim, 6.0 * scale), (figure, 3.0 * scale)]
