"""SQL of the gaps: what is missing on open deals, and moves that were hardly done one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.requirements import label_key
from dealflow.store.among import OPEN, PICKED, Among
from dealflow.store.conn import ALL
from dealflow.store.deals import picked
from dealflow.store.scope import Scope

#: columns of `deal` that are read
READS = (
    *("title", "account", "account_id", "contact_id", "stage_id", "owner_id", "amount", "currency"),
    *("expected_close", "source", "fields", "status", "closed_at", "last_contact_at", "grade"),
)
#: facts that every open deal should have: the test that one is missing
FACTS: Mapping[str, str] = {
    "account": "d.account_id IS NULL",
    "contact": "d.contact_id IS NULL",
    "amount": "d.amount IS NULL",
    "close": "d.expected_close IS NULL",
    "close_past": "d.expected_close < :today",
    "source": "d.source IS NULL",
    "product": "NOT EXISTS (SELECT 1 FROM {line} l WHERE l.opportunity_id = d.id)",
}
_HEAD = "d.id, d.title, d.account, d.stage_id, d.owner_id, d.amount, d.currency, d.grade"
#: moves that are typed, and not imported or merged
_MOVES = "('advance', 'back', 'win', 'lose', 'void', 'reopen')"
_MINUTE = 60


class Head(NamedTuple):
    """The deal that something is missing on."""

    id: int
    title: str
    account: str | None
    stage_id: int
    owner_id: int
    amount: int | None
    currency: str
    grade: str | None


class Asked(NamedTuple):
    """Something that is missing: its name, the test on `deal d`, and what the test binds."""

    name: str
    test: str
    values: Mapping[str, Any]


def asked_for(name: str, stages: Sequence[int] | None) -> Asked:
    """A fact, or `field:NAME`, that is missing; of deals in these stages, or (None) of all."""
    if name.startswith("field:"):
        key = name.removeprefix("field:").replace('"', "")
        bound = f"field_{key.encode().hex()}"
        test = f"trim(coalesce(json_extract(d.fields, :{bound}), '')) = ''"
        values = {bound: f'$."{key}"'}
    else:
        test, values = FACTS[name], {}
    return _of_stages(Asked(name, test, values), stages)


def role_asked_for(about: Scope, role: str, stages: Sequence[int] | None) -> Asked:
    """Nobody with this role is at the deal's customer, or is its contact person."""
    table = about.table("contact", "role")
    sql = about.sql(f"SELECT DISTINCT t.role FROM {table} t WHERE t.role <> ''")
    same = [word for (word,) in about.conn.execute(sql, about.values) if label_key(word) == role]
    bound = f"role_{role.encode().hex()}"
    has = f"k.role IN (SELECT value FROM json_each(:{bound}))"
    test = (
        f"NOT EXISTS (SELECT 1 FROM {{contact}} k WHERE k.id = d.contact_id AND {has}) AND NOT"
        f" EXISTS (SELECT 1 FROM {{contact}} k WHERE k.account_id = d.account_id AND {has})"
    )
    return _of_stages(Asked("", test, {bound: json.dumps(same)}), stages)


def none_of(options: Sequence[Sequence[Asked]], stages: Sequence[int] | None) -> Asked:
    """Something is missing of each of the options, of which one would do."""
    test = " AND ".join(f"({' OR '.join(one.test for one in parts)})" for parts in options)
    values = {key: v for parts in options for one in parts for key, v in one.values.items()}
    return _of_stages(Asked("", test, values), stages)


def _of_stages(asked: Asked, stages: Sequence[int] | None) -> Asked:
    if stages is None:
        return asked
    listed = ", ".join(map(str, map(int, stages)))
    return asked._replace(test=f"(d.stage_id IN ({listed}) AND {asked.test})")


def missing(
    about: Scope, asked: Sequence[Asked], today: str, limit: int | None
) -> list[tuple[Head, tuple[str, ...]]]:
    """Open deals that lack something of this, with what; those that lack most first."""
    tests = _tests(about, asked)
    lacks = ", ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END AS lack{n}" for n, test in tests)
    total = " + ".join(f"lack{n}" for n, _ in tests)
    sql = f"""SELECT x.* FROM (SELECT {_HEAD}, {lacks} FROM deal d WHERE d.status = 'open'
        AND ({" OR ".join(test for _, test in tests)})) x
        ORDER BY {total} DESC, x.id LIMIT :limit"""
    bound = _bound(about, asked, today) | {"limit": ALL if limit is None else limit}
    names = [one.name for one in asked]
    width = len(Head._fields)
    return [
        (
            Head(*row[:width]),
            tuple(name for name, lack in zip(names, row[width:], strict=True) if lack),
        )
        for row in about.conn.execute(about.sql(sql, among=OPEN), bound)
    ]


def missing_by_owner(
    about: Scope, asked: Sequence[Asked], today: str
) -> dict[int, tuple[int, ...]]:
    """By owner: the open deals, those that lack something, and how many lack each of this."""
    tests = _tests(about, asked)
    sums = ", ".join(f"sum(CASE WHEN {test} THEN 1 ELSE 0 END)" for _, test in tests)
    some = " OR ".join(test for _, test in tests)
    sql = f"""SELECT +d.owner_id, count(*), sum(CASE WHEN {some} THEN 1 ELSE 0 END), {sums}
        FROM deal d WHERE d.status = 'open' GROUP BY 1"""
    found = about.conn.execute(about.sql(sql, among=OPEN), _bound(about, asked, today))
    return {owner: tuple(map(int, counts)) for owner, *counts in found}


def _tests(about: Scope, asked: Sequence[Asked]) -> list[tuple[int, str]]:
    hanging = {"line": about.table("opportunity_line", "opportunity_id")}
    if any("{contact}" in one.test for one in asked):
        hanging["contact"] = about.table("contact", "account_id", "role")
    return [(n, one.test.format(**hanging)) for n, one in enumerate(asked)]


def _bound(about: Scope, asked: Sequence[Asked], today: str) -> dict[str, Any]:
    values = {key: value for one in asked for key, value in one.values.items()}
    return about.values | values | {"today": today}


# ── what was done too fast, or not told ───────────────────────────────────────────────────────


def heads(about: Scope, ids: Sequence[int]) -> list[Head]:
    sql = f"""SELECT {_HEAD} FROM json_each(:ids) j
        CROSS JOIN deal d ON d.id = CAST(j.value AS BIGINT) ORDER BY CAST(j.key AS BIGINT)"""
    text = about.sql(sql, among=PICKED)
    return [Head(*row) for row in picked(about.conn, text, ids, about.values)]


#: tests of visits `v`: closes in [:start, :end), and stays there of no more than a minute
_CLOSES = "v.ending IN ('won', 'lost', 'void') AND v.left_at >= :start AND v.left_at < :end"
_HURRIED = f"""v.stage_id IN (SELECT id FROM stage) AND v.entered_at >= :start - {_MINUTE}
        AND v.entered_at < :end AND v.left_at >= :start AND v.left_at < :end
        AND v.left_at <= :now AND v.seq > 1 AND v.left_at - v.entered_at <= {_MINUTE}"""


def _with(visits: str) -> Among:
    """The deals with such visits."""
    return Among(f"SELECT DISTINCT v.opportunity_id AS id FROM visit v WHERE {visits}", few=False)


def closed_in_silence(about: Scope, start: int, end: int) -> list[tuple[int, str, int]]:
    """Deals won or lost in [start, end) without any contact logged: id, status, when."""
    sql = f"""SELECT d.id, d.status, d.closed_at
        FROM visit v CROSS JOIN deal d ON d.id = v.opportunity_id
        WHERE {_CLOSES}
        AND d.status IN ('won', 'lost') AND d.status = v.ending AND d.closed_at = v.left_at
        AND d.last_contact_at IS NULL ORDER BY d.closed_at DESC, d.id"""
    asked = about.values | {"start": start, "end": end}
    return about.conn.execute(about.sql(sql, among=_with(_CLOSES)), asked).fetchall()


def moved_twice(about: Scope, start: int, end: int) -> list[tuple[int, int, int]]:
    """Deals moved twice within a minute in [start, end): id, the second move, seconds between.

    The stay between the two moves began with one, so that it is not the deal's first.
    """
    sql = f"""SELECT d.id, max(v.left_at), min(v.left_at - v.entered_at)
        FROM visit v CROSS JOIN deal d ON d.id = v.opportunity_id
        WHERE {_HURRIED}
        GROUP BY d.id ORDER BY max(v.left_at) DESC, d.id"""
    asked = about.values | {"start": start, "end": end}
    return about.conn.execute(about.sql(sql, among=_with(_HURRIED)), asked).fetchall()


class Moved(NamedTuple):
    """A deal that somebody moved: who typed it, when, and which deal."""

    actor: str
    at: int
    deal: int


def moves_typed(about: Scope, spans: Sequence[tuple[int, int]]) -> list[Moved]:
    """Moves of deals in scope that were typed in these spans [start, end) and stand."""
    found: list[Moved] = []
    sql = f"""SELECT DISTINCT c.actor, c.at, d.id FROM command c
        CROSS JOIN change x ON x.command_id = c.id CROSS JOIN deal d ON d.id = x.row_id
        WHERE c.at >= :start AND c.at < :end AND c.at <= :now AND c.verb IN {_MOVES}
        AND c.undone_by IS NULL AND c.undoes IS NULL
        AND x.entity = 'opportunity' AND x.kind = 'edit' ORDER BY c.actor, c.at, d.id"""
    for start, end in spans:
        asked = about.values | {"start": start, "end": end}
        found += [Moved(*row) for row in about.conn.execute(about.sql(sql), asked)]
    return found
