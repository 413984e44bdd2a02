"""How a file writes dates, numbers and shares: decided for the file or the column. Pure.

What a cell can mean narrows down what all of them mean. Where several readings are left that
differ, it is asked for; it is never guessed cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from dealflow.errors import UsageError
from dealflow.interchange.units import in_unit, unit_of
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.text import narrow

ORDERS = ("dmy", "mdy", "ymd")
POINT, COMMA = "1,234.50", "1.234,50"
NUMBERS = (POINT, COMMA)

#: three numbers of which the first is no year of four digits
_DATE = pattern(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = pattern(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED = pattern(
    rf"(?<!\d)(\d{{1,2}})[- ]({'|'.join(_MONTHS)})[a-z]*\.?[-, ]+(\d{{4}}|\d{{2}})(?!\d)",
    re.IGNORECASE,
)
_MONTH_FIRST = pattern(
    rf"({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})(?!\d)", re.IGNORECASE
)
_EPOCH = pattern(r"1\d{12}|[1-9]\d{8,9}\.\d{3,6}")


# ── dates ─────────────────────────────────────────────────────────────────────────────────────


def _year(text: str) -> int:
    """Two digits are 1969 to 2068, as POSIX has it."""
    number = int(text)
    return number if len(text) == 4 else number + (1900 if number >= 69 else 2000)


def _day(parts: tuple[str, str, str], order: str) -> date | None:
    """The day that three numbers are in this order; None where they are none."""
    told = dict(zip(order, parts, strict=True))
    if len(told["y"]) not in {2, 4} or len(told["d"]) > 2:
        return None
    try:
        return date(_year(told["y"]), int(told["m"]), int(told["d"]))
    except ValueError:
        return None


def orders_of(text: str) -> dict[str, date] | None:
    """The days that a cell can mean, by the order of its numbers; None where it is not asked."""
    found = _DATE.search(narrow(text))
    if found is None:
        return None
    parts = (found[1], found[3], found[4])
    return {order: day for order in ORDERS if (day := _day(parts, order))}


@dataclass
class DateOrder:
    """Narrows the order of day, month and year of a file down, a cell at a time."""

    left: set[str] = field(default_factory=lambda: set(ORDERS))
    differs: tuple[str, dict[str, date]] | None = None
    """A cell that means different days in the orders that are left."""
    broken: str | None = None
    """The first cell with which no order is left."""
    met: bool = False

    def see(self, text: str) -> None:
        days = orders_of(text)
        if not days:
            return
        self.met = True
        left = self.left & days.keys()
        if left:
            self.left = left
        elif self.broken is None:
            self.broken = text
        if len(set(days.values())) > 1 and self.differs is None:
            self.differs = (text, days)

    def decided(self, usual: str | None) -> str | None:
        """The order; None where no cell asks for one. Error: UsageError where it is open.

        `usual` is what the layout says, where the cells leave it open. Two digits for a year come
        first only where nothing else fits.
        """
        if not self.met:
            return None
        if self.broken is not None:
            told = f"'{self.broken}' is no date in the order of the dates before it"
            raise UsageError(told, "--dates dmy, mdy or ymd says the order; or mend the cells")
        left = self.left - {"ymd"} if len(self.left) > 1 else self.left
        if len(left) == 1:
            return next(iter(left))
        if usual in left:
            return usual
        if self.differs is None:
            return min(left)
        text, days = self.differs
        meant = [days[order] for order in sorted(left & days.keys())]
        told = " or ".join(f"{day.day} {day:%B %Y}" for day in meant)
        raise UsageError(f"'{text}' may be {told}", "add --dates dmy or --dates mdy")


def plain_date(text: str, order: str | None) -> str:
    """A cell with its date as 2026-03-11, so that it can be read in one way only."""
    told = narrow(text).strip()
    if _EPOCH.fullmatch(told):
        seconds = float(told) / (1 if "." in told else 1000)
        from datetime import UTC, datetime

        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if order and (found := _DATE.search(told)):
        day = _day((found[1], found[3], found[4]), order)
        return _put(told, found, day) if day else told
    if (found := _YEAR_FIRST.search(told)) and (day := _day((found[4], found[3], found[1]), "dmy")):
        return _put(told, found, day)
    for shape, places in ((_NAMED, (1, 2, 3)), (_MONTH_FIRST, (2, 1, 3))):
        if named := shape.search(told):
            number, month, year = (named[place] for place in places)
            at = str(_MONTHS.index(month.lower()) + 1)
            if day := _day((number, at, year), "dmy"):
                return _put(told, named, day)
    return re.sub(r" (UTC|GMT)$", "Z", told)


def _put(text: str, found: re.Match[str], day: date) -> str:
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    after = re.sub(r"^(?:at |T|,)\s*", "", after, flags=re.IGNORECASE)
    zone = re.sub(r" (UTC|GMT)$", "Z", after)
    return " ".join(part for part in (before, day.isoformat(), zone) if part)


# ── numbers ───────────────────────────────────────────────────────────────────────────────────

_NUMBER = pattern(r"\d(?:[\d.,'’ \u00a0\u202f]*\d)?")
#: 1.234万 has a decimal point
_UNIT = pattern(r"\s*[十百千万萬亿億kmbw]", re.IGNORECASE)
#: what is the same by any convention, or needs no more than a look where points are decimal
_DIGITS, _POINTED = pattern(r"[0-9]+"), pattern(r"[0-9]+(?:\.[0-9]+)?")
_GROUPED = {
    ",": pattern(r"[1-9]\d{0,2}(?:,\d{3})+"),
    ".": pattern(r"[1-9]\d{0,2}(?:\.\d{3})+"),
}


def _bare(number: str) -> str:
    """Without blanks and apostrophes between thousands."""
    return re.sub(r"(?<=\d)['’ \u00a0\u202f](?=\d{3}(?!\d))", "", number)


def conventions_of(text: str) -> frozenset[str]:
    """The conventions by which the number in a cell can be read; of one without a mark, both."""
    found = _NUMBER.search(narrow(text))
    number = _bare(found[0]) if found else ""
    return frozenset(
        name
        for name, thousands, decimal in ((POINT, ",", "."), (COMMA, ".", ","))
        if _fits(number, thousands, decimal)
    )


def _fits(number: str, thousands: str, decimal: str) -> bool:
    whole, mark, fraction = number.partition(decimal)
    if mark and not fraction.isdigit():
        return False
    return whole.isdigit() or not whole or _GROUPED[thousands].fullmatch(whole) is not None


@dataclass
class NumberStyle:
    """Narrows the marks of a column's numbers down, a cell at a time."""

    left: frozenset[str] = frozenset(NUMBERS)
    differs: str | None = None
    broken: bool = False

    def see(self, text: str) -> None:
        if _DIGITS.fullmatch(text):
            return
        can = conventions_of(text)
        if not can:
            return
        if self.left & can:
            self.left &= can
        else:
            self.broken = True
        if _ambiguous(text):
            self.differs = self.differs or text

    def decided(self, heading: str, usual: str | None) -> str:
        """The convention. Error: UsageError where it is open and matters.

        A comma before three digits separates thousands, as it does on the command line; a point
        before three digits may do either.
        """
        if self.broken:
            return POINT
        if len(self.left) == 1:
            return next(iter(self.left))
        if self.differs is None or usual:
            return usual or POINT
        if "," in self.differs:
            return POINT
        told = f"{heading}: '{self.differs}' may have a decimal point or separate thousands"
        raise UsageError(told, "add --numbers 1,234.50 or --numbers 1.234,50")


def _ambiguous(text: str) -> bool:
    """Whether one mark stands before exactly three digits: 1.234 or 1,234."""
    told = narrow(text)
    found = _NUMBER.search(told)
    if found is None or _UNIT.match(told[found.end() :]):
        return False
    return re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", _bare(found[0])) is not None


def plain_number(text: str, convention: str) -> str:
    """A cell with its number as 1234.50; what stands around it stays."""
    if convention == POINT and _POINTED.fullmatch(text):
        return text
    told = narrow(text)
    found = _NUMBER.search(told)
    if found is None or convention not in conventions_of(told):
        return told
    number = _bare(found[0])
    if convention == COMMA:
        number = number.replace(".", "").replace(",", ".")
    else:
        number = number.replace(",", "")
    return told[: found.start()] + number + told[found.end() :]


# ── shares ────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Shares:
    """Whether bare numbers of a column are percents: where one is above 1, or the heading says."""

    percent: bool = False

    def see(self, text: str) -> None:
        told = narrow(text).strip()
        if re.fullmatch(r"\d+(?:\.\d+)?", told) and float(told) > 1:
            self.percent = True


def plain_share(text: str, *, percent: bool) -> str:
    told = narrow(text).strip()
    return f"{told}%" if percent and re.fullmatch(r"\d+(?:\.\d+)?", told) else told


class Conventions(NamedTuple):
    """What was decided for a file: the order of its dates, and per column how it writes."""

    order: str | None = None
    numbers: Mapping[str, str] = MappingProxyType({})
    percent: frozenset[str] = frozenset()

    def date(self, text: str) -> str:
        return plain_date(text, self.order)

    def number(self, heading: str) -> Callable[[str], str]:
        style, unit = self.numbers.get(heading, POINT), unit_of(heading)
        return lambda text: in_unit(plain_number(text, style), unit)

    def share(self, heading: str) -> Callable[[str], str]:
        percent = heading in self.percent
        return lambda text: plain_share(text, percent=percent)


def order_named(word: str | None) -> str | None:
    """What --dates says. Error: UsageError."""
    return _one_of("--dates", word, ORDERS)


def numbers_named(word: str | None) -> str | None:
    """What --numbers says. Error: UsageError."""
    return _one_of("--numbers", word, NUMBERS)


def _one_of(option: str, word: str | None, known: Iterable[str]) -> str | None:
    if word is not None and word not in known:
        raise UsageError(f"{option} is {' or '.join(known)}, not '{word}'")
    return word
