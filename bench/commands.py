"""What is measured, and what it may take. The budgets are those of docs/decisions.md."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench import generate

DEALFLOW = (str(Path(sys.executable).with_name("dealflow")),)

#: × `import sqlite3`, whole process, at the prompt
HELP, QUESTION, DRAWN, WRITE = 5.0, 5.5, 8.0, 6.5
#: the same, and seconds, for what a shell asks at each press of the key
KEY, KEY_PRESS = 3.5, 0.1
#: seconds, whole process, at 100,000 opportunities
DAILY, REPORT = 0.25, 0.5
#: seconds for reports, whole process, at 1,000,000: over all time; of a cohort, or as of a day
ALL_TIME, ANY_COHORT = 1.5, 7.0
LARGE = 100_000
"""The size up to which the first budgets in seconds hold."""
#: both, for what learns from the past when it is asked
LEARNING, LEARNT = 20.0, 3.0
#: × the sqlite3 shell running the same SQL
SQL = 1.3
TRIFLE = 0.002
"""Seconds of SQL below which handing over rows outweighs finding them, and is not judged."""
SMALL = 1000
"""The size at which the budgets of the prompt hold; above it those in seconds do."""


class Command(NamedTuple):
    """A command line; `{}` in it is another record in each run. `asks`: its SQL is compared too."""

    words: tuple[str, ...]
    prompt: float
    seconds: float
    asks: bool = False
    record: str = "deal"
    cohort: bool = False
    """Whether it asks about some cohort, or the past: at a million it may take longer."""

    def budget(self, size: int) -> float:
        """Seconds that it may take at so many opportunities."""
        if size <= LARGE or self.seconds <= DAILY:
            return self.seconds
        return ANY_COHORT if self.cohort else ALL_TIME

    @property
    def told(self) -> str:
        """As a person would write it."""
        words = " ".join(self.words).replace(f"{generate.OUT}/", "")
        return words.format("FILE" if self.record == "file" else "N")

    def line(self, ids: Sequence[int], run: int) -> list[str]:
        return [*DEALFLOW, *(word.format(ids[run % len(ids)]) for word in self.words)]


COMPLETE = ("__complete", "fish", "dealflow")

COMMANDS = (
    Command(("--help",), HELP, DAILY),
    Command((*COMPLETE, "advance", "--f"), KEY, KEY_PRESS),
    Command((*COMPLETE, "advance", ""), KEY, KEY_PRESS),
    Command((*COMPLETE, "advance", "{}", ""), KEY, KEY_PRESS),
    Command((*COMPLETE, "add", "x", "-a", "1"), KEY, KEY_PRESS),
    Command((*COMPLETE, "list", "tag:"), KEY, KEY_PRESS),
    Command(("list", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("list", "owner:me", "--json"), QUESTION, DAILY, asks=True),
    Command(("list", "-o", "table"), DRAWN, DAILY),
    Command(("show", "{}", "--json"), QUESTION, DAILY, asks=True),
    Command(("overdue", "for:me", "--json"), QUESTION, DAILY, asks=True),
    Command(("overdue", "--json"), QUESTION, REPORT, asks=True),
    Command(("next", "--for", "me", "--json"), QUESTION, DAILY, asks=True),
    Command(("next", "--all", "--json", "--limit", "50"), QUESTION, REPORT, asks=True),
    Command(("unplanned", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("quiet", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("stuck", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("gaps", "--json", "--limit", "50"), QUESTION, REPORT, asks=True),
    Command(("agenda", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("agenda", "-o", "table"), DRAWN, DAILY),
    Command(
        ("next", "--for", "me", "--as-of", "2026-05-31", "--json"), QUESTION, REPORT, cohort=True
    ),
    Command(("effort", "--json"), QUESTION, DAILY, asks=True),
    Command(("effort", "--period", "this-month", "--json"), QUESTION, REPORT, asks=True),
    Command(("stages", "suggest", "owner:me", "--json"), QUESTION, REPORT, asks=True),
    Command(("stages", "suggest", "--json", "--limit", "50"), QUESTION, REPORT, asks=True),
    Command(("stages", "review", "--json"), QUESTION, REPORT),
    Command(("close-rates", "--by", "field:need", "--json"), QUESTION, REPORT, asks=True),
    Command(("remind", "--dry-run", "--json"), QUESTION, REPORT),
    Command(("accounts", "list", "grade:A", "--json", "--limit", "50"), QUESTION, DAILY, asks=True),
    Command(("leakage", "--json"), QUESTION, REPORT, asks=True),
    Command(("leakage", "--period", "2025", "--json"), QUESTION, REPORT, asks=True, cohort=True),
    Command(("leakage", "--as-of", "2026-03-31", "--json"), QUESTION, REPORT, cohort=True),
    Command(("leakage", "--by", "source", "--json"), QUESTION, REPORT, asks=True),
    Command(("leakage", "--paths", "--json"), QUESTION, REPORT, asks=True),
    Command(
        ("leakage", "--period", "2025", "--compare", "previous", "--json"),
        QUESTION,
        REPORT,
        asks=True,
        cohort=True,
    ),
    Command(("close-rates", "--json"), QUESTION, REPORT, asks=True),
    Command(("close-rates", "--by", "source,region", "--json"), QUESTION, REPORT, asks=True),
    Command(("close-rates", "--by", "forced", "--json"), QUESTION, REPORT, asks=True),
    Command(("close-rates", "--by", "channel", "--json"), QUESTION, REPORT, asks=True),
    Command(("close-rates", "--by", "team", "--trend", "month", "--json"), QUESTION, REPORT),
    Command(("close-rates", "--conversion", "--json"), QUESTION, REPORT),
    Command(("close-rates", "-o", "table"), DRAWN, REPORT),
    Command(("pipeline", "--json"), QUESTION, REPORT, asks=True),
    Command(
        ("changes", "--period", "this-month", "--json"), QUESTION, REPORT, asks=True, cohort=True
    ),
    Command(("days", "--json"), QUESTION, REPORT, asks=True),
    Command(("reasons", "--by", "stage", "--json"), QUESTION, REPORT, asks=True),
    Command(("pushes", "--json"), QUESTION, REPORT, asks=True),
    Command(("forecast", "--json"), QUESTION, REPORT, asks=True),
    Command(("forecast", "--by", "team", "--json"), QUESTION, REPORT, asks=True),
    Command(("score", "--json", "--limit", "50"), LEARNING, LEARNT),
    Command(("factors", "--json"), LEARNING, LEARNT),
    Command(("add", "Another deal", "--value", "12k"), WRITE, DAILY),
    Command(("log", "{}", "call", "talked"), WRITE, DAILY),
    Command(("advance", "{}", "--force", "--why", "measured"), WRITE, DAILY),
    Command(("done", "{}"), WRITE, DAILY, record="follow_up"),
    Command(
        ("import", "deals", f"{generate.OUT}/{{}}.csv", "--create", "accounts"),
        WRITE,
        DAILY,
        record="file",
    ),
)
