"""A small database, and what every command answers on it: where the reference gets its fields."""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dealflow.cli import PROGRAM, _group
from dealflow.commands.table import COMMANDS, named
from dealflow.invocation import Run
from dealflow.options import Options
from dealflow.pipelines import template_text
from dealflow.results import Result, Results

ZONE = ZoneInfo("Asia/Shanghai")
MOMENT = "2026-07-01T10:00:00+08:00"
"""A Wednesday morning; every example in the documents is of this day."""
NOW = int(datetime.fromisoformat(MOMENT).timestamp())

_MADE = ("copy.db", "moved.db", "loaded.db", "all.ndjson")
"""Files that a command of the session makes."""
_FILES = {
    "rows.csv": "title,account,stage\nImported,Acme,lead\n",
    "visits.csv": "time,type,company,page\n2026-06-30 09:00,site_visit,Acme,/pumps\n",
    "pipeline.toml": template_text("saas"),
    "lines.ndjson": '{"command": "log", "args": ["1", "note"], "key": "a"}\n',
    "holidays.csv": "2026-10-01,off,国庆节\n2026-10-10,work,国庆节补班\n",
}

#: command lines that leave something to answer with; the last of a command is the one described
_SESSION = (
    ("init", "-p", "zh", "--timezone", "Asia/Shanghai"),
    ("reps", "add", "wang", "--team", "north"),
    ("reps", "edit", "wang", "--email", "wang@example.com"),
    ("accounts", "add", "Acme", "--grade", "A"),
    ("accounts", "edit", "Acme", "--segment", "energy"),
    ("contacts", "add", "Acme", "Zhao"),
    ("contacts", "edit", "1", "--title", "CTO"),
    ("products", "add", "Pump", "--price", "3万"),
    ("products", "edit", "Pump", "--series", "P"),
    ("add", "Pumps", "-a", "Acme", "-v", "12.5万", "--product", "Pump", "--contact", "Zhao"),
    ("fields", "add", "need"),
    ("fields", "edit", "need", "--name", "需求"),
    ("fields", "add", "budget", "--type", "money"),
    ("fields", "remove", "budget"),
    ("edit", "1", "--set", "need=quiet"),
    ("log", "1", "call", "asked for a quote", "--next", "fri"),
    ("plan", "1", "yesterday", "demo"),
    ("snooze", "2", "yesterday"),
    ("advance", "1"),
    ("back", "1"),
    ("add", "Valves", "-a", "Acme"),
    ("lose", "2", "-r", "price"),
    ("reopen", "2"),
    ("void", "2"),
    ("add", "Seals", "-a", "Acme", "-v", "9k"),
    ("win", "3", "--force", "--why", "signed at the fair"),
    ("list",),
    ("show", "1"),
    ("agenda",),
    ("remind",),
    ("join", "1", "wang", "--role", "support"),
    ("leave", "1", "wang"),
    ("hand-over", "--from", "wang", "--to", "li"),
    ("export", "--ics"),
    *(("export", table) for table in ("accounts", "contacts", "products", "reps", "activities")),
    *(("export", table) for table in ("history", "follow-ups", "lines", "participants", "deals")),
    ("overdue",),
    ("next",),
    ("unplanned",),
    ("quiet",),
    ("stuck",),
    ("gaps",),
    ("leakage",),
    ("leakage", "--by", "rep"),
    ("leakage", "--paths"),
    ("leakage", "--period", "2026-07", "--compare", "previous"),
    ("pipeline",),
    ("changes", "--period", "this-month"),
    ("days",),
    ("reasons",),
    ("pushes",),
    ("effort", "--period", "this-month"),
    ("close-rates",),
    ("targets", "set", "all", "2026-Q3", "5m"),
    ("targets", "list"),
    ("targets",),
    ("forecast", "--explain"),
    ("forecast", "keep", "q3"),
    ("forecast", "list"),
    ("forecast", "show", "q3"),
    ("forecast", "score"),
    ("forecast", "backtest", "--months", "2"),
    ("forecast", "remove", "q3"),
    ("targets", "remove", "1"),
    ("score",),
    ("factors",),
    ("coach",),
    ("completion", "bash"),
    ("sql", "SELECT id, title, amount FROM opportunity"),
    ("done", "1"),
    ("plan", "1", "mon", "visit"),
    ("cancel", "3", "--why", "they moved"),
    ("undo",),
    ("redo",),
    ("history",),
    ("reps", "list"),
    ("settings", "set", "pool.A", "30d"),
    ("pool", "recycle"),
    ("pool", "claim", "Acme"),
    ("pool", "release", "Acme", "--why", "no budget this year"),
    ("pool", "list"),
    ("accounts", "add", "Acme Ltd"),
    ("contacts", "add", "Acme", "Zhao先生"),
    ("accounts", "duplicates"),
    ("contacts", "duplicates"),
    ("contacts", "merge", "1", "2", "--yes"),
    ("accounts", "merge", "Acme", "Acme Ltd", "--yes"),
    ("accounts", "list"),
    ("accounts", "show", "Acme"),
    ("contacts", "list"),
    ("products", "list"),
    ("fields", "list"),
    ("stages", "list"),
    ("stages", "show", "needs"),
    ("stages", "review"),
    ("stages", "export"),
    ("settings", "list"),
    ("settings", "set", "cadence.A", "5d"),
    ("settings", "rate", "USD", "7.12"),
    ("accounts", "log", "Acme", "download", "price list"),
    ("log", "1", "asks_price", "how much"),
    ("stages", "suggest"),
    ("import", "activities", "visits.csv"),
    ("settings", "holidays", "load", "holidays.csv"),
    ("settings", "holidays", "add", "2026-07-14", "company day"),
    ("settings", "holidays", "list"),
    ("settings", "holidays", "remove", "2026-07-14"),
    ("import", "deals", "rows.csv"),
    ("apply", "lines.ndjson"),
    ("import", "layouts"),
    ("stages", "apply", "pipeline.toml"),
    ("move", "1", "saas"),
    ("pipelines", "list"),
    ("pipelines", "rename", "saas", "--name", "Software"),
    ("move", "1", "zh"),
    ("pipelines", "retire", "saas"),
    ("db", "check"),
    ("db", "check", "--repair", "--yes"),
    ("db", "backup", "copy.db"),
    ("db", "merge", "copy.db"),
    ("db", "restore", "copy.db", "--yes"),
    ("db", "copy", "--to", "moved.db"),
    ("db", "dump"),
    ("db", "load", "all.ndjson", "--to", "loaded.db"),
    ("db", "roles"),
    ("db", "info"),
    ("db", "migrate"),
    ("db", "journal", "rollback"),
)


@dataclass(slots=True)
class _Kept(Run):
    """A run that keeps its result instead of showing it."""

    results: list[Result] = field(default_factory=list)

    def show(self, results: Results) -> int:
        self.results += results if isinstance(results, tuple) else (results,)
        return 0


@contextmanager
def _standing_clock() -> Iterator[Path]:
    """A scratch folder, at MOMENT."""
    before = os.environ.get("DEALFLOW_NOW")
    os.environ["DEALFLOW_NOW"] = MOMENT
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        del os.environ["DEALFLOW_NOW"]
        if before is not None:
            os.environ["DEALFLOW_NOW"] = before


def _run(words: Sequence[str], folder: Path) -> list[Result]:
    env = {
        "DEALFLOW_DB": str(folder / "pipeline.db"),
        "DEALFLOW_CONFIG_DIR": str(folder),
        "XDG_STATE_HOME": str(folder),
        "DEALFLOW_REP": "li",
    }
    run = _Kept(Options(), tuple(words), env, program=PROGRAM)
    try:
        root = _group("dealflow", "", COMMANDS)
        typed = [str(folder / word) if word in {*_FILES, *_MADE} else word for word in words]
        written = io.BytesIO()
        with redirect_stdout(io.TextIOWrapper(written)):  # some write as they go
            root.main(typed, prog_name="dealflow", standalone_mode=False, obj=run)
            if words == ("db", "dump"):
                (folder / "all.ndjson").write_bytes(written.getvalue())
    finally:
        run.close()
    return run.results


def answers() -> dict[str, Any]:
    """By command, as it is typed (`reps add`): the result it gave last."""
    return {name: each[-1] for name, each in every_answer().items()}


@cache
def every_answer() -> dict[str, list[Any]]:
    """By command all the results that it gave, in their order."""
    found: dict[str, list[Any]] = {}
    with _standing_clock() as folder:
        for name, content in _FILES.items():
            (folder / name).write_text(content, "utf-8")
        for words in _SESSION:
            answer = (_run(words, folder) or [None])[-1]
            found.setdefault(" ".join(named(words)), []).append(answer)
    return found


#: what the README shows of the sample database
_MORNING = (
    ("overdue", "grade:A"),
    ("leakage", "--pipeline", "zh"),
    ("close-rates", "--by", "rep"),
)


@cache
def morning() -> list[tuple[str, Result]]:
    """The three questions of the morning on the sample database, as typed and as answered."""
    with _standing_clock() as folder:
        _run(("demo", "--db", str(folder / "pipeline.db")), folder)
        return [("dealflow " + " ".join(words), _run(words, folder)[-1]) for words in _MORNING]
