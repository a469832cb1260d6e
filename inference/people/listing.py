"""Lists the people of one frame: a JSON file with their boxes, and a small picture of each beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ..cancel import Cancellation
from ..channel import Channel, Heartbeat
from ..errors import InferenceError
from ..files import write_whole
from ..video import Frame, Image, VideoInfo
from .find import PeopleFinder, Person
from .frames import read_frame
from .told_apart import everybody
from .view import clipped, square

SCHEMA: Final = 1
_THUMBNAIL_PX: Final = 160
_AROUND: Final = 0.6
"""Half the side of what a thumbnail shows, in longer sides of the person's box."""


def list_people(info: VideoInfo, frame: int, output: Path, channel: Channel, cancellation: Cancellation) -> int:
    """Finds everybody in a frame of a film and writes who is there.

    Args:
        info: the film.
        frame: its number in the film, from 0.
        output: JSON file to write; `<stem>-1.jpg` and so on come beside it.
        channel: told how far it is.
        cancellation: looked at between frames and people.

    Returns:
        How many there are.

    Raises:
        RequestError: the film has no such frame.
        InferenceError: nobody is there (`no-person`), or the files cannot be written (`cannot-write`).
    """
    shown = read_frame(info, frame, cancellation, lambda done: channel.progress("decode", done, frame, 0.0))
    with Heartbeat(channel, "Looking for people"):
        finder = PeopleFinder(cancellation)
        try:
            people = everybody(finder, shown.image)
        finally:
            finder.close()
    cancellation.check()
    if not people:
        raise InferenceError(
            "no-person", f"Nobody was found in frame {frame} of {info.path.name}.", "Choose another frame, or a region."
        )
    # From left to right, as one reads the picture.
    people.sort(key=lambda person: float(person.middle_px[0]))
    try:
        entries = [_write_person(output, n + 1, person, shown) for n, person in enumerate(people)]
        content = {"schema": SCHEMA, "frame": frame, "image_size_px": list(info.size_px), "people": entries}
        write_whole(output, lambda file: file.write(json.dumps(content, indent=1).encode()))
    except OSError as error:
        raise InferenceError(
            "cannot-write",
            f"The list of people {output} cannot be written: {error.strerror or error}.",
            "Choose a folder that you may write to, with room on the disk.",
        ) from error
    return len(people)


def _write_person(output: Path, number: int, person: Person, shown: Frame) -> dict[str, object]:
    picture = output.with_name(f"{output.stem}-{number}.jpg")
    ok, data = cv2.imencode(".jpg", _thumbnail(shown.image, person))
    assert ok  # a picture of eight bits and three channels always encodes
    write_whole(picture, lambda file: file.write(data.tobytes()))
    return {
        "box_px": [round(float(edge) / shown.scale, 1) for edge in person.box_px],
        "place_px": [round(float(at) / shown.scale, 1) for at in person.middle_px],
        "sureness": round(person.sureness, 3),
        "thumbnail": picture.name,
    }


def _thumbnail(image: Image, person: Person) -> Image:
    """A square picture of the person, its edges repeated where it reaches over the frame's."""
    reach = _AROUND * max(person.box_px[2:] - person.box_px[:2])
    x0, y0, x1, y1 = clipped(square(person.middle_px, reach), image.shape[1], image.shape[0])
    cut = image[y0:y1, x0:x1]
    side = max(cut.shape[:2])
    above, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    padded = cv2.copyMakeBorder(
        cut, above, side - cut.shape[0] - above, left, side - cut.shape[1] - left, cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(padded, (_THUMBNAIL_PX, _THUMBNAIL_PX), interpolation=cv2.INTER_AREA), np.uint8)
