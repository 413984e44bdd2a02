"""Tables and code in Markdown."""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

from collections.abc import Sequence


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join("| " + " | ".join(cell or " " for cell in line) + " |\n" for line in lines)


def code(text: str) -> str:
    """Text in code style; a bar would end the cell of a table."""
    return "`" + text.replace("|", "\\|") + "`" if text else ""


def plain(text: str) -> str:
    return text.replace("|", "\\|")
