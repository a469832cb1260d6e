"""A screen of its own with a Blender on it, and the hands and eyes of the person before it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

SIZE_PX = (1280, 800)
WHOLE = (0, 0, *SIZE_PX)
SIGNPOST = Path(__file__).with_name("signpost.py")
ALIKE = 0.72
"""Correlation from which on a place on the screen shows a word."""
ARROW_PX = np.array(((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12)))
PATIENCE_S = 20.0
TRIES = 3

Rect = Sequence[int]
"""left, top, width, height, px."""


class Screen:
    """What a person can do: look, point, click, type, wait."""

    def __init__(self, display: str, folder: Path) -> None:
        self._environment = os.environ | {"DISPLAY": display}
        self._display = display
        self._folder = folder
        self._words: dict[tuple[str, str], np.ndarray] = {}
        self._mouse = (0, 0)

    def ask(self, expression: str) -> Any:
        """What Blender says; see signpost.py."""
        answer = self._folder / "answer"
        answer.unlink(missing_ok=True)
        whole = self._folder / "ask.part"
        whole.write_text(expression, encoding="utf-8")
        whole.replace(self._folder / "ask")
        deadline = time.monotonic() + 30.0
        while not answer.exists():
            assert time.monotonic() < deadline, f"Blender does not answer: {expression}"
            time.sleep(0.01)
        reply = json.loads(answer.read_text(encoding="utf-8"))
        assert "error" not in reply, reply["error"]
        return reply["answer"]

    def until(self, expression: str, limit_s: float = PATIENCE_S) -> float:
        """Wait until Blender says that something is so; the seconds that took."""
        began = time.monotonic()
        while not self.ask(f"bool({expression})"):
            assert time.monotonic() - began < limit_s, f"not so within {limit_s} s: {expression}"
            time.sleep(0.1)
        return time.monotonic() - began

    def processor_s(self) -> float:
        """Processor time of everything that runs for us and of what ran and has ended, which no other work disturbs."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        ticks, fields = 0, {}
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it may end meanwhile
                words = file.read_text().rpartition(")")[2].split()
                fields[int(file.parent.name)] = int(words[1]), sum(map(int, words[11:15]))
        for pid, (parent, spent) in fields.items():
            while parent in fields and parent != os.getpid():
                parent = fields[parent][0]
            ticks += spent if parent == os.getpid() and pid != os.getpid() else 0
        return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")

    def look(self, mouse: bool = False) -> np.ndarray:
        """The screen, with an arrow where the mouse is or without: (H, W, 3) uint8, BGR."""
        size = f"{SIZE_PX[0]}x{SIZE_PX[1]}"
        grab = ["ffmpeg", "-loglevel", "error", "-f", "x11grab", "-draw_mouse", "0", "-video_size", size]
        grab += ["-i", self._display, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
        done = subprocess.run(grab, capture_output=True, check=True, timeout=60)
        picture = np.frombuffer(done.stdout, np.uint8).reshape(SIZE_PX[1], SIZE_PX[0], 3)
        if mouse:
            picture = picture.copy()
            arrow = ARROW_PX + np.array(self._mouse)
            cv2.fillPoly(picture, [arrow], (0, 0, 0), cv2.LINE_AA)
            cv2.polylines(picture, [arrow], True, (255, 255, 255), 1, cv2.LINE_AA)
        return picture

    def region(self, area: str, kind: str = "WINDOW") -> Rect:
        """Where the first region of that kind is; waits until there is one."""
        return self._wait(lambda: next(iter(self.ask(f"regions({area!r}, {kind!r})")), None), f"{area} {kind}")

    def find(self, text: str, inside: Rect, *, style: str = "widget", upright: bool = True) -> tuple[int, int]:
        """The middle of a word on the screen, px, of the lowest if there are several; waits until it is there."""
        return self._wait(lambda: self.seen(text, inside, style=style, upright=upright), f"'{text}' on the screen")

    def seen(self, text: str, inside: Rect, *, style: str = "widget", upright: bool = True) -> tuple[int, int] | None:
        """As `find`, without waiting: None where the word is not."""
        if (text, style) not in self._words:
            drawn = np.array(self.ask(f"word({text!r}, {style!r})"), np.float32)
            rows = np.flatnonzero(drawn.max(axis=1) > 0.2)
            columns = np.flatnonzero(drawn.max(axis=0) > 0.2)
            self._words[text, style] = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        pattern = self._words[text, style]
        pattern = pattern if upright else cv2.rotate(pattern, cv2.ROTATE_90_CLOCKWISE)
        left, top, width, height = inside
        picture = cv2.cvtColor(self.look(), cv2.COLOR_BGR2GRAY)[top : top + height, left : left + width]
        if picture.shape[0] < pattern.shape[0] or picture.shape[1] < pattern.shape[1]:
            return None
        likeness = cv2.matchTemplate(picture.astype(np.float32), pattern, cv2.TM_CCOEFF_NORMED)
        best = float(likeness.max())
        if best < ALIKE:
            return None
        y, x = (int(number) for number in np.argwhere(likeness >= max(ALIKE, best - 0.1))[-1])
        return left + x + pattern.shape[1] // 2, top + y + pattern.shape[0] // 2

    def feel(self, path: str, area: str, kind: str, across: float) -> tuple[int, int]:
        """A place in the field of a property, found by moving the mouse down a region.

        Args:
            path: end of the property's data path.
            area, kind: of the region.
            across: where in its width to move, 0 left to 1 right.
        """
        left, top, width, height = self.region(area, kind)
        for y in range(top + 8, top + height, 9):
            place = left + round(across * width), y
            self.point(place)
            if self.ask(f"under_mouse({area!r}, {kind!r})").endswith(path):
                return place
        raise AssertionError(f"There is no field of {path} in {area} {kind}")

    def click(self, place: tuple[int, int], times: int = 1) -> None:
        """Point there, wait for Blender to notice, click."""
        self.point(place)
        for _ in range(times):
            self._hands("click", "1")
        self._settle()

    def click_until(self, place: tuple[int, int], look: Callable[[], Any], what: str) -> Any:
        """Click, and again where a busy Blender overlooked it, until `look` finds something; what it found."""
        for _ in range(TRIES):
            self.click(place)
            deadline = time.monotonic() + PATIENCE_S / TRIES
            while time.monotonic() < deadline:
                if found := look():
                    return found
                time.sleep(0.1)
        return self._wait(look, what)

    def menu(self, place: tuple[int, int], *entries: str) -> None:
        """Click a menu's button, then an entry, then one of the menu that it opens, and so on."""
        for entry in entries:
            place = self.click_until(place, lambda entry=entry: self.seen(entry, WHOLE), f"menu entry '{entry}'")
        self.click(place)

    def point(self, place: tuple[int, int]) -> None:
        """Move the mouse, as a hand does: over a place beside the goal."""
        for step in (2, 0):
            self._move((place[0] - step, place[1] - step))
            self._settle()

    def _settle(self) -> None:
        """Let Blender take in what was done, and draw."""
        time.sleep(0.05)
        self.ask("None")
        time.sleep(0.05)
        self.ask("None")

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 8) -> None:
        """Press, move, let go."""
        self.point(start)
        self._hands("mousedown", "1")
        for number in range(1, steps + 1):
            x, y = (round(a + (b - a) * number / steps) for a, b in zip(start, end, strict=True))
            self._move((x, y))
            time.sleep(0.08)
        self._hands("mouseup", "1")
        self._settle()

    def press(self, *keys: str) -> None:
        """Press keys, in X's names, such as ctrl+z."""
        for key in keys:
            self._hands("key", key)
            self._settle()

    def type(self, text: str) -> None:
        """Type into the field that is being edited, in the place of what it holds."""
        self.press("ctrl+a")
        self._hands("type", "--delay", "15", text)
        self._settle()

    def write(self, text: str) -> None:
        """Type into a field, and press Enter."""
        self.type(text)
        self.press("Return")

    def bring(self, title: str, place: Rect | None = None) -> None:
        """What a window manager would do: put a window to the front, and where it is to be."""
        found = self._wait(lambda: self._window(title), f"window '{title}'")
        if place is not None:
            self._hands("windowsize", found, str(place[2]), str(place[3]))
            self._hands("windowmove", found, str(place[0]), str(place[1]))
        self._hands("windowraise", found)
        self._hands("windowfocus", found)
        time.sleep(0.5)

    def _window(self, title: str) -> str | None:
        words = ["xdotool", "search", "--onlyvisible", "--name", title]
        done = subprocess.run(words, env=self._environment, capture_output=True, text=True, check=False)
        return next(iter(done.stdout.split()), None)

    def _move(self, place: tuple[int, int]) -> None:
        self._mouse = place
        self._hands("mousemove", str(place[0]), str(place[1]))

    def _hands(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True, timeout=30, capture_output=True)

    def _wait(self, look: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while (found := look()) is None:
            assert time.monotonic() < deadline, f"There is no {what} within {PATIENCE_S:.0f} s"
            time.sleep(0.1)
        return found


@contextlib.contextmanager
def opened(program: str, environment: dict[str, str], folder: Path) -> Iterator[Screen]:
    """A virtual display with a Blender, both gone at the end.

    Args:
        program: Blender.
        environment: its variables.
        folder: for questions, answers and Blender's log.
    """
    numbers, side = os.pipe()
    size = f"{SIZE_PX[0]}x{SIZE_PX[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(side), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(side,),
        stderr=subprocess.DEVNULL,
    )
    os.close(side)
    with os.fdopen(numbers) as said:
        display = f":{said.readline().strip()}"
    window = ["--window-geometry", "0", "0", str(SIZE_PX[0]), str(SIZE_PX[1])]
    words = [program, "--factory-startup", *window, "-P", str(SIGNPOST), "--", str(folder)]
    try:
        with (folder / "blender.log").open("w") as log:
            blender = subprocess.Popen(
                words, env=environment | {"DISPLAY": display}, stdout=log, stderr=subprocess.STDOUT, cwd=folder
            )
        screen = Screen(display, folder)
        try:
            yield screen
        except BaseException as error:
            cv2.imwrite(str(folder / "last_seen.png"), screen.look(mouse=True))
            error.add_note(f"The screen as it was last seen: {folder / 'last_seen.png'}")
            raise
        finally:
            blender.kill()
            blender.wait()
    finally:
        server.terminate()
        server.wait()
