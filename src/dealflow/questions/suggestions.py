"""`dealflow stages suggest`: deals whose signals say another stage, with the evidence line by line.

A signal speaks by itself, and the furthest open stage that one speaks for is suggested. Nothing is
moved: `dealflow advance --suggested` does that, after asking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, cast

from dealflow import stages
from dealflow.dates import day_of
from dealflow.frozen import Frozen
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.columns import DEALS
from dealflow.questions.shaping import shaped
from dealflow.questions.windows import chosen, plural
from dealflow.requirements import Count, Evidence, atoms, explain, holds, latest, times
from dealflow.results import (
    BOOL,
    ID,
    INSTANT,
    INT,
    LIST,
    MACHINE,
    SCREEN,
    TEXT,
    Column,
    Result,
    Row,
    Table,
)
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import deals, pipelines, signals
from dealflow.store.evidence import of_many
from dealflow.store.scope import Scope, scope

COLUMNS = (
    Column("deal", "deal", ID, SCREEN),
    Column("title", "title", TEXT, SCREEN),
    Column("account", "customer", TEXT, SCREEN),
    Column("stage", "stage", TEXT, SCREEN),
    Column("suggested", "suggested", TEXT, SCREEN),
    Column("missing", "missing", TEXT, SCREEN),
    Column("deal", "deal", ID, MACHINE),
    Column("title", "title", TEXT, MACHINE),
    Column("account", "customer", TEXT, MACHINE),
    Column("owner", "owner", TEXT, MACHINE, "handle of the rep"),
    Column("pipeline", "pipeline", TEXT, MACHINE),
    Column("stage", "stage", TEXT, MACHINE, "key of the stage it is in"),
    Column("stage_name", "stage", TEXT, MACHINE),
    Column("suggested", "suggested", TEXT, MACHINE, "key of the stage that its signals say"),
    Column("suggested_name", "suggested", TEXT, MACHINE),
    Column("signal", "signal", TEXT, MACHINE, "as the pipeline's document writes it"),
    Column("evidence", "evidence", about="what holds, as a sentence says it"),
    Column("times", "times", INT, about="how often it happened, where that is counted"),
    Column("last_at", "last", INSTANT, about="when it happened last"),
    Column("ready", "ready", BOOL, MACHINE, "whether requirements let it move there"),
    Column("missing", "missing", LIST, MACHINE, "what they ask for and is not there"),
)
_AT = {column.name: at for at, column in enumerate(COLUMNS) if column.on != SCREEN}
#: columns that say something of the deal, not of one piece of evidence
_OF_DEAL = 6


class Line(NamedTuple):
    """One piece of evidence: which signal, what holds of it, how often, and when last."""

    signal: str
    told: str
    times: int | None
    last_at: int | None

    def said(self, zone: tzinfo) -> str:
        """`at least 1 demo (2, last 2026-06-29)`."""
        if self.times is None or self.last_at is None:
            return self.told
        return f"{self.told} ({self.times}, last {day_of(self.last_at, zone)})"


def lines(stage: StageSpec, known: Evidence, now: int) -> Iterator[Line]:
    """What speaks for a stage: of each signal that holds, the parts that do."""
    for signal in stage.signals:
        if not holds(signal, known, now):
            continue
        for part in atoms(signal):
            if holds(part, known, now):
                counts = isinstance(part, Count)
                often = times(part, known, now) if isinstance(part, Count) else None
                last = latest(part, known, now) if isinstance(part, Count) else None
                yield Line(str(signal), explain(part), often if counts else None, last)


class Found(Frozen, kw_only=False):
    """A deal, the pipeline it is in, where it stands, and where its signals say it belongs."""

    deal: int
    pipeline: PipelineSpec
    here: StageSpec
    there: StageSpec


def suggestions(
    ask: Ask, words: Sequence[str] = (), *, limit: int | None = None, back: bool = False
) -> Table:
    """Open deals that belong in a later stage by their signals; with `back`, or in an earlier one.

    Furthest stages first; a line for each piece of evidence; `limit` is of deals. Errors: those of
    the filter.
    """
    told = chosen(ask, [*words, "status:open"])
    about = scope(ask, told, *signals.READS)
    found = _found(ask, about, back=back)
    shown = found[:limit] if limit else found
    rows = list(_rows(ask, about, shown))
    return Table(
        name="suggestions",
        columns=COLUMNS,
        rows=rows,
        summary=_summary(len(found), rows),
        notes=_cut(len(shown), len(found)),
        empty=f"no signals say another stage for {told.text}" if words else _NONE,
    )


_NONE = "no deal's signals say another stage; dealflow stages show STAGE lists a stage's signals"


def _found(ask: Ask, about: Scope, *, back: bool) -> list[Found]:
    there = pipelines.every(ask.conn, ask.now)
    specs = {spec.id: spec for spec, retired in there if not retired}
    every = [signal for spec in specs.values() for s in spec.open_stages for signal in s.signals]
    if not every:
        return []

    def judge(pipeline: int, stage: int, known: Evidence) -> StageSpec | None:
        spec = specs.get(pipeline)  # one that is retired suggests nothing
        if spec is None:
            return None
        return stages.suggested(spec, spec.by_id(stage), known, ask.now, back=back)

    judged = signals.verdicts(about, signals.looks(every), judge)
    found = [
        Found(deal, spec, spec.by_id(stage), there)
        for deal, pipeline, stage, there in judged
        for spec in (specs[pipeline],)
    ]
    return sorted(found, key=lambda one: (one.pipeline.id, -one.there.position, one.deal))


def _rows(ask: Ask, about: Scope, found: Sequence[Found]) -> Iterator[Row]:
    """The lines of each deal; on the screen its first one says whose they are."""
    ids = [one.deal for one in found]
    known = of_many(about, ids) if ids else {}
    names = [column.name for column in DEALS]
    told = shaped(DEALS, deals.rows(ask.conn, ids, ask.now))
    for one, values in zip(found, told, strict=True):
        deal = dict(zip(names, values, strict=True))
        gaps = _gaps(one, known[one.deal], ask.now)
        head = _head(one, deal, gaps)
        for line in lines(one.there, known[one.deal], ask.now):
            yield (*head, *_facts(one, deal), *line, not gaps, gaps)
            head = (None,) * _OF_DEAL


def _gaps(one: Found, known: Evidence, now: int) -> tuple[str, ...]:
    asked = one.pipeline.asks(one.here, one.there) if _is_forward(one) else ()
    return tuple(told for _, told in stages.missing(asked, known, now))


def _is_forward(one: Found) -> bool:
    return one.there.position > one.here.position


def _head(one: Found, deal: dict[str, Any], gaps: tuple[str, ...]) -> tuple[Any, ...]:
    missing = "; ".join(gap.removeprefix("needs ") for gap in gaps) or None
    who = (one.deal, deal["title"], deal["account"])
    return (*who, one.here.name, one.there.name, missing)


def _facts(one: Found, deal: dict[str, Any]) -> tuple[Any, ...]:
    who = (one.deal, deal["title"], deal["account"], deal["owner"], one.pipeline.key)
    return (*who, one.here.key, one.here.name, one.there.key, one.there.name)


def _summary(count: int, rows: Sequence[Row]) -> tuple[str, ...]:
    if not count:
        return ()
    ready = len({row[_AT["deal"]] for row in rows if row[_AT["ready"]]})
    shown = len({row[_AT["deal"]] for row in rows})
    told = plural(count, "deal")
    free = f"{ready} of {shown} can move as they are" if shown > 1 else ""
    move = "dealflow advance --suggested moves them, after asking"
    return (" · ".join(part for part in (told, free, move) if part),)


def _cut(here: int, count: int) -> tuple[str, ...]:
    return (
        (f"{here:,} of {plural(count, 'deal')} shown; --limit 0 for all",) if here < count else ()
    )


# ── what `advance --suggested` needs of it ────────────────────────────────────────────────────


def pairs(found: Result) -> list[tuple[int, str]]:
    """Each deal with the key of the stage that is suggested."""
    rows = cast("Table", found).rows
    return list(dict.fromkeys((row[_AT["deal"]], row[_AT["suggested"]]) for row in rows))


def told(found: Result) -> list[str]:
    """A line for each deal, for a person to say yes to."""
    by_deal: dict[int, tuple[Row, list[str]]] = {}
    for row in cast("Table", found).rows:
        by_deal.setdefault(row[_AT["deal"]], (row, []))[1].append(row[_AT["evidence"]])
    said = [
        f"deal {deal} {row[_AT['title']]}: {row[_AT['stage_name']]} → {row[_AT['suggested_name']]}"
        f" ({'; '.join(why)})"
        for deal, (row, why) in by_deal.items()
    ]
    left = len(said) - _ASKED
    return said if left <= 0 else [*said[:_ASKED], f"and {left:,} more"]


#: so many deals are named before somebody is asked
_ASKED = 20
