"""Undo: after any sequence of commands, taking them back restores the same content."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

IDS = st.integers(1, 4).map(str)
COMMANDS = st.one_of(
    st.tuples(
        st.just("add"), st.sampled_from(["Alpha", "贝塔"]), st.just("--next"), st.just("+2d")
    ),
    st.tuples(st.just("add"), st.just("Gamma"), st.just("-a"), st.sampled_from(["Acme", "华联"])),
    st.tuples(st.just("edit"), IDS, st.just("--value"), st.sampled_from(["10k", "20k", "none"])),
    st.tuples(st.just("edit"), IDS, st.just("--owner"), st.sampled_from(["li", "wang"])),
    st.tuples(st.just("edit"), IDS, st.just("--tag"), st.sampled_from(["vip", "x"])),
    st.tuples(st.just("advance"), IDS, st.just("--force"), st.just("--why"), st.just("test")),
    st.tuples(st.just("back"), IDS),
    st.tuples(st.just("win"), IDS, st.just("--force"), st.just("--why"), st.just("test")),
    st.tuples(st.just("lose"), IDS, st.just("-r"), st.just("price")),
    st.tuples(st.just("void"), IDS),
    st.tuples(st.just("reopen"), IDS),
    st.tuples(
        st.just("log"), IDS, st.just("call"), st.just("hello"), st.just("--next"), st.just("fri")
    ),
    st.tuples(st.just("plan"), IDS, st.just("+1w"), st.just("demo")),
    st.tuples(st.just("done"), IDS),
    st.tuples(st.just("snooze"), IDS, st.just("+3d")),
    st.tuples(st.just("accounts"), st.just("add"), st.sampled_from(["Acme", "Beta"])),
    st.tuples(st.just("settings"), st.just("set"), st.just("timezone"), st.just("Europe/Berlin")),
    st.tuples(st.just("cancel"), IDS, st.just("--why"), st.just("no time")),
    st.tuples(
        st.sampled_from(["products", "reps"]), st.just("add"), st.sampled_from(["Pump", "Valve"])
    ),
    st.tuples(
        st.sampled_from(["products", "reps"]),
        st.just("edit"),
        st.sampled_from(["Pump", "Valve"]),
        st.just("--name"),
        st.sampled_from(["Pump", "Valve", "Seal"]),
    ),
    st.tuples(
        st.just("contacts"), st.just("add"), st.just("Acme"), st.sampled_from(["Wang", "Zhao"])
    ),
    st.tuples(st.just("contacts"), st.just("edit"), IDS, st.just("--name"), st.just("Wang")),
    st.tuples(st.just("edit"), IDS, st.just("--account"), st.sampled_from(["Acme", "none"])),
    st.tuples(st.just("edit"), IDS, st.just("--contact"), st.sampled_from(["Wang", "none"])),
)
#: moves that are told later, so that they lie before others; and a colleague's
EARLIER = st.tuples(
    st.sampled_from([("advance",), ("back",), ("lose", "-r", "price"), ("void",), ("reopen",)]),
    IDS,
    st.sampled_from(["2026-06-28", "2026-07-01 09:59", "2026-07-01 10:00"]),
).map(lambda told: (*told[0], told[1], "--at", told[2]))
ANYBODY = (
    st.tuples(st.sampled_from([(), ("--as", "wang")]), COMMANDS | EARLIER).map(
        lambda t: t[0] + t[1]
    )
    | st.tuples(st.sampled_from(["undo", "redo"]))
    | st.tuples(st.just("undo"), st.integers(2, 14).map(str))
    | st.tuples(st.just("--as"), st.just("wang"), st.sampled_from(["undo", "redo"]))
)


def random_commands(**more):
    return settings(
        max_examples=12,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        **more,
    )


@pytest.fixture
def prepared(dealflow):
    """A database with two reps; `restore` brings it back to that between examples."""
    dealflow.ok("reps", "add", "wang")
    restore = dealflow.keep()
    dealflow.restore = lambda: restore(dealflow)
    return dealflow


@random_commands()
@given(commands=st.lists(COMMANDS, max_size=14))
def test_undoing_step_by_step_goes_back_through_every_state(prepared, commands):
    prepared.restore()
    states = [prepared.content()]
    for command in commands:
        done = prepared(*command)
        now = prepared.content()
        if done.code == 0 and now != states[-1]:
            states.append(now)
    for state in reversed(states[:-1]):
        prepared.ok("undo")
        assert prepared.content() == state


@random_commands()
@given(commands=st.lists(ANYBODY, max_size=20))
def test_the_file_stays_sound_whatever_is_undone_and_done_again(prepared, commands):
    prepared.restore()
    for command in commands:
        assert prepared(*command).code in {0, 2, 3, 4, 5}
    prepared.ok("db", "check")


def test_the_creation_of_the_database_cannot_be_undone(dealflow):
    assert dealflow("undo", "1").code == 5


@pytest.mark.parametrize(
    "command",
    [
        ("add", "New", "-a", "Newcomer", "--next", "fri"),
        ("edit", "1", "--value", "77", "--owner", "wang", "--set", "need=x", "--tag", "t"),
        ("advance", "1", "--force", "--why", "because"),
        ("win", "1", "--force", "--why", "because"),
        ("lose", "1", "-r", "price", "--note", "too dear"),
        ("void", "1"),
        ("reopen", "2", "needs", "--force", "--why", "because"),
        ("log", "1", "call", "said yes", "--next", "tomorrow"),
        ("plan", "1", "fri 14:30", "demo", "--for", "wang"),
        ("done", "1", "--next", "fri"),
        ("snooze", "1", "+1w"),
        ("cancel", "1", "--why", "no time"),
        ("reps", "edit", "wang", "--team", "north"),
        ("accounts", "edit", "Acme", "--grade", "A", "--name", "Acme Corp"),
        ("contacts", "add", "Acme", "王芳", "--phone", "138"),
        ("products", "add", "Box", "--price", "12.50"),
        ("settings", "set", "timezone", "America/New_York"),
        ("settings", "rate", "USD", "7.12"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_one_undo_takes_back_one_command_and_redo_does_it_again(dealflow, command):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "First", "-a", "Acme", "--next", "+3d")
    dealflow.ok("add", "Second")
    dealflow.ok("lose", "2", "-r", "price")
    before = dealflow.content()
    dealflow.ok(*command)
    after = dealflow.content()
    assert after != before
    dealflow.ok("undo")
    assert dealflow.content() == before
    dealflow.ok("redo")
    assert dealflow.content() == after
    assert dealflow("db", "check").code == 0


def test_undo_of_an_older_command_leaves_later_ones_that_do_not_touch_it(dealflow):
    dealflow.ok("add", "First")
    dealflow.ok("edit", "1", "--value", "10k")
    dealflow.ok("edit", "1", "--source", "fair")
    number = next(c["id"] for c in dealflow.json("history") if "10k" in c["typed"])
    dealflow.ok("undo", str(number))
    shown = dealflow.json("show", "1")
    assert (shown["amount"], shown["source"]) == (None, "fair")


def test_undo_refuses_what_a_later_command_built_on_and_names_it(dealflow):
    dealflow.ok("add", "First")
    added = dealflow.json("history")[0]["id"]
    dealflow.ok("edit", "1", "--value", "10k")
    edited = dealflow.json("history")[0]["id"]
    said = dealflow("undo", str(added))
    assert (said.code, said.out) == (4, "")
    assert f"hint: dealflow undo {edited}" in said.err


def test_undo_takes_back_ones_own_commands_not_a_colleagues(dealflow):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "mine")
    dealflow.ok("--as", "wang", "add", "theirs")
    dealflow.ok("undo")
    assert [deal["title"] for deal in dealflow.json("list")] == ["theirs"]


def test_an_undone_id_is_never_given_again(dealflow):
    dealflow.ok("add", "First")
    dealflow.ok("undo")
    assert dealflow.ok("add", "Second").out == "2\n"


def test_undo_twice_is_refused(dealflow):
    dealflow.ok("add", "First")
    number = str(dealflow.json("history")[0]["id"])
    dealflow.ok("undo", number)
    assert dealflow("undo", number).code == 4


def test_nothing_to_undo_is_refused_with_exit_5(dealflow):
    while dealflow("undo").code == 0:
        pass
    assert dealflow("undo").code == 5


def number_of(dealflow, typed):
    """The number of the last command whose line holds `typed`."""
    return str(next(c["id"] for c in dealflow.json("history") if typed in c["typed"]))


def refused_for(dealflow, number, *args):
    """The command is refused since command `number` is in the way; the file stays sound."""
    said = dealflow(*args)
    assert (said.code, said.out) == (4, ""), said
    assert f"hint: dealflow undo {number}\n" in said.err
    dealflow.ok("db", "check")


def test_undo_does_not_bring_a_plan_back_on_a_deal_that_was_closed_since(dealflow):
    dealflow.ok("reps", "add", "bo")
    dealflow.ok("add", "First")
    dealflow.ok("plan", "1", "fri", "call")
    dealflow.ok("done", "1")
    done = number_of(dealflow, "done 1")
    dealflow.ok("--as", "bo", "win", "1", "--force", "--why", "x")
    refused_for(dealflow, number_of(dealflow, "win 1"), "undo", done)


def test_undo_sees_later_moves_though_the_values_have_come_back(dealflow):
    dealflow.ok("add", "First", "--at", "2026-06-01")
    dealflow.ok("lose", "1", "-r", "price", "--at", "2026-06-10")
    first = number_of(dealflow, "lose 1")
    dealflow.ok("reopen", "1", "--at", "2026-06-10")
    dealflow.ok("lose", "1", "-r", "price", "--at", "2026-06-10")
    refused_for(dealflow, number_of(dealflow, "lose 1"), "undo", first)


def test_undo_does_not_give_a_deal_the_contact_of_another_customer(dealflow):
    dealflow.ok("add", "First", "-a", "Acme", "--contact", "Wang")
    dealflow.ok("accounts", "add", "Bolt")
    dealflow.ok("edit", "1", "--contact", "none")
    edited = number_of(dealflow, "--contact none")
    dealflow.ok("edit", "1", "--account", "Bolt")
    refused_for(dealflow, number_of(dealflow, "--account Bolt"), "undo", edited)


def without_stage(dealflow, key):
    """The pipeline document as it is, but for one stage."""
    head, *stages = dealflow.ok("stages", "export").out.split("[[stage]]")
    kept = [stage for stage in stages if f'key = "{key}"' not in stage]
    assert len(kept) == len(stages) - 1
    return "[[stage]]".join([head, *kept])


@pytest.fixture
def retired(dealflow, tmp_path):
    """Retires a stage that holds no deal, by its key."""

    def retire(key):
        document = tmp_path / "pipeline.toml"
        document.write_text(without_stage(dealflow, key), encoding="utf-8")
        dealflow.ok("stages", "apply", str(document), "--yes")
        return number_of(dealflow, "stages apply")

    return retire


def first_stage(dealflow):
    return dealflow.ok("stages", "export").out.split('key = "')[2].split('"')[0]


def test_undo_does_not_move_a_deal_back_into_a_stage_that_was_retired_since(dealflow, retired):
    dealflow.ok("add", "First")
    dealflow.ok("advance", "1", "--force", "--why", "x")
    moved = number_of(dealflow, "advance 1")
    refused_for(dealflow, retired(first_stage(dealflow)), "undo", moved)


def test_redo_does_not_retire_a_stage_that_a_deal_has_entered_since(dealflow, retired):
    retired(first_stage(dealflow))
    dealflow.ok("undo")
    dealflow.ok("--as", "li", "add", "First")
    added = number_of(dealflow, "add First")
    undo = number_of(dealflow, "dealflow undo")
    refused_for(dealflow, added, "undo", undo)


@pytest.mark.parametrize("noun", ["products", "reps", "accounts"])
def test_redo_does_not_make_two_of_one_name(dealflow, noun):
    dealflow.ok(noun, "add", "Pump")
    dealflow.ok("undo")
    dealflow.ok(noun, "add", "Pump")
    said = dealflow("undo", number_of(dealflow, "dealflow undo"))
    assert (said.code, said.out) == (4, "")
    assert "cannot have its name back" in said.err


def test_undo_does_not_give_a_name_back_that_another_has_taken(dealflow):
    dealflow.ok("products", "add", "Pump")
    dealflow.ok("products", "edit", "Pump", "--name", "Seal")
    edited = number_of(dealflow, "products edit")
    dealflow.ok("products", "add", "Pump")
    assert dealflow("undo", edited).code == 4


def test_a_contact_does_not_come_back_without_its_customer(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("contacts", "add", "Acme", "Wang")
    dealflow.ok("undo")
    undone = number_of(dealflow, "dealflow undo")
    dealflow.ok("undo")
    assert dealflow("undo", undone).code == 4


def test_customers_do_not_become_each_others_parents_by_redo(dealflow):
    for name in ("Acme", "Bolt"):
        dealflow.ok("accounts", "add", name)
    dealflow.ok("accounts", "edit", "Acme", "--parent", "Bolt")
    dealflow.ok("undo")
    dealflow.ok("accounts", "edit", "Bolt", "--parent", "Acme")
    assert dealflow("undo", number_of(dealflow, "dealflow undo")).code == 4


def test_redo_follows_an_undo_and_nothing_else_that_was_done_since(dealflow):
    dealflow.ok("add", "Acme", "-v", "1k")
    dealflow.ok("edit", "1", "--value", "2k")
    dealflow.ok("undo")
    dealflow.ok("log", "1", "call", "said so")
    said = dealflow("redo")
    assert said.code == 5
    assert "was given since the undo" in said.err
    again = said.err.rsplit("dealflow ", 1)[1].split()
    dealflow.ok(*again)
    assert dealflow.json("show", "1")["amount"] == 2000


def test_an_undo_of_another_day_says_of_which(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.at("2026-07-05T10:00:00+08:00")
    assert "given 2026-07-01" in dealflow.ok("undo").err


def imported(dealflow, tmp_path, rows, *more, worth=1):
    """An import of deals that have a customer each: more than are taken back one by one."""
    sheet = tmp_path / "deals.csv"
    lines = [f"Deal {n},Customer {n},{n * worth},X-{n}" for n in range(1, rows + 1)]
    sheet.write_text("title,account,amount,external_id\n" + "\n".join(lines), encoding="utf-8")
    return dealflow.ok("import", "deals", str(sheet), *more)


def test_a_large_import_goes_and_comes_back_as_it_was(dealflow, tmp_path):
    dealflow.ok("add", "Mine", "-a", "Acme")
    before = dealflow.content()
    imported(dealflow, tmp_path, 300, "--create", "accounts")
    after = dealflow.content()
    dealflow.ok("undo")
    assert dealflow.content() == before
    dealflow.ok("db", "check")  # no index stays behind either
    dealflow.ok("redo")
    assert dealflow.content() == after
    dealflow.ok("db", "check")


def test_a_large_import_that_was_built_on_stays_whole_and_says_by_what(dealflow, tmp_path):
    imported(dealflow, tmp_path, 300, "--create", "accounts")
    number = number_of(dealflow, "import")
    dealflow.ok("edit", "7", "--value", "5k")
    after = dealflow.content()
    refused_for(dealflow, number_of(dealflow, "edit 7"), "undo", number)
    dealflow.ok("undo")
    dealflow.ok("add", "Another", "-a", "Customer 9")
    after = dealflow.content()
    said = dealflow("undo", number)
    assert (said.code, said.out) == (4, "")
    assert "account 1 is used by later commands" in said.err
    assert dealflow.content() == after
    dealflow.ok("db", "check")


def test_many_edits_are_taken_back_unless_one_of_the_rows_was_changed_since(dealflow, tmp_path):
    imported(dealflow, tmp_path, 30, "--create", "accounts")
    before = dealflow.content()
    imported(dealflow, tmp_path, 30, "--match", "external_id", worth=3)
    number = number_of(dealflow, "external_id")
    dealflow.ok("edit", "7", "--value", "5k")
    refused_for(dealflow, number_of(dealflow, "edit 7"), "undo", number)
    dealflow.ok("undo")
    dealflow.ok("undo")
    assert dealflow.content() == before


def test_many_rows_do_not_come_back_to_a_name_that_was_given_since(dealflow, tmp_path):
    imported(dealflow, tmp_path, 30, "--create", "accounts")
    dealflow.ok("undo")
    number = number_of(dealflow, "undo")
    dealflow.ok("accounts", "add", "Customer 20")
    said = dealflow("undo", number)
    assert (said.code, said.out) == (4, "")
    assert "cannot have its name back: account 31 has it" in said.err
    dealflow.ok("db", "check")
