"""Inside Blender: `RESULT RIG RATE...`: files of every format at these rates come back as they were."""

from __future__ import annotations

import sys
from pathlib import Path

from pose_from_video.addon.headless.round_trip import ENDINGS, round_trips
from pose_from_video.rigs.sequence import load_result

RESULT, RIG, *RATES = sys.argv[sys.argv.index("--") + 1 :]

trips = round_trips(Path(RIG), load_result(Path(RESULT)), ENDINGS, [float(rate) for rate in RATES])
for trip in trips:
    print(trip)
    assert trip.whole, trip
    assert trip.joints_mm < 1.0, trip
assert len(trips) == len(ENDINGS) * len(RATES)
print("passed all")
sys.stdout.flush()
