"""Render the film: the empty room once, well; then, of every frame, only the part that the person and the shadow take.

That part is laid over the empty room with a soft edge, which is four times quicker than rendering whole pictures.
"""

from __future__ import annotations

import time
from pathlib import Path

import bpy
import numpy as np
from film_set import KEY_LAMP_M, KEY_LAMP_SIZE_M, focal_px, to_camera
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Box = tuple[int, int, int, int]

PLATE_SAMPLES = 64
PAD_PX = 20
FEATHER_PX = 14
GRID = 64


def set_up_render(samples: int) -> None:
    """Cycles on the processor, few samples, cleaned of noise."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.max_bounces = 1
    cycles.seed = 7
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.view_settings.view_transform = "Standard"


def render_plate(path: Path, actor: bpy.types.Object) -> FloatArray:
    """The empty room, (H, W, 3), rows from the bottom up, as stored in the picture."""
    scene = bpy.context.scene
    if not path.exists():
        samples, scene.cycles.samples = scene.cycles.samples, PLATE_SAMPLES
        scene.render.use_border = False
        actor.hide_render = True
        render_to(path)
        actor.hide_render = False
        scene.cycles.samples = samples
    return read_picture(path)


def render_frames(
    folder: Path, plate: FloatArray, actor: bpy.types.Object, place: FloatArray, wall_y: float, every: int
) -> list[Path]:
    """Render every n-th frame that is not there yet.

    Args:
        plate: the empty room, as `render_plate` gives it.
        actor: the mesh that moves.
        place: (4, 4) world_from_camera.
        wall_y: where the wall stands, metres.

    Returns:
        The pictures in order.
    """
    scene = bpy.context.scene
    pictures = [folder / f"{frame:04d}.png" for frame in range(scene.frame_start, scene.frame_end + 1, every)]
    for picture in pictures:
        if picture.exists():
            continue
        start = time.monotonic()
        scene.frame_set(int(picture.stem))
        box = _box_of(actor, place, wall_y, (plate.shape[1], plate.shape[0]))
        choose_border(box, (plate.shape[1], plate.shape[0]))
        part = folder / "part.png"
        render_to(part)
        write_picture(picture, laid_over(plate, read_picture(part), box))
        print(f"{picture.stem} of {scene.frame_end}: {time.monotonic() - start:.1f} s", flush=True)
    return pictures


def _box_of(actor: bpy.types.Object, place: FloatArray, wall_y: float, size: tuple[int, int]) -> Box:
    # Pixels (left, right, bottom, top) that hold the body and the shadow that the lamp casts on floor and wall.
    shown = actor.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(len(shown.data.vertices) * 3, dtype=np.float32)
    shown.data.vertices.foreach_get("co", flat)
    to_world = np.array(actor.matrix_world)
    body = flat.reshape(-1, 3).astype(np.float64) @ to_world[:3, :3].T + to_world[:3, 3]
    points = to_camera(np.concatenate([body, *(_shadow(body, corner, wall_y) for corner in _lamp_corners())]), place)
    points = points[points[:, 2] > 0.3]
    pixels = focal_px(size[0]) * points[:, :2] / points[:, 2:] + np.array(size) / 2
    left, top = np.floor(pixels.min(axis=0) - PAD_PX).astype(int)
    right, bottom = np.ceil(pixels.max(axis=0) + PAD_PX).astype(int)
    return max(left, 0), min(right, size[0]), max(size[1] - bottom, 0), min(size[1] - top, size[1])


def _lamp_corners() -> FloatArray:
    # The lamp's light comes from a square; a box around it, seen from above, holds it however it is turned.
    x, y, z = KEY_LAMP_M
    reach = KEY_LAMP_SIZE_M / 2
    return np.array([(x + dx, y + dy, z) for dx in (-reach, reach) for dy in (-reach, reach)])


def _shadow(body: FloatArray, lamp: FloatArray, wall_y: float) -> FloatArray:
    # Where the ray from the lamp through each vertex meets the floor or the wall, whichever comes first.
    ray = body - lamp
    floor = lamp[2] / np.maximum(-ray[:, 2], 0.3)
    wall = (wall_y - lamp[1]) / np.maximum(ray[:, 1], 0.05)
    return np.asarray(lamp + ray * np.minimum(floor, wall)[:, None])


def box_around(pixels: FloatArray, pad: float, size: tuple[int, int]) -> Box:
    """The part of a picture that holds some pixels (N, 2) and, around them, `pad` of their extent.

    Args:
        size: width and height, multiples of `GRID`: Blender takes shares of the picture, and those of a power of two
            are exact.
    """
    reach = pad * max(np.ptp(pixels, axis=0).max(), 40.0)
    cell = np.array(size) // GRID
    left, top = cell * np.clip((pixels.min(axis=0) - reach) // cell, 0, GRID - 2).astype(int)
    right, bottom = cell * np.clip(-(-(pixels.max(axis=0) + reach) // cell), 2, GRID).astype(int)
    return int(left), int(right), size[1] - int(bottom), size[1] - int(top)


def choose_border(box: Box, size: tuple[int, int]) -> None:
    """Render only a box of pixels from now on, `size` being the whole picture's width and height."""
    settings = bpy.context.scene.render
    settings.use_border = settings.use_crop_to_border = True
    settings.border_min_x, settings.border_max_x = box[0] / size[0], box[1] / size[0]
    settings.border_min_y, settings.border_max_y = box[2] / size[1], box[3] / size[1]


def laid_over(plate: FloatArray, part: FloatArray, box: Box) -> FloatArray:
    """`part`, rendered of a box, laid with a soft edge over a whole picture (H, W, 3)."""
    left, right, bottom, top = box
    if part.shape[:2] != (top - bottom, right - left):
        raise SystemExit(f"Blender rendered {part.shape[1]}x{part.shape[0]} pixels, not {right - left}x{top - bottom}.")
    picture = plate.copy()
    picture[bottom:top, left:right] = part
    ramps = []
    for low, high, size in ((bottom, top, plate.shape[0]), (left, right, plate.shape[1])):
        at = np.arange(size)
        # No soft edge along the picture's own edge.
        from_low = at - low + 1 if low > 0 else np.full(size, FEATHER_PX)
        from_high = high - at if high < size else np.full(size, FEATHER_PX)
        ramps.append(np.clip(np.minimum(from_low, from_high) / FEATHER_PX, 0, 1))
    weight = (ramps[0][:, None] * ramps[1][None])[..., None]
    return np.asarray(weight * picture + (1 - weight) * plate)


def render_to(path: Path) -> None:
    """Render the scene's frame into a file that appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"aside-{path.name}")
    bpy.context.scene.render.filepath = str(aside)
    bpy.ops.render.render(write_still=True)
    aside.replace(path)


def read_picture(path: Path) -> FloatArray:
    """A picture as (H, W, 3), rows from the bottom up."""
    image = bpy.data.images.load(str(path))
    flat = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(flat)
    width, height = image.size
    bpy.data.images.remove(image)
    return flat.reshape(height, width, -1)[..., :3].astype(np.float64)


def write_picture(path: Path, picture: FloatArray) -> None:
    """Write (H, W, 3), rows from the bottom up, as PNG or, with that ending, JPEG."""
    height, width = picture.shape[:2]
    image = bpy.data.images.new("picture", width, height)
    full = np.ones((height, width, 4), dtype=np.float32)
    full[..., :3] = picture
    image.pixels.foreach_set(full.reshape(-1))
    image.file_format = "JPEG" if path.suffix == ".jpg" else "PNG"
    aside = path.with_name(f"aside-{path.name}")
    image.filepath_raw = str(aside)
    image.save()
    bpy.data.images.remove(image)
    aside.replace(path)
