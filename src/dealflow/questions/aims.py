"""Whose a target is, and which targets stand beside the rows of a report."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from dealflow.analytics.targets import Wanted, parts, wanted
from dealflow.filters import ME, Filter, Is
from dealflow.model import Target
from dealflow.questions import Ask
from dealflow.store.names import Names

EVERYBODY = "all"
REP, TEAM = "rep:", "team:"

#: by whose they are, then by period
Aims = Mapping[str, Mapping[str, int]]


def aims(found: Iterable[Target], measure: str) -> Aims:
    """The targets of one measure, so that they can be looked up."""
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found:
        if row.measure == measure:
            held[row.whose][row.period] = row.amount
    return held


def aim(held: Aims, whose: str | None, period: str | None) -> Wanted | None:
    """The target of somebody in a period; None where there is none, or the period has none."""
    if whose is None or period is None:
        return None
    return wanted(held.get(whose, {}), period)


def months_of(period: str) -> list[str]:
    """The months of a year, a quarter or a month; none of anything else."""
    if not re.fullmatch(r"\d{4}(-Q[1-4]|-\d\d)?", period):
        return []
    return [month for part in parts(period) for month in parts(part) or (part,)] or [period]


def whose(ask: Ask, filter_: Filter) -> str | None:
    """Whose targets a filter is about: everybody's, one rep's or one team's; None: nobody's."""
    if not filter_.conditions and not filter_.words and not filter_.words_not:
        return EVERYBODY
    if len(filter_.conditions) != 1 or filter_.words or filter_.words_not:
        return None
    (condition,) = filter_.conditions
    if condition.negated or len(condition.tests) != 1:
        return None
    (test,) = condition.tests
    names = Names(ask.conn, ask.now, ask.me)
    if condition.key.name == "owner" and test is ME:
        return _rep(ask, names.actor())
    if condition.key.name == "owner" and isinstance(test, Is):
        return _rep(ask, names.values("owner", str(test.value))[0])
    if condition.key.name == "team" and isinstance(test, Is):
        return f"{TEAM}{names.values('team', str(test.value))[0]}"
    return None


def _rep(ask: Ask, rep_id: int) -> str:
    from dealflow.model import Rep
    from dealflow.store.past import row_at

    row = row_at(ask.conn, Rep, rep_id, ask.now)
    return f"{REP}{row.handle}" if row else EVERYBODY
