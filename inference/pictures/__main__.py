"""`python -m inference.pictures contact-sheet|film-strip`: run by the headless add-on, one sentence on failure."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import InferenceError
from .contact_sheet import contact_sheet
from .film_strip import compose_frames


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and make the picture; 0 when it is there, 1 with a sentence on stderr otherwise."""
    options = _parser().parse_args(arguments)
    images = sorted(options.images.glob("*.png")) if options.images else []
    try:
        if options.command == "contact-sheet":
            contact_sheet(
                options.result, options.video, images, options.frames, options.out, first_frame=options.first_frame
            )
        else:
            compose_frames(
                options.result, options.video, images, options.frames, options.out, options.label, options.first_frame
            )
    except InferenceError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.pictures", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (("contact-sheet", "one picture"), ("film-strip", "numbered frames for an encoder")):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--result", type=Path, required=True, help="result .npz")
        command.add_argument("--video", type=Path, help="the film")
        command.add_argument("--images", type=Path, help="folder of rendered .png, one a moment, in order")
        command.add_argument("--frames", type=_frames, required=True, help="frame numbers of the result: 0,15,30")
        command.add_argument("--first-frame", type=int, default=0, help="video frame of the result's frame 0")
        command.add_argument("--label", type=_label, action="append", default=[], help="X,Y,TEXT in rendered frames")
        command.add_argument("--out", type=Path, required=True, help="picture, or folder for film-strip")
    return parser


def _frames(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _label(text: str) -> tuple[str, int, int]:
    x, y, words = text.split(",", 2)
    return words, int(x), int(y)


if __name__ == "__main__":
    sys.exit(main())
