"""Customers that are probably one, and people of one customer: each beside the one to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dealflow import likeness
from dealflow.errors import NotFound
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.likeness import DOMAIN, EMAIL, FORM, LETTER, NAME, PHONE, WECHAT, Line
from dealflow.questions import Ask
from dealflow.questions.customers import named
from dealflow.questions.windows import chosen, plural
from dealflow.results import ID, INT, LIST, MACHINE, SENTENCE, Column, Row, Table
from dealflow.store import choosing
from dealflow.store import likeness as store
from dealflow.store.customers import Customers
from dealflow.store.likeness import Weighed

_SURE = Column("sure", "how sure", about="sure, likely or possible")
_WHY = Column("why", "why", SENTENCE, about="what the two have in common")
_MERGE = Column("merge", "to merge", SENTENCE, about="the command")
_SIGNS = Column("signs", "signs", LIST, MACHINE, "name, form, letter, domain, e-mail, phone …")
_POINTS = Column("points", "points", INT, MACHINE, "of the signs: 3 is sure, 2 likely")
CUSTOMERS = (
    Column("id", "id", ID, about="of the one that would be merged"),
    Column("name", "name"),
    Column("keep", "keep", ID, about="of the one that would be kept"),
    Column("keep_name", "keeping"),
    _SURE,
    _WHY,
    _MERGE,
    Column("deals", "deals", INT, MACHINE, "of the one merged, open and closed"),
    Column("contacts", "contacts", INT, MACHINE, "of the one merged"),
    Column("owner", "owner", about="of the one merged", on=MACHINE),
    Column("keep_deals", "deals of the one kept", INT, MACHINE),
    Column("keep_contacts", "contacts of the one kept", INT, MACHINE),
    Column("keep_owner", "owner of the one kept", on=MACHINE),
    _SIGNS,
    _POINTS,
)
CONTACTS = (
    Column("id", "id", ID, about="of the one that would be merged"),
    Column("name", "name"),
    Column("keep", "keep", ID, about="of the one that would be kept"),
    Column("keep_name", "keeping"),
    Column("account", "customer"),
    _SURE,
    _WHY,
    _MERGE,
    Column("deals", "deals", INT, MACHINE, "of the one merged, open and closed"),
    Column("keep_deals", "deals of the one kept", INT, MACHINE),
    _SIGNS,
    _POINTS,
)
_TOLD: Mapping[str, str] = {
    NAME: "same but for case and spacing",
    FORM: "same but for legal form",
    LETTER: "one letter apart",
    DOMAIN: "same domain {}",
    EMAIL: "same e-mail {}",
    PHONE: "same phone {}",
    WECHAT: "same WeChat {}",
}
_OF_PEOPLE = {FORM: "same but for form of address"}


def accounts(
    ask: Ask, words: Sequence[str] = (), *, least: str | None = None, limit: int | None = None
) -> Table:
    """Customers that are probably one; `words` choose one of the two. `least`: how sure it is.

    Errors: as of every filter.
    """
    told = chosen(ask, words, ACCOUNT_KEYS, ("account",))
    ids = set(Customers(ask, told).ids()) if told.conditions or told.text else None
    known, weighed = store.customers(ask.conn, ask.now)
    lines = _lines(likeness.customers(known), weighed, ids, least)
    rows = [
        (
            *_both(line, weighed),
            line.pair.degree,
            _why(line, weighed, _TOLD),
            f"dealflow accounts merge {line.keep} {line.other}",
            *(weighed[line.other].deals, weighed[line.other].contacts, weighed[line.other].owner),
            *(weighed[line.keep].deals, weighed[line.keep].contacts, weighed[line.keep].owner),
            *_signs(line),
        )
        for line in lines
    ]
    return _table("customers", CUSTOMERS, rows, limit)


def contacts(
    ask: Ask, words: Sequence[str] = (), *, least: str | None = None, limit: int | None = None
) -> Table:
    """People of one customer who are probably one; otherwise as `accounts`."""
    told = chosen(ask, words, CONTACT_KEYS, ("contact", "account"))
    ids = None
    if told.conditions or told.text:
        found = choosing.contacts(ask, told)
        ids = {one for (one,) in ask.conn.execute(found.ask("{chosen}"), found.values)}
    known, weighed = store.people(ask.conn, ask.now)
    lines = _lines(likeness.people(known), weighed, ids, least)
    at = store.names(ask.conn, "account", {weighed[line.keep].account for line in lines})
    rows = [
        (
            *_both(line, weighed),
            at.get(weighed[line.keep].account),
            line.pair.degree,
            _why(line, weighed, {**_TOLD, **_OF_PEOPLE}),
            f"dealflow contacts merge {line.keep} {line.other}",
            *(weighed[line.other].deals, weighed[line.keep].deals),
            *_signs(line),
        )
        for line in lines
    ]
    return _table("contacts", CONTACTS, rows, limit)


def _lines(
    pairs: Sequence[likeness.Pair],
    weighed: Mapping[int, Weighed],
    ids: set[int] | None,
    least: str | None,
) -> list[Line]:
    enough = likeness.DEGREES.index(least) if least else len(likeness.DEGREES)
    kept = [pair for pair in pairs if likeness.DEGREES.index(pair.degree) <= enough]
    ranked = sorted(weighed.values(), key=lambda one: (-one.deals, -one.contacts, one.id))
    order = {one.id: place for place, one in enumerate(ranked)}
    lines = likeness.grouped(kept, order)
    return [line for line in lines if ids is None or not ids.isdisjoint((line.keep, line.other))]


def _both(line: Line, weighed: Mapping[int, Weighed]) -> tuple[int, str, int, str]:
    return (line.other, weighed[line.other].name, line.keep, weighed[line.keep].name)


def _why(line: Line, weighed: Mapping[int, Weighed], words: Mapping[str, str]) -> str:
    kinds = {kind for kind, _ in line.pair.signs}
    signs = [s for s in line.pair.signs if s[0] != DOMAIN or EMAIL not in kinds]
    told = " · ".join(words[kind].format(value) for kind, value in signs)
    return told if line.via is None else f"as {weighed[line.via].name} (#{line.via}): {told}"


def _signs(line: Line) -> tuple[tuple[str, ...], int]:
    return tuple(kind for kind, _ in line.pair.signs), line.pair.points


def _table(what: str, columns: tuple[Column, ...], rows: Sequence[Row], limit: int | None) -> Table:
    shown = rows[:limit]
    keep = len({row[2] for row in rows})
    cut = f"{len(shown):,} of {len(rows):,} shown; --limit 0 for all"
    return Table(
        name="duplicates",
        columns=columns,
        rows=shown,
        summary=(f"{plural(len(rows), what[:-1])} probably known already, as {keep:,}",)
        if rows
        else (),
        notes=(cut,) if len(shown) < len(rows) else (),
        empty=f"no {what} that are probably one",
    )


# ── what a merge is about ─────────────────────────────────────────────────────────────────────


AtStake = tuple[str, list[str]] | None
"""What a merge comes to, in a phrase, and what each of the others brings; None: one alone."""


def at_stake(ask: Ask, words: Sequence[str]) -> AtStake:
    """Of merging customers. Error: NotFound."""
    return _at_stake(ask, "account", named(ask, words))


def people_at_stake(ask: Ask, ids: Sequence[int]) -> AtStake:
    """Of merging contacts. Error: NotFound."""
    return _at_stake(ask, "contact", list(dict.fromkeys(ids)))


def _at_stake(ask: Ask, table: str, ids: Sequence[int]) -> AtStake:
    called = store.names(ask.conn, table, ids)
    for one in ids:
        if one not in called:
            raise NotFound(table, str(one), hint=f"dealflow {table}s list shows them")
    if len(ids) < 2:
        return None
    keep, *others = ids
    hanging = store.hanging(ask.conn, table, others)
    told = [
        f"{called[one]} (#{one}): "
        + (", ".join(_counted(n, noun) for noun, n in hanging[one]) or "nothing but itself")
        for one in others
    ]
    noun = {"account": "customers", "contact": "contacts"}[table]
    names = called[others[0]] if len(others) == 1 else f"{len(others)} {noun}"
    return f"merging {names} into {called[keep]} (#{keep})", told


def _counted(number: int, noun: str) -> str:
    """`1 deal`, `3 activities without a deal`."""
    return (
        plural(number, noun)
        if number == 1 or noun in {"deal", "contact", "daughter"}
        else (f"{number:,} {noun.replace('activity', 'activities')}")
    )
