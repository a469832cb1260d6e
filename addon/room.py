"""What a room of the add-on tells Blender: classes, properties, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy


def _nothing() -> None:
    """What most rooms have to do besides."""


@dataclass(frozen=True, slots=True)
class Room:
    """One room, as `registry` switches it on and off.

    Attributes:
        classes: in the order in which they are registered.
        properties: (type of data-block, name, property group) that hang on data-blocks while the add-on is on.
        attach: begins what else there is, when classes and properties are there.
        detach: ends it, before they go.
        forget: another file is about to be opened.
    """

    classes: tuple[type, ...]
    properties: tuple[tuple[Any, str, type], ...] = ()
    attach: Callable[[], None] = _nothing
    detach: Callable[[], None] = _nothing
    forget: Callable[[], None] = _nothing

    def open(self) -> None:
        """Tell Blender all of it."""
        for each in self.classes:
            bpy.utils.register_class(each)
        for owner, name, group in self.properties:
            setattr(owner, name, bpy.props.PointerProperty(type=group))
        self.attach()

    def close(self) -> None:
        """Take it back; what properties hold stays in the file."""
        self.detach()
        for owner, name, _ in self.properties:
            if hasattr(owner, name):
                delattr(owner, name)
        for each in reversed(self.classes):
            if each.is_registered:
                bpy.utils.unregister_class(each)
