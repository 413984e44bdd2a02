"""Units that a heading names for all of its column: `金额（万元）`, `Amount (USD)`, `Value (k)`."""

from __future__ import annotations

import re
from functools import cache

from dealflow.errors import UsageError
from dealflow.money import parse
from dealflow.patterns import pattern
from dealflow.text import narrow

_LAST = pattern(r"\s*[(（\[【]([^()（）\[\]【】]{1,20})[)）\]】]\s*$")
_WORDS = {
    **dict.fromkeys(("thousand", "thousands", "'000", "’000", "000"), "k"),
    **dict.fromkeys(("million", "millions", "mn", "mio"), "m"),
}


@cache
def unit_of(heading: str) -> str:
    """What to write behind a bare number of the column for it to say what it means; often nothing.

    It is anything that an amount can end with: 万, k, 元, EUR, 万美元. A code of letters counts in
    capitals only: `(All)` is no currency.
    """
    found = _LAST.search(heading)
    told = narrow(found[1]).strip() if found else ""
    unit = _WORDS.get(told.casefold(), told)
    letters = re.fullmatch("[A-Za-z]{2,}", told) and not told.isupper()
    if not unit or re.search(r"\d", unit) or (letters and unit == told):
        return ""
    try:
        parse(f"1{unit}", "USD")
    except UsageError:
        return ""
    return unit


def without_unit(heading: str) -> str:
    return _LAST.sub("", heading) if unit_of(heading) else heading


def in_unit(number: str, unit: str) -> str:
    """A number with the unit of its heading; a cell that names one itself keeps its own."""
    return f"{number}{unit}" if unit and re.fullmatch(r"[-+−]?[\d.,]+", number.strip()) else number
