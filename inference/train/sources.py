"""Where a run's batches come from: labelled motion, and motion or keypoint tracks taken as unlabelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..models.networks import NetworkConfig
from .batches import Batch, batch_for
from .pack import MotionPack
from .settings import TrainSettings
from .tracks import TrackStore, read_tracks
from .variety import balanced

Arrays = dict[str, NDArray[np.float32]]
_SPLIT_SEED = 4


class BatchSource:
    """Makes batches for one run.

    Args:
        config: the network's.
        pack: motion with its truth.
        settings: the run.

    Attributes:
        epoch: labelled frames, the samples after which each has been seen once on average.
    """

    def __init__(self, config: NetworkConfig, pack: MotionPack, settings: TrainSettings) -> None:
        self._config, self._settings = config, settings
        self._labelled = pack
        self._draw_unlabelled: Callable[[np.random.Generator], tuple[NDArray[np.float32], NDArray[np.float32]]] | None
        self._draw_unlabelled = None
        semi = settings.semi
        if semi is not None and semi.tracks is not None:
            self._tracks: TrackStore = read_tracks(semi.tracks)
            self._draw_unlabelled = self._from_tracks
        elif semi is not None:
            self._labelled, self._unlabelled = split_clips(pack, semi.share)
            self._draw_unlabelled = self._from_pack
        if settings.balance:
            self._labelled = balanced(self._labelled)
        self.epoch = len(self._labelled.joints)

    def make(self, rng: np.random.Generator) -> Arrays:
        """One batch's arrays by name, with `unlabelled_inputs` and `unlabelled_size` where there are such data."""
        arrays: Arrays = asdict(self._batch(self._labelled, rng))
        if self._draw_unlabelled is not None:
            arrays["unlabelled_inputs"], arrays["unlabelled_size"] = self._draw_unlabelled(rng)
        return arrays

    def _batch(self, pack: MotionPack, rng: np.random.Generator) -> Batch:
        settings = self._settings
        return batch_for(
            self._config, pack, settings.batch, rng,
            noise=settings.noise, vary=settings.vary, chunk=settings.chunk,
        )  # fmt: skip

    def _from_pack(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        batch = self._batch(self._unlabelled, rng)
        return batch.inputs, batch.size

    def _from_tracks(self, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self._tracks.windows(self._settings.batch, self._config.frames, self._config.target, rng)


def split_clips(pack: MotionPack, share: float) -> tuple[MotionPack, MotionPack]:
    """A pack without about `share` of its clips, and these; the same ones every time.

    Raises:
        InferenceError: one side would be empty.
    """
    chosen = np.random.default_rng(_SPLIT_SEED).permutation(len(pack)) < round(share * len(pack))
    if chosen.all() or not chosen.any():
        raise InferenceError(
            "bad-option",
            f"A share of {share} of {len(pack)} clips leaves nothing on one side.",
            "Give a share such as 0.5, and a pack of two clips or more.",
        )
    return _some_clips(pack, ~chosen), _some_clips(pack, chosen)


def _some_clips(pack: MotionPack, wanted: NDArray[np.bool_]) -> MotionPack:
    numbers = np.flatnonzero(wanted)
    lengths = np.diff(pack.offsets)[numbers]
    joints = np.concatenate([pack.clip(int(number)) for number in numbers])
    return MotionPack(joints, np.concatenate([[0], np.cumsum(lengths)]), pack.names[numbers], pack.fps)
