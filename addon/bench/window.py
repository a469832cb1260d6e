"""Redraw times of the real window, idle and while a job runs: `bench window`, in a Blender with a window."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import registry
from ..look.settings import look_of
from ..runtime import ROOT
from ..session import SESSION
from ..settings import settings_of

GOAL_MS = 33.0
"""Milliseconds that a redraw may take longer while a job runs, at the 95th percentile."""
_SETTLE_S, _LIMIT_S = 3.0, 300.0


class Watch:
    """Lets the 3D view be drawn without a break and notes when it was."""

    def __init__(self) -> None:
        self._stamps: list[tuple[float, float]] = []
        self._handle = bpy.types.SpaceView3D.draw_handler_add(self._drawn, (), "WINDOW", "POST_PIXEL")

    def _drawn(self) -> None:
        self._stamps.append((time.perf_counter(), time.thread_time()))

    def during(self, busy: Callable[[], bool]) -> Iterator[float]:
        """Draw for as long as something is so; yields the seconds to wait before the next draw."""
        self._stamps.clear()
        while busy():
            _view()["region"].tag_redraw()
            yield 0.0

    def times_ms(self) -> np.ndarray:
        """(N,2) from redraw to redraw: as a watch shows it, and of the window's own thread."""
        return np.diff(np.array(self._stamps), axis=0) * 1e3

    def end(self) -> None:
        """Watch no more."""
        bpy.types.SpaceView3D.draw_handler_remove(self._handle, "WINDOW")


def begin(words: Sequence[str], write: Callable[[dict[str, object]], str]) -> None:
    """Measure once the window is up; Blender then ends, 0 where the goal is met.

    Args:
        words: the benchmark's own options.
        write: keeps the figures and says them.
    """
    parser = argparse.ArgumentParser(prog="bench window", description=__doc__)
    parser.add_argument("--video", type=Path, default=ROOT / "samples" / "film.mp4")
    parser.add_argument("--rig", type=Path, default=ROOT / "samples" / "avatars" / "woman_mixamo.glb")
    parser.add_argument("--idle", type=float, default=8.0, metavar="S", help="seconds without a job (default 8)")
    options = parser.parse_args(list(words))
    registry.register()
    figures: dict[str, object] = {}
    steps = _story(options, figures)
    began = time.monotonic()

    def step() -> float | None:
        try:
            if time.monotonic() - began > _LIMIT_S:
                raise TimeoutError(f"the measurement took more than {_LIMIT_S:g} s")
            return next(steps)
        except StopIteration:
            print(write(figures), flush=True)
            os._exit(0 if figures["met"] else 1)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    bpy.app.timers.register(step, first_interval=0.5, persistent=True)


def _story(options: argparse.Namespace, figures: dict[str, object]) -> Iterator[float]:
    bpy.context.preferences.view.show_splash = False
    scene = bpy.context.scene
    for obj in list(scene.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.import_scene.gltf(filepath=str(options.rig))
    settings_of(scene).video, settings_of(scene).person_height_m = str(options.video.absolute()), 1.6
    settings_of(scene).armature = next(obj for obj in scene.objects if obj.type == "ARMATURE")
    _view()["area"].spaces.active.show_region_ui = True
    with bpy.context.temp_override(**_view()):
        bpy.ops.view3d.view_all()
    yield _SETTLE_S  # the first drawing compiles shaders
    watch = Watch()
    measured: dict[str, list[np.ndarray]] = {"idle": [], "job": [], "job_with_live_view": []}
    for _ in range(2):  # the machine's other work comes and goes
        until = time.monotonic() + options.idle / 2.0
        yield from watch.during(lambda until=until: time.monotonic() < until)
        measured["idle"].append(watch.times_ms())
        for name, live in (("job", False), ("job_with_live_view", True)):
            look_of(scene).live = live
            settings_of(scene).person_height_m += 0.01  # another request: a known result needs no job
            _start()
            yield from watch.during(lambda: SESSION.busy)
            measured[name].append(watch.times_ms())
            if SESSION.problem:
                raise RuntimeError(SESSION.problem)
            yield 0.5
    watch.end()
    figures |= _figures({name: np.concatenate(parts) for name, parts in measured.items()})


def _start() -> None:
    with bpy.context.temp_override(**_view()):
        bpy.ops.pose_from_video.process("INVOKE_DEFAULT")


def _figures(measured: dict[str, np.ndarray]) -> dict[str, object]:
    figures: dict[str, Any] = {}
    for name, times_ms in measured.items():
        figures[f"{name}_redraws"] = len(times_ms)
        for label, share in (("p50", 50.0), ("p95", 95.0), ("longest", 100.0)):
            figures[f"{name}_{label}_ms"], figures[f"{name}_{label}_thread_ms"] = np.percentile(times_ms, share, axis=0)
        figures[f"{name}_redraws_a_second"] = 1e3 / np.mean(times_ms[:, 0])
    more = np.subtract(*(np.percentile(measured[name], 95.0, axis=0) for name in ("job_with_live_view", "idle")))
    figures |= {"p95_more_than_idle_ms": more[0], "p95_more_than_idle_thread_ms": more[1], "goal_ms": GOAL_MS}
    rounded = {name: value if isinstance(value, int) else round(float(value), 1) for name, value in figures.items()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return rounded | {"load_average": round(load, 1), "met": bool(more[0] < GOAL_MS)}


def _view() -> dict[str, object]:
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return {"window": window, "area": area, "region": next(each for each in area.regions if each.type == "WINDOW")}
