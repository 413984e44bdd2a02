"""Results that hold every value that is hard to write, and a way to get their bytes."""

from __future__ import annotations

import io
from datetime import date, timedelta, timezone

import pytest

from dealflow import output
from dealflow import results as r
from dealflow.money import Money
from dealflow.results import Column, Rate, Record, Report, Table

SHANGHAI = timezone(timedelta(hours=8))
TODAY = date(2026, 6, 30)
AT = 1_782_800_000  # 2026-06-30 14:13:20 in Shanghai

DEAL = (
    Column("id", "id", r.ID),
    Column("title", "deal"),
    Column("stage", "stage"),
    Column("amount", "amount", r.MONEY),
    Column("currency", "currency", on=r.MACHINE),
    Column("chance", "chance", r.RATE),
    Column("due", "next due", r.DUE),
    Column("since", "since", r.INSTANT),
    Column("close", "closes", r.DAY),
    Column("days", "days", r.NUMBER),
    Column("calls", "calls", r.INT),
    Column("forced", "forced", r.BOOL),
    Column("tags", "tags", r.LIST),
    Column("hint", "do", on=r.SCREEN),
)
ROWS = (
    (1, "年度框架合同", "价格谈判", Money(120_000_000, "CNY"), "CNY", Rate(3, 4, 0.75, 0.3, 0.954), date(2026, 6, 30), AT, date(2026, 7, 15), 11.5, 12_345, True, ("框架", "续约"), "log 1"),
    (20, '=HYPERLINK("x") "quoted" | <b>', "lead", Money(-1, "USD"), "USD", Rate(0, 0, None, None, None), AT, 0, None, 2.0, 0, False, (), "log 20"),
    (300, "tab\there\nline\r\x1b[31m \u202egpj.exe", "lead", Money(5, "JPY"), "JPY", None, None, None, date(2026, 6, 30), float("nan"), None, None, None, None),
    (4, None, "[red]:smiley:[/]", None, None, Rate(9, 9, 1.0, 0.701, 1.0), None, AT, None, None, 7, None, ("a,b",), "'quoted"),
)  # fmt: skip

TABLE = Table(name="deals", columns=DEAL, rows=ROWS, notes=("4 of 140 shown",))
VISITS = Table(
    name="visits",
    columns=(
        Column("stage", "stage"),
        Column("entered_at", "entered", r.INSTANT),
        Column("note", "note"),
    ),
    rows=[
        (
            "潜在客户",
            AT,
            "客户询价,希望本周五前拿到正式报价单;预算约 120 万,需要技术支持准备方案演示。",
        ),
        ("意向客户", AT, "short"),
    ],
)
PLANNED = Table(name="follow_ups", columns=VISITS.columns, rows=[], empty="nothing planned")
RECORD = Record(
    name="deal",
    title="1  年度框架合同",
    columns=DEAL,
    row=ROWS[0],
    sections=(PLANNED, VISITS),
    notes=("no contact for 9 days",),
)
REPORT = Report(
    name="chances",
    title="Chances by stage",
    as_of=AT,
    definition="won / (won + lost), deals closed in the window, with 95 % Wilson intervals.",
    parameters={"window": "2026-Q2", "by": None, "least": Money(10_000, "CNY")},
    columns=DEAL[1:6],
    rows=[row[1:6] for row in ROWS],
    notes=("no stage stands out",),
    sections=(VISITS,),
)


def style(fmt: str, **changes: object) -> output.Style:
    return output.Style(fmt, SHANGHAI, TODAY)._replace(**changes)


def written(result: r.Result, fmt: str, **changes: object) -> str:
    """What stdout gets, decoded strictly."""
    stdout = io.BytesIO()
    output.write(result, style(fmt, **changes), stdout)
    return stdout.getvalue().decode("utf-8")


@pytest.fixture
def deals() -> Table:
    return TABLE


@pytest.fixture
def record() -> Record:
    return RECORD


@pytest.fixture
def report() -> Report:
    return REPORT


@pytest.fixture(scope="session")
def shown():
    return written


@pytest.fixture(scope="session")
def style_of():
    return style
