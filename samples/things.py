"""What hides a part of a person for a while: a wall one walks behind, a post, a board, somebody who goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from splat import Picture

FloatArray = NDArray[np.float64]

_LASTS_S: Final = (0.3, 1.8)
_STANDS: Final = 0.35
"""Share of the things that stand in the picture, so that people pass behind them; others go with the person."""
_STRIP: Final = 0.4
_STRIP_HEIGHTS: Final = (0.12, 0.5)
_OFFSET_HEIGHTS: Final = 0.12
_COMES_S: Final = (0.0, 0.4)
_FAR_PX: Final = 4_000.0
_DEEP_PX: Final = 10_000
"""Below any picture."""
_GAP_M: Final = (0.5, 1.2)
_NEAREST: Final = 0.6
"""Who goes by stays this share of the person's distance away from the camera, at least."""
_PACE_M_S: Final = (0.5, 2.0)


class Hides(Protocol):
    """Something before a person."""

    def covers(self, joints_px: FloatArray, frame: int) -> bool:
        """Whether it is before any of the person's joints (17, 2)."""

    def draw(self, picture: Picture, frame: int) -> Picture:
        """The picture (H, W, 3) BGR of a frame with it."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A half of the plane, or a strip of it, that is drawn over the picture.

    Attributes:
        edge_px: (T, 2) a place on the edge of what hides; NaN in frames without it.
        normal: (2,) unit, which way from the edge is hidden.
        width_px: of the strip.
        look: (H, W, 3) BGR, what is seen of it.
    """

    edge_px: FloatArray
    normal: FloatArray
    width_px: float
    look: Picture

    def covers(self, joints_px: FloatArray, frame: int) -> bool:
        """See `Hides`."""
        depth = (joints_px - self.edge_px[frame]) @ self.normal
        return bool(((depth > 0.0) & (depth < self.width_px)).any())

    def draw(self, picture: Picture, frame: int) -> Picture:
        """See `Hides`."""
        edge = self.edge_px[frame]
        if np.isnan(edge).any():
            return picture
        along = _FAR_PX * np.array([-self.normal[1], self.normal[0]])
        far = edge + self.width_px * self.normal
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.array([edge - along, edge + along, far + along, far - along]).astype(np.int32)], 255)
        return np.asarray(np.where(mask[..., None] > 0, self.look, picture))


@dataclass(frozen=True, slots=True)
class Board:
    """A rectangle (x0, y0, x1, y1) pixels of one colour, BGR, that is there all along."""

    box: tuple[int, int, int, int]
    colour: tuple[float, ...]

    def covers(self, joints_px: FloatArray, frame: int) -> bool:
        """See `Hides`."""
        x0, y0, x1, y1 = self.box
        return bool(((joints_px > [x0, y0]) & (joints_px < [x1, y1])).all(axis=1).any())

    def draw(self, picture: Picture, frame: int) -> Picture:
        """See `Hides`."""
        return np.asarray(cv2.rectangle(picture.copy(), self.box[:2], self.box[2:], self.colour, -1))


def choose_board(joints_px: FloatArray, rng: np.random.Generator) -> Board:
    """Something before the legs or a side of a person (T, 17, 2)."""
    low, high = joints_px.min(axis=(0, 1)), joints_px.max(axis=(0, 1))
    middle = (low + high) / 2
    if rng.random() < 0.6:
        box = (int(low[0]), int(low[1] + rng.uniform(0.5, 0.8) * (high - low)[1]), int(high[0]), _DEEP_PX)
    elif rng.random() < 0.5:
        box = (int(low[0]) - 20, 0, int(middle[0]), _DEEP_PX)
    else:
        box = (int(middle[0]), 0, int(high[0]) + 20, _DEEP_PX)
    return Board(box, tuple(rng.uniform(20, 230, 3).tolist()))


def choose_thing(joints_px: FloatArray, look: Picture, fps: float, rng: np.random.Generator) -> Thing:
    """Something before a side or the legs of a person (T, 17, 2) for a while."""
    frames = len(joints_px)
    height = float(np.median(np.ptp(joints_px, axis=1).max(axis=1)))
    angle = rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2], p=[0.4, 0.4, 0.15, 0.05]) + rng.normal(0.0, 0.2)
    normal = np.array([np.cos(angle), np.sin(angle)])
    width = rng.uniform(*_STRIP_HEIGHTS) * height if rng.random() < _STRIP else _FAR_PX
    length = round(rng.uniform(*_LASTS_S) * fps)
    first = int(rng.integers(-length // 4, max(frames - 3 * length // 4, 1)))
    middle = (joints_px[:, 1] + joints_px[:, 4]) / 2
    if rng.random() < _STANDS:
        middle = np.tile(middle[int(np.clip(first + length // 2, 0, frames - 1))], (frames, 1))
        if width < _FAR_PX:
            first, length = 0, frames
    edge = middle + rng.normal(0.0, _OFFSET_HEIGHTS) * height * normal
    edge = edge + _aside(frames, first, length, round(rng.uniform(*_COMES_S) * fps))[:, None] * height * normal
    edge[: max(first, 0)] = np.nan
    edge[max(first + length, 0) :] = np.nan
    return Thing(edge, normal, width, look)


def _aside(frames: int, first: int, length: int, comes: int) -> FloatArray:
    """(T,) person heights by which a thing is still, or again, beside the person while it comes and goes."""
    inside = np.minimum(np.arange(frames) - first, first + length - 1 - np.arange(frames))
    return np.asarray(np.clip(1.0 - (inside + 1) / (comes + 1), 0.0, 1.0))


def walk_past(
    person: FloatArray, other: FloatArray, places: FloatArray, fps: float, rng: np.random.Generator
) -> FloatArray:
    """Where somebody is put to pass between a camera and a person once, near the clip's middle.

    Args:
        person, other: (T, 3) metres, pelvis, Z up.
        places: (T, 4, 4) world from camera.
        fps: frames a second.
        rng: draws.

    Returns:
        (T, 3) metres, level, what is added to the other's places.
    """
    frames = len(person)
    meet = int(rng.integers(frames // 4, 3 * frames // 4))
    towards = places[meet, :3, 3] - person[meet]
    towards[2] = 0.0
    distance = float(np.linalg.norm(towards))
    gap = min(rng.uniform(*_GAP_M), (1.0 - _NEAREST) * distance)
    goal = person[meet] + gap * towards / distance
    across = np.array([-towards[1], towards[0], 0.0]) / distance
    pace = rng.choice((-1.0, 1.0)) * rng.uniform(*_PACE_M_S) * across
    way = goal - other[meet] + (np.arange(frames) - meet)[:, None] / fps * pace
    return np.asarray(way * [1.0, 1.0, 0.0])
