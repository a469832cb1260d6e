"""Times several ways to do the same work in turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Rate:
    """Medians over the rounds.

    Attributes:
        per_second: pieces of work in a second of the clock.
        per_cpu_second: pieces of work in a second of processor time, all cores' added up.
    """

    per_second: float
    per_cpu_second: float


def alternate(ways: Mapping[str, Callable[[], int]], rounds: int, least_s: float) -> dict[str, Rate]:
    """Rates of each way.

    Args:
        ways: name to what does some work and returns how many pieces it was.
        rounds: turns that each way has.
        least_s: seconds of each turn, at least.
    """
    for work in ways.values():
        work()
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            done, wall, cpu = 0, time.perf_counter(), time.process_time()
            while done == 0 or time.perf_counter() - wall < least_s:
                done += work()
            rates[name].append((done / (time.perf_counter() - wall), done / max(time.process_time() - cpu, 1e-9)))
    medians = {name: np.median(values, axis=0) for name, values in rates.items()}
    return {name: Rate(float(clock), float(cpu)) for name, (clock, cpu) in medians.items()}
