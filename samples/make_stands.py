"""Let many bodies walk, run and dance as captured, and note when heels and toes stand.

Each is one of the bodies of extra_bodies.json, led through a captured motion with its feet held where they stand; what
the soles of its shoes do then is known, which 17 joints do not show. `inference.train.fit_contacts` learns from it.

    .venv/train/bin/python samples/make_bodies.py --specs samples/extra_bodies.json --out out/samples/extras
    POSE_DATA=DATA .venv/runtime/bin/python samples/make_stands.py

Writes out/samples/extras/stands.npz: `joints` (S, 17, 3) metres, Z up, all clips one behind the other, and `offsets`,
`names`, `fps` as the captured motions have them; `contact` (S, 2, 2) whether heel and toe of left and right foot stand.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Final

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from extra_people import load_extra  # noqa: E402
from world_motion import contacts  # noqa: E402

from inference.evaluate.world_clips import LONGEST  # noqa: E402
from inference.files import write_whole  # noqa: E402
from inference.train.pack import read_pack  # noqa: E402

SEED: Final = 31
SLOW_M_S, LOW_M = 0.4, 0.04
"""What stands; as wide as `inference/train/contact_truth.py` is for ankles."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path, default=HERE.parent / "out" / "samples" / "extras")
    parser.add_argument("--every", type=int, default=2, help="take every so many motions only")
    args = parser.parse_args()
    if "POSE_DATA" not in os.environ:
        raise SystemExit("Set POSE_DATA to the folder that holds cmu17_train.npz.")
    pack = read_pack(Path(os.environ["POSE_DATA"]) / "cmu17_train.npz")
    specs = json.loads((HERE / "extra_bodies.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(SEED)
    extras = [load_extra(args.bodies / f"{name}.npz", spec, rng) for name, spec in specs.items()]
    numbers = range(0, len(pack), args.every)
    joints, stands = [], []
    for number in numbers:
        motion = pack.clip(number).astype(np.float64)
        first = max(0, (len(motion) - LONGEST) // 2)
        extra = extras[int(rng.integers(len(extras)))]
        moved = extra.pose(motion[first : first + LONGEST], pack.fps)
        joints.append(extra.joints(moved).astype(np.float32))
        stands.append(contacts(extra.soles(moved), pack.fps, LOW_M, SLOW_M_S))
    arrays = {
        "joints": np.concatenate(joints), "contact": np.concatenate(stands), "names": pack.names[list(numbers)],
        "offsets": np.cumsum([0, *map(len, joints)]), "fps": np.float64(pack.fps),
    }  # fmt: skip
    path = args.bodies / "stands.npz"
    write_whole(path, lambda stream: np.savez_compressed(stream, **arrays))
    heels, toes = 100 * arrays["contact"].mean(axis=(0, 1))
    print(f"{path.name}: {len(joints)} motions, heels stand in {heels:.0f} %, toes in {toes:.0f} % of the frames")


if __name__ == "__main__":
    main()
