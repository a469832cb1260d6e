"""The lifter's weights in PyTorch instead of ONNX Runtime: for machines on which only PyTorch has a graphics device."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import ModelError
from ..lift.device import Device
from ..lift.weights import WeightsInfo
from ..models.networks import build_network, config_from_dict
from .export import load_weights


class TorchNetwork:
    """Weights of an exported file in the PyTorch network that they were made with.

    Args:
        info: which weights; their metadata must tell the network's shape.
        device: see `inference.lift.settings.RunSettings`.
        threads: PyTorch's threads inside each operation.

    Raises:
        ModelError: the metadata does not tell the shape, or there is no such device.
    """

    def __init__(self, info: WeightsInfo, device: str = "auto", threads: int = 1) -> None:
        if info.config is None:
            raise ModelError(
                "bad-weights",
                f"{info.name}.json does not tell the network's shape, which PyTorch needs.",
                "Use the backend 'onnxruntime', or publish the weights again.",
            )
        self.device = _choose(device)
        self._place = torch.device("cpu" if self.device.on_cpu else "cuda")
        torch.set_num_threads(threads)
        network = build_network(config_from_dict({"kind": info.kind, **info.config})).eval()
        load_weights(network, info.path)
        self._network = network.to(self._place)
        self._slides = info.slides

    def run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `inference.lift.network.Network.run`."""
        with torch.inference_mode():
            tensors = torch.from_numpy(np.ascontiguousarray(inputs, np.float32)).to(self._place)
            poses = self._network.slide(tensors) if self._slides else self._network(tensors)
            result: NDArray[np.float32] = poses.float().cpu().numpy()
        return result


def _choose(device: str) -> Device:
    if device in ("auto", "cuda") and torch.cuda.is_available():
        return Device("cuda", "through PyTorch")
    if device in ("auto", "cpu"):
        return Device("cpu", "through PyTorch, which finds no graphics card" if device == "auto" else "as set")
    raise ModelError("no-device", f"PyTorch cannot use '{device}' here.", "Use the device 'auto' or 'cpu'.")
