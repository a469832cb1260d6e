"""The blend as it is trained is the one that the program runs, and it learns whom to believe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training environment")

from test_refine_blend import FRAMES, POSES, PX, SIGHTS, SURE, TIMES  # noqa: E402

from inference.errors import InferenceError  # noqa: E402
from inference.keypoint_track import KeypointTrack  # noqa: E402
from inference.layouts import load_layout  # noqa: E402
from inference.models.blend import Blend  # noqa: E402
from inference.refine.blend_inputs import FEATURES  # noqa: E402
from inference.refine.blend_network import load_blend  # noqa: E402
from inference.train.fit_blend import LAYOUT, Sighting, errors_mm, read_sightings, train, write_blend  # noqa: E402

pytestmark = pytest.mark.torch
torch.set_num_threads(1)
BLAZEPOSE = load_layout(LAYOUT)
TO_POINTS = np.linalg.pinv(BLAZEPOSE.weights)


def sightings(count: int) -> list[Sighting]:
    """People whose lifted depth is off by much and whose detector's 3D by little."""
    rng = np.random.default_rng(3)
    made = []
    for number in range(count):
        truth = BLAZEPOSE.weights @ (TO_POINTS @ POSES)
        truth -= truth[:, :1]
        lifted = truth + rng.normal(0.0, 0.06, (1, 17, 3)) * [0.0, 0.0, 1.0]
        lifted -= lifted[:, :1]
        points_px, points = TO_POINTS @ PX, TO_POINTS @ (truth + rng.normal(0.0, 0.005, (1, 17, 3)))
        track = KeypointTrack(
            LAYOUT, points_px.astype(np.float32), np.ones((FRAMES, 33), np.float32), points.astype(np.float32), TIMES,
            30.0, (640, 640),
        )  # fmt: skip
        used = BLAZEPOSE.weights @ points_px
        made.append(Sighting(str(number), track, used, SURE, lifted, truth, SIGHTS))
    return made


def test_the_program_runs_what_was_trained(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = Blend(32).eval()
    values = np.random.default_rng(2).normal(0.0, 1.0, (7, FEATURES))
    network.tell(torch.full((FEATURES,), 0.25), torch.full((FEATURES,), 0.5))
    write_blend(network, tmp_path / "blend.npz")
    with torch.no_grad():
        said = network(torch.from_numpy(values.astype(np.float32))).numpy()
    assert np.allclose(load_blend(tmp_path / "blend.npz").run(values), said, atol=2e-3)


def test_it_learns_whom_to_believe(tmp_path: Path) -> None:
    torch.manual_seed(1)
    seen = sightings(6)
    write_blend(train(seen[:4], 250, 1), tmp_path / "blend.npz")
    before, behind = errors_mm(seen[4:], load_blend(tmp_path / "blend.npz"))
    assert behind < 0.85 * before


def test_who_is_never_found_teaches_nothing() -> None:
    seen = sightings(2)
    nothing = replace(seen[0].track, world=np.full_like(seen[0].track.world, np.nan))
    torch.manual_seed(1)
    alone = train(seen[1:], 3, 1)
    torch.manual_seed(1)
    both = train([replace(seen[0], track=nothing), seen[1]], 3, 1)
    assert all(torch.equal(one, other) for one, other in zip(alone.parameters(), both.parameters(), strict=True))


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match="no clips"):
        read_sightings([tmp_path], None)  # type: ignore[arg-type]
