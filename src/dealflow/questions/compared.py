"""`dealflow leakage --compare`: the advance rates of one period against those of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dealflow.analytics.comparison import DOWN, TOO_FEW, UP, compare_pairs
from dealflow.analytics.intervals import difference, wilson
from dealflow.dates import Period, day_of, start_of
from dealflow.errors import UsageError
from dealflow.model import ADVANCED, LOST
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.funnels import (
    cohort_asked,
    open_stages,
    pipelines_asked,
    redefinitions,
)
from dealflow.questions.windows import chosen, told
from dealflow.results import DIFFERENCE, INT, MACHINE, RATE, TEXT, Column, Rate, Report, Row
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.fates import Fates, fates
from dealflow.store.scope import scope

ASKS = "whether more or fewer deals advance from each stage than in another period"
DEFINITION = (
    "advance rate = advanced / (advanced + lost), with its 95 % Wilson interval; change in "
    "percentage points, with Newcombe's 95 % interval; up and down: the interval excludes 0, and "
    "Fisher's exact test survives Benjamini-Hochberg at 5 % over the stages; too few: under 5 "
    "advanced or lost in either period; both periods are judged at the same age"
)
COLUMNS = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
    Column("entered", "entered", INT, about="distinct deals with a visit there (or visits)"),
    Column("entered_before", "before", INT, about="in the period that is compared with"),
    Column("advanced", "advanced", INT, MACHINE),
    Column("lost", "lost", INT, MACHINE),
    Column("advance_rate", "advance rate", RATE, about="advanced / (advanced + lost)"),
    Column("advanced_before", "advanced before", INT, MACHINE),
    Column("lost_before", "lost before", INT, MACHINE),
    Column("advance_rate_before", "before", RATE, about="of the period that is compared with"),
    Column("difference", "change, points", DIFFERENCE, about="advance rate less that before"),
    Column("mark", "", about="up or down where chance does not explain it, or too few to tell"),
)


class Asked(NamedTuple):
    """Which deals, as the leakage report is asked."""

    cohort: str = "entered"
    unit: str = "deals"
    pipeline: str | None = None


def compared(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period,
    against: Period,
    which: Asked = Asked(),  # noqa: B008 a value that cannot change
) -> Report:
    """Each stage in `period` and in `against`, which ends before it, judged when it was as old.

    Errors: as leakage; UsageError for periods without a beginning, or not one after the other.
    """
    earlier = _earlier(ask, period, against)
    pipelines = pipelines_asked(ask, which.pipeline)
    sides = [_side(*side, words, pipelines, which) for side in ((ask, period), (earlier, against))]
    lines = list(_lines(pipelines, sides[0].fates, sides[1].fates))
    changes = compare_pairs([(line.now, line.before) for line in lines])
    several = len({line.pipeline.key for line in lines}) > 1
    return Report(
        name="leakage-compare",
        title=f"How the funnel leaks, compared with {against.label}",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "pipeline": pipelines[0].key if which.pipeline else None,
            "cohort": which.cohort,
            "unit": which.unit,
            "window": told(ask, period),
            "compared_with": against.label,
            "compared_as_of": str(day_of(earlier.now, ask.zone)),
            "filter": sides[0].filter,
        },
        columns=tuple(
            column._replace(on="both") if several and column.name == "pipeline" else column
            for column in COLUMNS
        ),
        rows=[line.row(change) for line, change in zip(lines, changes, strict=True)],
        notes=(
            *_said(lines, changes),
            f"{against.label} is judged as of {day_of(earlier.now, ask.zone)}, when it was as old",
            *dict.fromkeys(note for side in sides for note in side.notes),
        ),
        empty="no stages to report on",
    )


def _earlier(ask: Ask, period: Period, against: Period) -> Ask:
    """The same question, asked when the earlier period was as old as the later one is now."""
    if period.start is None or against.start is None or against.end is None:
        raise UsageError(
            "only periods with a beginning and an end are compared",
            "--period this-quarter --compare previous",
        )
    if against.end > period.start:
        raise UsageError(
            f"{against.label} does not end before {period.label} begins",
            f"--period {against.label} --compare {period.label}"
            if against.start > period.start
            else "--compare previous",
        )
    age = start_of(period.start, ask.zone) - start_of(against.start, ask.zone)
    return Ask(ask.conn, ask.now - age, ask.zone, ask.currency, ask.me, ask.setting)


class _Side(NamedTuple):
    fates: Fates
    filter: str
    notes: list[str]


def _side(
    ask: Ask, period: Period, words: Sequence[str], pipelines: list[PipelineSpec], which: Asked
) -> _Side:
    filter_ = chosen(ask, words)
    who = cohort_asked(ask, period, which.cohort, which.unit, pipelines)
    who = who._replace(everywhere=which.pipeline is None)
    about = scope(ask, filter_, "created_at", "closed_at", "pipeline_id")
    notes = redefinitions(ask, about, who, pipelines)
    return _Side(fates(about, who), filter_.text, notes)


class _Line(NamedTuple):
    """A stage in both periods."""

    pipeline: PipelineSpec
    stage: StageSpec
    fate: Counter[str]
    fate_before: Counter[str]

    @property
    def now(self) -> Rate:
        return wilson(self.fate[ADVANCED], self.fate[ADVANCED] + self.fate[LOST])

    @property
    def before(self) -> Rate:
        fate = self.fate_before
        return wilson(fate[ADVANCED], fate[ADVANCED] + fate[LOST])

    def row(self, change: str | None) -> Row:
        return (
            self.pipeline.key,
            self.stage.key,
            self.stage.name,
            self.fate.total(),
            self.fate_before.total(),
            self.fate[ADVANCED],
            self.fate[LOST],
            self.now,
            self.fate_before[ADVANCED],
            self.fate_before[LOST],
            self.before,
            difference(self.now, self.before),
            change,
        )


def _lines(pipelines: Sequence[PipelineSpec], now: Fates, before: Fates) -> Iterator[_Line]:
    """The stages of the pipelines that had deals in either period, or of all."""
    had = {stage for fate in (now, before) for stage in fate}
    used = [spec for spec in pipelines if any(stage.id in had for stage in spec.stages)]
    for pipeline in used or pipelines:
        for stage in open_stages(pipeline):
            if stage.id in had or not stage.retired:
                none: Counter[str] = Counter()
                yield _Line(pipeline, stage, now.get(stage.id, none), before.get(stage.id, none))


def _said(lines: Sequence[_Line], changes: Sequence[str | None]) -> Iterator[str]:
    """What changed, in words, where the counts support it."""
    changed = [
        (line, change) for line, change in zip(lines, changes, strict=True) if change in {UP, DOWN}
    ]
    for line, change in changed:
        yield (
            f"{line.stage.name} went {change}: {_share(line.now)} advanced, "
            f"before {_share(line.before)}"
        )
    if not changed:
        few = sum(change == TOO_FEW for change in changes)
        yield (
            "no stage changed by more than chance explains"
            if few < len(lines)
            else ("too few deals to compare")
        )


def _share(rate: Rate) -> str:
    return f"{rate.successes:,} of {rate.trials:,} ({(rate.value or 0) * 100:.1f} %)"
