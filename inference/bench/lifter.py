"""How fast lifting is, and what memory it takes, with random weights; needs PyTorch to compare with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..lift.lifter import Lifter
from ..lift.network import OnnxNetwork
from ..lift.settings import RunSettings, usable_cores
from ..lift.stream import StreamLifter
from ..lift.tuning import Tuning, measure_tuning, seconds_a_frame
from ..lift.weights import WeightsInfo, load_weights_info
from .alternate import alternate
from .clips import SIZE_PX, moving_track
from .memory import peak_mb

Figures = dict[str, float | str]
Windows = NDArray[np.float32]
WINDOWED: Final = "L6xV4xN243"
LIVE: Final = "L4xV2xN27-causal"
SLIDING: Final = "Sequence-N237"
_ROUNDS: Final = 7
_ROUND_S: Final = 1.5
_MINUTE: Final = 30 * 60
_TORCH_BATCHES: Final = (16, 32, 64, 128)


def bench_lifter(folder: Path, say: Callable[[str], None]) -> Figures:
    """All figures; `folder` keeps the random weights."""
    from ..train.random_weights import random_weights

    names = {}
    for preset in (WINDOWED, LIVE, SLIDING):
        say(f"making {preset}")
        names[preset] = random_weights(preset, folder)
    figures: Figures = {"cores": usable_cores(), "load_before": _load()}
    figures |= _against_torch(load_weights_info(names[WINDOWED], folder), say)
    figures |= _file_mode(folder, names[WINDOWED], names[SLIDING], say)
    figures |= _live(folder, names[LIVE], say)
    figures |= _memory(folder, names[SLIDING], say)
    figures |= _graphics(folder, names[WINDOWED], say)
    return figures | {"load_after": _load()}


def _against_torch(info: WeightsInfo, say: Callable[[str], None]) -> Figures:
    """The same windows through ONNX Runtime and through plain PyTorch, each in the batches that suit it best."""
    from ..train.plain_runner import PlainRunner

    plain = PlainRunner(WINDOWED, info.path, usable_cores())
    windows = np.random.default_rng(0).normal(size=(256, info.receptive_field, 34)).astype(np.float32)
    tuning, _ = measure_tuning(info, "cpu", say)
    network = OnnxNetwork(info, "cpu", tuning.threads)
    difference_mm = float(np.abs(network.run(windows[:64]) - plain.run(windows[:64])).max() * 1000.0)
    torch_ways = {str(batch): _in_batches(plain.run, windows, batch, 1) for batch in _TORCH_BATCHES}
    rates = alternate(torch_ways, 3, 0.5)
    best = max(rates, key=lambda batch: rates[batch].per_second)
    say(f"PyTorch's best batch is {best}")
    ways = {
        "onnx": _in_batches(network.run, windows, tuning.batch, tuning.workers),
        "torch": torch_ways[best],
    }
    rate = alternate(ways, _ROUNDS, _ROUND_S)
    return {
        "window243_over_torch": rate["onnx"].per_second / rate["torch"].per_second,
        "window243_over_torch_per_cpu_second": rate["onnx"].per_cpu_second / rate["torch"].per_cpu_second,
        "window243_fps": rate["onnx"].per_second,
        "window243_torch_fps": rate["torch"].per_second,
        "window243_batch": tuning.batch,
        "window243_workers": tuning.workers,
        "window243_threads": tuning.threads,
        "window243_torch_batch": int(best),
        "onnx_torch_mm": difference_mm,
    }


def _in_batches(run: Callable[[Windows], Windows], windows: Windows, batch: int, workers: int) -> Callable[[], int]:
    pool = ThreadPoolExecutor(workers)

    def work() -> int:
        list(pool.map(run, [windows[start : start + batch] for start in range(0, len(windows), batch)]))
        return len(windows)

    return work


def _file_mode(folder: Path, windowed: str, sliding: str, say: Callable[[str], None]) -> Figures:
    """A clip from pixels to poses: one pass over it, against one window a frame, flips in both."""
    lifters = {name: Lifter(name, folder=folder) for name in (windowed, sliding)}
    clips = {windowed: moving_track(256), sliding: moving_track(4 * _MINUTE)}

    def way(name: str) -> Callable[[], int]:
        track = clips[name]
        trust = np.ones(track.shape[:2], np.float32)
        return lambda: len(lifters[name].lift(track, trust, SIZE_PX, 30.0))

    rate = alternate({name: way(name) for name in lifters}, _ROUNDS, _ROUND_S)
    say(lifters[sliding].description)
    return {
        "file_mode_fps": rate[sliding].per_second,
        "file_window243_fps": rate[windowed].per_second,
        "file_over_window": rate[sliding].per_second / rate[windowed].per_second,
    }


def _live(folder: Path, name: str, say: Callable[[str], None]) -> Figures:
    """A stream's time for one frame, from pixels to pose."""
    say("live")
    track, trust = moving_track(400), np.ones(17, np.float32)
    milliseconds: dict[int, float] = {}
    for threads in sorted({1, usable_cores()}):
        stream = StreamLifter(name, SIZE_PX, folder=folder, threads=threads)
        spent = []
        for frame, joints in enumerate(track):
            begun = time.perf_counter()
            stream.push(joints, trust, frame / 30.0)
            spent.append(time.perf_counter() - begun)
        milliseconds[threads] = float(np.median(spent[50:])) * 1000.0
    best = min(milliseconds, key=lambda threads: milliseconds[threads])
    return {"causal27_batch1_ms": milliseconds[best], "causal27_threads": best}


def _memory(folder: Path, name: str, say: Callable[[str], None]) -> Figures:
    """Peaks of two processes; growth is what is left after the clip's own arrays, which the caller holds anyway."""
    say("memory: a minute, then an hour")
    minute, minute_arrays = peak_mb(folder, name, _MINUTE)
    hour, hour_arrays = peak_mb(folder, name, 60 * _MINUTE)
    return {
        "memory_growth_mb": (hour - hour_arrays) - (minute - minute_arrays),
        "memory_growth_with_arrays_mb": hour - minute,
        "memory_minute_mb": minute,
        "memory_hour_mb": hour,
    }


def _graphics(folder: Path, name: str, say: Callable[[str], None]) -> Figures:
    """Windows a second on a graphics card, and how far its joints are from the processor's."""
    info = load_weights_info(name, folder)
    windows = np.random.default_rng(0).normal(size=(64, info.receptive_field, 34)).astype(np.float32)
    for device in ("cuda", "directml", "coreml"):
        try:
            network = OnnxNetwork(info, device)
        except ModelError:
            continue
        say(f"on {network.device}")
        tunings = [Tuning(batch, 2, 1) for batch in (256, 1024, 4096)]
        rate = 1.0 / min(seconds_a_frame(network, info, tuning) for tuning in tunings)
        difference = np.abs(network.run(windows) - OnnxNetwork(info, "cpu").run(windows)).max()
        return {"gpu_window243_fps": rate, "gpu_cpu_mm": float(difference) * 1000.0, "gpu": device}
    return {"gpu": "none: ONNX Runtime has no graphics provider here"}


def tune(name: str, settings: RunSettings, folder: Path, say: Callable[[str], None]) -> Tuning:
    """Measures how the lifter `name` is best run on this machine."""
    tuning, _ = measure_tuning(load_weights_info(name, folder), settings.device, say)
    return tuning


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
