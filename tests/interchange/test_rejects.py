"""Rows that cannot be taken in: what is said of them, and the file that keeps them."""

import csv
import json

import pytest

from dealflow.errors import AlreadyExists, BadText
from dealflow.interchange.rejects import Fault, Record, Reject, RejectedFile, Rejects, rejected

HEADING = "external_id,title,account,rep,stage,amount,created,closed\n"
GOOD = "a,A,Acme,li,lead,1,2026-05-01,\n"
BAD = "b,B,Acme,nobody,lead,1,2026-05-01,\n"


@pytest.fixture
def team(dealflow):
    dealflow.ok("accounts", "add", "Acme")
    return dealflow


def reject(line, reason="wrong"):
    return Reject(line, ["x", "y"], reason)


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def test_the_file_is_there_only_once_it_is_whole(tmp_path):
    """An import that is killed halfway leaves the name free for the next one."""
    kept = tmp_path / "bad.csv"
    file = RejectedFile(str(kept))
    file.head(["a", "b"])
    file.write(reject(2))
    assert not kept.exists()
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
    file.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]
    assert kept.stat().st_mode & 0o777 == 0o600
    with kept.open(encoding="utf-8", newline="") as opened:
        assert list(csv.reader(opened))[1] == ["x", "y", "2", "wrong"]


def test_a_file_that_somebody_made_meanwhile_is_not_written_over(tmp_path):
    kept = tmp_path / "bad.csv"
    file = RejectedFile(str(kept))
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(AlreadyExists):
        file.finish()
    file.discard()
    assert kept.read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.parametrize("name", ["", " "])
def test_a_file_without_a_name_keeps_nothing_and_is_refused(team, name):
    """An empty shell variable, as in --skip-bad "$FILE"."""
    said = team("import", "-", "--skip-bad", name, stdin=HEADING + GOOD + BAD)
    assert (said.code, said.out) == (2, "")
    assert "--skip-bad names no file" in said.err
    assert team.json("list", "status:any") == []


def test_rows_that_are_rejected_again_are_not_marked_twice(team, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert team("import", "-", "--skip-bad", str(first), stdin=HEADING + BAD).code == 11
    said = team("import", str(first), "--skip-bad", str(second))
    assert said.code == 11
    assert "ignored" not in said.err
    assert second.read_text(encoding="utf-8") == first.read_text(encoding="utf-8")


# ── what is said ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rows", "told"), [(BAD, "1 of 1 row cannot"), (GOOD + BAD, "1 of 2 rows cannot")]
)
def test_rows_are_counted_in_good_english(team, rows, told):
    assert told in team("import", "-", stdin=HEADING + rows).err


def test_bad_rows_are_told_in_the_order_of_the_file():
    rejects = Rejects()
    for line, reason in ((7, "seven"), (3, "three"), (9, "seven"), (5, "five")):
        rejects.add(reject(line, reason))
    error = rejects.error(9)
    assert [row["line"] for row in error.facts["rows"]] == [3, 5, 7, 9]
    assert error.details == ("line 3: three", "line 5: five", "line 7: seven (2 rows)")


def test_a_customer_whose_parent_is_missing_stands_in_its_place(dealflow):
    said = dealflow("import", "accounts", "-", stdin="name,parent,grade\nA,Nowhere,\nB,,Z\n")
    assert said.code == 5
    assert [line.split(":")[0] for line in said.err.splitlines()[1:3]] == ["line 2", "line 3"]


def test_everything_that_is_wrong_with_a_row_is_said_at_once(team):
    row = "b,B,Nowhere,nobody,Leed,much,soon,\n"
    said = team("import", "-", "--json", stdin=HEADING + row)
    (bad,) = json.loads(said.err)["rows"]
    for part in (
        *("amount: 'much' is not an amount", "created: 'soon' is not a date"),
        *("no stage 'Leed'", "no customer 'Nowhere'", "no rep 'nobody'"),
    ):
        assert bad["reason"].count(part) == 1, part


def test_a_cell_that_cannot_be_read_is_not_also_missing(team):
    said = team("import", "-", stdin=HEADING + "b,B,Acme,li,Won,1,soon,2026-05-02\n")
    assert "created: 'soon'" in said.err
    assert "has no created date" not in said.err


def test_dates_that_contradict_each_other_do_not_hide_an_unknown_name(team):
    row = "b,B,Nowhere,li,Won,1,2026-05-09,2026-05-02\n"
    said = team("import", "-", stdin=HEADING + row)
    assert "before it was created" in said.err
    assert "no customer 'Nowhere'" in said.err


def test_what_is_rejected_holds_each_reason_once():
    record = Record(4, {}, ["x"], (Fault("amount: bad"),))
    found = rejected(record, BadText("a"), BadText("a"), BadText("b"))
    assert found.reason == "amount: bad; a; b"


def test_headings_that_were_not_understood_are_told_with_the_errors(team):
    said = team("import", "-", stdin=HEADING.replace("account", "Firm") + BAD)
    assert said.code == 5
    assert "not used: Firm; --map 'COLUMN=FIELD'" in said.err


def test_a_file_without_anything_to_call_a_deal_by_names_what_it_has(team):
    said = team("import", "-", stdin="Topic,amount\nPumps,1\n")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        "error: no column says what a deal is called; not understood: Topic",
        "hint: add --map 'COLUMN=title'",
    ]


# ── nothing of a rejected row stays ───────────────────────────────────────────────────────────


def names(line, table):
    return [name for (name,) in line.rows(f"SELECT name FROM {table} ORDER BY id")]


def test_a_rejected_update_leaves_nothing_that_it_needed(team, tmp_path):
    """The move fails after customer, contact, product and rep were made for the edit."""
    team.ok("import", "-", stdin=HEADING + GOOD)
    kept = str(tmp_path / "bad.csv")
    text = (
        "external_id,account,contact,product,rep,stage\n"
        "a,NewCo,Mr Wu,Pump,Newrep,solution\n"
        "n,NewCo,Mr Wu,Pump,Newrep,lead\n"
    )
    create = ("--create", "accounts,reps,products,contacts")
    bad, good = text.splitlines(keepends=True)[1:]
    said = team("import", "-", *create, "--skip-bad", kept, "--json", stdin=text.replace(good, ""))
    assert said.code == 11
    assert [(row["table"], row["created"]) for row in said.data if row["created"]] == []
    found = [names(team, table) for table in ("account", "rep", "product", "contact")]
    assert found == [["Acme"], ["li"], [], []]
    team.ok("import", "-", *create, stdin=text.replace(bad, ""))
    found = [names(team, table) for table in ("account", "rep", "product", "contact")]
    assert found == [["Acme", "NewCo"], ["li", "Newrep"], ["Pump"], ["Mr Wu"]]
    team.ok("db", "check")


def test_what_a_rejected_update_needed_is_made_for_the_next_row(team, tmp_path):
    team.ok("import", "-", stdin=HEADING + GOOD + GOOD.replace("a,A", "b,B"))
    text = "external_id,account,rep,stage\na,NewCo,Newrep,solution\nb,NewCo,Newrep,lead\n"
    kept = str(tmp_path / "bad.csv")
    said = team("import", "-", "--create", "accounts,reps", "--skip-bad", kept, stdin=text)
    assert said.code == 11
    found = {row["title"]: (row["account"], row["owner"]) for row in team.json("list")}
    assert found == {"A": ("Acme", "li"), "B": ("NewCo", "newrep")}
    team.ok("db", "check")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("accounts", f"name,owner,region\nBeta,Newrep,{'x' * 301}\n"),
        ("contacts", f"name,account,email\nWu,Beta,{'x' * 301}\n"),
        ("accounts", f"name,owner,region\nAcme,Newrep,{'x' * 301}\n"),
    ],
)
def test_a_rejected_customer_or_contact_leaves_nothing_either(team, tmp_path, kind, text):
    options = ("--create", "accounts,reps", "--skip-bad", str(tmp_path / "bad.csv"))
    assert team("import", kind, "-", *options, stdin=text).code == 11
    assert [names(team, table) for table in ("account", "rep")] == [["Acme"], ["li"]]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("reps", "name,handle\nWang,w\nWu,W\n"),
        ("reps", "name,handle\nWang,\nMe,me\n"),
        ("reps", "name,handle\nWang,w\nli,w\n"),
        ("accounts", "name,parent\nA,B\nB,B\n"),
        ("accounts", "name,parent\nA,B\nB,A\n"),
        ("products", "name,price\nPump,1\npump,2\n"),
        ("deals", "title,owner\nA,li\nB,me\n"),
    ],
)
def test_what_an_action_refuses_is_a_fault_of_its_row(dealflow, kind, text):
    said = dealflow("import", kind, "-", "--create", "reps", stdin=text)
    assert said.code == 5, said.err
    assert "line 3: " in said.err
