"""Cells as values. Days are days of the business time zone; a year is always written out.

What a person may type on the command line (`fri`, `+3d`) depends on the day it is typed, so a file
cannot say it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any

from dealflow.actions import lookup, people
from dealflow.dates import day_of, parse_when, start_of
from dealflow.errors import BadDate, UnknownWord, UsageError
from dealflow.interchange import fields
from dealflow.model import ACTIVITY_KINDS
from dealflow.money import Money, known_currency, parse
from dealflow.named import NamedTuple
from dealflow.output.text import clean, clean_lines
from dealflow.text import MARKS, SEMICOLONS, fold, parted, tidy

_YES = {"1", "true", "yes", "y", "active", "是", "在职", "在售"}
_NO = {"0", "false", "no", "n", "left", "inactive", "retired", "否", "离职", "停售"}


class Moment(NamedTuple):
    """When something happened: an instant; of a bare day, its first one."""

    at: int
    day: date
    exact: bool
    """Whether a time of day was given."""


@dataclass
class Cells:
    """Reads cells. Errors: UsageError and its kin, for the row to be rejected with."""

    now: int
    zone: tzinfo
    currency: str
    _readers: dict[str, Callable[[str], Any]] = field(init=False)

    def __post_init__(self) -> None:
        self._readers = {
            fields.TEXT: lambda text: tidy(text, "the text"),
            fields.KEY: lambda text: tidy(text, "the id", 200),
            fields.WORD: lambda text: tidy(text, "the word", 200),
            fields.NAMES: names,
            fields.TAGS: lambda text: names(text, MARKS),
            fields.MONEY: lambda text: parse(text, self.currency),
            fields.DAY: lambda text: self.moment(text).day,
            fields.MOMENT: self.moment,
            fields.SHARE: share,
            fields.GRADE: lookup.grade,
            fields.FLAG: flag,
            fields.ACTIVITY: happened,
            fields.DOMAIN: people.own_domain,
        }

    def reader(self, reads: str) -> Callable[[str], Any]:
        """What reads a cell of this kind: stripped, not empty."""
        return self._readers[reads]

    def know(self, reads: str, reader: Callable[[str], Any]) -> None:
        """Cells of one more kind."""
        self._readers[reads] = reader

    def moment(self, text: str) -> Moment:
        if not re.search(r"\d{4}", text):
            known = "has no year of four digits" if re.search(r"\d", text) else "is not a date"
            raise BadDate(text[:64], known)
        when = parse_when(text, self.now, self.zone)
        if isinstance(when, int):
            return Moment(when, day_of(when, self.zone), exact=True)
        return Moment(start_of(when, self.zone), when, exact=False)

    def money(self, text: str, currency: str | None) -> Money:
        return parse(text, known_currency(currency) if currency else self.currency)


def names(text: str, marks: str = SEMICOLONS) -> tuple[str, ...]:
    """Several names in one cell, with semicolons between them, or other `marks`."""
    return tuple(dict.fromkeys(tidy(part, "the name", 300) for part in parted(text, marks)))


def alike(held: Any, told: Any) -> bool:
    r"""Whether a cell says what is held already.

    So it does where CSV or TSV had to write something out: control characters as `\x1b`, in TSV
    line ends as `\n`.
    """
    if held == told or not (isinstance(held, str) and isinstance(told, str)):
        return bool(held == told)
    return told in {clean_lines(held), clean(held)}


def share(text: str) -> float:
    """`60%` or `0.6` as 0 to 1; a bare 60 could be either, and is refused."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"'{text}' is not a probability; write 60% or 0.6")
    return value


#: words of logs for what a customer did or said; typed by hand they may mean something else
_HAPPENED = {
    **dict.fromkeys(("pageview", "webvisit", "访问", "网站访问", "浏览"), "site_visit"),
    **dict.fromkeys(("open", "opened", "打开邮件", "邮件打开", "打开"), "email_open"),
    **dict.fromkeys(("downloaded", "下载"), "download"),
    **dict.fromkeys(("attended", "webinar", "活动", "参会"), "event"),
    **dict.fromkeys(("询价",), "asks_price"),
    **dict.fromkeys(("索样", "要样品"), "asks_sample"),
    **dict.fromkeys(("提问", "咨询"), "asks_question"),
    **dict.fromkeys(("异议",), "objects"),
}


def happened(text: str) -> str:
    """The kind of activity that a log's word stands for."""
    found = _HAPPENED.get(fields.normal(text))
    try:
        return found or lookup.activity_kind(text)
    except UnknownWord as unknown:
        known = ", ".join(ACTIVITY_KINDS)
        unknown.facts["remedy"] = f'--value "kind:{text}=KIND" says what is meant: {known}'
        raise


def flag(text: str) -> int:
    told = fold(text)
    if told not in _YES | _NO:
        raise UsageError(f"'{text}' is neither yes nor no")
    return int(told in _YES)
