"""Made-up pipelines of any size: seeded, written straight into a new database through the book."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any

from dealflow import pipelines
from dealflow.actions.pipelines import install
from dealflow.frozen import Frozen
from dealflow.model import (
    Account,
    Activity,
    Contact,
    FollowUp,
    Opportunity,
    OpportunityLine,
    Product,
    Rep,
    Row,
    Setting,
    Visit,
)
from dealflow.stages import PipelineSpec
from dealflow.store import schema
from dealflow.store.book import Author, Book, columns

#: raise it when other rows are made, so that kept databases are made again
EDITION = "2"
OUT = Path(__file__).parent / "out"

NOW = int(datetime(2026, 7, 1, 2, tzinfo=UTC).timestamp())
"""A Wednesday, ten in the morning in Shanghai."""
DAY = 86_400
_SHANGHAI = 8 * 3600
_YEARS = 3 * 365 * DAY
REPS, FOLLOW_UPS, ACTIVITIES = 200, 10, 10
PLANNED = 6
"""How many activities had been planned; other follow-ups were given up, or are to come."""
_KINDS = ("call", "call", "visit", "meeting", "email", "message", "demo", "quote", "note")
_CHUNK = 5000
"""Deals that are written at a time."""


class Shape:
    """Makes whole rows of a kind from the columns named here; the others keep their defaults."""

    def __init__(self, kind: type[Row], *given: str) -> None:
        names = columns(kind)
        missing = set(names) - set(given)
        self.kind = kind
        self.rest = tuple(getattr(kind, name) for name in names if name in missing)
        order = [*given, *(name for name in names if name in missing)]
        self.arrange = itemgetter(*(order.index(name) for name in names))

    def row(self, *values: Any) -> tuple[Any, ...]:
        return self.arrange((*values, *self.rest))  # type: ignore[no-any-return]


_ACCOUNT = Shape(
    Account, *("id", "uid", "name", "folded", "grade", "segment", "region", "source", "owner_id")
)
_CONTACT = Shape(Contact, "id", "uid", "account_id", "name", "folded", "phone")
_DEAL = Shape(
    Opportunity,
    *("id", "uid", "title", "folded", "account_id", "contact_id", "owner_id", "first_owner_id"),
    *("pipeline_id", "stage_id", "status", "amount", "currency", "expected_close", "fields"),
    *("created_at", "stage_since", "closed_at"),
)
_LINE = Shape(OpportunityLine, "id", "opportunity_id", "product_id", "price")
_VISIT = Shape(
    Visit,
    *("id", "opportunity_id", "seq", "stage_id", "owner_id", "amount", "currency", "entered_at"),
    *("left_at", "ending", "to_stage_id", "end_owner_id", "end_amount", "reason_id"),
)
_ACTIVITY = Shape(Activity, "id", "uid", "opportunity_id", "contact_id", "kind", "at", "rep_id")
_FOLLOW_UP = Shape(
    FollowUp,
    *("id", "uid", "opportunity_id", "due_day", "late_at", "what", "kind", "rep_id", "by_id"),
    *("created_at", "done_at", "activity_id", "cancelled_at", "cancelled_why"),
)


def database(deals: int) -> Path:
    """A database with so many opportunities; made once for each schema, and kept.

    Another process makes it: this one has to stay small, else what it starts is slow to start.
    """
    words = [sys.executable, "-m", "bench.generate", str(deals)]
    done = subprocess.run(words, cwd=OUT.parent.parent, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return Path(done.stdout.decode().strip())


def _database(deals: int) -> Path:
    made_from = "\n".join([EDITION, *schema.ddl()]).encode()
    path = OUT / f"{deals}-{sha256(made_from).hexdigest()[:8]}.db"
    if not path.exists():
        OUT.mkdir(exist_ok=True)
        author = Author("rep1", "bench", f"bench {deals}", NOW - 3600)
        schema.create(str(path), author, _Maker(deals).fill)
    return path


class _Life(Frozen):
    """What becomes of one deal: its stays as (stage, entered, left, ending), and how it stands."""

    stays: tuple[tuple[int, int, int | None, str | None], ...]
    status: str
    closed_at: int | None


class _Maker:
    """Fills a new database. Ids are consecutive from 1, in the order in which rows are written."""

    def __init__(self, deals: int) -> None:
        self.deals = deals
        self.accounts = max(20, deals // 2)
        self.chance = Random(deals)  # noqa: S311 made-up data
        self.days = [_day(NOW - _YEARS + n * DAY) for n in range(2 * _YEARS // DAY)]
        self.next = {"visit": 1, "activity": 1, "follow_up": 1}
        self.uids = 0
        self.spec: PipelineSpec

    def fill(self, book: Book) -> None:
        book.conn.execute("PRAGMA cache_size=-300000")
        values = {"timezone": "Asia/Shanghai", "currency": "CNY", "pipeline": "en"}
        for key, value in values.items():
            book.add(Setting(key=key, value=value))
        for n in range(1, REPS + 1):
            book.add(Rep(handle=f"rep{n}", name=f"Rep {n}", team=f"Team {n % 10}"))
        self.spec = install(book, pipelines.template("en"))
        for n in range(1, 21):
            book.add(Product(name=f"Product {n}", folded=f"product {n}"))
        book.add_many(Account, [self._account(n) for n in range(1, self.accounts + 1)])
        book.add_many(Contact, [self._contact(n) for n in range(1, self.accounts + 1)])
        for first in range(1, self.deals + 1, _CHUNK):
            self._deals(book, range(first, min(first + _CHUNK, self.deals + 1)))

    def _uid(self) -> bytes:
        """Ascending, as a UUIDv7 is."""
        self.uids += 1
        return self.uids.to_bytes(16, "big")

    def _account(self, n: int) -> tuple[Any, ...]:
        pick = self.chance.choice
        name = f"{pick(_PLACES)} {pick(_TRADES)} {n}"
        told = (pick(("A", "B", "B", "C", None)), pick(_SEGMENTS), pick(_PLACES), pick(_SOURCES))
        return _ACCOUNT.row(n, self._uid(), name, name.lower(), *told, 1 + n % REPS)

    def _contact(self, n: int) -> tuple[Any, ...]:
        return _CONTACT.row(n, self._uid(), n, f"Person {n}", f"person {n}", f"138{n:08}")

    def _deals(self, book: Book, ids: Sequence[int]) -> None:
        deals, lines = [], []
        visits: list[tuple[Any, ...]] = []
        activities: list[tuple[Any, ...]] = []
        follow_ups: list[tuple[Any, ...]] = []
        for n in ids:
            life = self._life()
            deal = self._deal(n, life)
            deals.append(_DEAL.row(*deal))
            lines.append(_LINE.row(n, n, 1 + n % 20, deal[11]))
            visits += self._visits(n, life, owner=deal[6], amount=deal[11])
            done = list(self._activities(n, life, contact=deal[5], rep=deal[6]))
            activities += done
            follow_ups += self._follow_ups(n, life, done, rep=deal[6])
        for kind, rows in (
            (Opportunity, deals),
            (OpportunityLine, lines),
            (Visit, visits),
            (Activity, activities),
            (FollowUp, follow_ups),
        ):
            book.add_many(kind, rows)

    def _life(self) -> _Life:
        """Four to eight stays: mostly onward, now and then back; a third of the deals goes on."""
        random = self.chance.random
        stages = len(self.spec.open_stages)
        stage, at = 0, NOW - DAY - int(random() * _YEARS)
        path: list[tuple[int, int]] = [(0, at)]
        for _ in range(3 + int(random() * 5)):
            back = stage > 0 and (stage == stages - 1 or random() < 0.25)
            stage += -1 if back else 1
            at += int(random() * 30 * DAY)
            path.append((stage, at))
        path = [path[0], *((stage, at) for stage, at in path[1:] if at < NOW - 2 * DAY)]
        end = path[-1][1] + int(random() * 40 * DAY)
        drawn = random()
        still = end >= NOW - DAY or drawn < 0.25
        status = "open" if still else _outcome(drawn)
        stays = [
            (here, entered, left, "advanced" if there > here else "returned")
            for (here, entered), (there, left) in pairwise(path)
        ]
        last = (*path[-1], None, None) if still else (*path[-1], end, status)
        return _Life(stays=(*stays, last), status=status, closed_at=None if still else end)

    def _deal(self, n: int, life: _Life) -> tuple[Any, ...]:
        random = self.chance.random
        account, owner = 1 + int(random() * self.accounts), 1 + int(random() * REPS)
        title = f"{_TRADES[n % len(_TRADES)]} for {_PLACES[n % len(_PLACES)]} {n}"
        amount = int(self.chance.lognormvariate(11, 1.2)) * 100 if random() < 0.9 else None
        stage, entered, *_ = life.stays[-1]
        close = self._day_of(NOW + int((random() - 0.2) * 120) * DAY) if random() < 0.7 else None
        return (
            *(n, self._uid(), title, title.lower(), account, account, owner, owner),
            *(1, self._stage(stage), life.status, amount, "CNY", close, '{"need": "yes"}'),
            *(life.stays[0][1], entered, life.closed_at),
        )

    def _stage(self, number: int) -> int:
        return self.spec.open_stages[number].id

    def _visits(
        self, deal: int, life: _Life, *, owner: int, amount: int | None
    ) -> Iterator[tuple[Any, ...]]:
        won = self.spec.won_stage
        towards = [self._stage(stay[0]) for stay in life.stays[1:]]
        towards.append(won.id if won and life.status == "won" else 0)
        for seq, (stay, to) in enumerate(zip(life.stays, towards, strict=True), 1):
            stage, entered, left, ending = stay
            ended = (owner, amount) if ending else (None, None)
            reason = 1 + deal % len(self.spec.reasons) if ending == "lost" else None
            yield _VISIT.row(
                *(self._id("visit"), deal, seq, self._stage(stage), owner, amount, "CNY", entered),
                *(left, ending, to or None, *ended, reason),
            )

    def _activities(
        self, deal: int, life: _Life, *, contact: int, rep: int
    ) -> Iterator[tuple[Any, ...]]:
        random, begun = self.chance.random, life.stays[0][1]
        lasted = (life.closed_at or NOW - 3600) - begun
        for at in sorted(begun + int(random() * lasted) for _ in range(ACTIVITIES)):
            kind = _KINDS[int(random() * len(_KINDS))]
            yield _ACTIVITY.row(self._id("activity"), self._uid(), deal, contact, kind, at, rep)

    def _follow_ups(
        self, deal: int, life: _Life, done: Sequence[tuple[Any, ...]], *, rep: int
    ) -> Iterator[tuple[Any, ...]]:
        """The plans that the activities fulfilled, some that were given up, and what is next."""
        at, kind = columns(Activity).index("at"), columns(Activity).index("kind")
        begun, end = life.stays[0][1], life.closed_at or NOW - 3600
        for act in done[:PLANNED]:
            made = max(begun, act[at] - 5 * DAY)
            yield self._follow_up(deal, rep, act[at], made, (act[kind], act[at], act[0], None))
        for n in range(FOLLOW_UPS - PLANNED):
            made = begun + int(self.chance.random() * (end - begun))
            if n or life.closed_at:
                due, gone = made + 3 * DAY, min(made + 2 * DAY, end)
                yield self._follow_up(deal, rep, due, made, ("call", None, None, gone))
            else:
                due = NOW + int((self.chance.random() - 0.33) * 30) * DAY
                yield self._follow_up(deal, rep, due, made, ("call", None, None, None))

    def _follow_up(
        self, deal: int, rep: int, due: int, made: int, fate: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        kind, done, activity, gone = fate
        late = (due + _SHANGHAI) // DAY * DAY + DAY - _SHANGHAI
        return _FOLLOW_UP.row(
            *(self._id("follow_up"), self._uid(), deal, self._day_of(due), late, "call about it"),
            *(kind, rep, rep, made, done, activity, gone, "no need" if gone else None),
        )

    def _id(self, table: str) -> int:
        self.next[table] += 1
        return self.next[table] - 1

    def _day_of(self, at: int) -> str:
        """The day in Shanghai, from a table: formatting a million dates takes seconds."""
        return self.days[(at + _SHANGHAI) // DAY - (NOW - _YEARS + _SHANGHAI) // DAY]


def _day(at: int) -> str:
    return (datetime.fromtimestamp(at, UTC) + timedelta(seconds=_SHANGHAI)).date().isoformat()


def _outcome(drawn: float) -> str:
    return "won" if drawn < 0.5 else "lost" if drawn < 0.95 else "void"


_PLACES = ("Shanghai", "Suzhou", "Shenzhen", "Chengdu", "Tianjin", "Wuhan", "Ningbo", "Xi'an")
_TRADES = ("Pumps", "Valves", "Sensors", "Robots", "Printing", "Logistics", "Foods", "Optics")
_SEGMENTS = ("machinery", "chemicals", "retail", "public", None)
_SOURCES = ("fair", "web", "referral", "cold call", None)


if __name__ == "__main__":
    print(_database(int(sys.argv[1])))
