"""`dealflow leakage --paths`: the ways that deals take through the stages, the commonest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from dealflow.analytics.comparison import Mark, compare_families
from dealflow.analytics.intervals import wilson
from dealflow.analytics.quantiles import median
from dealflow.dates import ALL, Period
from dealflow.model import LOST, OPEN, VOID, WON
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.compared import Asked
from dealflow.questions.funnels import cohort_asked, pipelines_asked
from dealflow.questions.windows import chosen, plural, told
from dealflow.results import (
    INT,
    LIST,
    MACHINE,
    NUMBER,
    RATE,
    SCREEN,
    SENTENCE,
    SHARE,
    Column,
    Report,
    Row,
)
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.paths import Taken
from dealflow.store.paths import paths as counted
from dealflow.store.scope import scope

ASKS = "which ways deals take through the stages, and which of them are won"
DEFINITION = (
    "a way: the stages that a deal was in, in order; ↩ goes back, (a stage) was passed over; share "
    "of all deals but the void ones; close rate = won / (won + lost) of the deals that took it, "
    "with its 95 % Wilson interval; above and below: Fisher's exact test against the other ways to "
    "the same last stage, Benjamini-Hochberg at 5 %; days: median from creation to close"
)
COLUMNS = (
    Column("path", "path", LIST, MACHINE, "the keys of the stages, in order"),
    Column("way", "way", SENTENCE, SCREEN),
    Column("returns", "returns", INT, MACHINE, "moves back, or again into the same stage"),
    Column("skipped", "skipped", LIST, MACHINE, "keys of the stages that it passes over"),
    Column("deals", "deals", INT, about="that took it so far; void ones apart"),
    Column("share", "share", SHARE, about="of all deals but the void ones"),
    Column("won", "won", INT),
    Column("lost", "lost", INT),
    Column("open", "open", INT, about="on it now, in no rate"),
    Column("void", "void", INT, about="in no rate, and in no share"),
    Column("close_rate", "close rate", RATE, about="won / (won + lost)"),
    Column("median_days", "days", NUMBER, about="median from creation to close, whole days"),
    Column("mark", "", about="above or below the other ways to its last stage, or too few to tell"),
)
Way = tuple[int, ...]


def paths(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    which: Asked = Asked(),  # noqa: B008 a value that cannot change
    limit: int | None = None,
) -> Report:
    """The ways of the deals of the cohort, whole, as far as they went; the first `limit` of them.

    Errors: as leakage.
    """
    filter_ = chosen(ask, words)
    pipelines = pipelines_asked(ask, which.pipeline)
    who = cohort_asked(ask, period, which.cohort, "deals", pipelines)
    who = who._replace(everywhere=which.pipeline is None)
    about = scope(ask, filter_, "created_at", "closed_at", "status", "pipeline_id")
    found = counted(about, who)
    stages = _Stages(pipelines)
    ordered = sorted(found.items(), key=lambda item: (-_deals(item[1]), stages.keys(item[0])))
    marks = _marks(ordered)
    whole = sum(map(_deals, found.values()))
    rows = [
        _row(stages, way, taken, whole, mark)
        for (way, taken), mark in zip(ordered, marks, strict=True)
    ]
    shown = rows[:limit]
    return Report(
        name="leakage-paths",
        title="The ways through the funnel",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "pipeline": pipelines[0].key if which.pipeline else None,
            "cohort": which.cohort,
            "window": told(ask, period),
            "filter": filter_.text,
            "n": whole,
        },
        columns=COLUMNS,
        rows=shown,
        notes=tuple(_notes(ordered, len(shown))),
        empty="no deals entered a stage",
    )


def _marks(ordered: Sequence[tuple[Way, Taken]]) -> list[Mark | None]:
    """Each way against the others to the same last stage: who came less far was won less anyway."""
    ends: dict[int, list[int]] = {}
    for at, (way, _) in enumerate(ordered):
        ends.setdefault(way[-1] if way else 0, []).append(at)
    counts = [(taken.outcomes[WON], taken.outcomes[LOST]) for _, taken in ordered]
    families = [([counts[at] for at in places], None) for places in ends.values()]
    marks: list[Mark | None] = [None] * len(ordered)
    for places, judged in zip(ends.values(), compare_families(families), strict=True):
        for at, mark in zip(places, judged, strict=True):
            marks[at] = mark
    return marks


def _deals(taken: Taken) -> int:
    """Deals that took the way, the void ones apart."""
    return taken.outcomes[WON] + taken.outcomes[LOST] + taken.outcomes[OPEN]


def _row(stages: _Stages, way: Way, taken: Taken, whole: int, mark: str | None) -> Row:
    won, lost, deals = taken.outcomes[WON], taken.outcomes[LOST], _deals(taken)
    steps = list(stages.steps(way))
    return (
        stages.keys(way),
        stages.shown(way),
        sum(step.back for step in steps),
        tuple(stage.key for step in steps for stage in step.skipped),
        deals,
        deals / whole if whole else None,
        won,
        lost,
        taken.outcomes[OPEN],
        taken.outcomes[VOID],
        wilson(won, won + lost),
        median(taken.days),
        mark,
    )


def _notes(ordered: Sequence[tuple[Way, Taken]], shown: int) -> Iterator[str]:
    void = sum(taken.outcomes[VOID] for _, taken in ordered)
    if void:
        yield f"{plural(void, 'void deal')} apart: in no rate and no share"
    rest = ordered[shown:]
    if rest:
        deals = sum(_deals(taken) for _, taken in rest)
        yield f"{plural(len(rest), 'way')} more, of {plural(deals, 'deal')}: --limit 0 shows all"


class _Step(NamedTuple):
    """From one stage to the next: whether not forward, and what it passed over."""

    to: StageSpec
    back: bool
    skipped: tuple[StageSpec, ...]
    into: PipelineSpec | None
    """The pipeline, where it is another one."""


class _Stages:
    """Stages by id, with their order as it stands."""

    def __init__(self, pipelines: Sequence[PipelineSpec]) -> None:
        self.of: Mapping[int, tuple[PipelineSpec, StageSpec]] = {
            stage.id: (spec, stage) for spec in pipelines for stage in spec.stages
        }

    def keys(self, way: Way) -> tuple[str, ...]:
        return tuple(self.of[stage][1].key for stage in way)

    def steps(self, way: Way) -> Iterator[_Step]:
        for here, there in pairwise(way):
            (before, left), (pipeline, to) = self.of[here], self.of[there]
            if before is not pipeline:
                yield _Step(to, back=False, skipped=(), into=pipeline)
                continue
            passed = tuple(
                stage
                for stage in pipeline.stages
                if left.position < stage.position < to.position and not stage.retired
            )
            yield _Step(to, left.position >= to.position, passed, None)

    def shown(self, way: Way) -> str:
        """`Lead → Needs ↩ Lead → (Needs) → Offer`."""
        said = [self.of[way[0]][1].name] if way else []
        for step in self.steps(way):
            said += [f"→ ({stage.name})" for stage in step.skipped]
            arrow = "↩" if step.back else "→"
            where = f"{step.into.name}: " if step.into else ""
            said.append(f"{arrow} {where}{step.to.name}")
        return " ".join(said)
