"""Adding and editing opportunities; handing them over is an edit of the owner."""

from __future__ import annotations

import json
from dataclasses import field
from datetime import date
from typing import Any

from dealflow.actions import Actor, Done, lookup, routing
from dealflow.actions.activities import Plan, plan
from dealflow.actions.filling import fill
from dealflow.actions.moves import requirements_met
from dealflow.actions.onentry import plan_entry
from dealflow.actions.team import move_plans
from dealflow.errors import AlreadyExists, IllegalMove, NotFound, Refused, UsageError, nearest
from dealflow.frozen import Frozen
from dealflow.model import Account, Contact, Opportunity, OpportunityLine, Visit
from dealflow.money import Money, shown
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.values import array
from dealflow.text import fold, tidy


class NewDeal(Frozen):
    """What is said of a new opportunity; names are resolved when it is added."""

    title: str
    account: str | None = None
    contact: str | None = None
    owner: str | None = None
    amount: Money | None = None
    close: date | None = None
    probability: float | None = None
    grade: str | None = None
    source: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    products: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    external_id: str | None = None
    at: int | None = None
    """When it was created; now if None."""
    new_account: bool = False
    """Whether an unknown customer is created even where one with a like name exists."""
    force: bool = False
    why: str | None = None
    next: Plan | None = None
    """The first follow-up."""
    plans: bool = True
    """Whether what its stage plans on entry is planned."""


def add(by: Actor, new: NewDeal) -> Done:
    """Store a new opportunity and its first visit. Requirements of its stage must hold."""
    account, said = _account(by, new)
    pipeline, why = routing.pipeline_for(by, new.pipeline, new.products, account)
    stage = _first_stage(pipeline, new.stage)
    owner = lookup.rep(by, new.owner) if new.owner else by.me
    at = _created(by, new)
    _must_be_free(by, new.external_id)
    currency = new.amount.currency if new.amount else by.db.currency
    filled = fill(by, "opportunity", None, new.fields, currency)
    deal = by.book.add(
        Opportunity(
            title=tidy(new.title, "the title", 500),
            folded=fold(new.title),
            account_id=account.id if account else None,
            owner_id=owner.id,
            first_owner_id=owner.id,
            pipeline_id=pipeline.id,
            stage_id=stage.id,
            amount=new.amount.minor if new.amount else None,
            currency=currency,
            probability=new.probability,
            expected_close=new.close.isoformat() if new.close else None,
            source=_words(new.source, "the source"),
            grade=lookup.grade(new.grade) if new.grade else None,
            tags=json.dumps([tidy(tag, "a tag", 100) for tag in new.tags], ensure_ascii=False),
            fields=filled.kept,
            external_id=new.external_id,
            created_at=at,
            stage_since=at,
        )
    )
    deal, more = _attach(by, deal, new)
    forced = requirements_met(by, deal, pipeline, stage, force=new.force, why=new.why)
    by.book.add(_first_visit(deal, at, new.why if forced else None))
    planned = plan(by, deal.id, new.next).said if new.next else ()
    planned += plan_entry(by, deal, stage, at) if new.plans else ()
    told = (*said, *more, *why, *filled.said, _added(deal, stage, account), *planned)
    return Done("opportunity", (deal.id,), told)


def _must_be_free(by: Actor, external_id: str | None, own: int = 0) -> None:
    """An id from outside names one deal. Error: AlreadyExists."""
    other = by.book.find(Opportunity, external_id=external_id) if external_id else None
    if other is not None and other.id != own:
        raise AlreadyExists(
            "a deal with external id", str(external_id), f"dealflow show {other.id}"
        )


def _first_visit(deal: Opportunity, at: int, why: str | None) -> Visit:
    return Visit(
        opportunity_id=deal.id,
        seq=1,
        stage_id=deal.stage_id,
        owner_id=deal.owner_id,
        amount=deal.amount,
        currency=deal.currency,
        entered_at=at,
        entry_why=why,
    )


def _added(deal: Opportunity, stage: StageSpec, account: Account | None) -> str:
    parts = [f"added deal {deal.id} {deal.title}", account.name if account else "", stage.name]
    if deal.amount is not None:
        parts.append(shown(Money(deal.amount, deal.currency)))
    return " · ".join(part for part in parts if part)


def _first_stage(pipeline: PipelineSpec, word: str | None) -> StageSpec:
    stage = pipeline.stage(word) if word else pipeline.open_stages[0]
    if stage not in pipeline.open_stages:
        raise IllegalMove(f"a new deal cannot start in {stage.name}", pipeline.keys_told())
    return stage


def _created(by: Actor, new: NewDeal) -> int:
    if new.at is not None and new.at > by.now:
        hint = "--at is for what has happened: --at yesterday"
        raise Refused(f"deal '{new.title}' cannot have been created in the future", hint)
    return by.now if new.at is None else new.at


def _account(by: Actor, new: NewDeal) -> tuple[Account | None, tuple[str, ...]]:
    if not new.account:
        return None, ()
    try:
        return lookup.account(by, new.account), ()
    except NotFound as unknown:
        known = [row.name for row in by.book.where(Account)] if not new.new_account else []
        near = nearest(new.account, known)
        if near:
            hint = f'did you mean "{near}"? a customer of that very name: add --new-account'
            raise NotFound("customer", new.account, hint=hint) from unknown
    name = tidy(new.account, "the customer's name", 300)
    account = by.book.add(Account(name=name, folded=fold(name), owner_id=by.me.id))
    return account, (f"new customer {name}",)


def _attach(by: Actor, deal: Opportunity, new: NewDeal) -> tuple[Opportunity, tuple[str, ...]]:
    """The contact and the products, which need the deal's customer and id."""
    said: tuple[str, ...] = ()
    if new.contact:
        if deal.account_id is None:
            raise _no_customer(f'dealflow add … --account NAME --contact "{new.contact}"')
        person, said = _contact(by, deal, new.contact)
        deal = by.book.change(deal, contact_id=person.id)
    for name in new.products:
        _add_line(by, deal, name)
    return deal, said


def _contact(by: Actor, deal: Opportunity, name: str) -> tuple[Contact, tuple[str, ...]]:
    """The person at the deal's customer; somebody new is added."""
    if deal.account_id is None:
        raise _no_customer(f'dealflow edit {deal.id} --account NAME --contact "{name}"')
    try:
        return lookup.contact(by, deal.account_id, name), ()
    except NotFound:
        tidied = tidy(name, "the contact's name", 300)
        new = Contact(account_id=deal.account_id, name=tidied, folded=fold(tidied))
        return by.book.add(new), (f"new contact {tidied}",)


def _no_customer(hint: str) -> Refused:
    return Refused("a contact belongs to a customer, and this deal has none", hint)


def _add_line(by: Actor, deal: Opportunity, name: str) -> None:
    product = lookup.product(by, name)
    price = product.price if product.currency == deal.currency else None
    line = OpportunityLine(opportunity_id=deal.id, product_id=product.id, price=price)
    by.book.add(line)


# ── editing ───────────────────────────────────────────────────────────────────────────────────

#: what `edit` can set to a value, or to None
SIMPLE = ("title", "amount", "close", "probability", "grade", "source", "external_id")
EDITABLE = (*SIMPLE, "account", "contact", "owner", "product", "tags", "fields")


def edit(by: Actor, deal_id: int, changes: dict[str, Any]) -> Done:
    """Set what `changes` names (see EDITABLE); None clears. Open and closed deals alike.

    Errors: NotFound, UsageError.
    """
    deal = lookup.deal(by, deal_id)
    if not changes:
        raise UsageError("nothing to change", f"dealflow edit {deal_id} --help")
    said: list[str] = []
    before = deal
    simple = _simple(deal, changes)
    named = [name for name in changes if name != "fields"]
    if "fields" in changes:
        code = simple.get("currency", deal.currency)
        filled = fill(by, "opportunity", deal.fields, changes["fields"], code)
        simple["fields"] = filled.kept
        said += filled.said
        named += filled.names
    if "external_id" in simple:
        _must_be_free(by, simple["external_id"], deal.id)
    deal = by.book.change(deal, **simple)
    if "account" in changes:
        deal = _set_account(by, deal, changes["account"])
    if changes.get("contact"):
        person, told = _contact(by, deal, changes["contact"])
        said += told
        deal = by.book.change(deal, contact_id=person.id)
    elif "contact" in changes:
        deal = by.book.change(deal, contact_id=None)
    if changes.get("owner"):
        deal, told = _hand_over(by, deal, changes["owner"])
        said += told
    if "product" in changes:
        _set_products(by, deal, changes["product"])
    unchanged = deal == before and not by.book.changed
    told_end = "is as it was" if unchanged else "changed: " + ", ".join(named)
    said.append(f"deal {deal.id} {deal.title} {told_end}")
    return Done("opportunity", (deal.id,), tuple(said))


def _simple(deal: Opportunity, changes: dict[str, Any]) -> dict[str, Any]:
    """The columns that hold a value of their own."""
    new: dict[str, Any] = {}
    for name in SIMPLE:
        if name in changes:
            new |= _column(name, changes[name])
    if "tags" in changes:
        new["tags"] = json.dumps(_tags(array(deal.tags), changes["tags"]), ensure_ascii=False)
    return new


def _column(name: str, value: Any) -> dict[str, Any]:
    match name:
        case "title":
            title = tidy(value or "", "the title", 500)
            return {"title": title, "folded": fold(title)}
        case "amount":
            if value is None:
                return {"amount": None}
            return {"amount": value.minor, "currency": value.currency}
        case "close":
            return {"expected_close": value.isoformat() if value else None}
        case "grade":
            return {"grade": lookup.grade(value) if value else None}
        case "source":
            return {"source": _words(value, "the source")}
        case _:
            return {name: value}


def _tags(old: list[str], words: tuple[str, ...]) -> list[str]:
    """`vip` adds a tag, `-vip` takes it off."""
    tags = list(old)
    for word in words:
        if word.startswith("-"):
            tags = [tag for tag in tags if tag != word[1:]]
        elif word not in tags:
            tags.append(tidy(word, "a tag", 100))
    return tags


def _words(value: str | None, what: str) -> str | None:
    return tidy(value, what, 200) if value else None


def _set_account(by: Actor, deal: Opportunity, name: str | None) -> Opportunity:
    account = lookup.account(by, name) if name else None
    changed = by.book.change(deal, account_id=account.id if account else None)
    if changed.account_id != deal.account_id:  # a contact of the old customer is nobody's there
        changed = by.book.change(changed, contact_id=None)
    return changed


def _set_products(by: Actor, deal: Opportunity, names: tuple[str, ...]) -> None:
    """Make the deal's products exactly these; lines that stay keep quantity and price."""
    wanted = {lookup.product(by, name).id: name for name in names}
    gone = [
        line
        for line in by.book.where(OpportunityLine, opportunity_id=deal.id)
        if wanted.pop(line.product_id, None) is None
    ]
    for line in gone:
        by.book.remove(line)
    for name in wanted.values():
        _add_line(by, deal, name)
    if gone or wanted:
        by.book.count_edit(deal)


def _hand_over(by: Actor, deal: Opportunity, name: str) -> tuple[Opportunity, tuple[str, ...]]:
    """A new owner takes the old owner's open plans along; stage and history stay as they are."""
    new = lookup.rep(by, name)
    if new.id == deal.owner_id:
        return deal, ()
    moved = move_plans(by, deal, new)
    told = (f"{moved} planned follow-up{'s' * (moved != 1)} moved to {new.name}",)
    return by.book.change(deal, owner_id=new.id), told if moved else ()
