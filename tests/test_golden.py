"""Golden output: each headline report in every format, over one database of hard values.

To accept new bytes: UPDATE_GOLDEN=1 pytest tests/test_golden.py, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "overdue": ("overdue",),
    "leakage": ("leakage",),
    "leakage-visits-window": ("leakage", "--unit", "visits", "--period", "2026-Q2"),
    "leakage-by-rep": ("leakage", "--by", "rep"),
    "leakage-compare": ("leakage", "--period", "2026-05", "--compare", "previous"),
    "leakage-paths": ("leakage", "--paths", "--explain"),
    "close-rates": ("close-rates",),
    "close-rates-trend": ("close-rates", "--trend", "month"),
    "close-rates-conversion": ("close-rates", "--conversion", "--period", "2026-05"),
    "close-rates-product-month": ("close-rates", "--by", "product,month"),
    "score": ("score",),
    "score-customers": ("score", "--customers"),
    "factors": ("factors",),
    "coach": ("coach",),
    "overdue-as-of": ("overdue", "--as-of", "2026-06-20"),
    "days": ("days",),
    "reasons": ("reasons", "--by", "stage", "--as-of", "2026-06-01"),
    "pipeline": ("pipeline",),
    "pipeline-rep": ("pipeline", "--by", "rep", "--as-of", "2026-06-20"),
    "changes": ("changes", "--period", "2026-Q2"),
    "changes-rep": ("changes", "--period", "2026-06", "--by", "rep"),
    "pushes": ("pushes",),
    "list": ("list", "status:any"),
    "show": ("show", "1"),
    "agenda": ("agenda", "--days", "30"),
    "history": ("history", "--limit", "5"),
}
#: on the story with targets and a forecast that was kept
FORESEEN = {
    "forecast": ("forecast", "--explain"),
    "forecast-quarter": ("forecast", "--by", "rep", "--period", "2026-Q3"),
    "forecast-score": ("forecast", "score"),
    "forecast-show": ("forecast", "show", "六月"),
    "forecast-backtest": ("forecast", "backtest", "--months", "3"),
    "targets": ("targets",),
    "targets-list": ("targets", "list"),
}
FORMATS = ("table", "json", "ndjson", "csv", "tsv", "md", "ids")


def story(line) -> None:
    """Two pipelines, two currencies, Chinese and hostile text, every ending, a reopening."""
    line.at("2026-04-01T09:00:00+08:00")
    line.ok("reps", "add", "王芳", "--handle", "wang", "--team", "north")
    line.ok("stages", "apply", "-", stdin=SERVICE)
    line.ok("products", "add", "Pump", "--price", "1000")
    line.ok("settings", "rate", "USD", "7.1")
    force = ("--force", "--why", "known for years")
    line.ok(
        "add", "年度框架合同", "-a", "北京华联", "-v", "12.5万", "--grade", "A", "--product", "Pump"
    )
    line.ok("add", "=SUM(A1) [red]x[/] \x1b[2J", "-a", 'Smith, "Jones" & Co', "-v", "USD 999.99")
    line.ok("add", "no amount", "--owner", "wang", "--pipeline", "service")
    line.ok("add", "duplicate", "-a", "北京华联", "--new-account")
    line.at("2026-04-10T09:00:00+08:00")
    line.ok("log", "1", "电话", "要报价\n下周再谈", "--next", "2026-06-19", "--goal", "发报价")
    line.ok("edit", "1", "--set", "need=统一采购", "--contact", "李雷", "--close", "2026-07-31")
    line.ok("advance", "1")
    line.ok("advance", "2", "solution", *force)
    line.at("2026-05-20T18:30:00+08:00")
    line.ok("lose", "2", "--reason", "price", "--note", "too dear")
    line.ok("void", "4")
    line.ok("win", "3", *force)
    line.ok("add", "second try", "-a", "北京华联", "-v", "5000", "--product", "Pump")
    line.ok("plan", "5", "2026-06-30 14:30", "demo", "--for", "wang")
    line.at("2026-06-15T09:00:00+08:00")
    line.ok("reopen", "2", "needs")
    line.ok("edit", "5", "--owner", "wang")
    line.ok("back", "2", "interested")
    line.ok("win", "5", *force)
    line.ok("plan", "2", "2026-07-03", "call back")
    line.at("2026-07-01T10:00:00+08:00")


SERVICE = """
key = "service"
name = "Service"

[[stage]]
key = "asked"
name = "Asked"
expected_days = 5

[[stage]]
key = "signed"
name = "Signed"
won = true
"""


@pytest.fixture(scope="module")
def _kept():
    return {}


@pytest.fixture
def told(dealflow, where, _kept):
    """The command line on the story's database, which is made once."""
    if where not in _kept:
        story(dealflow)
        _kept[where] = dealflow.keep()
    _kept[where](dealflow)
    dealflow.at("2026-07-01T10:00:00+08:00")
    return dealflow


@pytest.fixture
def foreseen(told, where, _kept):
    """The story, with what was wanted and expected on the way."""
    key = f"{where} foreseen"
    if key not in _kept:
        _foresee(told)
        _kept[key] = told.keep()
    _kept[key](told)
    told.at("2026-07-01T10:00:00+08:00")
    return told


def _foresee(line) -> None:
    line.at("2026-06-16T09:00:00+08:00")
    line.ok("targets", "set", "all", "2026", "100万")
    line.ok("targets", "set", "rep:王芳", "2026-Q3", "5万")
    line.ok("targets", "set", "team:north", "2026-07", "2", "--deals")
    for n, (value, close) in enumerate(
        [
            ("3万", "2026-06-25"),
            ("USD 20k", "2026-07-10"),
            ("JPY 900000", "2026-07-20"),
            ("2万", "none"),
        ]
    ):
        dated = ("--close", close) if close != "none" else ()
        line.ok("add", f"扩容 {n}", "-v", value, *dated, "--owner", "wang" if n % 2 else "li")
    line.ok("add", "asked for", "-v", "8000", "--pipeline", "service", "--close", "2026-08-01")
    line.ok("edit", "1", "--probability", "70%")
    line.ok("forecast", "keep", "六月")
    line.at("2026-06-29T09:00:00+08:00")
    force = ("--force", "--why", "known for years")
    line.ok("win", "6", *force)
    line.ok("lose", "9", "--reason", "price")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_the_bytes_are_as_they_were(told, name, format_):
    check(told, name, REPORTS[name], format_)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", FORESEEN)
def test_the_bytes_of_what_is_foreseen_are_as_they_were(foreseen, name, format_):
    check(foreseen, name, FORESEEN[name], format_)


def check(line, name, words, format_) -> None:
    said = line(*words, "-o", format_)
    found = f"exit {said.code}\n{said.out}" if said.code else said.out
    path = GOLDEN / f"{name}.{format_ if format_ != 'table' else 'txt'}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(found.encode())
    assert found.encode() == path.read_bytes()
