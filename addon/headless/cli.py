"""The command line inside Blender: `retarget`, `batch`, `people`, `demo` and `bench`."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
import traceback
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from ..errors import EXPECTED, AddonError, JobCancelled, JobError
from ..files import check_place
from ..job import InferenceClient
from ..runtime import ROOT, find_runtime
from . import interrupt
from . import options as words
from .batch import run_batch
from .benches import run_bench
from .demo import demo
from .estimate import Source, estimate
from .exporter import check_not_itself, check_target
from .importer import Character
from .preview import render_preview
from .produce import Clip, check_rig, produce
from .progress import Progress, clock
from .scene import quiet
from .stills import contact_sheet

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_CANCELLED = 0, 1, 2, 130


def main(arguments: list[str]) -> int:
    """Run one command.

    Args:
        arguments: the words behind `--`.

    Returns:
        0 done, 1 failed (with one sentence on stderr), 2 a wrong command line, 130 cancelled.
    """
    debug = "--debug" in arguments
    progress = Progress()
    with interrupt.cancel_on_signal():
        try:
            options = words.parse(arguments)
            with contextlib.nullcontext() if debug else quiet():
                summary, code = _COMMANDS[options.command](options, progress)
            progress.close()
            print(summary)
            return code
        except SystemExit as stop:  # --help
            return int(stop.code or 0)
        except BaseException as error:
            progress.close()
            if debug:
                traceback.print_exc()
                print("\n".join(getattr(error, "log_tail", ())), file=sys.stderr)
            if interrupt.requested() or isinstance(error, KeyboardInterrupt | JobCancelled):
                print("Cancelled; nothing half-written is left.", file=sys.stderr)
                return EXIT_CANCELLED
            print(_sentence(error), file=sys.stderr)
            return EXIT_USAGE if isinstance(error, words.UsageError) else EXIT_FAILED


def _sentence(error: BaseException) -> str:
    if isinstance(error, JobError) and error.code == "crashed" and error.log_tail:
        return f"{error} Its last words: {error.log_tail[-1].strip()}"
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} could not be used: {error.strerror}."
    return f"Something unforeseen went wrong ({type(error).__name__}: {error}); run again with --debug and report it."


def _retarget(options: Namespace, progress: Progress) -> tuple[str, int]:
    started = time.monotonic()
    check_target(options.out)
    _check_pictures(options)
    if options.motion:
        check_not_itself(options.motion, options.out)
        clip = produce(options.motion, options.rig, options.out, options.settings, progress)
        return _done(options.out, clip, started), EXIT_DONE
    source = Source(options.video, options.keypoints, options.person, options.region, options.edits)
    source.check()
    runtime = find_runtime()
    check_rig(options.rig, options.settings)
    with tempfile.TemporaryDirectory(prefix="pose_") as folder:
        scratch = Path(folder)
        with InferenceClient(runtime, ROOT, scratch) as client:
            result = estimate(client, source, options.settings, progress, options.result, scratch)
        clip = produce(result, options.rig, options.out, options.settings, progress)
        _look(options, result, clip.character, runtime, progress)
    return _done(options.out, clip, started), EXIT_DONE


def _done(out: Path, clip: Clip, started: float) -> str:
    first, last = clip.frames
    return f"{out}  {last - first + 1} frames  {clock(time.monotonic() - started)}"


def _check_pictures(options: Namespace) -> None:
    """Refuse pictures that could not be made, before the long work begins."""
    for path, endings in ((options.contact_sheet, (".png", ".jpg")), (options.preview, (".mp4",))):
        if path is not None:
            check_place(path, endings)
    if options.preview and options.out.suffix.lower() not in (".fbx", ".glb"):
        raise AddonError(f"A preview is made from an .fbx or .glb, not from {options.out.name}: change --out.")


def _look(options: Namespace, result: Path, character: Character, runtime: Path, progress: Progress) -> None:
    """The pictures that were asked for."""
    first = options.settings.frame_start or 0
    if options.contact_sheet:
        contact_sheet(character, result, options.video, options.contact_sheet, runtime, progress, first)
    if options.preview:
        files = [(options.out.stem, options.out)]
        render_preview(files, result, options.video, options.preview, runtime, progress, first_frame=first)


def _batch(options: Namespace, progress: Progress) -> tuple[str, int]:
    runtime = None if options.motion else find_runtime()
    patterns = options.motion or options.videos
    outcome = run_batch(patterns, options.rig, options.out, options.format, options.settings, runtime, progress)
    return outcome.summary(), EXIT_FAILED if outcome.failed else EXIT_DONE


def _people(options: Namespace, progress: Progress) -> tuple[str, int]:
    Source(options.video).check()
    request = {"video": str(options.video.absolute()), "people": options.frame, "output": str(options.out.absolute())}
    with (
        tempfile.TemporaryDirectory(prefix="pose_") as folder,
        InferenceClient(find_runtime(), ROOT, Path(folder)) as client,
    ):
        listed = json.loads(client.run(request, progress.message).read_text(encoding="utf-8"))
    lines = []
    for person in listed["people"]:
        x, y = person["place_px"]
        lines.append(f"--person {options.frame} {x:g} {y:g}  {options.out.with_name(person['thumbnail'])}")
    return "\n".join(lines), EXIT_DONE


def _demo(options: Namespace, progress: Progress) -> tuple[str, int]:
    return demo(options.samples or ROOT / "samples", options.out, find_runtime(), progress), EXIT_DONE


def _bench(options: Namespace, _progress: Progress) -> tuple[str, int]:
    return run_bench(options.name, [word for word in options.words if word != "--debug"]), EXIT_DONE


_COMMANDS: dict[str, Callable[[Namespace, Progress], tuple[str, int]]] = {
    "retarget": _retarget,
    "batch": _batch,
    "people": _people,
    "demo": _demo,
    "bench": _bench,
}
