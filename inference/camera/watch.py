"""Follows the background through a film: how the camera turns and zooms, and where the film is cut."""

from __future__ import annotations

import itertools
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..detect.detector import Keypoints
from ..video import Frame, Image
from .edge_watch import EdgeWatch
from .edges import Edges
from .grey import small_grey
from .path import CameraPath, still_camera
from .sights import Sight, find_focal, turns_of
from .turn_fit import FEWEST, FloatArray, fit_turn

_LOOKED_AT_PX: Final = 320
"""Longer side of the pictures that are compared."""
_POINTS: Final = 150
_KEPT: Final = 48
"""Points of a frame that are remembered: some 800 bytes."""
_NEAREST_PX: Final = 9
_QUALITY: Final = 0.01
_WINDOW: Final = (13, 13)
_LEVELS: Final = 3
_BACK_PX: Final = 0.5
"""A point that does not come back to within this, tracked backwards, was lost."""
_PERSON_PAD: Final = 0.2
"""Of the person's size, around the keypoints: hair, clothes, things in hands."""
_FAR: Final = 0.12
"""Of the picture's width: moved further, points make room for new ones."""
_FEW: Final = 0.5
"""Share of the first points below which new ones are taken."""
_THUMBNAIL: Final = (32, 18)
_CUT_UNLIKE: Final = 0.25
"""Difference of two frames in shares of their contrast at a cut, at least; and this many times what it usually was:"""
_CUT_TIMES: Final = 6.0
_CUT_TRACKED: Final = 0.2
_USUAL_UNLIKE: Final = 0.02
_FLAT: Final = 6.0
"""Grey levels: pictures with less contrast differ in nothing."""
_NEWEST: Final = 0.2
"""Share of the newest frame in what is usual."""
_PERSON_SHARE: Final = 0.5
"""Frames of a shot in which the person was found, below which its background cannot be told from the person."""

Box = tuple[int, int, int, int]
Points = NDArray[np.float32]


class CameraWatch:
    """Is shown frame after frame; follows the background's points from a key picture, so that errors do not add up.

    Args:
        focal_px: usual focal length, in pixels of the upright original image.
        size_px: width and height of that.
    """

    def __init__(self, focal_px: float, size_px: tuple[int, int]) -> None:
        self._side_px = min(_LOOKED_AT_PX, max(size_px))
        self._focal_px = focal_px * self._side_px / max(size_px)
        self._sights: list[Sight | None] = []
        self._found: list[bool] = []
        self._cuts: list[int] = []
        self._last: Image | None = None
        self._thumbnail: FloatArray | None = None
        self._unlike = _USUAL_UNLIKE
        self._key = 0
        self._start: Points = np.zeros((0, 2), np.float32)
        self._points: Points = self._start
        self._first = 0
        self._edges = EdgeWatch(max(size_px))

    def show(self, frame: Frame, found: Keypoints | None) -> None:
        """The next frame, and the person found in it (pixels of the frame's own image)."""
        picture = small_grey(frame.image, _LOOKED_AT_PX)
        thumbnail = _thumbnail_of(picture)
        person = _person_box(found, picture.shape[1] / frame.image.shape[1])
        sight, tracked = self._follow(picture, person)
        cut = self._is_cut(thumbnail, tracked)
        if cut:
            self._cuts.append(len(self._sights))
        self._edges.show(len(self._sights), frame.image, _person_box(found, 1.0), cut)
        self._sights.append(None if cut else sight)
        self._found.append(found is not None)
        if cut or sight is None or self._is_worn(picture):
            self._begin(picture, person)
        self._last, self._thumbnail = picture, thumbnail

    def path(self) -> CameraPath:
        """What was found so far; a camera that hardly moves is still, and its focal length the usual one."""
        if not self._sights:
            return still_camera(0)
        turns, zooms, known = [], [], []
        for first, end in itertools.pairwise((0, *self._cuts, len(self._sights))):
            # Where the person fills the picture unrecognised, it is the person who moves.
            person = np.mean(self._found[first:end]) >= _PERSON_SHARE if any(self._found) else True
            shot = self._sights[first:end] if person else [None] * (end - first)
            _, zoom, _ = turns_of(shot, first, self._focal_px)
            focal_px = find_focal(shot, first, zoom, self._side_px, self._focal_px)
            turn, zoom, sure = turns_of(shot, first, focal_px)
            turns.append(turn)
            zooms.append(zoom * focal_px / self._focal_px)
            known.append(sure)
        path = CameraPath(np.concatenate(turns), np.concatenate(zooms), np.concatenate(known), tuple(self._cuts))
        return path.steadied()

    def edges(self) -> Edges:
        """Straight edges of the background in some of the frames so far."""
        return self._edges.edges()

    def _begin(self, picture: Image, person: Box | None) -> None:
        """Make the present picture the key picture."""
        mask = np.full(picture.shape, 255, np.uint8)
        if person is not None:
            mask[person[1] : person[3], person[0] : person[2]] = 0
        found = cv2.goodFeaturesToTrack(picture, _POINTS, _QUALITY, _NEAREST_PX, mask=mask)
        self._start = np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32)[:, 0]
        self._points, self._first, self._key = self._start.copy(), len(self._start), len(self._sights) - 1

    def _follow(self, picture: Image, person: Box | None) -> tuple[Sight | None, float]:
        """Track the points into a picture: those of the background, and the share of all that was not lost."""
        if self._last is None or len(self._points) < FEWEST:
            return None, 0.0
        moved, there = _flow(self._last, picture, self._points)
        back, here = _flow(picture, self._last, moved)
        kept = there & here & (np.linalg.norm(back - self._points, axis=-1) < _BACK_PX)
        tracked = float(kept.mean())
        if person is not None:
            left, top, right, bottom = person
            x, y = moved.T
            kept &= ~((x >= left) & (x < right) & (y >= top) & (y < bottom))
        self._start, self._points = self._start[kept], moved[kept]
        middle = np.array(picture.shape[::-1], np.float32) / 2.0
        before, after = self._start - middle, self._points - middle
        turn = fit_turn(before.astype(np.float64), after.astype(np.float64), self._focal_px)
        if turn is None:
            return None, tracked
        chosen = np.flatnonzero(turn.kept)
        chosen = chosen[:: -(-len(chosen) // _KEPT)]
        return Sight(self._key, before[chosen], after[chosen]), tracked

    def _is_cut(self, thumbnail: FloatArray, tracked: float) -> bool:
        """Whether the picture is another than before all at once: a whirling camera changes it again and again."""
        if self._thumbnail is None:
            return False
        spread = max(float(self._thumbnail.var()), float(thumbnail.var()), _FLAT**2)
        unlike = float(((self._thumbnail - thumbnail) ** 2).mean()) / (2.0 * spread)
        cut = tracked < _CUT_TRACKED and unlike > max(_CUT_UNLIKE, _CUT_TIMES * self._unlike)
        self._unlike = _USUAL_UNLIKE if cut else (1.0 - _NEWEST) * self._unlike + _NEWEST * unlike
        return cut

    def _is_worn(self, picture: Image) -> bool:
        """Whether the key picture's points are too few or too far away to go on with."""
        if len(self._points) < max(_FEW * self._first, FEWEST + 1):
            return True
        moved = np.linalg.norm(np.median(self._points - self._start, axis=0))
        return bool(moved > _FAR * picture.shape[1])


def _flow(before: Image, after: Image, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    """Where points (N, 2) went, and which were found again."""
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points[:, None], np.zeros_like(points[:, None]), winSize=_WINDOW, maxLevel=_LEVELS
    )
    return np.asarray(moved, np.float32)[:, 0], np.asarray(found)[:, 0] > 0


def _thumbnail_of(picture: Image) -> FloatArray:
    """(18, 32) of mean 0: a flash is no cut."""
    small = cv2.resize(picture, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float64)
    return np.asarray(small - small.mean())


def _person_box(found: Keypoints | None, scale: float) -> Box | None:
    """Left, top, right, bottom around the keypoints, padded, in pixels of the small picture."""
    if found is None:
        return None
    px = found.px[np.isfinite(found.px).all(axis=-1)] * scale
    if len(px) == 0:
        return None
    low, high = px.min(axis=0), px.max(axis=0)
    pad = _PERSON_PAD * float((high - low).max())
    left, top = np.maximum(low - pad, 0).astype(int)
    right, bottom = (high + pad).astype(int) + 1
    return int(left), int(top), int(max(right, 0)), int(max(bottom, 0))
