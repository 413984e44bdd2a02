"""Which deals a question is about: those that existed at `now` and match the filter, as they stood.

    about = scope(ask, chosen, "id", "title", "amount", "currency")
    sql = about.sql("SELECT d.title, v.seq FROM deal d JOIN visit v ON v.opportunity_id = d.id")
    rows = ask.conn.execute(sql, about.values | {"more": 1})

`deal` is a common table expression: one row per deal, with the columns that were asked for and
nothing joined that neither they nor the filter use. At the present it reads the tables themselves;
in the past they are rewound (store/rewind.py). `:now` is always bound. Where `about.everything`
is so, all deals there were are meant, and a statement over visits need not join `deal` at all.

In the past a statement about few deals says so (`among`, see store/among.py), so that no others
are wound back. More tables as of `now` (reps, accounts, lines, follow-ups):
`about.table("rep", "handle")` gives the name to write after FROM. Filters on follow-ups
(FOLLOW_UP_KEYS) are `about.follow_up_test`, for the alias `f`; `about.open_plan` tests whether `f`
was open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Protocol

from dealflow.filters import Filter
from dealflow.model import Opportunity
from dealflow.patterns import pattern
from dealflow.store.among import OPEN, Among, asked_among, planned
from dealflow.store.book import columns
from dealflow.store.conn import Conn
from dealflow.store.customfields import Expression
from dealflow.store.filtering import GRADE, REASON, SOURCE, compiled
from dealflow.store.names import Names
from dealflow.store.rewind import Tables


class Asked(Protocol):
    """What a scope is taken from: a questions.Ask."""

    @property
    def conn(self) -> Conn: ...
    @property
    def now(self) -> int: ...
    @property
    def zone(self) -> tzinfo: ...
    @property
    def me(self) -> int | None: ...


#: the columns that `deal` can have, as expressions over the tables joined below
COLUMNS: dict[str, str] = {
    **{name: f"o.{name}" for name in (*columns(Opportunity), "last_contact_at", "next_late_at")},
    "account": "a.name",
    "contact": "c.name",
    "owner": "r.handle",
    "team": "r.team",
    "pipeline": "p.key",
    "stage": "s.key",
    "position": "s.position",
    "source": SOURCE,
    "grade": GRADE,
    "segment": "a.segment",
    "region": "a.region",
    "size": "a.size",
    "reason_id": REASON,
}
#: alias -> its table and how it is joined; only those that are used are
_JOINS: dict[str, tuple[str, str]] = {
    "a": ("account", "LEFT JOIN {} a ON a.id = o.account_id"),
    "c": ("contact", "LEFT JOIN {} c ON c.id = o.contact_id"),
    "r": ("rep", "JOIN {} r ON r.id = o.owner_id"),
    "s": ("stage", "JOIN {} s ON s.id = o.stage_id"),
    "p": ("pipeline", "JOIN {} p ON p.id = o.pipeline_id"),
}
#: what tests write for tables of which a deal has many rows
_HANGING = {
    "{line}": ("opportunity_line", "opportunity_id", "product_id"),
    "{participant}": ("participant", "opportunity_id", "rep_id", "role"),
}
_WORD = pattern(r"\w+")
_USED = pattern(r"\b([oacrspf])\.([a-z_]+)")


class Scope:
    """The deals that a question is about. See the module."""

    def __init__(
        self, asked: Asked, chosen: Filter, wanted: Iterable[str], more: Sequence[Expression] = ()
    ) -> None:
        tests = compiled(chosen, Names(asked.conn, asked.now, asked.me), asked.zone)
        self._tables = Tables(asked.conn, asked.now)
        self._tables.among = asked_among(tests.deals)
        self.conn = asked.conn
        self.now = asked.now
        self.everything = not tests.deals
        """Whether no deal that existed is left out."""
        self.values: dict[str, Any] = {"now": asked.now} | tests.values
        self._tests = tests.deals
        self._expressions = COLUMNS | {one.name: one.sql for one in more}
        self._columns = dict.fromkeys(["id", *wanted, *(one.name for one in more)])
        for one in more:
            self.values |= one.values
        follow_ups = " AND ".join(tests.follow_ups) or "TRUE"
        if plans := _used([follow_ups]).get("f"):
            self.table("follow_up", *plans)
        self.follow_up_test = follow_ups

    @property
    def among_planned(self) -> Among:
        """Deals that were open and had a follow-up that passes the filter, at most."""
        return planned(self.follow_up_test) or OPEN

    @property
    def past(self) -> bool:
        return self._tables.past

    @property
    def open_plan(self) -> str:
        return self._tables.open_plan

    def table(self, name: str, *columns: str) -> str:
        """What to write after FROM for a table as of `now`, of which these columns are read."""
        return self._tables.name(name, *columns)

    def narrow(self, name: str, column: str, test: str) -> None:
        """No rows of this table matter but those whose column passes the test (of `{0}`)."""
        self._tables.narrow(name, column, test)

    def sql(self, statement: str, *terms: str, among: Among | None = None) -> str:
        """The statement, with `deal` and then `terms` before it (each `name AS (...)`).

        `deal` has those of its columns that are named in the text: in the past each has its price.
        `among`: no other deals than these matter to the statement, and it may see no others.
        """
        words = set(_WORD.findall(" ".join([statement, *terms])))
        columns = ["id", *(name for name in self._columns if name in words and name != "id")]
        tables = self._tables.copy()  # what this statement reads is no other's to wind back
        deal = [self._deal(tables, columns)] if "deal" in words else []
        return tables.with_terms(*deal, *terms, among=among) + statement

    def _deal(self, tables: Tables, columns: Iterable[str]) -> str:
        listed = [f"{self._expressions[name]} AS {name}" for name in columns]
        used = _used([*listed, *self._tests])
        joined = [alias for alias in _JOINS if alias in used]
        of_deal = _used([*listed, *self._tests, *(_JOINS[alias][1] for alias in joined)])
        deals = tables.name("opportunity", *of_deal["o"])
        joins = [
            _JOINS[alias][1].format(tables.name(_JOINS[alias][0], *used[alias])) for alias in joined
        ]
        where = " AND ".join(_placed(tables, test) for test in self._tests) or "TRUE"
        # the past is wound back once, not for every row that is joined to it; at the present each
        # use reads what it needs, from an index of its own if there is one
        once = "MATERIALIZED" if self.past else "NOT MATERIALIZED"
        chosen = f"SELECT {', '.join(listed)} FROM {deals} o {' '.join(joins)} WHERE {where}"
        return f"deal AS {once} ({chosen})"


def _used(texts: Iterable[str]) -> dict[str, list[str]]:
    """The columns that the texts use, by alias."""
    used: dict[str, list[str]] = {}
    for alias, column in _USED.findall(" ".join(texts)):
        used.setdefault(alias, []).append(column)
    return used


def _placed(tables: Tables, test: str) -> str:
    """The test with the tables that hang on deals, as they stood."""
    for mark, (table, *read) in _HANGING.items():
        if mark in test:
            test = test.replace(mark, tables.name(table, *read))
    return test


def scope(asked: Asked, chosen: Filter, *wanted: str, more: Sequence[Expression] = ()) -> Scope:
    """The deals that match, with these COLUMNS (id always), and `more` of custom fields.

    Errors: NotFound and BadFilter for names in the filter; UnknownActor for `me`.
    """
    return Scope(asked, chosen, wanted, more)
