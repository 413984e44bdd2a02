"""Open deals with what is expected of them, put into groups and summed, beside what was won.

A group is a tuple of labels, one for each dimension; the group () is all deals, each once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from sys import intern
from typing import Any

from dealflow.analytics.sums import Chance
from dealflow.customfields import MARK
from dealflow.dates import ALL, Period
from dealflow.errors import UsageError
from dealflow.filters import Filter
from dealflow.model import WON
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import Part, Totals, totals, worth
from dealflow.questions.chances import Lines, estimate
from dealflow.questions.windows import window as bounds_of
from dealflow.store import close_rates, forecast
from dealflow.store.dimensions import DIMENSIONS, Dimension, dimensions, labels
from dealflow.store.scope import Scope, scope

PAST, UNDATED = "past", "no date"
"""Where a month is asked for: expected closes before today, and deals without one."""
MONTH = Dimension("month", "month", "{month}")
#: those of close rates; a month is here that of the expected close, or of the win
KNOWN = {**DIMENSIONS, MONTH.name: MONTH}
#: columns of `deal` that are read, beside those of the dimensions
READS = tuple(dict.fromkeys((*forecast.READS, *close_rates.READS)))

_MOST = 2

Group = tuple[str | None, ...]
EVERYTHING: Group = ()


def dimensions_of(ask: Ask, by: Sequence[str]) -> tuple[Dimension, ...]:
    """One or two, by their names. Errors: UsageError, UnknownWord."""
    wanted = list(dict.fromkeys(by))
    if not 1 <= len(wanted) <= _MOST:
        raise UsageError(f"a forecast is by one or two dimensions, not {len(wanted)}", "--by rep")
    return tuple(_dimension(ask, word, at) for at, word in enumerate(wanted))


def _dimension(ask: Ask, word: str, at: int) -> Dimension:
    if word.casefold().startswith(MARK):
        from dealflow.questions.customfields import grouped

        return grouped(ask, word, at)
    return MONTH if word == MONTH.name else dimensions([word])[0]


def scoped(ask: Ask, filter_: Filter, dims: Sequence[Dimension]) -> Scope:
    """The deals that match, with what is read of them."""
    reads = [column for one in dims for column in one.reads]
    more = [one.more for one in dims if one.more]
    return scope(ask, filter_, *READS, *reads, more=more)


class Window(NamedTuple):
    """The expected closes that are looked at, as of `today`."""

    period: Period
    today: date

    @property
    def is_now(self) -> bool:
        """Whether today lies in it: then so do expected closes that have passed."""
        start, end, _ = self.period
        return (start is None or start <= self.today) and (end is None or self.today < end)

    def bucket(self, close: str | None) -> str | None:
        """The month of an expected close, PAST or UNDATED; None outside the window."""
        if close is None:
            return UNDATED if self.period == ALL else None
        if close < self.today.isoformat():
            return PAST if self.is_now else None
        start, end, _ = self.period
        after = start is None or start.isoformat() <= close
        return close[:7] if after and (end is None or close < end.isoformat()) else None

    @property
    def of_wins(self) -> Period:
        """Where wins are counted: in the window; without one, from the first of this month on."""
        return self.period if self.period != ALL else Period(self.today.replace(day=1), None, "")


class Deal(NamedTuple):
    """An open deal as a forecast sees it. `probability` is None where there is none."""

    group: Group
    id: int
    stage_id: int
    owner_id: int
    own: bool
    probability: float | None
    close: str | None
    amount: int | None
    currency: str


def open_deals(about: Scope, dims: Sequence[Dimension], lines: Lines) -> list[Deal]:
    """The open deals of a scope, which has READS and what the dimensions read.

    A deal with several products is there once for each, where that is a dimension.
    """
    names = [labels(about, one) for one in dims]
    size = len(dims)
    groups: dict[tuple[Any, ...], Group] = {}
    chances: dict[tuple[int, float | None], float | None] = {}
    found = []
    days: dict[str | None, str | None] = {}  # deals are many, and days few
    for cells in forecast.open_deals(about, dims):
        keys, (number, stage, owner, own, close, amount, code) = cells[:size], cells[size:]
        if keys not in groups:
            groups[keys] = _labelled(keys, names)
        if (stage, own) not in chances:
            chances[stage, own] = estimate(lines, stage, own).value
        given, code = own is not None, intern(code)
        close = days.setdefault(close, close)
        found.append(
            Deal(
                groups[keys], number, stage, owner, given, chances[stage, own], close, amount, code
            )
        )
    return found


def _labelled(keys: Iterable[Any], names: Sequence[Mapping[Any, str | None] | None]) -> Group:
    return tuple(
        key if known is None else known.get(key) for key, known in zip(keys, names, strict=True)
    )


class Wins(NamedTuple):
    """What was won, by group."""

    parts: Mapping[Group, list[Part]]
    number: Mapping[Group, int]


def wins(
    ask: Ask,
    about: Scope,
    dims: tuple[Dimension, ...],
    period: Period,
    of: tuple[Dimension, str] | None = None,
) -> Wins:
    """The wins in a period that stand, credited to the owner at the close; () is all of them.

    `of` names the rep or the team whose wins alone are meant.
    """
    parts: dict[Group, list[Part]] = defaultdict(list)
    number: Counter[Group] = Counter()
    first = (of[0],) if of else ()
    for by in [dims, ()] if dims else [()]:
        names = [labels(about, one) for one in (*first, *by)]
        question = close_rates.Question((*first, *by), "owner-at-close", *bounds_of(ask, period))
        for found in close_rates.closes(about, question, ask):
            who, group = _parted(_labelled(found.group, names), len(first))
            if found.outcome != WON or (of and who != (of[1],)):
                continue
            number[group] += found.number
            if found.known:
                parts[group].append(Part(found.currency, found.at, found.minor))
    return Wins(parts, number)


def _parted(group: Group, at: int) -> tuple[Group, Group]:
    return group[:at], group[at:]


class Sums(NamedTuple):
    """What the open deals of a group come to."""

    deals: int
    without: int
    """Deals without a probability; they are in no chance."""
    chances: list[Chance]
    """Of the deals with an amount that can be told in the report's currency, in it."""
    counts: list[Chance]
    """Of all deals with a probability, each an amount of 1."""
    elsewhere: Mapping[str, tuple[int, float]]
    """By currency without a rate: how many deals with an amount, and the sum of p × amount."""


class Expected:
    """Groups of open deals and of wins, summed in one currency."""

    def __init__(
        self, ask: Ask, held: Mapping[Group, Sequence[Deal]], won: Wins, *, base: bool = False
    ) -> None:
        """`base`: amounts have to be in the base currency, because something else is."""
        self.held, self.won = held, won
        parts = {("won", group): listed for group, listed in won.parts.items()}
        for group, deals in held.items():
            parts["open", group] = _parts(deals)
            parts["without", group] = _parts(one for one in deals if one.probability is None)
        if base:
            parts["base", EVERYTHING] = [Part(ask.currency, None, 0)]
        self.amounts: Totals[tuple[str, Group]] = totals(ask, parts)
        codes = {part.currency for listed in parts.values() for part in listed}
        self.worth = worth(ask, codes)
        self.sums = {group: self._sums(deals) for group, deals in held.items()}

    @property
    def currency(self) -> str:
        return self.amounts.currency

    def of(self, group: Group) -> Sums:
        return self.sums.get(group) or Sums(0, 0, [], [], {})

    def _sums(self, deals: Sequence[Deal]) -> Sums:
        chances, counts, without = [], [], 0
        ones: dict[float, Chance] = {}  # deals are many, and probabilities few
        elsewhere: dict[str, tuple[int, float]] = {}
        for deal in deals:
            rate = self.worth.get(deal.currency)
            if rate is None and deal.amount is not None:
                number, expected = elsewhere.get(deal.currency, (0, 0.0))
                more = (deal.probability or 0.0) * deal.amount
                elsewhere[deal.currency] = number + 1, expected + more
            if deal.probability is None:
                without += 1
                continue
            if deal.probability not in ones:
                ones[deal.probability] = Chance(deal.probability, 1)
            counts.append(ones[deal.probability])
            if rate is not None and deal.amount is not None:
                chances.append(Chance(deal.probability, round(deal.amount * rate)))
        return Sums(len(deals), without, chances, counts, elsewhere)


def _parts(deals: Iterable[Deal]) -> list[Part]:
    """The amounts of open deals, a sum for each currency: their rate is that of now."""
    summed: dict[str, int] = {}
    for deal in deals:
        if deal.amount is not None:
            summed[deal.currency] = summed.get(deal.currency, 0) + deal.amount
    return [Part(currency, None, minor) for currency, minor in summed.items()]
