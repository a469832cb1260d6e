"""The manual's table of codes: each code that a user may be shown is there, and none that no longer exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANUAL = ROOT / "docs" / "manual" / "troubleshooting.md"
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
DEVELOPERS = {"train", "evaluate", "data", "bench", "models", "pictures", "headless"}
"""Rooms whose errors no user of the add-on sees."""
CODED = {"InferenceError", "VideoError", "KeypointsError", "ModelError", "LayoutError", "PictureFilesError"}
"""Calls whose first value is a code."""
NO_TROUBLE = {"self-test", "bad-option"}
"""Of the pretended job, and of the developers' command line."""


def _trees() -> Iterator[ast.Module]:
    for room in ("addon", "inference"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if not DEVELOPERS & set(path.relative_to(ROOT).parts):
                yield ast.parse(path.read_text(encoding="utf-8"))


def _coded(call: ast.Call) -> ast.expr | None:
    """The expression of a call's code, if it has one."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    for keyword in call.keywords:
        if keyword.arg == "code":
            return keyword.value
    if name == "_failed" and len(call.args) == 2:
        return call.args[1]
    if call.args and (name in CODED or name in {"warn", "cls"} or (name == "__init__" and len(call.args) == 3)):
        return call.args[0]
    return None


def _strings(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and CODE.fullmatch(each.value):
            yield each.value


def _codes() -> tuple[set[str], set[str]]:
    """Codes that the program gives; and the beginnings of those that it puts together."""
    codes, beginnings = set(), set()
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (value := _coded(node)) is not None:
                if isinstance(value, ast.Constant) and CODE.fullmatch(str(value.value)):
                    codes.add(str(value.value))
                elif isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
                    beginnings.add(str(value.values[0].value))
                elif isinstance(value, ast.IfExp):
                    codes.update(_strings(value))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
                codes.update(_strings(node.value.elts[0]))  # code, message and hint, as of inference/finish.py
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {each.id for each in targets if isinstance(each, ast.Name)}
                if "code" in names or "UNFORESEEN" in names:
                    codes.update(_strings(node.value) if not isinstance(node.value, ast.Call) else ())
                if "_KNOWN" in names and isinstance(node.value, ast.Tuple):  # of addon/setup/words.py
                    codes.update(word for row in node.value.elts for word in list(_strings(row))[:1])
    return codes - NO_TROUBLE, {each for each in beginnings if each.endswith("-")}


def _rows() -> dict[str, tuple[str, str]]:
    """Code -> what it means, what to do."""
    found = {}
    for line in MANUAL.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            for code in re.findall(r"`([a-z-]+)`", cells[0]):
                assert code not in found, f"{code} stands there twice"
                found[code] = (cells[1], cells[2])
    return found


def test_every_code_is_explained() -> None:
    codes, beginnings = _codes()
    rows = _rows()
    assert len(codes) > 40  # else the search has gone blind
    assert sorted(codes - rows.keys()) == []
    assert sorted(each for each in beginnings if not any(code.startswith(each) for code in rows)) == []


def test_no_code_is_explained_that_is_gone() -> None:
    codes, beginnings = _codes()
    assert sorted(code for code in _rows() if code not in codes and not code.startswith(tuple(beginnings))) == []


def test_each_says_what_it_means_and_what_to_do() -> None:
    assert [code for code, cells in _rows().items() if not all(cells)] == []
