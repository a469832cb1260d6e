"""Rows (networks to train in one way and measure) and suites (tables of rows), read from the data in `suites/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..errors import InferenceError

FOLDER: Final = Path(__file__).with_name("suites")
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One network and how it is trained.

    Attributes:
        name: its name in results and tables.
        preset: name in `inference.models.networks.PRESETS`.
        noise: the detector's errors it is trained with, a name of `inference.train.noise_choice`.
        config: fields of the preset's configuration that differ.
        train: fields of `inference.train.trainer.TrainSettings` that differ.
        enhance: the row whose network denoises the 2D track first, if any.
        weights_of: the row whose weights are measured, if this one trains none of its own.
    """

    name: str
    preset: str
    noise: str
    config: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    enhance: str | None = None
    weights_of: str | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Rows that must be trained before this one is measured."""
        return tuple(name for name in (self.weights_of, self.enhance) if name is not None)


@dataclass(frozen=True, slots=True)
class Line:
    """A row in a suite's table: its label there, and the paper's own figures for it by measure."""

    row: str
    label: str
    paper: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Suite:
    """A table: which question it answers, with which rows, by which (condition, measure) columns."""

    name: str
    title: str
    question: str
    columns: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def suite_names(folder: Path = FOLDER) -> list[str]:
    """All suites, in the order of their names."""
    return sorted(path.stem for path in folder.glob("*.json") if path.stem != "rows")


def read_rows(folder: Path = FOLDER) -> dict[str, Row]:
    """Every row by name.

    Raises:
        InferenceError: the file is broken, or a row has an unknown field or needs a row that is not there.
    """
    path = folder / "rows.json"
    try:
        rows = {name: Row(name=name, **fields) for name, fields in _read(path).items()}
    except TypeError as error:
        raise InferenceError("bad-suite", f"{path.name}: {error}.", "Compare with the fields of Row.") from error
    for row in rows.values():
        for needed in row.needs:
            if needed not in rows:
                raise InferenceError("bad-suite", f"{path.name}: {row.name} needs {needed}.", "Add that row.")
    return rows


def read_suite(name: str, folder: Path = FOLDER) -> Suite:
    """The suite called `name`.

    Raises:
        InferenceError: there is none, or it names a row that is not there.
    """
    path = folder / f"{name}.json"
    if name == "rows" or not path.is_file():
        names = ", ".join([*suite_names(folder), ALL])
        raise InferenceError("no-suite", f"There is no suite '{name}'.", f"Choose from {names}.")
    fields, rows = _read(path), read_rows(folder)
    try:
        lines = tuple(Line(line["row"], line["label"], line.get("paper", {})) for line in fields["rows"])
        columns = tuple((column["condition"], column["measure"]) for column in fields["columns"])
        suite = Suite(name, fields["title"], fields["question"], columns, lines, tuple(fields.get("notes", ())))
    except (KeyError, TypeError) as error:
        raise InferenceError("bad-suite", f"{path.name} lacks {error}.", "Compare with another suite.") from error
    unknown = [line.row for line in lines if line.row not in rows]
    if unknown:
        raise InferenceError("bad-suite", f"{path.name}: there is no row {unknown[0]}.", "Add it to rows.json.")
    return suite


def rows_of(name: str) -> list[Row]:
    """The rows of a suite, or of all suites, each once, those that others need before them."""
    rows = read_rows()
    names = suite_names() if name == ALL else [name]
    wanted = [line.row for suite in names for line in read_suite(suite).lines]
    return [rows[row] for row in in_order(wanted, rows)]


def in_order(wanted: list[str], rows: Mapping[str, Row]) -> list[str]:
    """`wanted` and what it needs, each once, needs first."""
    ordered: dict[str, None] = {}
    for name in wanted:
        for needed in in_order(list(rows[name].needs), rows):
            ordered[needed] = None
        ordered[name] = None
    return list(ordered)


def _read(path: Path) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InferenceError("bad-suite", f"{path.name} cannot be read: {error}.", "Fetch it again.") from error
    return fields
