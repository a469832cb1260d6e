"""Kinds of action of a pack's clips, from what its texts say is done in them and the words of `actions.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_TABLE = Path(__file__).with_name("actions.json")


def pack_actions(pack: Path) -> list[str]:
    """Kind of action of every clip of a pack on disk; packs that name `actions` themselves keep their names."""
    with np.load(pack, allow_pickle=False) as stored:
        if "actions" in stored.files:
            return [str(name) for name in stored["actions"]]
        texts = stored["texts"] if "texts" in stored.files else np.full(len(stored["names"]), "")
    return kinds_of([str(text) for text in texts])


def kinds_of(texts: Sequence[str]) -> list[str]:
    """The first kind of the table that each text has a word of."""
    table = json.loads(_TABLE.read_text(encoding="utf-8"))
    patterns = [(kind["name"], _pattern(kind["words"])) for kind in table["kinds"]]
    return [
        next((name for name, pattern in patterns if pattern.search(text.lower())), str(table["otherwise"]))
        for text in texts
    ]


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    parts = (re.escape(word.rstrip("*")) + ("" if word.endswith("*") else r"\b") for word in words)
    return re.compile(r"\b(?:" + "|".join(parts) + ")")
