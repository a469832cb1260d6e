"""One thing done beside another, in a thread of its own: OpenCV and the detector both let others run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVarTuple

Given = TypeVarTuple("Given")


class Beside:
    """Runs calls in order, one ahead of the caller at most, so that nothing piles up."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._last: Future[object] | None = None

    def do(self, call: Callable[[*Given], object], *args: *Given) -> None:
        """Start a call once the one before is over.

        Raises:
            Exception: the one before raised it.
        """
        if self._last is not None:
            self._last.result()
        self._last = self._pool.submit(call, *args)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        if kind is None and self._last is not None:
            self._last.result()
