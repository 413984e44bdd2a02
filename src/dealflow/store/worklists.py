"""SQL of the lists of open deals that want something: unplanned, quiet, stuck, and next.

A `Choice` is a test on `deal` with what is bound to it. Ids are chosen and ordered first, then the
facts of those that are shown are read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from dealflow.named import NamedTuple
from dealflow.store.among import OPEN, PICKED
from dealflow.store.conn import ALL, Conn
from dealflow.store.deals import picked
from dealflow.store.scope import Scope

#: columns of `deal` that these lists read
READS = (
    *("title", "account", "stage_id", "owner_id", "amount", "currency", "grade", "status"),
    *("created_at", "last_contact_at", "stage_since", "next_late_at", "expected_close"),
)
_TOUCHED = "coalesce(d.last_contact_at, d.created_at)"
_FACTS = """
    SELECT d.id, d.title, d.account, d.stage_id, d.owner_id, d.amount, d.currency, d.grade,
        d.created_at, d.last_contact_at, d.stage_since, d.next_late_at, d.expected_close
    FROM json_each(:ids) j CROSS JOIN deal d ON d.id = CAST(j.value AS BIGINT)
    ORDER BY CAST(j.key AS BIGINT)
"""
FOLLOW_UP = (
    *(
        "opportunity_id",
        "rep_id",
        "due_day",
        "due_at",
        "late_at",
        "what",
        "goal",
        "kind",
        "channel",
    ),
    *("created_at", "done_at", "cancelled_at", "snoozed"),
)


class Choice(NamedTuple):
    """Which open deals: a test on `deal d`, and the values that it binds."""

    test: str
    values: Mapping[str, Any]


class Facts(NamedTuple):
    """One open deal, as it stood."""

    id: int
    title: str
    account: str | None
    stage_id: int
    owner_id: int
    amount: int | None
    currency: str
    grade: str | None
    created_at: int
    last_contact_at: int | None
    stage_since: int
    next_late_at: int | None
    """When the next of its open follow-ups is late; None where nothing is planned."""
    expected_close: str | None

    @property
    def touched(self) -> int:
        """The last contact; where there was none, the creation."""
        return self.created_at if self.last_contact_at is None else self.last_contact_at


class Step(NamedTuple):
    """The follow-up that comes first on a deal."""

    id: int
    due_day: str
    due_at: int | None
    what: str
    goal: str | None
    kind: str | None
    rep_id: int
    snoozed: int
    channel: str | None


UNPLANNED = Choice("d.next_late_at IS NULL", {})


def quiet(before: Mapping[str, int]) -> Choice:
    """Deals last touched before the instant of their grade (`-` where there is none)."""
    grades = [grade for grade in before if grade != "-"]
    cases = " ".join(f"WHEN '{grade}' THEN :quiet{n}" for n, grade in enumerate(grades))
    values = {f"quiet{n}": before[grade] for n, grade in enumerate(grades)}
    test = f"{_TOUCHED} < CASE d.grade {cases} ELSE :quiet_else END"
    return Choice(test, values | {"quiet_else": before["-"]})


def stuck(limits: Mapping[int, int]) -> Choice:
    """Deals longer in their stage than its limit, in seconds; a stage without one has no such."""
    if not limits:
        return Choice("FALSE", {})
    return Choice(f"d.stage_since + {_limit(limits)} < :now", {})


def _limit(limits: Mapping[int, int]) -> str:
    cases = " ".join(f"WHEN {int(stage)} THEN {int(limits[stage])}" for stage in sorted(limits))
    return f"CASE d.stage_id {cases} END"


# ── which, and how many ───────────────────────────────────────────────────────────────────────


class First(NamedTuple):
    """The first deals of a list, and how many there are in all, by the owner's id."""

    ids: list[int]
    owners: Counter[int]


def longest_untouched(about: Scope, choice: Choice, limit: int | None) -> First:
    """Those first with which there was no contact for longest."""
    return _first(about, choice, _TOUCHED, limit)


def longest_over(
    about: Scope, choice: Choice, limits: Mapping[int, int], limit: int | None
) -> First:
    """Those first that are in their stage for the largest multiple of its limit."""
    if not limits:
        return First([], Counter())
    times = f"CAST(:now - d.stage_since AS DOUBLE PRECISION) / {_limit(limits)} DESC"
    return _first(about, choice, times, limit)


def touched(about: Scope, choice: Choice) -> list[tuple[int, str | None, int, int]]:
    """Id, grade, the instant of the last contact (else of the creation), owner; in no order."""
    return _chosen(about, f"d.id, d.grade, {_TOUCHED}, d.owner_id", choice, "d.id", None)


def _first(about: Scope, choice: Choice, order: str, limit: int | None) -> First:
    """Winding back takes longer than handing over all that there are, so it is done once."""
    if limit is None or about.past:
        found = _chosen(about, "d.id, d.owner_id", choice, order, None)
        return First([deal for deal, _ in found[:limit]], Counter(owner for _, owner in found))
    ids = [row[0] for row in _chosen(about, "d.id", choice, order, limit)]
    return First(ids, _by_owner(about, choice))


def _chosen(
    about: Scope, what: str, choice: Choice, order: str, limit: int | None
) -> list[tuple[Any, ...]]:
    sql = (
        f"SELECT {what} FROM deal d WHERE d.status = 'open' AND {choice.test}"
        f" ORDER BY {order}, d.id LIMIT :limit"
    )
    asked = {**about.values, **choice.values, "limit": ALL if limit is None else limit}
    return about.conn.execute(about.sql(sql, among=OPEN), asked).fetchall()


def _by_owner(about: Scope, choice: Choice) -> Counter[int]:
    """How many there are, by the owner's id; the + keeps from reading deal for deal by owner."""
    sql = (
        f"SELECT +d.owner_id, count(*) FROM deal d WHERE d.status = 'open' AND {choice.test}"
        " GROUP BY 1"
    )
    asked = {**about.values, **choice.values}
    return Counter(dict(about.conn.execute(about.sql(sql, among=OPEN), asked)))


def facts(about: Scope, ids: Sequence[int]) -> list[Facts]:
    """The facts of these deals, in their order."""
    sql = about.sql(_FACTS, among=PICKED)
    return [Facts(*row) for row in picked(about.conn, sql, ids, about.values)]


def first_steps(about: Scope, ids: Sequence[int], rep: int | None = None) -> dict[int, Step]:
    """By deal the open follow-up that is late first; with `rep`, of those planned for that rep."""
    plans = about.table("follow_up", *FOLLOW_UP)
    whose = "TRUE" if rep is None else "f.rep_id = :rep"
    term = f"""step AS MATERIALIZED (
        SELECT f.opportunity_id, f.id, f.due_day, f.due_at, f.what, f.goal, f.kind, f.rep_id,
            f.snoozed, f.channel,
            row_number() OVER (PARTITION BY f.opportunity_id ORDER BY f.late_at, f.id) AS place
        FROM {plans} f WHERE {about.open_plan} AND {whose}
        AND f.opportunity_id IN (SELECT CAST(value AS BIGINT) FROM json_each(:ids)))"""
    sql = """SELECT opportunity_id, id, due_day, due_at, what, goal, kind, rep_id, snoozed,
            channel FROM step WHERE place = 1"""
    asked = about.values | {"rep": rep}
    found = picked(about.conn, about.sql(sql, term, among=PICKED), ids, asked)
    return {deal: Step(*rest) for deal, *rest in found}


# ── how long deals stay ───────────────────────────────────────────────────────────────────────

#: by stage, how many stays took so many whole hours
Stays = dict[int, Counter[int]]


def stays(conn: Conn, stages: Sequence[int], now: int) -> tuple[Stays, Stays]:
    """The stays in these stages: those that ended by now, and how long the others last so far."""
    listed = ", ".join(map(str, map(int, stages)))
    ended = f"""SELECT v.stage_id, v.hours, count(*) FROM visit v
        WHERE v.stage_id IN ({listed}) AND v.ending IS NOT NULL AND v.left_at <= :now
        GROUP BY v.stage_id, v.hours"""
    going = f"""SELECT v.stage_id, (:now - v.entered_at) / 3600, count(*) FROM visit v
        WHERE v.stage_id IN ({listed}) AND v.entered_at <= :now
        AND (v.left_at IS NULL OR v.left_at > :now)
        GROUP BY 1, 2"""
    return _counted(conn, ended, now), _counted(conn, going, now)


def _counted(conn: Conn, sql: str, now: int) -> Stays:
    found: Stays = defaultdict(Counter)
    for stage, hours, number in conn.execute(sql, {"now": now}):
        found[stage][hours] += number
    return found
