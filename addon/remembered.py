"""What was found lately, or why it could not be: panels and views ask on every redraw."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from ..rigs.errors import RigError

Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """The last few answers by what was asked; one that was an error is raised again."""

    def __init__(self, most: int) -> None:
        """Keep at most so many answers."""
        self._most = most
        self._answers: OrderedDict[Hashable, Found | RigError] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """The answer for a key; `find` is asked the first time.

        Raises:
            RigError: `find` raised it.
        """
        if key not in self._answers:
            try:
                self._answers[key] = find()
            except RigError as error:
                self._answers[key] = error
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        answer = self._answers[key]
        if isinstance(answer, RigError):
            raise answer
        return answer

    def clear(self) -> None:
        """Forget all."""
        self._answers.clear()
