"""Days, instants and periods: read as people write them, reckoned in the business time zone.

A day is a `date`; an instant is integer epoch seconds, UTC. Nothing here asks the computer for the
time: `now` and `today` are arguments. What is not understood is a UsageError.
"""

from dealflow.dates.periods import (
    ALL,
    Period,
    bounds,
    parse_period,
    period_between,
    previous,
    year_before,
)
from dealflow.dates.reckoning import (
    IsWorkday,
    add_months,
    add_workdays,
    weekday,
    workdays_between,
)
from dealflow.dates.when import parse_day, parse_instant, parse_when
from dealflow.dates.zones import day_of, end_of, iso, start_of, zone

__all__ = [
    "ALL",
    "IsWorkday",
    "Period",
    "add_months",
    "add_workdays",
    "bounds",
    "day_of",
    "end_of",
    "iso",
    "parse_day",
    "parse_instant",
    "parse_period",
    "parse_when",
    "period_between",
    "previous",
    "start_of",
    "weekday",
    "workdays_between",
    "year_before",
    "zone",
]
