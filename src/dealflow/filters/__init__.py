"""The one filter language of lists, reports and bulk changes: words in, tests on columns out.

    stage:needs.. owner:me -grade:C value:>=100k,none close:<eoq "blue ocean"

Terms are joined by and, a comma inside a term is or, a leading minus is not, double quotes take
their content literally. Whatever is not understood is an error, never an empty answer. Pure: the
store finds the records that names stand for, and turns the tests into SQL.
"""

from dealflow.filters.conditions import (
    ANY,
    ME,
    NONE,
    Between,
    Condition,
    Filter,
    Is,
    Setting,
    Special,
    Test,
    Value,
)
from dealflow.filters.keys import ACCOUNT_KEYS, FOLLOW_UP_KEYS, KEYS, Key, describe
from dealflow.filters.parsing import parse

__all__ = [
    "ACCOUNT_KEYS",
    "ANY",
    "FOLLOW_UP_KEYS",
    "KEYS",
    "ME",
    "NONE",
    "Between",
    "Condition",
    "Filter",
    "Is",
    "Key",
    "Setting",
    "Special",
    "Test",
    "Value",
    "describe",
    "parse",
]
