"""What a file says is to be done: tasks that are open, and the next date of what was logged.

They become planned follow-ups of a deal. One that something logged on the deal came after was done
by it; one of a deal that is closed by now is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dealflow import followups
from dealflow.actions import Actor
from dealflow.actions.bulk import Batch
from dealflow.interchange.tallies import Tallies
from dealflow.interchange.values import Moment
from dealflow.model import CONTACT_KINDS, OPEN, Activity, FollowUp, Opportunity
from dealflow.store.known import matching
from dealflow.text import tidy

_CHUNK = 500


@dataclass
class Plans:
    """Takes plans in; `finish` sees which of them were done since."""

    by: Actor
    batch: Batch
    tallies: Tallies
    _there: dict[str, FollowUp] = field(default_factory=dict)
    _new: dict[str, int] = field(default_factory=dict)
    """By external id, the deal of each plan of this file."""

    def prepare(self, external_ids: Iterable[str]) -> None:
        """Look up which plans are there already."""
        told = [one for key in external_ids for one in (key, f"{key}:next")]
        rows = matching(self.by.book.conn, FollowUp, "external_id", told) if told else []
        self._there = {str(row.external_id): row for row in rows}

    def put(self, key: str, deal: Opportunity, row: dict[str, Any], due: Moment) -> None:
        """Plan what the row says: `what`, `kind`, `channel`, `rep_id`, `since` when it was said."""
        tally = self.tallies.of("follow-ups")
        day, instant = due.day.isoformat(), due.at if due.exact else None
        late = followups.late_at(due.day, instant, self.by.db.zone)
        when = {"due_day": day, "due_at": instant, "late_at": late}
        there = self._there.get(key)
        if there is not None:
            moved = there.done_at is None and there.cancelled_at is None and not there.snoozed
            if moved and (there.due_day, there.due_at) != (day, instant):
                self.by.book.change(there, **when)
                tally.updated += 1
            else:
                tally.unchanged += 1
            return
        ended = {}
        if deal.status != OPEN:
            at = max(deal.closed_at or self.by.now, row["since"])
            ended = {"cancelled_at": at, "cancelled_why": f"deal {deal.status}"}
            self.tallies.remark("plan_of_closed")
        self.batch.put(
            FollowUp,
            opportunity_id=deal.id,
            **when,
            what=tidy(row["what"], "what is planned"),
            kind=row["kind"],
            rep_id=row["rep_id"],
            by_id=self.by.me.id,
            created_at=row["since"],
            external_id=key,
            **ended,
        )
        self._new[key] = deal.id
        tally.created += 1

    def done_by(self, key: str, activity_id: int, at: int) -> None:
        """What was planned under this id has been done."""
        there = self._there.get(key)
        if there is not None and there.done_at is None and there.cancelled_at is None:
            self.batch.flush()
            done = {"done_at": max(at, there.created_at), "activity_id": activity_id}
            self.by.book.change(there, **done)
            self.tallies.of("follow-ups").updated += 1

    def finish(self) -> None:
        """A plan that a contact on its deal came after was done by the first such contact."""
        deals = sorted(set(self._new.values()))
        for start in range(0, len(deals), _CHUNK):
            self._settle(deals[start : start + _CHUNK])

    def _settle(self, deals: list[int]) -> None:
        conn = self.by.book.conn
        contacts: dict[int | None, list[tuple[int, int]]] = {}
        for one in matching(conn, Activity, "opportunity_id", deals):
            if one.kind in CONTACT_KINDS or one.kind == "note":
                contacts.setdefault(one.opportunity_id, []).append((one.at, one.id))
        for plan in matching(conn, FollowUp, "opportunity_id", deals):
            if plan.external_id not in self._new or plan.done_at or plan.cancelled_at:
                continue
            later = [
                told for told in contacts.get(plan.opportunity_id, ()) if told[0] > plan.created_at
            ]
            if later:
                at, activity = min(later)
                self.by.book.change(plan, done_at=at, activity_id=activity)
                self.tallies.remark("plan_done")
