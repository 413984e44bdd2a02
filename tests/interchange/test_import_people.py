"""Importing reps, customers, contacts and products: by name, again and again."""

import pytest


def only(said):
    return {key: value for key, value in said.data[0].items() if value}


ACCOUNTS = "account,sector,employees,subsidiary_of,revenue\n"


def test_customers_come_with_the_parents_that_stand_below_them(dealflow):
    text = ACCOUNTS + "Beta,medical,50,Acme,1\nAcme,retail,10,,2\nGamma,,,beta,\n"
    said = dealflow.ok("import", "accounts", "-", "--json", stdin=text)
    assert only(said) == {"table": "accounts", "created": 3}
    assert "ignored: revenue" in said.err
    assert dealflow.rows(
        "SELECT a.name, a.segment, a.size, p.name, a.owner_id FROM account a"
        " LEFT JOIN account p ON p.id = a.parent_id ORDER BY a.id",
    ) == [
        ("Beta", "medical", "50", "Acme", None),
        ("Acme", "retail", "10", None, None),
        ("Gamma", None, None, "Beta", None),
    ]
    assert only(dealflow.ok("import", "accounts", "-", "--json", stdin=text)) == {
        "table": "accounts", "unchanged": 3,
    }  # fmt: skip
    dealflow.ok("undo")
    assert dealflow.rows("SELECT count(*) FROM account") == [(0,)]


def test_a_parent_that_is_nowhere_is_a_bad_row(dealflow):
    said = dealflow("import", "accounts", "-", stdin=ACCOUNTS + "Beta,,,Nobody,\nAcme,,,Acme,\n")
    assert said.code == 5
    assert "no customer 'Nobody'" in said.err
    assert "it cannot be part of itself" in said.err
    assert dealflow.rows("SELECT count(*) FROM account") == [(0,)]


def test_a_name_in_another_case_or_width_is_the_same_customer(dealflow):
    dealflow.ok("accounts", "add", "Acme", "--segment", "retail")
    said = dealflow.ok(
        "import", "accounts", "-", "--json", stdin="name,industry\nＡＣＭＥ,medical\n"
    )
    assert only(said) == {"table": "accounts", "updated": 1}
    assert dealflow.rows("SELECT name, segment FROM account") == [("Acme", "medical")]
    twice = dealflow("import", "accounts", "-", stdin="name\nBeta\nBETA\n")
    assert twice.code == 5
    assert "stands in line 2 already" in twice.err


def test_contacts_are_told_apart_within_their_customer(dealflow):
    text = "account,name,phone\nAcme,Wu,1\nBeta,Wu,2\n"
    assert dealflow("import", "contacts", "-", stdin=text).code == 5
    said = dealflow.ok("import", "contacts", "-", "--create", "accounts", "--json", stdin=text)
    assert [(row["table"], row["created"]) for row in said.data] == [
        ("accounts", 2),
        ("contacts", 2),
    ]
    again = dealflow.ok("import", "contacts", "-", "--json", stdin=text.replace(",2", ",3"))
    assert (again.data[0]["updated"], again.data[0]["unchanged"]) == (1, 1)
    assert dealflow.rows("SELECT phone FROM contact ORDER BY id") == [("1",), ("3",)]


def test_products_have_a_price_in_a_currency(dealflow):
    text = "product,series,sales_price,currency,active\nPump,P,1.5k,USD,yes\nValve,V,20,,no\n"
    dealflow.ok("import", "products", "-", stdin=text)
    assert dealflow.rows("SELECT name, series, price, currency, active FROM product") == [
        ("Pump", "P", 150_000, "USD", 1),
        ("Valve", "V", 2000, "CNY", 0),
    ]
    said = dealflow.ok("import", "products", "-", "--json", stdin=text)
    assert only(said) == {"table": "products", "unchanged": 2}


@pytest.mark.parametrize("key", ["name", "handle", "email"])
def test_reps_are_found_by_the_key_that_is_named(dealflow, key):
    text = "name,handle,email,team\nWang Wei,ww,ww@example.com,North\n"
    dealflow.ok("import", "reps", "-", "--match", key, stdin=text)
    moved = text.replace("North", "South")
    said = dealflow.ok("import", "reps", "-", "--match", key, "--json", stdin=moved)
    assert only(said) == {"table": "reps", "updated": 1}
    assert dealflow.rows("SELECT handle, team FROM rep WHERE id > 1") == [("ww", "South")]


def test_a_rep_who_would_share_a_name_with_another_is_refused(dealflow):
    said = dealflow("import", "reps", "-", "--match", "email", stdin="name,email\nli,x@y.z\n")
    assert said.code == 5
    assert "line 2: rep 'li' exists already" in said.err


def test_a_file_without_the_key_is_wrong_usage(dealflow):
    said = dealflow("import", "reps", "-", stdin="team\nNorth\n")
    assert said.code == 2
    assert "no column is the name" in said.err
