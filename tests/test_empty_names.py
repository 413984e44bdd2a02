"""A name that was given and is empty: a script with an unset variable must not hit another database."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.file


def test_an_empty_database_is_refused(dealflow):
    said = dealflow("--db", "", "list")
    assert (said.code, said.out) == (2, "")
    assert "--db is empty" in said.err


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_for_the_database_is_refused(dealflow, monkeypatch, empty):
    monkeypatch.setenv("DEALFLOW_DB", empty)
    said = dealflow("list")
    assert (said.code, said.out) == (2, "")
    assert "DEALFLOW_DB is empty" in said.err


def test_a_database_that_is_named_does_not_need_the_variable(dealflow, monkeypatch):
    monkeypatch.setenv("DEALFLOW_DB", "")
    assert dealflow("--db", str(dealflow.path), "list").code == 0


def test_nobody_is_no_rep(dealflow):
    said = dealflow("--as", "", "add", "Acme")
    assert said.code == 2
    assert "--as is empty" in said.err
