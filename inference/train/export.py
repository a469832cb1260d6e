"""Export to ONNX: averaged weights, half precision where they lie, single precision where they are used."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ..errors import InferenceError
from ..files import write_text
from ..joints import REFERENCE_HEIGHT_M
from ..lift.normalise import TARGET_BONE_SUM_M
from ..lift.track import MODEL_FPS
from ..lift.weights import LIFTING, NORMALISATION, SEQUENCE_NORMALISATION
from ..models.config import KEYPOINT_NUMBERS
from ..models.networks import config_to_dict
from .checkpoint import Progress
from .fold import folded, original_names
from .tasks import TASKS

_OPSET = 18
_LICENCE = "CC0-1.0"
_SMALLEST_HALVED = 8192
_HALF = ".half"


def export_onnx(network: nn.Module, path: Path, *, half: bool = True, task: str = LIFTING) -> None:
    """Writes `network` for use.

    Windows: input `windows` (N, F, 34), output the task's, such as `poses` (N, 17, 3); N free. A network that slides:
    input `frames` (N, T, 34), output for the T - F + 1 frames that have a whole receptive field; N and T free.

    Args:
        half: store weight matrices in half precision; a Cast, folded when the model is loaded, widens them, so the
            arithmetic stays in single precision and only the weights are rounded.
        task: a name in `tasks.TASKS`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    slides, frames = network.config.slides, network.config.frames
    network = network.eval()
    fast = folded(network)
    exported = ExportedNetwork(fast, task).eval()
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", min=frames + 1)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        aside = Path(folder) / path.name
        torch.onnx.export(
            exported,
            (torch.zeros(2, frames + 2 * frames * slides, KEYPOINT_NUMBERS),),
            str(aside),
            input_names=["frames" if slides else "windows"],
            output_names=[TASKS[task].output],
            dynamic_shapes=({0: batch, 1: length} if slides else {0: batch},),
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
            optimize=False,  # keeps the names of the weights; ONNX Runtime folds the rest when it loads
        )
        model = onnx.load(str(aside))
        strip_origins(model)
        _rename(model, {f"network.{name}": own for name, own in original_names(fast, network).items()})
        if half:
            _halve(model)
        onnx.checker.check_model(model)
        onnx.save(model, str(aside))
        aside.replace(path)


def export_rows(network: nn.Module, path: Path, rows: Tensor, answer: str) -> None:
    """Writes a small network of the refinement: `rows` (N, T, C) to an answer for each frame, N and T free.

    Args:
        network: in evaluation mode.
        path: of the weights, .onnx.
        rows: (N, T, C) of the kind that it takes.
        answer: name of the output.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        aside = Path(folder) / path.name
        torch.onnx.export(
            network,
            (rows,),
            str(aside),
            input_names=["rows"],
            output_names=[answer],
            dynamic_shapes=({0: torch.export.Dim("batch"), 1: torch.export.Dim("length")},),
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        model = onnx.load(str(aside))
        strip_origins(model)
        onnx.save(model, str(aside))
        aside.replace(path)


class ExportedNetwork(nn.Module):  # type: ignore[misc]
    """A network as it is exported: with its task's answer as output, sliding if it can."""

    def __init__(self, network: nn.Module, task: str) -> None:
        super().__init__()
        self.network, self.task = network, TASKS[task]

    def forward(self, inputs: Tensor) -> Tensor:
        """Windows (N, F, 34), or frames (N, T, 34) for a network that slides, to the answers."""
        config = self.network.config
        if config.slides:
            count = inputs.shape[1] - config.frames + 1
            return self.task.answer(self.network.slide(inputs), inputs[:, config.target : config.target + count])
        return self.task.answer(self.network(inputs), inputs[:, config.target])


def write_metadata(network: nn.Module, progress: Progress, path: Path) -> None:
    """Writes the .json beside the weights, which `inference.lift.weights` reads."""
    config = network.config
    fields = config_to_dict(config)
    kind = fields.pop("kind")
    metadata = {
        "task": progress.task,
        "kind": kind,
        "config": fields,
        "receptive_field": config.frames,
        "target_index": config.target,
        "causal": config.causal,
        "slides": config.slides,
        "fps": MODEL_FPS,
        "normalisation": SEQUENCE_NORMALISATION if config.slides else NORMALISATION,
        "layout": "human36m-17",
        "target": TASKS[progress.task].says,
        "target_height_m": REFERENCE_HEIGHT_M,
        "target_bone_sum_m": TARGET_BONE_SUM_M,
        "licence": _LICENCE,
        "data": "CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu), funded by NSF EIA-0196217",
        "samples_seen": progress.samples,
        "steps": progress.steps,
        "seed": progress.seed,
    }
    write_text(path, json.dumps(metadata, indent=2) + "\n")


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


def strip_origins(model: onnx.ModelProto) -> None:
    """Removes what only tells where in the source a node came from; in place."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]


def _rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    """Gives the weights other names, wherever they stand; in place."""
    for tensor in model.graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = names.get(name, name)


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
