"""A loaded network: arrays in, arrays out, whatever runs it."""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .device import Device, open_session
from .settings import RunSettings
from .weights import WeightsInfo


class Network(Protocol):
    """What runs a network. It may be called from several threads at once."""

    device: Device

    def run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, F, 34) to (N, 17, 3), or of a network that slides (N, T, 34) to (N, T - F + 1, 17, 3)."""


class OnnxNetwork:
    """Weights in ONNX Runtime.

    Args:
        info: which weights.
        device: see `RunSettings`.
        threads: threads inside each operation. One is best where several batches run side by side: operations that
            ONNX Runtime does not split, and those too small to split, then use every core too.

    Raises:
        ModelError: the weights or the device cannot be used.
    """

    def __init__(self, info: WeightsInfo, device: str = "auto", threads: int = 1) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin between operations take the cores from whatever else runs, the detector above all.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any
        self._session, self.device = open_session(str(info.path), device, options)
        _give_back_memory()
        self._input = str(self._session.get_inputs()[0].name)
        shape = self._session.get_inputs()[0].shape
        if isinstance(shape[1], int) and shape[1] != info.receptive_field:
            raise ModelError(
                "bad-weights",
                f"{info.path.name} takes {shape[1]} frames, but {info.name}.json says {info.receptive_field}.",
                "Install weights and program of the same version.",
            )

    def run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Network.run`."""
        output: Any = self._session.run(None, {self._input: np.ascontiguousarray(inputs, np.float32)})[0]
        return np.asarray(output, np.float32)


def _give_back_memory() -> None:
    """Returns what loading needed for a moment, several times the weights, to the system, where glibc would keep it."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def load_network(info: WeightsInfo, settings: RunSettings, threads: int = 1) -> Network:
    """The network of some weights, on the device and the backend of `settings`.

    Raises:
        ModelError: weights, device or backend cannot be used.
    """
    if settings.backend == "onnxruntime":
        return OnnxNetwork(info, settings.device, threads)
    try:
        from ..train.torch_network import TorchNetwork
    except ImportError as error:
        raise ModelError(
            "no-torch",
            f"The backend 'torch' needs the package {error.name}, which is not in this environment.",
            "Use the backend 'onnxruntime', or the training environment.",
        ) from error
    network: Network = TorchNetwork(info, settings.device, threads)
    return network
