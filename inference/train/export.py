"""Export to ONNX: averaged weights, half precision where they lie, single precision where they are used."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ..errors import InferenceError
from ..joints import REFERENCE_HEIGHT_M
from ..lift.normalise import TARGET_BONE_SUM_M
from ..lift.track import MODEL_FPS
from ..lift.weights import NORMALISATION
from ..models.config import KEYPOINT_NUMBERS
from .checkpoint import Progress

_OPSET = 18
_LICENCE = "CC0-1.0"
_SMALLEST_HALVED = 8192
_HALF = ".half"


def export_onnx(network: nn.Module, path: Path, *, half: bool = True) -> None:
    """Writes `network` with input `windows` (N, F, 34) and output `poses` (N, 17, 3), N free.

    Args:
        half: store weight matrices in half precision; a Cast, folded when the model is loaded, widens them, so the
            arithmetic stays in single precision and only the weights are rounded.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        aside = Path(folder) / path.name
        torch.onnx.export(
            network.eval(),
            (torch.zeros(2, network.config.frames, KEYPOINT_NUMBERS),),
            str(aside),
            input_names=["windows"],
            output_names=["poses"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
            optimize=False,  # keeps the names of the weights; ONNX Runtime folds the rest when it loads
        )
        model = onnx.load(str(aside))
        _strip(model)
        if half:
            _halve(model)
        onnx.checker.check_model(model)
        onnx.save(model, str(aside))
        aside.replace(path)


def write_metadata(network: nn.Module, progress: Progress, path: Path) -> None:
    """Writes the .json beside the weights, which `inference.lift.weights` reads."""
    config = network.config
    metadata = {
        "network": f"ATCN+MDC, {config.frames} frames",
        "receptive_field": config.frames,
        "causal": config.causal,
        "fps": MODEL_FPS,
        "normalisation": NORMALISATION,
        "layout": "human36m-17",
        "target": "root-relative metres in ray-camera axes",
        "target_height_m": REFERENCE_HEIGHT_M,
        "target_bone_sum_m": TARGET_BONE_SUM_M,
        "licence": _LICENCE,
        "data": "CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu), funded by NSF EIA-0196217",
        "samples_seen": progress.samples,
        "steps": progress.steps,
        "seed": progress.seed,
    }
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)


def samples_seen(path: Path) -> int:
    """Windows that exported weights (.onnx) were trained on, from the metadata beside them."""
    return int(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["samples_seen"])


def load_weights(network: nn.Module, path: Path) -> None:
    """Fills a PyTorch network with the weights of an exported file, as they are stored.

    Raises:
        InferenceError: there is no such file, or it holds a network of another shape.
    """
    if not path.is_file():
        raise InferenceError(
            "no-weights", f"There are no weights at {path}.", "Give the path of an exported .onnx file."
        )
    stored = {t.name.removesuffix(_HALF): numpy_helper.to_array(t) for t in onnx.load(str(path)).graph.initializer}
    state = network.state_dict()
    for name, value in state.items():
        if not value.is_floating_point():
            continue
        if name not in stored or stored[name].shape != value.shape:
            raise InferenceError(
                "bad-weights",
                f"{path.name} is no network of shape {network.config}.",
                "Give the preset it was made with.",
            )
        state[name] = torch.from_numpy(stored[name].astype(np.float32))
    network.load_state_dict(state)


def _strip(model: onnx.ModelProto) -> None:
    """Removes what only tells where in the source a node came from; in place."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]


def _halve(model: onnx.ModelProto) -> None:
    """Stores every large float32 initialiser as float16 with a Cast in front of its users; in place."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _SMALLEST_HALVED:
            continue
        name, stored = tensor.name, tensor.name + _HALF
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=f"{name}.widen", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
