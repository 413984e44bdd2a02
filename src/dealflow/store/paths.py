"""SQL of the ways that deals took through the stages, and what became of those who took each.

A way is first one whole number for each deal, some bits for each stay in the order of the stays;
deals are then counted by that number. A way that is too long for one takes several.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.cohort import Cohort
from dealflow.store.leakage import Reading
from dealflow.store.scope import Scope

_ROOM = 62
"""Bits of a whole number that are used."""


class Taken(NamedTuple):
    """What became of the deals that took one way."""

    outcomes: Counter[str]
    """By status."""
    days: Counter[int]
    """Whole days from creation to close, of those won and lost."""


def paths(about: Scope, cohort: Cohort) -> Mapping[tuple[int, ...], Taken]:
    """By the stages that they were in, in order. The scope has `status`, `created_at`, `closed_at`.

    A deal of the cohort counts with all of its way, as far as it went by `:now`.
    """
    return _Paths(about, cohort).counted()


class _Paths(Reading):
    """The statement, and how its numbers are read."""

    def __init__(self, about: Scope, cohort: Cohort) -> None:
        super().__init__(about, cohort)
        self.bits = max(len(cohort.stages).bit_length(), 1)
        self.stays = _ROOM // self.bits

    def counted(self) -> dict[tuple[int, ...], Taken]:
        rows = self._rows(1)
        longest = max((row[0] for row in rows), default=0)
        if longest > self.stays:
            rows = self._rows(-(-longest // self.stays))
        found: dict[tuple[int, ...], Taken] = {}
        for _, status, days, number, *words in rows:
            way = self._decoded(words)
            if not way:
                continue  # it was in other pipelines only
            taken = found.setdefault(way, Taken(Counter(), Counter()))
            taken.outcomes[status] += number
            if days is not None:
                taken.days[days] += number
        return found

    def _rows(self, many: int) -> list[tuple[Any, ...]]:
        """The most stays, status, days, how many deals, and the way in so many numbers."""
        words = [self._word(n * self.stays) for n in range(many)]
        listed = ", ".join(f"CAST(sum({word}) AS BIGINT) AS w{n}" for n, word in enumerate(words))
        where = " AND ".join(["v.entered_at <= :now", *self._of_deals()])
        way = (
            f"way AS MATERIALIZED (SELECT v.opportunity_id AS deal, max(v.seq) AS stays, {listed}"
            f" FROM visit v WHERE {where} GROUP BY v.opportunity_id)"
        )
        days = "CASE WHEN d.status IN ('won', 'lost') THEN (d.closed_at - d.created_at) / 86400 END"
        named = ", ".join(f"w.w{n}" for n in range(many))
        groups = ", ".join(str(n + 5) for n in range(many))
        return self._all(
            f"SELECT max(w.stays), d.status, {days}, count(*), {named}"
            f" FROM way w CROSS JOIN deal d ON d.id = w.deal GROUP BY 2, 3, {groups}",
            way,
        )

    def _of_deals(self) -> list[str]:
        """Tests of which deals; with a window on entering, who entered any stage within it."""
        if not self.by_entry:
            return self.only
        entered = " AND ".join([f"e.stage_id IN {self.stages}", *self._window("e.entered_at")])
        return [
            *self.only,
            f"v.opportunity_id IN (SELECT e.opportunity_id FROM visit e WHERE {entered})",
        ]

    def _word(self, first: int) -> str:
        codes = " ".join(f"WHEN {stage} THEN {n}" for n, stage in enumerate(self.cohort.stages, 1))
        code = f"CAST(CASE v.stage_id {codes or 'WHEN 0 THEN 0'} ELSE 0 END AS BIGINT)"
        place = f"CAST({self.bits} * (v.seq - {first + 1}) AS INTEGER)"
        inside = f"v.seq > {first} AND v.seq <= {first + self.stays}"
        return f"CASE WHEN {inside} THEN {code} << {place} ELSE 0 END"

    def _decoded(self, words: Sequence[int]) -> tuple[int, ...]:
        mask = (1 << self.bits) - 1
        codes = [int(word) >> self.bits * at & mask for word in words for at in range(self.stays)]
        return tuple(self.cohort.stages[code - 1] for code in codes if code)
