"""`dealflow agenda`: what is overdue, what is due today, and what the next days hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dealflow.dates import start_of
from dealflow.filters import FOLLOW_UP_KEYS, Filter
from dealflow.followups import days_late
from dealflow.questions import Ask
from dealflow.questions.columns import CURRENCY, VERSION
from dealflow.questions.overdue import planned_for
from dealflow.questions.shaping import shaped, worth_showing
from dealflow.questions.telling import when
from dealflow.questions.windows import chosen
from dealflow.results import DAY, DUE, ID, INT, MACHINE, MONEY, SCREEN, TEXT, Column, Row, Table
from dealflow.store import agenda as store
from dealflow.store.agenda import Counts
from dealflow.store.scope import Scope, scope

COLUMNS = (
    Column("id", "id", ID),
    Column("when", "when", TEXT, SCREEN),
    Column("due", "due", DUE, MACHINE),
    Column("days_late", "days late", INT, MACHINE, "calendar days, business time zone"),
    Column("kind", "kind", TEXT, MACHINE),
    Column("what", "what"),
    Column("goal", "goal"),
    Column("channel", "via", about="through which channel"),
    Column("deal", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage"),
    Column("amount", "amount", MONEY),
    CURRENCY,
    Column("grade", "grade"),
    Column("owner", "owner", TEXT, MACHINE, "who owns the deal"),
    Column("for", "for", about="for whom it is planned"),
    Column("snoozed", "snoozed", INT, MACHINE, "how often it was put off"),
    VERSION,
)
#: the cells of the query: the due day and instant come twice
_FOUND = (
    COLUMNS[0],
    Column("due", "due", DUE),
    Column("day", "day", DAY),
    Column("instant", "instant", INT),
    *COLUMNS[4:],
)
_TELLS_WHEN = ("due", "late")
#: its place behind the cells that come first
_SNOOZED = [column.name for column in COLUMNS[4:]].index("snoozed")


def agenda(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    days: int = 7,
    for_: str | None = None,
    limit: int | None = None,
) -> Table:
    """Open follow-ups on open deals that are overdue or due up to `days` days ahead, first first.

    `for_` is a rep's handle or `me`. Without one, those of the rep who asks; where there are none,
    everybody's. A filter on `due` or `late` replaces `days`. Errors: as deals.listing.
    """
    wanted = _open(ask, [*words, *planned_for(for_)])
    whose = ""
    if for_ or wanted.uses("for") or ask.me is None:
        rows, counts = _found(ask, wanted, days, limit)
    else:
        rows, counts = _found(ask, _open(ask, [*words, *planned_for("me")]), days, limit)
        whose = "yours; --for NAME for somebody else's"
        if not counts.total:
            rows, counts = _found(ask, wanted, days, limit)
            whose = "everybody's: nothing is planned for you"
    return Table(
        name="agenda",
        columns=worth_showing(COLUMNS, rows, "goal", "channel", "grade"),
        rows=rows,
        summary=_summary(counts, whose),
        notes=(*_cut(counts, len(rows)), *(_leaving(ask) if for_ in {None, "me"} else ())),
        empty=f"nothing is planned for the next {days} days",
    )


def _leaving(ask: Ask) -> tuple[str, ...]:
    """Of customers of whoever asks that go to the pool soon, where there are rules of it."""
    from dealflow.questions import recycling

    return recycling.hint(ask)


def planned(ask: Ask, words: Sequence[str], days: int) -> list[Row]:
    """Everybody's open follow-ups, as rows of COLUMNS: overdue, or due up to `days` days ahead."""
    return _found(ask, _open(ask, words), days, None)[0]


def _open(ask: Ask, words: Sequence[str]) -> Filter:
    return chosen(ask, [*words, "status:open"], FOLLOW_UP_KEYS)


def _found(ask: Ask, wanted: Filter, days: int, limit: int | None) -> tuple[list[Row], Counts]:
    about: Scope = scope(ask, wanted, *store.READS)
    until = start_of(ask.today + timedelta(days=days + 1), ask.zone)
    told = any(map(wanted.uses, _TELLS_WHEN))
    found, counts = store.agenda(about, until=None if told else until, today=ask.today, limit=limit)
    return [_row(ask, row) for row in shaped(_FOUND, found)], counts


def _row(ask: Ask, row: Row) -> Row:
    number, due, day, _, *rest = row
    snoozed = rest[_SNOOZED]
    said = when(due, ask.now, ask.zone) + (f", snoozed {snoozed}×" if snoozed else "")
    return (number, said, due, days_late(day, ask.today), *rest)


def _cut(counts: Counts, here: int) -> tuple[str, ...]:
    if here == counts.total:
        return ()
    return (f"{here:,} of {counts.total:,} shown; --limit 0 for all",)


def _summary(counts: Counts, whose: str) -> tuple[str, ...]:
    """How many of each, and whose."""
    if not counts.total:
        return ()
    later = counts.total - counts.overdue - counts.today
    kinds = ((counts.overdue, "overdue"), (counts.today, "today"), (later, "later"))
    told = " · ".join(f"{count:,} {kind}" for count, kind in kinds if count)
    return tuple(line for line in (told, whose) if line)
