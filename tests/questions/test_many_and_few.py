"""What is read one way for few rows and another for many: both come to the same, counted by hand."""

from __future__ import annotations

import pytest

from dealflow.store import effort, leakage

FORCE = ("--force", "--why", "as it was")


@pytest.fixture
def sold(dealflow):
    """Four deals of two sources: the second and the last went on, and the last is lost."""
    for title, source in (("a", "web"), ("b", "fair"), ("c", "web"), ("d", "web")):
        dealflow.ok("add", title, "--source", source)
    dealflow.ok("advance", "2", *FORCE)
    dealflow.ok("advance", "4", *FORCE)
    dealflow.ok("lose", "4", "--reason", "price")
    return dealflow


@pytest.mark.parametrize(("few", "most"), [(0.1, 4_000_000), (2.0, 4_000_000), (0.1, 0)])
def test_deals_of_a_filter_are_marked_looked_up_or_chosen_again(sold, monkeypatch, few, most):
    monkeypatch.setattr(leakage, "_FEW", few)
    monkeypatch.setattr(leakage, "_MOST", most)
    rows = {row["stage"]: row for row in sold.json("leakage", "source:web")["rows"]}
    first, second = list(rows.values())[:2]
    assert (first["entered"], first["advanced"], first["still"]) == (3, 1, 2)
    assert (second["entered"], second["lost"], second["still"]) == (1, 1, 0)


@pytest.mark.parametrize("few", [0, 2.0])
@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("rep", {"li": (3, 2, 1)}),
        ("kind", {"call": (2, 1, 1), "visit": (1, 1, 1)}),
        ("channel", {"phone": (1, 1, 1), "wechat": (1, 1, 1), None: (1, 1, 1)}),
    ],
)
def test_what_was_done_is_read_whole_or_looked_up(dealflow, monkeypatch, few, by, groups):
    monkeypatch.setattr(effort, "_FEW", few)
    dealflow.ok("accounts", "add", "Acme")
    dealflow.ok("add", "a", "--account", "Acme")
    dealflow.ok("add", "b", "--account", "Acme")
    dealflow.ok("log", "1", "call", "talked")
    dealflow.ok("log", "1", "call", "talked", "--channel", "wechat")
    dealflow.ok("log", "2", "visit", "met")
    rows = dealflow.json("effort", "--by", by)["rows"]
    found = {row[by]: (row["contacts"], row["deals"], row["customers"]) for row in rows}
    assert found == groups
