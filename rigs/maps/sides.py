"""Left and right in bone names, in all usual spellings."""

from __future__ import annotations

import re

_SPOKEN = {
    "left": ("l", "left", "lft", "lf", "lt", "左"),
    "right": ("r", "right", "rgt", "rt", "rg", "右"),
}
_SIDE_OF = {word: side for side, spoken in _SPOKEN.items() for word in spoken}
_WORDS = re.compile(r"左|右|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\da-zA-Z_左右]+")
_WHOLE = re.compile(r"^(left|right)(?=.)|(?<=.)(left|right)$")


def split_side(bone_name: str) -> tuple[str, str]:
    """The side that a bone's name tells, and the rest of the name, as names of any spelling are compared.

    "upperarm_l", "UpperArm.L", "LeftUpperArm", "lUpperArm", "L_UpperArm" and "upper-arm-left" all give
    ("left", "upperarm").

    Returns:
        "left", "right" or "" for neither, and the other words in lower case with nothing between them.
    """
    words = [word.lower() for word in _WORDS.findall(bone_name)]
    sides = [at for at, word in enumerate(words) if word in _SIDE_OF]
    if sides:
        # a letter at the end or the beginning is likelier a side than one in the middle: "R_arm_l_01" is rare
        at = max(sides, key=lambda place: (len(words[place]) > 1, place in (0, len(words) - 1)))
        return _SIDE_OF[words[at]], "".join(words[:at] + words[at + 1 :])
    joined = "".join(words)
    whole = _WHOLE.search(joined)
    if whole:
        return whole.group(), joined[: whole.start()] + joined[whole.end() :]
    return "", joined
