"""What kind of keys the user wants. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import KeyingError


@dataclass(frozen=True, slots=True)
class KeySettings:
    """What kind of keys to write.

    Attributes:
        reduce_deg: None keeps a key on each frame; else as few keys as keep every bone within this many degrees of
            its rotation, and its location within as much at a quarter of a metre: 2.2 mm for 0.5 degrees.
        nla: put the action on an NLA track of its own, over those there are, instead of making it the active one.

    Raises:
        KeyingError: the angle is under a thousandth of a degree, or over 45 degrees.
    """

    reduce_deg: float | None = None
    nla: bool = False

    def __post_init__(self) -> None:
        if self.reduce_deg is not None and not 1e-3 <= self.reduce_deg <= 45.0:
            raise KeyingError(f"Keys cannot be reduced to {self.reduce_deg:g} degrees; choose 0.001 to 45, or none.")
