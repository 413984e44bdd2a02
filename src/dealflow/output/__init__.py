"""The only writers to stdout. `write` is the door: a result, a style, a binary stream.

With a named format the bytes are the same on a terminal, in a pipe and in a file. What is said to
a person (`said`, remarks a format has no room for, "nothing to show") goes to stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, tzinfo
from typing import IO

from dealflow.errors import UnknownWord, UsageError
from dealflow.named import NamedTuple
from dealflow.output import machine, stderr, streams
from dealflow.output.text import clean_lines
from dealflow.results import Document, Record, Report, Result, Stream, Table, Written

FORMATS = ("table", "json", "ndjson", "csv", "tsv", "md", "ids", "xlsx")
_OF_DOCUMENTS = ("ics", "vcf", "toml")
"""What a document's file may be called by; it has one format, whatever is asked for."""
_BLOCK = 16_384
"""Characters gathered before a write."""


class Style(NamedTuple):
    """How to show a result. `width` None: nothing is cut; `raw`: CSV without its formula guard.

    `excel`: CSV with the mark of UTF-8 before it, and lines that end as Windows has them.
    """

    format: str
    zone: tzinfo
    today: date
    width: int | None = None
    colour: bool = False
    header: bool = True
    raw: bool = False
    excel: bool = False


def fitted(style: Style, env: Mapping[str, str]) -> Style:
    """The style with the width and the colours of what stands at the other end of stdout."""
    is_tty = sys.stdout.isatty()
    size = os.get_terminal_size(1) if is_tty else None
    terminal = streams.terminal_style(env, is_tty, size)
    return style._replace(width=terminal.width, colour=terminal.colour)


def default_format(result: Result, is_tty: bool) -> str:
    """Drawn on a terminal; in a pipe tab-separated, or the ids of what a change wrote.

    What is exported is CSV wherever it goes.
    """
    if isinstance(result, Stream):
        return "csv"
    if is_tty:
        return "table"
    if isinstance(result, Written) and machine.id_column(result.columns) is not None:
        return "ids"
    return "tsv"


def write(result: Result, style: Style, stdout: IO[bytes]) -> None:
    """Write a result to stdout and what belongs beside it to stderr.

    Raises UnknownWord or UsageError before anything is written, Unusable when the output cannot be
    written, streams.ReaderGone when nobody reads it any more.
    """
    if style.format == "xlsx":
        write_book([result], style, stdout)
        return
    for block in _blocks(pieces(result, style)):
        with streams.failures_named(stdout):
            stdout.write(block)
    with streams.failures_named(stdout):
        stdout.flush()
    stderr.say(remarks(result, style.format))


def write_book(results: Sequence[Result], style: Style, stdout: IO[bytes]) -> None:
    """Write results as one workbook, each with sheets of its own. Errors: as `write`."""
    from dealflow.output.workbooks import book

    with streams.failures_named(stdout):
        book(results, style, stdout)
        stdout.flush()


def pieces(result: Result, style: Style) -> Iterable[str]:
    """The text of a result, piece by piece."""
    known = (*FORMATS, *_OF_DOCUMENTS) if isinstance(result, Document) else FORMATS
    if style.format not in known:
        raise UnknownWord("format", style.format, FORMATS)
    if style.format in ("json", "ndjson"):
        return _JSON[style.format](result, style)
    if isinstance(result, Document):
        return [clean_lines(result.text).replace("\n", result.line_end)]
    if style.format == "table":
        if isinstance(result, Stream):
            raise UsageError(f"{result.name} are exported for programs", _INSTEAD)
        return _drawn(result, style)
    if style.format == "md":
        from dealflow.output.markdown import markdown

        return markdown(result, style)
    return _FLAT[style.format](result, style)


_INSTEAD = "-o csv, tsv, ndjson, json, md or xlsx; lists are drawn by dealflow list"
_JSON: dict[str, Callable[[Result, Style], Iterator[str]]] = {
    "json": machine.json,
    "ndjson": machine.ndjson,
}
_FLAT = {"csv": machine.csv, "tsv": machine.tsv, "ids": machine.ids}


def _drawn(result: Table | Record | Report | Written, style: Style) -> Iterator[str]:
    if not isinstance(result, Written) and not _nothing_in(result):
        from dealflow.output.screen import draw  # Rich takes 40 ms to load

        yield from draw(result, style)


def _nothing_in(result: Result) -> bool:
    if isinstance(result, Report):
        return not result.rows and not any(section.rows for section in result.sections)
    return isinstance(result, Table) and not result.rows


def _blocks(text: Iterable[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    size = 0
    for piece in text:
        waiting.append(piece)
        size += len(piece)
        if size >= _BLOCK:
            yield _encoded(waiting)
            waiting, size = [], 0
    yield _encoded(waiting)


def _encoded(parts: Sequence[str]) -> bytes:
    return "".join(parts).encode("utf-8", "backslashreplace")


def remarks(result: Result, style_format: str) -> list[str]:
    """What a person is told on stderr beside this result in this format."""
    match result:
        case Written():
            return list(result.said) if style_format in ("table", "ids") else []
        case Document():
            return []
        case Table() | Report() if style_format == "table" and _nothing_in(result):
            return [result.empty, *result.notes]
    in_full = ("json", "md") if isinstance(result, Report) and result.page else ("json",)
    has_room = style_format == "table" or (isinstance(result, Report) and style_format in in_full)
    return [] if has_room else [f"note: {text}" for text in result.notes]
