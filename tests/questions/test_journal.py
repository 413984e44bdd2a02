from __future__ import annotations

from datetime import date

import pytest

from dealflow.actions import activities, journal, people
from dealflow.actions import deals as actions
from dealflow.errors import NotFound
from dealflow.money import Money
from dealflow.questions.journal import history


def changed(table, told):
    return [row["changed"] for row in told(table)]


def test_commands_are_listed_newest_first_with_what_they_changed(desk, told):
    deal = desk.add("one", account="Acme", amount=Money(100_00, "CNY"))
    desk.log(deal, "call", "hello")
    desk.do(actions.edit, deal, {"amount": Money(200_00, "CNY"), "fields": {"need": "x"}})
    desk.move(deal, "advance")
    desk.do(people.edit_account, "Acme", {"grade": "A"})
    assert changed(history(desk.ask()), told)[:5] == [
        "customer 1 grade – → A",
        "stage Lead → Interested",
        "amount ¥100 → ¥200, need – → x",
        "+activity 1",
        "+deal 1, +customer 1",
    ]


def test_a_hand_over_and_a_follow_up_are_told_in_their_own_words(desk, told):
    desk.do(people.add_rep, "wang", {})
    deal = desk.add("one")
    plan = desk.plan(deal, date(2026, 6, 3))
    desk.do(activities.snooze, plan, date(2026, 6, 9))
    desk.do(actions.edit, deal, {"owner": "wang"})
    desk.do(activities.cancel, plan, "no need")
    assert changed(history(desk.ask()), told)[:3] == [
        "follow-up 1 cancelled",
        "owner li → wang, follow-up 1 rep li → wang",
        "follow-up 1 due 2026-06-03 → 2026-06-09",
    ]


def test_an_undone_command_says_by_which_and_the_undo_what_it_took_back(desk, told):
    deal = desk.add("one")
    desk.log(deal, "call")
    desk.do(journal.undo, None)
    undo, log = told(history(desk.ask(), limit=2))
    assert (undo["undoes"], undo["changed"]) == (log["id"], f"takes back {log['id']}")
    assert (log["undone_by"], log["changed"]) == (undo["id"], "+activity 1")
    shown = told(history(desk.ask(), limit=2), screen=True)
    assert shown[1]["told"] == f"undone by {undo['id']}: +activity 1"


def test_the_history_of_a_deal_holds_only_what_touched_it_or_what_belongs_to_it(desk, told):
    mine, other = desk.add("mine"), desk.add("other")
    desk.log(other, "call")
    desk.log(mine, "call")
    plan = desk.plan(mine, date(2026, 6, 3))
    desk.plan(other, date(2026, 6, 3))
    desk.do(activities.snooze, plan, date(2026, 6, 4))
    desk.move(mine, "advance")
    verbs = [row["verb"] for row in told(history(desk.ask(), mine))]
    assert verbs == ["advance", "snooze", "plan", "log", "add"]


def test_the_history_of_a_deal_keeps_what_was_undone(desk, told):
    mine, other = desk.add("mine"), desk.add("other")
    desk.log(other, "call")
    desk.do(journal.undo, None)
    desk.log(mine, "call")
    desk.do(journal.undo, None)
    assert [row["verb"] for row in told(history(desk.ask(), mine))] == ["undo", "log", "add"]


def test_a_run_of_additions_belongs_to_the_history_of_each_of_its_deals(desk, told):
    def many(by):
        from dealflow.actions import together

        titles = [f"deal {n}" for n in range(3)]
        return together("opportunity", [actions.add(by, actions.NewDeal(title=t)) for t in titles])

    desk.do(many, verb="import")
    desk.add("later")
    for deal in (1, 2, 3):
        assert changed(history(desk.ask(), deal), told) == ["+3 deals"]


def test_a_deal_that_never_was_is_not_found(desk):
    with pytest.raises(NotFound):
        history(desk.ask(), 7)


def test_a_cut_history_says_so_and_can_be_one_persons(desk):
    desk.do(people.add_rep, "wang", {})
    desk.add("one")
    desk.me = "wang"
    desk.add("two")
    table = history(desk.ask(), limit=1)
    assert (len(table.rows), table.notes) == (1, ("there are earlier ones; --limit 0 for all",))
    assert [row[2] for row in history(desk.ask(), actor="wang", limit=None).rows] == ["wang"]


def test_an_earlier_history_ends_there(desk, told):
    desk.add("one")
    desk.at("2026-06-05 09:00")
    desk.do(journal.undo, None)
    (add, _) = told(history(desk.ask("2026-06-04 09:00")))
    assert (add["verb"], add["undone_by"]) == ("add", None)


def test_amounts_are_told_in_what_they_were_counted_in(dealflow):
    """Also of what has another currency now, and of what is a number of deals, or gone."""
    dealflow.ok("products", "add", "Pump", "--price", "100")
    dealflow.ok("add", "one", "-v", "1100")
    dealflow.ok("targets", "set", "all", "2026-Q3", "200k")
    dealflow.ok("targets", "set", "all", "2026-Q4", "12", "--deals")
    dealflow.at("2026-07-02T10:00:00+08:00")
    dealflow.ok("edit", "1", "--value", "1200")
    dealflow.ok("edit", "1", "--value", "USD 300")
    dealflow.ok("products", "edit", "Pump", "--price", "120")
    dealflow.ok("targets", "set", "all", "2026-Q3", "250k")
    dealflow.ok("targets", "set", "all", "2026-Q4", "15", "--deals")
    dealflow.ok("targets", "remove", "1")
    told = [row["changed"] for row in dealflow.json("history", "--limit", "6")]
    assert told == [
        "−target 1",
        "target 2 amount 12 → 15",
        "target 1 amount ¥200,000 → ¥250,000",
        "product 1 price ¥100 → ¥120",
        "amount ¥1,200 → $300",
        "amount ¥1,100 → ¥1,200",
    ]
    shown = dealflow.json("show", "1", "--all")["timeline"]
    edits = [event["what"] for event in shown if event["kind"] == "edited"]
    assert edits == ["amount ¥1,200 → $300", "amount ¥1,100 → ¥1,200"]


# ── following what changes ────────────────────────────────────────────────────────────────────


def test_what_came_after_a_command_is_told_oldest_first_with_every_row(dealflow):
    dealflow.ok("add", "Pumps")
    cursor = dealflow.json("history", "--limit", "1")[0]["id"]
    dealflow.ok("add", "Valves", "--next", "fri")
    dealflow.ok("edit", "1", "--source", "fair")
    found = dealflow.json("history", "--since", str(cursor))
    assert [(entry["id"], entry["verb"]) for entry in found] == [
        (cursor + 1, "add"),
        (cursor + 2, "edit"),
    ]
    assert found[0]["touched"] == ["add opportunity 2", "add visit 2", "add follow_up 1"]
    assert found[1]["touched"] == ["edit opportunity 1"]
    assert dealflow.json("history", "--since", str(cursor + 2)) == []


def test_following_from_the_start_leaves_nothing_out(dealflow):
    for title in ("A", "B", "C"):
        dealflow.ok("add", title)
    dealflow.ok("undo")
    every = [entry["id"] for entry in dealflow.json("history", "--limit", "0")]
    seen = []
    while found := dealflow.json("history", "--since", str(seen[-1] if seen else 0)):
        seen += [entry["id"] for entry in found]
    assert seen == every[::-1]


def test_rows_that_follow_each_other_are_one_run(dealflow):
    dealflow.ok("import", "deals", "-", stdin="title\nA\nB\nC\n")
    (entry,) = dealflow.json("history", "--since", "1")
    assert "add opportunity 1-3" in entry["touched"]
