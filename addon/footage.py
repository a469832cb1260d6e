"""Films that are numbered pictures, as the add-on needs to know them. No bpy here."""

from __future__ import annotations

from pathlib import Path

from ..inference.picture_files import PictureFiles, PictureFilesError, are_pictures, find_pictures
from .errors import AddonError

__all__ = ["FILM_ENDINGS", "are_pictures", "check_film", "pictures_of"]

FILM_ENDINGS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")
"""Endings of films that are offered; a film with another one can be named all the same."""


def check_film(path: Path) -> None:
    """Refuse a film that is not there, and pictures that make none.

    Raises:
        AddonError: says what is wrong and what to do.
    """
    if are_pictures(path):
        pictures_of(path)
    elif not path.is_file():
        raise AddonError(f"There is no video '{path}'; pick the file again.")


def pictures_of(path: Path) -> PictureFiles:
    """The pictures of a film that is such.

    Raises:
        AddonError: they make no film: some are missing, or there are several sequences.
    """
    try:
        return find_pictures(path)
    except PictureFilesError as error:
        raise AddonError(f"{error.message} {error.hint}") from error
