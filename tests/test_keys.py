"""`--key`: a script that does not know whether a change was saved can ask for it again."""

from __future__ import annotations

import pytest

from dealflow.errors import Conflict

CSV = "title,external_id\nPumps,A-1\nSeals,A-2\n"


@pytest.fixture
def deals(dealflow):
    """How many deals there are."""

    def count() -> int:
        return dealflow.rows("SELECT count(*) FROM opportunity")[0][0]

    return count


def test_the_same_key_and_content_is_done_once_and_answered_alike(dealflow, deals):
    first = dealflow.json("add", "Pumps", "--value", "12k", "--key", "order-1")
    again = dealflow.json("add", "Pumps", "--value", "12k", "--key", "order-1")
    assert deals() == 1
    assert first["repeated"] is False
    assert again == first | {"repeated": True}


def test_a_repetition_says_that_nothing_was_changed_and_prints_the_id(dealflow):
    first = dealflow.ok("add", "Pumps", "--key", "k")
    again = dealflow.ok("add", "Pumps", "--key", "k")
    assert again.out == first.out == "1\n"
    assert again.err == "this was done before with the same key; nothing was changed\n"


@pytest.mark.parametrize(
    "other",
    [("add", "Seals", "--key", "k"), ("add", "Pumps", "--value", "1", "--key", "k")],
)
def test_the_same_key_with_other_content_is_a_conflict(dealflow, deals, other):
    dealflow.ok("add", "Pumps", "--key", "k")
    said = dealflow(*other)
    assert (said.code, said.out) == (Conflict.exit_code, "")
    assert "key 'k' was used for another add by command 2" in said.err
    assert deals() == 1


def test_a_key_belongs_to_one_verb(dealflow):
    dealflow.ok("add", "Pumps", "--key", "k")
    dealflow.ok("log", "1", "call", "talked", "--key", "k")
    dealflow.ok("log", "1", "call", "talked", "--key", "k")
    assert len(dealflow.json("show", "1")["timeline"]) == 2  # the call, and the deal's creation


def test_without_a_key_the_same_words_are_another_change(dealflow, deals):
    dealflow.ok("add", "Pumps")
    dealflow.ok("add", "Pumps")
    assert deals() == 2


def test_how_the_answer_is_shown_is_not_part_of_what_is_asked(dealflow, deals):
    dealflow.ok("add", "Pumps", "--key", "k", "-o", "csv")
    dealflow.ok("add", "Pumps", "--key", "k", "--json", "--yes")
    assert deals() == 1


def test_a_dry_run_uses_no_key_up(dealflow, deals):
    dealflow.ok("add", "Pumps", "--key", "k", "--dry-run")
    assert dealflow.json("add", "Seals", "--key", "k")["repeated"] is False
    assert deals() == 1


def test_a_refused_change_uses_no_key_up(dealflow):
    dealflow.ok("add", "Pumps")
    assert dealflow("advance", "1", "--key", "k").code == 5
    dealflow.ok("log", "1", "call", "talked")
    dealflow.ok("edit", "1", "--set", "need=quiet")
    assert dealflow.json("advance", "1", "--key", "k")[0]["repeated"] is False


def test_what_was_undone_is_not_answered_as_done(dealflow):
    dealflow.ok("add", "Pumps", "--key", "k")
    dealflow.ok("undo")
    said = dealflow("add", "Pumps", "--key", "k")
    assert said.code == Conflict.exit_code
    assert "undone by 3" in said.err
    dealflow.ok("redo")
    assert dealflow.json("add", "Pumps", "--key", "k")["repeated"] is True


def test_a_change_that_had_nothing_to_change_can_be_repeated(dealflow):
    dealflow.ok("add", "Pumps")
    dealflow.ok("edit", "1", "--title", "Pumps", "--key", "k")
    assert dealflow.json("edit", "1", "--title", "Pumps", "--key", "k")[0]["repeated"] is True


def test_ids_on_stdin_are_part_of_the_content(dealflow):
    dealflow.ok("add", "Pumps")
    dealflow.ok("add", "Seals")
    dealflow.ok("win", "-", "--force", "--why", "x", "--key", "k", "--yes", stdin="1\n")
    assert (
        dealflow("win", "-", "--force", "--why", "x", "--key", "k", "--yes", stdin="2\n").code == 4
    )
    said = dealflow("win", "-", "--force", "--why", "x", "--key", "k", "--yes", stdin="1\n")
    assert (said.code, said.out) == (0, "1\n")


def test_an_import_is_taken_in_once_and_its_content_is_the_file(dealflow, deals):
    first = dealflow.ok("import", "-", "--key", "monday", "--json", stdin=CSV)
    again = dealflow.ok("import", "-", "--key", "monday", "--json", stdin=CSV)
    assert again.data == first.data
    assert "imported before" in again.err
    said = dealflow("import", "-", "--key", "monday", stdin=CSV.replace("Seals", "Belts"))
    assert (said.code, said.out) == (4, "")
    assert deals() == 2


def test_an_import_that_skipped_rows_is_answered_again_beside_the_file_it_left(dealflow, tmp_path):
    bad = tmp_path / "bad.csv"
    words = ("import", "-", "--skip-bad", str(bad), "--key", "k", "--json")
    first = dealflow(*words, stdin=CSV + "Belts,A-1\n")
    kept = bad.read_bytes()
    again = dealflow(*words, stdin=CSV + "Belts,A-1\n")
    assert (again.code, again.data) == (first.code, first.data)
    assert (first.code, bad.read_bytes()) == (11, kept)


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "x" * 201])
def test_a_key_that_cannot_be_one_is_refused(dealflow, deals, key):
    said = dealflow("add", "Pumps", "--key", key)
    assert (said.code, said.out) == (2, "")
    assert deals() == 0


def test_two_who_use_one_key_at_once_do_it_once(dealflow, deals):
    """The second waits for the first one's transaction, and finds the key there."""
    import subprocess
    import sys

    words = [sys.executable, "-m", "dealflow", "--db", dealflow.db, "--as", "li"]
    each = [
        subprocess.Popen([*words, "add", "Pumps", "--key", "k"], stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    answers = {process.communicate()[0] for process in each}
    assert answers == {b"1\n"}
    assert deals() == 1
