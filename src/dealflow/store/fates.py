"""SQL of the fates alone: by stage, to compare periods; by stage and group, to split a funnel.

As in the leakage report, whose choice of visits this is. Split, the fates of a deal are first one
number, three bits for each stage, and deals are then counted by group and number: to sort all
visits by group would take three times as long.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dealflow.model import ADVANCED, LOST, RETURNED, VOID, WON
from dealflow.named import NamedTuple
from dealflow.store.cohort import Cohort
from dealflow.store.dimensions import Dimension, keys, lines, months
from dealflow.store.leakage import AGAIN, LAST, Reading
from dealflow.store.scope import Asked, Scope

STILL = "still"
SKIPPED = "skipped"
_CODES = ("", ADVANCED, RETURNED, LOST, VOID, STILL)
_BITS = 3
_STAGES = 20
"""How many stages go into one whole number of 63 bits."""

_ONWARD = (
    "(SELECT n.onward FROM visit n WHERE n.opportunity_id = v.opportunity_id AND n.seq = v.seq + 1)"
)
_FATE = f"""CASE WHEN v.left_at IS NULL OR v.left_at > :now THEN {_CODES.index(STILL)}
    WHEN v.reopened_at <= :now
    THEN CASE WHEN {_ONWARD} = 1 THEN {_CODES.index(ADVANCED)} ELSE {_CODES.index(RETURNED)} END
    WHEN v.ending IN ('{ADVANCED}', '{WON}') THEN {_CODES.index(ADVANCED)}
    WHEN v.ending = '{RETURNED}' THEN {_CODES.index(RETURNED)}
    WHEN v.ending = '{LOST}' THEN {_CODES.index(LOST)} ELSE {_CODES.index(VOID)} END"""

Fates = Mapping[int, Counter[str]]


class Split(NamedTuple):
    """The fates of the deals of each group, by stage; `skipped` is among them."""

    deals: int
    groups: Mapping[tuple[Any, ...], Fates]


def fates(about: Scope, cohort: Cohort) -> Fates:
    """How many advanced, returned, were lost or void, and are still there, by stage."""
    return _Fates(about, cohort).counted()


def split(about: Scope, cohort: Cohort, by: Sequence[Dimension], asked: Asked) -> Split:
    """The fates of deals by group. The scope has what the dimensions read, owner and `closed_at`.

    Of deals only, not of visits: `cohort.unit` is not looked at.
    """
    return _Fates(about, cohort).split(by, asked)


class _Fates(Reading):
    """The statements."""

    def counted(self) -> dict[int, Counter[str]]:
        found: dict[int, Counter[str]] = defaultdict(Counter)
        ended = self._fated(
            "SELECT v.stage_id, v.ending, count(*)",
            *("v.left_at <= :now", "(v.reopened_at IS NULL OR v.reopened_at > :now)"),
            group="GROUP BY 1, 2",
        )
        still = self._fated("SELECT v.stage_id, count(*)", self._still, group="GROUP BY 1")
        for stage, ending, number in [*ended, *self._reopened()]:
            found[stage][ADVANCED if ending == WON else ending] += number
        for stage, number in still:
            found[stage][STILL] += number
        return dict(found)

    def split(self, by: Sequence[Dimension], asked: Asked) -> Split:
        month = months(self.about, "d.closed_at", asked) if any(d.dated for d in by) else "NULL"
        told = keys(by, "d.owner_id", month)
        groups: dict[tuple[Any, ...], dict[int, Counter[str]]] = defaultdict(_empty)
        for *key, number in self._numbered(told, by):
            group = groups[tuple(key[: len(by)])]
            for stage, fate in self._decoded(key[len(by) :]):
                group[stage][fate] += number
        join = f"CROSS JOIN deal d ON d.id = v.opportunity_id {lines(self.about, by)}"
        for stage, *key, number in self._skipped(told, join):
            groups[tuple(key)][stage][SKIPPED] += number
        return Split(self._deals(), groups)

    def _numbered(self, told: Sequence[str], by: Sequence[Dimension]) -> list[tuple[Any, ...]]:
        """Group, the fates of a deal as whole numbers, and how many deals have them."""
        words = self._words()
        each = ", ".join(f"{word} AS w{n}" for n, word in enumerate(words))
        sums = ", ".join(f"CAST(sum(u.w{n}) AS BIGINT) AS w{n}" for n in range(len(words)))
        chosen = self._chosen("v.entered_at <= :now", LAST, stage="+" * (not self.by_entry))
        visits = f"SELECT v.opportunity_id AS deal, {each} {chosen}"
        if self.again:
            visits += f" UNION ALL SELECT v.opportunity_id, {', '.join(words)} FROM visit v"
            visits += f" WHERE {AGAIN}"
        fate = f"fate AS MATERIALIZED (SELECT u.deal, {sums} FROM ({visits}) u GROUP BY u.deal)"
        listed = [*told, *(f"f.w{n}" for n in range(len(words)))]
        groups = ", ".join(str(n + 1) for n in range(len(listed)))
        joined = f"CROSS JOIN deal d ON d.id = f.deal {lines(self.about, by)}"
        sql = f"SELECT {', '.join(listed)}, count(*) FROM fate f {joined} GROUP BY {groups}"
        return self._all(sql, fate)

    def _words(self) -> list[str]:
        """SQL of what a visit adds to its deal's number; several where there are many stages."""
        stages = self.cohort.stages or (0,)
        return [
            f"({_FATE}) * CASE v.stage_id {_places(stages[first : first + _STAGES])} ELSE 0 END"
            for first in range(0, len(stages), _STAGES)
        ]

    def _decoded(self, words: Sequence[int]) -> Iterator[tuple[int, str]]:
        for at, stage in enumerate(self.cohort.stages):
            code = int(words[at // _STAGES]) >> _BITS * (at % _STAGES) & 7
            if code:
                yield stage, _CODES[code]


def _places(stages: Sequence[int]) -> str:
    return " ".join(f"WHEN {stage} THEN {1 << _BITS * at}" for at, stage in enumerate(stages))


def _empty() -> dict[int, Counter[str]]:
    return defaultdict(Counter)
