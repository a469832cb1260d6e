"""A report as sections of text, tables and pictures, and its two forms: Markdown and one self-contained HTML page."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}img{max-width:100%}h2{margin-top:2em}"
)


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; the first row is the head. Cells that are numbers are set to the right."""

    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG file and what it shows."""

    path: Path
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: paragraphs of plain text, commands where they are indented by four."""

    title: str
    blocks: Sequence[str | Table | Picture]


def to_markdown(title: str, sections: Sequence[Section], folder: Path) -> str:
    """The report as Markdown; pictures are linked relative to `folder`, where it will lie."""
    parts = [f"# {title}"]
    for section in sections:
        if section.title:
            parts.append(f"## {section.title}")
        for block in section.blocks:
            if isinstance(block, Table):
                parts.append(_markdown_table(block))
            elif isinstance(block, Picture):
                parts.append(f"![{block.caption}]({block.path.relative_to(folder).as_posix()})")
            else:
                parts.append(block)
    return "\n\n".join(parts) + "\n"


def to_html(title: str, sections: Sequence[Section]) -> str:
    """The report as one HTML page with the pictures in it."""
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for section in sections:
        if section.title:
            parts.append(f"<h2>{html.escape(section.title)}</h2>")
        for block in section.blocks:
            if isinstance(block, Table):
                parts.append(_html_table(block))
            elif isinstance(block, Picture):
                data = base64.b64encode(block.path.read_bytes()).decode("ascii")
                caption = html.escape(block.caption)
                parts.append(f'<p><img alt="{caption}" src="data:image/png;base64,{data}"><br>{caption}</p>')
            elif block.startswith("    "):
                parts.append(f"<pre>{html.escape(block)}</pre>")
            else:
                parts.append(f"<p>{html.escape(block)}</p>")
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>\n" + "\n".join(parts) + "\n</body></html>\n"


def number(value: float | None, digits: int = 1) -> str:
    """A cell: the number, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _markdown_table(table: Table) -> str:
    head, *rows = [[cell.replace("|", "/") for cell in row] for row in table.rows]
    rule = ["---:" if any(_is_number(row[column]) for row in rows) else "---" for column in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _html_table(table: Table) -> str:
    head, *rows = table.rows
    lines = ["<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in head) + "</tr>"]
    for row in rows:
        cells = (f'<td class="n">{cell}</td>' if _is_number(cell) else f"<td>{html.escape(cell)}</td>" for cell in row)
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
