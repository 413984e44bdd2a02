"""`dealflow days`: how long deals take: from creation to close, and in each stage."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.dates import ALL, Period
from dealflow.errors import UsageError
from dealflow.questions import Ask
from dealflow.questions.explaining import explained
from dealflow.questions.funnels import pipelines_asked
from dealflow.questions.grouped import asked, groups, words_of
from dealflow.questions.lasting import (
    CYCLE,
    FORWARD,
    WAYS,
    Asking,
    Grouped,
    Line,
    grouped,
    stage_named,
    stages,
)
from dealflow.questions.windows import chosen, told, window
from dealflow.results import (
    BOTH,
    INT,
    MACHINE,
    NUMBER,
    RATE,
    SCREEN,
    SPARK,
    TEXT,
    Column,
    Rate,
    Report,
    Row,
)
from dealflow.store import durations as store
from dealflow.store.dimensions import DIMENSIONS, Dimension, reads
from dealflow.store.durations import DAY
from dealflow.store.grouping import Window
from dealflow.store.scope import scope

ASKS = "how long deals take: from creation to close, and in each stage, by when they end how"
DEFINITION = (
    "days of 24 hours, those that have not ended counting as lasting at least so long; median and "
    "90 %: Kaplan-Meier over all endings, the median with its 95 % interval; share that went on "
    "(won; in a stage: to a later one, or won) and that was lost within so many days: cumulative "
    "incidence (Aalen-Johansen), 95 % intervals; the window is of deals created, or stays begun"
)
HORIZONS = (30, 60, 90)
_MOST_HORIZONS = 6
_LONGEST_HORIZON = 3650
_CELLS = 12
"""Of the curve."""
_FORMULAS = (
    ("median days", "Kaplan-Meier, JASA 53 (1958) 457-481"),
    (
        "from, to",
        "R. Brookmeyer, J. Crowley, Biometrics 38 (1982) 29-41, ln(-ln), Greenwood's variance",
    ),
    ("went on, lost", "O. O. Aalen, S. Johansen, Scand. J. Statist. 5 (1978) 141-150"),
    ("their intervals", "J. B. Choudhury, Statistics in Medicine 21 (2002) 1129-1144"),
)

WHERE = (
    Column("pipeline", "pipeline", TEXT, MACHINE, "its key"),
    Column("stage", "stage", TEXT, MACHINE, "its key; none: from creation to close"),
    Column("stage_name", "time in", about="the stage, or from creation to close"),
)
FIGURES = (
    Column("n", "n", INT, about="deals created in the window, or stays that began in it"),
    Column("ended", "ended", INT, about="closed, or left the stage"),
    Column("going", "going on", INT, about="open, or still there: they last at least so long"),
    Column("days_median", "median days", NUMBER, about="within which half have ended"),
    Column("days_median_low", "from", NUMBER, about="of the median's 95 % interval"),
    Column("days_median_high", "to", NUMBER, about="of the same; none: not known yet"),
    Column("days_p90", "90 % days", NUMBER, about="within which nine of ten have ended"),
    Column("days_to_win", "days to win", NUMBER, about="median of those won, whole days"),
)


def _by_days(horizons: Sequence[int]) -> tuple[Column, ...]:
    """The shares of each way to end, within each number of days."""
    return tuple(
        Column(f"{way}_{days}", f"{label} in {days} days", RATE, on, about)
        for way, label, on, about in (
            ("forward", "went on", "both", "won, or in a stage: to a later one; of all n"),
            ("lost", "lost", "both", "of all n"),
            ("other", "other", MACHINE, "void, or returned to an earlier stage; of all n"),
        )
        for days in horizons
    )


_CURVE = Column("curve", "went on, by day", SPARK, SCREEN)
COLUMNS = (*WHERE, *(Column(d.field, d.label) for d in DIMENSIONS.values() if d.name != "pipeline"),
           *FIGURES, *_by_days(HORIZONS))  # fmt: skip


def days(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    by: Sequence[str] = (),
    stage: str | None = None,
    within: Sequence[int] = HORIZONS,
    pipeline: str | None = None,
    explain: bool = False,
) -> Report:
    """Durations from creation to close and in each stage; in groups, of one of these.

    `by` makes groups of the deals, or with `stage` of the stays there. Errors: UsageErrors of the
    filter; UnknownWord for a dimension; NotFound; UnknownActor.
    """
    horizons = _horizons(within)
    by = [word for word in words_of(by) if word != "stage" or stage]  # so it is by itself
    if pipeline is not None and by:
        words = [*words, f'pipeline:"{pipelines_asked(ask, pipeline)[0].key}"']
    filter_ = chosen(ask, words)
    own = [store.MONTH_BEGUN if stage else store.MONTH_CREATED]
    wanted = asked(ask, by, own, dated=True)
    more = [dimension.more for dimension in wanted if dimension.more]
    about = scope(ask, filter_, *store.READS, *reads(wanted), more=more)
    asking = Asking(ask, about, Window(*window(ask, period)), horizons[-1])
    specs = pipelines_asked(ask, pipeline)
    found = grouped(asking, wanted, specs, stage) if wanted else None
    lines = found.lines if found else list(stages(asking, specs, stage))
    named = groups(ask, about, wanted).columns if wanted else _where(lines)
    rows = _rows([*lines, *([found.total] if found else [])], horizons)
    report = Report(
        name="days",
        title=_title(wanted, stage_named(specs, stage).name if stage else None),
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "by": tuple(dimension.name for dimension in wanted),
            "stage": stage,
            "pipeline": pipeline,
            "within": horizons,
            "window": told(ask, period),
            "filter": filter_.text,
            "n": _number(lines, found, stage),
        },
        columns=(*named, *FIGURES, *_by_days(horizons), _CURVE),
        rows=rows[: len(lines)],
        notes=_notes(lines, wanted, horizons[-1]),
        empty="no deals were created in the window, and no stay began in it",
        total=rows[-1] if found and lines else None,
        panels=_panels(named, horizons, cycles=stage is None),
    )
    return explained(report, _FORMULAS) if explain else report


def _number(lines: Sequence[Line], found: Grouped | None, stage: str | None) -> int:
    """How many deals, or stays, the figures are of."""
    if found:
        return found.total.timing.number
    return sum(line.timing.number for line in lines if stage or line.of == CYCLE)


def _where(lines: Sequence[Line]) -> tuple[Column, ...]:
    """What names a row; the pipeline too, where there are several."""
    several = len({line.cells[0] for line in lines}) > 1
    return (WHERE[0]._replace(on=BOTH if several else MACHINE), *WHERE[1:])


def _horizons(within: Sequence[int]) -> tuple[int, ...]:
    """Ascending, each once. Error: UsageError."""
    found = tuple(sorted(set(within)))
    if (
        not found
        or len(found) > _MOST_HORIZONS
        or not 1 <= found[0] <= found[-1] <= _LONGEST_HORIZON
    ):
        raise UsageError(
            f"--within takes one to {_MOST_HORIZONS} numbers of days, 1 to {_LONGEST_HORIZON}",
            "--within 30,60,90",
        )
    return found


def _title(wanted: Sequence[Dimension], stage: str | None) -> str:
    """`Days in Needs, by rep`."""
    where = f"Days in {stage}" if stage else "How long deals take"
    return where + "".join(f", by {dimension.label}" for dimension in wanted)


# ── told ──────────────────────────────────────────────────────────────────────────────────────


def _rows(lines: Sequence[Line], horizons: Sequence[int]) -> list[Row]:
    curves = [_curve(line, horizons[-1]) for line in lines]
    highest = max((v for curve in curves for v in curve if v is not None), default=0.0)
    return [
        (*_figures(line, horizons), _drawn(curve, highest))
        for line, curve in zip(lines, curves, strict=True)
    ]


def _figures(line: Line, horizons: Sequence[int]) -> Row:
    known = line.timing
    low, high = known.curve.quantile_interval(0.5)
    lengths = (known.curve.median, low, high, known.curve.p90)
    return (
        *line.cells,
        known.number,
        known.ended,
        known.going,
        *(_days(length, line.unit) for length in lengths),
        line.days_to_win,
        *(_within(line, way, days) for way in WAYS for days in horizons),
    )


def _days(length: int | None, unit: int) -> float | None:
    return None if length is None else round(length * unit / DAY, 1)


def _within(line: Line, way: str, days: int) -> Rate:
    """What had ended so before that many days were over, of whole units."""
    return line.timing.incidence.within(way, days * DAY // line.unit - 1)


def _curve(line: Line, last: int) -> list[float | None]:
    """The share that went on by each twelfth of the longest horizon."""
    steps = (last * DAY * n // (_CELLS * line.unit) - 1 for n in range(1, _CELLS + 1))
    return [line.timing.incidence.within(FORWARD, max(step, 0)).value for step in steps]


def _drawn(curve: Sequence[float | None], highest: float) -> tuple[float | None, ...] | None:
    if all(value is None for value in curve):
        return None
    return tuple(None if value is None else value / highest if highest else 0.0 for value in curve)


def _panels(
    named: Sequence[Column], horizons: Sequence[int], *, cycles: bool
) -> tuple[tuple[str, ...], ...]:
    who = tuple(column.name for column in named if column.on != MACHINE)
    figures = tuple(c.name for c in FIGURES if cycles or c.name != "days_to_win")
    forward = tuple(f"forward_{days}" for days in horizons)
    lost = tuple(f"lost_{days}" for days in horizons)
    return (who + figures, (*who, *forward, "curve"), who + lost)


def _is_unwatched(line: Line, last: int) -> bool:
    """Whether it is not known yet what became of all within the longest horizon."""
    return bool(line.timing.number) and _within(line, FORWARD, last).value is None


def _notes(lines: Sequence[Line], wanted: Sequence[Dimension], last: int) -> tuple[str, ...]:
    few = [line for line in lines if line.timing.number and line.timing.curve.median is None]
    notes = []
    if few:
        notes.append("no median (–): fewer than half have ended, as far as they were watched")
    if any(_is_unwatched(line, last) for line in lines):
        notes.append("no share (–): nothing was watched for so many days, and some still go on")
    if any(dimension.several for dimension in wanted):
        notes.append("a deal with several products counts under each of them")
    return tuple(notes)
