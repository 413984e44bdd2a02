"""Names are taken once, handles too, and no customer is its own parent."""

from __future__ import annotations

import pytest


@pytest.fixture
def known(dealflow):
    """Two of everything."""
    return dealflow.once(make_known)


def make_known(dealflow):
    for name in ("Acme", "Bolt"):
        dealflow.ok("accounts", "add", name)
    for name in ("Wang", "Zhao"):
        dealflow.ok("contacts", "add", "Acme", name)
    for name in ("Pump", "Valve"):
        dealflow.ok("products", "add", name)
    for name in ("First", "Second"):
        dealflow.ok("add", name)
    dealflow.ok("edit", "1", "--external-id", "E1")


@pytest.mark.parametrize(
    "command",
    [
        ("products", "edit", "Valve", "--name", "PUMP"),
        ("accounts", "edit", "Bolt", "--name", "acme"),
        ("contacts", "edit", "2", "--name", "wang"),
        ("edit", "2", "--external-id", "E1"),
        ("reps", "edit", "li", "--name", "me"),
        ("reps", "edit", "li", "--handle", "Me"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_name_that_is_taken_is_refused_in_an_edit(known, command):
    said = known(*command)
    assert (said.code, said.out) == (4, "")


@pytest.mark.parametrize(
    "command",
    [
        ("products", "edit", "Valve", "--name", "VALVE"),
        ("accounts", "edit", "Bolt", "--name", "bolt"),
        ("edit", "1", "--external-id", "E1"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_ones_own_name_may_be_written_otherwise(known, command):
    known.ok(*command)


def test_no_customer_is_its_own_parent_over_whatever_corners(known):
    assert known("accounts", "edit", "Acme", "--parent", "Acme").code == 5
    known.ok("accounts", "add", "Cog", "--parent", "Bolt")
    known.ok("accounts", "edit", "Bolt", "--parent", "Acme")
    assert known("accounts", "edit", "Acme", "--parent", "Cog").code == 5


def test_a_handle_cannot_be_taken_away(known):
    assert known("reps", "edit", "li", "--handle", "").code == 2


def test_a_renamed_rep_undoes_what_was_done_under_the_old_handle(known):
    known.ok("reps", "edit", "li", "--handle", "lee")
    known.ok("--as", "lee", "undo")
    known.ok("--as", "li", "undo")


def test_a_handle_that_somebody_else_has_now_does_not_lend_its_commands(known):
    known.ok("reps", "edit", "li", "--handle", "lee", "--name", "Lee")
    known.ok("--as", "lee", "reps", "add", "li")
    assert known("--as", "li", "undo").code == 5


@pytest.mark.parametrize("word", ["none", "any", "me"])
def test_words_that_mean_something_else_are_no_names_of_reps(dealflow, word):
    said = dealflow("reps", "add", word)
    assert said.code == 4
    assert f"'{word}' is " in said.err
