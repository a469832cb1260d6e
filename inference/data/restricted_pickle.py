"""Loads the pickles in which datasets are published, but only plain data: numpy arrays, dicts, lists, strings, numbers.

A pickle is a program that can do anything. This reader knows by name the few functions that rebuild arrays and refuses
all others, so that a file can hold wrong data, but not act. It is used by explicit convert commands alone, which ask
for `--trust`; the product itself never loads a pickle.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from ..errors import InferenceError

_ALLOWED: Final = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    ("builtins", "complex"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
}
_HINT: Final = "Take the file as its authors published it."


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no plain data needs")
        return super().find_class(module, name)


def load_pickle(path: Path) -> Any:
    """The plain data of a pickle, as Python 2 or 3 wrote it.

    Raises:
        InferenceError: it cannot be read, or holds more than plain data.
    """
    try:
        with path.open("rb") as stream:
            return _load(stream)
    except (OSError, pickle.UnpicklingError, ValueError, EOFError, AttributeError, TypeError, IndexError) as error:
        raise InferenceError("bad-pickle", f"{path.name} cannot be read: {error}.", _HINT) from error


def load_npz(path: Path) -> dict[str, Any]:
    """The members of an .npz, object arrays too; one that holds a single object gives that object.

    Raises:
        InferenceError: as `load_pickle`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                Path(name).stem: _load_npy(io.BytesIO(archive.read(name)))
                for name in archive.namelist()
                if name.endswith(".npy")
            }
    except (OSError, zipfile.BadZipFile, pickle.UnpicklingError, ValueError, EOFError, TypeError) as error:
        raise InferenceError("bad-npz", f"{path.name} cannot be read: {error}.", _HINT) from error


def _load(stream: IO[bytes]) -> Any:
    return _Unpickler(stream, encoding="latin1").load()


def _load_npy(stream: io.BytesIO) -> Any:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    _, _, dtype = read(stream)
    if not dtype.hasobject:
        stream.seek(0)
        return np.load(stream, allow_pickle=False)
    values = _load(stream)
    return values.item() if isinstance(values, np.ndarray) and values.shape == () else values
