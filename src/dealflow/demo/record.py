"""Writes the story down: every step through the action that a person would have used.

One transaction, one journal entry for each command, dated when it was given. So the sample has a
past like any other database: `--as-of`, `history` and `undo` work on it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from dealflow.actions import Actor, Done, activities, deals, moves
from dealflow.actions.activities import Happened, Plan
from dealflow.actions.deals import NewDeal
from dealflow.actions.moves import Told
from dealflow.demo.hours import Hours
from dealflow.demo.steps import Edit, Finish, GiveUp, Office, Snooze, Step
from dealflow.demo.words import words
from dealflow.model import FollowUp, Rep
from dealflow.store.book import Author, Book
from dealflow.store.database import Database


class _InTheMaking(Database):
    """A database whose only transaction is the one that makes it."""

    def __init__(self, book: Book) -> None:  # the connection is there already
        self.path, self.conn = book.conn.path, book.conn
        self._settings = None


class Recorder:
    """Plays steps in order of time into a book."""

    def __init__(self, book: Book, hours: Hours) -> None:
        self.book, self.hours = book, hours
        self.db = _InTheMaking(book)
        self.reps: dict[str, Rep] = {}
        self.deals: dict[int, int] = {0: 0}
        """The id that each deal of the story got."""

    def play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._play(step)

    def _play(self, step: Step) -> None:
        deal = self.deals.get(step.deal, 0)
        plan = self._open_plan(deal) if isinstance(step.what, Finish | Snooze | GiveUp) else 0
        if isinstance(step.what, Finish) and not plan:
            step.what = step.what.what
        typed = words(step.what, deal, plan)
        at = self.hours.instant(step.at)
        self.book.begin(Author(step.who, typed[0], shlex.join(["dealflow", *typed]), at))
        done = _act(Actor(self.db, self.book, self._rep(step.who)), step, deal, plan)
        if isinstance(step.what, NewDeal):
            self.deals[step.deal] = done.ids[0]

    def _rep(self, handle: str) -> Rep:
        if handle not in self.reps:
            found = self.book.find(Rep, handle=handle)
            assert found is not None, handle
            self.reps[handle] = found
        return self.reps[handle]

    def _open_plan(self, deal: int) -> int:
        found = self.book.find(FollowUp, opportunity_id=deal, done_at=None, cancelled_at=None)
        return found.id if found else 0


def _act(by: Actor, step: Step, deal: int, plan: int) -> Done:
    match step.what:
        case NewDeal():
            return deals.add(by, step.what)
        case Happened():
            return activities.log(by, deal, step.what)
        case Finish(what):
            return activities.done(by, plan, what)
        case Plan():
            return activities.plan(by, deal, step.what)
        case Snooze(until):
            return activities.snooze(by, plan, until)
        case GiveUp(why):
            return activities.cancel(by, plan, why)
        case Edit(changes):
            return deals.edit(by, deal, changes)
        case Told():
            return moves.move(by, deal, step.what)
        case Office():
            return step.what.act(by)
