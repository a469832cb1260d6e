"""File names from a template. No bpy here."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..errors import AddonError

FIELDS: Final = ("clip", "character", "target")
DEFAULT: Final = "{clip}"
_UNFIT: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_LONGEST: Final = 120


def file_name(template: str, values: Mapping[str, str]) -> str:
    """A file's name without its ending; characters that a file system refuses become underscores.

    Args:
        template: text with any of `FIELDS` in braces.
        values: a text for each of them.

    Raises:
        AddonError: the template names another field, has a lone brace, or comes to nothing.
    """
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        if unknown := sorted(fields - set(FIELDS)):
            raise AddonError(
                f"The name '{template}' holds the unknown field '{{{unknown[0]}}}'; known are "
                f"{', '.join(f'{{{field}}}' for field in FIELDS)}."
            )
        name = template.format_map(values)
    except ValueError as error:
        raise AddonError(f"The name '{template}' cannot be read ({error}); put fields in braces: {{clip}}.") from None
    name = _UNFIT.sub("_", name)[:_LONGEST].strip(" .")
    if not name:
        raise AddonError(f"The name '{template}' comes to nothing; use for example {{clip}}.")
    return name


def free_path(path: Path, taken: set[Path]) -> Path:
    """The path, or one with a number, that is not among those taken; regardless of case, as some file systems are."""
    number, found = 1, path
    folded = {str(each).casefold() for each in taken}
    while str(found).casefold() in folded:
        number += 1
        found = path.with_name(f"{path.stem}_{number}{path.suffix}")
    return found
