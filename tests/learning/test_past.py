"""What is seen of a deal at an instant does not change with what happens later."""

from __future__ import annotations

from contextlib import closing
from random import Random

import pytest

from dealflow.questions import Ask
from dealflow.questions.scoring import seen_scope
from dealflow.store import features, then
from dealflow.store.database import Database

from .worlds import DAY, NOW, Made, ended, lived

FORCE = ("--force", "--why", "test")


def _plain():
    chance = Random(11)
    deals = []
    for _ in range(240):
        created, end = lived(chance, (20, 160))
        last = min(end, NOW)
        at = sorted(created + int(chance.random() * (last - created)) for _ in range(4))
        kinds = chance.choices(("call", "visit", "email", "asks_price", "site_visit"), k=4)
        made = Made(
            created,
            stays=((0, created), (2, created + (last - created) // 2)),
            did=tuple(zip(kinds, at, strict=True)),
            plans=((created, last - (last - created) // 3),),
            facts={
                "source": chance.choice(("fair", "web", None)),
                "grade": chance.choice(("A", "B", None)),
                "segment": chance.choice(("energy", "retail")),
                "amount": chance.randrange(1, 90) * 1000_00,
            },
        )
        deals.append(ended(made, end, won=chance.random() < 0.5))
    return deals


def _seen(dealflow, instants, now):
    """Everything that is read of all deals at these instants, when asked at `now`."""
    with closing(Database(dealflow.db)) as db, db.reading():
        ask = Ask(db.conn, now, db.zone, db.currency, None, db.setting)
        about = seen_scope(ask, ())
        deals = [life.deal for life in features.lives(about, 1.0)]
        found = features.seen(about, features.at_sections(deals, instants))
        facts = then.Then(about, sorted({one.deal for one in found}), min(instants))
        return {(one.deal, one.at): (one, facts.at(one.deal, one.at)) for one in found}


CONTACTS = {"call", "visit", "meeting", "email", "message", "demo", "quote"}


def test_what_is_seen_is_what_had_happened_by_then_counted_one_by_one(world):
    made = dict(enumerate(_plain(), 1))
    instants = [NOW - days * DAY for days in (300, 150, 60, 20, 9)]
    dealflow = world(_plain)
    found = _seen(dealflow, instants, NOW)
    stages = dealflow.rows(
        "SELECT id FROM stage WHERE kind = 'open' ORDER BY pipeline_id, position"
    )
    closed = {deal for deal, one in made.items() if one.closed}
    assert set(found) == {
        (deal, at)
        for deal, one in made.items()
        for at in instants
        if one.created <= at and (one.closed is None or at < one.closed)
    }
    assert len({deal for deal, _ in found} & closed) > 50
    for (deal, at), (seen, facts) in found.items():
        one = made[deal]
        did = [(kind, when) for kind, when in one.did if when <= at]
        contacts = [(kind, when) for kind, when in did if kind in CONTACTS]
        stage, entered = max((s for s in one.stays if s[1] <= at), key=lambda s: s[1])
        assert (seen.created_at, seen.entered_at, seen.returns) == (one.created, entered, 0)
        assert (seen.stage_id,) == stages[stage]
        assert seen.contacts == len(contacts)
        assert seen.kinds == len({kind for kind, _ in contacts})
        assert seen.last_contact == max((when for _, when in contacts), default=None)
        assert seen.recent == sum(when > at - 14 * DAY for _, when in contacts)
        assert seen.met == sum(kind == "visit" and when > at - 30 * DAY for kind, when in did)
        assert seen.asks == sum(kind == "asks_price" and when > at - 30 * DAY for kind, when in did)
        assert seen.behaviours == sum(
            kind == "site_visit" and when > at - 14 * DAY for kind, when in did
        )
        assert seen.planned == any(start <= at < done for start, done in one.plans)
        told = (facts.source, facts.grade, facts.segment, facts.amount)
        assert told == tuple(one.facts[key] for key in ("source", "grade", "segment", "amount"))


def test_what_a_customer_did_is_seen_of_each_of_its_deals_and_a_return_is_kept(dealflow):
    dealflow.ok("add", "Pump", "-a", "Acme", "--new-account")
    dealflow.ok("add", "Valve", "-a", "Acme")
    dealflow.ok("accounts", "log", "Acme", "site_visit")
    dealflow.ok("log", "1", "email", "--in")
    dealflow.ok("advance", "1", "needs", *FORCE)
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("back", "1", "lead")
    dealflow.ok("accounts", "log", "Acme", "asks_price")
    dealflow.at("2026-08-20T10:00:00+08:00")
    first, second, late = NOW + 3600, NOW + DAY + 3600, NOW + 40 * DAY
    found = _seen(dealflow, [first, second, late], NOW + 50 * DAY)
    told = {
        key: (one.behaviours, one.asks, one.inbound, one.returns) for key, (one, _) in found.items()
    }
    assert told == {
        (1, first): (1, 0, 1, 0),
        (2, first): (1, 0, 0, 0),
        (1, second): (1, 1, 1, 1),
        (2, second): (1, 1, 0, 0),
        (1, late): (0, 0, 0, 1),
        (2, late): (0, 0, 0, 0),
    }


def _later(dealflow, chance):
    """Days in which everything that can change does."""
    rows = dealflow.json("list", "status:any")
    live = [row["id"] for row in rows if row["status"] == "open"]
    shut = [row["id"] for row in rows if row["status"] in {"won", "lost"}]
    dealflow.ok("products", "add", "Pump", "--price", "1000")
    for day in range(1, 4):
        dealflow.at(f"2026-07-{1 + day:02}T09:30:00+08:00")
        for deal in map(str, chance.sample(live, 4)):
            what = chance.choice(("log", "edit", "plan", "product", "customer"))
            if what == "log":
                dealflow.ok("log", deal, chance.choice(("call", "visit", "asks_price")))
            elif what == "edit":
                dealflow.ok("edit", deal, "--grade", "C", "--source", "later", "--value", "77万")
            elif what == "plan":
                dealflow.ok("plan", deal, "fri", "call")
            elif what == "product":
                dealflow.ok("edit", deal, "--product", "Pump")
            else:
                dealflow.ok("accounts", "edit", f"c{deal}", "--segment", "later", "--region", "x")
        first, second, third = (str(live.pop(chance.randrange(len(live)))) for _ in range(3))
        dealflow.ok("advance", first, *FORCE)
        dealflow.ok("win", second, *FORCE)
        dealflow.ok("lose", third, "--reason", "price")
        dealflow.ok("edit", str(shut[day]), "--grade", "A", "--source", "corrected")
        dealflow.ok("reopen", str(shut[day + 10]), "lead", *FORCE)
        dealflow.ok("add", f"new {day}", "-a", f"new {day}", "--new-account")


def test_what_happens_later_changes_nothing_that_was_seen_or_answered(world):
    dealflow = world(_plain)
    instants = [NOW - days * DAY for days in (400, 200, 90, 30, 8)]
    before = _seen(dealflow, instants, NOW)
    assert len(before) > 100
    dealflow.at("2026-07-01T23:59:59+08:00")
    answers = [_undated(dealflow.ok(*words, "--json").out) for words in _ASKED]
    _later(dealflow, Random(1))
    after = _seen(dealflow, instants, NOW + 8 * DAY)
    # reopened deals were open then as well: they are looked at up to the close that stands
    assert before.keys() <= after.keys()
    for moment, seen in before.items():
        assert after[moment] == seen
    for words, answer in zip(_ASKED, answers, strict=True):
        assert _undated(dealflow.ok(*words, "--as-of", "2026-07-01", "--json").out) == answer


_ASKED = (
    ("score", "--explain"),
    ("score", "--customers"),
    ("factors",),
    ("coach",),
)


def _undated(text):
    """Without the line that says the instant in the zone of the day."""
    return "\n".join(line for line in text.splitlines() if '"as_of"' not in line)


@pytest.mark.parametrize("edits", [1, 3])
def test_a_fact_is_what_it_was_between_edits(dealflow, edits):
    values = ["web", "fair", "referral", "partner"][: edits + 1]
    dealflow.ok("add", "Pump", "-a", "Acme", "--source", values[0])
    for day, value in enumerate(values[1:], 2):
        dealflow.at(f"2026-07-0{day}T10:00:00+08:00")
        dealflow.ok("edit", "1", "--source", value)
    dealflow.at("2026-07-20T10:00:00+08:00")
    instants = [NOW + day * DAY + 3600 for day in range(edits + 1)]
    found = _seen(dealflow, instants, NOW + 19 * DAY)
    assert [found[1, at][1].source for at in instants] == values


def test_a_product_is_there_from_when_it_was_put_on_until_it_was_taken_off(dealflow):
    dealflow.ok("products", "add", "Pump")
    dealflow.ok("products", "add", "Valve")
    dealflow.ok("add", "Pumps", "--product", "Pump")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("edit", "1", "--product", "Valve")
    dealflow.at("2026-07-20T10:00:00+08:00")
    instants = [NOW + 3600, NOW + DAY + 3600]
    found = _seen(dealflow, instants, NOW + 19 * DAY)
    now_on = dealflow.rows("SELECT product_id FROM opportunity_line WHERE opportunity_id = 1")
    assert found[1, instants[0]][1].products == {1}
    assert found[1, instants[1]][1].products == {product for (product,) in now_on}
