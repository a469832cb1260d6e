"""A story in a Blender window: a generator that does one thing after the other and says how long to wait between."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator

import bpy


def tell(steps: Iterator[float], limit_s: float) -> None:
    """Let the window run through a story, then end Blender: 0 when it was told whole, 1 with a traceback otherwise.

    Args:
        steps: yields the seconds to wait before it goes on.
        limit_s: longest time for all of it.
    """
    bpy.context.preferences.view.show_splash = False
    began = time.monotonic()

    def step() -> float | None:
        try:
            assert time.monotonic() - began < limit_s, "the story took too long"
            return next(steps)
        except StopIteration:
            print("passed all", flush=True)
            _end(0)
        except BaseException:
            traceback.print_exc()
            _end(1)
        return None

    bpy.app.timers.register(step, first_interval=0.5, persistent=True)


def until(done: Callable[[], bool], limit_s: float, what: str) -> Iterator[float]:
    """Wait for something, and print how long it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < limit_s, f"{what} took more than {limit_s} s"
        yield 0.02
    print(f"{what}: {time.monotonic() - began:.2f} s", flush=True)


def view() -> dict[str, object]:
    """The 3D view, for `temp_override`."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    return {"window": window, "area": area, "region": region}


def _end(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
