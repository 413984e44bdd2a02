"""`dealflow stages review`: what the record of each stage says about how the stage is defined."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dealflow.analytics.comparison import ABOVE
from dealflow.analytics.intervals import wilson
from dealflow.analytics.leakage import StageCounts, judge, worst_leak
from dealflow.analytics.review import (
    Did,
    Difference,
    StageFacts,
    compare_activities,
    findings,
)
from dealflow.dates import ALL, Period
from dealflow.named import NamedTuple
from dealflow.pipelines import too_many_stages
from dealflow.questions import Ask
from dealflow.questions.advice import activity, sentence, share
from dealflow.questions.funnels import (
    curves,
    days,
    fates,
    open_stages,
    pipelines_asked,
    redefinitions,
    stage_counts,
)
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.requirements import Evidence, Requirement, explain, holds
from dealflow.results import (
    INT,
    LIST,
    MACHINE,
    NUMBER,
    RATE,
    SHARE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import leakage as funnel
from dealflow.store import review as store
from dealflow.store import signals
from dealflow.store.cohort import Cohort
from dealflow.store.leakage import Facts
from dealflow.store.review import Outcomes, Review
from dealflow.store.scope import scope

ASKS = "what the record of each stage says about its definition: is it used, met, right"
DEFINITION = (
    "of the deals that entered the stage: advance rate = advanced / (advanced + lost); win rate = "
    "won / (won + lost) of those closed since; skipped = skipped / (entered + skipped); forced = "
    "stays begun by overriding / stays; 95 % Wilson intervals; days: Kaplan-Meier; recommended is "
    "what a 99 % interval supports, from 30 on"
)
COLUMNS = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key"),
    Column("stage_name", "stage", about="its name"),
    Column("entered", "entered", INT, about="distinct deals with a visit there"),
    Column("advance_rate", "advance rate", RATE, about="advanced / (advanced + lost)"),
    Column("win_rate", "won in the end", RATE, about="of those that were there and are closed"),
    Column("probability", "probability", SHARE, about="as the stage is defined, 0 to 1"),
    Column("skip_rate", "skipped", RATE, about="skipped / (entered + skipped)"),
    Column("won_skipped", "won without it", RATE, about="won deals that passed over it"),
    Column("forced_rate", "forced", RATE, about="stays that began although something was missing"),
    Column("days_median", "median days", NUMBER, about="there, Kaplan-Meier, from whole hours"),
    Column("expected_days", "expected", INT, about="days, as the stage is defined"),
    Column("open", "open", INT, about="deals that are there now"),
    Column("blocked_by", "lack most", LIST, about="what most of those lack for the next stage"),
    Column("advanced", "advanced", INT, MACHINE, "to a later stage, or won"),
    Column("lost", "lost", INT, MACHINE, "from here"),
    Column("skipped", "went past", INT, MACHINE, "deals that went past it, never there"),
    Column("closed", "closed", INT, MACHINE, "deals that were there, won or lost since"),
    Column("winners", "winners", INT, MACHINE, "won deals of the pipeline whose way is known"),
    Column("stays", "stays", INT, MACHINE, "visits that began"),
)
PANELS = (
    ("stage_name", "entered", "advance_rate", "win_rate", "probability", "won_skipped"),
    (
        *("stage_name", "skip_rate", "forced_rate", "days_median", "expected_days", "open"),
        "blocked_by",
    ),
)
GAPS = (
    Column("pipeline", "pipeline", TEXT, MACHINE),
    Column("stage", "stage", TEXT, MACHINE),
    Column("stage_name", "stage"),
    Column("requirement", "requirement", TEXT, MACHINE, "as the pipeline's document writes it"),
    Column("told", "asks for"),
    Column("lacking", "lacking", RATE, about="open deals that lack it, of those there"),
)
ACTIVITIES = (
    Column("pipeline", "pipeline", TEXT, MACHINE),
    Column("stage", "stage", TEXT, MACHINE),
    Column("stage_name", "stage"),
    Column("kind", "activity"),
    Column("won_did", "won had it", RATE, about="won deals with such an activity while there"),
    Column("lost_did", "lost had it", RATE, about="lost deals with such an activity while there"),
    Column("adjusted_p", "p", NUMBER, MACHINE, "Fisher's test, adjusted for all of them"),
    Column("mark", "the won did it", TEXT, about="more or less often than the lost, beyond chance"),
)
_TOP = 3
_HOURS = 24


def review(
    ask: Ask, words: Sequence[str] = (), *, period: Period = ALL, pipeline: str | None = None
) -> Report:
    """How each stage is used, met and passed, and what that recommends.

    Errors: UsageErrors of the filter; NotFound for the pipeline; UnknownActor.
    """
    filter_ = chosen(ask, words)
    pipelines = pipelines_asked(ask, pipeline)
    stages = tuple(stage.id for spec in pipelines for stage in open_stages(spec))
    who = Cohort("entered", *window(ask, period), "deals", stages, everywhere=pipeline is None)
    about = scope(ask, filter_, *funnel.READS, *store.COLUMNS)
    facts, more = funnel.leakage(about, who, worth=False), store.review(about, who)
    found = _Found(facts, more, pipelines, _lacking(ask, words, pipelines))
    several = len({line.pipeline.key for line in found.lines}) > 1
    parameters = {
        "pipeline": pipelines[0].key if pipeline else None,
        "window": told(ask, period),
        "filter": filter_.text,
        "n": facts.deals,
    }
    return Report(
        name="stages-review",
        title="What the record says about the stages",
        as_of=ask.now,
        definition=DEFINITION,
        parameters=parameters,
        columns=COLUMNS,
        panels=tuple((*("pipeline",) * several, *panel) for panel in PANELS),
        rows=[found.row(line) for line in found.lines],
        notes=(*found.notes(), *redefinitions(ask, about, who, pipelines)),
        empty="no stages to report on",
        sections=(found.gaps(), found.activities()),
    )


class _Line(NamedTuple):
    """A stage that is shown, with what is known of it."""

    pipeline: PipelineSpec
    stage: StageSpec
    counts: StageCounts
    facts: StageFacts
    lacking: tuple[tuple[Requirement, int], ...]
    """What the open deals there lack for the next stage, the most frequent first."""


class _Found:
    """The facts, arranged by stage and judged."""

    def __init__(
        self,
        facts: Facts,
        more: Review,
        pipelines: Sequence[PipelineSpec],
        lacking: Mapping[int, Sequence[tuple[Requirement, int]]],
    ) -> None:
        self.facts, self.more, self.lacking = facts, more, lacking
        self.fates, self.curves = fates(facts), curves(facts)
        used = [spec for spec in pipelines if self._used(spec)] or list(pipelines)
        self.pipelines = used
        self.lines = [
            self._line(spec, stage)
            for spec in used
            for stage in open_stages(spec)
            if not stage.retired or stage.id in self.fates
        ]
        self.compared = self._compared()

    def _used(self, pipeline: PipelineSpec) -> bool:
        return any(stage.id in self.fates for stage in pipeline.stages)

    def _line(self, pipeline: PipelineSpec, stage: StageSpec) -> _Line:
        skipped = self.facts.skipped.get(stage.id, 0)
        counts = stage_counts(stage, self.fates.get(stage.id, Counter()), skipped)
        lacking = tuple(self.lacking.get(stage.id, ()))
        return _Line(
            pipeline, stage, counts, self._facts(pipeline, stage, counts, lacking), lacking
        )

    def _facts(
        self,
        pipeline: PipelineSpec,
        stage: StageSpec,
        counts: StageCounts,
        lacking: Sequence[tuple[Requirement, int]],
    ) -> StageFacts:
        closed = self.more.closed.outcomes.get(stage.id, Outcomes())
        longer, shorter = self._against_expected(stage)
        curve = self.curves.get(stage.id)
        return StageFacts(
            probability=stage.probability,
            expected_days=stage.expected_days,
            advanced=counts.advanced,
            lost_here=counts.lost,
            won=closed.won,
            lost=closed.lost,
            winners=self.more.won.get(pipeline.id, 0),
            past=self.more.won_past.get(stage.id, 0),
            begun=_stays(self.facts, stage),
            forced=self.more.forced.get(stage.id, 0),
            longer=longer,
            shorter=shorter,
            median_days=days(curve.median if curve else None),
            lacking={explain(req): number for req, number in lacking},
            open=self.more.open.get(stage.id, 0),
        )

    def _against_expected(self, stage: StageSpec) -> tuple[int, int]:
        """Stays that lasted longer than expected, and those known not to."""
        if stage.expected_days is None:
            return 0, 0
        none: Counter[int] = Counter()
        ended = self.facts.ended.get(stage.id, none)
        going = self.facts.going.get(stage.id, none)
        most = stage.expected_days * _HOURS
        longer = sum(n for each in (ended, going) for hours, n in each.items() if hours > most)
        return longer, sum(n for hours, n in ended.items() if hours <= most)

    # ── what blocks ──────────────────────────────────────────────────────────────────────────

    def gaps(self) -> Table:
        """What the open deals lack to go on, stage by stage."""
        rows = [
            (*_names(line), str(req), explain(req), wilson(number, line.facts.open))
            for line in self.lines
            for req, number in line.lacking
        ]
        empty = "no open deal lacks anything that its next stage asks for"
        return Table(name="lacking", columns=GAPS, rows=rows, empty=empty)

    # ── what was done ────────────────────────────────────────────────────────────────────────

    def _compared(self) -> list[tuple[_Line, str, Difference]]:
        done = [
            (line, kind, Did(had.won, all_.won, had.lost, all_.lost))
            for line in self.lines
            for all_ in (self.more.closed.looked_at.get(line.stage.id, Outcomes()),)
            for kind, had in self.more.closed.did.get(line.stage.id, {}).items()
        ]
        judged = compare_activities([did for *_, did in done])
        return [
            (line, kind, difference)
            for (line, kind, _), difference in zip(done, judged, strict=True)
            if difference is not None
        ]

    def activities(self) -> Table:
        """Activities in a stage, of those that won in the end and of those that lost."""
        rows = [
            (
                *_names(line),
                kind,
                wilson(found.counts.won_did, found.counts.won),
                wilson(found.counts.lost_did, found.counts.lost),
                found.adjusted_p,
                None if found.mark is None else "more" if found.mark == ABOVE else "less",
            )
            for line, kind, found in sorted(self.compared, key=_surest)
            if found.mark is not None
        ]
        number = len(self.compared)
        empty = "too few won and lost deals to compare what was done"
        if number:
            empty = f"{number} activities compared: none differs beyond chance"
        told = f"{number} compared; who stayed longer had time for more: association, not cause"
        notes = [told] * bool(rows)
        if self.more.closed.number > store.RECENT and number:
            notes += [f"of the {store.RECENT:,} deals closed last"]
        return Table(
            name="activities", columns=ACTIVITIES, rows=rows, notes=tuple(notes), empty=empty
        )

    # ── rows and words ───────────────────────────────────────────────────────────────────────

    def row(self, line: _Line) -> Row:
        facts, counts = line.facts, line.counts
        return (
            *_names(line),
            counts.entered,
            judge([counts])[0].advance,
            wilson(facts.won, facts.won + facts.lost),
            facts.probability,
            wilson(counts.skipped, counts.entered + counts.skipped),
            wilson(facts.past, facts.winners),
            wilson(facts.forced, facts.begun),
            facts.median_days,
            facts.expected_days,
            facts.open,
            tuple(f"{explain(req)} {number}" for req, number in line.lacking[:_TOP]),
            counts.advanced,
            counts.lost,
            counts.skipped,
            facts.won + facts.lost,
            facts.winners,
            facts.begun,
        )

    def notes(self) -> tuple[str, ...]:
        """What the numbers recommend; where several pipelines are shown, of which it is."""
        said = [
            f"{spec.key}: {one}" if len(self.pipelines) > 1 else one
            for spec in self.pipelines
            for one in self._recommended(spec)
        ]
        forced = self.more.forced_wins
        wins = plural(self.more.wins, "win")
        aside = (f"{forced:,} of {wins} overrode what winning asks for",) if forced else ()
        return (*(said or ("these numbers recommend no change of the stages",)), *aside)

    def _recommended(self, pipeline: PipelineSpec) -> Iterator[str]:
        lines = [line for line in self.lines if line.pipeline is pipeline]
        many = too_many_stages(pipeline)
        if many:
            yield many
        worst = worst_leak(judge(line.counts for line in lines))
        for line in lines:
            if line.stage.key == worst:
                yield f"{line.stage.name} leaks most: dealflow leakage shows for what reasons"
            yield from (sentence(line.stage, finding) for finding in findings(line.facts))
            yield from self._of_activities(line)

    def _of_activities(self, line: _Line) -> Iterator[str]:
        for there, kind, found in self.compared:
            if there is not line or found.mark is None:
                continue
            counts, often = found.counts, "more" if found.mark == ABOVE else "less"
            yield (
                f"in {line.stage.name} the won had {activity(kind)} {often} often: "
                f"{share(wilson(counts.won_did, counts.won))} of them, "
                f"{share(wilson(counts.lost_did, counts.lost))} of the lost"
            )


def _surest(compared: tuple[_Line, str, Difference]) -> float:
    return compared[2].adjusted_p


def _stays(facts: Facts, stage: StageSpec) -> int:
    return sum(each[stage.id].total() for each in (facts.ended, facts.going) if stage.id in each)


def _lacking(
    ask: Ask, words: Sequence[str], pipelines: Sequence[PipelineSpec]
) -> dict[int, list[tuple[Requirement, int]]]:
    """By stage, what its open deals lack for the next one, and how many; the most frequent first.

    Deals that look alike are judged once (store/signals.py).
    """
    asked = {
        stage.id: spec.asks(stage, spec.next_after(stage))
        for spec in pipelines
        for stage in open_stages(spec)
    }
    every = [req for reqs in asked.values() for req in reqs]
    if not every:
        return {}

    def judge(_: int, stage: int, known: Evidence) -> tuple[Requirement, ...] | None:
        missing = (req for req in asked.get(stage, ()) if not holds(req, known, ask.now))
        return tuple(missing) or None

    about = scope(ask, chosen(ask, [*words, "status:open"]), *signals.READS)
    looks = replace(signals.looks(every), deeds=False)
    count: dict[int, Counter[Requirement]] = defaultdict(Counter)
    for stage, missing, number in signals.tallies(about, looks, judge):
        count[stage].update(dict.fromkeys(missing, number))
    return {
        stage: sorted(found.items(), key=lambda item: (-item[1], asked[stage].index(item[0])))
        for stage, found in count.items()
    }


def _names(line: _Line) -> tuple[str, str, str]:
    return line.pipeline.key, line.stage.key, line.stage.name
