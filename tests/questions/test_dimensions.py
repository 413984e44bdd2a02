"""Every dimension groups the same few deals, on a file and on a server; what is expected, by hand."""

from __future__ import annotations

import json

import pytest

from dealflow.store.dimensions import DIMENSIONS

#: dimension -> won, lost and open by group: the pump was won by li, the valve was lost by bo from
#: negotiation, and the seal is open
EXPECTED = {
    "rep": {"li": (1, 0, 1), "bo": (0, 1, 0)},
    "team": {None: (1, 0, 1), "east": (0, 1, 0)},
    "product": {"Pump": (1, 0, 1), "Big pump": (1, 0, 0), "Valve": (0, 1, 0)},
    "series": {"P": (1, 0, 1), "V": (0, 1, 0)},
    "segment": {"energy": (1, 0, 0), None: (0, 1, 1)},
    "source": {"fair": (1, 0, 0), "web": (0, 1, 0), None: (0, 0, 1)},
    "region": {"north": (1, 0, 0), None: (0, 1, 1)},
    "grade": {"A": (1, 0, 0), "B": (0, 1, 0), None: (0, 0, 1)},
    "size": {"500+": (1, 0, 0), None: (0, 1, 1)},
    "channel": {"WeChat": (1, 0, 0), "visit": (0, 1, 0), None: (0, 0, 1)},
    "month": {"2026-07": (1, 1, None)},
    "quarter": {"2026-Q3": (1, 1, None)},
    "year": {"2026": (1, 1, None)},
    "stage-lost": {None: (1, 0, None), "Negotiation": (0, 1, None)},
    "reason": {None: (1, 0, None), "Price": (0, 1, None)},
    "pipeline": {"en": (1, 1, 1)},
    "currency": {"CNY": (1, 0, 1), "USD": (0, 1, 0)},
    "forced": {"as required": (1, 0, 1), "forced": (0, 1, 0)},
    "field:need": {"quiet": (1, 0, 0), None: (0, 1, 1)},
    "field:account.tier": {"gold": (1, 0, 0), None: (0, 1, 1)},
    "field:contact.role": {"buyer": (1, 0, 0), None: (0, 1, 1)},
}


@pytest.fixture
def sold(dealflow):
    return dealflow.once(make_sold)


def make_sold(dealflow):
    force = ("--force", "--why", "test")
    for words in (
        ("reps", "add", "bo", "--team", "east"),
        ("accounts", "add", "Acme", "--grade", "A", "--segment", "energy", "--region", "north"),
        ("accounts", "edit", "Acme", "--size", "500+", "--source", "fair"),
        ("fields", "add", "need"),
        ("fields", "add", "tier", "--on", "account"),
        ("fields", "add", "role", "--on", "contact"),
        ("accounts", "edit", "Acme", "--set", "tier=gold"),
        ("contacts", "add", "Acme", "Zhao"),
        ("contacts", "edit", "1", "--set", "role=buyer"),
        ("products", "add", "Pump"),
        ("products", "edit", "Pump", "--series", "P"),
        ("products", "add", "Big pump"),
        ("products", "edit", "Big pump", "--series", "P"),
        ("products", "add", "Valve"),
        ("products", "edit", "Valve", "--series", "V"),
        ("add", "pump", "-a", "Acme", "--contact", "Zhao", "--set", "need=quiet"),
        ("edit", "1", "--product", "Pump", "--product", "Big pump", "--value", "10"),
        ("log", "1", "note", "no contact"),
        ("log", "1", "call", "hello", "--channel", "WeChat"),
        ("log", "1", "visit", "again"),
        ("win", "1", *force),
        ("add", "valve", "--owner", "bo", "--product", "Valve", "--value", "USD 5"),
        ("edit", "2", "--source", "web", "--grade", "B"),
        ("log", "2", "visit", "there"),
        ("advance", "2", "negotiation", *force),
        ("lose", "2", "-r", "price"),
        ("add", "seal", "--product", "Pump"),
    ):
        dealflow.ok(*words)


def test_every_dimension_puts_the_same_deals_into_its_groups(sold):
    assert {name for name in EXPECTED if ":" not in name} == DIMENSIONS.keys()
    for name, expected in EXPECTED.items():
        report = sold.json("close-rates", "--by", name)
        column = {"currency": "of_currency"}.get(name, name.replace("-", "_"))
        found = {row[column]: (row["won"], row["lost"], row["open"]) for row in report["rows"]}
        assert found == expected, name
        total = report["total"]
        assert (total["won"], total["lost"], total["open"]) == (1, 1, 1), name


def test_a_series_and_a_product_of_it_are_one_group(sold):
    rows = sold.json("close-rates", "--by", "series,product")["rows"]
    assert {(row["series"], row["product"], row["won"], row["lost"]) for row in rows} == {
        ("P", "Pump", 1, 0),
        ("P", "Big pump", 1, 0),
        ("V", "Valve", 0, 1),
    }


def test_a_dimension_may_be_written_as_its_column_is(sold):
    written = [
        sold.json("close-rates", "--by", word)["rows"] for word in ("stage-lost", "STAGE_LOST")
    ]
    assert written[0] == written[1]


#: what a report cannot be grouped by, and the reason that it gives
NONE = {
    **{
        (report, name): f"open deals have no {name} closed"
        for report in ("pipeline", "changes", "pushes")
        for name in ("month", "quarter", "year")
        if (report, name) != ("pipeline", "month")  # there it is that of the expected close
    },
    ("reasons", "reason"): "each line is of one reason already",
    **{("changes", name): f"a balance by {name} is none" for name in ("product", "series")},
}


@pytest.mark.parametrize(
    "report",
    ["leakage", "days", "reasons", "pipeline", "pushes", "forecast", "changes --period this-month"],
)
def test_every_dimension_reaches_every_report(sold, report):
    """A new one is there at once, and under no name that a figure has already."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), (report, names)
        return dict(pairs)

    words = report.split()
    for name in EXPECTED:
        said = sold(*words, "--by", name, "--json")
        refused = NONE.get((words[0], name))
        assert said.code == (2 if refused else 0), (name, said.err)
        assert not refused or refused in said.err
        json.loads(said.out or "{}", object_pairs_hook=once)
