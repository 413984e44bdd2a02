"""SQL of how deals were followed up from their creation to a landmark, so many days later.

Looked at are deals that were still open at the landmark, and only what was done by then: what came
later would tell of those that lived longer (immortal time), not of those that were won.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dealflow.model import CONTACT_KINDS
from dealflow.named import NamedTuple
from dealflow.store.features import Moments
from dealflow.store.scope import Scope

DAY = 86_400
#: at so many instants, evenly apart up to the landmark, it is looked whether a follow-up is open
CHECKS = 4
_CONTACTS = f"({', '.join(repr(kind) for kind in CONTACT_KINDS)})"
_IN = "a.at >= m.created_at AND a.at <= m.at"


class Window(NamedTuple):
    """Which deals: created in [start, end), instants, None for no end; the landmark in days."""

    landmark: int
    start: int | None
    end: int | None


class Way(NamedTuple):
    """How one deal was followed up by the landmark."""

    deal: int
    contacts: int
    first_at: int | None
    """The first contact."""
    met: int
    """Visits, meetings and demos."""
    inbound: int
    """What came from the customer."""
    reps: int
    """Different people of ours who logged something."""
    created_at: int


class Landmarked(NamedTuple):
    """How many deals of the window there are, by what became of them."""

    won: int
    lost: int
    soon: int
    """Won or lost before the landmark, and left out."""
    open: int
    """Created long enough ago, and not closed yet: no outcome."""


def moments(window: Window) -> Moments:
    """Each deal that is won or lost, at its landmark, at which it was open."""
    return Moments(
        f"""SELECT d.id AS deal, d.created_at + :landmark AS at, d.created_at, d.account_id
        FROM deal d WHERE d.status IN ('won', 'lost') AND d.closed_at > d.created_at + :landmark
        AND {_within(window)}""",
        _bound(window),
    )


def _within(window: Window) -> str:
    tests = ["d.created_at + :landmark <= :now"]
    tests += ["d.created_at >= :start"] * (window.start is not None)
    tests += ["d.created_at < :end"] * (window.end is not None)
    return " AND ".join(tests)


def _bound(window: Window) -> dict[str, Any]:
    return {"landmark": window.landmark * DAY, "start": window.start, "end": window.end}


def counted(about: Scope, window: Window) -> Landmarked:
    """The scope has status, created_at, closed_at."""
    late = "d.closed_at > d.created_at + :landmark"
    sql = f"""SELECT
        sum(CASE WHEN d.status = 'won' AND {late} THEN 1 ELSE 0 END),
        sum(CASE WHEN d.status = 'lost' AND {late} THEN 1 ELSE 0 END),
        sum(CASE WHEN d.status IN ('won', 'lost') AND NOT ({late}) THEN 1 ELSE 0 END),
        sum(CASE WHEN d.status = 'open' THEN 1 ELSE 0 END)
        FROM deal d WHERE {_within(window)}"""
    found = about.conn.execute(about.sql(sql), about.values | _bound(window)).fetchone()
    return Landmarked(*(int(number or 0) for number in found))


def outcomes(about: Scope, chosen: Moments) -> dict[int, int]:
    """By deal 1 where it was won, 0 where it was lost."""
    sql = """SELECT m.deal, CASE WHEN d.status = 'won' THEN 1 ELSE 0 END
        FROM moment m JOIN deal d ON d.id = m.deal"""
    return dict(_rows(about, chosen, sql))


def ways(about: Scope, chosen: Moments) -> list[Way]:
    """One for every deal."""
    sql = f"""SELECT m.deal,
        coalesce(sum(CASE WHEN a.kind IN {_CONTACTS} THEN 1 ELSE 0 END), 0),
        min(CASE WHEN a.kind IN {_CONTACTS} THEN a.at END),
        coalesce(sum(CASE WHEN a.kind IN ('visit', 'meeting', 'demo') THEN 1 ELSE 0 END), 0),
        coalesce(sum(CASE WHEN a.direction = 'in' THEN 1 ELSE 0 END), 0),
        count(DISTINCT a.rep_id), m.created_at
        FROM moment m LEFT JOIN activity a ON a.opportunity_id = m.deal AND {_IN}
        GROUP BY m.deal, m.created_at"""
    return [Way(*row) for row in _rows(about, chosen, sql)]


def done(about: Scope, chosen: Moments) -> Iterator[tuple[int, str, str]]:
    """Deal, `kind`, `channel` or `role`, and which: each once, of what was done by the landmark.

    A role is that of the contact whom it was done with, as the role is known as of now.
    """
    people = about.table("contact", "role")
    own = f"FROM moment m CROSS JOIN activity a ON a.opportunity_id = m.deal AND {_IN}"
    sql = f"""SELECT DISTINCT m.deal, 'kind', a.kind {own} WHERE a.kind <> 'note'
        UNION SELECT m.deal, 'kind', a.kind FROM moment m
            CROSS JOIN activity a ON a.account_id = m.account_id AND {_IN} WHERE a.kind <> 'note'
        UNION SELECT m.deal, 'channel', a.channel {own} WHERE a.channel IS NOT NULL
        UNION SELECT m.deal, 'role', c.role {own} JOIN {people} c ON c.id = a.contact_id
            WHERE c.role IS NOT NULL AND a.kind IN {_CONTACTS}"""
    return iter(_rows(about, chosen, sql))


def planned(about: Scope, chosen: Moments, landmark: int) -> dict[int, int]:
    """By deal, at how many of the CHECKS a follow-up was open; deals at none are not there."""
    plans = about.table("follow_up", "opportunity_id", "created_at", "done_at", "cancelled_at")
    part = landmark * DAY // CHECKS
    checks = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(1, CHECKS + 1))
    at = f"m.created_at + k.n * {part}"
    sql = f"""SELECT m.deal, count(DISTINCT k.n) FROM moment m CROSS JOIN ({checks}) k
        JOIN {plans} f ON f.opportunity_id = m.deal AND f.created_at <= {at}
        WHERE (f.done_at IS NULL OR f.done_at > {at})
            AND (f.cancelled_at IS NULL OR f.cancelled_at > {at})
        GROUP BY m.deal"""
    return dict(_rows(about, chosen, sql))


def _rows(about: Scope, chosen: Moments, sql: str) -> list[tuple[Any, ...]]:
    text = about.sql(sql, f"moment AS MATERIALIZED ({chosen.sql})")
    found: list[tuple[Any, ...]] = about.conn.execute(
        text, about.values | dict(chosen.values)
    ).fetchall()
    return found
