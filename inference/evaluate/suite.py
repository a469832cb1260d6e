"""python -m inference.evaluate.suite NAME|all: trains what a suite of tables compares, and measures it.

Every row gets the same samples, seed, width and cameras. A row that is done is skipped, one that was cut short goes on
from its checkpoint, and one that another process works on is left to it: start the command twice to use two cores.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ..data.options import add_data
from ..errors import InferenceError
from ..train.device import DEVICES
from ..train.pack import MotionPack, read_pack
from .actions import pack_actions
from .results import ResultsFolder
from .row_runner import Budget, MeasuredClips, measure_row, row_config, row_settings, train_row
from .rows import ALL, Row, rows_of, suite_names
from .views import OTHER_DETECTORS, make_views


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code: 0 all rows done, 1 an error or rows left out, 3 stopped."""
    options = _parser().parse_args(arguments)
    budget = Budget(
        samples=options.samples, channels=options.channels, batch=options.batch, seed=options.seed,
        dropout=options.dropout, workers=options.workers, minutes=options.minutes,
        device=options.device, feeders=options.feeders,
    )  # fmt: skip
    torch.set_num_threads(options.workers)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        rows = _chosen(options.suite, options.only)
        if options.list:
            for row in rows:
                print(f"{row.name:32} {row.preset:22} {row.noise}")
            return 0
        test_pack = options.data / "cmu17_test.npz"
        train, test = read_pack(options.data / "cmu17_train.npz"), read_pack(test_pack)
        views = make_views(test, frames=options.frames, seed=options.view_seed, others=OTHER_DETECTORS)
        test_set = MeasuredClips(views, pack_actions(test_pack), test.fps, options.view_seed)
        failed = run_rows(rows, budget, train, test_set, ResultsFolder(options.out), again=options.again)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"Stopped; the same command goes on from {options.out}.")
        return 3
    return int(failed > 0)


def run_rows(
    rows: Sequence[Row],
    budget: Budget,
    train: MotionPack,
    test: MeasuredClips,
    folder: ResultsFolder,
    *,
    again: bool = False,
) -> int:
    """Trains and measures each row that is not done; returns how many could not be.

    Args:
        again: measure rows anew that are measured already; none is trained anew.
    """
    failed = 0
    for row in rows:
        try:
            row_config(row, budget)
            row_settings(row, budget, folder.checkpoint(row.name))
            _check_needs(row, folder)
        except InferenceError as error:
            _say(f"left out: {error.message}")
            failed += 1
            continue
        if not again and _is_done(row, budget, folder):
            continue
        with folder.claim(row.name) as renew:
            if renew is None:
                _say(f"{row.name}: another process works on it")
                continue
            _run_row(row, budget, train, test, folder, renew)
    return failed


def _run_row(
    row: Row, budget: Budget, train: MotionPack, test: MeasuredClips, folder: ResultsFolder, renew: Callable[[], None]
) -> None:
    def report(line: str) -> None:
        renew()
        _say(line)

    if row.weights_of is None:
        train_row(row, budget, train, folder.checkpoint(row.name), report)
    folder.put(row.name, measure_row(row, budget, test, folder.checkpoint, report))


def _check_needs(row: Row, folder: ResultsFolder) -> None:
    for needed in row.needs:
        if folder.figures(needed) is None:
            raise InferenceError("not-ready", f"{row.name} needs {needed}, which is not done.", "Run that row first.")


def _is_done(row: Row, budget: Budget, folder: ResultsFolder) -> bool:
    """Whether the row has figures for no less than the budget; raises where they are for another width."""
    known = folder.figures(row.name)
    if known is None:
        return False
    if known["channels"] != budget.channels:
        raise InferenceError(
            "other-budget",
            f"{row.name} was measured with {known['channels']} channels, not {budget.channels}.",
            "Give each width a folder of its own with --out.",
        )
    if known["samples"] < budget.samples and budget.minutes is None:
        return False
    _say(f"{row.name}: done, {known['samples']} samples")
    return True


def _chosen(suite: str, only: Sequence[str] | None) -> list[Row]:
    rows = rows_of(suite)
    unknown = sorted(set(only or ()) - {row.name for row in rows})
    if unknown:
        names = ", ".join(row.name for row in rows)
        raise InferenceError("no-row", f"The suite {suite} has no row '{unknown[0]}'.", f"Choose from {names}.")
    return [row for row in rows if only is None or row.name in only]


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate.suite", description=__doc__)
    parser.add_argument("suite", help=f"{', '.join(suite_names())} or {ALL}")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows of the suite alone")
    parser.add_argument("--list", action="store_true", help="only say which rows there are")
    add_data(parser, "folder of the packs")
    parser.add_argument("--out", type=Path, default=Path("out/suites"), help="checkpoints, rows and results.json")
    parser.add_argument("--again", action="store_true", help="measure anew what is trained")
    budget = parser.add_argument_group("budget of every row")
    budget.add_argument("--samples", type=int, default=1_500_000, help="targets to be seen")
    budget.add_argument("--minutes", type=float, help="longest training of a row")
    budget.add_argument("--channels", type=int, default=256, help="width of the networks; 1024 as published")
    budget.add_argument("--batch", type=int, default=512)
    budget.add_argument("--dropout", type=float, default=0.0)
    budget.add_argument("--seed", type=int, default=1, help="of weights and batches")
    budget.add_argument("--workers", type=int, default=1, help="processor cores for this process")
    budget.add_argument("--device", choices=DEVICES, default="cpu")
    budget.add_argument("--feeders", type=int, default=1, help="threads that make batches")
    test = parser.add_argument_group("test")
    test.add_argument("--frames", type=int, default=60, help="frames of each clip, from its middle")
    test.add_argument("--view-seed", type=int, default=2021, help="of cameras and noise")
    return parser


if __name__ == "__main__":
    sys.exit(main())
