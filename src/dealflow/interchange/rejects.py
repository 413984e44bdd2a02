"""Rows that cannot be taken in: counted, told by line and reason, and kept in a file if wanted."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from dealflow.errors import AlreadyExists, BadRows, DealflowError, Unusable
from dealflow.named import NamedTuple
from dealflow.output.machine import FORMULA

_TOLD = 20
"""So many reasons are shown to a person."""
_KEPT = 1000
"""So many rows, and so many different reasons, are remembered one by one."""
COLUMNS = ("rejected_line", "rejected_reason")
"""What the file of rejected rows has beside their own columns."""


class Fault(NamedTuple):
    """What is wrong with a row, and how all such rows can be taken in, if there is a way."""

    reason: str
    remedy: str | None = None


class Record(NamedTuple):
    """A row as it was read. `values` has what is not empty, by field.

    `faults` says which cells cannot be read: such a row is never taken in, only looked at for what
    else is wrong with it.
    """

    line: int
    values: dict[str, Any]
    cells: Sequence[str]
    faults: tuple[Fault, ...] = ()


class Reject(NamedTuple):
    """A row with the physical line on which it starts, its cells as they came, and its fault."""

    line: int
    cells: Sequence[str]
    reason: str
    hint: str | None = None


def fault_of(error: DealflowError, column: str | None = None) -> Fault:
    """An error as the reason for a row: with what it suggests, where that is a better word."""
    told = f"{column}: {error.message}" if column else error.message
    if (error.hint or "").startswith("did you mean"):
        told = f"{told}; {error.hint}"
    remedy = error.facts.get("remedy")
    return Fault(told, str(remedy) if remedy else None)


def rejected(record: Record, *errors: DealflowError) -> Reject:
    """A record that the database cannot take in, with everything that is wrong with it."""
    faults = [*record.faults, *map(fault_of, errors)]
    reasons = dict.fromkeys(fault.reason for fault in faults)
    remedy = next((fault.remedy for fault in faults if fault.remedy), None)
    return Reject(record.line, record.cells, "; ".join(reasons), remedy)


def failures(checks: Iterable[Callable[[], object]]) -> list[DealflowError]:
    """The errors of those checks that fail, each made by itself."""
    found = []
    for check in checks:
        try:
            check()
        except DealflowError as error:
            found.append(error)
    return found


def file_fault(told: str, hint: str | None = None, line: int | None = None) -> BadRows:
    """A fault because of which nothing in the file can be trusted."""
    where = f"line {line}: " if line else ""
    return BadRows(f"{where}{told}", hint, rows=[{"line": line, "reason": told}])


class Rejects:
    """Collects rejected rows; with a path they are also written to a new file as they come.

    `skip` says whether the import goes on without them. The file is begun with the rows: a
    repetition of an import that was done before has none.
    """

    def __init__(self, path: str | None = None, *, skip: bool = False) -> None:
        self.path, self.skip = path, skip
        self.keep: RejectedFile | None = None
        self.count = 0
        self.rows: list[Reject] = []
        self._reasons: dict[str, list[int]] = {}
        self._hints: dict[str, int] = {}

    def begin(self, columns: Sequence[str]) -> None:
        if self.path is not None:
            self.keep = RejectedFile(self.path)
            self.keep.head(columns)

    def end(self) -> None:
        """All rows were seen: what was kept is made durable before the import is."""
        if self.keep and self.count:
            self.keep.finish()
        elif self.keep:
            self.keep.discard()

    def add(self, reject: Reject) -> None:
        self.count += 1
        if self.count <= _KEPT:
            self.rows.append(reject)
        if reject.reason in self._reasons:
            self._reasons[reject.reason][1] += 1
        elif len(self._reasons) < _KEPT:
            self._reasons[reject.reason] = [reject.line, 1]
        if reject.hint:
            self._hints[reject.hint] = self._hints.get(reject.hint, 0) + 1
        if self.keep:
            self.keep.write(reject)

    def error(self, read: int, ignored: Sequence[str] = ()) -> BadRows:
        """What is raised when no row may be bad: every reason with its first line and its count.

        `ignored` are the columns that were not understood: they may be the cause of it all.
        """
        rows = "row" if read == 1 else "rows"
        told = f"{self.count:,} of {read:,} {rows} cannot be taken in; nothing was changed"
        usual = "--skip-bad FILE goes on without them and writes them there"
        hint = max(self._hints, key=lambda text: self._hints[text]) if self._hints else usual
        self.rows.sort(key=lambda bad: bad.line)
        listed = [{"line": bad.line, "reason": bad.reason} for bad in self.rows]
        error = BadRows(told, hint, rejected=self.count, read=read, rows=listed)
        error.details = (*self.lines(), *not_used(ignored))
        return error

    def lines(self) -> tuple[str, ...]:
        shown = sorted(self._reasons.items(), key=lambda told: told[1][0])[:_TOLD]
        told = [f"line {line}: {why}{_more(count)}" for why, (line, count) in shown]
        left = self.count - sum(count for _, (_, count) in shown)
        return (*told, f"and {left:,} more") if left else tuple(told)


def not_used(columns: Sequence[str]) -> tuple[str, ...]:
    """The sentence that says which columns were not understood, if any."""
    if not columns:
        return ()
    return (f"not used: {', '.join(columns)}; --map 'COLUMN=FIELD' says what a column means",)


def _more(count: int) -> str:
    return f" ({count:,} rows)" if count > 1 else ""


class RejectedFile:
    """A new CSV file of its user's own: the rejected rows as they came, with line and reason.

    It grows under another name beside `path`, so that an import that is cut short leaves nothing
    there. Its last columns are called rejected_…, so that the mended file can be imported as it is.
    Errors: AlreadyExists, Unusable.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        if os.path.lexists(path):
            raise _taken(path)
        self._file = _beside(path)
        self._now_at = self._file.name
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._width = 0
        self._kept: list[int] = []

    def head(self, columns: Sequence[str]) -> None:
        self._width = len(columns)
        self._kept = [at for at, name in enumerate(columns) if name not in COLUMNS]
        self._row([*(columns[at] for at in self._kept), *COLUMNS])

    def write(self, reject: Reject) -> None:
        cells = [*reject.cells, *[""] * (self._width - len(reject.cells))]
        own = [cells[at] for at in self._kept]
        self._row([*own, str(reject.line), reject.reason, *cells[self._width :]])

    def finish(self) -> None:
        """Make it durable, and put it where it belongs; what is there meanwhile stays."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.replace(self._now_at, self.path)
        except FileExistsError:
            raise _taken(self.path) from None
        except OSError as exc:
            raise _unusable(self.path, exc) from None
        self._now_at = self.path

    def discard(self) -> None:
        """Take it away: there is nothing to keep."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._now_at)

    def _row(self, cells: Sequence[str]) -> None:
        try:
            self._writer.writerow([_guarded(unguarded(cell)) for cell in cells])
        except OSError as exc:
            raise _unusable(self.path, exc) from None


def unguarded(cell: str) -> str:
    """A cell without the ' that dealflow's CSV puts before what a spreadsheet would run."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell[1:]) else cell


def _guarded(cell: str) -> str:
    return "'" + cell if FORMULA.match(cell) else cell


def _beside(path: str) -> IO[str]:
    """A new file next to `path`, for its user's eyes only."""
    from tempfile import NamedTemporaryFile

    folder, name = os.path.split(path)
    try:
        return NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="",
            prefix=f".{name[:100]}.",
            suffix=".part",
            dir=folder or os.curdir,
            delete=False,
        )
    except OSError as exc:
        raise _unusable(path, exc) from None


def _taken(path: str) -> AlreadyExists:
    return AlreadyExists("a file", path, "name a new one, or remove it first")


def _unusable(path: str, exc: OSError) -> Unusable:
    return Unusable(f"cannot write {path}: {(exc.strerror or str(exc)).lower()}")
