"""How large a batch and how many threads suit this machine: measured once, kept beside the environment."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..files import write_text
from .network import Network, OnnxNetwork
from .settings import usable_cores
from .weights import WeightsInfo

TUNING_FILE: Final = Path(sys.prefix) / "lifter-tuning.json"
_WINDOW_BATCHES: Final = (8, 16, 32, 64, 128)
_BLOCKS: Final = (192, 384, 768, 1536, 3072)
_ROUNDS: Final = 3
_LEAST_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Tuning:
    """One way to share out the work.

    Attributes:
        batch: windows, or frames of a network that slides, in one run.
        workers: runs side by side.
        threads: threads inside each operation of a run.
    """

    batch: int
    workers: int
    threads: int


def default_tuning(info: WeightsInfo, on_cpu: bool) -> Tuning:
    """Where nothing was measured: one single-threaded run a core, small enough for its caches."""
    if not on_cpu:
        return Tuning(16384 if info.slides else 1024, 2, 1)
    return Tuning(768 if info.slides else 32, usable_cores(), 1)


def stored_tuning(info: WeightsInfo, device: str, path: Path | None = None) -> Tuning | None:
    """What `store_tuning` kept for these weights on this machine, or None."""
    path = TUNING_FILE if path is None else path
    try:
        kept = _read(path)[_key(info, device)]
        return Tuning(**{name: int(value) for name, value in kept.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # it is only a cache


def store_tuning(info: WeightsInfo, device: str, tuning: Tuning, path: Path | None = None) -> None:
    """Keeps `tuning` for these weights, this device, this number of cores and this ONNX Runtime."""
    path = TUNING_FILE if path is None else path
    kept = _read(path) | {_key(info, device): asdict(tuning)}
    write_text(path, json.dumps(kept, indent=1) + "\n")


def measure_tuning(
    info: WeightsInfo, device: str, say: Callable[[str], None] = lambda _text: None
) -> tuple[Tuning, dict[Tuning, float]]:
    """Times every candidate in turn, several rounds of all, and takes the one with the best median.

    Returns:
        The best, and frames a second of each.
    """
    networks: dict[int, OnnxNetwork] = {}
    candidates = _candidates(info)
    seconds: dict[Tuning, list[float]] = {candidate: [] for candidate in candidates}
    for _ in range(_ROUNDS):
        for candidate in candidates:
            if candidate.threads not in networks:
                networks[candidate.threads] = OnnxNetwork(info, device, candidate.threads)
            seconds[candidate].append(seconds_a_frame(networks[candidate.threads], info, candidate))
    rates = {candidate: 1.0 / float(np.median(values)) for candidate, values in seconds.items()}
    for candidate, rate in rates.items():
        say(f"batch {candidate.batch:5d}  workers {candidate.workers}  threads {candidate.threads}  {rate:8.0f}/s")
    return max(rates, key=lambda candidate: rates[candidate]), rates


def seconds_a_frame(network: Network, info: WeightsInfo, tuning: Tuning) -> float:
    """Time for one pose, without flips, when `tuning.workers` runs go side by side."""
    rng = np.random.default_rng(0)
    shape = (1, tuning.batch + info.receptive_field - 1) if info.slides else (tuning.batch, info.receptive_field)
    inputs = rng.normal(size=(*shape, 34)).astype(np.float32)
    network.run(inputs)
    with ThreadPoolExecutor(tuning.workers) as pool:
        done, begun = 0, time.perf_counter()
        while done == 0 or time.perf_counter() - begun < _LEAST_SECONDS:
            list(pool.map(lambda _: network.run(inputs), range(2 * tuning.workers)))
            done += 2 * tuning.workers * tuning.batch
        return (time.perf_counter() - begun) / done


def _candidates(info: WeightsInfo) -> list[Tuning]:
    cores = usable_cores()
    shares = sorted({(1, cores), (cores, 1)})
    return [Tuning(batch, *share) for batch in (_BLOCKS if info.slides else _WINDOW_BATCHES) for share in shares]


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _key(info: WeightsInfo, device: str) -> str:
    return f"{info.name} {device} {usable_cores()} onnxruntime-{version('onnxruntime')}"
