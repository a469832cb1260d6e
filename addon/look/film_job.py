"""The side-by-side film, made by a child Blender so that this one stays free."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..child import clean_environment
from ..errors import LookError
from ..files import whole

CHILD = Path(__file__).with_name("film_child.py")


@dataclass(frozen=True, slots=True)
class FilmRequest:
    """What to render.

    Attributes:
        characters: (label, animated .glb or .fbx).
        result: the result .npz.
        video: the film.
        first_frame: frame of the film that is the result's first.
        output: the .mp4; replaced only when whole.
        runtime: the runtime's Python, which composes the pictures.
        fps: of the film to be made.
        size_px: width and height of the characters' part.
    """

    characters: Sequence[tuple[str, Path]]
    result: Path
    video: Path | None
    first_frame: int
    output: Path
    runtime: Path
    fps: float
    size_px: tuple[int, int]

    def words(self, output: Path) -> dict[str, object]:
        """The request as plain values, writing to `output`."""
        return {
            "characters": [(label, str(path)) for label, path in self.characters],
            "result": str(self.result),
            "video": str(self.video) if self.video else None,
            "first_frame": self.first_frame,
            "output": str(output),
            "runtime": str(self.runtime),
            "fps": self.fps,
            "size_px": list(self.size_px),
        }


class FilmJob:
    """A child Blender at work; `poll` it until it returns True.

    Attributes:
        done, total: pictures; total 0 while that is not known.
    """

    def __init__(self, request: FilmRequest, program: str, folder: tempfile.TemporaryDirectory[str]) -> None:
        """Start it.

        Args:
            request: what to render.
            program: Blender, or the Python of a bpy wheel where it is empty.
            folder: all its files go there; removed at the end.

        Raises:
            LookError: it cannot be started.
        """
        self.done, self.total = 0, 0
        self.request = request
        self._folder, scratch = folder, Path(folder.name)
        self._made, self._log = scratch / "film.mp4", scratch / "log.txt"
        words = scratch / "request.json"
        words.write_text(json.dumps(request.words(self._made)), encoding="utf-8")
        blender = [program, "-b", "--factory-startup", "-P"] if program else [sys.executable, "-s"]
        try:
            with self._log.open("wb") as log:
                self._popen = subprocess.Popen(
                    [*blender, str(CHILD), "--", str(words)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=clean_environment() | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
                )
        except OSError as error:
            self._clear()
            raise LookError(f"A second Blender could not be started with {program} ({error}).") from error
        self._reader = threading.Thread(target=self._read, name="film-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            for line in self._popen.stdout:
                done, slash, total = line.decode("utf-8", "replace").strip().partition("/")
                if slash and done.isdigit() and total.isdigit():
                    self.done, self.total = int(done), int(total)

    def poll(self, wait_s: float = 0.0) -> bool:
        """Whether the film is made; it lies in its place then.

        Raises:
            LookError: it failed; tells the child's last words.
        """
        try:
            code = self._popen.wait(timeout=wait_s)
        except subprocess.TimeoutExpired:
            return False
        try:
            if code != 0 or not self._made.is_file():
                raise LookError(f"The film {self.request.output.name} could not be made: {self._last_words(code)}")
            self._put_in_place()
        finally:
            self._clear()
        return True

    def cancel(self) -> None:
        """End the child at once; nothing of the film is left."""
        self._popen.kill()
        self._popen.wait()
        self._clear()

    def _put_in_place(self) -> None:
        output = self.request.output
        try:
            with whole(output) as aside:
                shutil.copyfile(self._made, aside)
        except OSError as error:
            raise LookError(f"The film could not be written to {output} ({error.strerror}); choose another.") from error

    def _last_words(self, code: int) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1][:300] if spoken else f"exit code {code}"

    def _clear(self) -> None:
        popen = getattr(self, "_popen", None)
        if popen is not None:
            self._reader.join(timeout=2.0)
            for stream in (popen.stdin, popen.stdout):
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
        with contextlib.suppress(OSError):
            self._folder.cleanup()
