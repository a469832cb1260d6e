"""A stand-in for the inference process: speaks the protocol, copies a ready result instead of working.

POSE_TEST_RESULT names the result to give out; a film with `bad` in its name fails, one with `slow` takes its time.
Each start and each request is written to POSE_TEST_LOG.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

cancelled = False


def say(kind: str, **fields: object) -> None:
    print(json.dumps({"type": kind, **fields}), flush=True)


def note(text: str) -> None:
    with Path(os.environ["POSE_TEST_LOG"]).open("a", encoding="utf-8") as log:
        log.write(text + "\n")


def serve(request: dict[str, str]) -> None:
    global cancelled
    cancelled = False
    film = Path(request["video"]).name
    note(film)
    if "bad" in film:
        say("error", code="no-person", message=f"No person was found in {film}.", hint="Look.")
        return
    for step in range(200 if "slow" in film else 3):
        say("progress", stage="detect", current=step, total=200, fps=20.0)
        if cancelled:
            say("cancelled")
            return
        time.sleep(0.1 if "slow" in film else 0.0)
    shutil.copyfile(os.environ["POSE_TEST_RESULT"], request["output"])
    say("result", path=request["output"], frames=20, fps=25.0)


def cancel(_number: int, _frame: object) -> None:
    global cancelled
    cancelled = True


signal.signal(signal.SIGINT, cancel)
note("started")
say("hello", protocol=1, pid=os.getpid(), python=sys.version.split()[0])
for line in sys.stdin:
    serve(json.loads(Path(json.loads(line)["request"]).read_text(encoding="utf-8")))
