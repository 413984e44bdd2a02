"""What is offered where, in process: words of the program, records of the database, filters."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import completing, filters
from dealflow.commands.table import every
from dealflow.completing import line as lines
from dealflow.completing import shells, terms
from dealflow.completing.index import Index

BREAKS = " \t\n\"'@><=;|&(:"


def told(*words: str) -> dict[str, str]:
    """The words that fish is offered after these, the last of which is being typed."""
    *before, typed = words
    argv = ["fish", "dealflow", *before, shlex.quote(typed) if typed else ""]
    _, *offers = completing.answer(argv, os.environ).splitlines()
    return dict(offer.split("\t") for offer in offers)


def offers(*words: str) -> list[str]:
    return list(told(*words))


def how(*words: str) -> str:
    return completing.answer(["fish", "dealflow", *words], os.environ).splitlines()[0]


def in_bash(line: str, breaks: str = BREAKS) -> list[str]:
    return completing.answer(["bash", line, "9", breaks, "80"], os.environ).splitlines()[1:]


# ── the program's own words ───────────────────────────────────────────────────────────────────


@pytest.mark.file
def test_commands_and_their_further_words_are_offered_with_what_they_do(dealflow):
    assert told("adv") == {
        "advance": "Move deals on: to the next stage, to the one named last, or to the one --suggested."
    }
    assert {"add", "list", "db", "settings"} <= set(offers(""))
    assert offers("settings", "holidays", "l") == ["list", "load"]
    assert offers("forecast", "s")[:2] == ["show", "score"]
    assert offers("--as", "li", "lis") == ["list"]


@pytest.mark.file
def test_an_option_is_offered_once_unless_it_may_come_again(dealflow):
    assert offers("add", "x", "--acc") == ["--account"]
    assert offers("add", "x", "-a", "Acme", "--acc") == []
    assert offers("add", "x", "--account=Acme", "--acc") == []
    assert offers("add", "x", "--tag", "a", "--ta") == ["--tag"]
    assert "--dry-run" in offers("add", "x", "--")
    assert "--as-of" not in offers("add", "x", "--")
    assert offers("add", "--", "--acc") == []


#: a word that is in no list, where the program then names all that are
ASKED = [
    ("leakage", "--by"), ("close-rates", "--by"), ("forecast", "--by"), ("pipeline", "--by"),
    ("changes", "--by"), ("pushes", "--by"), ("days", "--by"), ("reasons", "--by"),
    ("effort", "--by"), ("list", "--sort"), ("pool", "list", "--sort"), ("gaps", "--only"), ("close-rates", "--credit"),
    ("list", "-o"), ("fields", "list", "--on"), ("remind", "--by"), ("leakage", "--unit"),
    ("fields", "add", "x", "--type"), ("accounts", "duplicates", "--least"),
    ("import", "-", "--layout"), ("import", "deals", "-", "--create"), ("lose", "1", "-r"),
    ("add", "x", "--stage"), ("add", "x", "--grade"), ("completion",),
    ("log", "1"), ("plan", "1", "fri", "x", "-k"), ("settings", "set"),
]  # fmt: skip


@pytest.mark.file
@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_a_closed_list_is_the_one_that_the_program_names(dealflow, words):
    dealflow.ok("add", "Pumps", "--next", "fri")
    more = {"settings set": ["1"]}.get(" ".join(words), [])
    refused = dealflow(*words, "zzz", *more, stdin="title\nx\n")
    assert refused.code in {2, 3}, refused.err
    known = re.search(r"hint: (?:known: )?(.*)", refused.err)[1]
    named = {word.removeprefix("stages: ").strip() for word in known.split(",")}
    assert set(offers(*words, "")) - {"none"} == named - {"none"}, refused.err


@pytest.mark.file
@pytest.mark.parametrize(
    "name",
    [" ".join(path) for path, _ in every() if "filter" in str(Index().command(list(path)).pattern)],
)
def test_every_key_that_is_offered_is_one_of_that_list(dealflow, name):
    """And no others: the error for a slip names them all."""
    words = name.split()
    more = {
        "export": ["--ics"],
        "hand-over": ["--from", "li", "--to", "li"],
        "score": ["--customers"],
    }
    after = [*words, *more.get(name, [])]
    refused = dealflow(*after, "zzz:1")
    if "unknown filter key" not in refused.err:
        pytest.skip("it is asked of nobody")
    known = {word.strip() for word in refused.err.partition("known: ")[2].split(",")}
    found = {offer.rstrip(":") for offer in offers(*after, "") if offer.endswith(":")}
    named = {one for names, *_ in Index().keys(_which(words)) for one in names if one.isascii()}
    assert found - {"field"} <= known <= named | found


def _which(words: list[str]) -> str:
    takes = [kind for kind, _ in Index().command(words).pattern if kind.startswith("filter:")]
    which = takes[0].removeprefix("filter:")
    return "follow-ups" if which == "exported" else which  # asked with --ics


# ── records ───────────────────────────────────────────────────────────────────────────────────


TEAMS = {}
"""What brings a database to the team below, by its place: the first is made, the others copies."""


@pytest.fixture
def team(dealflow, where):
    if where in TEAMS:
        TEAMS[where](dealflow)
        return dealflow
    dealflow.ok("reps", "add", "Wang Fang", "--handle", "wang", "--team", "North")
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("accounts", "add", "上海恒远")
    dealflow.ok("contacts", "add", "Acme", "Zhao", "--title", "CTO")
    dealflow.ok("contacts", "add", "上海恒远", "Zhang")
    dealflow.ok("products", "add", "Pump")
    dealflow.ok("add", "Pumps", "-a", "Acme", "--next", "fri", "--tag", "vip")
    dealflow.ok("add", "Valves", "--owner", "wang", "-a", "上海恒远")
    dealflow.ok("add", "Seals", "-a", "Acme", "--source", "fair")
    dealflow.ok("add", "Lost one")
    dealflow.ok("lose", "4", "-r", "price")
    TEAMS[where] = dealflow.keep()
    return dealflow


def test_my_open_deals_come_first_then_those_of_others(team):
    assert offers("advance", "") == ["3", "1", "2"]
    assert offers("--as", "wang", "advance", "") == ["2", "3", "1"]
    assert told("advance", "")["1"] == "Pumps · Acme"


def test_a_deal_is_offered_where_the_command_can_use_it(team):
    assert offers("reopen", "") == ["4"]
    assert told("show", "4") == {"4": "Lost one · lost"}
    assert offers("win", "4") == []
    assert offers("show", "") == ["3", "1", "4", "2"]


def test_a_deal_that_is_named_already_is_not_offered_again(team):
    assert offers("win", "3", "") == ["1", "2"]
    assert offers("win", "#3", "#") == ["#1", "#2"]


def test_digits_find_every_number_that_begins_so(dealflow):
    for title in range(12):
        dealflow.ok("add", f"deal {title}")
    assert offers("show", "1") == ["1", "10", "11", "12"]
    assert offers("show", "12") == ["12"]
    assert offers("show", "0") == offers("show", "99999999999999999999") == []
    assert offers("show", "x") == offers("show", "１") == []


def test_a_list_that_is_cut_says_so(dealflow):
    lines = "".join(f'{{"command": "add", "args": ["deal {n}"]}}\n' for n in range(60))
    dealflow.ok("apply", "-", stdin=lines)
    assert len(offers("show", "")) == 50
    assert how("show", "") == "cut"
    assert how("show", "1") == how("show", "99") == "-"


def test_me_is_offered_where_it_is_understood(team):
    named = [
        [*path, option.names[0]]
        for path, _ in every()
        for option in Index().command(list(path)).options
        if option.takes == "rep-or-me"
    ]
    assert ["agenda", "--for"] in named
    for words in named:
        assert "no rep 'me'" not in team(*words, "me", "--to", "me").err


def test_a_stage_is_offered_where_the_deal_can_go(team):
    team.ok("advance", "1", "--force", "--why", "x")
    everything = ["lead", "interested", "needs", "solution", "negotiation", "won"]
    assert offers("advance", "3", "") == everything[1:]
    assert offers("advance", "1", "") == everything[2:]
    assert offers("back", "1", "") == ["lead"]
    assert offers("reopen", "4", "") == everything[:-1]
    assert offers("add", "x", "--stage", "") == everything
    assert offers("advance", "99", "")[:1] == ["lead"]
    assert offers("advance", "3", "1") == ["1"]


def test_of_two_pipelines_the_deal_s_own_counts(team):
    team.ok(
        "stages",
        "apply",
        "-",
        stdin='key="two"\nname="Two"\n[[stage]]\nkey="first"\nname="First"\n[[stage]]\nkey="last"\nname="Last"\n',
    )
    team.ok("add", "Other", "--pipeline", "two")
    assert offers("advance", "5", "") == ["last"]
    assert "first" not in offers("advance", "1", "")
    assert offers("add", "x", "--pipeline", "two", "--stage", "") == ["first", "last"]
    assert offers("move", "1", "t") == ["two"]
    assert offers("move", "1", "two", "--stage", "f") == ["first"]


def test_names_are_found_in_any_case_and_width(team):
    assert offers("add", "x", "-a", "Ac") == offers("add", "x", "-a", "ac") == ["Acme"]
    assert offers("add", "x", "-a", "ＡＣ") == ["Acme"]
    assert offers("add", "x", "-a", "上") == ["上海恒远"]
    assert offers("add", "x", "-a", "zz") == []
    assert offers("accounts", "show", "A") == ["Acme"]
    assert offers("accounts", "add", "A") == []  # a name that is not there yet


def test_people_are_those_of_the_customer_that_is_meant(team):
    assert offers("add", "x", "--contact", "Z") == ["Zhang", "Zhao"]
    assert told("add", "x", "-a", "acme", "--contact", "Z") == {"Zhao": "CTO"}
    assert offers("log", "2", "call", "--contact", "") == ["Zhang"]
    assert offers("accounts", "log", "Acme", "call", "--contact", "") == ["Zhao"]


def test_the_rest_of_the_records(team):
    assert told("edit", "1", "--owner", "w") == {"wang": "North"}
    assert offers("edit", "1", "--owner", "Wang") == ["wang"]
    assert offers("edit", "1", "--owner", "Wang F") == ["Wang Fang"]
    assert offers("edit", "1", "--product", "") == ["Pump"]
    assert offers("edit", "1", "--tag", "v") == ["vip"]
    assert offers("edit", "1", "--tag=-") == ["--tag=-vip"]
    assert offers("edit", "1", "--source", "") == ["fair"]
    assert told("done", "") == {"1": "2026-07-03 follow up · Pumps"}
    assert told("contacts", "edit", "")["1"] == "Zhao · Acme"
    assert offers("pool", "claim", "A") == ["Acme"]
    assert offers("targets", "set", "t") == ["team:North"]
    assert offers("settings", "set", "manager", "w") == ["wang"]
    assert offers("undo", "")[0] == str(len(team.json("history")) and team.json("history")[0]["id"])


def test_custom_fields_and_what_they_can_be(team):
    team.ok("fields", "add", "level", "--type", "choice", "--choice", "high", "--choice", "low")
    team.ok("fields", "add", "tier", "--on", "account")
    assert offers("add", "x", "--set", "l") == ["level="]
    assert offers("add", "x", "--set", "level=") == ["level=high", "level=low"]
    assert offers("accounts", "add", "x", "--set", "") == ["tier="]
    assert offers("list", "field:le") == ["field:level:"]
    assert offers("list", "field:level:h") == ["field:level:high"]
    assert offers("list", "-field:level:") == [
        f"-field:level:{w}" for w in ("high", "low", "none", "any")
    ]
    assert offers("close-rates", "--by", "rep,fi") == ["rep,field:level"]
    assert offers("list", "--sort", "-field") == ["-field:level"]
    assert team("list", "field:level:high").code == 0
    assert team("close-rates", "--by", "rep,field:level").code == 0


# ── filters ───────────────────────────────────────────────────────────────────────────────────


TERMS = {
    "sta": ["stage:", "status:"],
    "-sta": ["-stage:", "-status:"],
    "阶": ["阶段:"],
    "owner:": ["owner:me", "owner:li", "owner:wang", "owner:none", "owner:any"],
    "OWNER:w": ["OWNER:wang"],
    "owner:li,w": ["owner:li,wang"],
    "owner:li,l": [],
    "stage:ne": ["stage:needs", "stage:negotiation"],
    "stage:needs..so": ["stage:needs..solution"],
    "stage:>=so": ["stage:>=solution"],
    "grade:": ["grade:A", "grade:B", "grade:C", "grade:none"],
    "status:w": ["status:won"],
    "account:A": ["account:Acme"],
    "account:上": ["account:上海恒远"],
    "tag:": ["tag:vip", "tag:none", "tag:any"],
    "reason:pr": ["reason:price"],
    "with:": ["with:me", "with:li", "with:wang", "with:none", "with:any"],
    "currency:CN": ["currency:CNY"],
    "close:<eo": ["close:<eow", "close:<eom", "close:<eoq", "close:<eoy"],
    "value:": ["value:none", "value:any"],
    "zzz:": [],
    "title:x y": [],
    "：": [],
}


def test_a_term_in_the_making(team):
    assert {typed: offers("list", typed) for typed in TERMS} == TERMS


@pytest.mark.file
def test_what_goes_out_is_filtered_as_its_list_is(team):
    assert offers("export", "ac")[:2] == ["accounts", "activities"]
    assert offers("export", "deals", "du") == offers("export", "accounts", "du") == []
    assert offers("export", "accounts", "was:l") == ["was:li"]
    assert offers("export", "--ics", "du") == offers("export", "follow-ups", "du") == ["due:"]
    assert offers("export", "reps", "na") == []
    assert offers("export", "--vcard", "title:") == ["title:CTO", "title:none", "title:any"]


def test_other_lists_have_keys_of_their_own(team):
    assert offers("agenda", "du") == ["due:"]
    assert offers("list", "du") == []
    assert offers("accounts", "list", "was:l") == ["was:li"]
    assert offers("contacts", "list", "title:") == ["title:CTO", "title:none", "title:any"]


@given(
    st.text(min_size=1, max_size=12).filter(
        lambda text: text.strip() == text and text.isprintable()
    )
)
def test_a_name_is_written_so_that_the_filter_reads_it_back(name):
    term = f"tag:{terms._shown(name, literal=name.casefold() in {'none', 'any'})}"
    (condition,) = filters.parse([term], filters.KEYS, None).conditions
    assert [test.value for test in condition.tests] == [name]


# ── bash ──────────────────────────────────────────────────────────────────────────────────────


LINES = {
    "dealflow list stage:neg": ["negotiation"],
    "dealflow list --output=nd": ["ndjson"],
    "dealflow list -ost": [],
    "dealflow list 'stage:neg": ["stage:negotiation"],
    'dealflow list "stage:neg': ["stage:negotiation"],
    "dealflow list stage\\:neg": ["stage:negotiation"],
    "dealflow list stage:'neg": ["negotiation"],
    "dealflow add x --account=Ac": ["Acme"],
    "dealflow  --as=wang   settings  holidays\tloa": ["load"],
    "dealflow list > adv": [],
    "dealflow list 2>/dev/null stage:neg": ["negotiation"],
    "dealflow adv\\\nan": ["advance"],
}


@pytest.mark.file
def test_what_bash_is_given_takes_the_place_of_what_it_replaces(team):
    assert {line: in_bash(line) for line in LINES} == LINES


@pytest.mark.file
def test_whoever_took_the_colon_out_of_the_breaks_gets_whole_words(team):
    assert in_bash("dealflow list stage:neg", BREAKS.replace(":", "")) == ["stage:negotiation"]


@pytest.mark.file
def test_of_several_words_none_takes_away_what_was_typed(team):
    team.ok("accounts", "add", "ACME Holding")
    assert in_bash("dealflow add x -a ac") == ["acme", "acME\\ Holding"]
    assert in_bash("dealflow add x -a A") == ["Acme", "ACME\\ Holding"]


def test_what_the_filter_reads_itself_is_written_in_its_quotes(team):
    team.ok("accounts", "add", "Alder, Finch")
    team.ok("accounts", "add", "alpha: one")
    every = ['account:"Alder, Finch"', 'account:"alpha: one"']
    assert offers("list", "account:al") == every
    assert offers("list", 'account:"Alder, F') == every[:1]
    assert offers("list", 'account:"Alder, Finch","alp') == ['account:"Alder, Finch","alpha: one"']
    assert in_bash("dealflow list account:al") == ['\\"Alder,\\ Finch\\"', '\\"alpha:\\ one\\"']
    for term in every:
        assert team("list", term).code == 0
    team.ok("edit", "1", "--tag", "None", "--tag", "me, too")
    assert offers("list", "tag:n") == ['tag:"None"', "tag:none"]
    assert offers("list", 'tag:"m') == ['tag:"me, too"']
    assert [row["id"] for row in team.json("list", 'tag:"None"')] == [1]


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=8), max_size=4))
def test_words_are_read_as_they_were_quoted(words):
    typed = " ".join(["dealflow", *map(shlex.quote, words), "last"])
    found = lines.line(typed, BREAKS)
    assert (found.words, found.typed) == (["dealflow", *words], "last")


@given(
    st.text(st.characters(exclude_characters="\0\n", exclude_categories=("Cs",)), min_size=1),
    st.sampled_from(["", "'", '"']),
)
def test_what_is_quoted_reads_back_as_itself(text, quote):
    written = quote + shells._quoted(text, quote) + quote
    read = subprocess.run(
        ["bash", "--norc", "-c", f"printf %s {written}"],
        env={"LC_ALL": "C.UTF-8"}, capture_output=True, check=True,
    )  # fmt: skip
    assert (read.stdout.decode(), read.stderr) == (text, b"")


# ── whatever the database is like ─────────────────────────────────────────────────────────────


def test_completing_leaves_everything_as_it_is(team):
    before, names = team.state(), team.path.parent.exists() and sorted(team.path.parent.rglob("*"))
    for typed in (
        ["advance", ""],
        ["list", "owner:"],
        ["add", "x", "-a", ""],
        ["undo", ""],
        ["done", ""],
    ):
        assert offers(*typed)
    assert team.state() == before
    assert sorted(team.path.parent.rglob("*")) == names


@pytest.mark.file
@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE rep",
        "PRAGMA user_version=999",
        "PRAGMA application_id=1",
        "CREATE TABLE mine (x)",
        "ALTER TABLE opportunity ADD COLUMN x TEXT",
    ],
)
def test_a_database_of_another_kind_offers_nothing(team, harm):
    team.rows(harm)
    assert offers("show", "") == []
    assert "advance" in offers("adv")


@pytest.mark.file
def test_what_is_no_database_offers_nothing(team, monkeypatch, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "text").write_text("x" * 5000)
    for place in ("nowhere.db", "pipe", "text", ".", "a\nb"):
        assert offers("--db", str(tmp_path / place), "show", "") == []
    for place in ("", "mysql://x", "postgresql://127.0.0.1:1/x"):
        monkeypatch.setenv("DEALFLOW_DB", place)
        assert offers("show", "") == []
    monkeypatch.delenv("DEALFLOW_DB")
    assert offers("show", "") == []
    monkeypatch.setenv("PLACE", str(team.path.parent))
    assert offers("--db", "$PLACE/pipeline.db", "reopen", "") == ["4"]


@pytest.mark.file
def test_a_locked_file_is_not_waited_for(team):
    writer = sqlite3.connect(team.path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    assert offers("show", "") == []
    writer.execute("ROLLBACK")
    writer.close()
    assert offers("reopen", "") == ["4"]


@pytest.mark.file
def test_what_a_killed_writer_left_is_not_mended(team, tmp_path):
    writer = sqlite3.connect(team.path, isolation_level=None)
    writer.execute("PRAGMA cache_size=1")
    writer.execute("BEGIN")
    writer.execute("UPDATE opportunity SET title = title || hex(zeroblob(20000))")
    torn = tmp_path / "torn.db"
    torn.write_bytes(team.path.read_bytes())
    journal = tmp_path / "torn.db-journal"
    journal.write_bytes((tmp_path / "pipeline.db-journal").read_bytes())
    writer.close()
    before = torn.read_bytes(), journal.read_bytes()
    assert offers("--db", str(torn), "show", "") == []
    assert (torn.read_bytes(), journal.read_bytes()) == before


@pytest.mark.file
def test_a_write_ahead_log_is_read_and_nothing_left_beside_it(team, tmp_path):
    team.ok("db", "journal", "wal", "--risk-lost-changes")
    before = team.path.read_bytes()
    assert offers("reopen", "") == ["4"]
    assert [path.name for path in tmp_path.glob("pipeline.db*")] == ["pipeline.db"]
    assert team.path.read_bytes() == before


@given(st.lists(st.text(max_size=10), max_size=5), st.sampled_from(["bash", "zsh", "fish"]))
def test_whatever_is_typed_there_is_an_answer(words, shell):
    env = {"DEALFLOW_DB": "/nowhere/pipeline.db"}
    given_ = {
        "bash": [" ".join(["dealflow", *words]), "9", BREAKS, "80"],
        "zsh": ["80", "dealflow", *words, ""],
        "fish": ["dealflow", *words, ""],
    }
    assert completing.answer([shell, *given_[shell]], env).endswith("\n")
