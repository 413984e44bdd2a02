"""`dealflow overdue`: which follow-ups are late, how late, and whose they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from dealflow.filters import FOLLOW_UP_KEYS
from dealflow.followups import days_late
from dealflow.questions import Ask
from dealflow.questions.columns import CURRENCY
from dealflow.questions.holidays import basis
from dealflow.questions.shaping import due, money, worth_showing
from dealflow.questions.windows import chosen, plural
from dealflow.results import BOTH, DUE, ID, INT, MACHINE, MONEY, TEXT, Column, Report, Row
from dealflow.stages import StageSpec
from dealflow.store.names import Names
from dealflow.store.overdue import READS, Overdue, handles
from dealflow.store.overdue import overdue as read
from dealflow.store.scope import scope

ASKS = "which planned follow-ups are late, how late, and whose they are"
DEFINITION = (
    "overdue: a planned follow-up that is open, on an open deal, and due before now; one due on a "
    "day is late once that day is over in the business time zone, so what is due today is not"
)
COLUMNS = (
    Column("id", "id", ID),
    Column("due", "due", DUE),
    Column("days_late", "days late", INT, about="calendar days since the day it was due"),
    Column("workdays_late", "work days late", INT, MACHINE, "the working days among those"),
    Column("what", "what"),
    Column("goal", "goal"),
    Column("kind", "kind", TEXT, MACHINE),
    Column("channel", "channel", TEXT, MACHINE, "how it is to be done"),
    Column("deal", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("stage", "stage", TEXT, MACHINE, "key of the deal's stage"),
    Column("stage_name", "stage", about="its name"),
    Column("for", "for", about="handle of the rep it is planned for"),
    Column("owner", "owner", TEXT, MACHINE, "handle of the deal's owner"),
    Column("amount", "amount", MONEY, about="of the deal"),
    CURRENCY,
    Column("grade", "grade", about="the deal's, else the customer's"),
    Column("snoozed", "snoozed", INT, MACHINE, "how often it was put off"),
)


def overdue(
    ask: Ask, words: Sequence[str] = (), *, for_: str | None = None, limit: int | None = None
) -> Report:
    """Overdue follow-ups, the longest overdue first; a cut list says so.

    `for_` is a rep's handle or name, or `me`. Errors: UsageErrors of the filter, NotFound,
    UnknownActor.
    """
    told = chosen(ask, [*words, *planned_for(for_)], FOLLOW_UP_KEYS)
    about = scope(ask, told, *READS)
    found = read(about)
    reps, stages = handles(about), _stages(ask)
    rows = [
        _row(ask, one, stages[one.stage_id], reps) for one in (found[:limit] if limit else found)
    ]
    return Report(
        name="overdue",
        title="Overdue follow-ups",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"filter": told.text, "n": len(found)},
        columns=_columns(rows),
        rows=rows,
        notes=_notes(ask, found, len(rows), reps),
        empty="nothing is overdue",
    )


def planned_for(rep: str | None) -> tuple[str, ...]:
    """The filter's term for follow-ups that are planned for a rep (`me` too), if there is one."""
    if not rep:
        return ()
    quoted = rep.replace('"', '""')
    return ("for:me" if rep == "me" else f'for:"{quoted}"',)


def _columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """What was put off is shown as such where there is any."""
    columns = worth_showing(COLUMNS, rows, "goal", "grade")
    if not any(row[-1] for row in rows):
        return columns
    return (*columns[:-1], columns[-1]._replace(on=BOTH))


def _stages(ask: Ask) -> dict[int, StageSpec]:
    known = Names(ask.conn, ask.now, ask.me)
    return {stage.id: stage for pipeline in known.pipelines for stage in pipeline.stages}


def _row(ask: Ask, one: Overdue, stage: StageSpec, reps: dict[int, str]) -> Row:
    day = date.fromisoformat(one.due_day)
    return (
        one.id,
        due(one.due_day, one.due_at),
        days_late(day, ask.today),
        ask.calendar.between(day, ask.today),
        one.what,
        one.goal,
        one.kind,
        one.channel,
        one.deal,
        one.title,
        one.account,
        stage.key,
        stage.name,
        reps[one.rep_id],
        reps[one.owner_id],
        money(one.amount, one.currency),
        one.currency,
        one.grade,
        one.snoozed,
    )


def _notes(ask: Ask, found: Sequence[Overdue], here: int, reps: dict[int, str]) -> tuple[str, ...]:
    if not found:
        return ()
    deals = len({one.deal for one in found})
    summed = f"{len(found):,} overdue on {plural(deals, 'deal')}"
    by_rep = Counter(reps[one.rep_id] for one in found)
    ordered = sorted(by_rep.items(), key=lambda item: (-item[1], item[0]))
    shares = ", ".join(f"{rep} {number:,}" for rep, number in ordered)
    cut = [f"{here:,} of {len(found):,} shown; --limit 0 for all"] if here < len(found) else []
    earliest = date.fromisoformat(min(one.due_day for one in found))
    return (f"{summed}; by rep: {shares}", *cut, basis(ask.calendar, earliest, ask.today))
