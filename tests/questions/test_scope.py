"""Every key of the filter language, on a handful of deals: now, and as it was before."""

from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import deals, people
from dealflow.errors import BadFilter, NotFound, UnknownActor
from dealflow.filters import KEYS
from dealflow.money import Money
from dealflow.questions.windows import chosen
from dealflow.store.scope import COLUMNS, scope

PAST, NOW = "2026-06-10 12:00", "2026-06-20 12:00"


@pytest.fixture
def team(desk):
    """Deal 1 is Acme's and moves on; 2 is Bo's, lost, then 1 changes hands; 3 has nothing."""
    desk.do(people.add_rep, "Bo", {"team": "east"})
    facts = {"segment": "auto", "region": "north", "source": "fair", "grade": "B"}
    desk.do(people.add_account, "Acme 100%", facts)
    desk.do(people.add_product, "Pump", {})
    desk.at("2026-06-05 09:00")
    desk.add(
        "Blue Ocean",
        account="Acme 100%",
        contact="Wang",
        amount=Money(100_00, "CNY"),
        products=("Pump",),
        tags=("Hot",),
        close=date(2026, 6, 30),
        probability=0.5,
        external_id="X-1",
        fields={"need": "cheaper"},
    )
    desk.add("Red", owner="bo", amount=Money(100_00, "USD"), grade="C", source="web")
    desk.add("Bare", at=desk.at("2026-06-06 09:00"))
    desk.plan(1, date(2026, 6, 25))
    desk.log(1, "call")
    desk.at("2026-06-15 09:00")
    desk.move(1, "advance", "needs")
    desk.move(2, "lose", reason="price")
    desk.do(deals.edit, 1, {"owner": "bo", "amount": Money(900_00, "CNY")}, verb="edit")
    desk.do(deals.edit, 1, {"tags": ("-Hot", "cold"), "product": (), "title": "Green"}, verb="edit")
    desk.do(people.edit_account, "Acme 100%", {"segment": "food"})
    return desk


def ids(desk, words, moment=NOW, me="li"):
    ask = desk.ask(moment, me=me)
    about = scope(ask, chosen(ask, [words]))
    return {row[0] for row in ask.conn.execute(about.sql("SELECT id FROM deal"), about.values)}


CASES = {
    "id:1..2": ({1, 2}, {1, 2}),
    "title:green": ({1}, set()),
    "account:acme": ({1}, {1}),
    'account:"100%"': ({1}, {1}),
    "contact:wang": ({1}, {1}),
    "contact:none": ({2, 3}, {2, 3}),
    "owner:me": ({3}, {1, 3}),
    "owner:Bo": ({1, 2}, {2}),
    "team:east": ({1, 2}, {2}),
    "-team:east": ({3}, {1, 3}),
    "stage:needs": ({1}, set()),
    "stage:..interested": ({2, 3}, {1, 2, 3}),
    "stage:>lead": ({1}, set()),
    "pipeline:en": ({1, 2, 3}, {1, 2, 3}),
    "status:lost": ({2}, set()),
    "status:closed": ({2}, set()),
    "status:any": ({1, 2, 3}, {1, 2, 3}),
    "value:100": (set(), {1}),
    "value:>50": ({1}, {1}),
    '"value:>=USD 100"': ({2}, {2}),
    "value:none": ({3}, {3}),
    "currency:usd": ({2}, {2}),
    "close:2026-06": ({1}, {1}),
    "close:none": ({2, 3}, {2, 3}),
    "created:2026-06-05": ({1, 2}, {1, 2}),
    "created:<2026-06-05": (set(), set()),
    "closed:2026-06-15": ({2}, set()),
    "closed:none": ({1, 3}, {1, 2, 3}),
    "since:2026-06-15": ({1}, set()),
    "grade:B": ({1}, {1}),
    "grade:C,none": ({2, 3}, {2, 3}),
    "source:Fair,web": ({1, 2}, {1, 2}),
    "region:north": ({1}, {1}),
    "region:any": ({1}, {1}),
    "product:none": ({1, 2, 3}, {2, 3}),
    "product:pump": (set(), {1}),
    "tag:COLD": ({1}, set()),
    "tag:hot": (set(), {1}),
    "tag:none": ({2, 3}, {2, 3}),
    "reason:price": ({2}, set()),
    "-reason:any": ({1, 3}, {1, 2, 3}),
    "probability:50%": ({1}, {1}),
    "p:<0.5": (set(), set()),
    "age:>14d": ({1, 2}, set()),
    "age:5": (set(), {1, 2}),
    "age:..4": (set(), {3}),
    "last:2026-06-06": ({1}, {1}),
    "last:none": ({2, 3}, {2, 3}),
    "next:2026-06-25": ({1}, {1}),
    "next:<2026-06-25": (set(), set()),
    "external:X-1": ({1}, {1}),
    "blue": (set(), {1}),
    "-blue": ({1, 2, 3}, {2, 3}),
    "green wang acme": ({1}, set()),
}


@pytest.mark.parametrize("words", CASES)
def test_a_filter_finds_the_deals_that_are_so_and_that_were_so(team, words):
    now, past = CASES[words]
    if words.startswith('"'):
        words = words.strip('"')
    assert ids(team, words, PAST) == past
    assert ids(team, words) == now


def test_a_segment_is_looked_up_as_it_was_then(team):
    assert ids(team, "segment:food") == ids(team, "segment:auto", PAST) == {1}
    for words, moment in (("segment:auto", NOW), ("segment:food", PAST)):
        with pytest.raises(NotFound):
            ids(team, words, moment)


def test_every_key_of_the_catalogue_is_tried():
    tried = {words.strip('"-').partition(":")[0] for words in CASES} | {
        "segment",
        "probability",
        "with",
    }
    assert {key.name for key in KEYS} <= tried


def test_every_column_can_be_read_now_and_then(team):
    for moment in (PAST, NOW):
        ask = team.ask(moment)
        about = scope(ask, chosen(ask, []), *COLUMNS)
        listed = ", ".join(COLUMNS)
        found = ask.conn.execute(about.sql(f"SELECT {listed} FROM deal ORDER BY id"), about.values)
        first = dict(zip(COLUMNS, next(iter(found)), strict=True))
        assert (first["account"], first["contact"], first["grade"]) == ("Acme 100%", "Wang", "B")
        expected = ("li", "lead", 100_00) if moment == PAST else ("bo", "needs", 900_00)
        assert (first["owner"], first["stage"], first["amount"]) == expected


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ("owner:boo", "did you mean Bo?"),
        ("team:eats", "did you mean east?"),
        ("stage:needz", "did you mean needs?"),
        ("stage:needz..", "did you mean needs?"),
        ("pipeline:em", "known: en, "),
        ("product:pumb", "did you mean Pump?"),
        ("reason:prize", "did you mean"),
        ("account:zzz", None),
        ("source:fairy", "did you mean fair?"),
    ],
)
def test_an_unknown_name_is_not_found_and_never_an_empty_answer(team, words, near):
    with pytest.raises(NotFound) as caught:
        ids(team, words)
    assert (caught.value.hint or "").startswith(near or "")


def test_a_range_of_stages_runs_forward(team):
    with pytest.raises(BadFilter, match="runs backwards"):
        ids(team, "stage:needs..lead")


def test_me_has_to_be_somebody(team):
    with pytest.raises(UnknownActor):
        ids(team, "owner:me", me="nobody")


def test_an_undone_edit_was_never_made(team):
    from dealflow.actions import journal

    team.at("2026-06-18 09:00")
    team.do(deals.edit, 3, {"amount": Money(5_00, "CNY")}, verb="edit")
    team.at("2026-06-19 09:00")
    team.do(journal.undo, None)
    assert ids(team, "value:none", "2026-06-18 12:00") == {3}
