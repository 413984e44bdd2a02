"""How quick `import` is beside the least that could do its work: the same rows, `executemany`;
and beside a tool that puts the lines of the file into a table as they are.

And how long `undo` takes to take it all back: as many deals, each with a customer of its own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from bench import generate, measure
from bench.commands import DEALFLOW

TABLES = ("account", "opportunity", "visit")
BUDGET = 0.4
"""Of the rate of `executemany` into the same indexes."""
PEAK = 150
"""MB, whatever the size."""


UNDO = 4.0
"""Seconds that an undo of 30,000 deals with as many customers may take on a file."""


def file(path: Path, first: int, rows: int, customers: int = 0) -> Path:
    """A CSV of deals that are not in the database yet; half as many customers, unless told."""
    among = customers or max(1, rows // 2)
    with path.open("w", encoding="utf-8") as out:
        out.write("title,account,owner,stage,amount,created,external_id\n")
        for n in range(first, first + rows):
            told = f"Deal {n},Customer {n % among},rep{1 + n % 200},lead,{n}.50"
            out.write(f"{told},2026-0{1 + n % 6}-{1 + n % 28:02},{n}\n")
    return path


class Import(NamedTuple):
    """An import into an empty database, and what else could be done with the file."""

    seconds: float
    peak: float
    """Most memory, in MB."""
    written: int
    """Rows of the database that came of it."""
    raw: float
    """Seconds that `executemany` takes for those rows."""
    tool: float
    """Seconds that `sqlite-utils insert` takes to put the file as it is into one table."""


def measured(rows: int, env: Mapping[str, str]) -> Import:
    """Of a file of so many deals."""
    folder = generate.OUT
    empty = generate.database(0)
    ours, raw = folder / "import.db", folder / "raw.db"
    shutil.copy(empty, ours)
    told = str(file(folder / "bulk.csv", 1, rows))
    words = (*DEALFLOW, "import", "deals", told, "--create", "accounts")
    took, peak, code = measure.once(words, {**env, "DEALFLOW_DB": str(ours)})
    if code:
        raise SystemExit(f"import ends with exit code {code}")
    shutil.copy(empty, raw)
    theirs, written = _raw(ours, raw)
    raw.unlink()
    insert = ("-m", "sqlite_utils", "insert", str(raw), "deals", told, "--csv")
    tool = measure.once((sys.executable, *insert), env)[0]
    ours.unlink()
    raw.unlink()
    return Import(took, peak, written, theirs, tool)


def undone(rows: int, env: Mapping[str, str], url: str = "") -> tuple[float, float]:
    """Seconds of `undo` and of `redo`, of an import of deals that have a customer each.

    On a file, of the processor; or in the database at `url`, of the clock, since most of them are
    the server's. That database has to be empty, and is not afterwards.
    """
    spent = perf_counter if url else _processor
    folder = generate.OUT
    ours = folder / "undo.db"
    shutil.copy(generate.database(0), ours)
    if url:
        measure.once((*DEALFLOW, "db", "copy", "--to", url), {**env, "DEALFLOW_DB": str(ours)})
    here = {**env, "DEALFLOW_DB": url or str(ours)}
    told = str(file(folder / "bulk.csv", 1, rows, rows))
    took = []
    steps = ("import", "deals", told, "--create", "accounts"), ("undo",), ("redo",), ("undo",)
    for words in steps:
        started = spent()
        code = measure.once((*DEALFLOW, *words), here)[2]
        took.append(spent() - started)
        if code:
            raise SystemExit(f"{words[0]} ends with exit code {code}")
    ours.unlink(missing_ok=True)
    return took[1], took[2]


def _processor() -> float:
    """Seconds of the processor that the commands so far have taken."""
    told = os.times()
    return told.children_user + told.children_system


def _raw(source: Path, target: Path) -> tuple[float, int]:
    read, write = sqlite3.connect(source), sqlite3.connect(target)
    took, written = 0.0, 0
    for table in TABLES:
        known = write.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()  # noqa: S608
        info = read.execute(f"PRAGMA table_info({table})")  # leaves out what SQLite computes
        names = ", ".join(row[1] for row in info)
        rows = read.execute(f"SELECT {names} FROM {table} WHERE id > ?", known).fetchall()  # noqa: S608
        marks = ", ".join("?" * len(rows[0]))
        started = perf_counter()
        write.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608
        took, written = took + perf_counter() - started, written + len(rows)
    started = perf_counter()
    write.commit()
    took += perf_counter() - started
    read.close()
    write.close()
    return took, written
