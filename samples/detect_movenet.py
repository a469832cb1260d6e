"""Run MoveNet over the clips of `make_clips.py`, as an example of a detector with COCO's 17 points.

Needs an environment of its own with `ai-edge-litert`, `numpy` and `opencv-python-headless`, which the project does not
use otherwise, and the network from POSE_DATA/models. Each frame is cut around the person found in the one before, as
MoveNet's authors do it; points with a score below 0.1 count as not found.

    POSE_DATA=DATA python samples/detect_movenet.py

Writes out/samples/clips/keypoints-coco-17.npz for `inference.train.fit_noise --layout coco-17 --keypoints`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

SIDE = 192
LEAST_SCORE = 0.1
TORSO = (5, 6, 11, 12)


class MoveNet:
    """One film's detector: follows the person from frame to frame."""

    def __init__(self, model: Path) -> None:
        self._network = Interpreter(str(model), num_threads=1)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        self._output = self._network.get_output_details()[0]["index"]
        self._last: NDArray[np.float64] | None = None

    def detect(self, image: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points (17, 2) px and scores (17,) of a BGR picture."""
        centre, side = self._crop(image)
        corner = centre - side / 2
        scale = SIDE / side
        move = np.array([[scale, 0.0, -corner[0] * scale], [0.0, scale, -corner[1] * scale]])
        cut = cv2.warpAffine(image, move, (SIDE, SIDE), flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        self._network.set_tensor(self._input, cv2.cvtColor(cut, cv2.COLOR_BGR2RGB)[None].astype(np.uint8))
        self._network.invoke()
        found = np.asarray(self._network.get_tensor(self._output)[0, 0], np.float64)
        points = found[:, 1::-1] * side + corner
        self._last = points if np.all(found[TORSO, 2] > LEAST_SCORE) else None
        return points, found[:, 2]

    def _crop(self, image: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
        """Centre and side of the square to look at: the whole picture, or 1.35 times the person's last extent."""
        size = np.array(image.shape[1::-1], np.float64)
        if self._last is None:
            return size / 2, float(size.max())
        low, high = self._last.min(axis=0), self._last.max(axis=0)
        return (low + high) / 2, float(np.clip(1.35 * (high - low).max(), 40.0, 2 * size.max()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, default=Path(__file__).parents[1] / "out" / "samples" / "clips")
    args = parser.parse_args()
    model = Path(os.environ["POSE_DATA"]) / "models" / "movenet_lightning_int8.tflite"
    points, scores = [], []
    with np.load(args.clips / "clips.npz", allow_pickle=False) as film:
        lengths, names = np.diff(film["offsets"]), [str(name) for name in film["clips"]]
    for name, length in zip(names, lengths, strict=True):
        detector = MoveNet(model)
        for frame in range(int(length)):
            found, sure = detector.detect(cv2.imread(str(args.clips / name / f"{frame + 1:04d}.jpg")))
            lost = sure < LEAST_SCORE
            points.append(np.where(lost[:, None], np.nan, found))
            scores.append(np.where(lost, 0.0, sure))
    np.savez_compressed(args.clips / "keypoints-coco-17.npz", keypoints_px=points, confidence=scores, layout="coco-17")
    print(f"{len(points)} frames, mean score {np.mean(scores):.2f}")


if __name__ == "__main__":
    main()
