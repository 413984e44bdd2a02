"""Which customers a recycle takes, and which it will take soon: `dealflow pool recycle`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

from dealflow import followups
from dealflow.dates import day_of
from dealflow.followups import DEFAULT_CADENCES, Cadence, next_due
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.holidays import basis
from dealflow.questions.shaping import worth_showing
from dealflow.questions.telling import days
from dealflow.questions.windows import plural
from dealflow.results import DAY, ID, INSTANT, INT, TEXT, Column, Table
from dealflow.store import pool as store
from dealflow.store.conn import Conn
from dealflow.store.database import Database
from dealflow.store.pool import Held

NO_RULE = "no customer is ever recycled: dealflow settings set pool.A 30d makes a rule for grade A"
#: what each setting is
ABOUT = {
    **{
        f"pool.{grade}": "how long a customer of "
        + ("no grade" if grade == "-" else f"grade {grade}")
        + " may go untouched before it is recycled"
        for grade in DEFAULT_CADENCES
    },
    "pool.warn": "how long before that it is warned of",
    "pool.cap": "how many customers a rep may have: nobody claims more",
    **{
        f"pool.cap.{grade}": f"how many of {'no grade' if grade == '-' else f'grade {grade}'}"
        for grade in DEFAULT_CADENCES
    },
    "pool.reclaim-days": "days that the last owner waits before claiming again; 0: none",
    "pool.open-deals": "recycle, or keep: customers with an open deal that nobody touched",
}
COLUMNS = (
    Column("id", "id", ID),
    Column("name", "name"),
    Column("grade", "grade"),
    Column("owner", "owner"),
    Column("touched_at", "last touched", INSTANT),
    Column("days_untouched", "days", INT, about="calendar days since then"),
    Column("rule", "rule", TEXT, about="how long it may go untouched: pool.A …"),
    Column("until", "last day", DAY, about="what is done on it or before keeps the customer"),
    Column("state", "goes", TEXT, about="now: with the next recycle; soon: within pool.warn"),
)
#: customers that are named one by one
_TOLD = 20


class Due(NamedTuple):
    """A customer and its last day; after it a recycle takes it."""

    held: Held
    rule: Cadence
    touched: date
    until: date

    @property
    def id(self) -> int:
        return self.held.id


class Found(NamedTuple):
    """What a recycle takes now, and what comes next; both first what was due first."""

    gone: list[Due]
    soon: list[Due]
    ruled: bool
    """Whether there is any rule."""


def asked(conn: Conn, db: Database, now: int, me: int | None) -> Ask:
    """The question that an action asks inside its transaction."""
    return Ask(conn, now, db.zone, db.currency, me, db.setting)


def rules(ask: Ask) -> dict[str, Cadence]:
    """By grade (`-`: none) how long a customer may go untouched; where there is a rule."""
    told = {grade: ask.setting(f"pool.{grade}") for grade in DEFAULT_CADENCES}
    return {grade: followups.parse_cadence(text) for grade, text in told.items() if text}


def found(ask: Ask, owner: int | None = None) -> Found:
    """What a recycle at `ask.now` takes, of everybody's or of one rep's customers."""
    known = rules(ask)
    if not known:
        return Found([], [], ruled=False)
    keep = ask.setting("pool.open-deals") == "keep"
    rows = store.held(ask.conn, ask.now, known, keep_open=keep, owner=owner)

    @cache
    def until(grade: str, day: date) -> date:
        return next_due(day, known[grade], ask.calendar)

    due = []
    for one in rows:
        day = day_of(one.touched, ask.zone)
        grade = one.grade or "-"
        due.append(Due(one, known[grade], day, until(grade, day)))
    due.sort(key=lambda one: (one.until, one.held.id))
    last = _warned_until(ask)
    gone = [one for one in due if one.until < ask.today]
    return Found(gone, [one for one in due if ask.today <= one.until <= last], ruled=True)


def _warned_until(ask: Ask) -> date:
    """The last day of which is warned today; the day before today where nobody is warned."""
    told = ask.setting("pool.warn")
    if not told:
        return ask.today - timedelta(days=1)
    return next_due(ask.today, followups.parse_cadence(told), ask.calendar)


# ── as lines ──────────────────────────────────────────────────────────────────────────────────


def told(ask: Ask, found: Found) -> tuple[str, ...]:
    """What was taken, and of what is warned."""
    if not found.ruled:
        return (NO_RULE,)
    here = found.gone or found.soon
    return (
        *_few([_gone(ask, one) for one in found.gone]),
        *([] if found.gone else ["nothing to recycle"]),
        *_few([_soon(ask, one) for one in found.soon]),
        *([basis(ask.calendar, min(one.touched for one in here), ask.today)] if here else []),
    )


def _few(lines: list[str]) -> Sequence[str]:
    left = len(lines) - _TOLD
    return [*lines[:_TOLD], *([f"and {left:,} more"] if left > 0 else [])]


def _gone(ask: Ask, one: Due) -> str:
    untouched = f"untouched for {days((ask.today - one.touched).days)} ({_rule(one)})"
    return f"{one.held.name} is in the pool; it was {one.held.owner}'s, {untouched}"


def _soon(ask: Ask, one: Due) -> str:
    left = (one.until - ask.today).days
    when = f"in {days(left)}, {one.until}" if left else f"today, {one.until}"
    return f"soon: {one.held.name} ({one.held.owner}) has its last day {when} ({_rule(one)})"


def _rule(one: Due) -> str:
    return f"pool.{one.held.grade or '-'} {one.rule}"


def hint(ask: Ask) -> tuple[str, ...]:
    """How many customers of whoever asks go to the pool soon; nothing, where none do."""
    all_ = found(ask, ask.me) if ask.me is not None else Found([], [], ruled=False)
    listed = [*all_.gone, *all_.soon]
    if not listed:
        return ()
    go = "go" if len(listed) > 1 else "goes"
    told = f"{plural(len(listed), 'customer')} of yours {go} to the pool unless touched"
    return (f"{told}: dealflow pool recycle --warn --for me",)


# ── as a list ─────────────────────────────────────────────────────────────────────────────────


def warnings(ask: Ask, owner: int | None = None, *, limit: int | None = None) -> Table:
    """What the next recycle takes, and what it will take soon. Nothing is changed."""
    all_ = found(ask, owner)
    listed = [*((one, "now") for one in all_.gone), *((one, "soon") for one in all_.soon)]
    rows = [
        (
            one.id,
            one.held.name,
            one.held.grade,
            one.held.owner,
            one.held.touched,
            (ask.today - one.touched).days,
            str(one.rule),
            one.until,
            state,
        )
        for one, state in listed[:limit]
    ]
    since = min((one.touched for one, _ in listed), default=ask.today)
    cut = f"{len(rows):,} of {len(listed):,} shown; --limit 0 for all"
    counted = (f"{len(all_.gone):,} now · {len(all_.soon):,} soon",) if listed else ()
    return Table(
        name="recycling",
        columns=worth_showing(COLUMNS, rows, "grade"),
        rows=rows,
        summary=counted,
        notes=(
            *([cut] if len(rows) < len(listed) else []),
            *([basis(ask.calendar, since, ask.today)] if listed else []),
        ),
        empty="nothing is due for the pool" if all_.ruled else NO_RULE,
    )
