"""Sets of the films with truth: places of several colours and textures under a sun, shaded without noise.

Light comes from one sun and, evenly, from the surfaces themselves, so that a sample a pixel is enough: no bounces, no
soft shadows, nothing to clean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bpy
import film_set
import numpy as np
from blender_body import linear_colour
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SIDE_M = 9.0
BEFORE_M = 12.0
THINGS = 16
AMBIENT_RANGE = 0.45  # what faces the floor gets so much less of the even light than what faces the sky


@dataclass(frozen=True, slots=True)
class Place:
    """What a film shows behind its people.

    Attributes:
        floor, wall, sky: colours; a place without `wall` is open.
        texture: of the floor and the wall: Blender's `NOISE`, `CHECKER` or `BRICK`.
        grain: of the texture, in repetitions a metre.
        things: colours of the things that stand about.
        sun_deg: height over the horizon and direction it comes from, 0 from the camera, positive from the right.
        sun: its strength.
        ambient: strength of the light from everywhere.
    """

    floor: str
    wall: str | None
    sky: str
    texture: str
    grain: float
    things: tuple[str, ...]
    sun_deg: tuple[float, float]
    sun: float
    ambient: float

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Place:
        """From the data file."""
        return cls(**{**fields, "things": tuple(fields["things"]), "sun_deg": tuple(fields["sun_deg"])})

    @property
    def light(self) -> FloatArray:
        """(3,) unit vector along which the sun shines, world."""
        height, side = (math.radians(angle) for angle in self.sun_deg)
        away = np.array([math.sin(side) * math.cos(height), -math.cos(side) * math.cos(height), math.sin(height)])
        return -away


def build_place(place: Place, wall_y: float, rng: np.random.Generator) -> None:
    """Floor at z = 0, walls and things from `wall_y` on and at the sides, and the sun."""
    corners = [(-SIDE_M, -BEFORE_M, 0), (SIDE_M, -BEFORE_M, 0), (SIDE_M, wall_y + 14, 0), (-SIDE_M, wall_y + 14, 0)]
    floor = bpy.data.meshes.new("Floor")
    floor.from_pydata(corners, [], [(0, 1, 2, 3)])
    floor.materials.append(_textured("Floor", place.floor, place))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Floor", floor))
    if place.wall is not None:
        wall = _textured("Wall", place.wall, place)
        for name, low, high in (
            ("Wall", (-SIDE_M, wall_y, 0.0), (SIDE_M, wall_y + 0.2, 4.0)),
            ("Left wall", (-SIDE_M - 0.2, -BEFORE_M, 0.0), (-SIDE_M, wall_y, 4.0)),
            ("Right wall", (SIDE_M, -BEFORE_M, 0.0), (SIDE_M + 0.2, wall_y, 4.0)),
        ):
            film_set.add_box(name, low, high, place.wall)
            thing = bpy.data.objects[name]
            thing.data.materials[0] = wall
            thing.visible_shadow = False
    _add_things(place, wall_y, rng)
    light = bpy.data.lights.new("Sun", "SUN")
    light.energy, light.angle = place.sun, 0.0
    sun = bpy.data.objects.new("Sun", light)
    sun.matrix_world = film_set.looking_along(place.light).to_4x4()
    bpy.context.scene.collection.objects.link(sun)
    world = bpy.data.worlds.new("Sky")
    bpy.context.scene.world = world
    if not world.node_tree:
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = linear_colour(place.sky)
    world.cycles_visibility.diffuse = False
    world.cycles.sampling_method = "NONE"  # it lights nothing, and noise that stands still is no film's


def _add_things(place: Place, wall_y: float, rng: np.random.Generator) -> None:
    """Boxes, low and tall, along the back; pictures on the wall."""
    for number, x in enumerate(np.linspace(-SIDE_M + 0.5, SIDE_M - 0.5, THINGS)):
        width, depth, top = rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.6), float(rng.choice([0.5, 0.9, 1.9]))
        x = float(x + rng.uniform(-0.3, 0.3))
        colour = str(rng.choice(place.things))
        film_set.add_box(f"Thing {number}", (x, wall_y - depth, 0.0), (x + width, wall_y, top), colour)
        if place.wall is not None:
            low = (x, wall_y - 0.03, float(rng.uniform(2.0, 2.3)))
            high = (x + width, wall_y, low[2] + rng.uniform(0.3, 0.8))
            film_set.add_box(f"Picture {number}", low, high, str(rng.choice(place.things)))


def _textured(name: str, colour: str, place: Place) -> bpy.types.Material:
    """Two shades of a colour in a pattern that is fixed to the world."""
    material = film_set.plain_material(name, colour, 0.8)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    at, pattern = nodes.new("ShaderNodeNewGeometry"), nodes.new(f"ShaderNodeTex{place.texture.title()}")
    pattern.inputs["Scale"].default_value = place.grain
    links.new(at.outputs["Position"], pattern.inputs["Vector"])
    shade = np.array(linear_colour(colour)[:3])
    mix = nodes.new("ShaderNodeMix")
    mix.data_type = "RGBA"
    mix.inputs[6].default_value = (*(0.62 * shade), 1.0)
    mix.inputs[7].default_value = (*np.minimum(1.25 * shade, 1.0), 1.0)
    links.new(pattern.outputs["Factor" if "Factor" in pattern.outputs else "Fac"], mix.inputs[0])
    links.new(mix.outputs[2], nodes["Principled BSDF"].inputs["Base Color"])
    return material


def shade_evenly(ambient: float) -> None:
    """Let all materials shine by themselves as if lit from everywhere, somewhat more from above; no reflections."""
    for material in bpy.data.materials:
        if material.node_tree is None or "Principled BSDF" not in material.node_tree.nodes:
            continue
        nodes, links = material.node_tree.nodes, material.node_tree.links
        shader = nodes["Principled BSDF"]
        colour = shader.inputs["Base Color"]
        if colour.is_linked:
            links.new(colour.links[0].from_socket, shader.inputs["Emission Color"])
        else:
            shader.inputs["Emission Color"].default_value = colour.default_value
        material.cycles.emission_sampling = "NONE"  # else every triangle is a lamp, sampled at great cost
        shader.inputs["Specular IOR Level"].default_value = 0.0
        normal, split, fit = (nodes.new(f"ShaderNode{kind}") for kind in ("NewGeometry", "SeparateXYZ", "MapRange"))
        fit.inputs["From Min"].default_value, fit.inputs["From Max"].default_value = -1.0, 1.0
        fit.inputs["To Min"].default_value = ambient * (1 - AMBIENT_RANGE)
        fit.inputs["To Max"].default_value = ambient * (1 + AMBIENT_RANGE)
        links.new(normal.outputs["Normal"], split.inputs["Vector"])
        links.new(split.outputs["Z"], fit.inputs["Value"])
        links.new(fit.outputs["Result"], shader.inputs["Emission Strength"])


def add_occluder(colour: str) -> bpy.types.Object:
    """A board of 1 x 0.02 x 1 m, its lower left corner at its origin, to be held before the camera."""
    film_set.add_box("Occluder", (0.0, 0.0, 0.0), (1.0, 0.02, 1.0), colour)
    board = bpy.data.objects["Occluder"]
    board.visible_shadow = False
    return board
