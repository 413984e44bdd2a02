"""Requirements and suggestions against a slow, obvious reading of the same texts and histories.

Hypothesis makes up customers, people, deals, activities and the signals of a pipeline. The program
counts with SQL and judges parsed values; here the text of each rule is read word by word, and every
activity is looked at. Nothing of the language, of its judge or of the store's counting is shared.

DEALFLOW_EVIDENCE=2000 tries that many histories; the suite tries 40.
"""

from __future__ import annotations

import json
import os
import shlex
from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dealflow.actions import Actor, moves, setup
from dealflow.errors import RequirementsMissing
from dealflow.model import Account, Activity, Contact, Opportunity, Rep, Visit
from dealflow.pipelines import parse_pipeline
from dealflow.questions import Ask, briefing, suggestions
from dealflow.store.book import Author, Book
from dealflow.store.database import Database

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400
NOW = int(datetime(2026, 7, 1, 10, tzinfo=ZONE).timestamp())
STAGES = ["a", "b", "c", "d"]
GROUPS = {
    "contact_made": "call visit meeting email message demo quote",
    "behaviour": "site_visit download event email_open",
    "feedback": "asks_price asks_sample asks_question objects",
}
SPANS = {"d": 1, "w": 7, "m": 30}


# ── the slow reading ──────────────────────────────────────────────────────────────────────────


def number(text):
    scale = {"k": 1000, "万": 10_000}.get(text[-1:], 1)
    try:
        return Decimal(text.rstrip("k万")) * scale
    except InvalidOperation:
        return None


def compare(left, sign, right):
    return {
        ">=": left >= right, ">": left > right, "=": left == right,
        "!=": left != right, "<": left < right, "<=": left <= right,
    }[sign]  # fmt: skip


def days(span):
    return int(span[:-1]) * SPANS[span[-1]]


def same_word(one, other):
    return one.casefold().replace("_", " ").split() == other.casefold().replace("_", " ").split()


def happened(deal, word, window, at):
    """How many activities of the deal or its customer the word and the window mean."""
    kind, _, outcome = word.partition(":")
    count = 0
    for done in deal["activities"]:
        if done["kind"] not in GROUPS.get(kind, kind).split():
            continue
        if outcome and not same_word(done["outcome"] or "", outcome):
            continue
        earliest = at - days(window) * DAY if window else 0
        count += earliest <= done["at"] <= at
    return count


def field_holds(value, sign, bound):
    if not value:
        return False
    if number(value) is not None and number(bound) is not None:
        return compare(number(value), sign, number(bound))
    if sign in {"=", "!="}:
        return (value.casefold() == bound.casefold()) == (sign == "=")
    return False


def holds_simply(text, deal, at):
    words = shlex.split(text)
    what = words[0]
    if words[:3] == ["age", "in", "stage"]:
        return compare((at - deal["since"]) // DAY, words[3], days(words[4]))
    if what == "age":
        return compare((at - deal["created"]) // DAY, words[1], days(words[2]))
    if what.startswith("field:"):
        value = deal["fields"].get(what[6:], "")
        return bool(value) if len(words) == 1 else field_holds(value, words[1], words[2])
    if what == "amount":
        if deal["amount"] is None or len(words) == 1:
            return deal["amount"] is not None
        return compare(deal["amount"], words[1], number(words[2]) * 100)
    if what.startswith("contact:"):
        return any(same_word(role, what[8:]) for role in deal["roles"])
    if what in {"contact", "account", "close", "source", "product"}:
        return deal[what]
    if len(words) == 3 and words[1] == "within":
        return happened(deal, what, words[2], at) >= 1
    return compare(
        happened(deal, what, words[4] if len(words) > 3 else None, at), words[1], int(words[2])
    )


def holds(text, deal, at):
    return any(
        all(holds_simply(part, deal, at) for part in option.split(" and "))
        for option in text.split(" or ")
    )


def belongs(deal, rules, at, *, back):
    """The key of the furthest stage one of whose signals holds, where that is another one."""
    spoken = [key for key in STAGES if any(holds(text, deal, at) for text in rules[key]["signals"])]
    if not spoken or spoken[-1] == deal["stage"]:
        return None
    if spoken[-1] > deal["stage"] or (back and rules[deal["stage"]]["signals"]):
        return spoken[-1]
    return None


# ── what is made up ───────────────────────────────────────────────────────────────────────────

kinds = st.sampled_from(["call", "demo", "download", "objects", "note", "quote"])
counted = st.sampled_from(["call", "demo", "download", "objects", *GROUPS])
signs = st.sampled_from([">=", ">", "=", "!=", "<", "<="])
windows = st.sampled_from(["3d", "1w", "1m"])
outcomes = st.sampled_from([None, "reached", "Reached", "no answer", "接通"])
counts = st.builds(
    lambda kind, outcome, sign, n, window: f"{kind}{outcome} {sign} {n}{window}",
    counted, st.sampled_from(["", "", ":reached", ":no_answer", ":接通"]), signs,
    st.integers(1, 3), st.just("") | windows.map(lambda span: f" within {span}"),
)  # fmt: skip
lately = st.builds(lambda kind, window: f"{kind} within {window}", counted, windows)
ages = st.builds(
    lambda what, sign, span: f"{what} {sign} {span}",
    st.sampled_from(["age", "age in stage"]), signs, st.sampled_from(["2d", "1w"]),
)  # fmt: skip
facts = st.sampled_from(
    ["contact", "account", "amount", "close", "source", "product", "field:need"]
)
worths = st.builds(lambda s, n: f"amount {s} {n}", signs, st.sampled_from(["5k", "10000"]))
roles = st.sampled_from(["contact:decides", "contact:USES", "contact:has_budget"])
fields = st.builds(
    lambda s, n: f"field:seats {s} {n}", signs, st.sampled_from(["50", "1k"])
) | st.sampled_from(["field:need = erp", "field:need != ERP"])
simple = st.one_of(counts, counts, lately, ages, facts, worths, roles, fields)
rules = st.lists(
    st.lists(simple, min_size=1, max_size=2).map(" and ".join), min_size=1, max_size=2
).map(" or ".join)
instants = st.integers(-40 * 24, 24).map(lambda hours: NOW + hours * 3600)

deal_rows = st.fixed_dictionaries({
    "account": st.none() | st.integers(0, 1),
    "stage": st.sampled_from(STAGES),
    "created": st.integers(10, 40).map(lambda ago: NOW - ago * DAY),
    "since": st.integers(0, 9).map(lambda ago: NOW - ago * DAY),
    "amount": st.none() | st.sampled_from([0, 499_999, 500_000, 2_000_000]),
    "close": st.booleans(),
    "source": st.booleans(),
    "fields": st.fixed_dictionaries({}, optional={
        "need": st.sampled_from(["ERP", "crm"]), "seats": st.sampled_from(["49", "50", "1000", "many"]),
    }),
    "done": st.lists(st.tuples(kinds, instants, outcomes), max_size=6),
})  # fmt: skip
worlds = st.fixed_dictionaries({
    "rules": st.fixed_dictionaries({
        key: st.fixed_dictionaries({
            "requires": st.lists(rules, max_size=2), "signals": st.lists(rules, max_size=2)
        })
        for key in STAGES
    }),
    "people": st.lists(st.sampled_from([None, "decides", "Uses", "has budget"]), min_size=2, max_size=2),
    "own": st.lists(st.tuples(st.integers(0, 1), kinds, instants, outcomes), max_size=5),
    "deals": st.lists(deal_rows, min_size=1, max_size=4),
})  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("evidence") / "pipeline.db")
    text = 'key = "p"\nname = "P"\n' + "".join(
        f'[[stage]]\nkey = "{key}"\nname = "{key.upper()}"\n' for key in STAGES
    )
    start = setup.Start((parse_pipeline(text),), "CNY", "Asia/Shanghai", "li")
    setup.create(path, Author("li", "init", "init", NOW - 100 * DAY), start)
    db = Database(path)
    yield db
    db.close()


def record(book, world):
    """The world as rows, and as the slow reading has it."""
    stage_ids = dict(book.conn.execute("SELECT key, id FROM stage").fetchall())
    for key, told in world["rules"].items():
        book.conn.execute(
            "UPDATE stage_definition SET requires = ?, signals = ? WHERE stage_id = ?",
            (json.dumps(told["requires"]), json.dumps(told["signals"]), stage_ids[key]),
        )
    customers = [book.add(Account(name=name, folded=name)) for name in ("acme", "bolt")]
    people = [
        book.add(Contact(account_id=customer.id, name="zhao", folded="zhao", role=role))
        for customer, role in zip(customers, world["people"], strict=True)
    ]
    found = {}
    for told in world["deals"]:
        at = told["account"]
        deal = book.add(
            Opportunity(
                title="x", folded="x", owner_id=1, first_owner_id=1, pipeline_id=1,
                account_id=None if at is None else customers[at].id,
                contact_id=people[at].id if at == 1 else None,
                stage_id=stage_ids[told["stage"]], amount=told["amount"], currency="CNY",
                expected_close="2026-08-01" if told["close"] else None,
                source="fair" if told["source"] else None, fields=json.dumps(told["fields"]),
                created_at=told["created"], stage_since=told["since"],
            )
        )  # fmt: skip
        book.add(
            Visit(
                opportunity_id=deal.id, seq=1, stage_id=deal.stage_id, owner_id=1, currency="CNY",
                entered_at=told["since"],
            )
        )  # fmt: skip
        own = [(k, when, o) for whose, k, when, o in world["own"] if whose == at]
        for kind, when, outcome in told["done"]:
            book.add(
                Activity(opportunity_id=deal.id, kind=kind, at=when, outcome=outcome, rep_id=1)
            )
        found[deal.id] = told | {
            "contact": at == 1,
            "account": at is not None,
            "product": False,
            "roles": [world["people"][at]] if at is not None and world["people"][at] else [],
            "activities": [
                {"kind": k, "at": when, "outcome": o} for k, when, o in [*told["done"], *own]
            ],
        }
    for whose, kind, when, outcome in world["own"]:
        book.add(
            Activity(account_id=customers[whose].id, kind=kind, at=when, outcome=outcome, rep_id=1)
        )
    book.settle()
    return found


def parsed(world):
    """Rules that a pipeline would refuse are not put into one."""
    from dealflow.errors import BadDefinition
    from dealflow.requirements import parse_requirement

    def good(text):
        try:
            parse_requirement(text)
        except BadDefinition:
            return False
        return True

    return world | {
        "rules": {
            key: {name: [t for t in texts if good(t)] for name, texts in told.items()}
            for key, told in world["rules"].items()
        }
    }


@pytest.mark.file
@settings(
    max_examples=int(os.environ.get("DEALFLOW_EVIDENCE", "40")), deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(worlds.map(parsed))
def test_suggestions_and_requirements_agree_with_a_slow_reading_of_the_history(database, world):
    book = Book(database.conn, Author("li", "test", "test", NOW - 50 * DAY))
    database.conn.permit_writing("team")
    database.conn.begin()
    try:
        deals = record(book, world)
        ask = Ask(database.conn, NOW, ZONE, "CNY", 1, database.setting)
        for back in (False, True):
            expected = {
                (deal, to)
                for deal, told in deals.items()
                if (to := belongs(told, world["rules"], NOW, back=back))
            }
            found = suggestions.suggestions(ask, [], back=back)
            assert set(suggestions.pairs(found)) == expected
            event(f"{len(expected)} suggested")
            check_evidence(found, deals, world)
        for deal, told in deals.items():
            check_next_stage(ask, book, deal, told, world)
    finally:
        database.conn.rollback()


def check_evidence(found, deals, world):
    """Each line holds, and says how often and when last."""
    names = [(column.name, column.on != "screen") for column in found.columns]
    for row in found.rows:
        line = {name: cell for (name, real), cell in zip(names, row, strict=True) if real}
        deal = deals[line["deal"]]
        assert holds(line["signal"], deal, NOW)
        if line["times"] is not None:
            check_count(line, deal)
        assert line["ready"] == (not line["missing"])
        between = [key for key in STAGES if deal["stage"] < key <= line["suggested"]]
        asked = [text for key in between for text in world["rules"][key]["requires"]]
        assert line["ready"] == all(holds(text, deal, NOW) for text in asked)


def check_count(line, deal):
    """How often is at most what there is, and the last is one of them."""
    instants = [done["at"] for done in deal["activities"] if done["at"] <= NOW]
    assert line["times"] <= len(instants)
    assert (line["last_at"] is None) == (line["times"] == 0)
    assert line["last_at"] is None or line["last_at"] in instants


def check_next_stage(ask, book, deal, told, world):
    """What `show` lists is met or not as the slow reading has it, and `advance` obeys."""
    shown = briefing.show(ask, deal)
    following = STAGES[STAGES.index(told["stage"]) + 1 :][:1]
    if not following:
        return
    asked = list(dict.fromkeys(world["rules"][following[0]]["requires"]))
    met = {row[1]: row[0] for row in shown.sections[0].rows}
    assert len(met) <= len(asked)
    verdicts = [holds(text, told, NOW) for text in asked]
    assert all(met.values()) == all(verdicts)
    assert sum(not ok for ok in met.values()) <= sum(not ok for ok in verdicts)
    book = Book(book.conn, Author("li", "test", "test", NOW))
    actor = Actor(None, book, book.find(Rep, id=1))
    moving = moves.Told(verb="advance", at=NOW)
    if all(verdicts):
        book.conn.execute("SAVEPOINT move")
        moves.move(actor, deal, moving)
        book.conn.execute("ROLLBACK TO move")
    else:
        with pytest.raises(RequirementsMissing):
            moves.move(actor, deal, moving)
