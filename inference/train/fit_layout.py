"""Fit a layout's recipes: where the 17 joints lie, seen from where a detector puts its points.

Detectors mark what annotators clicked on: a shoulder point sits over the joint, a hip point beside it. Each joint
becomes a weighted sum of a few points near it, fitted on pictures with known joints (`samples/make_views.py`), by ridge
regression towards the recipe there was, the same for left and right. Each body is judged by a fit without it.

    python -m inference.train.fit_layout out/samples/views            prints what would change
    python -m inference.train.fit_layout out/samples/views --write    writes the layout's file
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import joints
from ..detect.blazepose import BlazePose
from ..files import write_text
from ..layouts import load_layout
from ..layouts.layouts import Layout

FloatArray = NDArray[np.float64]

LAYOUT: Final = "blazepose-33"
NEAR: Final[dict[str, tuple[str, ...]]] = {  # right side; the left follows by mirroring
    "right_hip": ("right_hip", "left_hip", "right_knee", "right_shoulder"),
    "right_knee": ("right_knee", "right_hip", "right_ankle"),
    "right_ankle": ("right_ankle", "right_heel", "right_foot_index", "right_knee"),
    "right_shoulder": ("right_shoulder", "left_shoulder", "right_elbow", "right_hip"),
    "right_elbow": ("right_elbow", "right_shoulder", "right_wrist"),
    "right_wrist": ("right_wrist", "right_elbow", "right_index", "right_pinky"),
}
"""Points that may have a share in a joint."""
RIDGE: Final = 0.02
"""Pull towards the recipe there was, against squared point distances in torso lengths."""
OUTLIER: Final = 0.35
"""Torso lengths from its joint at which a point is a slip of the detector and teaches nothing."""
LEAST_GAIN: Final = 0.97
"""Share of its error that a joint must fall to, on unseen bodies, for its recipe to change."""
_LOOKS: Final = 3
"""The tracker crops by what it saw before: the last of a few looks at a picture is what it gives in a film."""


@dataclass(frozen=True, slots=True)
class Views:
    """Detected points and true joints, N pictures, in torso lengths around the pelvis.

    Attributes:
        points: (N, K, 2).
        joints: (N, 17, 2).
        body: (N,) whose picture it is.
    """

    points: FloatArray
    joints: FloatArray
    body: NDArray[np.str_]


def read_views(folder: Path) -> Views:
    """Run the detector on every picture of `samples/make_views.py`; pictures without a find are left out."""
    with np.load(folder / "views.npz", allow_pickle=False) as stored:
        truth, bodies, pictures = stored["joints_px"].astype(np.float64), stored["body"], stored["picture"]
    points, kept = [], []
    for number, name in enumerate(pictures):
        image = cv2.imread(str(folder / str(name)))
        if image is None:
            raise SystemExit(f"{folder / str(name)} cannot be read; make the views again.")
        detector, found = BlazePose(), None
        for look in range(_LOOKS):
            found = detector.detect(np.asarray(image, dtype=np.uint8), look / 30.0)
        detector.close()
        if found is not None:
            points.append(found.px.astype(np.float64))
            kept.append(number)
    truth = truth[kept]
    origin = truth[:, joints.INDEX["pelvis"]][:, None]
    torso = np.linalg.norm(truth[:, joints.INDEX["thorax"]] - origin[:, 0], axis=-1)
    size = np.maximum(torso, 0.5 * np.median(torso))[:, None, None]
    return Views((np.array(points) - origin) / size, (truth - origin) / size, bodies[kept])


def fit_recipe(layout: Layout, views: Views, joint: str, chosen: NDArray[np.bool_]) -> dict[str, float]:
    """Shares of the near points that place a joint best in the chosen pictures, left and right taken together.

    Args:
        layout: says the shares there were.
        views: of all bodies.
        joint: a right-hand joint of `NEAR`.
        chosen: (N,) pictures to fit on.

    Returns:
        point name -> share; the shares sum to 1.
    """
    near = [layout.points.index(name) for name in NEAR[joint]]
    twin = joints.INDEX[joint.replace("right", "left")]
    points = np.concatenate([views.points[chosen][:, near], views.points[chosen][:, layout.mirrored[near]]])
    target = np.concatenate([views.joints[chosen][:, joints.INDEX[joint]], views.joints[chosen][:, twin]])
    before = layout.weights[joints.INDEX[joint], near]
    rest = target - np.einsum("k,nkc->nc", before, points)
    clean = np.linalg.norm(rest, axis=-1) < OUTLIER
    # Shares that sum to 1: the change lies in the differences to the first point.
    lever = (points[clean, 1:] - points[clean, :1]).transpose(0, 2, 1).reshape(-1, len(near) - 1)
    normal = lever.T @ lever / len(lever) + RIDGE * np.eye(len(near) - 1)
    change = np.linalg.solve(normal, lever.T @ rest[clean].reshape(-1) / len(lever))
    shares = before + np.concatenate([[-change.sum()], change])
    small = shares[1:].round(3)
    return dict(zip(NEAR[joint], [round(1.0 - small.sum(), 3), *small.tolist()], strict=True))


def error(layout: Layout, views: Views, joint: str, recipe: dict[str, float], chosen: NDArray[np.bool_]) -> float:
    """Median distance, in torso lengths, between a recipe's joint and the true one, both sides."""
    near = [layout.points.index(name) for name in recipe]
    shares = np.array(list(recipe.values()))
    twin = joints.INDEX[joint.replace("right", "left")]
    right = np.einsum("k,nkc->nc", shares, views.points[chosen][:, near]) - views.joints[chosen, joints.INDEX[joint]]
    left = np.einsum("k,nkc->nc", shares, views.points[chosen][:, layout.mirrored[near]]) - views.joints[chosen, twin]
    return float(np.median(np.linalg.norm(np.concatenate([right, left]), axis=-1)))


def fit_all(layout: Layout, views: Views) -> dict[str, dict[str, float]]:
    """Fit the joints of `NEAR` and print what each gains on bodies that its fit has not seen; those that gain nothing
    there are left as they are.

    Returns:
        joint -> recipe, of the joints that gain.
    """
    recipes: dict[str, dict[str, float]] = {}
    print(f"{len(views.body)} pictures, {len(set(views.body))} bodies; median error in % of the torso")
    for joint in NEAR:
        near = [layout.points.index(name) for name in NEAR[joint]]
        before = dict(zip(NEAR[joint], layout.weights[joints.INDEX[joint], near].tolist(), strict=True))
        was, becomes = [], []
        for body in sorted(set(views.body)):
            own = views.body == body
            was.append(error(layout, views, joint, before, own))
            becomes.append(error(layout, views, joint, fit_recipe(layout, views, joint, ~own), own))
        recipe = fit_recipe(layout, views, joint, np.ones(len(views.body), dtype=bool))
        gains = bool(np.mean(becomes) < LEAST_GAIN * np.mean(was))
        if gains:
            recipes[joint] = recipe
        verdict = recipe if gains else "stays as it is"
        print(f"{joint:16} {100 * np.mean(was):5.1f} -> {100 * np.mean(becomes):5.1f}   {verdict}")
    return recipes


def write_recipes(path: Path, recipes: dict[str, dict[str, float]]) -> None:
    """Put fitted recipes, both sides and the middles of hips and shoulders, into a layout's file."""
    values = json.loads(path.read_text(encoding="utf-8"))
    mirror = {a: b for pair in values["pairs"] for a, b in (pair, reversed(pair))}
    for joint, recipe in recipes.items():
        values["joints"][joint] = recipe
        values["joints"][joint.replace("right", "left")] = {mirror[name]: share for name, share in recipe.items()}
    for middle, pair in {"pelvis": "hip", "thorax": "shoulder"}.items():
        total: dict[str, float] = {}
        for side in ("left", "right"):
            for name, share in values["joints"][f"{side}_{pair}"].items():
                total[name] = total.get(name, 0.0) + share / 2
        values["joints"][middle] = {name: round(share, 4) for name, share in total.items()}
    text = re.sub(r"[{\[][^{}\[\]]*[}\]]", _on_one_line, json.dumps(values, indent=2))
    write_text(path, text + "\n")


def _on_one_line(innermost: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", innermost[0]).replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("views", type=Path, help="folder that samples/make_views.py wrote")
    parser.add_argument("--write", action="store_true", help=f"change inference/layouts/{LAYOUT}.json")
    args = parser.parse_args()
    recipes = fit_all(load_layout(LAYOUT), read_views(args.views))
    if args.write:
        write_recipes(Path(__file__).parents[1] / "layouts" / f"{LAYOUT}.json", recipes)


if __name__ == "__main__":
    main()
