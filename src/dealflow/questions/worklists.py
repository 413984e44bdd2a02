"""What the lists of open deals that want something share: their columns, limits and remarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from dealflow import followups
from dealflow.analytics.survival import kaplan_meier
from dealflow.dates import day_of, start_of
from dealflow.followups import DEFAULT_CADENCES, Cadence
from dealflow.model import OPEN
from dealflow.questions import Ask
from dealflow.questions.columns import CURRENCY
from dealflow.questions.shaping import money
from dealflow.questions.windows import chosen, plural
from dealflow.results import ID, MACHINE, MONEY, TEXT, Column, Row
from dealflow.stages import StageSpec
from dealflow.store import worklists as store
from dealflow.store.names import Names
from dealflow.store.overdue import handles
from dealflow.store.scope import Scope, scope
from dealflow.store.worklists import Choice, Facts

DAY, HOUR = 86_400, 3600
#: stays that must have ended in a stage before their 90th percentile says what is usual there
ENOUGH = 10
_FEW = 8
"""So many reps are named with their counts."""

#: what every such list says of a deal
DEAL = (
    Column("id", "deal", ID),
    Column("title", "title"),
    Column("account", "customer"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
    Column("owner", "owner", about="handle of the rep"),
    Column("amount", "amount", MONEY),
    CURRENCY,
    Column("grade", "grade", about="the deal's, else the customer's"),
)


def owned_by(rep: str | None) -> tuple[str, ...]:
    """The filter's term for the deals that a rep (`me` too) owns, if one is named."""
    if not rep:
        return ()
    quoted = rep.replace('"', '""')
    return ("owner:me" if rep == "me" else f'owner:"{quoted}"',)


class Listing:
    """One list in the making: its scope, and the names of what its rows hold by id."""

    def __init__(self, ask: Ask, words: Sequence[str], for_: str | None = None) -> None:
        self.ask = ask
        told = chosen(ask, [*words, *owned_by(for_)])
        self.filter = told.text
        self.about: Scope = scope(ask, told, *store.READS)
        self.reps = handles(self.about)
        self.stages: dict[int, StageSpec] = {
            stage.id: stage
            for pipeline in Names(ask.conn, ask.now, ask.me).pipelines
            for stage in pipeline.stages
        }

    def facts(self, ids: Sequence[int]) -> list[Facts]:
        return store.facts(self.about, ids)

    def deal(self, one: Facts) -> Row:
        """The cells of DEAL."""
        stage = self.stages[one.stage_id]
        return (
            one.id,
            one.title,
            one.account,
            stage.key,
            stage.name,
            self.reps[one.owner_id],
            money(one.amount, one.currency),
            one.currency,
            one.grade,
        )

    def counted(self, choice: Choice) -> Counter[str]:
        """How many deals there are, by their owners' handles."""
        return self.by_handle(store.by_owner(self.about, choice))

    def by_handle(self, found: Mapping[int, int]) -> Counter[str]:
        """What is counted by the owner's id, by the handle."""
        return Counter({self.reps[rep]: number for rep, number in found.items()})

    def day(self, instant: int) -> date:
        return day_of(instant, self.ask.zone)


def counted_told(counts: Counter[str], what: str, here: int) -> tuple[str, ...]:
    """`12 quiet deals; by rep: li 8, wang 4`, and where the list is cut, that it is."""
    if not counts:
        return ()
    total = counts.total()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shares = ", ".join(f"{rep} {number:,}" for rep, number in ordered[:_FEW])
    rest = f" and {plural(len(ordered) - _FEW, 'other')}" if len(ordered) > _FEW else ""
    cut = (f"{here:,} of {total:,} shown; --limit 0 for all",) if here < total else ()
    return (f"{plural(total, what)}; by rep: {shares}{rest}", *cut)


# ── how long without contact ──────────────────────────────────────────────────────────────────


def cadences(ask: Ask) -> dict[str, Cadence]:
    """By grade, `-` for none."""
    return {
        grade: followups.parse_cadence(ask.setting(f"cadence.{grade}"))
        for grade in DEFAULT_CADENCES
    }


def recent_enough(ask: Ask) -> dict[str, int]:
    """By grade the first instant from which on a last contact is none too long ago."""
    return {
        grade: start_of(followups.quiet_before(cadence, ask.today, ask.calendar), ask.zone)
        for grade, cadence in cadences(ask).items()
    }


# ── how long in a stage ───────────────────────────────────────────────────────────────────────


class Limit(NamedTuple):
    """How long a deal is expected to be, or usually is, in a stage."""

    seconds: int
    n: int | None = None
    """The stays that the usual time was seen in; None where the stage itself says it."""

    @property
    def told(self) -> str:
        return "expected" if self.n is None else "usual"


def limits(ask: Ask, stages: Iterable[StageSpec]) -> dict[int, Limit]:
    """By stage its expected days, else the 90th percentile of the stays there (Kaplan–Meier).

    A stage that has neither, because fewer than ENOUGH stays have ended there, has no limit.
    """
    found = {s.id: Limit(s.expected_days * DAY) for s in stages if s.expected_days is not None}
    asked = [stage.id for stage in stages if stage.kind == OPEN and stage.id not in found]
    ended, going = store.stays(ask.conn, asked, ask.now) if asked else ({}, {})
    for stage, durations in ended.items():
        hours = kaplan_meier(durations, going.get(stage, Counter())).p90
        if hours is not None and durations.total() >= ENOUGH:
            found[stage] = Limit(max(hours, 1) * HOUR, durations.total())
    return found
