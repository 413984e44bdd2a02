"""`dealflow unplanned`: open deals on which nothing is planned."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.questions import Ask
from dealflow.questions.shaping import worth_showing
from dealflow.questions.worklists import DEAL, Listing, counted_told
from dealflow.results import INSTANT, INT, MACHINE, Column, Report
from dealflow.store import worklists as store

ASKS = "which open deals have no follow-up planned"
DEFINITION = (
    "unplanned: an open deal without any open follow-up; those without contact for longest come "
    "first, and a deal that never had one counts from its creation"
)
COLUMNS = (
    *DEAL,
    Column("last_contact_at", "last contact", INSTANT),
    Column("days_without_contact", "days without", INT, about="calendar days since, or since it"
           " was created"),
    Column("created_at", "created", INSTANT, MACHINE),
)  # fmt: skip


def unplanned(
    ask: Ask, words: Sequence[str] = (), *, for_: str | None = None, limit: int | None = None
) -> Report:
    """Open deals without a plan. `for_` is the owner's handle, or `me`.

    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    listing = Listing(ask, words, for_)
    first = store.longest_untouched(listing.about, store.UNPLANNED, limit)
    rows = [
        (
            *listing.deal(one),
            one.last_contact_at,
            (ask.today - listing.day(one.touched)).days,
            one.created_at,
        )
        for one in listing.facts(first.ids)
    ]
    counts = listing.counted(first.owners)
    return Report(
        name="unplanned",
        title="Deals with nothing planned",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"filter": listing.filter, "n": counts.total()},
        columns=worth_showing(COLUMNS, rows, "account", "grade", "last_contact_at"),
        rows=rows,
        notes=counted_told(counts, "unplanned deal", len(rows)),
        empty="every open deal has something planned",
    )
