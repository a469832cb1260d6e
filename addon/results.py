"""Which result answers which request: an index in the jobs folder, which outlives this Blender. No bpy here."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..inference.protocol import REQUEST_DEFAULTS
from .files import write_json
from .footage import are_pictures
from .runtime import ROOT

INDEX: Final = "results.json"
FILES: Final = ("video", "keypoints", "edits")
"""Keys of a request that name files: what these hold counts, not what they are called."""
ASIDE: Final = ("output", "preview")
"""Keys of a request that change nothing about the result."""
_WHOLE_BYTES: Final = 8 << 20
"""Files up to this size are read whole; of longer ones three blocks."""
_BLOCK_BYTES: Final = 1 << 16


def request_key(request: Mapping[str, Any]) -> str:
    """Digest that two requests share when one result answers both: equal choices, on files with equal content.

    Another version of the extension, or other weights, makes another key.
    """
    values = {**REQUEST_DEFAULTS, **request}
    for name in ASIDE:
        del values[name]
    contents = {name: _digest(Path(values[name])) for name in FILES if values.get(name)}
    weights = sorted((ROOT / "inference" / "weights").glob(f"{values['lifter']}.*"))
    made_by = [_digest(path) for path in (ROOT / "blender_manifest.toml", *weights)]
    text = json.dumps([{**values, **contents}, made_by], sort_keys=True, default=os.fspath)
    return hashlib.sha256(text.encode()).hexdigest()


def known_result(folder: Path, key: str) -> Path | None:
    """The result file that answers a request, None where there is none or it was removed."""
    name = _read(folder).get(key)
    path = folder / name if name else None
    return path if path is not None and path.is_file() else None


def remember_result(folder: Path, key: str, result: Path) -> None:
    """Note a result that lies in the folder; where that cannot be written, it is only not found again."""
    with contextlib.suppress(OSError, ValueError):
        name = result.relative_to(folder.absolute()).as_posix()
        # Read anew: another Blender may have written meanwhile.
        kept = {key: name for key, name in _read(folder).items() if (folder / name).is_file()}
        write_json(folder / INDEX, kept | {key: name})


def _read(folder: Path) -> dict[str, str]:
    """The index; one that cannot be read only means that films are looked at again."""
    try:
        values = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        return {str(key): str(name) for key, name in values.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _digest(path: Path) -> str:
    """Of what a file holds; of a folder and of pictures, names, sizes and times; of what is not there, its path."""
    digest = hashlib.sha256()
    if are_pictures(path) and path.exists():
        # the first picture stands for those behind it
        for each in sorted((path if path.is_dir() else path.parent).iterdir()):
            status = each.stat()
            digest.update(f"{each.name},{status.st_size},{status.st_mtime_ns};".encode())
    elif path.is_file():
        size = path.stat().st_size
        digest.update(f"{size};".encode())
        with path.open("rb") as stream:
            if size <= _WHOLE_BYTES:
                digest.update(stream.read())
            else:
                for start in (0, (size - _BLOCK_BYTES) // 2, size - _BLOCK_BYTES):
                    stream.seek(start)
                    digest.update(stream.read(_BLOCK_BYTES))
    else:
        digest.update(str(path).encode())
    return digest.hexdigest()
