"""`apply`: many commands in one process, all of them or none, or one by one."""

from __future__ import annotations

import json

import pytest


def lines(*each):
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in each)


def replies(said):
    return [json.loads(line) for line in said.out.splitlines()]


PUMPS = {"command": "add", "args": ["Pumps 泵"], "value": "12k", "tag": ["new", "fair"]}


def test_each_line_is_a_command_and_is_answered_in_its_place(dealflow):
    said = dealflow.ok(
        "apply",
        "-",
        stdin=lines(
            PUMPS,
            {"command": "reps add", "args": ["Wang"]},
            {"command": "plan", "args": [1, "fri", "call"]},
            {"command": "edit", "args": ["1"], "owner": "wang", "tag": ["vip"]},
        ),
    )
    found = replies(said)
    assert [(reply["line"], reply["ok"]) for reply in found] == [(n, True) for n in (1, 2, 3, 4)]
    assert [reply["ids"] for reply in found] == [[1], ["wang"], [1], [1]]
    assert found[0]["rows"][0] == found[0]["rows"][0] | {
        "title": "Pumps 泵",
        "tags": ["new", "fair"],
    }
    deal = dealflow.json("show", "1")
    assert (deal["owner"], set(deal["tags"])) == ("wang", {"fair", "new", "vip"})
    assert deal["amount"] == 12000


def test_a_line_answers_what_the_command_line_would(dealflow):
    (reply,) = replies(dealflow.ok("apply", "-", stdin=lines(PUMPS)))
    dealflow.ok("undo")
    told = dealflow.json("add", "Pumps 泵", "--value", "12k", "--tag", "new", "--tag", "fair")
    row = reply["rows"][0]
    assert row | {"id": 0} == told | {"id": 0}


def test_all_lines_are_one_step_that_undo_takes_back(dealflow):
    before = dealflow.content()
    batch = lines(
        PUMPS, {"command": "log", "args": ["1", "call"]}, {"command": "join", "args": ["1", "wang"]}
    )
    batch = lines({"command": "reps add", "args": ["wang"]}) + batch
    dealflow.ok("apply", "-", stdin=batch)
    assert [entry["verb"] for entry in dealflow.json("history")] == ["apply", "init"]
    dealflow.ok("undo")
    assert dealflow.content() == before
    dealflow.ok("db", "check")


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        ({"command": "log", "args": ["9", "call"]}, 3, "line 2: no deal '9'"),
        ({"command": "add", "args": ["X"], "colour": "red"}, 2, "line 2: unknown option of add"),
        ({"command": "list"}, 2, "line 2: list is no command of a batch"),
        ({"command": "undo"}, 2, "line 2: undo is no command of a batch"),
        ({"command": "db backup"}, 2, "line 2: db backup is no command of a batch"),
        ({"command": "nope"}, 2, "line 2: unknown command 'nope'"),
        ({"command": "accounts"}, 2, "line 2: accounts is no command of a batch"),
        ({"args": ["X"]}, 2, "line 2: a line needs a command"),
        ({"command": "add", "args": "X"}, 2, "line 2: args is a list"),
        ({"command": "add", "args": [{}]}, 2, "line 2: args holds dict"),
        ({"command": "add", "args": ["X"], "force": "yes"}, 2, "line 2: force is true or false"),
        ({"command": "add", "args": ["X"], "value": True}, 2, "line 2: value takes a value"),
        ({"command": "add", "args": ["X"], "value": ["1", "2"]}, 2, "line 2: value holds list"),
        ({"command": "add", "args": []}, 2, "line 2: missing argument"),
        ({"command": "add", "args": ["X"], "value": "12 apples"}, 2, "line 2: "),
        ({"command": "advance", "args": ["-"]}, 2, "line 2: stdin holds the lines"),
        ({"command": "edit", "args": ["1-3"], "grade": "A"}, 2, "line 2: changing 3 records"),
        ([], 2, "line 2: a line is a JSON object"),
    ],
)
def test_one_line_that_fails_leaves_nothing_done(dealflow, wrong, code, told):
    before = dealflow.state()
    said = dealflow("apply", "-", stdin=lines(PUMPS, wrong, PUMPS))
    assert said.out == ""
    assert said.err.startswith(f"error: {told}")
    assert said.code == code
    assert dealflow.state() == before


@pytest.mark.parametrize("text", ["{", "nope", '{"command": "add", "command": "list"}', "[" * 9999])
def test_a_line_that_is_no_json_is_named(dealflow, text):
    said = dealflow("apply", "-", stdin=lines(PUMPS) + "\n" + text + "\n")
    assert said.code == 2
    assert said.err.startswith("error: line 3: not JSON: ")


def test_an_error_for_machines_has_the_line(dealflow):
    said = dealflow("apply", "-", "--json", stdin=lines(PUMPS, {"command": "win", "args": ["9"]}))
    error = json.loads(said.err)
    assert (error["error"], error["line"], error["exit_code"]) == ("not_found", 2, said.code)


def test_one_by_one_what_fails_stops_no_other(dealflow):
    batch = lines(
        PUMPS, {"command": "win", "args": ["9"]}, {"command": "log", "args": ["1", "call"]}
    )
    said = dealflow("apply", "-", "--each", stdin=batch)
    assert said.code == 11
    found = replies(said)
    assert [reply["ok"] for reply in found] == [True, False, True]
    assert (found[1]["error"], found[1]["exit_code"], found[1]["line"]) == ("not_found", 3, 2)
    verbs = [entry["verb"] for entry in dealflow.json("history")]
    assert verbs == ["log", "add", "init"]
    typed = dealflow.json("history")[1]["typed"]
    assert typed == "dealflow add --value=12k --tag=new --tag=fair 'Pumps 泵'"


def test_where_every_line_fails_so_does_the_batch(dealflow):
    said = dealflow("apply", "-", "--each", stdin=lines({"command": "win", "args": ["9"]}))
    assert said.code == 3


@pytest.mark.parametrize("each", [(), ("--each",)])
def test_a_batch_that_is_sent_again_doubles_nothing(dealflow, each):
    keyed = lines(*({**PUMPS, "key": f"k{n}"} for n in range(3)))
    dealflow.ok("apply", "-", *each, stdin=lines({**PUMPS, "key": "k1"}))
    first = replies(dealflow.ok("apply", "-", *each, stdin=keyed))
    again = replies(dealflow.ok("apply", "-", *each, stdin=keyed))
    assert [r["rows"][0]["repeated"] for r in first] == [False, True, False]
    assert [r["rows"][0]["repeated"] for r in again] == [True, True, True]
    assert [r["ids"] for r in first] == [r["ids"] for r in again] == [[2], [1], [3]]
    dealflow.ok("db", "check")


def test_a_key_means_the_same_in_a_batch_and_on_the_command_line(dealflow):
    dealflow.ok("add", "Pumps 泵", "--value", "12k", "--tag", "new", "--tag", "fair", "--key", "k")
    (reply,) = replies(dealflow.ok("apply", "-", stdin=lines({**PUMPS, "key": "k"})))
    assert reply["rows"][0]["repeated"] is True


def test_words_that_look_like_options_are_words(dealflow):
    dealflow.ok("apply", "-", stdin=lines({"command": "add", "args": ["--force"], "source": "-x"}))
    assert dealflow.json("show", "1")["title"] == "--force"
    assert dealflow.json("show", "1")["source"] == "-x"


def test_a_rehearsal_answers_and_saves_nothing(dealflow):
    before = dealflow.state()
    said = dealflow.ok("apply", "-", "--dry-run", stdin=lines(PUMPS))
    assert replies(said)[0]["ok"] is True
    assert dealflow.state() == before
    assert dealflow("apply", "-", "--each", "--dry-run", stdin=lines(PUMPS)).code == 2


def test_a_file_of_lines_and_one_that_is_not_there(dealflow, tmp_path):
    path = tmp_path / "lines.ndjson"
    path.write_text("\ufeff" + lines(PUMPS), "utf-8")
    dealflow.ok("apply", str(path))
    assert dealflow.json("list")[0]["title"] == "Pumps 泵"
    assert dealflow("apply", str(tmp_path / "nowhere")).code == 7
    said = dealflow("apply", "-", stdin=b'{"command": "add", "args": ["\xff"]}\n')
    assert (said.code, said.out) == (2, "")
    assert "not UTF-8" in said.err


def test_no_lines_are_no_change(dealflow):
    before = dealflow.state()
    assert dealflow.ok("apply", "-", stdin="\n\n").out == ""
    assert dealflow.state() == before


def test_a_line_that_looks_something_up_sees_what_earlier_lines_did(dealflow):
    dealflow.ok("reps", "add", "wang")
    lines = [
        '{"command": "add", "args": ["Pumps"]}',
        '{"command": "hand-over", "to": "wang"}',
    ]
    dealflow.ok("apply", "-", stdin="\n".join(lines))
    assert [row["owner"] for row in dealflow.json("list")] == ["wang"]
    dealflow.ok("undo")
    assert dealflow.json("list") == []
