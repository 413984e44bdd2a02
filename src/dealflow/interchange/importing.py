"""The import itself: a file, read in chunks, taken in through the actions in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from itertools import islice
from typing import Any, TypeVar

from dealflow.actions import Actor, bulk, lookup
from dealflow.errors import PARTLY_DONE, UnknownWord, UsageError
from dealflow.frozen import Frozen
from dealflow.interchange import custom, mapping
from dealflow.interchange.activities import ActivityIntake
from dealflow.interchange.deals import DealIntake, Terms
from dealflow.interchange.fields import ACTIVITIES, DEALS, HISTORY, KINDS, Kind, kind_named
from dealflow.interchange.histories import HistoryIntake
from dealflow.interchange.histories import remarks as settled
from dealflow.interchange.mapping import Wishes
from dealflow.interchange.people import PeopleIntake
from dealflow.interchange.reading import Reading
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, Rejects
from dealflow.interchange.sources import Source
from dealflow.interchange.tallies import Tallies, answered_before
from dealflow.interchange.values import Cells
from dealflow.model import OPEN, Setting
from dealflow.results import Table
from dealflow.stages import PipelineSpec, StageSpec

_CHUNK = 500
_CREATABLE = ("accounts", "contacts", "products", "reps")
_SAVED = "map."

T = TypeVar("T")


class Order(Frozen):
    """What is to be imported, and how."""

    kind: Kind = DEALS
    wishes: Wishes = field(default_factory=Wishes)
    save_map: str | None = None
    use_map: str | None = None
    create: frozenset[str] = frozenset()
    match: str | None = None
    pipeline: str | None = None
    closed_in: str | None = None
    force: bool = False
    why: str | None = None
    default: str | None = None
    """What an activity is where its row does not say."""
    dry_run: bool = False
    progress: Callable[[int], None] = lambda _: None
    """Told how many bytes were read."""


def target(words: Sequence[str]) -> tuple[Kind, str]:
    """`deals FILE`, or FILE alone for deals. Error: UsageError."""
    if len(words) > 2:
        raise UsageError("one file at a time", "dealflow import [KIND] FILE")
    what, path = words[0], words[-1]
    if len(words) == 1:
        if kind_named(what):
            raise UsageError(f"import {what} from which file?", f"dealflow import {what} FILE")
        return DEALS, path
    kind = kind_named(what)
    if kind is None:
        raise UnknownWord("kind of record", what, [kind.name for kind in KINDS])
    return kind, path


def creatable(words: Iterable[str]) -> frozenset[str]:
    """What --create names: accounts,products … Error: UnknownWord."""
    told = [word.strip() for text in words for word in text.split(",") if word.strip()]
    kinds = [(word, kind_named(word)) for word in told]
    for word, kind in kinds:
        if kind is None or kind.name not in _CREATABLE:
            raise UnknownWord("kind of record", word, _CREATABLE)
    return frozenset(kind.name for _, kind in kinds if kind)


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
    plan = mapping.plan(custom.with_declared(by, order.kind, cells), source.header, said)
    undeclared = custom.undeclared(by, plan)
    reading = Reading(source, plan, cells)
    tallies = Tallies()
    tallies.of(order.kind.name)
    intake = _intake(by, order, plan, tallies)
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
    notes = (*undeclared, *_notes(by, order, reading, tallies, rejects))
    return tallies.table(notes, _exit_code(rejects))


def _collect(rejects: Rejects, found: Iterable[Reject]) -> None:
    for reject in sorted(found, key=lambda reject: reject.line):
        rejects.add(reject)


def _exit_code(rejects: Rejects) -> int:
    return PARTLY_DONE if rejects.count else 0


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk


def _intake(
    by: Actor, order: Order, plan: mapping.Plan, tallies: Tallies
) -> DealIntake | PeopleIntake | ActivityIntake | HistoryIntake:
    batch = bulk.Batch(by.book)
    names = References(by, batch, order.create, tallies)
    key = order.match or order.kind.keys[0]
    if key not in order.kind.keys:
        raise UnknownWord(f"key of {order.kind.name}", key, order.kind.keys)
    if order.kind is ACTIVITIES:
        kind = lookup.activity_kind(order.default) if order.default else None
        return _activities(by, kind, plan, (batch, names, tallies))
    if order.default:
        raise UsageError("--default is for activities", "dealflow import activities FILE")
    if order.kind is HISTORY:
        return _history(by, order, plan, (batch, names, tallies))
    if order.kind is not DEALS:
        if key not in plan.fields:
            raise _unnamed(f"no column is the {key}", key, plan)
        return PeopleIntake(by, order.kind, key, batch, names, tallies)
    if not plan.fields & {"title", "account", "external_id"}:
        raise _unnamed("no column says what a deal is called", "title", plan)
    why = bulk.force_why(order.force, order.why)
    pipeline = lookup.pipeline(by, order.pipeline)
    terms = Terms(pipeline, _open_stage(pipeline, order.closed_in), why)
    return DealIntake(by, terms, batch, names, tallies)


def _activities(
    by: Actor, kind: str | None, plan: mapping.Plan, rest: tuple[bulk.Batch, References, Tallies]
) -> ActivityIntake:
    if "at" not in plan.fields:
        raise _unnamed("no column says when it happened", "at", plan)
    if not plan.fields & {"email", "domain", "account"}:
        raise _unnamed("no column says whose it is", "email", plan)
    return ActivityIntake(by, kind, *rest)


def _history(
    by: Actor, order: Order, plan: mapping.Plan, rest: tuple[bulk.Batch, References, Tallies]
) -> HistoryIntake:
    for name, told in (
        ("external_id", "no column says of which deal it is"),
        ("stage", "no column names a stage"),
        ("at", "no column says when a deal came to its stage"),
    ):
        if name not in plan.fields:
            raise _unnamed(told, name, plan)
    pipeline = lookup.pipeline(by, order.pipeline)
    closed_in = _open_stage(pipeline, order.closed_in)
    return HistoryIntake(by, pipeline, closed_in, plan.fields, *rest)


def _unnamed(told: str, name: str, plan: mapping.Plan) -> UsageError:
    """The columns that were not understood are where the name may be."""
    found = f"; not understood: {', '.join(plan.ignored)}" if plan.ignored else ""
    return UsageError(told + found, f"add --map 'COLUMN={name}'")


def _open_stage(pipeline: PipelineSpec, word: str | None) -> StageSpec | None:
    if word is None:
        return None
    stage = pipeline.stage(word)
    if stage.kind != OPEN:
        raise UsageError(f"no deal is closed in {stage.name}: it is the end", pipeline.keys_told())
    return stage


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


# ── what a person has to know ─────────────────────────────────────────────────────────────────

def _first_stage(by: Actor, order: Order) -> str:
    return lookup.pipeline(by, order.pipeline).open_stages[0].name


_REMARKS = {
    "no_owner": "{deals} without an owner: yours now ({me})",
    "no_created": "{deals} without a created date: recorded as of now",
    "closed_in_first": "{deals} closed in a stage that the file does not say: recorded as"
    " {first}; --closed-in STAGE says otherwise",
    "no_reason": "{deals} lost without a reason",
    "no_key": "{deals} without an external id: importing them again would add them again",
    "corrected": "{deals} closed on another day, for another amount or reason than before:"
    " put right",
    "by e-mail": "{activities} found by e-mail address",
    "by domain": "{activities} found by domain",
    "by name": "{activities} found by the customer's name",
    "created_differs": "{deals} here since another day than the file says: left as it is",
}


def _notes(
    by: Actor, order: Order, reading: Reading, tallies: Tallies, rejects: Rejects
) -> tuple[str, ...]:
    notes = []
    if reading.plan.ignored:
        notes.append(f"ignored: {', '.join(reading.plan.ignored)}")
    notes += [f"--value {said} met nothing in the file" for said in reading.unused]
    words: dict[str, Any] = {"me": by.me.name}
    if order.kind in {DEALS, HISTORY}:
        words["first"] = order.closed_in or _first_stage(by, order)
        notes += settled(tallies.remarks, words["first"])
    for remark, told in _REMARKS.items():
        count = tallies.remarks.get(remark, 0)
        if count:
            deals = f"{count:,} deal{'s' * (count != 1)}"
            happened = f"{count:,} activit{'ies' if count != 1 else 'y'}"
            notes.append(told.format(deals=deals, activities=happened, **words))
    if rejects.count:
        where = f"; they are in {rejects.keep.path}" if rejects.keep else ""
        notes.append(f"{rejects.count:,} of {reading.count:,} rows rejected{where}")
        notes += rejects.lines()
    if not by.book.changed:
        notes.append("nothing changed")
    elif order.dry_run:
        notes.append("dry run: nothing was changed")
    return tuple(notes)
