"""Lifts a clip's 2D joints to 3D with a trained network, in ONNX Runtime and in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ..errors import Cancelled, InferenceError, ModelError
from ..joints import COUNT
from .normalise import (
    default_focal_px,
    image_rays,
    mirror_inputs,
    mirror_poses,
    to_camera_axes,
    window_inputs,
)
from .track import checked_track, fill_gaps, sample_track, window_positions
from .weights import WeightsInfo, load_weights_info

_BATCH = 128


class Lifter:
    """A loaded lifting network.

    Args:
        name: weights by name, a file `inference/weights/<name>.onnx` with its `<name>.json`.
        threads: processor threads for ONNX Runtime; None lets it use all cores.

    Raises:
        ModelError: there are no such weights, or they cannot be read.
    """

    def __init__(self, name: str = "atcn-27", threads: int | None = None) -> None:
        self.info: WeightsInfo = load_weights_info(name)
        options = ort.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = threads
        try:
            self._session = ort.InferenceSession(
                str(self.info.path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has no one error class for a broken file
            raise ModelError(
                "bad-weights",
                f"The weights {self.info.path.name} cannot be loaded: {str(error).splitlines()[0]}",
                "Install the extension again.",
            ) from error

    @property
    def receptive_field(self) -> int:
        """Frames at 30 fps that one pose is made from."""
        return self.info.receptive_field

    def lift(
        self,
        joints_px: NDArray[np.floating],
        confidence: NDArray[np.floating],
        image_size_px: tuple[int, int] | NDArray[np.integer],
        fps: float,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        focal_px: float | None = None,
        frame_times_s: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float32]:
        """3D poses of a clip of any length and frame rate.

        Args:
            joints_px: (T, 17, 2) pixels, x right, y down, origin in the image's corner; NaN where unseen.
            confidence: (T, 17) 0..1; 0 marks a joint as unseen, and it is filled in over time.
            image_size_px: (2,) width and height.
            fps: nominal frame rate of the clip.
            progress: called with (frames done, frames in all) after each batch.
            cancelled: asked before each batch; True ends the work.
            focal_px: focal length in pixels; None assumes 55 degrees across the longer side.
            frame_times_s: (T,) true time of each frame, increasing; None means frame / fps.

        Returns:
            (T, 17, 3) float32 root-relative metres in camera axes (x right, y down, z forward), for a person of 1.75 m.

        Raises:
            InferenceError: wrong shapes or times, or nobody seen.
            Cancelled: `cancelled` said so.
        """
        track, seen = checked_track(np.asarray(joints_px), np.asarray(confidence))
        size_px = np.asarray(image_size_px, np.float64)
        times_s = _checked_times(frame_times_s, len(track), fps)
        focal = default_focal_px(size_px) if focal_px is None else float(focal_px)
        rays = image_rays(fill_gaps(track, seen), size_px, focal)
        poses = np.empty((len(rays), COUNT, 3), np.float32)
        for start in range(0, len(rays), _BATCH):
            if cancelled is not None and cancelled():
                raise Cancelled
            targets = np.arange(start, min(start + _BATCH, len(rays)))
            windows = sample_track(rays, window_positions(targets, times_s, self.receptive_field))
            poses[targets] = self.lift_windows(windows)
            if progress is not None:
                progress(int(targets[-1]) + 1, len(rays))
        return poses

    def lift_windows(self, rays: NDArray[np.float32]) -> NDArray[np.float32]:
        """Poses of the middle frames of windows, averaged with their mirror images.

        Args:
            rays: (N, F, 17, 2) joints on the plane z = 1 of the camera, F = receptive field, 30 frames a second.

        Returns:
            (N, 17, 3) float32 root-relative metres in camera axes, for a person of 1.75 m.
        """
        inputs, rotation = window_inputs(rays, self.receptive_field // 2)
        both = np.concatenate([inputs, mirror_inputs(inputs)])
        output: Any = self._session.run(None, {"windows": both})[0]
        raw = np.asarray(output, np.float32).reshape(-1, COUNT, 3)
        straight, mirrored = raw[: len(inputs)], raw[len(inputs) :]
        poses = (straight + mirror_poses(mirrored)) / 2.0
        return to_camera_axes(poses - poses[:, :1], rotation)


def _checked_times(times_s: NDArray[np.float64] | None, frames: int, fps: float) -> NDArray[np.float64]:
    if not np.isfinite(fps) or fps <= 0.0:
        raise InferenceError("bad-fps", f"The frame rate is {fps}, but it must be above zero.", "Check the video file.")
    if times_s is None:
        return np.arange(frames) / float(fps)
    times = np.asarray(times_s, np.float64)
    if times.shape != (frames,):
        raise InferenceError(
            "bad-times", f"There are {times.shape} frame times for {frames} frames.", "Give one time for each frame."
        )
    late = np.flatnonzero(np.diff(times) <= 0.0)
    if len(late):
        raise InferenceError(
            "bad-times",
            f"The time of frame {late[0] + 1} is not after that of frame {late[0]}.",
            "Frame times must increase; give none to use the frame rate.",
        )
    return times
