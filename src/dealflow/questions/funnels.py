"""What the reports over stages share: pipelines, what became of the deals, how long it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from dealflow.analytics.leakage import StageCounts
from dealflow.analytics.survival import Curve, kaplan_meier
from dealflow.dates import Period, day_of
from dealflow.errors import NotFound, UnknownWord
from dealflow.model import ADVANCED, LOST, OPEN, RETURNED, VOID
from dealflow.questions import Ask
from dealflow.questions.windows import window
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.cohort import Cohort
from dealflow.store.definitions import redefined
from dealflow.store.leakage import Facts
from dealflow.store.names import Names
from dealflow.store.scope import Scope

STILL = "still"
COHORTS = ("entered", "created", "closed")
UNITS = ("deals", "visits")


def pipelines_asked(ask: Ask, word: str | None) -> list[PipelineSpec]:
    """The one with this key or name, or all of them. Error: NotFound."""
    names = Names(ask.conn, ask.now, ask.me)
    if word is None:
        return names.pipelines
    wanted = names.values("pipeline", word)
    found = [spec for spec in names.pipelines if spec.id in wanted]
    if not found:
        raise NotFound("pipeline", word)
    return found


def cohort_asked(
    ask: Ask, period: Period, cohort: str, unit: str, pipelines: Sequence[PipelineSpec]
) -> Cohort:
    """Who is counted in these pipelines, as if they were all. Error: UnknownWord."""
    stages = tuple(stage.id for spec in pipelines for stage in open_stages(spec))
    by, counted = one_of("cohort", cohort, COHORTS), one_of("unit", unit, UNITS)
    return Cohort(by, *window(ask, period), unit=counted, stages=stages, everywhere=True)


def one_of(what: str, word: str, choices: tuple[str, ...]) -> Any:
    """The word, from a closed list. Error: UnknownWord."""
    if word not in choices:
        raise UnknownWord(what, word, choices)
    return word


def open_stages(pipeline: PipelineSpec) -> list[StageSpec]:
    """Where deals can be lost: all but the won stage, the retired ones too."""
    return [stage for stage in pipeline.stages if stage.kind == OPEN]


def fates(facts: Facts) -> dict[int, Counter[str]]:
    """How many came to each fate, by stage, those still there included."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for stage, counted in facts.fates.items():
        found[stage] += counted
    for there in facts.there:
        found[there.stage_id][STILL] += there.number
    return dict(found)


def stage_counts(stage: StageSpec, fate: Counter[str], skipped: int) -> StageCounts:
    return StageCounts(
        stage=stage.key,
        entered=fate.total(),
        advanced=fate[ADVANCED],
        returned=fate[RETURNED],
        lost=fate[LOST],
        void=fate[VOID],
        still=fate[STILL],
        skipped=skipped,
    )


def curves(facts: Facts) -> dict[int, Curve]:
    """How long visits to each stage last."""
    stages = facts.ended.keys() | facts.going.keys()
    none: Counter[int] = Counter()
    return {
        stage: kaplan_meier(facts.ended.get(stage, none), facts.going.get(stage, none))
        for stage in stages
    }


def days(hours: int | None) -> float | None:
    return None if hours is None else round(hours / 24, 1)


def redefinitions(
    ask: Ask, about: Scope, who: Cohort, pipelines: Iterable[PipelineSpec]
) -> list[str]:
    """Which stages were defined anew within the window."""
    names = {stage.id: stage.name for spec in pipelines for stage in spec.stages}
    return [
        f"{names[stage]} was defined anew on {day_of(at, ask.zone)}: before and after are together"
        for stage, at in redefined(about, who)
    ]
