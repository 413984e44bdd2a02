"""What follows from a merge: plans of closed deals, deals of moved people, stages in one order."""

from __future__ import annotations

from collections.abc import Iterable

from dealflow import merging
from dealflow.merging import OURS, PATH, THEIRS, Plan, Stamp
from dealflow.model import WON, FollowUp, Opportunity, Stage
from dealflow.store.book import Book
from dealflow.store.merge.copies import Key
from dealflow.store.merge.pairing import Pairing
from dealflow.store.merge.pairs import Pair


def settle_plans(book: Book, pairing: Pairing) -> None:
    """Unfinished follow-ups stand as the path of their deal says, whichever side it came from."""
    plans = {p.key: p for p in pairing.pairs.values() if p.kind is FollowUp}
    moved = {p.key: p for p in pairing.pairs.values() if p.kind is Opportunity}
    for key in _deals(pairing, plans.values(), moved):
        deal_id = pairing.ours.find(key)
        if deal_id is None:  # all of it comes from the other side
            continue
        deal = book.find(Opportunity, id=deal_id)
        for row in book.where(FollowUp, opportunity_id=deal_id, done_at=None) if deal else ():
            if deal and (row.cancelled_at is None or merging.follows(row.__dict__)):
                pair = plans.get(("follow_up", pairing.same.of(row.uid)))
                held = _held(pairing, row, pair, _sides(moved.get(key)))
                new = merging.still_planned(held, row.created_at, deal.status, deal.closed_at)
                book.change(row, **new._asdict())


def _deals(pairing: Pairing, plans: Iterable[Pair], moved: dict[Key, Pair]) -> list[Key]:
    """The deals whose path or plans the merge touched."""
    found: dict[Key, None] = {}
    for pair in plans:
        copy, row = (pairing.ours, pair.ours) if pair.ours else (pairing.theirs, pair.theirs)
        deal = copy.key("opportunity", getattr(row, "opportunity_id", None))
        if deal is not None:
            found[deal] = None
    for key, pair in moved.items():
        if any(one.unit == PATH for one in pair.settled):
            found[key] = None
    return list(found)


def _sides(deal: Pair | None) -> tuple[str, ...]:
    """From which side the deal's path is: from both where it is the same."""
    won = next((one.won for one in deal.settled if one.unit == PATH), None) if deal else None
    return (won,) if won else (OURS, THEIRS)


def _held(
    pairing: Pairing, row: FollowUp, pair: Pair | None, sides: tuple[str, ...]
) -> Plan | None:
    """How the side of the path stores an unfinished follow-up; None where it does not."""
    mine = pair.ours if pair else row
    there = pairing.theirs.find(("follow_up", row.uid)) if pair is None else None
    theirs = pair.theirs if pair else next(iter(pairing.theirs.rows(FollowUp, [there or 0])), None)
    rows = {OURS: mine, THEIRS: theirs}
    found = [one for side in sides if isinstance(one := rows[side], FollowUp)]
    open_there = [
        one
        for one in found
        if one.done_at is None and (one.cancelled_at is None or merging.follows(one.__dict__))
    ]
    open_there.sort(key=lambda one: one.cancelled_at is None)
    first = open_there[0] if open_there else None
    return Plan(first.cancelled_at, first.cancelled_why) if first else None


def settle_contacts(book: Book) -> None:
    """A deal goes with its contact, whom a merge of customers on one side took elsewhere.

    It follows from the two rows, so that every copy that knows both comes to the same.
    """
    sql = (
        "SELECT o.id, c.account_id FROM opportunity o JOIN contact c ON c.id = o.contact_id"
        " WHERE c.account_id IS NOT o.account_id ORDER BY o.id"
    )
    for deal, account in book.conn.execute(sql).fetchall():
        book.change(book.load(Opportunity, deal), account_id=account)


def settle_order(book: Book, pairing: Pairing) -> list[tuple[int, Stamp]]:
    """Number the stages of a pipeline anew where both sides put one at the same place."""
    uid = book.conn.execute("SELECT uid FROM command WHERE id = ?", (book.command,)).fetchone()[0]
    touched = {p.key for p in pairing.pairs.values() if p.kind is Stage}
    lines = {row.pipeline_id for row in book.where(Stage) if ("stage", row.uid) in touched}
    noted = []
    for line in sorted(lines):
        rows = book.where(Stage, pipeline_id=line)
        if len({row.position for row in rows}) == len(rows):
            continue
        rows.sort(key=lambda row: (row.kind == WON, row.position, row.key))
        for place, row in enumerate(rows, 1):
            if row.position != place:
                book.change(row, position=place)
                noted.append((row.id, Stamp(book.now, uid)))
    return noted
