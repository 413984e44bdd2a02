"""Days of a holiday calendar, from a file or from what Python packages know of countries.

A file has a day a line, with comma, tab or semicolon between what stands on it:

    2026-10-01,off,国庆节        2026-10-10,work,国庆节补班        2026-12-24        # and a comment

The packages `chinesecalendar` (China, with the make-up days 调休) and `holidays` (everywhere else)
come with the extra `dealflow[holidays]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

from dealflow.actions.holidays import Day
from dealflow.errors import BadRows, NotFound, Refused, nearest
from dealflow.model import DAY_OFF, DAY_WORKED
from dealflow.patterns import pattern
from dealflow.text import fold

_KINDS = {
    **dict.fromkeys(("off", "holiday", "free", "休", "休息", "放假", "假"), DAY_OFF),
    **dict.fromkeys(("work", "worked", "workday", "班", "上班", "补班", "工作日"), DAY_WORKED),
}
_COUNTRY = pattern(r"([A-Za-z]{2})(?:-([A-Za-z0-9]{1,5}))?")
_TOLD = 20
"""So many lines that cannot be read are named."""


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def parse(text: str) -> list[Day]:
    """The days that a file names. Error: BadRows with every line that cannot be read."""
    found: dict[date, Day] = {}
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        cells = _cells(line)
        if not cells or (not found and not faults and fold(cells[0]) in {"day", "date", "日期"}):
            continue
        try:
            one = _day(cells)
        except ValueError as fault:
            faults.append((number, str(fault)))
            continue
        if found.setdefault(one.day, one).kind != one.kind:
            faults.append((number, f"{one.day} is both off and worked"))
    if faults:
        raise _bad(faults)
    if not found:
        raise BadRows("the file names no days", "a line reads 2026-10-01,off,国庆节")
    return list(found.values())


def _cells(line: str) -> list[str]:
    plain = line.partition("#")[0].strip()
    cells = re.split(r"[,，\t;；]", plain)
    if len(cells) == 1:
        cells = plain.split(maxsplit=2)
    return [cell.strip().strip('"') for cell in cells] if plain else []


def _day(cells: list[str]) -> Day:
    """ValueError says what cannot be read."""
    written = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", cells[0])
    if not written:
        raise ValueError(f"'{cells[0][:40]}' is not a day; write it as 2026-10-01")
    try:
        day = date(*map(int, written.groups()))
    except ValueError:
        raise ValueError(f"{cells[0]} is not in the calendar") from None
    rest = [cell for cell in cells[1:] if cell]
    kind = _KINDS.get(fold(rest[0])) if rest else DAY_OFF
    if kind:
        return Day(day, kind, " ".join(rest[1:]))
    near = nearest(rest[0], _KINDS)
    if near or len(rest) > 1:
        raise ValueError(f"'{rest[0][:40]}' is neither off nor work")
    return Day(day, DAY_OFF, rest[0])


def _bad(faults: list[tuple[int, str]]) -> BadRows:
    told = "; ".join(f"line {number}: {fault}" for number, fault in faults[:_TOLD])
    more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    rows = [{"line": number, "reason": fault} for number, fault in faults]
    return BadRows(
        f"{told}{more}; nothing was changed", "a line reads 2026-10-01,off,国庆节", rows=rows
    )


# ── countries ─────────────────────────────────────────────────────────────────────────────────


def country(word: str) -> tuple[str, str | None] | None:
    """The country and its part that `CN` or `DE-BY` names; None for what names none."""
    found = _COUNTRY.fullmatch(word)
    return (found[1].upper(), found[2] and found[2].upper()) if found else None


def published(code: str, part: str | None, year: int) -> list[Day]:
    """What the packages know of a country's year. Errors: NotFound, Refused (not installed)."""
    if code == "CN" and part is None:
        return list(_chinese(year))
    return list(_elsewhere(code, part, year))


def _package(name: str, code: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        told = f"the holidays of {code} come from a Python package that is not installed"
        hint = "pip install 'dealflow[holidays]', or: dealflow settings holidays load FILE"
        raise Refused(told, hint) from None


def _chinese(year: int) -> Iterator[Day]:
    """As the State Council arranged the year, 调休 included."""
    known = _package("chinese_calendar", "CN").constants
    names = {one.value: one.chinese for one in known.Holiday}
    days = [
        *(Day(day, DAY_OFF, names.get(name, name)) for day, name in known.holidays.items()),
        *(
            Day(day, DAY_WORKED, f"{names.get(name, name)}补班")
            for day, name in known.workdays.items()
        ),
    ]
    found = [one for one in days if one.day.year == year]
    if not found:
        raise _not_published("CN", year, "pip install --upgrade chinesecalendar")
    yield from found


def _elsewhere(code: str, part: str | None, year: int) -> Iterator[Day]:
    package = _package("holidays", code)
    try:
        found = package.country_holidays(code, subdiv=part, years=year)
    except NotImplementedError:
        known = sorted(package.list_supported_countries())
        place = f"{code}-{part}" if part else code
        hint = "a country's two letters: CN, DE, DE-BY, US, US-CA"
        raise NotFound("country with known holidays", place, known, hint) from None
    if not found:
        raise _not_published(code, year, "pip install --upgrade holidays")
    for day, name in sorted(found.items()):
        yield Day(day, DAY_OFF, name.partition("; ")[0][:200])
    for day in sorted(getattr(found, "weekend_workdays", None) or ()):
        if day.year == year:
            yield Day(day, DAY_WORKED, "")


def _not_published(code: str, year: int, newer: str) -> NotFound:
    hint = f"{newer}, or: dealflow settings holidays load FILE"
    return NotFound("holiday calendar", f"{code} {year}", hint=hint)
