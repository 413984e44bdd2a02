"""Where results go, and in which format: stdout, or a file that appears whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, tzinfo
from typing import IO, TYPE_CHECKING

from dealflow.errors import UnknownWord, UsageError
from dealflow.options import Options, format_of, names_a_file
from dealflow.output import stderr, streams
from dealflow.results import Result, Row, Stream

if TYPE_CHECKING:
    from dealflow.output import Style

#: rows of a list that is drawn for a person and not told otherwise
SCREENFUL = 50


class Destination:
    """What was said of the output.

    `named` is the file of --to, which says the same as -o FILE; `usual` gives the format that the
    user's settings ask for.
    """

    def __init__(
        self, options: Options, named: str | None, usual: Callable[[], str | None]
    ) -> None:
        self.options, self.named, self.usual = options, named, usual

    @property
    def file(self) -> str | None:
        """The file that results go to instead of stdout."""
        told = self.options.output
        return self.named or (told if names_a_file(told) else None)

    @property
    def format(self) -> str | None:
        """The format that was asked for by name, or by the ending of the file."""
        if self.options.json:
            return "json"
        told = self.options.output
        if told and not names_a_file(told):
            return told
        if self.file is not None:
            return format_of(self.file)
        return "csv" if self.options.excel else self.usual()

    @property
    def drawn(self) -> bool:
        """Whether a list will be drawn as a table, for a person."""
        told = self.format or ("table" if sys.stdout.isatty() else "")
        return told == "table" and self.file is None

    def cut(self, limit: int | None) -> int | None:
        """How many rows a list may have: as told (0: all), else what fits a screen when drawn."""
        if limit is None:
            return SCREENFUL if self.drawn else None
        return limit or None

    def must_agree(self, *, changes: bool = False, document: bool = False) -> None:
        """Errors: UsageError where what was said contradicts itself; UnknownWord for an ending.

        A document may be called as one likes.
        """
        file, told = self.file, self.format
        if file is not None and changes:
            raise UsageError("a change answers on stdout, not in a file", "-o json > FILE")
        if file is not None and not document:
            self._file_must_do(file)
        if self.options.excel and told != "csv":
            raise UsageError(f"--excel is for CSV, not for {told}", "-o report.xlsx")
        if self.options.excel and self.options.raw:
            raise UsageError("--excel keeps the guard that --raw leaves out", "leave one out")

    def _file_must_do(self, file: str) -> None:
        told, meant = self.format, format_of(file)
        if told is None:
            raise UnknownWord("ending of a file", f".{file.rpartition('.')[2]}", _ENDINGS)
        if meant is not None and meant != told:
            raise UsageError(f"{file} is {meant} by its ending, and {told} was asked for")


_ENDINGS = (".csv", ".tsv", ".ndjson", ".json", ".md", ".xlsx")


class Showing:
    """Writes what a command returned.

    `here` gives the zone that times are told in, and today; `database` where the database is;
    `done` ends the read from which rows come while they are written.
    """

    def __init__(
        self,
        to: Destination,
        env: Mapping[str, str],
        here: Callable[[], tuple[tzinfo, date]],
        database: Callable[[], str],
        done: Callable[[], None],
    ) -> None:
        self.to, self.env, self.here = to, env, here
        self.database, self.done = database, done
        self.count: int | None = None
        """How many rows there were, of records that were read while they were written."""

    def all(self, each: Sequence[Result], *, read_meanwhile: bool) -> None:
        """Write results, into a file or to stdout; what is read meanwhile waits for nobody."""
        if each and (self.to.file is not None or self.to.format == "xlsx" or read_meanwhile):
            with self.sink() as out:
                self._into(each, out)
            return
        for number, result in enumerate(each):
            if number and self.to.drawn:
                with streams.failures_named(sys.stdout):
                    sys.stdout.buffer.write(b"\n")
            self._one(result, sys.stdout.buffer)

    @contextmanager
    def sink(self) -> Iterator[IO[bytes]]:
        """What results are written to, where they do not simply go to stdout."""
        from dealflow.output import files

        if self.to.file is None:
            with files.held_back(self.done) as out:
                yield out
            return
        with files.replacing(self.to.file, self.database()) as out:
            yield out
        self.done()
        stderr.say([f"wrote {self.to.file}{self._told()}"])

    @contextmanager
    def straight(self) -> Iterator[IO[bytes]]:
        """What a whole database is written to: the file, or stdout as it comes."""
        if self.to.file is not None:
            with self.sink() as out:
                yield out
            return
        with streams.failures_named(sys.stdout):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()

    def _told(self) -> str:
        if self.count is None:
            return ""
        return f": {self.count:,} row{'s' * (self.count != 1)}"

    def _counted(self, result: Result) -> Result:
        """The result, its rows counted as they come."""
        if not isinstance(result, Stream):
            return result
        from dataclasses import replace

        return replace(result, rows=self._count(result.rows))

    def _count(self, rows: Iterable[Row]) -> Iterator[Row]:
        self.count = 0
        for self.count, row in enumerate(rows, 1):
            yield row

    def _into(self, results: Sequence[Result], out: IO[bytes]) -> None:
        from dealflow import output

        each = [self._counted(result) for result in results]
        if self.to.format == "xlsx":
            if self.to.file is None and sys.stdout.isatty():
                raise UsageError("a workbook is not for a terminal", "-o report.xlsx")
            output.write_book(each, self._style(each[0]), out)
            return
        for result in each:
            self._one(result, out)

    def _one(self, result: Result, out: IO[bytes]) -> None:
        from dealflow import output

        style = self._style(result)
        output.write(result, style if self.to.file else output.fitted(style, self.env), out)

    def _style(self, result: Result) -> Style:
        from dealflow import output

        zone, today = self.here()
        return output.Style(
            format=self.to.format or output.default_format(result, sys.stdout.isatty()),
            zone=zone,
            today=today,
            header=not self.to.options.no_header,
            raw=self.to.options.raw,
            excel=self.to.options.excel,
        )
