"""The people around a deal: who takes part in it, and who takes it over."""

from __future__ import annotations

from collections.abc import Sequence

from dealflow.actions import Actor, Done, lookup, together
from dealflow.actions.activities import open_plans
from dealflow.errors import ClosedDeal, NotFound, Refused
from dealflow.model import OPEN, Account, Opportunity, Participant, Rep
from dealflow.text import tidy


def join(by: Actor, deal_ids: Sequence[int], rep: str, role: str) -> Done:
    """Have a rep take part in deals, in a role; who takes part already gets the new role."""
    return together("opportunity", (_join(by, deal_id, rep, role) for deal_id in deal_ids))


def _join(by: Actor, deal_id: int, word: str, role: str) -> Done:
    deal, rep = lookup.deal(by, deal_id), lookup.rep(by, word)
    named = tidy(role, "the role", 100)
    if rep.id == deal.owner_id:
        raise Refused(f"{rep.name} owns deal {deal.id} ({deal.title})")
    if not rep.active:
        raise Refused(f"{rep.name} is not in the team any more", f"dealflow reps edit {rep.handle}")
    row = by.book.find(Participant, opportunity_id=deal.id, rep_id=rep.id)
    if row is None:
        by.book.add(Participant(opportunity_id=deal.id, rep_id=rep.id, role=named))
    else:
        by.book.change(row, role=named)
    if row is None or row.role != named:
        by.book.count_edit(deal)
    told = f"{rep.name} takes part in deal {deal.id} {deal.title}: {named}"
    return Done("opportunity", (deal.id,), (told,))


def leave(by: Actor, deal_ids: Sequence[int], rep: str) -> Done:
    """Have a rep take no more part in deals. Their open plans there stay, and are told."""
    return together("opportunity", (_leave(by, deal_id, rep) for deal_id in deal_ids))


def _leave(by: Actor, deal_id: int, word: str) -> Done:
    deal, rep = lookup.deal(by, deal_id), lookup.rep(by, word)
    row = by.book.find(Participant, opportunity_id=deal.id, rep_id=rep.id)
    if row is None:
        hint = f"dealflow show {deal.id}"
        raise NotFound("participant", f"{rep.handle} in deal {deal.id}", hint=hint)
    by.book.remove(row)
    by.book.count_edit(deal)
    left = [str(plan.id) for plan in open_plans(by, deal) if plan.rep_id == rep.id]
    told = [f"{rep.name} takes no more part in deal {deal.id} {deal.title}"]
    if left:
        told.append(f"still planned for {rep.name}: {', '.join(left)}; dealflow cancel or done")
    return Done("opportunity", (deal.id,), tuple(told))


def hand_over_all(by: Actor, deal_ids: Sequence[int], old: str, new: str, accounts: bool) -> Done:
    """Give open deals of one rep to another, with what is planned; `accounts`: customers too.

    Stages, history, closed deals and who is credited for them stay as they are. Errors: Refused
    where both are one, or the new owner has left.
    """
    giver, taker = lookup.rep(by, old), lookup.rep(by, new)
    if giver.id == taker.id:
        raise Refused(f"{giver.name} has them already")
    if not taker.active:
        raise Refused(f"{taker.name} is not in the team any more", "dealflow reps list")
    deals = [deal for one in deal_ids if (deal := lookup.deal(by, one)).owner_id == giver.id]
    done = together("opportunity", (hand_over(by, deal, taker) for deal in deals))
    said = list(done.said) or [f"no open deal of {giver.name} is among them"]
    if accounts:
        said.append(_customers(by, giver, taker))
    return done._replace(said=tuple(said))


def hand_over(by: Actor, deal: Opportunity, new: Rep) -> Done:
    """A new owner takes the old owner's open plans along; who took part owns, and no more."""
    if deal.status != OPEN:
        raise ClosedDeal(
            f"deal {deal.id} ({deal.title})", deal.status, f"dealflow reopen {deal.id}"
        )
    moved = move_plans(by, deal, new)
    by.book.change(deal, owner_id=new.id)
    plans = f" with {moved} planned follow-up{'s' * (moved != 1)}" if moved else ""
    told = f"deal {deal.id} {deal.title} is {new.name}'s now{plans}"
    return Done("opportunity", (deal.id,), (told,))


def move_plans(by: Actor, deal: Opportunity, new: Rep) -> int:
    """What is planned for the owner is planned for `new` from here on: how many plans.

    Who owns a deal takes no part in it beside that.
    """
    plans = [row for row in open_plans(by, deal) if row.rep_id == deal.owner_id]
    for row in plans:
        by.book.change(row, rep_id=new.id)
    for part in by.book.where(Participant, opportunity_id=deal.id, rep_id=new.id):
        by.book.remove(part)
    return len(plans)


def _customers(by: Actor, giver: Rep, taker: Rep) -> str:
    rows = by.book.where(Account, owner_id=giver.id)
    for row in rows:
        by.book.change(row, owner_id=taker.id)
    return f"{len(rows)} customer{'s' * (len(rows) != 1)} moved to {taker.name}"
