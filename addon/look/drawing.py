"""Drawing over editors, switched on and off."""

from __future__ import annotations

from collections.abc import Callable

import bpy


class Drawing:
    """Something drawn over all editors of some kinds, while it is shown."""

    def __init__(self, *parts: tuple[str, Callable[[], None], str]) -> None:
        """Nothing is drawn yet.

        Args:
            parts: (kind of editor, a type's name such as `SpaceView3D`; what draws over one; when, e.g. `POST_PIXEL`).
        """
        self._parts = parts
        self._handles: list[tuple[type[bpy.types.Space], object]] = []

    @property
    def shown(self) -> bool:
        """Whether it is switched on."""
        return bool(self._handles)

    def show(self) -> None:
        """Switch it on; in the background there is nothing to draw on."""
        if self._handles or bpy.app.background:
            return
        for name, draw, when in self._parts:
            space = getattr(bpy.types, name)
            self._handles.append((space, space.draw_handler_add(draw, (), "WINDOW", when)))

    def withdraw(self) -> None:
        """Switch it off."""
        while self._handles:
            space, handle = self._handles.pop()
            space.draw_handler_remove(handle, "WINDOW")
