"""`dealflow quiet`: open deals whose last contact is longer ago than the cadence of their grade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import cache

from dealflow.followups import next_due
from dealflow.questions import Ask
from dealflow.questions.holidays import basis
from dealflow.questions.shaping import worth_showing
from dealflow.questions.worklists import DEAL, Listing, cadences, counted_told, recent_enough
from dealflow.results import BOOL, DAY, INSTANT, INT, MACHINE, Column, Report
from dealflow.store import worklists as store

ASKS = "which open deals nobody has been in touch with for longer than their grade allows"
DEFINITION = (
    "quiet: an open deal whose next contact, by the cadence of its grade from the last contact "
    "(else from the creation), was due before today; contact is what both sides took part in or "
    "we sent, and a day off passes the due day on to the next working day"
)
COLUMNS = (
    *DEAL,
    Column("last_contact_at", "last contact", INSTANT),
    Column("cadence", "cadence", about="at least one contact in: 7d days, 5wd working days …"),
    Column("due", "was due", DAY, about="the day by which the next contact was due"),
    Column("days_late", "days late", INT, about="calendar days since that day"),
    Column("workdays_late", "work days late", INT, MACHINE, "the working days among those"),
    Column("planned", "planned", BOOL, MACHINE, "whether a follow-up is planned"),
    Column("created_at", "created", INSTANT, MACHINE),
)


def quiet(
    ask: Ask, words: Sequence[str] = (), *, for_: str | None = None, limit: int | None = None
) -> Report:
    """Quiet deals, those first whose contact was due first. `for_` is the owner's handle, or `me`.

    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    listing = Listing(ask, words, for_)
    choice = store.quiet(recent_enough(ask))
    found = store.touched(listing.about, choice)
    known = cadences(ask)

    @cache
    def due(grade: str | None, day: date) -> date:
        return next_due(day, known[grade or "-"], ask.calendar)

    days = {deal: due(grade, listing.day(touched)) for deal, grade, touched, _ in found}
    ids = sorted(days, key=lambda deal: (days[deal], deal))[:limit]
    rows = [
        (
            *listing.deal(one),
            one.last_contact_at,
            str(known[one.grade or "-"]),
            days[one.id],
            (ask.today - days[one.id]).days,
            ask.calendar.between(days[one.id], ask.today),
            one.next_late_at is not None,
            one.created_at,
        )
        for one in listing.facts(ids)
    ]
    counts = listing.by_handle(Counter(owner for _, _, _, owner in found))
    since = min((listing.day(touched) for _, _, touched, _ in found), default=ask.today)
    return Report(
        name="quiet",
        title="Deals gone quiet",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"filter": listing.filter, "n": len(days)},
        columns=worth_showing(COLUMNS, rows, "account", "grade", "last_contact_at"),
        rows=rows,
        notes=(
            *counted_told(counts, "quiet deal", len(rows)),
            *[basis(ask.calendar, since, ask.today)] * bool(rows),
        ),
        empty="nobody was left without contact for too long",
    )
