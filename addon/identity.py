"""Data-blocks that are met again later: undo and loading renew references, and users change names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def by_uid(blocks: Iterable[Any], uid: int | None) -> Any | None:
    """The one of some data-blocks that has a `session_uid`; None where it is gone."""
    return next((block for block in blocks if block.session_uid == uid), None)
