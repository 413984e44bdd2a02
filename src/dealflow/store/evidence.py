"""What is known of a deal, as its stages' requirements judge it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dealflow.errors import NotFound
from dealflow.model import Account, Contact, Opportunity
from dealflow.money import Money
from dealflow.requirements import Deed, Evidence
from dealflow.store.among import PICKED
from dealflow.store.conn import Conn
from dealflow.store.past import rows_at
from dealflow.store.scope import Scope
from dealflow.store.values import mapping

_DEAL = """
    SELECT o.created_at, o.stage_since, o.amount, o.currency, o.fields, o.account_id, o.contact_id,
           o.contact_id IS NOT NULL AS contact,
           o.account_id IS NOT NULL AS account,
           o.expected_close IS NOT NULL AS close,
           coalesce(o.source, a.source) IS NOT NULL AS source,
           EXISTS (SELECT 1 FROM opportunity_line l WHERE l.opportunity_id = o.id) AS product
    FROM opportunity o LEFT JOIN account a ON a.id = o.account_id WHERE o.id = :deal
"""
_FACTS = ("contact", "account", "close", "source", "product")
#: what happened with the deal, and with its customer and no deal of theirs in particular
_ACTIVITIES = """
    SELECT kind, at, outcome FROM activity WHERE opportunity_id = :deal
    UNION ALL SELECT kind, at, outcome FROM activity WHERE account_id = :account
    ORDER BY at
"""
_ROLES = """
    SELECT DISTINCT role FROM contact
    WHERE (account_id = :account OR id = :contact) AND role IS NOT NULL
"""


def evidence(conn: Conn, deal_id: int) -> Evidence:
    """What is filled in and what happened, as the file has it now. Errors: NotFound, Damaged.

    A source of the customer's counts for the deal, and so does what happened with the customer
    and no deal. What is dated after the instant of judgement is left to the judge.
    """
    found = conn.execute(_DEAL, {"deal": deal_id}).fetchone()
    if found is None:
        raise NotFound("deal", str(deal_id), hint="dealflow list shows the open ones")
    created_at, entered_at, amount, currency, fields, account, contact, *present = found
    return Evidence(
        created_at=created_at,
        entered_at=entered_at,
        present=frozenset(fact for fact, here in zip(_FACTS, present, strict=True) if here),
        fields=as_text(fields),
        roles=_roles(conn, account, contact),
        activities=tuple(_deeds(conn, deal_id, account)),
        amount=None if amount is None else Money(amount, currency),
        currency=currency,
    )


def _deeds(conn: Conn, deal: int, account: int | None) -> Iterator[Deed]:
    found = conn.execute(_ACTIVITIES, {"deal": deal, "account": account})
    return (Deed(*row) for row in found)


def _roles(conn: Conn, account: int | None, contact: int | None) -> frozenset[str]:
    found = conn.execute(_ROLES, {"account": account, "contact": contact})
    return frozenset(role for (role,) in found)


def as_it_was(
    conn: Conn, known: Evidence, deal: Opportunity, account: Account | None, now: int
) -> Evidence:
    """The evidence with what is filled in as these rows, read for an earlier instant, have it."""
    source = deal.source or (account and account.source)
    filled = {
        "contact": deal.contact_id,
        "account": deal.account_id,
        "close": deal.expected_close,
        "source": source,
    }
    present = {fact for fact, value in filled.items() if value is not None}
    return replace(
        known,
        present=frozenset(present | (known.present & {"product"})),
        fields=as_text(deal.fields),
        roles=_roles_then(conn, deal, now),
        activities=tuple(_deeds(conn, deal.id, deal.account_id)),
        amount=None if deal.amount is None else Money(deal.amount, deal.currency),
        currency=deal.currency,
    )


def _roles_then(conn: Conn, deal: Opportunity, now: int) -> frozenset[str]:
    people = [] if deal.contact_id is None else [deal.contact_id]
    if deal.account_id is not None:
        sql = "SELECT id FROM contact WHERE account_id = ?"
        people += [row[0] for row in conn.execute(sql, (deal.account_id,))]
    found = rows_at(conn, Contact, dict.fromkeys(people), now)
    return frozenset(person.role for person in found if person.role)


# ── of many deals, as of the scope's instant ──────────────────────────────────────────────────

#: columns that a scope for `of_many` must have
READS = (
    *("stage_since", "created_at", "account_id", "contact_id"),
    *("amount", "currency", "fields", "expected_close", "source"),
)
_MANY = """
    SELECT d.id, d.created_at, d.stage_since, d.amount, d.currency, d.fields, d.account_id,
        d.contact_id, d.contact_id IS NOT NULL, d.account_id IS NOT NULL,
        d.expected_close IS NOT NULL, d.source IS NOT NULL,
        EXISTS (SELECT 1 FROM {lines} l WHERE l.opportunity_id = d.id)
    FROM json_each(:ids) j CROSS JOIN deal d ON d.id = CAST(j.value AS BIGINT)
"""
_DEEDS = """
    SELECT a.{column}, a.kind, a.at, a.outcome FROM json_each(:ids) j
    CROSS JOIN activity a ON a.{column} = CAST(j.value AS BIGINT) AND a.at <= :now
"""


def of_many(about: Scope, ids: Sequence[int]) -> dict[int, Evidence]:
    """What is known of each of these deals, as of the scope's instant. Error: Damaged."""
    sql = _MANY.format(lines=about.table("opportunity_line", "opportunity_id"))
    asked = about.values | {"ids": json.dumps(list(ids))}
    found = about.conn.execute(about.sql(sql, among=PICKED), asked).fetchall()
    roles = Roles(about)
    own = _deeds_by(about, "account_id", {row[6] for row in found} - {None})
    deeds = _deeds_by(about, "opportunity_id", ids)
    return {
        row[0]: Evidence(
            created_at=row[1],
            entered_at=row[2],
            amount=None if row[3] is None else Money(row[3], row[4]),
            currency=row[4],
            fields=as_text(row[5]),
            roles=roles.of(row[6], row[7]),
            present=frozenset(f for f, here in zip(_FACTS, row[8:], strict=True) if here),
            activities=(*deeds.get(row[0], ()), *own.get(row[6], ())),
        )
        for row in found
    }


def _deeds_by(about: Scope, column: str, ids: Iterable[int]) -> dict[int | None, list[Deed]]:
    asked = {"ids": json.dumps(list(ids)), "now": about.now}
    found: dict[int | None, list[Deed]] = defaultdict(list)
    for whose, *deed in about.conn.execute(_DEEDS.format(column=column), asked):
        found[whose].append(Deed(*deed))
    return found


class Roles:
    """The roles of the people at each customer, and of each person, as of the scope's instant."""

    def __init__(self, about: Scope) -> None:
        table = about.table("contact", "account_id", "role")
        sql = about.sql(f"SELECT t.id, t.account_id, t.role FROM {table} t WHERE t.role <> ''")
        self.by_account: dict[int | None, set[str]] = defaultdict(set)
        self.by_person: dict[int | None, str] = {}
        for person, account, role in about.conn.execute(sql, about.values):
            self.by_account[account].add(role)
            self.by_person[person] = role

    def of(self, account: int | None, contact: int | None) -> frozenset[str]:
        """Those at a customer, and of a person who may be elsewhere."""
        own = {self.by_person[contact]} if contact in self.by_person else set()
        return frozenset(own | self.by_account.get(account, set()))


def as_text(stored: str) -> dict[str, str]:
    """Custom fields as what is written in them; an empty one is none. Error: Damaged."""
    return {name: _told(value) for name, value in mapping(stored).items() if value is not None}


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
