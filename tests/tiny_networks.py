"""Small random networks as files, of every kind that the run time knows, for tests that need no training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.lift.weights import NORMALISATION, SEQUENCE_NORMALISATION


def write_network(folder: Path, name: str, frames: int, *, causal: bool = False, slides: bool = False) -> None:
    """One random layer over all `frames`, with a tanh: poses of decimetres that depend on every input number."""
    weight = np.random.default_rng(frames + 2 * causal).normal(size=(51, 34, frames)).astype(np.float32) / frames
    model = _sliding(weight) if slides else _windowed(weight)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / f"{name}.onnx"))
    metadata = {
        "receptive_field": frames,
        "causal": causal,
        "slides": slides,
        "normalisation": SEQUENCE_NORMALISATION if slides else NORMALISATION,
    }
    (folder / f"{name}.json").write_text(json.dumps(metadata))


def _windowed(weight: NDArray[np.float32]) -> onnx.ModelProto:
    frames = weight.shape[2]
    matrix = weight.transpose(2, 1, 0).reshape(frames * 34, 51)
    nodes = [
        helper.make_node("Flatten", ["windows"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["raw"]),
        helper.make_node("Tanh", ["raw"], ["bent"]),
        helper.make_node("Reshape", ["bent", "shape"], ["poses"]),
    ]
    constants = [numpy_helper.from_array(matrix, "weight"), _shape([-1, 17, 3])]
    return _model(nodes, constants, "windows", ["N", frames, 34], ["N", 17, 3])


def _sliding(weight: NDArray[np.float32]) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Transpose", ["frames"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["turned", "weight"], ["raw"]),
        helper.make_node("Tanh", ["raw"], ["bent"]),
        helper.make_node("Transpose", ["bent"], ["rows"], perm=[0, 2, 1]),
        helper.make_node("Reshape", ["rows", "shape"], ["poses"]),
    ]
    constants = [numpy_helper.from_array(weight, "weight"), _shape([0, -1, 17, 3])]
    return _model(nodes, constants, "frames", ["N", "T", 34], ["N", "S", 17, 3])


def _shape(values: list[int]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), "shape")


def _model(
    nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], name: str, takes: list[str | int], gives: list
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, takes)],
        [helper.make_tensor_value_info("poses", TensorProto.FLOAT, gives)],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
