"""Made-up pasts, written straight into a database: whole histories in a few hundred milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from dealflow.model import Account, Activity, FollowUp, Opportunity, Rep, Visit
from dealflow.store.book import Author, Book, columns
from dealflow.store.database import Database

DAY = 86_400
NOW = 1_782_871_200  # 2026-07-01T10:00:00+08:00
BEGAN = NOW - 900 * DAY


class Made(NamedTuple):
    """A deal in the making; `stays` are (stage from 0, entered); `won` None: it is open."""

    created: int
    closed: int | None = None
    won: bool | None = None
    stays: tuple[tuple[int, int], ...] = ()
    did: tuple[tuple[str, int], ...] = ()
    plans: tuple[tuple[int, int | None], ...] = ()
    """When each was planned and done."""
    owner: int = 0
    facts: Mapping[str, Any] = MappingProxyType({})


def row(of: type, /, **values: Any) -> tuple[Any, ...]:
    return tuple(values.get(name, getattr(of, name, None)) for name in columns(of))


class World:
    """Fills a database that has the pipeline `en`. One customer for each deal."""

    def __init__(self, path: str, at: int = BEGAN) -> None:
        self.path, self.author = path, Author("li", "test", "test", at)

    def write(self, deals: list[Made], reps: int = 1) -> list[int]:
        """The numbers of the deals."""
        with closing(Database(self.path)) as db, db.writing(self.author) as book:
            self.stages = [
                stage
                for (stage,) in db.conn.execute(
                    "SELECT id FROM stage WHERE kind = 'open' ORDER BY pipeline_id, position"
                )
            ]
            self.reps = [1]
            for n in range(1, reps):
                self.reps.append(
                    book.add(Rep(uid=self._uid(90, n), handle=f"rep{n}", name=f"R{n}")).id
                )
            return self._deals(book, deals)

    @staticmethod
    def _uid(table: int, n: int) -> bytes:
        return bytes([table]) + n.to_bytes(15, "big")

    def _deals(self, book: Book, deals: list[Made]) -> list[int]:
        first = book.next_id(Opportunity)
        account = book.next_id(Account)
        ids = list(range(first, first + len(deals)))
        book.add_many(
            Account,
            [self._account(account + n, made) for n, made in enumerate(deals)],
        )
        book.add_many(
            Opportunity,
            [self._deal(n, account + n - first, made) for n, made in zip(ids, deals, strict=True)],
        )
        for kind, told in ((Visit, self._visits), (Activity, self._did), (FollowUp, self._plans)):
            start = book.next_id(kind)
            rows = [one for n, made in zip(ids, deals, strict=True) for one in told(n, made)]
            book.add_many(kind, [row(kind, id=start + at, **one) for at, one in enumerate(rows)])
        return ids

    def _account(self, n: int, made: Made) -> tuple[Any, ...]:
        told = {key: made.facts[key] for key in ("segment", "region") if key in made.facts}
        return row(Account, id=n, uid=self._uid(1, n), name=f"c{n}", folded=f"c{n}", **told)

    def _deal(self, n: int, account: int, made: Made) -> tuple[Any, ...]:
        told = {
            key: made.facts[key]
            for key in ("source", "grade", "amount", "fields")
            if key in made.facts
        }
        last = made.stays[-1]
        owner = self.reps[made.owner]
        return row(
            Opportunity,
            id=n,
            uid=self._uid(2, n),
            title=f"d{n}",
            folded=f"d{n}",
            account_id=account,
            owner_id=owner,
            first_owner_id=owner,
            pipeline_id=1,
            currency="CNY",
            stage_id=self.stages[last[0]],
            stage_since=last[1],
            closed_at=made.closed,
            status={None: "open", True: "won", False: "lost"}[made.won],
            created_at=made.created,
            **told,
        )

    def _visits(self, n: int, made: Made) -> list[dict[str, Any]]:
        found = []
        owner = self.reps[made.owner]
        for at, (stage, entered) in enumerate(made.stays):
            ends = at == len(made.stays) - 1
            left = made.closed if ends else made.stays[at + 1][1]
            to = None if ends else self.stages[made.stays[at + 1][0]]
            ending = {None: None, True: "won", False: "lost"}[made.won] if ends else "advanced"
            told = {
                "opportunity_id": n,
                "seq": at + 1,
                "stage_id": self.stages[stage],
                "owner_id": owner,
            }
            ended = {"left_at": left, "ending": ending, "to_stage_id": to}
            if ending:
                ended["end_owner_id"] = owner
            found.append({**told, **ended, "entered_at": entered, "currency": "CNY"})
        return found

    def _did(self, n: int, made: Made) -> list[dict[str, Any]]:
        return [
            {
                "uid": self._uid(3, n * 1000 + k),
                "opportunity_id": n,
                "kind": kind,
                "at": at,
                "rep_id": 1,
            }
            for k, (kind, at) in enumerate(made.did)
        ]

    def _plans(self, n: int, made: Made) -> list[dict[str, Any]]:
        return [
            {
                "uid": self._uid(4, n * 1000 + k),
                "opportunity_id": n,
                "due_day": "2026-01-01",
                "late_at": at + 9 * DAY,
                "what": "call",
                "rep_id": 1,
                "by_id": 1,
                "created_at": at,
                "done_at": done,
            }
            for k, (at, done) in enumerate(made.plans)
        ]


def lived(chance: Random, days: tuple[float, float], **more: Any) -> tuple[int, int]:
    """When a deal was created and when it ends, if it does by NOW."""
    created = NOW - int(chance.uniform(3, 800) * DAY)
    return created, created + int(chance.uniform(*days) * DAY)


def ended(made: Made, end: int, *, won: bool) -> Made:
    """The deal, closed at `end` where that is past."""
    return made._replace(closed=end, won=won) if end < NOW else made
