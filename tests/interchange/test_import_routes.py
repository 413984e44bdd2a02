"""Into which pipeline the deals of a file go."""

from __future__ import annotations

import pytest

from dealflow.interchange import references
from dealflow.pipelines import pipeline_toml, template


@pytest.fixture
def desk(dealflow):
    """Two pipelines beside the default; pumps go to one, the software trade to the other."""
    for key in ("saas", "zh"):
        if key not in {row["key"] for row in dealflow.json("pipelines", "list")}:
            text = pipeline_toml(template(key))
            dealflow.ok("stages", "apply", "-", "--yes", stdin=text)
    dealflow.ok("products", "add", "Pump")
    dealflow.ok("accounts", "add", "Acme", "--segment", "Software")
    dealflow.ok("accounts", "add", "Beta")
    dealflow.ok("settings", "set", "pipeline.product.Pump", "zh")
    dealflow.ok("settings", "set", "pipeline.segment.Software", "saas")
    return dealflow


def went(desk):
    return {row["title"]: row["pipeline"] for row in desk.json("list", "status:any")}


def second(desk):
    """The second stage of saas."""
    return [row["key"] for row in desk.json("stages", "list") if row["pipeline"] == "saas"][1]


FILE = """title,external_id,account,product
one,1,Acme,
two,2,Beta,
three,3,Acme,Pump
four,4,,
"""


def test_new_deals_go_where_add_would_put_them(desk):
    said = desk.ok("import", "deals", "-", stdin=FILE)
    default = desk.json("settings", "list")
    assert went(desk) == {"one": "saas", "two": "en", "three": "zh", "four": "en"}, default
    assert "2 deals in another pipeline than" in said.err


def test_a_file_imported_again_finds_its_deals_where_they_are(desk):
    desk.ok("import", "deals", "-", stdin=FILE)
    stage = second(desk)
    moved = f"title,external_id,stage\none,1,{stage}\n"
    desk.ok("import", "deals", "-", "--force", "--why", "as told", stdin=moved)
    assert desk.json("show", "1")["stage"] == stage
    again = desk.ok("import", "deals", "-", stdin=FILE)
    assert "nothing changed" in again.err


def test_a_column_says_it_and_the_option_says_it_for_all(desk):
    rows = "title,pipeline,product\none,en,Pump\ntwo,saas,\n"
    desk.ok("import", "deals", "-", stdin=rows)
    assert went(desk) == {"one": "en", "two": "saas"}
    desk.ok("import", "deals", "-", "--pipeline", "zh", stdin="title,product\nthree,\nfour,Pump\n")
    assert went(desk) == {"one": "en", "two": "saas", "three": "zh", "four": "zh"}


def test_stages_are_those_of_the_pipeline(desk):
    stage = second(desk)
    rows = f"title,pipeline,stage\none,saas,{stage}\n"
    desk.ok("import", "deals", "-", "--force", "--why", "known", stdin=rows)
    assert desk.json("show", "1")["stage"] == stage
    assert desk.json("show", "1")["pipeline"] == "saas"


def test_an_unknown_pipeline_and_one_that_a_deal_is_not_in_are_errors_of_the_row(desk):
    said = desk("import", "deals", "-", stdin="title,pipeline\none,Sales\n")
    assert said.code == 5
    assert "Sales" in said.err
    assert "--pipeline KEY" in said.err
    desk.ok("import", "deals", "-", stdin="title,external_id,pipeline\none,1,saas\n")
    said = desk("import", "deals", "-", stdin="title,external_id,pipeline\none,1,zh\n")
    assert said.code == 5
    assert "deal 1 is in the pipeline saas" in said.err


def test_customers_are_made_once_however_few_are_remembered(dealflow, monkeypatch):
    """Two files' worth of chunks, each customer in the first of them and in the last."""
    monkeypatch.setattr(references, "_REMEMBERED", 3)
    rows = "".join(f"Deal {n},{n},Firm {n % 700}\n" for n in range(1400))
    told = "title,external_id,account\n" + rows
    dealflow.ok("import", "-", "--create", "accounts", stdin=told)
    found = "SELECT count(*), count(DISTINCT folded) FROM account"
    assert dealflow.rows(found) == [(700, 700)]
    assert dealflow.rows("SELECT count(*) FROM opportunity WHERE account_id IS NULL") == [(0,)]
