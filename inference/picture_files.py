"""Films that are numbered pictures in a folder: which files they are, in order. Standard library alone.

The child process and the add-on both ask this, so that they mean the same pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
_NUMBERED: Final = re.compile(r"^(?P<before>.*?)(?P<number>\d+)(?P<after>\D*)$")


class PictureFilesError(ValueError):
    """The pictures make no film.

    Attributes:
        code: short stable name, kebab-case.
        message: one sentence that names the folder or the picture.
        hint: what to do.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """A film's pictures.

    Attributes:
        paths: in order, without a gap in their numbers; at least one.
        first_number: in the first one's name; 1 for a single picture without a number.
    """

    paths: tuple[Path, ...]
    first_number: int


def are_pictures(path: Path) -> bool:
    """Whether a film's path stands for pictures: a folder, or a file with a picture's ending."""
    return path.suffix.lower() in ENDINGS or path.is_dir()


def find_pictures(path: Path) -> PictureFiles:
    """The pictures that a path stands for: all of a folder, or those from one picture on.

    Args:
        path: a folder with one numbered sequence, or a picture of a sequence; one without a number stands alone.

    Raises:
        PictureFilesError: there is no such picture (`video-missing`), no picture in the folder (`no-pictures`), more
            than one sequence in it (`several-sequences`), or numbers are left out (`picture-missing`).
    """
    sequences = _sequences(path if path.is_dir() else path.parent)
    if path.is_dir():
        if not sequences:
            known = " ".join(ENDINGS)
            raise PictureFilesError(
                "no-pictures", f"The folder {path} holds no numbered pictures ({known}).", "Choose another."
            )
        if len(sequences) > 1:
            names = " and ".join(f"'{files[min(files)].name}'" for files in list(sequences.values())[:2])
            raise PictureFilesError(
                "several-sequences",
                f"The folder {path} holds {len(sequences)} sequences of pictures, such as {names}.",
                "Choose the first picture of one.",
            )
        (files,) = sequences.values()
        return _whole(files, min(files))
    if not path.is_file():
        raise PictureFilesError("video-missing", f"There is no file {path}.", "Check the path.")
    key = _key(path)
    if key is None:
        return PictureFiles((path,), 1)
    return _whole(sequences[key[0]], key[1])


def _sequences(folder: Path) -> dict[tuple[str, str], dict[int, Path]]:
    """Number -> picture, by what stands before and behind the numbers."""
    found: dict[tuple[str, str], dict[int, Path]] = {}
    for path in _sorted(folder.iterdir() if folder.is_dir() else ()):
        key = _key(path)
        if key is not None and path.suffix.lower() in ENDINGS and not path.name.startswith("."):
            found.setdefault(key[0], {})[key[1]] = path
    return found


def _sorted(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.name)


def _key(path: Path) -> tuple[tuple[str, str], int] | None:
    """What stands around the last number in a name, and the number; None without one."""
    match = _NUMBERED.match(path.stem)
    if match is None:
        return None
    return (match["before"], match["after"] + path.suffix.lower()), int(match["number"])


def _whole(files: dict[int, Path], first: int) -> PictureFiles:
    numbers = sorted(number for number in files if number >= first)
    for number, following in pairwise(numbers):
        if following != number + 1:
            gap = following - number - 1
            raise PictureFilesError(
                "picture-missing",
                f"Between '{files[number].name}' and '{files[following].name}' {gap} of the numbered pictures "
                f"{'is' if gap == 1 else 'are'} missing.",
                "Put them back, or move those behind the gap to a folder of their own.",
            )
    return PictureFiles(tuple(files[number] for number in numbers), first)
