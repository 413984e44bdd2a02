"""`dealflow history`: who did what, when, and what it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dealflow.errors import NotFound
from dealflow.questions import Ask
from dealflow.questions.columns import COMMANDS
from dealflow.questions.telling import edited
from dealflow.results import LIST, MACHINE, SCREEN, TEXT, Column, Row, Table
from dealflow.store import history as store
from dealflow.store.history import Effect, Entry
from dealflow.store.labels import Labels
from dealflow.store.merge.lineage import VERB as MERGE

COLUMNS = (
    *COMMANDS[:4],
    Column("typed", "command", TEXT, SCREEN),
    COMMANDS[4]._replace(on=MACHINE),
    Column("told", "what changed", TEXT, SCREEN),
    Column("changed", "what changed", TEXT, MACHINE, "in short"),
    *(column._replace(on=MACHINE) for column in COMMANDS[5:]),
)

TOUCHED = Column("touched", "touched", LIST, MACHINE, "rows by table and id: `add opportunity 3-7`")

#: what a row of each table is called, one and many
_NOUNS = {
    "opportunity": ("deal", "deals"),
    "opportunity_line": ("product line", "product lines"),
    "follow_up": ("follow-up", "follow-ups"),
    "activity": ("activity", "activities"),
    "account": ("customer", "customers"),
    "loss_reason": ("loss reason", "loss reasons"),
    "stage_definition": ("stage definition", "stage definitions"),
    "fx_rate": ("exchange rate", "exchange rates"),
    "field": ("custom field", "custom fields"),
}
_SIGNS = {"add": "+", "remove": "−"}
#: told as a word of their own where a single row was edited
_EVENTS = {"done_at": "done", "cancelled_at": "cancelled"}
_MANY_PARTS = 4


def history(
    ask: Ask, deal_id: int | None = None, *, limit: int | None = 20, actor: str | None = None
) -> Table:
    """Commands up to now, newest first; with a deal, those that touched it or what belongs to it.

    Error: NotFound for a deal that no command ever touched.
    """
    wanted = limit + 1 if limit else None
    found = store.entries(ask.conn, ask.now, deal=deal_id, actor=actor, limit=wanted)
    if deal_id is not None and not found and actor is None:
        raise NotFound("deal", str(deal_id), hint="dealflow list shows the open ones")
    shown = found[:limit] if limit else found
    told = _told(ask, shown)
    rows = [_row(entry, told[entry.id]) for entry in shown]
    more = len(found) > len(shown)
    notes = ("there are earlier ones; --limit 0 for all",) if more else ()
    return Table(name="history", columns=COLUMNS, rows=rows, notes=notes, empty="nothing was done")


def since(ask: Ask, number: int, *, deal_id: int | None, actor: str | None) -> Table:
    """Commands after `number`, the oldest first, with every row that each of them touched.

    The last one's number is where to go on from. Numbers never go back and leave nothing out, so a
    program that asks again and again misses no change.
    """
    found = store.entries(ask.conn, ask.now, deal=deal_id, actor=actor, limit=None, after=number)
    found.reverse()
    told = _told(ask, found)
    touched = store.touched(ask.conn, [entry.id for entry in found])
    rows = [(*_row(entry, told[entry.id]), tuple(touched.get(entry.id, ()))) for entry in found]
    return Table(
        name="history",
        columns=(*COLUMNS, TOUCHED),
        rows=rows,
        empty=f"nothing was done after {number}",
    )


def _row(entry: Entry, changed: str | None) -> Row:
    """The screen has no need of the program's name, and says first what no longer counts."""
    undone = f"undone by {entry.undone_by}" if entry.undone_by is not None else None
    merged = f"came with {entry.merged_by}" if entry.merged_by is not None else None
    told = ": ".join(part for part in (undone, merged, changed) if part) or None
    typed = entry.typed.removeprefix("dealflow ")
    return (*entry[:4], typed, entry.typed, told, changed, *entry[5:])


def _told(ask: Ask, entries: Sequence[Entry]) -> dict[int, str | None]:
    labels = Labels(ask.conn, ask.now)
    effects: dict[int, list[Effect]] = defaultdict(list)
    for effect in store.effects(ask.conn, [entry.id for entry in entries]):
        effects[effect.command].append(effect)
    return {entry.id: _changes(entry, effects[entry.id], labels) for entry in entries}


def _changes(entry: Entry, effects: Sequence[Effect], labels: Labels) -> str | None:
    """What one command did in short: `stage Needs → Solution, +1 activity`.

    The visits that a move begins and ends are told by the deal's own change.
    """
    if entry.undoes is not None:
        return f"takes back {entry.undoes}"
    deal = [e for e in effects if e.entity == "opportunity" and (e.kind != "edit" or e.after)]
    rest = [e for e in effects if e.entity != "opportunity" and not (deal and e.entity == "visit")]
    added = any(effect.kind == "add" for effect in deal)
    if added and entry.verb != MERGE:  # what was attached to it on the way
        deal = [effect for effect in deal if effect.kind != "edit"]
    parts = [part for effect in (*deal, *rest) for part in _effect(effect, labels)]
    left = len(parts) - _MANY_PARTS
    return ", ".join([*parts[:_MANY_PARTS], *([f"{left} more"] if left > 0 else [])]) or None


def _effect(effect: Effect, labels: Labels) -> Iterator[str]:
    one, many = _NOUNS.get(effect.entity) or _plain(effect.entity)
    noun = one if effect.rows == 1 else many
    if effect.kind != "edit":
        told = f"{one} {effect.row_id}" if effect.rows == 1 else f"{effect.rows:,} {noun}"
        yield _SIGNS[effect.kind] + told
    elif effect.rows > 1:
        yield f"{effect.rows:,} {noun} changed"
    else:
        happened = [word for name, word in _EVENTS.items() if effect.after.get(name)]
        after = {name: value for name, value in effect.after.items() if name not in _HIDDEN}
        parts = happened or list(edited(effect.before, after, effect.currency or "", labels))
        told = ", ".join(parts) or "changed"
        yield told if effect.entity == "opportunity" else f"{one} {effect.row_id} {told}"


#: what goes with an event or a move and says nothing more
_HIDDEN = {"activity_id", "cancelled_why", "stage_since", "closed_at"}


def _plain(entity: str) -> tuple[str, str]:
    noun = entity.replace("_", " ")
    return noun, f"{noun}s"
