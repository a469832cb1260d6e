"""Training on several packs at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.errors import InferenceError
from inference.train.packs import read_training_packs

QUANTUM_M = 0.0005


def write_pack(path: Path, lengths: tuple[int, ...], fps: float = 30.0) -> None:
    """Writes clips of random differences in the form of the motion capture packs."""
    rng = np.random.default_rng(len(lengths))
    np.savez(
        path,
        delta=rng.integers(-20, 20, (51, sum(lengths)), dtype=np.int16),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        names=np.array([f"{path.stem}_{number}" for number in range(len(lengths))]),
        fps=np.array(fps),
        quantum_m=np.array(QUANTUM_M),
    )


def test_all_training_packs_of_a_folder_are_one(tmp_path: Path) -> None:
    write_pack(tmp_path / "a_train.npz", (5, 7))
    write_pack(tmp_path / "b_train.npz", (3, 4, 6))
    write_pack(tmp_path / "b_test.npz", (9,))
    pack, alone = read_training_packs(tmp_path), read_training_packs(tmp_path / "b_train.npz")
    assert list(np.diff(pack.offsets)) == [5, 7, 3, 4, 6] and len(alone) == 3
    assert list(pack.names[2:]) == list(alone.names)
    for number in range(3):
        np.testing.assert_array_equal(pack.clip(2 + number), alone.clip(number))


def test_a_folder_without_packs_and_packs_that_differ_are_named(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match=r"no motion capture \*_train.npz"):
        read_training_packs(tmp_path)
    write_pack(tmp_path / "a_train.npz", (5,))
    write_pack(tmp_path / "b_train.npz", (5,), fps=60.0)
    with pytest.raises(InferenceError, match=r"b_train.npz has 60 frames a second, but a_train.npz has 30"):
        read_training_packs(tmp_path)
