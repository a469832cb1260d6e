"""A folder of results: one file a row, joined into results.json; several processes may fill it side by side."""

from __future__ import annotations

import datetime
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

STALE_S: Final = 900.0
"""A claim not renewed for so long was left by a process that is gone."""


class ResultsFolder:
    """Where a suite keeps its checkpoints, its rows' figures and who works on what.

    Args:
        folder: made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "rows").mkdir(parents=True, exist_ok=True)

    def checkpoint(self, row: str) -> Path:
        """Where the row's training is kept."""
        return self.folder / "checkpoints" / f"{row}.safetensors"

    def figures(self, row: str) -> dict[str, Any] | None:
        """What was measured of the row, or None."""
        path = self._row_path(row)
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def put(self, row: str, figures: dict[str, Any]) -> None:
        """Keeps a row's figures and joins all rows' into results.json."""
        write_json(self._row_path(row), {**figures, **where_and_when()})
        self.join()

    def join(self) -> Path:
        """Writes results.json from the rows' files; looks again, in case another process wrote one meanwhile."""
        path = self.folder / "results.json"
        while True:
            files = sorted((self.folder / "rows").glob("*.json"))
            write_json(path, {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files})
            if sorted((self.folder / "rows").glob("*.json")) == files:
                return path

    @contextmanager
    def claim(self, row: str) -> Iterator[Callable[[], None] | None]:
        """Takes the row for this process: gives a function that renews the claim, or None if another works on it."""
        path = self.folder / f"{row}.claim"
        if path.is_file() and time.time() - path.stat().st_mtime > STALE_S:
            path.unlink(missing_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            yield None
            return
        try:
            yield path.touch
        finally:
            path.unlink(missing_ok=True)

    def _row_path(self, row: str) -> Path:
        return self.folder / "rows" / f"{row}.json"


def where_and_when(*packages: str) -> dict[str, str]:
    """Machine, date and versions that a measurement holds for."""
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def write_json(path: Path, value: Any) -> None:
    """Writes aside, then puts it in place; each process aside of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.tmp")
    aside.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    aside.replace(path)
