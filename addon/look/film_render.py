"""What the child Blender does: render the film beside the character, and say how far it is."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import TextIO

from ..errors import AddonError
from ..headless.preview import render_preview
from ..headless.progress import Progress
from ..headless.scene import quiet


class _Lines(Progress):
    """One line a picture for the Blender that waits."""

    def __init__(self, said: TextIO) -> None:
        super().__init__()
        self._said = said

    def update(self, _stage: str, current: int = 0, total: int = 0, _rate: float = 0.0) -> None:
        """Say how many pictures are done."""
        print(f"{current}/{total}", file=self._said, flush=True)


def render(words: Path) -> int:
    """Make the film of a request file; returns the exit status."""
    request = json.loads(words.read_text(encoding="utf-8"))
    try:
        with os.fdopen(os.dup(1), "w", encoding="utf-8") as said, quiet():
            render_preview(
                [(label, Path(path)) for label, path in request["characters"]],
                Path(request["result"]),
                Path(request["video"]) if request["video"] else None,
                Path(request["output"]),
                Path(request["runtime"]),
                _Lines(said),
                fps=request["fps"],
                size_px=tuple(request["size_px"]),
                first_frame=request["first_frame"],
            )
    except AddonError as error:
        print(error, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
