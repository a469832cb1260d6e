"""The manual: its links lead somewhere, its pictures are there and small, and the buttons it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MANUAL = ROOT / "docs" / "manual"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOR_USERS = [
    ROOT / "README.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("setup", "jobs")),
    *sorted(MANUAL.glob("*.md")),
]
MOST_MB = 3.0
BLENDERS = {
    "Add-ons", "Allow Online Access", "Edit", "Get Extensions", "Install from Disk", "Network", "Preferences", "System",
    "Tab", "N", "P", "X", "Esc", "Drag", "Shift-click", "Ctrl+Z",
}  # fmt: skip
"""Words that are set off, but are Blender's own or keys."""
PUT_TOGETHER = {"Left Foot", "Right Foot", "Left and Right Foot"}
"""Names that the program makes from words."""


def _links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    return [link.partition("#")[0] for link in found if not re.match(r"https?:|#", link)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert [link for link in _links(page) if not (page.parent / link).exists()] == []


def test_pictures_are_used_and_small() -> None:
    pictures = set((MANUAL / "images").iterdir())
    used = {(page.parent / link).resolve() for page in PAGES for link in _links(page)}
    assert pictures - used == set()
    assert sum(picture.stat().st_size for picture in pictures) < MOST_MB * 1e6


def test_every_page_is_in_the_index() -> None:
    index = {(MANUAL / link).resolve() for link in _links(MANUAL / "README.md")}
    assert [page.name for page in MANUAL.glob("*.md") if page.name != "README.md" and page not in index] == []


def test_buttons_that_are_named_exist() -> None:
    sources = [*(ROOT / "addon").rglob("*.py"), *(ROOT / "addon").rglob("*.json")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    gone = []
    for page in FOR_USERS:
        for phrase in re.findall(r"(?<![\w*])\*{1,2}([A-Z][^*\n]*?)\*{1,2}(?![\w*])", page.read_text(encoding="utf-8")):
            for name in re.split(r"\s*(?:→|, |: )\s*", phrase.rstrip(".:,")):
                if name not in BLENDERS | PUT_TOGETHER and not re.search(
                    rf"[\"'>]{re.escape(name)}|name=\"{re.escape(name)}", code
                ):
                    gone.append(f"{page.name}: {name}")
    assert gone == []
