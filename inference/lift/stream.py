"""Lifts one frame at a time, as a camera delivers them."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError, ModelError
from ..joints import COUNT
from .gaps import fill_gaps
from .network import load_network
from .normalise import default_focal_px, image_rays
from .sequence import BlockReach, lift_sequence_windows
from .settings import RunSettings
from .track import MODEL_FPS, checked_shape, sample_track, seen_joints, window_positions
from .weights import WEIGHTS_FOLDER, load_weights_info
from .windows import lift_windows

_SLACK_S: Final = 1e-3
"""Frames this much older than the window are still kept, since times are rounded."""
_LONGEST_MEMORY: Final = 4
"""Windows for which frames are kept because a joint was not seen since."""


class StreamLifter:
    """A causal network on a live track: each pose follows from the frames up to now alone.

    Its answer for a frame is what `Lifter` with the same weights and settings gives for the last frame of the clip so
    far: any rate and uneven times are served, missing frames are bridged once somebody is seen again and the last sight
    is held until then, and before the window is full its oldest frame is held. Only sights from more than four windows
    ago are remembered as what they led to.

    Args:
        name: weights of a causal network.
        image_size_px: (2,) width and height of the pictures.
        focal_px: focal length; None assumes 55 degrees across the longer side.
        settings: device and backend; flips are off unless asked for, since they double the delay.
        threads: processor cores that one frame may use; one is fastest for small networks, whose operations are short.
        folder: where the weights lie.

    Raises:
        ModelError: there are no such weights, or they look ahead.
    """

    def __init__(
        self,
        name: str,
        image_size_px: tuple[int, int] | NDArray[np.integer],
        *,
        focal_px: float | None = None,
        settings: RunSettings | None = None,
        threads: int = 1,
        folder: Path = WEIGHTS_FOLDER,
    ) -> None:
        self.info = load_weights_info(name, folder)
        if self.info.target != self.info.receptive_field - 1:
            raise ModelError(
                "not-causal",
                f"The lifter '{name}' looks {self.info.receptive_field - 1 - self.info.target} frames ahead, so it "
                "cannot follow a live picture.",
                "Choose a causal one.",
            )
        self.settings = settings or RunSettings(flip=False)
        # A slide's person size is made of twice its receptive field.
        self._frames = self.info.receptive_field + (BlockReach.of(self.info).margin if self.info.slides else 0)
        self._network = load_network(self.info, self.settings, threads)
        self._size_px = np.asarray(image_size_px, np.float64)
        self._focal_px = default_focal_px(self._size_px) if focal_px is None else float(focal_px)
        self.reset()

    def reset(self) -> None:
        """Forgets all frames, as for a new person or after a cut."""
        self._times: deque[float] = deque()
        self._rays: deque[NDArray[np.float32]] = deque()
        self._seen: deque[NDArray[np.bool_]] = deque()
        self._sights = np.zeros(COUNT, np.int64)

    def push(
        self, joints_px: NDArray[np.floating], confidence: NDArray[np.floating], time_s: float
    ) -> NDArray[np.float32] | None:
        """Takes the next frame and gives its pose.

        Args:
            joints_px: (17, 2) pixels; anything where unseen.
            confidence: (17,) 0..1; 0 marks a joint as unseen.
            time_s: the frame's time, later than the last one's.

        Returns:
            (17, 3) float32 root-relative metres in camera axes, for a person of 1.75 m; None while nobody was seen yet.

        Raises:
            InferenceError: wrong shapes, or a time that does not increase.
        """
        joints, trust = np.asarray(joints_px), np.asarray(confidence)
        checked_shape(joints[None], trust[None])
        if not np.isfinite(time_s) or (self._times and time_s <= self._times[-1]):
            last = f"{self._times[-1]:.6f} s" if self._times else "the stream's begin"
            raise InferenceError(
                "bad-times", f"A frame's time is {time_s} s, but the last one's was {last}.", "Times must increase."
            )
        seen = seen_joints(joints, trust, self._size_px)
        self._times.append(float(time_s))
        self._rays.append(image_rays(np.where(seen[:, None], joints, 0.0), self._size_px, self._focal_px))
        self._seen.append(seen)
        self._sights += seen
        window_s = (self._frames - 1) / MODEL_FPS + _SLACK_S
        self._forget(time_s - window_s, time_s - _LONGEST_MEMORY * window_s)
        return self._lift() if self._sights.any() else None

    def _forget(self, window_s: float, oldest_s: float) -> None:
        """Drops the frames from before the window that tell nothing of it: all before one in which everything is seen.

        Where there is none since `oldest_s`, the last frame before the window becomes one, filled as it is now.
        """
        times = np.array(self._times)
        last = max(int(np.searchsorted(times, window_s, side="right")) - 1, 0)
        whole = [n for n in range(last + 1) if (self._seen[n] >= (self._sights > 0)).all()]
        if not whole and last > 0 and times[0] < oldest_s:
            self._rays[last], self._seen[last] = self._filled(times)[last], self._sights > 0
            whole = [last]
        for _ in range(whole[-1] if whole else 0):
            for kept in (self._times, self._rays, self._seen):
                kept.popleft()

    def _lift(self) -> NDArray[np.float32]:
        times = np.array(self._times)
        track = self._filled(times)
        positions = window_positions(np.array([len(times) - 1]), times, self._frames, self._frames - 1)
        rays = sample_track(track, positions)
        lift = lift_sequence_windows if self.info.slides else lift_windows
        pose: NDArray[np.float32] = lift(self._network, self.info, rays, self.settings.flip)[0]
        return pose

    def _filled(self, times: NDArray[np.float64]) -> NDArray[np.float32]:
        """The frames kept (n, 17, 2), unseen joints filled as in the clip so far."""
        return fill_gaps(np.array(self._rays), np.array(self._seen), times, self._sights)
