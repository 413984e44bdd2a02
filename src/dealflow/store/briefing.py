"""SQL of one deal's briefing: a handful of look-ups by index, whatever the size of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealflow.merging import is_of
from dealflow.model import FollowUp, Opportunity
from dealflow.named import NamedTuple
from dealflow.store.book import from_json
from dealflow.store.conn import ALL, Conn
from dealflow.store.labels import Labels
from dealflow.store.past import before, is_past, rows_at
from dealflow.store.rewind import Tables


class Stay(NamedTuple):
    """A visit as of the instant asked about; a later end has not happened."""

    seq: int
    stage_id: int
    entered_at: int
    left_at: int | None
    ending: str | None
    to_stage_id: int | None
    jumped: int
    owner: str
    amount: int | None
    currency: str
    forced: int
    why: str | None
    reason: str | None
    note: str | None
    entry_why: str | None
    by: str
    """Who ended it: whoever typed the move; with a merge, or unknown, the owner at that time."""
    begun_by: str
    """Who began it, likewise."""
    elsewhere: int
    """Whether the deal went on in another pipeline."""


_STAYS = """
    SELECT v.id, v.seq, v.stage_id, v.entered_at, iif(v.left_at <= :now, v.left_at, NULL),
        iif(v.left_at <= :now, v.ending, NULL), iif(v.left_at <= :now, v.to_stage_id, NULL),
        json_array_length(v.passed), v.owner_id, iif(v.left_at <= :now, v.end_owner_id, NULL),
        v.amount, iif(v.left_at <= :now, v.end_amount, NULL), v.currency,
        iif(v.left_at <= :now, v.forced, 0), iif(v.left_at <= :now, v.why, NULL),
        iif(v.left_at <= :now, v.reason_id, NULL), iif(v.left_at <= :now, v.note, NULL),
        v.entry_why,
        (SELECT c.actor FROM change x JOIN command c ON c.id = x.command_id
            WHERE x.entity = 'visit' AND x.row_id = v.id AND x.kind = 'edit'
              AND c.undone_by IS NULL AND c.undoes IS NULL AND instr(x.after, '"ending":"') > 0
              AND c.verb <> 'db merge'
            ORDER BY x.id DESC LIMIT 1),
        (SELECT c.actor FROM change x JOIN command c ON c.id = x.command_id
            WHERE x.entity = 'visit' AND x.row_id = v.id AND x.last_id = v.id AND x.kind = 'add'
              AND c.verb <> 'db merge'
            ORDER BY x.id LIMIT 1),
        iif(v.left_at <= :now AND EXISTS (
            SELECT 1 FROM stage s JOIN stage t ON t.pipeline_id <> s.pipeline_id
            WHERE s.id = v.stage_id AND t.id = v.to_stage_id), 1, 0)
    FROM visit v WHERE v.opportunity_id = :deal AND v.entered_at <= :now ORDER BY v.seq
"""


def stays(conn: Conn, deal: int, now: int, labels: Labels) -> list[Stay]:
    """The deal's visits, in order; people and reasons by what `labels` calls them."""
    rows = conn.execute(_STAYS, {"deal": deal, "now": now}).fetchall()
    earlier = before(conn, "visit", [row[0] for row in rows], now) if is_past(conn, now) else {}
    return [_stay(row, earlier.get(row[0], {}), labels) for row in rows]


def _stay(row: tuple[Any, ...], earlier: Mapping[str, Any], labels: Labels) -> Stay:
    """`earlier`: what the row held at the instant asked about, where it holds something else now.

    The amount of a deal whose currency was changed meanwhile is the one that it came with.
    """
    (_, seq, stage, entered, left, ending, to, jumped, began, ended, amount, end_amount) = row[:12]
    (currency, forced, why, reason, note, entry_why, by, begun_by, elsewhere) = row[12:]
    first = labels.of("owner_id", began)
    owner = first if ended is None else labels.of("owner_id", ended)
    start = earlier.get("amount", amount)
    return Stay(
        seq=seq,
        stage_id=stage,
        entered_at=entered,
        left_at=left,
        ending=ending,
        to_stage_id=to,
        jumped=jumped,
        owner=owner,
        amount=start if left is None else end_amount,
        currency=earlier.get("currency", currency) if left is None else currency,
        forced=forced,
        why=why,
        reason=None if reason is None else labels.of("reason_id", reason),
        note=note,
        entry_why=entry_why,
        by=by or owner,
        begun_by=begun_by or first,
        elsewhere=elsewhere,
    )


class Deed(NamedTuple):
    """An activity, with the names of who did it and with whom."""

    id: int
    at: int
    kind: str
    note: str | None
    outcome: str | None
    channel: str | None
    direction: str | None
    contact: str | None
    by: str


_DEEDS = """
    SELECT id, at, kind, note, outcome, channel, direction, contact_id, rep_id FROM activity
    WHERE opportunity_id = :deal AND at <= :now ORDER BY at DESC, id DESC LIMIT :limit
"""
_HOW_MANY = "SELECT count(*) FROM activity WHERE opportunity_id = :deal AND at <= :now"


def deeds(
    conn: Conn, deal: int, now: int, labels: Labels, *, limit: int | None
) -> tuple[list[Deed], int]:
    """The deal's activities, the latest first, and how many there are in all."""
    asked = {"deal": deal, "now": now, "limit": ALL if limit is None else limit}
    rows = []
    for number, at, kind, note, outcome, channel, direction, who, by in conn.execute(_DEEDS, asked):
        told = labels.of("contact_id", who) if who else None
        done_by = labels.of("rep_id", by)
        rows.append(Deed(number, at, kind, note, outcome, channel, direction, told, done_by))
    return rows, int(conn.execute(_HOW_MANY, asked).fetchone()[0])


def owner(conn: Conn, deal: Opportunity, now: int) -> int:
    """Whose deal it was at `now`, as the lists have it."""
    if not is_past(conn, now):
        return deal.owner_id
    tables = Tables(conn, now)
    sql = f"SELECT o.owner_id FROM {tables.name('opportunity', 'owner_id')} o WHERE o.id = :deal"
    found = conn.execute(tables.with_terms() + sql, {"deal": deal.id, "now": now}).fetchone()
    return int(found[0]) if found else deal.owner_id


class Edit(NamedTuple):
    at: int
    by: str
    before: dict[str, Any]
    after: dict[str, Any]


_EDITS = """
    SELECT c.id, c.verb, c.at, c.actor, x.before, x.after
    FROM change x JOIN command c ON c.id = x.command_id
    WHERE x.entity = 'opportunity' AND x.row_id = :deal AND x.kind = 'edit' AND c.at <= :now
      AND c.undone_by IS NULL AND c.undoes IS NULL
      AND NOT EXISTS (SELECT 1 FROM change n WHERE n.command_id = x.command_id
        AND n.entity = 'opportunity' AND n.kind = 'add' AND n.last_id >= :deal
        AND n.row_id <= :deal)
    ORDER BY x.id
"""


def edits(conn: Conn, deal: int, now: int) -> list[Edit]:
    """What was changed on the deal since it was added, and still counts, in order.

    What came with a merge is told as it was given in the other copy: by whom, and when.
    """
    found: list[Edit] = []
    for number, verb, at, by, old, new in conn.execute(_EDITS, {"deal": deal, "now": now}):
        edit = Edit(at, by, from_json(old), from_json(new))
        found += _as_given(conn, deal, number, edit) if verb == "db merge" else [edit]
    return found


_GIVEN = """
    SELECT g.unit, c.at, c.actor FROM merged g JOIN command c ON c.uid = g.uid
    WHERE g.command_id = :merge AND g.entity = 'opportunity' AND g.row_id = :deal
    ORDER BY c.id DESC
"""


def _as_given(conn: Conn, deal: int, merge: int, edit: Edit) -> list[Edit]:
    """What a merge changed, by the commands whose edits it took; a column's last one counts."""
    given = conn.execute(_GIVEN, {"merge": merge, "deal": deal}).fetchall()
    found: dict[tuple[int, str], Edit] = {}
    for column, value in edit.after.items():
        whose = (one[1:] for one in given if is_of("opportunity", column, one[0]))
        at, by = next(whose, (edit.at, edit.by))
        told = found.setdefault((at, by), Edit(at, by, {}, {}))
        told.before[column], told.after[column] = edit.before.get(column), value
    return list(found.values())


_PLANS = """
    SELECT id FROM follow_up WHERE opportunity_id = :deal AND created_at <= :now
      AND (done_at IS NULL OR done_at > :now) AND (cancelled_at IS NULL OR cancelled_at > :now)
"""


def plans(conn: Conn, deal: int, now: int) -> list[FollowUp]:
    """The follow-ups that are open, the first due first."""
    ids = [row[0] for row in conn.execute(_PLANS, {"deal": deal, "now": now})]
    return sorted(rows_at(conn, FollowUp, ids, now), key=lambda plan: (plan.late_at, plan.id))


_LINES = """
    SELECT l.id, p.name, l.quantity, l.price, :currency, l.price * l.quantity, :currency, :currency
    FROM {opportunity_line} l JOIN {product} p ON p.id = l.product_id
    WHERE l.opportunity_id = :deal ORDER BY l.id
"""


def lines(conn: Conn, deal: int, currency: str, now: int) -> list[tuple[Any, ...]]:
    """The products that were on the deal at `now`, prices in the deal's currency."""
    tables = Tables(conn, now)
    read = ("opportunity_id", "product_id", "quantity", "price")
    named = tables.name("opportunity_line", *read), tables.name("product", "name")
    sql = _LINES.format(opportunity_line=named[0], product=named[1])
    asked = {"deal": deal, "currency": currency, "now": now}
    return conn.execute(tables.with_terms() + sql, asked).fetchall()


def participants(conn: Conn, deal: int, now: int) -> list[tuple[Any, ...]]:
    """Who took part beside the owner at `now`: handle, name, role."""
    tables = Tables(conn, now)
    taking = tables.name("participant", "opportunity_id", "rep_id", "role")
    sql = f"""SELECT r.handle, r.name, x.role FROM {taking} x
        JOIN {tables.name("rep", "handle", "name")} r ON r.id = x.rep_id
        WHERE x.opportunity_id = :deal ORDER BY x.id"""
    return conn.execute(tables.with_terms() + sql, {"deal": deal, "now": now}).fetchall()


def last_contact(conn: Conn, deal: int, now: int, kinds: tuple[str, ...]) -> int | None:
    """The instant of the last activity of one of these kinds."""
    sql = (
        f"SELECT max(at) FROM activity WHERE opportunity_id = ? AND at <= ?"
        f" AND kind IN ({', '.join('?' * len(kinds))})"
    )
    found: int | None = conn.execute(sql, (deal, now, *kinds)).fetchone()[0]
    return found
