"""SQL of the stage review: what became of those who were in each stage, and what was done there.

Beside the facts of the leakage report. Every statement is a function of the scope, the cohort and
`:now`; the cohort is of those who entered a stage within the window. A deal's outcome is that as
of `:now`: a close that was reopened is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.model import LOST, RETIRED_UNDER_IT, WON
from dealflow.named import NamedTuple
from dealflow.store.closes import CLOSED, STANDS
from dealflow.store.cohort import Cohort
from dealflow.store.scope import Scope

#: what the scope has to have: columns of `deal`
COLUMNS = ("status", "stage_id", "pipeline_id", "closed_at")

#: an activity `a` belongs to the visit `v` in which it happened; on the border, to the one before
_DURING = (
    "a.at >= v.entered_at + CASE v.seq WHEN 1 THEN 0 ELSE 1 END"
    " AND a.at <= coalesce(v.left_at, :now) AND a.at <= :now"
)
RECENT = 5_000
"""Of so many deals, those closed last, activities are looked at: enough to tell apart what chance
does not explain, and what was done long ago says less of how a stage is worked now."""
_ALL, _RECENT = "all", "recent"
_STAGES = 62
"""Stages that one whole number has a bit for."""


class Outcomes(NamedTuple):
    """Deals that were won and lost."""

    won: int = 0
    lost: int = 0


class Closed(NamedTuple):
    """Of the deals of the cohort, those that are won or lost now."""

    outcomes: Mapping[int, Outcomes]
    """By stage, those that were there."""
    number: int
    """How many there are in all."""
    looked_at: Mapping[int, Outcomes]
    """By stage, those of RECENT deals in all whose activities were looked at."""
    did: Mapping[int, Mapping[str, Outcomes]]
    """By stage and kind of activity: of these, the ones with such an activity while there."""


class Review(NamedTuple):
    """What the review is judged from, beside the leakage report's facts."""

    closed: Closed
    won: Mapping[int, int]
    """By pipeline: deals won within the window whose way there is known."""
    won_past: Mapping[int, int]
    """By stage: of those, the ones that passed over it and were never there."""
    forced: Mapping[int, int]
    """By stage: visits that began although requirements were missing."""
    wins: int
    """Wins within the window, and how many of them overrode requirements."""
    forced_wins: int
    open: Mapping[int, int]
    """By stage: how many deals are there now."""


def review(about: Scope, cohort: Cohort) -> Review:
    """The facts of these stages. The scope has COLUMNS."""
    reading = _Reading(about, cohort)
    wins, forced_wins = reading.wins()
    return Review(
        closed=reading.closed(),
        won=reading.won(),
        won_past=reading.won_past(),
        forced=reading.forced(),
        wins=wins,
        forced_wins=forced_wins,
        open=reading.open(),
    )


class _Reading:
    def __init__(self, about: Scope, cohort: Cohort) -> None:
        self.about, self.cohort = about, cohort
        self.stages = f"({', '.join(map(str, cohort.stages)) or 'NULL'})"
        self.values = about.values | {"start": cohort.start, "end": cohort.end}

    def _all(self, statement: str, *terms: str) -> list[tuple[Any, ...]]:
        text = self.about.sql(statement, *terms)
        found: list[tuple[Any, ...]] = self.about.conn.execute(text, self.values).fetchall()
        return found

    def _within(self, column: str) -> str:
        """Tests that `column` lies in the window, and by now."""
        tests = [f"{column} <= :now"]
        tests += [f"{column} >= :start"] * (self.cohort.start is not None)
        tests += [f"{column} < :end"] * (self.cohort.end is not None)
        return " AND ".join(tests)

    @property
    def _there(self) -> str:
        """Tests of the visits `v` that the cohort made to the stages; they are found by deal."""
        return f"+v.stage_id IN {self.stages} AND {self._within('+v.entered_at')}"

    # ── what became of them ──────────────────────────────────────────────────────────────────

    def closed(self) -> Closed:
        """What became of the cohort's deals that are won or lost, and what was done on them.

        Deal by deal, in the order in which visits are kept, which stages it was in becomes a
        number with a bit for each. Of its visits to a stage within the window the last counts.
        """
        last = ["v.revisited_at IS NULL", "v.revisited_at > :now"]
        last += ["v.revisited_at >= :end"] * (self.cohort.end is not None)
        parts = self._parts()
        sums = [f"CAST(sum({_bit(part)}) AS BIGINT) AS w{n}" for n, part in enumerate(parts)]
        words = ", ".join(f"c.w{n}" for n in range(len(parts)))
        was = f"{self._there} AND ({' OR '.join(last)})"
        way = f"""way AS MATERIALIZED (SELECT d.id, d.status, d.closed_at, {", ".join(sums)}
            FROM deal d CROSS JOIN visit v ON v.opportunity_id = d.id
            WHERE d.status IN ('won', 'lost') AND {was} GROUP BY d.id, d.status, d.closed_at)"""
        if self.about.everything and not self.about.past:  # no deal need be looked at first
            way = f"""way AS MATERIALIZED (SELECT d.id, d.status, d.closed_at, {words} FROM (
                SELECT v.opportunity_id AS id, {", ".join(sums)} FROM visit v
                WHERE {was} GROUP BY v.opportunity_id) c
                CROSS JOIN opportunity d ON d.id = c.id WHERE d.status IN ('won', 'lost'))"""
        recent = f"""recent AS MATERIALIZED (SELECT c.* FROM way c
            ORDER BY c.closed_at DESC, c.id DESC LIMIT {RECENT})"""
        rest = ", 0" * (len(parts) - 1)
        found = self._all(
            f"""SELECT '{_ALL}', c.status, '', count(*), {words} FROM way c
                GROUP BY c.status, {words}
            UNION ALL SELECT '{_RECENT}', c.status, '', count(*), {words} FROM recent c
                GROUP BY c.status, {words}
            UNION ALL SELECT '', c.status, a.kind, count(DISTINCT c.id), v.stage_id{rest}
                FROM recent c CROSS JOIN visit v ON v.opportunity_id = c.id
                CROSS JOIN activity a ON a.opportunity_id = c.id AND {_DURING}
                WHERE {self._there} GROUP BY v.stage_id, a.kind, c.status""",
            way,
            recent,
        )
        return Closed(
            outcomes=_by_stage(parts, found, _ALL),
            number=sum(number for which, _, _, number, *_ in found if which == _ALL),
            looked_at=_by_stage(parts, found, _RECENT),
            did=_by_kind(found),
        )

    def _parts(self) -> list[tuple[int, ...]]:
        """The stages, so many at once as a whole number has bits for."""
        stages = self.cohort.stages or (0,)
        return [stages[first : first + _STAGES] for first in range(0, len(stages), _STAGES)]

    # ── those who won past a stage ───────────────────────────────────────────────────────────

    @property
    def _winners(self) -> str:
        """Deals won in the window, but for those won where they began: no way is known of them."""
        return (
            f"winner AS (SELECT d.id, d.pipeline_id FROM deal d WHERE d.status = '{WON}'"
            f" AND {self._within('d.closed_at')} AND EXISTS (SELECT 1 FROM visit v"
            " WHERE v.opportunity_id = d.id AND v.seq > 1 AND v.entered_at <= :now))"
        )

    def won(self) -> dict[int, int]:
        sql = "SELECT pipeline_id, count(*) FROM winner GROUP BY 1"
        return dict(self._all(sql, self._winners))

    def won_past(self) -> dict[int, int]:
        passed = "CAST(p.value AS BIGINT)"
        sql = f"""SELECT {passed}, count(DISTINCT v.opportunity_id) FROM visit v
            CROSS JOIN winner w ON w.id = v.opportunity_id CROSS JOIN json_each(v.passed) p
            JOIN stage s ON s.id = {passed} AND s.pipeline_id = w.pipeline_id
            WHERE v.passed <> '[]' AND v.left_at <= :now AND {STANDS}
            AND {passed} IN {self.stages} AND NOT EXISTS (SELECT 1 FROM visit n
                WHERE n.opportunity_id = w.id AND n.stage_id = {passed} AND n.entered_at <= :now)
            GROUP BY 1"""
        return dict(self._all(sql, self._winners))

    # ── what was overridden ──────────────────────────────────────────────────────────────────

    def forced(self) -> dict[int, int]:
        """Visits begun by a forced move, or by being added or reopened there all the same.

        That a stage was retired moves its deals on without asking: nobody overrode anything.
        """
        handed_on = RETIRED_UNDER_IT.format("%")
        there = f"{self._within('v.entered_at')} AND {self._in_stages}"
        sql = f"""SELECT stage_id, count(*) FROM (
            SELECT v.id, v.stage_id FROM visit p
                CROSS JOIN visit v ON v.opportunity_id = p.opportunity_id AND v.seq = p.seq + 1
                {self._of_deals} WHERE p.forced = 1 AND p.why NOT LIKE '{handed_on}' AND {there}
            UNION SELECT v.id, v.stage_id FROM visit v {self._of_deals}
                WHERE v.entry_why IS NOT NULL AND {there}) begun
            GROUP BY 1"""
        return dict(self._all(sql))

    def wins(self) -> tuple[int, int]:
        sql = f"""SELECT count(*) FROM visit v {self._of_deals}
            WHERE v.ending = '{WON}' AND {CLOSED} AND {self._in_stages}
            AND {self._within("v.left_at")} AND {STANDS}"""
        (wins,), (forced,) = self._all(sql)[0], self._all(f"{sql} AND v.forced = 1")[0]
        return int(wins), int(forced)

    @property
    def _of_deals(self) -> str:
        """Joins the visits `v` with the deals in scope, where that leaves any out."""
        return "" if self.about.everything else "JOIN deal d ON d.id = v.opportunity_id"

    @property
    def _in_stages(self) -> str:
        """The plus keeps SQLite from going through an index on stages for nearly all visits."""
        return f"+v.stage_id IN {self.stages}"

    def open(self) -> dict[int, int]:
        sql = (
            "SELECT d.stage_id, count(*) FROM deal d"
            f" WHERE d.status = 'open' AND d.stage_id IN {self.stages} GROUP BY 1"
        )
        return dict(self._all(sql))


def _bit(stages: Sequence[int]) -> str:
    """SQL of what a visit to one of them adds to its deal's number."""
    cases = " ".join(f"WHEN {stage} THEN {1 << at}" for at, stage in enumerate(stages))
    return f"CASE v.stage_id {cases} ELSE 0 END"


def _by_stage(
    parts: Sequence[Sequence[int]], found: Sequence[tuple[Any, ...]], which: str
) -> dict[int, Outcomes]:
    """The rows of one kind, taken apart."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for is_, status, _, number, *words in found:
        for part, word in zip(parts, words if is_ == which else (), strict=False):
            there = [stage for at, stage in enumerate(part) if int(word) >> at & 1]
            for stage in there:
                counts[stage][status] += number
    return {stage: _outcomes(each) for stage, each in counts.items()}


def _by_kind(found: Sequence[tuple[Any, ...]]) -> dict[int, dict[str, Outcomes]]:
    counts: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for which, status, kind, number, stage, *_ in found:
        if not which:
            counts[stage, kind][status] += number
    by_stage: dict[int, dict[str, Outcomes]] = defaultdict(dict)
    for (stage, kind), each in sorted(counts.items()):
        by_stage[stage][kind] = _outcomes(each)
    return dict(by_stage)


def _outcomes(counts: Mapping[str, int]) -> Outcomes:
    return Outcomes(counts.get(WON, 0), counts.get(LOST, 0))
