"""Batches made ahead: the same ones in the same order, however many threads make them and wherever they begin."""

from __future__ import annotations

import time
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import InferenceError
from inference.train.feeders import fed


def draw(rng: np.random.Generator) -> NDArray[np.float64]:
    """Numbers that take a random while to make, so that threads overtake each other."""
    numbers = rng.random(4)
    time.sleep(0.01 * numbers[0])
    return numbers


@pytest.mark.parametrize("feeders", [1, 2, 5])
def test_any_number_of_feeders_gives_the_same_batches(feeders: int) -> None:
    source = fed(draw, seed=3, start=0, feeders=feeders)
    taken = list(islice(source, 12))
    source.close()
    expected = [np.random.default_rng([3, number]).random(4) for number in range(12)]
    np.testing.assert_array_equal(taken, expected)


def test_a_later_start_goes_on_with_the_same_batches() -> None:
    source = fed(draw, seed=3, start=7, feeders=2)
    np.testing.assert_array_equal(next(source), np.random.default_rng([3, 7]).random(4))
    source.close()


def test_an_error_reaches_whoever_asks_for_the_batch() -> None:
    def broken(_rng: np.random.Generator) -> int:
        raise InferenceError("bad-data", "The pack is empty.", "Fetch it again.")

    with pytest.raises(InferenceError, match="pack is empty"):
        next(fed(broken, seed=1, start=0, feeders=3))
