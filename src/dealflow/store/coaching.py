"""SQL of how each rep's deals went: what the page for a team meeting is judged from.

Windows are epoch seconds UTC, half-open. Counts are by rep and whole, never rows per deal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from dealflow.model import CONTACT_KINDS
from dealflow.named import NamedTuple
from dealflow.store.closes import CLOSED, STANDS
from dealflow.store.scope import Scope

DAY = 86_400
#: days from its creation within which a deal is to be contacted first
PROMPT_DAYS = 3
#: what the scope has to have
READS = ("created_at", "owner_id", "first_owner_id", "status", "closed_at", "next_late_at")

_DECIDED = f"{CLOSED} AND v.ending <> 'void'"
"""The first of them is the condition of ix_visit_close, which has every column that is read."""
_CONTACTS = f"({', '.join(repr(kind) for kind in CONTACT_KINDS)})"


class Count(NamedTuple):
    """So many of so many."""

    successes: int
    trials: int


class Window(NamedTuple):
    """[start, end): None is no limit."""

    start: int | None
    end: int | None

    def within(self, column: str) -> str:
        tests = [f"{column} <= :now"]
        tests += [f"{column} >= :start"] * (self.start is not None)
        tests += [f"{column} < :end"] * (self.end is not None)
        return " AND ".join(tests)


class Reading:
    """The statements of one page; by rep's id. The scope has READS."""

    def __init__(self, about: Scope, asked: Window) -> None:
        self.about, self.asked = about, asked
        self.values = about.values | {"start": asked.start, "end": asked.end}

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.about.conn.execute(
            self.about.sql(sql), self.values
        ).fetchall()
        return found

    def _counts(self, sql: str) -> dict[int, Count]:
        return {rep: Count(int(successes), trials) for rep, successes, trials in self._all(sql)}

    def closed(self) -> dict[int, Count]:
        """Won, of the deals won or lost in the window, by the owner at the close."""
        return self._counts(
            f"""SELECT coalesce(v.end_owner_id, d.owner_id),
                sum(CASE WHEN v.ending = 'won' THEN 1 ELSE 0 END), count(*)
            FROM visit v JOIN deal d ON d.id = v.opportunity_id
            WHERE {_DECIDED} AND {self.asked.within("v.left_at")} AND {STANDS}
            GROUP BY 1"""
        )

    def days_to_win(self) -> dict[int, Counter[int]]:
        """How many deals were won after so many whole days from their creation."""
        found: dict[int, Counter[int]] = defaultdict(Counter)
        for rep, days, number in self._all(
            f"""SELECT coalesce(v.end_owner_id, d.owner_id),
                max(v.left_at - d.created_at, 0) / {DAY}, count(*)
            FROM visit v JOIN deal d ON d.id = v.opportunity_id
            WHERE {_DECIDED} AND v.ending = 'won' AND {self.asked.within("v.left_at")} AND {STANDS}
            GROUP BY 1, 2"""
        ):
            found[rep][days] += number
        return dict(found)

    def went_on(self) -> dict[tuple[int, int], Count]:
        """By stage and rep, of the stays that ended in the window: went on, of went on or lost."""
        return {
            (stage, rep): Count(int(on), number)
            for stage, rep, on, number in self._all(
                f"""SELECT v.stage_id, coalesce(v.end_owner_id, d.owner_id),
                    sum(CASE WHEN v.ending <> 'lost' THEN 1 ELSE 0 END), count(*)
                FROM visit v JOIN deal d ON d.id = v.opportunity_id
                WHERE v.ending IN ('advanced', 'won', 'lost') AND {self.asked.within("v.left_at")}
                    AND {STANDS} GROUP BY 1, 2"""
            )
        }

    def prompt(self) -> dict[int, Count]:
        """Deals created in the window that were contacted within PROMPT_DAYS, by their first owner.

        Of those that are that old, or were contacted by then.
        """
        soon = f"d.created_at + {PROMPT_DAYS * DAY}"
        done = f"""EXISTS (SELECT 1 FROM activity a WHERE a.opportunity_id = d.id
            AND a.kind IN {_CONTACTS} AND a.at >= d.created_at AND a.at <= {soon}
            AND a.at <= :now)"""
        return self._counts(
            f"""SELECT p.rep, sum(p.done), count(*) FROM (
                SELECT d.first_owner_id AS rep, CASE WHEN {done} THEN 1 ELSE 0 END AS done,
                    {soon} AS late FROM deal d
                WHERE d.status <> 'void' AND {self.asked.within("d.created_at")}) p
            WHERE p.done = 1 OR p.late <= :now GROUP BY p.rep"""
        )

    def planned(self) -> dict[int, Count]:
        """Open deals that have a follow-up planned, of the open deals, now."""
        return self._counts(
            """SELECT +d.owner_id, sum(CASE WHEN d.next_late_at IS NULL THEN 0 ELSE 1 END), count(*)
            FROM deal d WHERE d.status = 'open' GROUP BY 1"""
        )
