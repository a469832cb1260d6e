"""Stands in for the runtime's Python: speaks the protocol, takes its time, and hands out a result made beforehand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

cancelled = threading.Event()
signal.signal(signal.SIGINT, lambda *_: cancelled.set())


def say(kind: str, **fields: object) -> None:
    print(json.dumps({"type": kind, **fields}), flush=True)


def serve() -> None:
    say("hello", protocol=1, pid=os.getpid(), python="3.11")
    for line in sys.stdin:
        request = json.loads(Path(json.loads(line)["request"]).read_text(encoding="utf-8"))
        cancelled.clear()
        total = request["frame_end"] or int(os.environ["FAKE_FRAMES"])
        for frame in range(total):
            if cancelled.is_set():
                say("cancelled")
                break
            say("progress", stage="detect", current=frame, total=total, fps=20.0)
            time.sleep(0.05)
        else:
            shutil.copyfile(os.environ["FAKE_RESULT"], request["output"])
            say("result", path=request["output"], frames=total, fps=30.0)


serve()
