"""One set-up at a time in one folder, over all Blenders of a machine."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType

from ..errors import SetupError

_REGION = 1 << 20
"""Windows' locks keep others from reading: the locked byte lies behind the text."""


class FolderLock:
    """A lock that the system takes back when the process ends, however it ends: none is ever left behind."""

    def __init__(self, path: Path) -> None:
        """Name the file; `with` takes the lock.

        Args:
            path: file that is locked, and that names the process that has the lock.
        """
        self._path = path
        self._file = -1

    def __enter__(self) -> None:
        """Take the lock.

        Raises:
            SetupError: another process has it (`setup-busy`).
            OSError: the file cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise SetupError(
                f"Another Blender (process {self._owner()}) sets up the runtime in '{self._path.parent}' just now; "
                "wait until it is done.",
                code="setup-busy",
            ) from error
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the lock back."""
        os.close(self._file)

    def _owner(self) -> str:
        with contextlib.suppress(OSError):
            return self._path.read_text().strip() or "unknown"
        return "unknown"


def _lock(file: int) -> None:
    # Tested by platform and not by what imports: the type checker knows this form.
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, _REGION, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
