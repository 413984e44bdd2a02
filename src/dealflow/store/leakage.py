"""SQL of the leakage report: fates, stays, skips, reasons and amounts, per stage.

Every statement is a function of the scope, the cohort and `:now`. A visit is the deal's last one to
its stage as of `:now` where it was not revisited by then; a close that was reopened by then is no
outcome. What is sorted by how it ended and how long it took comes from an index that is sorted so
(ix_visit_ended), unless a window on entering makes another one (ix_visit_stay) shorter.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import compress, count
from typing import Any

from dealflow.model import ADVANCED, RETURNED, WON
from dealflow.named import NamedTuple
from dealflow.store.closes import CLOSED, STANDS
from dealflow.store.cohort import Cohort
from dealflow.store.exchange import fixed_at
from dealflow.store.scope import Scope

HOUR = 3600

_FEW = 0.1
"""Share of all deals up to which looking up their visits one by one is the shorter way."""
_WIDE = 0.2
"""Share of all visits from which on reading all of them is the shorter way."""

_MOST = 4_000_000
"""The last number of a deal up to which there is a byte for each; beyond that the deals are chosen
again in each statement."""

LAST = "(v.revisited_at IS NULL OR v.revisited_at > :now)"

AGAIN = "v.id IN (SELECT CAST(value AS BIGINT) FROM json_each(:again))"
_LISTED = "(SELECT CAST(value AS BIGINT) FROM json_each(:deals))"
_MARKED = "substr(:marks, CAST(v.opportunity_id AS INTEGER), 1) = :marked"
_PASSED = "CAST(p.value AS BIGINT)"
_THERE = "v.entered_at <= :now AND (v.left_at IS NULL OR v.left_at > :now)"


#: columns of `deal` that are read
READS = ("created_at", "closed_at", "amount", "currency", "pipeline_id")
#: by stage, how many visits took so many whole hours
Durations = Mapping[int, Counter[int]]


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
    fates: Mapping[int, Counter[str]]
    """By stage, how many advanced, returned, were lost or void; a win is an advance."""
    ended: Durations
    going: Durations
    """Of the visits that have not ended: how long so far."""
    lost: list[Sum]
    there: list[There]
    skipped: dict[int, int]
    forced: int
    left: int
    """Visits of the cohort that ended because the deal went into another pipeline."""


def leakage(about: Scope, cohort: Cohort, *, worth: bool = True) -> Facts:
    """The facts of these stages. The scope has READS.

    Without `worth` nothing is said of amounts and reasons; `there` has the numbers alone.
    """
    return Reading(about, cohort).facts(worth=worth)


class Reading:
    """The statements of one report; all share how visits are chosen."""

    def __init__(self, about: Scope, cohort: Cohort) -> None:
        self.about = about
        self.cohort = cohort
        self.values = about.values | {"start": cohort.start, "end": cohort.end}
        self.windowed = cohort.start is not None or cohort.end is not None
        self.by_entry = cohort.by == "entered" and self.windowed
        self.stages = f"({', '.join(map(str, cohort.stages)) or 'NULL'})"
        self.listed: int | None = None
        self.only = self._only()
        self.again = self._again()

    def facts(self, *, worth: bool) -> Facts:
        fates: dict[int, Counter[str]] = defaultdict(Counter)
        ended: dict[int, Counter[int]] = defaultdict(Counter)
        for stage, ending, hours, number, last in self._ended():
            ended[stage][hours] += number
            if last:
                fates[stage][_FATES[ending]] += last
        for stage, fate, number in [*self._returning(), *self._reopened()]:
            fates[stage][fate] += number
        return Facts(
            deals=self._deals(),
            fates=fates,
            ended=ended,
            going=self._so_far(),
            lost=self._lost() if worth else [],
            there=self._there() if worth else self._numbers_there(),
            skipped=dict(self._skipped()),
            forced=self._forced(),
            left=self._went_elsewhere(),
        )

    # ── which visits ─────────────────────────────────────────────────────────────────────────

    def _window(self, column: str) -> list[str]:
        """Tests that `column` lies in the window, and by now."""
        tests = [f"{column} <= :now"]
        tests += [f"{column} >= :start"] * (self.cohort.start is not None)
        tests += [f"{column} < :end"] * (self.cohort.end is not None)
        return tests

    def _only(self) -> list[str]:
        """A test that restricts visits to the cohort's deals; none where all deals are meant.

        The deals are found once. Where they are few their visits are looked up, else all visits
        are read, and whether a deal is meant is one byte, at the place of its number.
        """
        everybody = self.cohort.by == "entered" or (
            self.cohort.by == "created" and not self.windowed
        )
        if everybody and self.about.everything:
            return []
        of_deal = [] if everybody else self._window(f"d.{self.cohort.by}_at")
        chosen = f"SELECT d.id FROM deal d WHERE {' AND '.join([*of_deal, self._in_pipelines])}"
        last = self._all("SELECT coalesce(max(id), 0) FROM opportunity")[0][0]
        if last > _MOST:
            return [f"+v.opportunity_id IN ({chosen})"]
        marks = bytearray(last)
        for (deal,) in self.about.conn.execute(self.about.sql(chosen), self.values):
            marks[deal - 1] = 1
        self.listed = marks.count(1)
        if self.listed < self._all("SELECT count(*) FROM opportunity")[0][0] * _FEW:
            self.values["deals"] = json.dumps([*compress(count(1), marks)])
            return [f"v.opportunity_id IN {_LISTED}"]
        self.values |= {"marks": bytes(marks), "marked": b"\x01"}
        return [_MARKED]

    def _again(self) -> bool:
        """Whether there are visits after the window of deals that had been there within it.

        A deal belongs to the cohort for any visit in the window; its fate is that of its last. Of
        its visits in the window only the last can have been followed by one after the window.
        """
        end = self.cohort.end
        if not self.by_entry or self.cohort.unit != "deals" or end is None or end > self.about.now:
            return False
        join = (
            "CROSS JOIN visit l ON l.opportunity_id = v.opportunity_id AND +l.stage_id = v.stage_id"
            " AND +l.entered_at <= :now AND (l.revisited_at IS NULL OR l.revisited_at > :now)"
        )
        chosen = self._chosen("v.revisited_at >= :end", "v.revisited_at <= :now", join=join)
        rows = self._all(f"SELECT l.id {chosen}")
        self.values["again"] = json.dumps([row[0] for row in rows])
        return bool(rows)

    @property
    def _in_pipelines(self) -> str:
        if self.cohort.everywhere:
            return "TRUE"
        pipelines = f"SELECT s.pipeline_id FROM stage s WHERE s.id IN {self.stages}"
        was_there = (
            "EXISTS (SELECT 1 FROM visit w WHERE w.opportunity_id = d.id"
            f" AND +w.stage_id IN {self.stages} AND w.entered_at <= :now)"
        )
        return f"(d.pipeline_id IN ({pipelines}) OR {was_there})"

    def _chosen(self, *tests: str, join: str = "", stage: str = "", window: str = "") -> str:
        """FROM and WHERE of the cohort's visits `v` that pass the tests.

        A "+" for `stage` or `window` keeps SQLite from finding the visits by it.
        """
        entered = self._window(f"{window}v.entered_at") if self.by_entry else []
        where = " AND ".join([f"{stage}v.stage_id IN {self.stages}", *entered, *self.only, *tests])
        return f"FROM visit v {join} WHERE {where}"

    def _left(self) -> list[str]:
        """Tests of when visits ended; who came within the window did not leave before it."""
        since = ["v.left_at >= :start"] * (self.by_entry and self.cohort.start is not None)
        return ["v.left_at <= :now", *since]

    @property
    def _counts(self) -> str:
        """The test whether a visit's fate counts: of a deal's visits to a stage, the last one."""
        return LAST if self.cohort.unit == "deals" else "TRUE"

    def _fated(
        self, select: str, *tests: str, group: str, join: str = "", rare: str = ""
    ) -> list[tuple[Any, ...]]:
        """Rows of the visits whose fates count; of those after the window in rows of their own.

        A "+" for `rare`: what the tests ask for is rare, and an index finds it.
        """
        chosen = self._chosen(self._counts, *tests, join=join, stage=rare, window=rare)
        rows = self._all(f"{select} {chosen} {group}")
        if self.again:
            where = " AND ".join([AGAIN, *tests])
            rows += self._all(f"{select} FROM visit v {join} WHERE {where} {group}")
        return rows

    def _all(self, statement: str, *terms: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.about.conn.execute(
            self.about.sql(statement, *terms), self.values
        ).fetchall()
        return found

    # ── what became of them ──────────────────────────────────────────────────────────────────

    def _ended(self) -> list[tuple[Any, ...]]:
        """Stage, ending, hours, how many visits, how many of them are fates."""
        ended = "v.left_at <= :now" if self.about.past else "v.ending IS NOT NULL"
        hours, chosen = "v.hours", self._chosen(ended)
        if self._wide():
            chosen = self._chosen(ended, window="+")
        elif self.by_entry:
            hours += " + 0"  # so that no index that is sorted by it draws the planner away
        return self._all(
            f"SELECT v.stage_id, v.ending, {hours}, count(*), {self._fates_of_all}"
            f" {chosen} GROUP BY 1, 2, 3"
        )

    @property
    def _fates_of_all(self) -> str:
        """How many of some visits are fates; at the present no instant lies ahead to compare."""
        if self.about.past:
            return f"sum({self._counts} AND {STANDS})"
        deals = self.cohort.unit == "deals"
        overtaken = "coalesce(v.revisited_at, v.reopened_at)" if deals else "v.reopened_at"
        return f"count(*) - count({overtaken})"

    def _wide(self) -> bool:
        """Whether so many visits began in the window that reading all is the shorter way."""
        if not self.by_entry:
            return False
        tests = " AND ".join([f"v.stage_id IN {self.stages}", *self._window("v.entered_at")])
        many = int((self._all("SELECT max(id) FROM visit")[0][0] or 0) * _WIDE) + 1
        inside = f"SELECT 1 FROM visit v WHERE {tests} LIMIT {many}"
        return bool(self._all(f"SELECT count(*) FROM ({inside})")[0][0] == many)

    def _returning(self) -> list[tuple[int, str, int]]:
        """Fates of deals that came back to the stage after the window."""
        if not self.again:
            return []
        rows = self._all(
            "SELECT v.stage_id, v.ending, count(*) FROM visit v"
            f" WHERE {AGAIN} AND v.left_at <= :now AND {STANDS} GROUP BY 1, 2"
        )
        return [(stage, _FATES[ending], number) for stage, ending, number in rows]

    def _reopened(self) -> list[tuple[int, str, int]]:
        """Visits whose close was reopened: ahead of the stage, an advance; else a return."""
        rows = self._fated(
            "SELECT v.stage_id, (SELECT n.onward FROM visit n"
            " WHERE n.opportunity_id = v.opportunity_id AND n.seq = v.seq + 1), count(*)",
            "v.reopened_at <= :now",
            group="GROUP BY 1, 2",
            rare="+",
        )
        return [(stage, ADVANCED if ahead else RETURNED, n) for stage, ahead, n in rows]

    def _so_far(self) -> Durations:
        going: dict[int, Counter[int]] = defaultdict(Counter)
        for stage, hours, number in self._all(
            f"SELECT v.stage_id, (:now - v.entered_at) / {HOUR}, count(*)"
            f" {self._chosen(self._still)} GROUP BY 1, 2"
        ):
            going[stage][hours] = number
        return going

    @property
    def _still(self) -> str:
        return _THERE if self.about.past else "v.ending IS NULL"

    def _there(self) -> list[There]:
        if self.about.everything and not self.about.past and not self.only and not self.by_entry:
            return self._open()
        rows = self._fated(
            "SELECT v.stage_id, d.currency, count(*), count(d.amount), coalesce(sum(d.amount), 0),"
            " min(v.entered_at)",
            self._still,
            group="GROUP BY 1, 2",
            join="CROSS JOIN deal d ON d.id = v.opportunity_id",
        )
        return [There(*row) for row in rows]

    def _numbers_there(self) -> list[There]:
        rows = self._fated("SELECT v.stage_id, count(*)", self._still, group="GROUP BY 1")
        return [There(stage, "", number, 0, 0, 0) for stage, number in rows]

    def _open(self) -> list[There]:
        """As `_there`, of all deals at the present: each is in the stage of its last visit."""
        sql = f"""SELECT o.stage_id, o.currency, count(*), count(o.amount),
            coalesce(sum(o.amount), 0), min(o.stage_since)
            FROM opportunity o WHERE o.status = 'open' AND o.stage_id IN {self.stages}
            GROUP BY 1, 2"""
        return [There(*row) for row in self._all(sql)]

    def _lost(self) -> list[Sum]:
        """A loss that stands is always the deal's last visit, so of deals and of visits alike."""
        at = fixed_at(self.about.conn, "v.currency", "v.left_at")
        groups = "GROUP BY 7, 1, 2" + ", 3" * (at != "NULL")
        select = (
            f"SELECT v.stage_id, v.currency, {at}, count(*), count(v.end_amount),"
            " coalesce(sum(v.end_amount), 0), v.reason_id"
        )
        tests = ["v.ending = 'lost'", *self._left(), STANDS]
        chosen = self._chosen(CLOSED, *tests, stage="+", window="+")
        rows = self._all(f"{select} {chosen} {groups}")
        if self.again:
            where = " AND ".join([AGAIN, *tests])
            rows += self._all(f"{select} FROM visit v WHERE {where} {groups}")
        return [Sum(*row) for row in rows]

    # ── beside them ──────────────────────────────────────────────────────────────────────────

    def _deals(self) -> int:
        """How many deals the cohort has; each has been in a stage since it was created."""
        if self.listed is not None and not self.by_entry:
            return self.listed
        if self.by_entry or self.only:
            sql = f"SELECT count(DISTINCT v.opportunity_id) {self._chosen('v.entered_at <= :now')}"
        else:
            sql = f"SELECT count(*) FROM deal d WHERE {self._in_pipelines}"
        return int(self._all(sql)[0][0])

    def _skipped(self, keys: Sequence[str] = (), join: str = "") -> list[tuple[Any, ...]]:
        """Deals that passed over a stage and were never there, by stage, and what is joined.

        What a move passed over was recorded with it; a win that was reopened passed over nothing.
        In a window on entering: that passed over it within the window.
        """
        when = self._window("v.left_at") if self.by_entry else ["v.left_at <= :now"]
        where = " AND ".join(["v.passed <> '[]'", *when, STANDS, *self.only])
        groups = ", ".join(str(n + 1) for n in range(len(keys) + 1))
        return self._all(
            f"""SELECT {", ".join([_PASSED, *keys])}, count(DISTINCT v.opportunity_id) FROM visit v
            CROSS JOIN json_each(v.passed) p {join}
            WHERE {where} AND {_PASSED} IN {self.stages} AND NOT EXISTS (
                SELECT 1 FROM visit n WHERE n.opportunity_id = v.opportunity_id
                AND +n.stage_id = {_PASSED} AND +n.entered_at <= :now)
            GROUP BY {groups}"""
        )

    def _forced(self) -> int:
        """Moves out of the cohort's visits that overrode requirements."""
        chosen = self._chosen("v.forced = 1", *self._left(), stage="+", window="+")
        return int(self._all(f"SELECT count(*) {chosen}")[0][0])

    def _went_elsewhere(self) -> int:
        """Moves out of the cohort's visits into another pipeline."""
        if self._all("SELECT count(*) FROM pipeline")[0][0] < 2:
            return 0
        other = (
            "EXISTS (SELECT 1 FROM stage s JOIN stage t ON t.pipeline_id <> s.pipeline_id"
            " WHERE s.id = v.stage_id AND t.id = v.to_stage_id)"
        )
        chosen = self._chosen("v.ending = 'returned'", *self._left(), other)
        return int(self._all(f"SELECT count(*) {chosen}")[0][0])


_FATES = {ADVANCED: ADVANCED, WON: ADVANCED, RETURNED: RETURNED, "lost": "lost", "void": "void"}
