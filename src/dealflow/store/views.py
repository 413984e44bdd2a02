"""Views for other programs: what the tables hold, in words, units and times that everybody reads.

They are part of the schema and of the contract: columns are added to them, never taken away or
given another meaning, whatever becomes of the tables below. dealflow itself reads the tables. A
migration that changes a table drops the views first and makes them again.

Times are ISO 8601 in UTC, days ISO 8601, amounts in the currency's own unit beside the currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dealflow.money import NO_DECIMALS, THREE_DECIMALS

_VIEWS: Mapping[str, str] = {
    "v_rep": "SELECT id, handle, name, email, team, active, external_id FROM rep",
    "v_account": """
        SELECT a.id, a.name, a.grade, a.segment, a.region, a.size, a.source, o.handle AS owner,
            p.name AS parent, a.domain, a.locked, [a.released_at] AS released_at,
            l.handle AS last_owner, a.fields, a.external_id, a.version
        FROM account a LEFT JOIN rep o ON o.id = a.owner_id
            LEFT JOIN rep l ON l.id = a.last_owner_id LEFT JOIN account p ON p.id = a.parent_id""",
    "v_contact": """
        SELECT c.id, c.name, a.name AS account, c.account_id, c.title, c.phone, c.email, c.wechat,
            c.role, c.fields, c.external_id, c.version
        FROM contact c JOIN account a ON a.id = c.account_id""",
    "v_product": """
        SELECT id, name, series, {price} AS price, currency, active, external_id, version
        FROM product""",
    "v_stage": """
        SELECT s.id, p.key AS pipeline, s.key AS stage, d.name, s.position, s.kind, d.standard,
            d.probability, d.expected_days, [s.retired_at] AS retired_at
        FROM stage s JOIN pipeline p ON p.id = s.pipeline_id
            LEFT JOIN stage_definition d ON d.id = (
                SELECT x.id FROM stage_definition x
                WHERE x.stage_id = s.id AND x.effective_from <= <now>
                ORDER BY x.effective_from DESC, x.id DESC LIMIT 1)""",
    "v_opportunity": """
        SELECT o.id, o.title, a.name AS account, o.account_id, c.name AS contact, r.handle AS owner,
            r.name AS owner_name, r.team, s.pipeline, s.stage, s.name AS stage_name, o.status,
            {o.amount} AS amount, o.currency, o.probability, o.expected_close,
            [o.created_at] AS created_at, [o.stage_since] AS stage_since,
            [o.closed_at] AS closed_at, [o.last_contact_at] AS last_contact_at,
            [o.next_late_at] AS next_late_at, coalesce(o.source, a.source) AS source,
            coalesce(o.grade, a.grade) AS grade, a.segment, a.region, o.tags, o.fields,
            o.external_id, o.version
        FROM opportunity o JOIN rep r ON r.id = o.owner_id JOIN v_stage s ON s.id = o.stage_id
            LEFT JOIN account a ON a.id = o.account_id
            LEFT JOIN contact c ON c.id = o.contact_id""",
    "v_line": """
        SELECT l.id, l.opportunity_id, p.name AS product, p.series, l.quantity, {l.price} AS price,
            o.currency
        FROM opportunity_line l JOIN product p ON p.id = l.product_id
            JOIN opportunity o ON o.id = l.opportunity_id""",
    "v_visit": """
        SELECT v.id, v.opportunity_id, v.seq, s.pipeline, s.stage, s.name AS stage_name,
            r.handle AS owner, {v.amount} AS amount, v.currency, [v.entered_at] AS entered_at,
            [v.left_at] AS left_at, v.ending, t.stage AS to_stage, e.handle AS end_owner,
            {v.end_amount} AS end_amount, l.key AS reason, v.note, v.forced, v.why,
            [v.reopened_at] AS reopened_at
        FROM visit v JOIN v_stage s ON s.id = v.stage_id JOIN rep r ON r.id = v.owner_id
            LEFT JOIN v_stage t ON t.id = v.to_stage_id LEFT JOIN rep e ON e.id = v.end_owner_id
            LEFT JOIN loss_reason l ON l.id = v.reason_id""",
    "v_activity": """
        SELECT x.id, x.opportunity_id, coalesce(x.account_id, o.account_id) AS account_id, x.kind,
            x.channel, x.direction, x.outcome, x.note, [x.at] AS at, r.handle AS rep,
            c.name AS contact, x.external_id
        FROM activity x JOIN rep r ON r.id = x.rep_id LEFT JOIN contact c ON c.id = x.contact_id
            LEFT JOIN opportunity o ON o.id = x.opportunity_id""",
    "v_follow_up": """
        SELECT f.id, f.opportunity_id, f.due_day, [f.due_at] AS due_at, [f.late_at] AS late_at,
            f.what, f.goal, f.kind, f.channel, r.handle AS rep, b.handle AS planned_by,
            [f.created_at] AS created_at, f.snoozed, [f.done_at] AS done_at, f.activity_id,
            [f.cancelled_at] AS cancelled_at, f.cancelled_why, f.external_id
        FROM follow_up f JOIN rep r ON r.id = f.rep_id JOIN rep b ON b.id = f.by_id""",
    "v_command": """
        SELECT id, [at] AS at, actor, verb, typed, undoes, undone_by, merged_by FROM command""",
}
NAMES = tuple(_VIEWS)
_ON_A_FILE = {
    "time": "strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')",
    "now": "CAST(strftime('%s', 'now') AS INTEGER)",
}
_ON_A_SERVER = {
    "time": "to_char(to_timestamp({}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    "now": "CAST(extract(epoch FROM now()) AS BIGINT)",
}


def ddl(*, server: bool = False) -> list[str]:
    """The statements that make the views, in an order in which they can be made."""
    return [f"CREATE VIEW {name} AS {sql}" for name, sql in _written(server=server)]


def dropped() -> list[str]:
    """The statements that take them away, for a migration."""
    return [f"DROP VIEW IF EXISTS {name}" for name in reversed(NAMES)]


def _written(*, server: bool) -> Iterator[tuple[str, str]]:
    import re

    words = _ON_A_SERVER if server else _ON_A_FILE
    for name, sql in _VIEWS.items():
        told = re.sub(r"\[([\w.]+)\]", lambda found: words["time"].format(found[1]), sql)
        told = re.sub(r"\{([\w.]+)\}", lambda found: _amount(found[1]), told)
        yield name, " ".join(told.replace("<now>", words["now"]).split())


#: whose currency an amount is in, by the table's letter
_CURRENCY = {"l": "o.currency", "": "currency"}


def _amount(column: str) -> str:
    """Minor units in the currency's own unit."""
    table = column.rpartition(".")[0]
    currency = _CURRENCY.get(table, f"{table}.currency")
    whole, thirds = (
        ", ".join(f"'{code}'" for code in sorted(codes)) for codes in (NO_DECIMALS, THREE_DECIMALS)
    )
    return (
        f"CASE WHEN {currency} IN ({whole}) THEN {column}"
        f" WHEN {currency} IN ({thirds}) THEN {column} / 1000.0 ELSE {column} / 100.0 END"
    )
