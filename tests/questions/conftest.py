"""A small real database, changed through the actions and asked through an Ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from dealflow.actions import Actor, activities, deals, moves, setup
from dealflow.model import Rep
from dealflow.pipelines import template
from dealflow.questions import Ask
from dealflow.store import schema
from dealflow.store.book import Author
from dealflow.store.database import Database

ZONE = "+08:00"


class Desk:
    """One rep's desk in Shanghai: `at` sets the time, the other methods change or ask."""

    def __init__(self, path: str) -> None:
        self.at("2026-06-01 09:00")
        start = setup.Start((template("en"),), "CNY", "Asia/Shanghai", "li")
        setup.create(path, Author("li", "init", "dealflow init", self.now), start)
        self.db = Database(path)
        self.me = "li"

    def at(self, moment: str) -> int:
        """Local time, `2026-06-01 09:00`; the instant it is."""
        self.now = int(datetime.fromisoformat(f"{moment}:00{ZONE}").timestamp())
        return self.now

    def do(self, action: Any, *args: Any, verb: str = "", typed: str = "") -> int:
        """The id of what was written."""
        verb = verb or action.__name__
        author = Author(self.me, verb, typed or f"dealflow {verb}", self.now)
        with self.db.writing(author) as book:
            me = book.find(Rep, handle=self.me)
            assert me is not None
            return action(Actor(self.db, book, me), *args).ids[0]

    def add(self, title: str, **facts: Any) -> int:
        return self.do(deals.add, deals.NewDeal(title=title, **facts), verb="add")

    def move(self, deal: int, verb: str, to: str | None = None, **more: Any) -> None:
        """Forced where something is missing, because requirements are not the matter here."""
        told = moves.Told(verb=verb, to=to, force=True, why="test", **more)
        self.do(moves.move, deal, told, verb=verb)

    def log(self, deal: int, kind: str, note: str | None = None, **more: Any) -> int:
        return self.do(
            activities.log, deal, activities.Happened(kind=kind, note=note, **more), verb="log"
        )

    def plan(self, deal: int, due: Any, what: str = "call", **more: Any) -> int:
        return self.do(
            activities.plan, deal, activities.Plan(due=due, what=what, **more), verb="plan"
        )

    def ask(self, moment: str | None = None, me: str | None = "li") -> Ask:
        if moment:
            self.at(moment)
        found = self.db.conn.execute("SELECT id FROM rep WHERE handle = ?", (me,)).fetchone()
        return Ask(
            conn=self.db.conn,
            now=self.now,
            zone=self.db.zone,
            currency=self.db.currency,
            me=found[0] if found else None,
            setting=self.db.setting,
        )


@pytest.fixture
def desk(tmp_path, monkeypatch, _ddl):
    monkeypatch.setattr(schema, "ddl", lambda: _ddl)
    made = Desk(str(tmp_path / "pipeline.db"))
    yield made
    made.db.close()


@pytest.fixture
def told():
    """A table's rows as dictionaries by column name, machine and screen columns apart."""

    def rows(table: Any, *, screen: bool = False) -> list[dict[str, Any]]:
        other = "machine" if screen else "screen"
        return [
            {c.name: v for c, v in zip(table.columns, row, strict=True) if c.on != other}
            for row in table.rows
        ]

    return rows
