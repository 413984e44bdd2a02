"""Known deals and what a file says of them now: the differences, as edits and moves.

An empty cell says nothing. Edits and moves go through the actions, so they meet the same rules as
anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dealflow.actions import Actor, deals, moves
from dealflow.dates import day_of
from dealflow.errors import Refused
from dealflow.interchange.custom import filled_in
from dealflow.interchange.outcomes import Standing, Times
from dealflow.interchange.references import References
from dealflow.interchange.values import Moment, alike
from dealflow.model import LOST, OPEN, VOID, WON, Opportunity, Visit
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, Verb
from dealflow.store.known import matching, products_of
from dealflow.store.values import array

_CLOSING: dict[str, Verb] = {WON: "win", LOST: "lose", VOID: "void"}


class Update(NamedTuple):
    """What is to be done to a deal: `changes` as deals.edit takes them, then the rest."""

    deal_id: int
    changes: dict[str, Any]
    moves: tuple[moves.Told, ...]
    close: dict[str, Any]
    """Columns of the visit that closed it, where the file now says otherwise."""


@dataclass
class Updates:
    """Compares rows with deals, and brings the deals up to date."""

    by: Actor
    pipeline: PipelineSpec
    names: References
    why: str | None
    _products: dict[int, set[int]] = field(default_factory=dict)
    _closes: dict[int, Visit] = field(default_factory=dict)
    """By the id of a closed deal, the visit in which it was closed."""

    def prepare(self, known: Iterable[Opportunity]) -> None:
        """Look up what the comparison of these deals needs."""
        conn, found = self.by.book.conn, list(known)
        self._products = products_of(conn, [deal.id for deal in found]) if found else {}
        closed = [deal.id for deal in found if deal.status != OPEN]
        visits = matching(conn, Visit, "opportunity_id", closed) if closed else []
        visits.sort(key=lambda visit: visit.seq)
        self._closes = {visit.opportunity_id: visit for visit in visits}

    def plan(
        self, deal: Opportunity, values: dict[str, Any], standing: Standing, found: Times
    ) -> Update | None:
        """What differs; None where nothing does. Nothing is made for it yet."""
        if deal.pipeline_id != self.pipeline.id and standing.stage:
            raise Refused(f"deal {deal.id} is in another pipeline; --pipeline KEY says which")
        told = self._moves(deal, values, standing, found)
        changes = _plain(deal, values, found) | self._named(deal, values)
        corrects = deal.status != OPEN and standing.status in {None, deal.status}
        close = self._close(deal, values, found, changes.get("amount")) if corrects else {}
        return Update(deal.id, changes, told, close) if changes or told or close else None

    def apply(self, update: Update) -> None:
        """Make what is missing, edit, move. Errors: those of deals.edit and moves.move."""
        changes = self._made(update)
        if changes:
            deals.edit(self.by, update.deal_id, changes)
        for told in update.moves:
            moves.move(self.by, update.deal_id, told)
        if update.close:
            self._correct(update.deal_id, update.close)

    # ── edits ─────────────────────────────────────────────────────────────────────────────────

    def _named(self, deal: Opportunity, values: dict[str, Any]) -> dict[str, Any]:
        """Owner, customer, contact and products, where they are others than before."""
        names = self.names
        new: dict[str, Any] = {}
        account, owner, people = values.get("account"), values.get("owner"), values.get("contact")
        products = values.get("product")
        rep_id = names.rep(owner) if owner else deal.owner_id
        account_id = names.account(account) if account else deal.account_id
        if people and not (account or account_id):
            raise Refused("a contact belongs to a customer, and the deal has none")
        known = names.contact(account_id, people) if people else deal.contact_id
        wanted = [names.product(name) for name in products or ()]
        if rep_id != deal.owner_id:
            new["owner"] = owner
        if account and (account_id is None or account_id != deal.account_id):
            new["account"] = account
        if people and (known is None or known != deal.contact_id):
            new["contact"] = people
        ids = {product.id if product else 0 for product in wanted}
        if products and ids != self._products.get(deal.id, set()):
            new["product"] = products
        return new

    def _made(self, update: Update) -> dict[str, Any]:
        """The changes, once everybody and everything that they name is there."""
        names, new = self.names, dict(update.changes)
        if "owner" in new:
            new["owner"] = names.handles[names.make_rep(new["owner"])]
        if "product" in new:
            new["product"] = tuple(names.make_product(name).name for name in new["product"])
        if "account" in new:
            names.make_account(new["account"])
        if "contact" in new:
            deal = self.by.book.load(Opportunity, update.deal_id)
            at = names.make_account(new["account"]) if "account" in new else deal.account_id
            names.make_contact(at or 0, new["contact"])
        names.batch.flush()
        return new

    # ── moves ─────────────────────────────────────────────────────────────────────────────────

    def _moves(
        self, deal: Opportunity, values: dict[str, Any], standing: Standing, found: Times
    ) -> tuple[moves.Told, ...]:
        stage, status = standing
        at = self._moment(deal, found)
        if status is None or (status == deal.status and status != OPEN):
            return ()
        told: list[moves.Told] = []
        if deal.status != OPEN:
            told.append(self._told("reopen", at, to=stage.key if stage else None))
        elif stage and stage.id != deal.stage_id:
            ahead = stage.position > self.pipeline.by_id(deal.stage_id).position
            told.append(self._told("advance" if ahead else "back", at, to=stage.key))
        if status != OPEN:
            reason = values.get("reason") if status == LOST else None
            told.append(self._told(_CLOSING[status], at, reason=self._reason(reason)))
        return tuple(told)

    # ── how it was closed ─────────────────────────────────────────────────────────────────────

    def _close(
        self, deal: Opportunity, values: dict[str, Any], found: Times, amount: Money | None
    ) -> dict[str, Any]:
        """What the row knows otherwise about a close that stays what it is. Error: Refused."""
        visit = self._closes[deal.id]
        new: dict[str, Any] = {}
        if amount and not self.names.exact:  # which tells that of the close in its history
            kept = visit.amount if visit.currency == amount.currency else None
            new = {"end_amount": amount.minor, "currency": amount.currency, "amount": kept}
        if "reason" in values and deal.status == LOST:
            new["reason_id"] = self.names.reason(values["reason"]).id
        if found.closed:
            new["left_at"] = self._left_at(visit, found.closed)
        return {name: value for name, value in new.items() if value != getattr(visit, name)}

    def _left_at(self, visit: Visit, closed: Moment) -> int:
        """When it was closed; a bare day that is right already says nothing of the hour."""
        zone, left = self.by.db.zone, visit.left_at
        if not closed.exact and left is not None and day_of(left, zone) == closed.day:
            return left
        if closed.at >= visit.entered_at:
            return closed.at
        if closed.exact or day_of(visit.entered_at, zone) != closed.day:
            raise Refused(f"it was closed on {closed.day}, before it came to its last stage")
        return visit.entered_at

    def _correct(self, deal_id: int, close: dict[str, Any]) -> None:
        """Put right when, for how much or for what reason a deal was closed."""
        self.by.book.change(self._closes[deal_id], **close)
        if "left_at" in close:
            deal = self.by.book.load(Opportunity, deal_id)
            self.by.book.change(deal, closed_at=close["left_at"])

    def _told(
        self, verb: Verb, at: int | None, to: str | None = None, reason: str | None = None
    ) -> moves.Told:
        force = self.why is not None
        return moves.Told(verb=verb, to=to, reason=reason, at=at, force=force, why=self.why)

    def _reason(self, word: str | None) -> str | None:
        return self.names.reason(word).key if word else None

    def _moment(self, deal: Opportunity, found: Times) -> int | None:
        """When it was closed: of a bare day its start, but not before what the move follows."""
        if found.closed is None:
            return None
        since = deal.stage_since if deal.closed_at is None else deal.closed_at
        same_day = day_of(since, self.by.db.zone) == found.closed.day and not found.closed.exact
        return max(found.closed.at, since) if same_day else found.closed.at


def _plain(deal: Opportunity, values: dict[str, Any], found: Times) -> dict[str, Any]:
    """The columns that hold a value of their own, where the row has another one."""
    new: dict[str, Any] = {
        name: values[name]
        for name in ("title", "probability", "grade", "source")
        if name in values and not alike(getattr(deal, name), values[name])
    }
    amount = values.get("amount")
    if amount is not None and (deal.amount, deal.currency) != amount:
        new["amount"] = amount
    if found.expected and found.expected != deal.expected_close:
        new["close"] = date.fromisoformat(found.expected)
    if "tags" in values:
        tags = array(deal.tags)
        added = tuple(tag for tag in values["tags"] if not any(alike(one, tag) for one in tags))
        new |= {"tags": added} if added else {}
    code = new["amount"].currency if "amount" in new else deal.currency
    fields = filled_in(values, deal.fields, code)
    return new | ({"fields": fields} if fields else {})
