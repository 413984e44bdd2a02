"""`dealflow stuck`: open deals longer in their stage than is expected, or usual, there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dealflow.model import OPEN
from dealflow.questions import Ask
from dealflow.questions.shaping import worth_showing
from dealflow.questions.worklists import DAY, DEAL, ENOUGH, Limit, Listing, counted_told, limits
from dealflow.results import INSTANT, INT, MACHINE, NUMBER, Column, Report
from dealflow.store import worklists as store

ASKS = "which open deals are in their stage for longer than they should be"
DEFINITION = (
    "stuck: an open deal longer in its stage than the stage's expected days, or where it has none, "
    f"than nine of ten stays there last (Kaplan-Meier, once {ENOUGH} have ended); days of 24 hours"
)
COLUMNS = (
    *DEAL,
    Column("days_in_stage", "days there", INT, about="whole days since it entered the stage"),
    Column("limit_days", "limit", NUMBER, about="the days after which a deal is stuck there"),
    Column("limit_is", "which is", about="expected: the stage says so; usual: 90 % of the stays"),
    Column("times", "times", NUMBER, about="the time there as a multiple of the limit"),
    Column("stage_since", "in stage since", INSTANT, MACHINE),
)


def stuck(
    ask: Ask, words: Sequence[str] = (), *, for_: str | None = None, limit: int | None = None
) -> Report:
    """Stuck deals, the largest multiples first. `for_` is the owner's handle, or `me`.

    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    listing = Listing(ask, words, for_)
    known = limits(ask, listing.stages.values())
    seconds = {stage: found.seconds for stage, found in known.items()}
    choice = store.stuck(seconds)
    first = store.longest_over(listing.about, choice, seconds, limit)
    rows = [
        (
            *listing.deal(one),
            (ask.now - one.stage_since) // DAY,
            round(seconds[one.stage_id] / DAY, 1),
            known[one.stage_id].told,
            round((ask.now - one.stage_since) / seconds[one.stage_id], 1),
            one.stage_since,
        )
        for one in listing.facts(first.ids)
    ]
    counts = listing.counted(first.owners)
    return Report(
        name="stuck",
        title="Deals that are stuck",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"filter": listing.filter, "n": counts.total()},
        columns=worth_showing(COLUMNS, rows, "account", "grade"),
        rows=rows,
        notes=(*counted_told(counts, "stuck deal", len(rows)), *basis_told(listing, known)),
        empty="no deal is in its stage for too long",
    )


def basis_told(listing: Listing, known: Mapping[int, Limit]) -> tuple[str, ...]:
    """Where the limit is what was usual, on how many stays it rests; and where there is none."""
    stages = [s for s in listing.stages.values() if s.kind == OPEN and not s.retired]
    usual = [
        f"{stage.name} {known[stage.id].seconds / DAY:.1f} days (n={known[stage.id].n:,})"
        for stage in stages
        if stage.id in known and known[stage.id].n is not None
    ]
    without = [stage.name for stage in stages if stage.id not in known]
    lines = [f"usual, from the stays there: {', '.join(usual)}"] * bool(usual)
    why = f"no expected days, and fewer than {ENOUGH} stays have ended"
    lines += [f"no limit yet in {', '.join(without)}: {why}"] * bool(without)
    return tuple(lines)
