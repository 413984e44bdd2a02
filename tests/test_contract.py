"""`schema`: what is promised to programs is what they get."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from dealflow.cli import _accepts
from dealflow.commands import contract as command
from dealflow.commands.table import every

with open(command.PATH, encoding="utf-8") as file:
    CONTRACT = json.load(file)


@pytest.fixture
def worked(dealflow):
    """A database in which every question below has something to answer."""
    return dealflow.once(make_worked)


def make_worked(dealflow):
    dealflow.ok("reps", "add", "wang", "--team", "north")
    dealflow.ok("accounts", "add", "Acme", "--grade", "A")
    dealflow.ok("contacts", "add", "Acme", "Zhao")
    dealflow.ok("products", "add", "Pump", "--price", "3万")
    dealflow.ok("add", "Pumps", "-a", "Acme", "-v", "12.5万", "--product", "Pump", "--next", "fri")
    dealflow.ok("add", "Valves", "-a", "Acme")
    dealflow.ok("lose", "2", "-r", "price")
    dealflow.ok("plan", "1", "yesterday", "demo")
    dealflow.ok("log", "1", "call", "talked")


@pytest.mark.parametrize(
    "words",
    [
        *("list", "show 1", "agenda", "overdue", "next", "unplanned", "quiet", "stuck", "gaps"),
        *("leakage", "close-rates", "effort --period this-month", "history", "history --since 0"),
        *("reps list", "accounts list", "accounts show Acme", "contacts list", "products list"),
        *("fields list", "stages list", "stages show lead", "stages review", "settings list"),
        *(
            "pipelines list",
            "db check",
            "add More -v 1k",
            "edit 1 --grade A",
            "advance 1 --force --why x",
        ),
        *("win 1 --force --why x", "plan 1 mon visit", "done 1", "log 1 note x", "accounts add B"),
    ],
)
def test_an_answer_is_what_its_schema_says(worked, words):
    said = worked(*words.split(), "--json")
    assert said.code in {0, 10}, said.err
    name = max((" ".join(path) for path, _ in every() if words.startswith(" ".join(path))), key=len)
    schema = CONTRACT["commands"][name]["output"]
    assert schema
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(said.data)


def test_a_schema_refuses_what_is_not_promised(worked):
    schema = CONTRACT["commands"]["list"]["output"]
    row = worked.json("list")[0]
    del row["title"]
    assert not Draft202012Validator(schema).is_valid([row])


@pytest.mark.parametrize(
    "words", ["show 99", "nope", "list stge:x", "plan 1 32.13. x", "advance 1", "add", "undo 99"]
)
def test_an_error_has_a_code_that_is_promised_with_its_exit(worked, words):
    said = worked(*words.split(), "--json")
    error = json.loads(said.err)
    assert CONTRACT["errors"][error["error"]] == error["exit_code"] == said.code


def test_a_batch_takes_the_options_that_are_promised():
    for path, entry in every():
        name = " ".join(path)
        if entry.changes and path[0] not in {"apply", "undo", "redo", "import", "init", "db"}:
            promised = CONTRACT["commands"][name]["options"].keys() - {"dry_run"}
            assert _accepts(name).keys() == promised, name


def test_it_is_printed_whole_or_of_one_command(dealflow):
    assert dealflow.ok("schema").data == CONTRACT
    one = dealflow.ok("schema", "reps", "add").data
    assert (one["command"], one["contract"]) == ("reps add", CONTRACT["contract"])
    assert one["output"] == CONTRACT["commands"]["reps add"]["output"]
    assert dealflow("schema", "nope").code == 2


def test_no_name_stands_twice_in_an_answer(worked):
    """What JSON calls by one name is one thing; a section is no second `deals`."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    for words in ("accounts show Acme", "show 1", "leakage", "close-rates", "db info"):
        json.loads(worked.ok(*words.split(), "--json").out, object_pairs_hook=once)
