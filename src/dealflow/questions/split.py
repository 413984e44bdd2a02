"""`dealflow leakage --by`: a funnel for each group, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dealflow.analytics.comparison import TOO_FEW, Family, compare_families
from dealflow.analytics.leakage import StageLeak, judge
from dealflow.dates import ALL, Period
from dealflow.errors import UsageError
from dealflow.model import ADVANCED, LOST
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.compared import Asked
from dealflow.questions.funnels import cohort_asked, open_stages, pipelines_asked, stage_counts
from dealflow.questions.grouping import Group, Labels, columns_of, dimensions_of, sorting
from dealflow.questions.leakage import COLUMNS as FUNNEL
from dealflow.questions.windows import chosen, plural, told
from dealflow.results import Column, Report, Row, Table
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.dimensions import DIMENSIONS, Dimension, more, reads
from dealflow.store.fates import SKIPPED, Fates, fates
from dealflow.store.fates import split as counted
from dealflow.store.scope import scope

ASKS = "where the funnel leaks, for each rep, product, source …"
DEFINITION = (
    "as the leakage report, in groups: advance rate = advanced / (advanced + lost), with its 95 % "
    "Wilson interval; above and below: Fisher's exact test of the group against all others in the "
    "stage, Benjamini-Hochberg at 5 % over groups and stages; too few: under 5 advanced or lost; "
    "reps are the owners as of now"
)
FIGURES = (
    *(column for column in FUNNEL if column.name in {"pipeline", "stage", "stage_name"}),
    *(
        column
        for column in FUNNEL
        if column.name in {"entered", "skipped", "advanced", "returned", "lost", "void", "still"}
    ),
    *(column for column in FUNNEL if column.name in {"advance_rate", "leak_rate"}),
    Column("mark", "", about="advances above or below the others, or too few to tell"),
)


def _named(by: Iterable[Dimension]) -> tuple[Column, ...]:
    """The columns of groups; the pipeline that a deal is in need not be that of the stage."""
    return tuple(
        column._replace(name="of_pipeline") if column.name == "pipeline" else column
        for column in columns_of(by)
    )


#: every column there can be; a report has those of the dimensions it was asked for
COLUMNS = (*_named(DIMENSIONS.values()), *FIGURES)
_MOST = 2


def split(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    by: Sequence[str],
    period: Period = ALL,
    which: Asked = Asked(),  # noqa: B008 a value that cannot change
    limit: int | None = None,
) -> Report:
    """Fates and rates per stage, for each group of deals; the first `limit` groups.

    Errors: as leakage; UnknownWord for the dimension; UsageError for visits, or three dimensions.
    """
    dimensions = dimensions_of(ask, by)
    if not 1 <= len(dimensions) <= _MOST:
        raise UsageError(f"a funnel is split by one or two dimensions, not {len(dimensions)}")
    if which.unit != "deals":
        raise UsageError("a split funnel counts deals, not visits", "leave --unit out")
    filter_ = chosen(ask, words)
    pipelines = pipelines_asked(ask, which.pipeline)
    who = cohort_asked(ask, period, which.cohort, which.unit, pipelines)
    who = who._replace(everywhere=which.pipeline is None)
    columns = ("created_at", "closed_at", "owner_id", "pipeline_id", *reads(dimensions))
    about = scope(ask, filter_, *columns, more=more(dimensions))
    found = counted(about, who, dimensions, ask)
    whole = fates(about, who) if any(d.several for d in dimensions) else None
    groups = _labelled(Labels(about, dimensions), found.groups)
    lines = list(_lines(_ordered(groups, dimensions), pipelines))
    marks = _marks(lines, whole)
    shown = dict.fromkeys(line.group for line in lines)
    kept = list(shown)[:limit]
    pairs = [pair for pair in zip(lines, marks, strict=True) if pair[0].group in set(kept)]
    return Report(
        name="leakage-by",
        title="Where the funnel leaks, by " + " and ".join(d.label for d in dimensions),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in dimensions),
            "pipeline": pipelines[0].key if which.pipeline else None,
            "cohort": which.cohort,
            "window": told(ask, period),
            "filter": filter_.text,
            "n": found.deals,
        },
        columns=(*_named(dimensions), *FIGURES),
        rows=[line.row(mark) for line, mark in pairs],
        drawn=tuple(_drawn(pairs, dimensions)),
        notes=tuple(_notes(dimensions, len(shown) - len(kept))),
        empty="no deals entered a stage",
    )


def _labelled(labels: Labels, found: Mapping[tuple[object, ...], Fates]) -> dict[Group, Fates]:
    """The fates by label: where several keys have one label, together."""
    groups: dict[Group, dict[int, Counter[str]]] = {}
    for key, stages in found.items():
        group = groups.setdefault(labels.of(key), {})
        for stage, fate in stages.items():
            group.setdefault(stage, Counter()).update(fate)
    return dict(groups)


def _ordered(groups: Mapping[Group, Fates], by: Sequence[Dimension]) -> list[tuple[Group, Fates]]:
    """Months in their order; others with the most deals first."""
    dated = [at for at, dimension in enumerate(by) if dimension.dated]

    def place(item: tuple[Group, Fates]) -> tuple[list[str], int, str]:
        group, stages = item
        many = sum(fate.total() - fate[SKIPPED] for fate in stages.values())
        return [str(group[at]) for at in dated], -many, sorting(group)

    return sorted(groups.items(), key=place)


class _Line(NamedTuple):
    """One group in one stage."""

    group: Group
    pipeline: PipelineSpec
    stage: StageSpec
    leak: StageLeak

    def row(self, mark: str | None) -> Row:
        counts = self.leak.counts
        return (
            *self.group,
            self.pipeline.key,
            self.stage.key,
            self.stage.name,
            counts.entered,
            counts.skipped,
            counts.advanced,
            counts.returned,
            counts.lost,
            counts.void,
            counts.still,
            self.leak.advance,
            self.leak.leak,
            mark,
        )

    def cell(self, mark: str | None) -> str | None:
        """`82 % of 40, above`; few are not made a rate of."""
        rate = self.leak.advance
        if mark == TOO_FEW:
            return f"too few ({rate.trials})" if rate.trials else None
        said = f"{(rate.value or 0) * 100:.0f} % of {rate.trials:,}"
        return f"{said}, {mark}" if mark else said


def _lines(
    groups: Sequence[tuple[Group, Fates]], pipelines: Sequence[PipelineSpec]
) -> Iterator[_Line]:
    had = {stage for _, stages in groups for stage in stages}
    for group, stages in groups:
        for pipeline in pipelines:
            if not any(stage.id in stages for stage in pipeline.stages):
                continue
            shown = [s for s in open_stages(pipeline) if s.id in had or not s.retired]
            counts = [
                stage_counts(stage, *_counted(stages.get(stage.id, Counter()))) for stage in shown
            ]
            for stage, leak in zip(shown, judge(counts), strict=True):
                yield _Line(group, pipeline, stage, leak)


def _counted(fate: Counter[str]) -> tuple[Counter[str], int]:
    """The fates of those who entered, and how many went past."""
    skipped = fate[SKIPPED]
    entered = Counter({name: number for name, number in fate.items() if name != SKIPPED})
    return entered, skipped


def _marks(lines: Sequence[_Line], whole: Fates | None) -> list[str | None]:
    """Each group against the others in its stage, corrected for all cells together."""
    places: dict[int, list[int]] = {}
    for at, line in enumerate(lines):
        places.setdefault(line.stage.id, []).append(at)
    families: list[Family] = []
    for stage, found in places.items():
        advances = [lines[at].leak.advance for at in found]
        told_ = [(rate.successes, rate.trials - rate.successes) for rate in advances]
        families.append((told_, _of_all(whole, stage)))
    marks: list[str | None] = [None] * len(lines)
    for found, judged in zip(places.values(), compare_families(families), strict=True):
        for at, mark in zip(found, judged, strict=True):
            marks[at] = mark
    return marks


def _of_all(whole: Fates | None, stage: int) -> tuple[int, int] | None:
    """How many advanced and were lost, where groups overlap and so do not add up to it."""
    if whole is None:
        return None
    fate = whole.get(stage, Counter())
    return fate[ADVANCED], fate[LOST]


def _drawn(pairs: Sequence[tuple[_Line, str | None]], by: Sequence[Dimension]) -> Iterator[Table]:
    """For each pipeline a table of groups and stages: how many of those decided advanced."""
    pipelines = list(dict.fromkeys(line.pipeline.key for line, _ in pairs))
    for key in pipelines:
        here = [(line, mark) for line, mark in pairs if line.pipeline.key == key]
        stages = {line.stage.key: line.stage.name for line, _ in here}
        groups: dict[Group, dict[str, str | None]] = {}
        for line, mark in here:
            groups.setdefault(line.group, {})[line.stage.key] = line.cell(mark)
        yield Table(
            name=key if len(pipelines) > 1 else "",
            columns=(
                *_named(by),
                *(Column(stage, name) for stage, name in stages.items()),
            ),
            rows=[
                (*group, *(cells.get(stage) for stage in stages)) for group, cells in groups.items()
            ],
        )


def _notes(by: Sequence[Dimension], more_groups: int) -> Iterator[str]:
    if any(dimension.several for dimension in by):
        yield "a deal with several products counts under each of them"
    if more_groups:
        yield f"{plural(more_groups, 'group')} more: --limit 0 shows all"
