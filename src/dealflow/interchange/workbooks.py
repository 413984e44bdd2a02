"""Sheets of Excel workbooks as rows of text, read by openpyxl: an extra, `dealflow[xlsx]`.

Dates become ISO text, numbers the digits that were typed; of a formula the value it had when the
file was saved. Rows have the numbers that Excel shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from dealflow.errors import UnknownWord, Unusable
from dealflow.interchange.fields import LOOKED_AT, titles_above
from dealflow.interchange.rejects import Reject, file_fault
from dealflow.patterns import pattern

#: Excel's way to write a character that XML cannot hold, and an underscore that would look like it
_ESCAPED = pattern(r"_x([0-9A-Fa-f]{4})_")


@contextmanager
def _sheet(binary: IO[bytes], name: str | None) -> Iterator[Any]:
    """A sheet of the workbook, the first one unless it is named. Errors: Unusable, UnknownWord."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        hint = "pip install 'dealflow[xlsx]', or save the sheet as CSV"
        raise Unusable("reading xlsx needs the package openpyxl", hint) from None
    binary.seek(0)
    try:
        book = load_workbook(binary, read_only=True, data_only=True)
    except Exception as exc:  # noqa: BLE001 whatever openpyxl raises, it is no workbook
        raise file_fault(f"this is not an xlsx workbook: {exc}") from None
    try:
        if name is not None and name not in book.sheetnames:
            raise UnknownWord("sheet", name, book.sheetnames)
        yield book[name] if name else book[book.sheetnames[0]]
    finally:
        book.close()


def heading(binary: IO[bytes], name: str | None) -> tuple[int, list[str]]:
    """How many rows of titles stand above it, and the heading."""
    with _sheet(binary, name) as sheet:
        found = islice(sheet.iter_rows(values_only=True), LOOKED_AT)
        first = [_trimmed([_text(cell).strip() for cell in row]) for row in found]
        above = titles_above(first)
        return above, first[above] if first else []


def rows(
    binary: IO[bytes], name: str | None, header: Sequence[str], above: int = 0
) -> Iterator[tuple[int, list[str]] | Reject]:
    width, first = len(header), above + 2
    with _sheet(binary, name) as sheet:
        for line, found in enumerate(sheet.iter_rows(min_row=first, values_only=True), first):
            cells = [_text(cell) for cell in found]
            over = [cell for cell in cells[width:] if cell]
            if over:
                yield Reject(line, cells, f"more cells than the heading's {width} columns")
            elif any(cells):
                yield line, cells[:width] + [""] * (width - len(cells))


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    """A typed cell as text that reads back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float):
        whole = math.isfinite(value) and value.is_integer()
        told = str(int(value)) if whole else format(value, ".15g")
        return format(Decimal(told), "f") if "e" in told else told
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))
