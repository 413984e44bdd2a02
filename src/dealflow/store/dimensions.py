"""What deals can be grouped by: each dimension with its expression, in one place.

Expressions stand over `d` (the deal), `l` (a product on it, see `lines`), and two places that the
statement fills: {who} is the rep who is credited, {month} the month of closing (see `months`).
`:now` is bound, as in every statement over a scope. Keys are small; the labels of ids are looked
up afterwards. A statement that takes `keys`, `lines` and `reads` from here knows every dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from dealflow.dates import add_months, day_of, start_of
from dealflow.errors import UnknownWord
from dealflow.model import CONTACT_KINDS, RETIRED_UNDER_IT
from dealflow.named import NamedTuple
from dealflow.store.customfields import Expression
from dealflow.store.scope import Asked, Scope


class Dimension(NamedTuple):
    """`labels` is the table and column whose text stands for the key, where that is an id."""

    name: str
    label: str
    key: str
    reads: tuple[str, ...] = ()
    """The columns of `deal` that the key reads."""
    labels: tuple[str, str] | None = None
    more: Expression | None = None
    """Of a custom field: the column of `deal` that the key reads."""
    ends: bool = False
    """Whether it is a fact of the close, which a deal that is open has not."""
    about: str = ""
    called: str = ""
    """What its column is called, where that is not its name."""

    @property
    def field(self) -> str:
        """What its column is called."""
        return self.called or self.name.replace("-", "_")

    @property
    def dated(self) -> bool:
        """Whether its groups have an order of their own: that of the calendar."""
        return "{month}" in self.key

    @property
    def several(self) -> bool:
        """Whether a deal may be in several of its groups."""
        return self.key.startswith("l.")


_CONTACTS = ", ".join(f"'{kind}'" for kind in CONTACT_KINDS)
_CHANNEL = f"""(SELECT coalesce(x.channel, x.kind) FROM activity x WHERE x.opportunity_id = d.id
    AND x.at <= :now AND x.kind IN ({_CONTACTS}) ORDER BY x.at, x.id LIMIT 1)"""
_QUARTER = "substr({month}, 1, 4) || '-Q' || ((CAST(substr({month}, 6, 2) AS BIGINT) + 2) / 3)"
#: the closing move does not count: a win can be forced, a loss never is, and so it would tell more
#: of wins than of force
_FORCED = f"""CASE WHEN d.id IN (SELECT x.opportunity_id FROM visit x WHERE x.forced = 1
    AND x.left_at <= :now AND x.ending IN ('advanced', 'returned')
    AND x.why NOT LIKE '{RETIRED_UNDER_IT.format("%")}')
    OR d.id IN (SELECT x.opportunity_id FROM visit x WHERE x.entry_why IS NOT NULL
    AND x.entered_at <= :now) THEN 'forced' ELSE 'as required' END"""
_STAGE_LOST = "CASE WHEN d.status = 'lost' THEN d.stage_id END"

DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("rep", "rep", "{who}", labels=("rep", "handle"), about="who is credited"),
        Dimension("team", "team", "{who}", labels=("rep", "team"), about="the team of that rep"),
        Dimension(
            *("product", "product", "l.product_id"),
            labels=("product", "name"),
            about="each product on the deal",
        ),
        Dimension(
            "series", "series", "l.series", about="each series that a product on the deal is of"
        ),
        Dimension("segment", "segment", "d.segment", ("segment",), about="the customer's industry"),
        Dimension(
            "source", "source", "d.source", ("source",), about="the deal's own, else the customer's"
        ),
        Dimension("region", "region", "d.region", ("region",), about="the customer's"),
        Dimension(
            "grade", "grade", "d.grade", ("grade",), about="the deal's own, else the customer's"
        ),
        Dimension("size", "size", "d.size", ("size",), about="the customer's"),
        Dimension(
            *("channel", "first channel", _CHANNEL),
            about="of the first contact that was logged; its kind where no channel was",
        ),
        Dimension("month", "month closed", "{month}", ends=True),
        Dimension("quarter", "quarter closed", _QUARTER, ends=True),
        Dimension("year", "year closed", "substr({month}, 1, 4)", ends=True),
        Dimension(
            *("stage-lost", "lost from", _STAGE_LOST, ("status", "stage_id"), ("stage", "name")),
            ends=True,
            about="the stage that it was lost from",
        ),
        Dimension(
            *("reason", "lost for", "d.reason_id", ("reason_id",), ("loss_reason", "name")),
            ends=True,
        ),
        Dimension("pipeline", "pipeline", "d.pipeline_id", ("pipeline_id",), ("pipeline", "key")),
        Dimension(
            "currency",
            "currency",
            "d.currency",
            ("currency",),
            about="of the amount",
            called="of_currency",
        ),
        Dimension(
            *("forced", "moves", _FORCED),
            about="forced where it went on its way with something missing that was required",
        ),
    )
}


def dimensions(words: Sequence[str]) -> tuple[Dimension, ...]:
    """The dimensions with these names, each once. Error: UnknownWord, with the nearest."""
    told = {word.casefold().replace("_", "-"): word for word in words}
    for name, word in told.items():
        if name not in DIMENSIONS:
            raise UnknownWord("dimension", word, list(DIMENSIONS))
    return tuple(DIMENSIONS[name] for name in told)


def custom(name: str, label: str, column: Expression) -> Dimension:
    """The dimension that a custom field makes."""
    return Dimension(name, label, f"d.{column.name}", more=column)


def keys(by: Iterable[Dimension], who: str, month: str = "NULL") -> list[str]:
    """The dimensions' SQL, with what is credited and the month of closing put in."""
    return [dimension.key.format(who=who, month=month) for dimension in by]


def reads(by: Iterable[Dimension]) -> list[str]:
    """The columns of `deal` that the keys read."""
    return [column for dimension in by for column in dimension.reads]


def is_dated(by: Iterable[Dimension]) -> bool:
    """Whether a group is the time in which something happened."""
    return any(dimension.dated for dimension in by)


def more(by: Iterable[Dimension]) -> list[Expression]:
    """The columns of `deal` that custom fields make."""
    return [dimension.more for dimension in by if dimension.more]


def lines(about: Scope, by: Iterable[Dimension]) -> str:
    """SQL that joins `l`: a deal counts once under each product, or series, and under none once."""
    wanted = {dimension.key for dimension in by if dimension.several}
    if not wanted:
        return ""
    table = about.table("opportunity_line", "opportunity_id", "product_id")
    if wanted == {"l.product_id"}:
        chosen = f"SELECT DISTINCT opportunity_id, product_id FROM {table}"
    else:
        product = about.table("product", "series")
        told = ", ".join(key.replace("l.series", "p.series") for key in sorted(wanted))
        told = told.replace("l.product_id", "n.product_id")
        chosen = (
            f"SELECT DISTINCT n.opportunity_id, {told} FROM {table} n"
            f" JOIN {product} p ON p.id = n.product_id"
        )
    return f"LEFT JOIN ({chosen}) l ON l.opportunity_id = d.id"


def labels(about: Scope, dimension: Dimension) -> dict[Any, str | None] | None:
    """What stands for each id, as of `now`; None where the key is its own label."""
    if dimension.labels is None:
        return None
    table, column = dimension.labels
    if table == "stage":
        return _stages(about)
    name = about.table(table, column)
    rows = about.conn.execute(about.sql(f"SELECT id, {column} FROM {name}"), about.values)
    return dict(rows.fetchall())


def _stages(about: Scope) -> dict[Any, str | None]:
    """Names of stages as defined at `now`; two of one name say whose they are."""
    pipelines = about.table("pipeline", "key")
    sql = about.sql(
        f"""SELECT s.id, p.key, (SELECT x.name FROM stage_definition x WHERE x.stage_id = s.id
            AND x.effective_from <= :now ORDER BY x.effective_from DESC, x.id DESC LIMIT 1)
        FROM stage s JOIN {pipelines} p ON p.id = s.pipeline_id"""
    )
    rows = about.conn.execute(sql, about.values).fetchall()
    names = [name for _, _, name in rows]
    return {
        key: name if names.count(name) == 1 else f"{pipeline}: {name}"
        for key, pipeline, name in rows
    }


def months(about: Scope, at: str, asked: Asked) -> str:
    """SQL for the month of the closing instant `at`; NULL where that is, or nothing is closed."""
    closed = "ending IN ('won', 'lost', 'void')"
    first, last = (
        about.conn.execute(f"SELECT {end}(left_at) FROM visit WHERE {closed}").fetchone()[0]
        for end in ("min", "max")
    )
    if first is None:
        return "NULL"
    return f"CASE WHEN {at} IS NOT NULL THEN {month_of(at, first, last, asked)} END"


def month_of(at: str, first: int, last: int, asked: Asked) -> str:
    """SQL for the month, as 2026-07 in the business time zone, of an instant in [first, last].

    A search by halves through the months' first instants: SQLite knows no time zones.
    """
    day = day_of(first, asked.zone).replace(day=1)
    months = [day]
    while start_of(months[-1], asked.zone) <= last:
        months.append(add_months(months[-1], 1))
    return _search(at, months, asked)


def _search(at: str, months: Sequence[date], asked: Asked) -> str:
    if len(months) == 1:
        return f"'{months[0]:%Y-%m}'"
    half = len(months) // 2
    border = start_of(months[half], asked.zone)
    before, after = (_search(at, part, asked) for part in (months[:half], months[half:]))
    return f"CASE WHEN {at} < {border} THEN {before} ELSE {after} END"
