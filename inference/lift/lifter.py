"""Lifts a clip's 2D joints to 3D with a trained network, in constant memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, InferenceError
from ..joints import COUNT
from .gaps import fill_gaps
from .network import Network, load_network
from .normalise import default_focal_px, image_rays
from .sequence import block_size, blocks, lift_block, lift_sequence_windows
from .settings import RunSettings
from .track import checked_track, sample_track, sequence_positions, window_positions
from .tuning import Tuning, default_tuning, stored_tuning
from .weights import DEFAULT_LIFTER, WEIGHTS_FOLDER, WeightsInfo, load_weights_info
from .windows import lift_windows

_PIECE: Final = 4096

Targets = NDArray[np.int64]
Poses = NDArray[np.float32]


class Lifter:
    """A loaded lifting network of any kind: one window a pose, or one pass over the clip.

    Args:
        name: weights by name, a file `<name>.onnx` with its `<name>.json`.
        threads: processor cores to use; None lets it use all.
        settings: device, backend, batch size and flips.
        folder: where the weights lie.

    Attributes:
        info: what kind of network it is.
        tuning: how the work is shared out.

    Raises:
        ModelError: there are no such weights, or they or the device cannot be used.
    """

    def __init__(
        self,
        name: str = DEFAULT_LIFTER,
        threads: int | None = None,
        *,
        settings: RunSettings | None = None,
        folder: Path = WEIGHTS_FOLDER,
    ) -> None:
        self.info: WeightsInfo = load_weights_info(name, folder)
        self.settings = settings or RunSettings(workers=threads)
        kept = stored_tuning(self.info, self.settings.device)
        self._network: Network = load_network(self.info, self.settings, 1 if kept is None else kept.threads)
        self.tuning = self._tuning(kept)

    @property
    def receptive_field(self) -> int:
        """Frames at 30 fps that one pose is made from."""
        return self.info.receptive_field

    @property
    def target(self) -> int:
        """Index in the receptive field of the frame whose pose is made."""
        return self.info.target

    @property
    def description(self) -> str:
        """Where and how it runs, for people."""
        unit = "frames" if self.info.slides else "windows"
        return (
            f"{self.info.name} runs on {self._network.device}, {self.tuning.workers} at a time, "
            f"{self.tuning.batch} {unit} in each run."
        )

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
    ) -> Poses:
        """3D poses of a clip of any length and frame rate.

        A network of windows sees each frame at its own true time and the frames around it interpolated at 1/30 s. One
        that slides sees the clip interpolated at 1/30 s, and its poses are interpolated back to the true times; at 30
        frames a second, to within 2 %, both take the frames as they are. Unseen joints are led on from
        their neighbours (`gaps`).

        Args:
            joints_px: (T, 17, 2) pixels, x right, y down, origin in the image's corner; NaN where unseen.
            confidence: (T, 17) 0..1; 0 marks a joint as unseen, and it is filled in.
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
        size_px = np.asarray(image_size_px, np.float64)
        focal = default_focal_px(size_px) if focal_px is None else float(focal_px)
        rays, times_s = _rays(np.asarray(joints_px), np.asarray(confidence), size_px, focal, frame_times_s, fps)
        lift = self._lift_sliding if self.info.slides else self._lift_windowed
        return lift(rays, times_s, progress, cancelled)

    def lift_windows(self, rays: NDArray[np.float32]) -> Poses:
        """Poses of the target frames of windows, averaged with their mirror images unless the settings say otherwise.

        Args:
            rays: (N, F, 17, 2) joints on the plane z = 1 of the camera, F = receptive field, 30 frames a second.

        Returns:
            (N, 17, 3) float32 root-relative metres in camera axes, for a person of 1.75 m.
        """

        def lift(targets: Targets) -> Poses:
            return self._lift_batch(rays[targets])

        return self._collect(lift, blocks(len(rays), self._windows_at_once), len(rays), len(rays), None, None)

    @property
    def _windows_at_once(self) -> int:
        windows = max(1, self.tuning.batch // self.receptive_field) if self.info.slides else self.tuning.batch
        return max(windows // (2 if self.settings.flip else 1), 1)

    def _lift_batch(self, rays: NDArray[np.float32]) -> Poses:
        lift = lift_sequence_windows if self.info.slides else lift_windows
        return lift(self._network, self.info, rays, self.settings.flip)

    def _lift_windowed(
        self,
        rays: NDArray[np.float32],
        times_s: NDArray[np.float64],
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Poses:
        def lift(targets: Targets) -> Poses:
            positions = window_positions(targets, times_s, self.receptive_field, self.target)
            return self._lift_batch(sample_track(rays, positions))

        batches = blocks(len(rays), self._windows_at_once)
        return self._collect(lift, batches, len(rays), len(rays), progress, cancelled)

    def _lift_sliding(
        self,
        rays: NDArray[np.float32],
        times_s: NDArray[np.float64],
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Poses:
        positions, back = sequence_positions(times_s)
        steps = len(positions)
        size = block_size(steps, self.tuning.batch)

        def take(wanted: Targets) -> NDArray[np.float32]:
            return sample_track(rays, positions[np.clip(wanted, 0, steps - 1)])

        def lift(targets: Targets) -> Poses:
            return lift_block(self._network, self.info, take, targets, size, self.settings.flip)

        poses = self._collect(lift, blocks(steps, size), steps, len(rays), progress, cancelled)
        return poses if len(rays) == steps and (back == np.arange(steps)).all() else sample_track(poses, back)

    def _collect(
        self,
        lift: Callable[[Targets], Poses],
        batches: Iterator[Targets],
        steps: int,
        frames: int,
        progress: Callable[[int, int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Poses:
        """Runs `lift` on the batches, a few side by side, and puts the poses in their places."""
        poses = np.empty((steps, COUNT, 3), np.float32)
        waiting: deque[tuple[Targets, Future[Poses]]] = deque()

        def finish() -> None:
            targets, future = waiting.popleft()
            poses[targets] = future.result()
            if progress is not None:
                progress(max(1, (int(targets[-1]) + 1) * frames // steps), frames)

        with ThreadPoolExecutor(self.tuning.workers) as pool:
            try:
                for targets in batches:
                    if cancelled is not None and cancelled():
                        raise Cancelled
                    waiting.append((targets, pool.submit(lift, targets)))
                    if len(waiting) > self.tuning.workers:
                        finish()
                while waiting:
                    finish()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        return poses

    def _tuning(self, kept: Tuning | None) -> Tuning:
        default = kept or default_tuning(self.info, self._network.device.on_cpu)
        workers, batch = self.settings.workers or default.workers, self.settings.batch or default.batch
        if self.settings.backend == "torch":
            workers = 1  # PyTorch has its own threads
        return Tuning(batch, workers, default.threads)


def _rays(
    joints_px: NDArray[np.floating],
    confidence: NDArray[np.floating],
    size_px: NDArray[np.float64],
    focal_px: float,
    frame_times_s: NDArray[np.float64] | None,
    fps: float,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Checked and filled joints (T, 17, 2) on the plane z = 1, and the frames' times (T,); other copies are let go."""
    track, seen = checked_track(joints_px, confidence, size_px)
    times_s = _checked_times(frame_times_s, len(track), fps)
    filled = fill_gaps(track, seen, times_s)
    # In the same place where it fits, and in pieces, so that a long track needs no copies in double precision.
    rays = filled if filled.dtype == np.float32 else np.empty(filled.shape, np.float32)
    for frames in blocks(len(filled), _PIECE):
        piece = slice(int(frames[0]), int(frames[-1]) + 1)
        rays[piece] = image_rays(filled[piece], size_px, focal_px)
    return rays, times_s


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
    late = np.flatnonzero(~(np.diff(times) > 0.0))
    if len(late):
        raise InferenceError(
            "bad-times",
            f"The time of frame {late[0] + 1} is not after that of frame {late[0]}.",
            "Frame times must increase; give none to use the frame rate.",
        )
    return times
