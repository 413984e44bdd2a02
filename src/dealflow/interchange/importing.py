"""The import itself: a file, read in chunks, taken in through the actions in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from dealflow.actions import Actor, bulk, lookup
from dealflow.errors import PARTLY_DONE, UnknownWord, UsageError
from dealflow.frozen import Frozen
from dealflow.interchange import custom, layouts, mapping
from dealflow.interchange.adapting import Adapter
from dealflow.interchange.fields import ACTIVITIES, DEALS, HISTORY, KINDS, REPS, Kind, kind_named
from dealflow.interchange.layouts import Layout, Match
from dealflow.interchange.lines import Terms, open_stage
from dealflow.interchange.mapping import Wishes
from dealflow.interchange.notes import Told, how_read, notes_of, some
from dealflow.interchange.opening import Named, Opened, opened
from dealflow.interchange.reading import Reading
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, Rejects
from dealflow.interchange.sources import Source
from dealflow.interchange.survey import Survey, Wanted, survey
from dealflow.interchange.tallies import Tallies, answered_before
from dealflow.interchange.values import Cells
from dealflow.model import Setting
from dealflow.named import NamedTuple
from dealflow.results import Table

if TYPE_CHECKING:  # a file is of one kind, and the rooms of the others stay shut
    from dealflow.interchange.activities import ActivityIntake
    from dealflow.interchange.deals import DealIntake
    from dealflow.interchange.histories import HistoryIntake
    from dealflow.interchange.people import PeopleIntake
    from dealflow.interchange.visits import VisitIntake

    Intake = DealIntake | PeopleIntake | ActivityIntake | HistoryIntake | VisitIntake

_CHUNK = 500
_CREATABLE = ("accounts", "contacts", "products", "reps")
_ALSO = ("stages", "pipelines", "reasons")
_SAVED = "map."

T = TypeVar("T")


class Order(Frozen):
    """What is to be imported, and how."""

    kind: Kind = DEALS
    wishes: Wishes = field(default_factory=Wishes)
    save_map: str | None = None
    use_map: str | None = None
    create: frozenset[str] = frozenset()
    key: str | None = None
    """The field that tells records apart, if not the usual one."""
    match: Match | None = None
    """The layout of the file, and what speaks for it."""
    headings: tuple[str, ...] = ()
    """What speaks for the kind of record, where nobody says it and no layout does."""
    wanted: Wanted = field(default_factory=Wanted)
    pipeline: str | None = None
    closed_in: str | None = None
    force: bool = False
    why: str | None = None
    default: str | None = None
    """What an activity is where its row does not say."""
    dry_run: bool = False
    progress: Callable[[int], None] = lambda _: None
    """Told how many bytes were read."""


def target(words: Sequence[str]) -> tuple[Kind | None, str]:
    """`deals FILE`, or FILE alone for what it is. Error: UsageError."""
    if len(words) > 2:
        raise UsageError("one file at a time", "dealflow import [KIND] FILE")
    what, path = words[0], words[-1]
    if len(words) == 1:
        if kind_named(what):
            raise UsageError(f"import {what} from which file?", f"dealflow import {what} FILE")
        return None, path
    kind = kind_named(what)
    if kind is None:
        raise UnknownWord("kind of record", what, [kind.name for kind in KINDS])
    return kind, path


class Recognised(NamedTuple):
    """What a file holds, and what says so: a layout, or else the headings by themselves."""

    kind: Kind
    match: Match | None = None
    by: tuple[str, ...] = ()


def recognise(
    source: Source, kind: Kind | None, layout: str | None, folder: str, said: Wishes
) -> Recognised:
    """What the file holds, and by what. Errors: UnknownWord, UsageError."""
    if layout not in {None, "none"}:
        found = layouts.named(layout, folder)
        if kind not in {None, found.kind}:
            told = f"layout {found.key} is of {found.kind.name}, not of {kind.name if kind else ''}"
            raise UsageError(told, f"dealflow import {found.kind.name} FILE")
        return Recognised(found.kind, Match(found, ("--layout",)))
    if layout is None and (match := layouts.recognised(source.header, layouts.every(folder), kind)):
        source.unquoted = source.format == "tsv" and match.layout.exact
        return Recognised(match.layout.kind, match)
    if kind is not None:
        return Recognised(kind)
    plan = mapping.likeliest(source.header, said)
    by = tuple(column.heading for column in plan.columns) if plan else ()
    return Recognised(plan.kind if plan else DEALS, by=by)


def creatable(words: Iterable[str]) -> frozenset[str]:
    """What --create names: accounts,products … or all. Error: UnknownWord."""
    told = [word.strip() for text in words for word in text.split(",") if word.strip()]
    found: set[str] = set()
    for word in told:
        kind = kind_named(word)
        if word.casefold() == "all":
            found |= {*_CREATABLE, *_ALSO}
        elif word.casefold() in _ALSO:
            found.add(word.casefold())
        elif kind is not None and kind.name in _CREATABLE:
            found.add(kind.name)
        else:
            raise UnknownWord("kind of record", word, (*_CREATABLE, *_ALSO, "all"))
    return frozenset(found)


@contextmanager
def keeping(path: str | None, *, dry_run: bool) -> Iterator[Rejects]:
    """Rejected rows, kept in a new file at `path`; nothing of it stays when the import fails."""
    if path is not None and not path.strip():
        raise UsageError("--skip-bad names no file", "name the file that bad rows go to")
    rejects = Rejects(None if dry_run else path, skip=path is not None)
    try:
        yield rejects
    except BaseException:
        if rejects.keep:
            rejects.keep.discard()
        raise


def answer(
    by: Actor, source: Source, order: Order, rejects: Rejects, earlier: Any
) -> tuple[Any, Table]:
    """What to answer when the same import is asked for again, and the answer to it now."""
    if earlier:
        return earlier, answered_before(*earlier)
    table = take_in(by, source, order, rejects)
    return (table.rows, table.exit_code), table


def take_in(by: Actor, source: Source, order: Order, rejects: Rejects) -> Table:
    """Take a file in, as one command. Errors: BadRows, and the usage errors of `order`."""
    said = _with_saved(by, order)
    cells = Cells(by.now, by.db.zone, by.db.currency)
    layout = order.match.layout if order.match else None
    kind = custom.with_declared(by, order.kind, cells)
    plan = mapping.plan(kind, source.header, said, layout)
    undeclared = custom.undeclared(by, plan)
    adapter = Adapter(layout, plan)
    seen = survey(source, plan, adapter, layout, order.wanted)
    adapter.moment = lambda text: cells.moment(seen.conventions.date(text))
    reading = Reading(source, plan, cells, seen.conventions, adapter)
    tallies = Tallies()
    tallies.of(order.kind.name)
    there = _opened(by, order, plan, seen, layout)
    intake = _intake(by, order, _Means(plan, tallies, there, adapter))
    rejects.begin(source.header)
    for chunk in _chunks(reading.records(), _CHUNK):
        unread = [row for row in chunk if isinstance(row, Reject)]
        refused = intake.take([row for row in chunk if isinstance(row, Record)])
        _collect(rejects, [*unread, *refused])
        order.progress(source.done)
    _collect(rejects, intake.finish())
    tallies.of(order.kind.name).rejected = rejects.count
    if rejects.count and not rejects.skip:
        raise rejects.error(reading.count, plan.ignored)
    if order.save_map:
        _save(by, order.save_map, said)
    rejects.end()
    first = how_read(source, _taken_for(order), seen, adapter)
    told = _told_of(by, order)
    notes = notes_of(told, reading, tallies, rejects)
    return tallies.table((*first, *there.notes, *undeclared, *notes), _exit_code(rejects))


class _Means(NamedTuple):
    """What a kind of record is taken in with."""

    plan: mapping.Plan
    tallies: Tallies
    there: Opened
    adapter: Adapter


def _opened(
    by: Actor, order: Order, plan: mapping.Plan, seen: Survey, layout: Layout | None
) -> Opened:
    """The pipelines that rows go to, with what is made of them beforehand."""
    if order.kind not in {DEALS, HISTORY}:
        return Opened({}, ())
    words, lines = plan.values.get("stage", {}), plan.values.get("pipeline", {})
    named = Named(seen.stages, words, lines)
    return opened(by, named, order.pipeline, order.create, layout)


def _taken_for(order: Order) -> str | None:
    """What the file is taken for, and by what, unless that was said."""
    if order.match is not None:
        layout = order.match.layout
        return f"recognised as {layout.key} ({layout.name}) by {some(order.match.evidence)}"
    if not order.headings:
        return None
    told = f"taken for {order.kind.name} by {some(order.headings)}"
    return f"{told}; dealflow import deals FILE says otherwise"


def _told_of(by: Actor, order: Order) -> Told:
    """What the sentences about an import name."""
    of_deals = order.kind in {DEALS, HISTORY}
    line = lookup.pipeline(by, order.pipeline) if of_deals else None
    return Told(
        me=by.me.name,
        pipeline=line.name if line else "",
        first=order.closed_in or (line.open_stages[0].name if line else ""),
        changed=by.book.changed,
        dry_run=order.dry_run,
        deals=order.kind is DEALS,
    )


def _collect(rejects: Rejects, found: Iterable[Reject]) -> None:
    for reject in sorted(found, key=lambda reject: reject.line):
        rejects.add(reject)


def _exit_code(rejects: Rejects) -> int:
    return PARTLY_DONE if rejects.count else 0


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _intake(by: Actor, order: Order, means: _Means) -> Intake:
    plan, layout = means.plan, means.adapter.layout
    batch = bulk.Batch(by.book)
    system = layout.system if layout else None
    names = References(by, batch, order.create, means.tallies, system)
    names.exact = layout is not None and layout.exact
    if need := order.kind.lacks(plan.fields):
        raise _unnamed(need.lacking, need.any_of[0], plan)
    key = order.key or ("handle" if names.exact and order.kind is REPS else order.kind.keys[0])
    if key not in order.kind.keys:
        raise UnknownWord(f"key of {order.kind.name}", key, order.kind.keys)
    if order.kind is ACTIVITIES:
        return _activities(by, order, means, (batch, names))
    if order.default:
        raise UsageError("--default is for activities", "dealflow import activities FILE")
    if order.kind is HISTORY:
        return _history(by, order, means, (batch, names))
    if order.kind is not DEALS:
        if key not in plan.fields and not {"first_name", "last_name"} & plan.fields:
            raise _unnamed(f"no column is the {key}", key, plan)
        from dealflow.interchange.people import PeopleIntake

        return PeopleIntake(by, order.kind, key, batch, names, means.tallies)
    return _deals(by, order, means, (batch, names))


def _deals(
    by: Actor, order: Order, means: _Means, with_: tuple[bulk.Batch, References]
) -> DealIntake:
    from dealflow.interchange.deals import DealIntake

    why = bulk.force_why(order.force, order.why)
    late = bool(means.adapter.layout and means.adapter.layout.entered_late)
    terms = Terms(order.pipeline, order.closed_in, why, means.there.lines, late)
    return DealIntake(by, terms, *with_, means.tallies)


def _activities(
    by: Actor, order: Order, means: _Means, with_: tuple[bulk.Batch, References]
) -> ActivityIntake:
    from dealflow.interchange.activities import ActivityIntake

    layout = means.adapter.layout
    told = order.default or (layout.default if layout else None)
    kind = lookup.activity_kind(told) if told else None
    return ActivityIntake(by, kind, *with_, means.tallies)


def _history(
    by: Actor, order: Order, means: _Means, with_: tuple[bulk.Batch, References]
) -> HistoryIntake | VisitIntake:
    if with_[1].exact:
        from dealflow.interchange.visits import VisitIntake

        return VisitIntake(by, *with_, means.tallies)
    from dealflow.interchange.histories import HistoryIntake

    pipeline = next(iter(means.there.lines.values()))
    closed_in = open_stage(pipeline, order.closed_in)
    return HistoryIntake(by, pipeline, closed_in, means.plan.fields, *with_, means.tallies)


def _unnamed(told: str, name: str, plan: mapping.Plan) -> UsageError:
    """The columns that were not understood are where the name may be."""
    found = f"; not understood: {', '.join(plan.ignored)}" if plan.ignored else ""
    return UsageError(told + found, f"add --map 'COLUMN={name}'")


# ── saved mappings ────────────────────────────────────────────────────────────────────────────


def _with_saved(by: Actor, order: Order) -> Wishes:
    """What was said now, over what was said before under the name of --use-map."""
    if order.use_map is None:
        return order.wishes
    row = by.book.find(Setting, key=_SAVED + order.use_map)
    if row is None:
        keys = [setting.key for setting in by.book.where(Setting)]
        known = [key.removeprefix(_SAVED) for key in keys if key.startswith(_SAVED)]
        listed = f"saved: {', '.join(known)}" if known else "--save-map NAME saves one"
        raise UsageError(f"no map is saved as '{order.use_map}'", listed)
    return order.wishes.over(mapping.from_text(row.value))


def _save(by: Actor, name: str, said: Wishes) -> None:
    row = by.book.find(Setting, key=_SAVED + name)
    if row is None:
        by.book.add(Setting(key=_SAVED + name, value=said.as_text()))
    else:
        by.book.change(row, value=said.as_text())
