"""SQL of the leakage report: fates, stays, skips, reasons and amounts, per stage.

Every statement is a function of the scope, the cohort and `:now`. A visit is the deal's last one to
its stage as of `:now` where it was not revisited by then; a close that was reopened by then is no
outcome. What is sorted by how it ended and how long it took comes from an index that is sorted so
(ix_visit_ended), unless a window on entering makes another one (ix_visit_stay) shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from dealflow.model import ADVANCED, RETURNED, WON
from dealflow.store.connection import Conn
from dealflow.store.exchange import FIXED_AT
from dealflow.store.scope import Scope

CohortBy = Literal["entered", "created", "closed"]
Unit = Literal["deals", "visits"]
HOUR = 3600

_LAST = "(v.revisited_at IS NULL OR v.revisited_at > :now)"
_STANDS = "(v.reopened_at IS NULL OR v.reopened_at > :now)"
_THERE = "v.entered_at <= :now AND (v.left_at IS NULL OR v.left_at > :now)"


class Cohort(NamedTuple):
    """Who is counted: what happened to them in [start, end), instants; None is no end."""

    by: CohortBy
    start: int | None
    end: int | None
    unit: Unit
    stages: tuple[int, ...]
    """The stages that are looked at."""


class Fate(NamedTuple):
    """How many of those that entered a stage came to one end there."""

    stage_id: int
    fate: str
    """advanced, returned, lost or void; a win is an advance."""
    number: int


class Stay(NamedTuple):
    """How many visits to a stage took so many whole hours; not ended: so far."""

    stage_id: int
    hours: int
    ended: bool
    number: int


class Sum(NamedTuple):
    """Amounts of deals in one currency, fixed at one instant (None: no rate depends on it)."""

    stage_id: int
    currency: str
    at: int | None
    number: int
    known: int
    """How many of them have an amount."""
    minor: int
    reason_id: int | None = None


class There(NamedTuple):
    """Those still in a stage, in one currency; `since` is when the first of them came."""

    stage_id: int
    currency: str
    number: int
    known: int
    minor: int
    since: int


class Facts(NamedTuple):
    """Everything that the leakage report is judged from."""

    deals: int
    fates: list[Fate]
    stays: list[Stay]
    lost: list[Sum]
    there: list[There]
    skipped: dict[int, int]
    forced: int


def leakage(about: Scope, cohort: Cohort) -> Facts:
    """The facts of these stages. The scope has `created_at`, `closed_at`, `amount`, `currency`."""
    return _Reading(about, cohort).facts()


class _Reading:
    """The statements of one report; all share how visits are chosen."""

    def __init__(self, about: Scope, cohort: Cohort) -> None:
        self.about = about
        self.cohort = cohort
        self.values = about.values | {"start": cohort.start, "end": cohort.end}
        self.windowed = cohort.start is not None or cohort.end is not None
        self.by_entry = cohort.by == "entered" and self.windowed
        everybody = cohort.by == "entered" or (cohort.by == "created" and not self.windowed)
        self.of_deal = [] if everybody else self._window(f"d.{cohort.by}_at")
        self.joined = bool(self.of_deal) or not about.everything
        self.stages = f"({', '.join(map(str, cohort.stages)) or 'NULL'})"

    def facts(self) -> Facts:
        ended = self._ended()
        return Facts(
            deals=self._deals(),
            fates=[
                *(Fate(stage, _FATES[end], last) for stage, end, _, _, last in ended if last),
                *self._returning(),
                *self._reopened(),
            ],
            stays=[
                *(Stay(stage, hours, True, count) for stage, _, hours, count, _ in ended),
                *self._so_far(),
            ],
            lost=self._lost(),
            there=self._there(),
            skipped=self._skipped(),
            forced=self._forced(),
        )

    # ── which visits ─────────────────────────────────────────────────────────────────────────

    def _window(self, column: str) -> list[str]:
        """Tests that `column` lies in the window, and by now."""
        tests = [f"{column} <= :now"]
        tests += [f"{column} >= :start"] * (self.cohort.start is not None)
        tests += [f"{column} < :end"] * (self.cohort.end is not None)
        return tests

    def _chosen(self, *tests: str, window: bool = True, deal: bool = False) -> str:
        """FROM and WHERE of the cohort's visits `v` that pass the tests; `deal` joins `d`."""
        entered = self._window("v.entered_at") if self.by_entry and window else []
        where = " AND ".join([f"v.stage_id IN {self.stages}", *entered, *self.of_deal, *tests])
        return f"FROM visit v {self._deal(needed=deal)} WHERE {where}"

    def _deal(self, *, needed: bool = False) -> str:
        joined = self.joined or needed
        return "JOIN deal d ON d.id = v.opportunity_id" if joined else ""

    @property
    def _counts(self) -> str:
        """The test whether a visit's fate counts: of a deal's visits to a stage, the last one."""
        return _LAST if self.cohort.unit == "deals" else "1"

    def _again(self) -> str:
        """Ids of visits that began after the window, of deals that had been there within it.

        A deal belongs to the cohort for any visit in the window; its fate is that of its last.
        """
        first = self._chosen("v.revisited_at <= :now")
        return f"""SELECT l.id FROM (SELECT DISTINCT v.stage_id, v.opportunity_id {first}) e
            CROSS JOIN visit l ON l.opportunity_id = e.opportunity_id
            AND +l.stage_id = e.stage_id AND +l.entered_at <= :now AND +l.entered_at >= :end
            AND (l.revisited_at IS NULL OR l.revisited_at > :now)"""

    def _fated(self, *tests: str, deal: bool = False) -> str:
        """FROM and WHERE of the visits `v` whose fates count and which pass the tests."""
        if not self._has_again:
            return self._chosen(self._counts, *tests, deal=deal)
        ids = f"SELECT v.id {self._chosen(self._counts)} UNION ALL {self._again()}"
        return self._chosen(f"v.id IN ({ids})", *tests, window=False, deal=deal)

    @property
    def _has_again(self) -> bool:
        return self.by_entry and self.cohort.unit == "deals" and self.cohort.end is not None

    def _all(self, statement: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.about.conn.execute(
            self.about.sql(statement), self.values
        ).fetchall()
        return found

    # ── what became of them ──────────────────────────────────────────────────────────────────

    def _ended(self) -> list[tuple[Any, ...]]:
        """Stage, ending, hours, how many visits, how many of them are fates."""
        hours = "(v.left_at - v.entered_at) / 3600"
        if self.by_entry:
            hours += " + 0"  # so that no index that is sorted by it draws the planner away
        return self._all(
            f"SELECT v.stage_id, v.ending, {hours}, count(*), sum({self._counts} AND {_STANDS})"
            f" {self._chosen('v.left_at <= :now')} GROUP BY 1, 2, 3"
        )

    def _returning(self) -> list[Fate]:
        """Fates of deals that came back to the stage after the window."""
        if not self._has_again:
            return []
        rows = self._all(
            f"SELECT v.stage_id, v.ending, count(*) FROM visit v WHERE v.id IN ({self._again()})"
            f" AND v.left_at <= :now AND {_STANDS} GROUP BY 1, 2"
        )
        return [Fate(stage, _FATES[ending], count) for stage, ending, count in rows]

    def _reopened(self) -> list[Fate]:
        """Visits whose close was reopened: ahead of the stage, an advance; else a return."""
        rows = self._all(
            "SELECT v.stage_id, (SELECT b.position > a.position FROM stage a, stage b"
            " WHERE a.id = v.stage_id AND b.id = v.reopened_stage_id), count(*)"
            f" {self._fated('v.reopened_at <= :now')} GROUP BY 1, 2"
        )
        return [Fate(stage, ADVANCED if ahead else RETURNED, count) for stage, ahead, count in rows]

    def _so_far(self) -> list[Stay]:
        rows = self._all(
            f"SELECT v.stage_id, (:now - v.entered_at) / {HOUR}, count(*)"
            f" {self._chosen(self._still)} GROUP BY 1, 2"
        )
        return [Stay(stage, hours, False, count) for stage, hours, count in rows]

    @property
    def _still(self) -> str:
        return _THERE if self.about.past else "v.ending IS NULL"

    def _there(self) -> list[There]:
        rows = self._all(
            "SELECT v.stage_id, d.currency, count(*), count(d.amount), coalesce(sum(d.amount), 0),"
            f" min(v.entered_at) {self._fated(self._still, deal=True)} GROUP BY 1, 2"
        )
        return [There(*row) for row in rows]

    def _lost(self) -> list[Sum]:
        """A loss that stands is always the deal's last visit, so of deals and of visits alike."""
        at = FIXED_AT.format("v.currency", "v.left_at")
        chosen = self._fated("v.ending = 'lost'", "v.left_at <= :now", _STANDS)
        rows = self._all(
            f"SELECT v.stage_id, v.currency, {at}, count(*), count(v.end_amount),"
            f" coalesce(sum(v.end_amount), 0), v.reason_id {chosen} GROUP BY 1, 2, 3, 7"
        )
        return [Sum(*row) for row in rows]

    # ── beside them ──────────────────────────────────────────────────────────────────────────

    def _deals(self) -> int:
        """How many deals the cohort has."""
        if self.by_entry or not self.about.everything:
            sql = f"SELECT count(DISTINCT v.opportunity_id) {self._chosen('v.entered_at <= :now')}"
            return int(self._all(sql)[0][0])
        pipelines = f"SELECT s.pipeline_id FROM stage s WHERE s.id IN {self.stages}"
        where = " AND ".join([*self.of_deal, f"d.pipeline_id IN ({pipelines})"])
        return int(self._all(f"SELECT count(*) FROM deal d WHERE {where}")[0][0])

    def _skipped(self) -> dict[int, int]:
        """Deals that moved from before a stage to beyond it and were never there, by stage.

        In a window on entering: that moved past it within the window.
        """
        passed = self._window("v.left_at") if self.by_entry else ["v.left_at <= :now"]
        where = " AND ".join(["v.jumped > 0", *passed, *self.of_deal])
        between = f"""way AS MATERIALIZED (
            SELECT f.id AS origin, coalesce(t.id, 0) AS goal, s.id AS passed, s.retired_at
            FROM stage s
            JOIN stage f ON f.pipeline_id = s.pipeline_id AND f.position < s.position
            JOIN (SELECT id, pipeline_id, position FROM stage UNION ALL
                  SELECT NULL, id, 1e9 FROM pipeline) t
            ON t.pipeline_id = s.pipeline_id AND t.position > s.position
            WHERE s.id IN {self.stages})"""
        sql = f"""SELECT w.passed, count(DISTINCT v.opportunity_id) FROM visit v {self._deal()}
            CROSS JOIN way w ON w.origin = v.stage_id AND w.goal = coalesce(v.to_stage_id, 0)
            AND (w.retired_at IS NULL OR w.retired_at > v.left_at)
            WHERE {where} AND NOT EXISTS (
                SELECT 1 FROM visit n WHERE n.opportunity_id = v.opportunity_id
                AND +n.stage_id = w.passed AND +n.entered_at <= :now)
            GROUP BY 1"""
        return dict(self.about.conn.execute(self.about.sql(sql, between), self.values).fetchall())

    def _forced(self) -> int:
        """Moves out of the cohort's visits that overrode requirements."""
        chosen = self._chosen("v.forced = 1", "v.left_at <= :now")
        return int(self._all(f"SELECT count(*) {chosen}")[0][0])


_FATES = {ADVANCED: ADVANCED, WON: ADVANCED, RETURNED: RETURNED, "lost": "lost", "void": "void"}


def redefined(about: Scope, cohort: Cohort) -> Sequence[tuple[int, int]]:
    """Stage and instant of each new definition that came in force within the window, by now."""
    listed = ", ".join(map(str, cohort.stages)) or "NULL"
    tests = ["x.effective_from <= :now", f"x.stage_id IN ({listed})"]
    tests += ["x.effective_from >= :start"] * (cohort.start is not None)
    tests += ["x.effective_from < :end"] * (cohort.end is not None)
    sql = f"""SELECT x.stage_id, x.effective_from FROM stage_definition x
        WHERE {" AND ".join(tests)} AND EXISTS (SELECT 1 FROM stage_definition y
            WHERE y.stage_id = x.stage_id AND y.effective_from < x.effective_from)
        ORDER BY x.effective_from, x.stage_id"""
    values = about.values | {"start": cohort.start, "end": cohort.end}
    return about.conn.execute(sql, values).fetchall()


def reasons(conn: Conn) -> dict[int, str]:
    """The names of the loss reasons."""
    return dict(conn.execute("SELECT id, name FROM loss_reason").fetchall())
