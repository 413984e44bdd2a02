"""Whatever is typed after `dealflow`: a known exit code, never a traceback, nothing on stdout but results.

DEALFLOW_FUZZ=5000 .venv/bin/python -m pytest tests/fuzz/test_argv.py
"""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from dealflow.cli import _build
from dealflow.commands.table import entry_of, every, named

from .conftest import tried

pytestmark = pytest.mark.file  # words do not depend on where the database is

#: the public contract, without 1, which is a bug
CODES = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 141}
#: a command that was refused: nothing belongs on stdout
REFUSED = {2, 3, 4, 5, 6, 7, 8, 9}

ALL = [words for words, _ in every()]

#: values that mean something somewhere; files are those of the bench, in its own folder
MEANT = [
    "1", "2", "3", "#1", "1-3", "-", "0", "-1", "42", "99999999999999999999", "1.5", "20", "21",
    "Acme", "li", "wang", "me", "none", "", "Pump", "A", "Z", "lead", "needs", "solution", "en",
    "zh", "price", "call", "电话", "fri", "+3d", "-2w", "2026-07-01", "2026-02-30", "9999-12-31",
    "eom", "14:30", "10k", "-5", "12.5万", "USD 4", "EUR", "1e999", "60%", "0.6", "nan", "inf",
    "stage:needs..", "-stage:lead", "owner:me", "value:>=1k", "zzz:1", "title", "-close,id",
    "field:size:>=10", "field:budget:>1k", "field:level:high", "field:size", "-field:size", "size=7",
    "budget=1k", "need=none", "number", "money", "choice", "size", "level", "opportunity", "account",
    "2026-Q3", "this-month", "rep", "grade", "timezone", "Asia/Shanghai", "Mars/Base", "sharing",
    "cadence.A", "pool.A", "pool.cap", "pool.reclaim-days", "owner:none", "was:li", "5wd", "single-user", "wal", "rollback", "json", "table", "ids", "zzz",
    "rows.csv", "pipeline.db", "copy.db", "nowhere.db", "missing/x.db", ".", "a=b", "=", "title=x",
    "SELECT 1", "SELECT id FROM opportunity", "DELETE FROM rep", "SELECT", "'", "\x1b[2J", "x" * 600,
    "\udcff", "\x00", "--", "-x", "--zzz", "[red]", "\u202e",
]  # fmt: skip
_FREE = st.text(
    st.characters(exclude_characters="/~\\", exclude_categories=()), max_size=12
).filter(lambda text: text != "..")
VALUE = st.sampled_from(MEANT) | st.sampled_from(MEANT) | _FREE
_COMMON = ["--json", "-y", "--dry-run", "--help", "--no-header", "--raw", "--version"]
_COMMON_VALUED = ["-o", "--as", "--as-of", "--db", "--key"]


@cache
def parameters(command) -> tuple[list[str], list[str], int]:
    """The flags of a command, its options that take a value, and how many arguments it has."""
    built = _build(command[-1], entry_of(command))
    flags, valued, arguments = [], [], 0
    for one in built.params:
        if type(one).__name__ == "TyperArgument":
            arguments += 1
        elif one.is_flag:
            flags += [*one.opts, *one.secondary_opts]
        else:
            valued += one.opts
    return flags, valued, arguments


@st.composite
def command_lines(draw) -> list[str]:
    """A command with some of its own options, some of everybody's, and any words for values."""
    command = draw(st.sampled_from(ALL))
    flags, valued, arguments = parameters(command)
    words = [draw(VALUE) for _ in range(draw(st.integers(0, arguments + 1)))]
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["flag", "valued", "valued", "common", "word"]))
        if kind == "valued":
            some = [draw(st.sampled_from(valued + _COMMON_VALUED)), draw(VALUE)]
        elif kind == "word":
            some = [draw(VALUE)]
        else:
            some = [draw(st.sampled_from(_COMMON if kind == "common" else flags or _COMMON))]
        at = draw(st.integers(0, len(words)))
        words[at:at] = some
    return [*command, *words]


@st.composite
def ready_lines(draw) -> list[str]:
    """A command that would do as it stands, with options put in."""
    start = draw(st.sampled_from(_READY))
    _, valued, _ = parameters(parameters_of(start))
    words = list(start)
    for _ in range(draw(st.integers(0, 2))):
        words += [draw(st.sampled_from(valued)), draw(VALUE)]
    return words + draw(st.lists(st.sampled_from(["--json", "-y", "--dry-run"]), max_size=2))


_READY = [
    ["add", "New"], ["list"], ["show", "1"], ["edit", "1", "--tag", "x"], ["advance", "1", "--force", "--why", "x"],
    ["back", "2"], ["win", "1", "--force", "--why", "x"], ["lose", "1", "-r", "price"],
    ["void", "1"], ["reopen", "3"], ["log", "1", "call"], ["plan", "1", "fri", "x"], ["done", "1"],
    ["snooze", "1", "+2d"], ["cancel", "1", "--why", "x"], ["agenda"], ["remind"], ["join", "1", "wang"], ["leave", "1", "wang"],
    ["hand-over", "--from", "li", "--to", "wang", "--yes"], ["export", "--ics"], ["export", "deals"], ["export", "--vcard"], ["overdue"], ["leakage"],
    ["leakage", "--by", "rep"], ["leakage", "--paths"], ["leakage", "--period", "2026-06", "--compare", "previous"],
    ["pipeline"], ["changes"], ["days"], ["reasons"], ["pushes"],
    ["effort"], ["next"], ["unplanned"], ["quiet"], ["stuck"], ["gaps"],
    ["close-rates"], ["close-rates", "--trend", "month"], ["close-rates", "--conversion"], ["sql", "SELECT 1"],
    ["undo"], ["redo"], ["schema"], ["completion", "bash"], ["apply", "-"], ["db", "dump"], ["history"], ["reps", "list"],
    ["close-rates"], ["forecast"], ["forecast", "keep", "x"], ["forecast", "list"], ["forecast", "show", "first"],
    ["forecast", "score"], ["forecast", "backtest"], ["forecast", "remove", "first"], ["targets", "set", "all", "2026", "9k"],
    ["targets"], ["targets", "list"], ["targets", "remove", "1"], ["sql", "SELECT 1"], ["undo"], ["redo"], ["history"], ["reps", "list"],
    ["close-rates"], ["score"], ["factors"], ["coach"], ["sql", "SELECT 1"], ["undo"], ["redo"], ["history"], ["reps", "list"],
    ["reps", "add", "Zhou"], ["reps", "edit", "wang", "--team", "x"], ["accounts", "list"],
    ["accounts", "show", "Acme"], ["accounts", "add", "New"], ["accounts", "edit", "Acme", "--grade", "A"],
    ["pool", "list"], ["pool", "claim", "Delta"], ["pool", "release", "Acme", "--why", "x"], ["pool", "recycle"],
    ["accounts", "duplicates"], ["contacts", "duplicates"], ["accounts", "merge", "Acme", "Delta", "--yes"],
    ["contacts", "merge", "1", "2", "--yes"], ["contacts", "list"], ["contacts", "add", "Acme", "Qian"], ["contacts", "edit", "1", "--title", "x"],
    ["products", "list"], ["products", "add", "Valve"], ["products", "edit", "Pump", "--price", "4"],
    ["stages", "list"], ["stages", "suggest"], ["stages", "show", "lead"], ["accounts", "log", "Acme", "call"], ["stages", "export"], ["settings", "list"],
    ["fields", "list"], ["fields", "add", "zone"], ["fields", "edit", "size", "--name", "x"],
    ["fields", "remove", "size"], ["stages", "review"], ["move", "1", "saas"], ["pipelines", "list"],
    ["pipelines", "rename", "en", "--name", "x"], ["pipelines", "retire", "saas"],
    ["settings", "set", "cadence.A", "3d"], ["settings", "rate", "USD", "7"], ["db", "check"],
    ["settings", "holidays", "list"], ["settings", "holidays", "load", "CN", "2026"],
    ["settings", "holidays", "add", "2026-07-14"], ["settings", "holidays", "remove", "2026-07-14"],
    ["db", "info"], ["db", "roles"], ["db", "backup"], ["db", "migrate"], ["db", "journal", "rollback"],
    ["import", "deals", "rows.csv"], ["init", "--db", "new.db"],
]  # fmt: skip


@tried(150)
@given(command_lines() | ready_lines(), st.sampled_from([b"", b"1 2\n", b"\xff", b"SELECT 1"]))
@example(["sql", "SELECT 1", "--timeout", "99999999999999999999"], b"")
@example(["add", "New", "--account", "\udcff"], b"")
@example(["init", "--db", "new.db", "-p", "zh", "-p", "zh"], b"")
def test_no_command_line_is_a_bug(bench, argv, stdin):
    said = bench(argv, stdin=stdin)
    event(f"exit {said.code}")
    assert said.code in CODES, said.err
    assert "Traceback" not in said.err
    if said.code in REFUSED:
        assert said.out == ""
        assert said.err.startswith(("error: ", "warning: ", "{")), said.err
        if "--json" in argv:
            assert json.loads(said.err.splitlines()[-1])["exit_code"] == said.code


def test_every_command_has_a_line_that_would_do(bench):
    """What the others are made from works as it stands, but for those that need a backup or a file."""
    started = {parameters_of(words) for words in _READY}
    needing = {
        ("demo",),
        ("db", "restore"),
        ("db", "copy"),
        ("db", "merge"),
        ("db", "load"),
        ("stages", "apply"),
    }
    assert set(ALL) - started == needing
    for words in _READY:
        expected = 0 if words[0] != "redo" else 5
        assert bench(words).code == expected, words


def parameters_of(words) -> tuple[str, ...]:
    """The name of the command that a line begins with."""
    return named(words)
