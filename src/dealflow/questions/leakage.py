"""`dealflow leakage`: what became of the deals that entered each stage, and where they are lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from dealflow.analytics.leakage import StageCounts, StageLeak, judge, worst_leak
from dealflow.dates import ALL, Period
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import Part, Totals, totals
from dealflow.questions.columns import CURRENCY
from dealflow.questions.funnels import (
    STILL,
    cohort_asked,
    curves,
    days,
    fates,
    open_stages,
    pipelines_asked,
    redefinitions,
    stage_counts,
)
from dealflow.questions.windows import chosen, plural, told
from dealflow.results import (
    INT,
    LIST,
    MACHINE,
    MONEY,
    NUMBER,
    RATE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import leakage as store
from dealflow.store.leakage import READS, Facts
from dealflow.store.losses import names as reason_names
from dealflow.store.scope import scope

ASKS = "what became of the deals that entered each stage, and where they are lost"
DEFINITION = (
    "entered = advanced + returned + lost + void + still there: each deal has the fate of its last "
    "visit to the stage, and a win is an advance; advance rate = advanced / (advanced + lost), "
    "leak rate = lost / (advanced + lost), with 95 % Wilson intervals; days: Kaplan-Meier over "
    "visits, those still there as not ended"
)
COLUMNS = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
    Column("entered", "entered", INT, about="distinct deals with a visit there (or visits)"),
    Column("skipped", "skipped", INT, about="went from before it to beyond it, never there"),
    Column("advanced", "advanced", INT, about="to a later stage, or won"),
    Column("returned", "returned", INT, about="to an earlier stage"),
    Column("lost", "lost", INT),
    Column("void", "void", INT, about="in no rate"),
    Column("still", "still there", INT, about="in no rate"),
    Column("advance_rate", "advance rate", RATE, about="advanced / (advanced + lost)"),
    Column("leak_rate", "leak rate", RATE, about="lost / (advanced + lost)"),
    Column("value_leaked", "value leaked", MONEY, about="of those lost, as they stood then"),
    Column("value_still", "value there", MONEY, about="of those still there, as they stand"),
    CURRENCY,
    Column("days_median", "median days", NUMBER, about="there, Kaplan-Meier, from whole hours"),
    Column("days_p90", "90 % days", NUMBER, about="within which nine of ten have left"),
    Column("oldest_days", "oldest", NUMBER, about="days of the one that is there longest"),
    Column("lost_reasons", "lost for", LIST, about="the three most frequent reasons, counted"),
)
#: what became of the deals, and what that comes to in money and time
PANELS = (
    (
        *("stage_name", "entered", "skipped", "advanced", "returned", "lost", "void", "still"),
        "leak_rate",
    ),
    (
        *("stage_name", "advance_rate", "value_leaked", "value_still"),
        *("days_median", "days_p90", "oldest_days", "lost_reasons"),
    ),
)
_APART = (
    Column("pipeline", "pipeline", TEXT, MACHINE),
    Column("stage", "stage", TEXT, MACHINE),
    Column("stage_name", "stage"),
    Column("value_leaked", "value leaked", MONEY),
    Column("value_still", "value still there", MONEY),
    CURRENCY,
)
_LEAKED = "leaked"
_TOP = 3


def leakage(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    cohort: str = "entered",
    unit: str = "deals",
    pipeline: str | None = None,
) -> Report:
    """Fates, rates, amounts and durations per stage, of the deals that the cohort holds.

    Errors: UsageErrors of the filter; UnknownWord for cohort and unit; NotFound; UnknownActor.
    """
    filter_ = chosen(ask, words)
    pipelines = pipelines_asked(ask, pipeline)
    who = cohort_asked(ask, period, cohort, unit, pipelines)._replace(everywhere=pipeline is None)
    about = scope(ask, filter_, *READS)
    facts = store.leakage(about, who)
    funnel = _Funnel(ask, facts, pipelines)
    several = len({row[0] for row in funnel.rows}) > 1
    parameters = {
        "pipeline": pipelines[0].key if pipeline else None,
        "cohort": cohort,
        "unit": unit,
        "window": told(ask, period),
        "filter": filter_.text,
        "n": facts.deals if unit == "deals" else sum(leak.counts.entered for leak in funnel.leaks),
    }
    return Report(
        name="leakage",
        title="Where the funnel leaks",
        as_of=ask.now,
        definition=DEFINITION,
        parameters=parameters,
        columns=COLUMNS,
        panels=tuple((*("pipeline",) * several, *panel) for panel in PANELS),
        rows=funnel.rows,
        notes=(*funnel.notes(unit), *redefinitions(ask, about, who, pipelines)),
        empty="no stages to report on",
        sections=funnel.apart(),
    )


class _Line(NamedTuple):
    """A stage that is shown."""

    pipeline: PipelineSpec
    stage: StageSpec
    leak: StageLeak


class _Funnel:
    """The facts, arranged by stage and judged."""

    def __init__(self, ask: Ask, facts: Facts, pipelines: Sequence[PipelineSpec]) -> None:
        self.ask = ask
        self.facts = facts
        self.counts = fates(facts)
        used = [spec for spec in pipelines if self._used(spec)] or list(pipelines)
        self.idle = [spec.key for spec in pipelines if spec not in used]
        self.lines = [line for pipeline in used for line in self._lines(pipeline)]
        self.leaks = [line.leak for line in self.lines]
        self.amounts = _amounts(ask, facts)
        self.curves = curves(facts)
        self.reasons = _reasons(ask, facts)
        self.rows = [self._row(line) for line in self.lines]

    def _used(self, pipeline: PipelineSpec) -> bool:
        return any(stage.id in self.counts for stage in pipeline.stages)

    def _lines(self, pipeline: PipelineSpec) -> list[_Line]:
        """The pipeline's stages; retired ones only where deals were."""
        stages = [stage for stage in open_stages(pipeline) if self._shown(stage)]
        judged = judge(self._stage_counts(stage) for stage in stages)
        return [_Line(pipeline, stage, leak) for stage, leak in zip(stages, judged, strict=True)]

    def _shown(self, stage: StageSpec) -> bool:
        known = stage.id in self.counts or stage.id in self.facts.skipped
        return known or not stage.retired

    def _stage_counts(self, stage: StageSpec) -> StageCounts:
        fate = self.counts.get(stage.id, Counter())
        return stage_counts(stage, fate, self.facts.skipped.get(stage.id, 0))

    def _row(self, line: _Line) -> Row:
        stage, counts = line.stage, line.leak.counts
        curve = self.curves.get(stage.id)
        since = [there.since for there in self.facts.there if there.stage_id == stage.id]
        return (
            line.pipeline.key,
            stage.key,
            stage.name,
            counts.entered,
            counts.skipped,
            counts.advanced,
            counts.returned,
            counts.lost,
            counts.void,
            counts.still,
            line.leak.advance,
            line.leak.leak,
            self.amounts.money((stage.id, _LEAKED), counts.lost),
            self.amounts.money((stage.id, STILL), counts.still),
            self.amounts.currency,
            days(curve.median if curve else None),
            days(curve.p90 if curve else None),
            days((self.ask.now - min(since)) // store.HOUR if since else None),
            self.reasons.get(stage.id, ()),
        )

    # ── what is said beside the figures ──────────────────────────────────────────────────────

    def notes(self, unit: str) -> tuple[str, ...]:
        notes = [self._worst(pipeline) for pipeline in self._by_pipeline().values()]
        forced = self.facts.forced
        if forced:
            notes.append(f"{plural(forced, 'move')} overrode requirements (forced)")
        if self.facts.left:
            moves = plural(self.facts.left, "move")
            notes.append(f"{moves} into another pipeline: among the returned, in no rate")
        if unit == "visits":
            notes.append(
                "a visit whose close was reopened counts as returned, or as advanced where it was "
                "reopened in a later stage"
            )
        if self.idle:
            notes.append(f"no deals in {', '.join(self.idle)}")
        return (*notes, *self.amounts.told(), *self._unvalued())

    def _by_pipeline(self) -> dict[str, list[_Line]]:
        found: dict[str, list[_Line]] = defaultdict(list)
        for line in self.lines:
            found[line.pipeline.key].append(line)
        return found

    def _worst(self, lines: Sequence[_Line]) -> str:
        """The worst leak in words, where the counts support naming one."""
        pipelines = {line.pipeline.key for line in self.lines}
        where = f"{lines[0].pipeline.key}: " if len(pipelines) > 1 else ""
        worst = worst_leak([line.leak for line in lines])
        if worst is None:
            return f"{where}no stage stands out"
        named = next(line for line in lines if line.stage.key == worst)
        leak, others = named.leak.leak, [line.leak.leak for line in lines if line is not named]
        lost = sum(rate.successes for rate in others)
        decided = sum(rate.trials for rate in others)
        return (
            f"{where}{named.stage.name} leaks most: {_share(leak.successes, leak.trials)} were lost"
            f" there, elsewhere {_share(lost, decided)}"
        )

    def _unvalued(self) -> list[str]:
        """How many of the deals behind the amounts have none."""
        lost = sum(part.number - part.known for part in self.facts.lost)
        still = sum(there.number - there.known for there in self.facts.there)
        told = [f"{lost:,} lost"] * bool(lost) + [f"{still:,} still there"] * bool(still)
        return [f"without an amount: {', '.join(told)}"] if told else []

    def apart(self) -> tuple[Table, ...]:
        """Amounts that no rate converts, in rows of their own."""
        if not self.amounts.apart:
            return ()
        keys = {(key[0], currency) for key, currency in self.amounts.apart}
        rows = [
            (
                line.pipeline.key,
                line.stage.key,
                line.stage.name,
                *self._apart(line.stage.id, currency),
                currency,
            )
            for line in self.lines
            for currency in sorted(code for stage, code in keys if stage == line.stage.id)
        ]
        note = f"no rate to {self.amounts.currency}: not in the values above"
        return (Table(name="other_currencies", columns=_APART, rows=rows, notes=(note,)),)

    def _apart(self, stage: int, currency: str) -> tuple[Money, Money]:
        leaked, still = (
            self.amounts.apart.get(((stage, what), currency), 0) for what in (_LEAKED, STILL)
        )
        return Money(leaked, currency), Money(still, currency)


def _amounts(ask: Ask, facts: Facts) -> Totals[tuple[int, str]]:
    parts: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for lost in facts.lost:
        if lost.known:
            parts[lost.stage_id, _LEAKED].append(Part(lost.currency, lost.at, lost.minor))
    for there in facts.there:
        if there.known:
            parts[there.stage_id, STILL].append(Part(there.currency, None, there.minor))
    return totals(ask, parts)


def _reasons(ask: Ask, facts: Facts) -> dict[int, tuple[str, ...]]:
    """The most frequent reasons for losing at each stage, as `too expensive 12`."""
    names = reason_names(ask.conn, ask.now)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for lost in facts.lost:
        name = "no reason given" if lost.reason_id is None else names[lost.reason_id]
        found[lost.stage_id][name] += lost.number
    return {stage: _most(counter) for stage, counter in found.items()}


def _most(counter: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{name} {number}" for name, number in ordered[:_TOP])


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole * 100:.1f} %)"
