"""A contact sheet: video with 2D skeleton, 3D skeleton and avatar, side by side, moment after moment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from .draw import Image, blank, draw_bones, fit, on_paper, view_from_three_quarters, write_label
from .sources import Poses, read_frames, read_poses
from .write import write_image

TILE_HEIGHT_PX: Final = 240
TILE_WIDTH_PX: Final = 190
LONGEST_FILM_TILE_PX: Final = 330
MARGIN_PX: Final = 8
SHEET_WIDTH_PX: Final = 2200


def contact_sheet(
    result: Path, video: Path | None, tiles: Sequence[Path], frames: Sequence[int], output: Path, first_frame: int = 0
) -> None:
    """Compose the sheet and write it to `output` (.png or .jpg).

    Args:
        result: the result .npz.
        video: the film, or None.
        tiles: one avatar picture a moment, as Blender rendered them; may be empty.
        frames: rising frame numbers of the result, one a moment.
        output: the picture to write; replaced only when whole.
        first_frame: the video's frame number of the result's frame 0.

    Raises:
        InferenceError: a file cannot be read, or a frame lies outside the result.
        ValueError: the numbers of tiles and frames differ.
    """
    if tiles and len(tiles) != len(frames):
        raise ValueError(f"{len(tiles)} tiles do not fit {len(frames)} frames")
    poses = read_poses(result)
    outside = [frame for frame in frames if not 0 <= frame < poses.count]
    if outside:
        raise ValueError(f"frame {outside[0]} lies outside the result's {poses.count} frames")
    cells = []
    for index, (image, scale) in enumerate(read_frames(video, frames, first_frame)):
        tile = cv2.imread(str(tiles[index])) if tiles else None
        cells.append(_cell(poses, frames[index], image, scale, None if tile is None else np.asarray(tile, np.uint8)))
    write_image(output, _arrange(cells))


def _cell(poses: Poses, frame: int, image: Image | None, scale: float, avatar: Image | None) -> Image:
    parts = [_film_tile(poses, frame, image, scale)]
    parts.append(
        view_from_three_quarters(poses.joints_world_m[frame], TILE_WIDTH_PX, TILE_HEIGHT_PX, poses.confidence[frame])
    )
    if avatar is not None:
        parts.append(on_paper(avatar, TILE_WIDTH_PX, TILE_HEIGHT_PX))
    cell = np.concatenate(parts, axis=1)
    write_label(cell, f"{poses.seconds(frame):.2f} s  frame {frame}")
    return cell


def _film_tile(poses: Poses, frame: int, image: Image | None, scale: float) -> Image:
    width_px, height_px = (int(v) for v in poses.image_size_px)
    if image is None:
        image, scale = blank(width_px, height_px), 1.0
    tile, factor = fit(image, LONGEST_FILM_TILE_PX, TILE_HEIGHT_PX)
    tile = tile.copy()
    draw_bones(tile, poses.joints_px[frame] * (scale * factor), poses.confidence[frame], thickness=2)
    return on_paper(tile, tile.shape[1], TILE_HEIGHT_PX)


def _arrange(cells: Sequence[Image]) -> Image:
    """Cells of one size, in rows, with margins."""
    height, width = cells[0].shape[:2]
    columns = max(1, min(len(cells), SHEET_WIDTH_PX // (width + MARGIN_PX)))
    rows = -(-len(cells) // columns)
    sheet = blank(columns * (width + MARGIN_PX) + MARGIN_PX, rows * (height + MARGIN_PX) + MARGIN_PX)
    sheet[:] = 255
    for index, cell in enumerate(cells):
        top = MARGIN_PX + (index // columns) * (height + MARGIN_PX)
        left = MARGIN_PX + (index % columns) * (width + MARGIN_PX)
        sheet[top : top + height, left : left + width] = cell
    return sheet
