"""Stands in for the runtime's Python: speaks the protocol, takes its time, and hands out a result made beforehand."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

cancelled, kept = threading.Event(), threading.Event()
requests: queue.Queue[str] = queue.Queue()
signal.signal(signal.SIGINT, lambda *_: cancelled.set())


def say(kind: str, **fields: object) -> None:
    print(json.dumps({"type": kind, **fields}), flush=True)


def listen() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "keep" in message:
            kept.set()
        else:
            requests.put(message["request"])
    os._exit(0)  # end of file: the parent is gone


def serve() -> None:
    say("hello", protocol=1, pid=os.getpid(), python="3.11")
    threading.Thread(target=listen, daemon=True).start()
    while True:
        request = json.loads(Path(requests.get()).read_text(encoding="utf-8"))
        cancelled.clear()
        kept.clear()
        if "nobody" in (request["video"] or ""):
            say("error", code="no-person", message=f"Nobody is seen in {request['video']}.", hint="Take another.")
            continue
        if request["people"] is not None:
            people = [
                {"box_px": [0, 0, 9, 9], "place_px": [x, 50.0], "sureness": 1.0, "thumbnail": "a.jpg"}
                for x in (20.0, 80.5)
            ]
            listed = {"schema": 1, "frame": request["people"], "image_size_px": [320, 240], "people": people}
            Path(request["output"]).write_text(json.dumps(listed), encoding="utf-8")
            say("result", path=request["output"], frames=1, fps=30.0)
            continue
        total = request["frame_end"] or int(os.environ["FAKE_FRAMES"])
        frame = 0
        while frame < total and not (cancelled.is_set() or kept.is_set()):
            say("progress", stage="detect", current=frame, total=total, fps=20.0)
            time.sleep(0.05)
            frame += 1
        if cancelled.is_set():
            say("cancelled")
            continue
        shutil.copyfile(os.environ["FAKE_RESULT"], request["output"])
        say("result", path=request["output"], frames=frame, fps=30.0)


serve()
