"""SQL of one deal's briefing: a handful of look-ups by index, whatever the size of the file."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealflow.merging import is_of
from dealflow.model import FollowUp
from dealflow.store.book import from_json
from dealflow.store.conn import ALL, Conn
from dealflow.store.past import rows_at


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
    SELECT v.seq, v.stage_id, v.entered_at, iif(v.left_at <= :now, v.left_at, NULL),
        iif(v.left_at <= :now, v.ending, NULL), iif(v.left_at <= :now, v.to_stage_id, NULL),
        json_array_length(v.passed), coalesce(iif(v.left_at <= :now, e.handle, NULL), r.handle),
        iif(v.left_at <= :now, v.end_amount, v.amount), v.currency,
        iif(v.left_at <= :now, v.forced, 0), iif(v.left_at <= :now, v.why, NULL),
        iif(v.left_at <= :now, l.name, NULL), iif(v.left_at <= :now, v.note, NULL), v.entry_why,
        coalesce((
            SELECT c.actor FROM change x JOIN command c ON c.id = x.command_id
            WHERE x.entity = 'visit' AND x.row_id = v.id AND x.kind = 'edit'
              AND c.undone_by IS NULL AND c.undoes IS NULL AND instr(x.after, '"ending":"') > 0
              AND c.verb <> 'db merge'
            ORDER BY x.id DESC LIMIT 1), e.handle, r.handle),
        coalesce((
            SELECT c.actor FROM change x JOIN command c ON c.id = x.command_id
            WHERE x.entity = 'visit' AND x.row_id = v.id AND x.last_id = v.id AND x.kind = 'add'
              AND c.verb <> 'db merge'
            ORDER BY x.id LIMIT 1), r.handle),
        iif(v.left_at <= :now AND EXISTS (
            SELECT 1 FROM stage s JOIN stage t ON t.pipeline_id <> s.pipeline_id
            WHERE s.id = v.stage_id AND t.id = v.to_stage_id), 1, 0)
    FROM visit v JOIN rep r ON r.id = v.owner_id LEFT JOIN rep e ON e.id = v.end_owner_id
    LEFT JOIN loss_reason l ON l.id = v.reason_id
    WHERE v.opportunity_id = :deal AND v.entered_at <= :now ORDER BY v.seq
"""


def stays(conn: Conn, deal: int, now: int) -> list[Stay]:
    """The deal's visits, in order."""
    return [Stay(*row) for row in conn.execute(_STAYS, {"deal": deal, "now": now})]


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
    SELECT a.id, a.at, a.kind, a.note, a.outcome, a.channel, a.direction, c.name, r.handle
    FROM activity a JOIN rep r ON r.id = a.rep_id LEFT JOIN contact c ON c.id = a.contact_id
    WHERE a.opportunity_id = :deal AND a.at <= :now ORDER BY a.at DESC, a.id DESC LIMIT :limit
"""
_HOW_MANY = "SELECT count(*) FROM activity WHERE opportunity_id = :deal AND at <= :now"


def deeds(conn: Conn, deal: int, now: int, limit: int | None) -> tuple[list[Deed], int]:
    """The deal's activities, the latest first, and how many there are in all."""
    asked = {"deal": deal, "now": now, "limit": ALL if limit is None else limit}
    rows = [Deed(*row) for row in conn.execute(_DEEDS, asked)]
    return rows, int(conn.execute(_HOW_MANY, asked).fetchone()[0])


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
    FROM opportunity_line l JOIN product p ON p.id = l.product_id
    WHERE l.opportunity_id = :deal ORDER BY l.id
"""


def lines(conn: Conn, deal: int, currency: str) -> list[tuple[Any, ...]]:
    """The products on the deal, prices in the deal's currency."""
    return conn.execute(_LINES, {"deal": deal, "currency": currency}).fetchall()


def participants(conn: Conn, deal: int) -> list[tuple[Any, ...]]:
    """Who takes part beside the owner: handle, name, role."""
    sql = """SELECT r.handle, r.name, x.role FROM participant x JOIN rep r ON r.id = x.rep_id
        WHERE x.opportunity_id = ? ORDER BY x.id"""
    return conn.execute(sql, (deal,)).fetchall()


def last_contact(conn: Conn, deal: int, now: int, kinds: tuple[str, ...]) -> int | None:
    """The instant of the last activity of one of these kinds."""
    sql = (
        f"SELECT max(at) FROM activity WHERE opportunity_id = ? AND at <= ?"
        f" AND kind IN ({', '.join('?' * len(kinds))})"
    )
    found: int | None = conn.execute(sql, (deal, now, *kinds)).fetchone()[0]
    return found
