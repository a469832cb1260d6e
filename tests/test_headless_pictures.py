"""Contact sheets and film strips: the right frame stands beside the right pose, and failures are sentences."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from headless_support import walking_joints, write_film, write_result

from inference.errors import InferenceError
from inference.pictures.contact_sheet import MARGIN_PX, TILE_HEIGHT_PX, contact_sheet
from inference.pictures.draw import draw_bones, view_from_three_quarters
from inference.pictures.film_strip import compose_frames
from inference.pictures.sources import read_frames

ROOT = Path(__file__).resolve().parents[1]
FPS = 25.0


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return write_result(tmp_path / "pose.npz", walking_joints(30, FPS), FPS)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "film.mp4", 30, FPS)


def write_tiles(folder: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (200, 120)) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{index:03d}.png" for index in range(len(colours))]
    for path, colour in zip(paths, colours, strict=True):
        cv2.imwrite(str(path), np.full((size[1], size[0], 3), colour, np.uint8))
    return paths


def test_frames_are_the_wanted_ones(film: Path) -> None:
    greens = [int(image[5, 5, 1]) for image, _ in read_frames(film, [0, 10, 10, 29]) if image is not None]
    assert np.allclose(greens, [0, 80, 80, 232], atol=6)


def test_first_frame_shifts_and_a_short_film_leaves_blanks(film: Path) -> None:
    images = [image for image, _ in read_frames(film, [0, 5, 25], first_frame=10)]
    assert [None if image is None else round(int(image[5, 5, 1]) / 8) for image in images] == [10, 15, None]


def test_contact_sheet_shows_film_and_avatar_of_each_moment(result: Path, film: Path, tmp_path: Path) -> None:
    tiles = write_tiles(tmp_path / "tiles", [(0, 0, 250), (250, 0, 0)])
    output = tmp_path / "sheet.png"
    contact_sheet(result, film, tiles, [4, 28], output)
    sheet = cv2.imread(str(output))
    assert sheet is not None
    cell_width = (sheet.shape[1] - MARGIN_PX) // 2
    for index, (green, tile) in enumerate([(32, (0, 0, 250)), (224, (250, 0, 0))]):
        left = MARGIN_PX + index * cell_width
        # Bottom corner of the film's tile, and the middle of the avatar's at the cell's right.
        assert abs(int(sheet[MARGIN_PX + TILE_HEIGHT_PX - 20, left + 4, 1]) - green) < 12
        middle = sheet[MARGIN_PX + TILE_HEIGHT_PX // 2, left + cell_width - MARGIN_PX - 95]
        assert np.allclose(middle, tile, atol=3)
    assert not list(tmp_path.glob(".*"))


def test_bones_are_drawn_where_the_joints_are_and_left_out_where_unknown() -> None:
    points = np.full((17, 2), np.nan)
    points[0], points[1] = (20, 30), (80, 30)
    image = np.zeros((60, 100, 3), np.uint8)
    draw_bones(image, points, np.ones(17))
    drawn = np.argwhere(image.any(axis=-1))
    assert drawn[:, 0].min() >= 25 and drawn[:, 0].max() <= 35
    assert drawn[:, 1].min() <= 20 and drawn[:, 1].max() >= 80
    assert image[30, 50].any()


def test_three_quarter_view_keeps_left_and_right() -> None:
    """The figure faces the viewer: its left hand, drawn red, is on the picture's right."""
    joints = walking_joints(1, FPS)[0]
    view = view_from_three_quarters(joints, 190, 240, np.ones(17)).astype(int)
    red = np.argwhere((view[..., 2] > 180) & (view[..., 0] < 120))
    blue = np.argwhere((view[..., 0] > 180) & (view[..., 2] < 120))
    assert red[:, 1].mean() > blue[:, 1].mean() + 5


def test_film_strip_has_even_sizes_and_one_picture_a_moment(result: Path, film: Path, tmp_path: Path) -> None:
    tiles = write_tiles(tmp_path / "rendered", [(9, 9, 9)] * 3, size=(121, 91))
    output = tmp_path / "out"
    output.mkdir()
    compose_frames(result, film, tiles, [0, 10, 20], output, labels=[("Änn, 1", 10, 40)])
    pictures = sorted(output.iterdir())
    assert [picture.name for picture in pictures] == ["000000.png", "000001.png", "000002.png"]
    sizes = {cv2.imread(str(picture)).shape for picture in pictures}
    assert len(sizes) == 1
    height, width, _ = sizes.pop()
    assert height % 2 == 0 and width % 2 == 0 and width > 121


def test_wrong_numbers_are_refused(result: Path, film: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="30 frames"):
        contact_sheet(result, film, [], [30], tmp_path / "sheet.png")
    with pytest.raises(InferenceError, match=r"sheet\.xyz"):
        contact_sheet(result, film, [], [3], tmp_path / "sheet.xyz")
    assert not (tmp_path / "sheet.xyz").exists()


@pytest.mark.parametrize(
    ("name", "content"), [("missing.npz", None), ("text.npz", b"not a result"), ("broken.npz", b"PK\x03\x04xx")]
)
def test_command_fails_with_one_sentence(tmp_path: Path, film: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    command = [sys.executable, "-m", "inference.pictures", "contact-sheet", f"--result={path}", f"--video={film}"]
    command += ["--frames=0", f"--out={tmp_path / 'sheet.png'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert name in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "sheet.png").exists()
