"""Files as rows of cells with the line each starts on: CSV, TSV, NDJSON, a JSON array, xlsx.

A path, or - for stdin. The encoding is the one that is named, else what the whole file is in
(`encodings`); `read_as` says why where that is not UTF-8.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast

from dealflow.errors import UnknownWord, Unusable
from dealflow.interchange.encodings import Found, encoding_of
from dealflow.interchange.fields import LOOKED_AT, titles_above
from dealflow.interchange.rejects import Reject, file_fault, unguarded
from dealflow.text import MARKS, several

FORMATS = ("csv", "tsv", "ndjson", "json", "xlsx")
_OBJECTS = {"ndjson", "json"}
_LARGEST_CELL = 64_000_000
_DELIMITERS = (",", "\t", ";", "|")
_IN_MEMORY = 16_000_000
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"

Row = tuple[int, list[str]]


@dataclass
class Source:
    """An open file; `header` names its columns in order, without blanks around them."""

    name: str
    binary: IO[bytes]
    format: str
    encoding: str
    size: int
    header: list[str] = field(default_factory=list)
    delimiter: str = ","
    read_as: str = ""
    """Which encoding was found, and why, where that is worth telling."""
    unquoted: bool = False
    """Whether a tab is the end of a cell, and a quotation mark is one: as dealflow writes TSV."""
    sheet: str | None = None
    """Which sheet of a workbook; the first if None."""
    above: int = 0
    """How many lines of titles stand above the heading."""
    _line: int = 1
    _start: int = 0
    """How many lines stand above the heading in all."""
    _reader: io.TextIOWrapper | None = None

    def rows(self) -> Iterator[Row | Reject]:
        """Every row that is not empty. Error: BadRows for what makes the whole file unreadable."""
        try:
            yield from self._rows()
        except UnicodeError:
            raise self.undecodable() from None
        except csv.Error as exc:
            told = str(exc).replace("field larger than field limit", "a cell is larger than")
            raise file_fault(f"this is not CSV from line {self._line} on: {told}") from None

    def _rows(self) -> Iterator[Row | Reject]:
        if self.format == "xlsx":
            from dealflow.interchange.workbooks import rows

            return rows(self.binary, self.sheet, self.header, self.above)
        return self._objects() if self.format in _OBJECTS else self._table()

    @property
    def done(self) -> int:
        """How many bytes were read so far."""
        return self.binary.tell()

    def close(self) -> None:
        self.binary.close()

    def digest(self) -> str:
        """SHA-256 of the file's bytes, in hex."""
        from hashlib import file_digest

        self.binary.seek(0)
        return file_digest(cast("Any", self.binary), "sha256").hexdigest()

    # ── CSV ───────────────────────────────────────────────────────────────────────────────────

    def _text(self) -> IO[str]:
        """The file from its start, as text with its line ends."""
        if self._reader is not None:
            self._reader.detach()  # a wrapper that is thrown away closes the file under it
        self.binary.seek(0)
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        self._reader = io.TextIOWrapper(self.binary, encoding, "strict", newline="")
        for _ in range(self._start):
            self._reader.readline()
        return self._reader

    def _table(self) -> Iterator[Row | Reject]:
        csv.field_size_limit(_LARGEST_CELL)
        reader = csv.reader(
            self._text(),
            delimiter=self.delimiter,
            strict=True,
            quoting=csv.QUOTE_NONE if self.unquoted else csv.QUOTE_MINIMAL,
        )
        next(reader)
        width = len(self.header)
        self._line = reader.line_num + 1 + self._start
        for cells in reader:
            line, self._line = self._line, reader.line_num + 1 + self._start
            if len(cells) == width:
                yield line, cells
            elif any(cells):
                yield Reject(line, cells, _ragged(len(cells), width))

    def read_header(self) -> None:
        """Find out the columns. Error: BadRows for none, or one name for two."""
        try:
            self.header = self._named()
        except UnicodeError:
            raise self.undecodable() from None
        except csv.Error as exc:
            raise file_fault(f"the heading is not CSV: {exc}", line=1) from None
        if not any(self.header):
            raise file_fault("the file is empty; its first line has to name the columns", line=1)
        _no_doubles(self.header)

    def _named(self) -> list[str]:
        if self.format == "xlsx":
            from dealflow.interchange.workbooks import heading

            self.above, header = heading(self.binary, self.sheet)
            return header
        return self._keys() if self.format in _OBJECTS else self._first_row()

    def _first_row(self) -> list[str]:
        csv.field_size_limit(_LARGEST_CELL)
        lines = [*islice(self._text(), LOOKED_AT)]
        told = re.fullmatch(r"sep=(.)\s*", lines[0], re.IGNORECASE) if lines else None
        if told:  # Excel's own, above the heading
            self.delimiter, self._start = told[1], 1
        else:
            self.above = self._start = titles_above([_cells(line) for line in lines])
            line = lines[self._start] if lines else ""
            self.delimiter = "\t" if self.format == "tsv" else _delimiter(line)
        self.format = "tsv" if self.delimiter == "\t" else self.format
        first = next(csv.reader(self._text(), delimiter=self.delimiter, strict=True), [])
        return [unguarded(cell).strip() for cell in first]

    # ── NDJSON ────────────────────────────────────────────────────────────────────────────────

    def _keys(self) -> list[str]:
        keys: dict[str, None] = {}
        for found in self._parsed():
            if not isinstance(found, Reject):
                keys.update(dict.fromkeys(found[1]))
        return list(keys)

    def _objects(self) -> Iterator[Row | Reject]:
        for found in self._parsed():
            if isinstance(found, Reject):
                yield found
                continue
            line, values = found
            try:
                yield line, [_cell(values.get(key)) for key in self.header]
            except ValueError as exc:
                yield Reject(line, [str(values)], str(exc))

    def _parsed(self) -> Iterator[tuple[int, dict[str, Any]] | Reject]:
        if self.format == "json":
            from dealflow.interchange.arrays import members

            yield from members(self._text(), _members)
            return
        decoder = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_members)
        for line, text in enumerate(self._text(), 1):
            told = text.strip()
            if not told:
                continue
            try:
                values = decoder.decode(told)
            except (ValueError, RecursionError) as exc:
                yield Reject(line, [told], f"not JSON: {getattr(exc, 'msg', exc)}")
                continue
            if not isinstance(values, dict):
                yield Reject(line, [told], "not a JSON object: every line is one record")
                continue
            yield line, values

    # ── what is not text ──────────────────────────────────────────────────────────────────────

    def undecodable(self) -> Exception:
        self.binary.seek(0)
        start = self.binary.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return file_fault("the file is UTF-16, not UTF-8", "add --encoding utf-16")
        self.binary.seek(0)
        for number, line in enumerate(self.binary, 1):
            try:
                line.decode(self.encoding)
            except UnicodeError:
                hint = "save the file as UTF-8, or name its --encoding"
                if self.encoding == "utf-8" and _is_gb18030(line):
                    hint = "if it comes from a Chinese Excel, add --encoding gb18030"
                return file_fault(f"the file is not {self.encoding.upper()}", hint, number)
        return file_fault(f"the file is not {self.encoding.upper()}")


def open_source(
    path: str, format_: str | None, encoding: str | None, sheet: str | None = None
) -> Source:
    """A file, or stdin for `-`, with its header read. Errors: Unusable, UsageError, BadRows."""
    if format_ is not None and format_ not in FORMATS:
        raise UnknownWord("import format", format_, FORMATS)
    binary = _spooled(sys.stdin.buffer) if path == "-" else _opened(path)
    name = "stdin" if path == "-" else path
    try:
        size = binary.seek(0, os.SEEK_END)
        binary.seek(0)
        found = None if encoding is not None else _encoding_of(binary)
        codec = _codec(encoding, found)
        kind = format_ or _format_of(path, binary, codec)
        if found is None and encoding is None and kind != "xlsx":
            raise Source(name, binary, kind, "utf-8", size).undecodable()  # noqa: TRY301 it closes the file
        source = Source(name, binary, kind, codec, size, sheet=sheet)
        if found and found.why and kind != "xlsx":
            source.read_as = f"read as {found.name}: {found.why}; --encoding says otherwise"
        source.read_header()
    except BaseException:
        binary.close()
        raise
    return source


def _opened(path: str) -> IO[bytes]:
    try:
        file = open(path, "rb")  # noqa: SIM115 the source closes it
    except OSError as exc:
        raise Unusable(f"cannot read {path}: {(exc.strerror or str(exc)).lower()}") from None
    start = file.read(2) if file.seekable() else b""
    if file.seekable():
        file.seek(0)
    if start == _GZIP:
        from gzip import BadGzipFile, GzipFile

        try:
            with file, GzipFile(fileobj=file) as packed:
                return _spooled(cast("IO[bytes]", packed))
        except (BadGzipFile, EOFError, OSError) as exc:
            raise Unusable(f"cannot read {path}: {exc}") from None
    if file.seekable():
        return file
    with file:
        return _spooled(file)


def _spooled(stream: IO[bytes]) -> IO[bytes]:
    """A stream in full, so that nobody waits for it while the database is held."""
    import tempfile
    from shutil import copyfileobj

    spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 the source closes it
    copyfileobj(stream, spool)
    spool.seek(0)
    return spool


def _encoding_of(binary: IO[bytes]) -> Found | None:
    """The encoding of a text; a workbook is none, and says so elsewhere."""
    start = binary.read(4)
    binary.seek(0)
    return Found("utf-8") if start == _ZIP else encoding_of(binary)


def _format_of(path: str, binary: IO[bytes], codec: str) -> str:
    start = binary.read(64)
    binary.seek(0)
    if start.startswith(_ZIP):
        return "xlsx"
    text = start.decode(codec, "replace").lstrip("\ufeff").lstrip()
    ending = path.removesuffix(".gz").rpartition(".")[2].casefold()
    if text.startswith("["):
        return "json"
    if ending in {"ndjson", "jsonl"} or text.startswith("{"):
        return "ndjson"
    return "tsv" if ending in {"tsv", "tab"} else "csv"


def _delimiter(line: str) -> str:
    """What parts the heading into most cells, quoted ones left whole."""
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _cells(line: str) -> list[str]:
    """A line by itself: of a cell that goes on in the next one, what stands in this."""
    return next(csv.reader([line], delimiter=_delimiter(line)), [])


def _codec(told: str | None, found: Found | None) -> str:
    if told is not None:
        return _known_encoding(told)
    return found.name if found else "utf-8"


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)  # hex, base64 and rot13 are codecs too, but not of text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise UnknownWord("encoding", name, ("utf-8", "gb18030", "utf-16", "cp1252")) from None


def _ragged(found: int, width: int) -> str:
    return f"{found} cell{'s' * (found != 1)}, but the heading names {width} columns"


def _no_doubles(header: list[str]) -> None:
    first: dict[str, int] = {}
    for place, name in enumerate(header, 1):
        if name and first.setdefault(name.casefold(), place) != place:
            told = f"two columns are called '{name}', number {first[name.casefold()]} and {place}"
            raise file_fault(told, "rename one of them", 1)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in the object")
    return {key.strip(): value for key, value in found.items()}


def _cell(value: Any) -> str:
    """A JSON value as the text of a cell; several are joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return several(map(_cell, value), MARKS, ";")
    raise ValueError("a value is an object, and only text, numbers and lists of them fit here")


def _is_gb18030(line: bytes) -> bool:
    try:
        line.decode("gb18030")
    except UnicodeError:
        return False
    return True
