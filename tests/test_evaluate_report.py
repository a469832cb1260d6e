"""The report: every figure in it is a measured one, from files to Markdown and HTML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import InferenceError
from inference.evaluate import plots
from inference.evaluate.document import Picture, Section, Table, to_html, to_markdown
from inference.evaluate.report import keep_suites, main
from inference.evaluate.rows import read_suite
from inference.evaluate.suite_tables import suite_table
from inference.joints import NAMES


def figures(error: float) -> dict[str, Any]:
    """Measures by condition, all of them shares of `error`."""
    measured = {"mpjpe_mm": 1.1 * error, "n_mpjpe_mm": error, "p_mpjpe_mm": 0.8 * error, "mpjve_mm_s": 3.0 * error}
    details = {"joints": {"n_mpjpe_mm": dict.fromkeys(NAMES, error)}, "actions": {"walk": {"clips": 2, **measured}}}
    levels = {"true_2d": 1.0, "noise_5px": 1.1, "noise_20px": 1.5, "detected_2d": 1.3}
    return {
        name: {**{key: round(factor * value, 4) for key, value in measured.items()}, **details}
        for name, factor in levels.items()
    }


def row(name: str, error: float, channels: int = 256) -> dict[str, Any]:
    """A row of a suite's results."""
    return {
        "row": name, "channels": channels, "samples": 1_500_000, "batch": 512, "seed": 1, "date": "2031-02-03",
        "machine": "Abacus, 2 cores", "parameters_published_width": 8_455_347, "clips": 232, "frames_a_clip": 60,
        "long_side_px": 1000.0, "person_height_px": 345.6, "conditions": figures(error),
    }  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The folder docs/ that a report was written into."""
    names = {"atcn-27": 61.25, "videopose3d-27": 64.5, "atcn-243": 51.75, "videopose3d-243": 57.125}
    results = tmp_path / "results.json"
    results.write_text(json.dumps({name: row(name, error) for name, error in names.items()}))
    weights = {"atcn-27": {"frames_per_second": 321.0, "causal": False, "conditions": figures(53.5)}}
    for measured in weights["atcn-27"]["conditions"].values():
        measured["occluded_over_clean"] = 1.23
    weights["atcn-27"]["conditions"] = {k: weights["atcn-27"]["conditions"][k] for k in ("true_2d", "detected_2d")}
    keys = {"n_mpjpe_mm_27": 53.5, "n_mpjpe_mm_27_from": "weights atcn-27"}
    lifter = tmp_path / "lifter-full.json"
    where = {"machine": "Abacus, 2 cores", "date": "2031-02-03", "onnxruntime": "1.0"}
    lifter.write_text(json.dumps({"keys": keys, "weights": weights, "clips": 232, **where}))
    command = ["--suites", str(results), "--lifter", str(lifter), "--reports", str(tmp_path / "docs" / "reports")]
    assert main([*command, "--html", str(tmp_path / "lifter.html")]) == 0
    return tmp_path / "docs"


def test_the_report_holds_what_was_measured_beside_the_papers_figures(made: Path) -> None:
    text = (made / "lifter.md").read_text()
    table = text.partition("## Table 1:")[2]
    line = next(line for line in table.splitlines() if line.startswith("| ATCN+MDC, 243 frames"))
    expected = ["8.46", "51.8", "41.4", "56.9", "11.22", "33.4", "1.50"]
    assert line.strip("| ").split(" | ")[1:] == expected
    assert "0.906" in text and "2031-02-03" in text and "Abacus" in text
    goal = next(line for line in text.splitlines() if "27 frames, mm" in line)
    assert "53.50" in goal and "at most 48" in goal and "| no |" in goal
    for name in re.findall(r"\]\((reports/[^)]+)\)", text):
        assert (made / name).read_bytes().startswith(b"\x89PNG")
    assert "345.6" in text


def test_the_page_needs_no_other_file(made: Path) -> None:
    page = (made.parent / "lifter.html").read_text()
    assert page.count("data:image/png;base64,") >= 4 and "<table>" in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_the_same_figures_make_the_same_report(made: Path) -> None:
    before = (made / "lifter.md").read_bytes()
    assert main(["--reports", str(made / "reports"), "--html", str(made.parent / "again.html")]) == 0
    assert (made / "lifter.md").read_bytes() == before
    assert (made.parent / "again.html").read_bytes() == (made.parent / "lifter.html").read_bytes()


def test_kept_results_are_joined_and_widths_are_kept_apart(tmp_path: Path) -> None:
    keep_suites({"a": row("a", 60.0)}, tmp_path)
    path = keep_suites({"b": row("b", 50.0), "a": row("a", 59.0)}, tmp_path)
    kept = json.loads(path.read_text())
    assert path.name == "lifter-suites-256.json" and set(kept) == {"a", "b"}
    assert kept["a"]["conditions"]["true_2d"]["n_mpjpe_mm"] == 59.0
    assert "actions" in kept["a"]["conditions"]["true_2d"] and "actions" not in kept["a"]["conditions"]["noise_5px"]
    with pytest.raises(InferenceError, match="256, 1024"):
        keep_suites({"a": row("a", 60.0), "c": row("c", 60.0, 1024)}, tmp_path)


def test_rows_that_are_missing_are_dashes() -> None:
    table = suite_table(read_suite("table1"), {"atcn-27": row("atcn-27", 61.25)})
    cells = {cells[0]: list(cells[1:]) for cells in table.rows}
    assert cells["ATCN+MDC, 27 frames"][:2] == ["8.46", "61.2"]
    assert cells["VideoPose3D, 81 frames"][:4] == ["–"] * 4 and cells["VideoPose3D, 81 frames"][-2] == "38.7"


def test_a_broken_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{")
    assert main(["--lifter", str(tmp_path / "x.json"), "--reports", str(tmp_path / "docs" / "reports")]) == 1
    assert "x.json cannot be read" in capsys.readouterr().err


def test_markup_in_text_stays_text(tmp_path: Path) -> None:
    section = Section("A < B", ["1 < 2 & 3", Table([["a|b", "n"], ["<i>", "4.5"]])])
    page = to_html("T", [section])
    assert "1 &lt; 2 &amp; 3" in page and "<i>" not in page and '<td class="n">4.5</td>' in page
    assert "| a/b | n |\n| --- | ---: |" in to_markdown("T", [section], tmp_path)


def test_attention_is_drawn_for_layers_of_any_length(tmp_path: Path) -> None:
    rows = [("likeness", np.full(27, 0.5).tolist()), ("block 1", [0.1] * 9), ("block 2", [0.1, 0.9, 0.2])]
    windows = [{"label": name, "target": 13, "frames": 27, "rows": rows} for name in ("walk", "run")]
    path = plots.attention(tmp_path / "a.png", windows)
    picture = Picture(path, "attention")
    assert path.read_bytes().startswith(b"\x89PNG") and "(a.png)" in to_markdown(
        "T", [Section("", [picture])], tmp_path
    )
