"""Base colours made plain, for a while: FBX knows no mixing, and would lose a picture behind it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

import bpy

_DEPTH = 6
"""Nodes between a shader and its picture that are looked through."""


@contextlib.contextmanager
def bare_base_colours(objects: Iterable[bpy.types.Object]) -> Iterator[None]:
    """Plug each base colour's picture straight in, in all materials of some objects; then as it was."""
    before = []
    try:
        for material in {slot.material for item in objects for slot in item.material_slots if slot.material}:
            tree = material.node_tree
            for shader in [node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"] if tree else ():
                socket = shader.inputs["Base Color"]
                picture = _picture_behind(socket, _DEPTH)
                if picture is not None and socket.links[0].from_node != picture:
                    before.append((tree, socket.links[0].from_socket, socket))
                    tree.links.new(picture.outputs["Color"], socket)
        yield
    finally:
        for tree, source, socket in before:
            tree.links.new(source, socket)


def _picture_behind(socket: bpy.types.NodeSocket, depth: int) -> bpy.types.Node | None:
    """The first picture that feeds `socket`, through at most `depth` nodes."""
    for link in socket.links if depth else ():
        if link.from_node.type == "TEX_IMAGE":
            return link.from_node
        for earlier in link.from_node.inputs:
            found = _picture_behind(earlier, depth - 1)
            if found is not None:
                return found
    return None
