"""Small networks with the signatures of YOLOX and RTMPose that really find something: colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

COAT_BGR = (40, 200, 40)
"""Whoever wears it is a person."""
_MEAN = np.array([123.675, 116.28, 103.53])
_SPREAD = np.array([58.395, 57.12, 57.375])
SIZE_PX = (192, 256)
BOXES_PX = 320


def point_colours(count: int) -> NDArray[np.uint8]:
    """(K, 3) BGR, well apart from each other, from the coat and from black."""
    levels = np.linspace(45, 255, 6)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    far = np.linalg.norm(grid - np.array(COAT_BGR), axis=1) > 60
    return np.random.default_rng(0).permutation(grid[far])[:count].astype(np.uint8)


def write_pose(path: Path, count: int = 17, *, batches: bool = True) -> None:
    """simcc_x (N, K, 384), simcc_y (N, K, 512): each point is where its colour is."""
    width, height = SIZE_PX
    colours = (point_colours(count)[:, ::-1].astype(np.float64) - _MEAN) / _SPREAD
    sharp = 12.0
    weight = (2.0 * sharp * colours).reshape(count, 3, 1, 1)
    bias = -sharp * (colours**2).sum(axis=1)
    nodes = [
        helper.make_node("Conv", ["input", "weight", "bias"], ["toward"]),
        helper.make_node("ReduceSumSquare", ["input", "channel"], ["length"], keepdims=1),
        helper.make_node("Mul", ["length", "sharp"], ["far"]),
        helper.make_node("Sub", ["toward", "far"], ["closeness"]),
        helper.make_node("Exp", ["closeness"], ["heat"]),
        helper.make_node("ReduceMax", ["heat", "down"], ["across"], keepdims=0),
        helper.make_node("ReduceMax", ["heat", "right"], ["along"], keepdims=0),
        helper.make_node("Resize", ["across", "", "twice"], ["simcc_x"], mode="nearest"),
        helper.make_node("Resize", ["along", "", "twice"], ["simcc_y"], mode="nearest"),
    ]
    constants = {
        "weight": weight.astype(np.float32),
        "bias": bias.astype(np.float32),
        "sharp": np.array(sharp, np.float32),
        "channel": np.array([1], np.int64),
        "down": np.array([2], np.int64),
        "right": np.array([3], np.int64),
        "twice": np.array([1.0, 1.0, 2.0], np.float32),
    }
    people = "batch" if batches else 1
    outputs = {"simcc_x": [people, count, 2 * width], "simcc_y": [people, count, 2 * height]}
    _save(path, nodes, constants, [people, 3, height, width], outputs)


def write_boxes(path: Path) -> None:
    """dets (1, 1, 5) and labels (1, 1): the box around everything that has the coat's colour."""
    coat = np.array(COAT_BGR, np.float32).reshape(1, 3, 1, 1)
    nodes = [
        helper.make_node("Sub", ["input", "coat"], ["off"]),
        helper.make_node("ReduceL2", ["off", "channel"], ["distance"], keepdims=0),
        helper.make_node("Less", ["distance", "near"], ["worn"]),
        helper.make_node("Cast", ["worn"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["mask", "down"], ["columns"], keepdims=0),
        helper.make_node("ReduceMax", ["mask", "right"], ["rows"], keepdims=0),
        *(
            helper.make_node("ArgMax", [source], [name], axis=1, keepdims=1, select_last_index=last)
            for source, name, last in (("columns", "x0", 0), ("rows", "y0", 0), ("columns", "x1", 1), ("rows", "y1", 1))
        ),
        helper.make_node("Concat", ["x0", "y0", "x1", "y1"], ["corners"], axis=1),
        helper.make_node("Cast", ["corners"], ["box"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["columns", "last"], ["score"], keepdims=1),
        helper.make_node("Concat", ["box", "score"], ["found"], axis=1),
        helper.make_node("Unsqueeze", ["found", "last"], ["dets"]),
        helper.make_node("Identity", ["person"], ["labels"]),
    ]
    constants = {
        "coat": coat,
        "near": np.array(60.0, np.float32),
        "channel": np.array([1], np.int64),
        "down": np.array([1], np.int64),
        "right": np.array([2], np.int64),
        "last": np.array([1], np.int64),
        "person": np.zeros((1, 1), np.int64),
    }
    _save(path, nodes, constants, [1, 3, BOXES_PX, BOXES_PX], {"dets": [1, 1, 5], "labels": [1, 1]})


def write_raw_boxes(path: Path, boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> None:
    """(1, cells, 85), not yet decoded: always the given boxes (N, 4), x0, y0, x1, y1 in the network's picture."""
    rows = []
    for stride in (8, 16, 32):
        side = BOXES_PX // stride
        grid = np.zeros((side, side, 85), np.float32)
        if stride == 16:
            for (x0, y0, x1, y1), score in zip(boxes, scores, strict=True):
                column, row = int((x0 + x1) / 2 // stride), int((y0 + y1) / 2 // stride)
                grid[row, column, :2] = (x0 + x1) / 2 / stride - column, (y0 + y1) / 2 / stride - row
                grid[row, column, 2:6] = np.log((x1 - x0) / stride), np.log((y1 - y0) / stride), score, 1.0
        rows.append(grid.reshape(-1, 85))
    nodes = [
        helper.make_node("ReduceMax", ["input"], ["brightest"], keepdims=0),
        helper.make_node("Mul", ["brightest", "none"], ["nothing"]),
        helper.make_node("Add", ["cells", "nothing"], ["output"]),
    ]
    constants = {"cells": np.concatenate(rows)[None], "none": np.array(0.0, np.float32)}
    _save(path, nodes, constants, [1, 3, BOXES_PX, BOXES_PX], {"output": [1, len(np.concatenate(rows)), 85]})


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: dict[str, NDArray[np.generic]],
    given: list[int | str],
    outputs: dict[str, list[int | str]],
) -> None:
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, given)],
        [
            helper.make_tensor_value_info(name, TensorProto.INT64 if name == "labels" else TensorProto.FLOAT, shape)
            for name, shape in outputs.items()
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
