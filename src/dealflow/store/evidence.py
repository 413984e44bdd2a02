"""What is known of a deal, as its stages' requirements judge it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dealflow.errors import NotFound
from dealflow.model import Account, Opportunity
from dealflow.money import Money
from dealflow.requirements import Evidence
from dealflow.store.conn import Conn
from dealflow.store.values import mapping

_DEAL = """
    SELECT o.created_at, o.amount, o.currency, o.fields,
           o.contact_id IS NOT NULL AS contact,
           o.account_id IS NOT NULL AS account,
           o.expected_close IS NOT NULL AS close,
           coalesce(o.source, a.source) IS NOT NULL AS source,
           EXISTS (SELECT 1 FROM opportunity_line l WHERE l.opportunity_id = o.id) AS product
    FROM opportunity o LEFT JOIN account a ON a.id = o.account_id WHERE o.id = :deal
"""
_FACTS = ("contact", "account", "close", "source", "product")
_ACTIVITIES = "SELECT kind, at FROM activity WHERE opportunity_id = :deal ORDER BY at, id"


def evidence(conn: Conn, deal_id: int) -> Evidence:
    """What is filled in and what happened, as the file has it now. Errors: NotFound, Damaged.

    A source of the customer's counts for the deal. What is dated after the instant of judgement is
    left to the judge.
    """
    found = conn.execute(_DEAL, {"deal": deal_id}).fetchone()
    if found is None:
        raise NotFound("deal", str(deal_id), hint="dealflow list shows the open ones")
    created_at, amount, currency, fields, *present = found
    return Evidence(
        created_at=created_at,
        present=frozenset(fact for fact, here in zip(_FACTS, present, strict=True) if here),
        fields=_as_text(mapping(fields)),
        activities=tuple(conn.execute(_ACTIVITIES, {"deal": deal_id})),
        amount=None if amount is None else Money(amount, currency),
    )


def as_it_was(known: Evidence, deal: Opportunity, account: Account | None) -> Evidence:
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
        fields=_as_text(mapping(deal.fields)),
        amount=None if deal.amount is None else Money(deal.amount, deal.currency),
    )


def _as_text(fields: dict[str, Any]) -> dict[str, str]:
    """Custom fields as what is written in them; an empty one is none."""
    return {name: str(value) for name, value in fields.items() if value is not None}
