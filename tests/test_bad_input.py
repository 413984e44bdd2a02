"""Bad input: the right exit code, one clear sentence with a hint, stdout empty, nothing changed."""

from __future__ import annotations

import json
import sqlite3

import pytest


@pytest.fixture
def one_deal(dealflow):
    dealflow.ok("add", "Acme renewal", "-a", "Acme", "-v", "10k", "--next", "+3d")
    return dealflow


CASES = [
    # unknown words: exit 2 from closed lists, 3 for records
    (("nosuch",), 2, "unknown command 'nosuch'"),
    (("lst",), 2, "did you mean list?"),
    (("list", "--nosuch"), 2, "no such option"),
    (("advance", "1", "negotation"), 3, "did you mean negotiation?"),
    (("list", "stage:sollution"), 3, "did you mean"),
    (("list", "stge:needs"), 2, "did you mean stage?"),
    (("list", "value:=>10k"), 2, "unknown operator '=>'"),
    (("list", "owner:>li"), 2, "owner"),
    (("list", "owner:nobody"), 3, "nobody"),
    (("list", "status:opn"), 2, "did you mean open?"),
    (("list", "stage:"), 2, "stage"),
    (("list", "--sort", "ttle"), 2, "did you mean title?"),
    (("list", "-o", "jsn"), 2, "did you mean json?"),
    (("show", "99"), 3, "no deal '99'"),
    (("show", "x"), 2, "'x'"),
    (("win", "99"), 3, "no deal '99'"),
    (("win", "1-"), 2, "is not an id"),
    (("done", "99"), 3, "no follow-up '99'"),
    (("edit", "1", "--owner", "lii"), 3, "did you mean li?"),
    (("edit", "1", "--account", "Acm"), 3, "did you mean Acme?"),
    (("edit", "1", "--product", "Box"), 3, "no product 'Box'"),
    (("edit", "1", "--grade", "D"), 2, "unknown grade 'D'"),
    (("edit", "1"), 2, "nothing to change"),
    (("log", "1", "cal"), 2, "did you mean call?"),
    (("lose", "1", "-r", "prise"), 2, "did you mean price?"),
    (("stages", "show", "nosuch"), 3, "no stage 'nosuch'"),
    (("settings", "set", "colour", "red"), 2, "unknown setting 'colour'"),
    (("settings", "set", "cadence.A", "often"), 2, "'often' is not a cadence"),
    (("settings", "set", "timezone", "Mars/Base"), 2, "Mars/Base"),
    (("--as", "nobody", "list"), 3, "no rep 'nobody'"),
    (("undo", "99"), 3, "no command '99'"),
    # values that make no sense
    (("add", "x", "-v", "lots"), 2, "'lots' is not an amount"),
    (("add", "x", "-v", "1,23"), 2, "'1,23'"),
    (("add", "x", "-v", "12.345"), 2, "decimal places"),
    (("add", "x", "-v", "-5"), 2, "'-5'"),
    (("add", "x", "-v", "9" * 30), 2, "too large"),
    (("add", "x", "--close", "31 Foo"), 2, "'31 Foo' is not a date"),
    (("add", "x", "--close", "2026-02-30"), 2, "2026-02-30"),
    (("add", "x", "--close", "01/02/2026"), 2, "01/02/2026"),
    (("add", "x", "--probability", "150%"), 2, "is not a probability"),
    (("add", "x", "--at", "+3d"), 5, "in the future"),
    (("leakage", "--period", "Q5"), 2, "'Q5' is not a period"),
    (("leakage", "--cohort", "born"), 2, "born"),
    (("leakage", "--from", "2026-07-01", "--to", "2026-06-01"), 2, "2026"),
    (("close-rates", "--by", "shoesize"), 2, "shoesize"),
    (("overdue", "--as-of", "someday"), 2, "'someday' is not a date"),
    (("add", ""), 2, "blank"),
    (("add", "   "), 2, "blank"),
    (("add", "x" * 501), 2, "501 characters"),
    (("add", "a\udcffb"), 2, "not valid UTF-8"),
    (("add",), 2, "missing argument"),
    # rules
    (("advance", "1"), 5, "needs"),
    (("back", "1"), 5, "first stage"),
    (("reopen", "1"), 5, "is open already"),
    (("win", "1", "--force"), 2, "why"),
    (("win", "1", "--at", "2020-01-01"), 5, ""),
    (("log", "1", "call", "--at", "2030-01-01"), 5, "future"),
    (("accounts", "add", "acme"), 4, "exists already"),
    (("reps", "add", "Li"), 4, "exists already"),
    (("add", "x", "-v", "1k", "--as-of", "today"), 2, "--as-of"),
]


@pytest.mark.parametrize(
    ("words", "code", "told"), CASES, ids=lambda v: " ".join(v)[:40] if isinstance(v, tuple) else ""
)
def test_it_is_refused_clearly(one_deal, words, code, told):
    before = one_deal.state()
    said = one_deal(*words)
    assert said.code == code, said.err
    assert said.out == ""
    assert told in said.err
    lines = said.err.splitlines()
    assert lines[0].startswith("error: ")
    assert not lines[0].endswith(".")
    assert len(lines) <= 2
    assert one_deal.state() == before


@pytest.mark.parametrize(("words", "code", "told"), CASES[:12])
def test_with_json_the_refusal_is_json_too(one_deal, words, code, told):
    said = one_deal(*words, "--json")
    refusal = json.loads(said.err)
    assert (said.out, said.code, refusal["exit_code"]) == ("", code, code)
    assert refusal["message"]


HOSTILE = [
    "[red]alert[/red] [/]",
    "a\x1b[31mred\x1b]0;title\x07",
    "line1\nline2",
    "invoice \u202egpj.exe",
    ":smiley: {{7*7}} %s",
    "'); DROP TABLE opportunity;--",
    "عقد سنوي",
    "北京华联集团 年度框架合同",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_stored_exactly_and_shown_harmlessly(dealflow, text):
    dealflow.ok("add", "--", text)
    assert dealflow.json("list")[0]["title"] == text
    for words in (("list",), ("list", "-o", "table"), ("show", "1"), ("show", "1", "-o", "table")):
        shown = dealflow.ok(*words).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert dealflow.rows("SELECT title FROM opportunity") == [(text,)]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 8), (b"x", 8), (b"hello world " * 100, 8), (b"SQLite format 3\0" + b"\0" * 1000, 8)],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(dealflow, tmp_path, content, code):
    file = tmp_path / "other.db"
    file.write_bytes(content)
    for words in (("list",), ("add", "x"), ("overdue", "--json")):
        said = dealflow("--db", str(file), *words)
        assert (said.code, said.out) == (code, "")
        assert "other.db" in said.err
    assert file.read_bytes() == content


def test_a_missing_database_says_how_to_make_one(cli_without_database):
    for words in (("list",), ("add", "x")):
        said = cli_without_database(*words)
        assert (said.code, said.out) == (7, "")
        assert "hint: dealflow init" in said.err
    assert not cli_without_database.path.exists()


def test_a_missing_folder_is_named(cli_without_database, tmp_path):
    said = cli_without_database("--db", str(tmp_path / "no" / "x.db"), "init")
    assert (said.code, said.out) == (7, "")
    assert "cannot create" in said.err


def test_a_second_init_keeps_the_first(dealflow):
    dealflow.ok("add", "Acme")
    before = dealflow.state()
    said = dealflow("init")
    assert (said.code, said.out) == (4, "")
    assert dealflow.state() == before


@pytest.mark.file
def test_a_newer_file_is_refused_even_for_reading(dealflow):
    con = sqlite3.connect(dealflow.path)
    con.execute("PRAGMA user_version=99")
    con.close()
    said = dealflow("list")
    assert (said.code, said.out) == (9, "")
    assert "99" in said.err


def test_whoever_is_not_a_rep_is_told_how_to_say_who_they_are(dealflow, monkeypatch):
    monkeypatch.setenv("DEALFLOW_REP", "stranger")
    said = dealflow("add", "x")
    assert (said.code, said.out) == (2, "")
    assert "--as NAME" in said.err
    assert dealflow("list").code == 0


def test_an_unexpected_error_is_one_line_without_a_traceback(dealflow, monkeypatch, tmp_path):
    from dealflow.invocation import Run

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(Run, "ask", lambda *_, **__: 1 / 0)
    said = dealflow("list")
    assert (said.code, said.out) == (1, "")
    assert "a bug in dealflow (ZeroDivisionError)" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("text", ["-20°C freezer for lab", "-web:ads", "−5", "-5% discount"])
def test_text_that_begins_like_an_option_is_kept_as_it_was_typed(dealflow, text):
    dealflow.ok("add", text, "--source", text, "--tag", "-x:y")
    deal = dealflow.json("show", "1")
    assert (deal["title"], deal["source"]) == (text, text)
    dealflow.ok("log", "1", "note", text)
    assert dealflow.json("show", "1")["timeline"][0]["what"] == text


def test_negated_filters_and_days_ago_are_no_options(dealflow):
    dealflow.ok("add", "one", "--source", "fair", "--at", "-2w")
    dealflow.ok("add", "two")
    assert [d["title"] for d in dealflow.json("list", "-source:fair")] == ["two"]
    dealflow.ok("plan", "1", "-1d", "call")
    assert len(dealflow.json("overdue")["rows"]) == 1


@pytest.mark.parametrize("number", [str(2**63), "9" * 30])
@pytest.mark.parametrize(
    "words", [("edit", "--value", "1"), ("win",), ("done",), ("undo",), ("history",)]
)
def test_a_number_beyond_every_id_is_wrong_usage(dealflow, words, number):
    said = dealflow(*words, number)
    assert (said.code, said.out) == (2, "")


def test_a_range_asks_and_typed_ids_do_not(dealflow):
    for name in ("one", "two", "three"):
        dealflow.ok("add", name)
    assert dealflow("void", "1-2").code == 2
    dealflow.ok("void", "1-2", "--yes")
    dealflow.ok("void", "3")


def test_ids_on_stdin_that_are_not_text_are_wrong_usage(dealflow):
    assert dealflow("void", "-", "--yes", stdin=b"\xff\xfe").code == 2


def test_an_empty_pipe_of_ids_is_success(dealflow):
    for words in (("void", "-"), ("edit", "-", "--value", "1"), ("done", "-")):
        assert dealflow(*words, stdin="").code == 0


def test_a_group_alone_shows_its_help_and_version_its_version(dealflow):
    assert "Usage: dealflow reps" in dealflow.ok("reps").out
    assert "Usage: dealflow" in dealflow.ok().out
    assert dealflow.ok("--version").out.startswith("dealflow 0.")


def test_a_refusal_before_the_format_is_understood_is_json_too(dealflow):
    assert json.loads(dealflow("list", "--nosuch", "-o", "json").err)["error"] == "usage_error"


def test_the_hint_of_wrong_usage_names_the_whole_command(dealflow):
    assert "hint: dealflow products edit --help" in dealflow("products", "edit").err


def test_where_nothing_is_known_the_hint_says_so(dealflow):
    dealflow.ok("add", "Acme")
    dealflow.rows("DELETE FROM loss_reason")
    said = dealflow("lose", "1", "--reason", "price")
    assert said.code == 2
    assert "hint: no loss reason is known yet" in said.err
