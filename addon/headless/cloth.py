"""Materials for the studio: a character's own colours and pictures, dull, with the fill light painted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy

_FILL_DIRECTION: Final = (0.55, -0.65, 0.52)
_FILL_MIDDLE: Final = 0.34
_FILL_SWING: Final = 0.20
_PLAIN: Final = (0.55, 0.55, 0.57, 1.0)


def dress(objects: Iterable[bpy.types.Object]) -> None:
    """Make the materials of these mesh objects cheap to render; the colours and pictures stay."""
    plain: bpy.types.Material | None = None
    materials = set()
    for item in objects:
        if not any(slot.material for slot in item.material_slots):
            plain = plain or _plain_material()
            item.data.materials.append(plain)
        materials.update(slot.material for slot in item.material_slots if slot.material)
    for material in materials:
        flatten(material)


def flatten(material: bpy.types.Material) -> None:
    """Replace a Principled surface by diffuse colour and a fill light that depends on the surface's direction.

    Shine, bumps, glass and glow cost most of the time of a picture this small. Other surfaces are left alone.
    """
    if material.node_tree is None:
        return
    nodes, links = material.node_tree.nodes, material.node_tree.links
    principled = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    output = next((node for node in nodes if node.type == "OUTPUT_MATERIAL" and node.is_active_output), None)
    if principled is None or output is None:
        return
    diffuse, glow, both = (nodes.new(f"ShaderNode{kind}") for kind in ("BsdfDiffuse", "Emission", "AddShader"))
    for shader in (diffuse, glow):
        _copy_input(links, principled.inputs["Base Color"], shader.inputs["Color"])
    links.new(_fill_light(material.node_tree), glow.inputs["Strength"])
    links.new(diffuse.outputs[0], both.inputs[0])
    links.new(glow.outputs[0], both.inputs[1])
    surface = both.outputs[0]
    if principled.inputs["Alpha"].links:
        surface = _see_through(material.node_tree, principled.inputs["Alpha"].links[0].from_socket, surface)
    links.new(surface, output.inputs["Surface"])
    # The glow is for the camera: as a lamp it would cost time and bring noise.
    material.cycles.emission_sampling = "NONE"


def _fill_light(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    """Brighter where the surface looks towards the fill light, darker where it looks away."""
    geometry, dot, scale = (tree.nodes.new(f"ShaderNode{kind}") for kind in ("NewGeometry", "VectorMath", "Math"))
    dot.operation = "DOT_PRODUCT"
    dot.inputs[1].default_value = _FILL_DIRECTION
    scale.operation = "MULTIPLY_ADD"
    scale.inputs[1].default_value, scale.inputs[2].default_value = _FILL_SWING, _FILL_MIDDLE
    tree.links.new(geometry.outputs["Normal"], dot.inputs[0])
    tree.links.new(dot.outputs["Value"], scale.inputs[0])
    # Seen by the camera alone: light that shines on from here would come by chance, which is noise.
    camera, seen = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMath")
    seen.operation = "MULTIPLY"
    tree.links.new(scale.outputs[0], seen.inputs[0])
    tree.links.new(camera.outputs["Is Camera Ray"], seen.inputs[1])
    return seen.outputs[0]


def _see_through(
    tree: bpy.types.NodeTree, alpha: bpy.types.NodeSocket, surface: bpy.types.NodeSocket
) -> bpy.types.NodeSocket:
    """Hair and leaves drawn on flat cards need their alpha."""
    mix, nothing = tree.nodes.new("ShaderNodeMixShader"), tree.nodes.new("ShaderNodeBsdfTransparent")
    tree.links.new(alpha, mix.inputs[0])
    tree.links.new(nothing.outputs[0], mix.inputs[1])
    tree.links.new(surface, mix.inputs[2])
    return mix.outputs[0]


def _copy_input(links: bpy.types.NodeLinks, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
    target.default_value = source.default_value
    if source.links:
        links.new(source.links[0].from_socket, target)


def _plain_material() -> bpy.types.Material:
    material = bpy.data.materials.new("Plain")
    material.use_nodes = True
    material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = _PLAIN
    return material
