"""Batches made ahead of the optimiser, in as many threads as asked, and handed over in the order of their numbers."""

from __future__ import annotations

import collections
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
_AHEAD = 3


def fed(
    make: Callable[[np.random.Generator], Item], seed: int, start: int, feeders: int = 1
) -> Generator[Item, None, None]:
    """Endless batches. Batch k depends on (seed, k) alone: neither a resumed run nor more threads change what is seen.

    Args:
        make: draws one batch; numpy lets go of the interpreter in all large operations, so threads share the work.
        start: number of the first batch.
        feeders: threads; each is about three batches ahead.

    Raises:
        Whatever `make` raises, when the batch is asked for.
    """
    pool = ThreadPoolExecutor(feeders, thread_name_prefix="feeder")
    waiting: collections.deque[Future[Item]] = collections.deque()
    number = start
    try:
        while True:
            while len(waiting) < _AHEAD * feeders:
                waiting.append(pool.submit(lambda k: make(np.random.default_rng([seed, k])), number))
                number += 1
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
