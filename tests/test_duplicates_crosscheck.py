"""Whatever is merged: no deal, activity or follow-up is lost, and one undo brings back every byte."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HERE = {"file": 25, "server": 4}
"""How many teams are tried on each."""
NAMES = ("Acme", "ACME Ltd", "A c m e", "Beta", "Gamma")
FACTS = ("grade", "region", "segment", "domain", "owner")
VALUES = {
    "grade": st.sampled_from("ABC"),
    "region": st.sampled_from(["华东", "South"]),
    "segment": st.sampled_from(["energy", "food"]),
    "domain": st.sampled_from(["a.com", "b.com"]),
    "owner": st.sampled_from(["li", "wang"]),
}
customer = st.fixed_dictionaries(
    {
        "facts": st.fixed_dictionaries({}, optional=VALUES),
        "people": st.lists(st.sampled_from(["Zhao", "zhao", "ZHAO.", "Qian"]), max_size=3),
        "deals": st.lists(st.integers(0, 2), max_size=2),
        "own": st.integers(0, 2),
        "parent": st.integers(0, 4),
    }
)


@pytest.fixture
def team(dealflow):
    dealflow.ok("reps", "add", "wang")
    return dealflow, dealflow.keep()


def build(line, told):
    for name, one in zip(NAMES, told, strict=True):
        facts = [word for key, value in one["facts"].items() for word in (f"--{key}", value)]
        line.ok("accounts", "add", name, *facts)
    for at, (name, one) in enumerate(zip(NAMES, told, strict=True)):
        if one["parent"] < at:
            line.ok("accounts", "edit", name, "--parent", NAMES[one["parent"]])
        people = list({person.lower(): person for person in one["people"]}.values())
        for person in people:
            line.ok("contacts", "add", name, person, "--phone", f"13{at}00{len(person)}")
        for number, who in enumerate(one["deals"]):
            contact = ("--contact", people[who]) if who < len(people) else ()
            line.ok("add", f"{name} {number}", "-a", name, *contact, "--next", "+2d")
        for _ in range(one["own"]):
            who = ("--contact", people[0]) if people else ()
            line.ok("accounts", "log", name, "call", "hello", *who)


def keys(line):
    """What must be the same before and after: everything but whose it is."""
    return {
        "deals": line.rows(
            "SELECT id, title, owner_id, status, stage_id FROM opportunity ORDER BY 1"
        ),
        "visits": line.rows("SELECT * FROM visit ORDER BY id"),
        "activities": line.rows("SELECT id, opportunity_id, kind, at FROM activity ORDER BY id"),
        "plans": line.rows("SELECT * FROM follow_up ORDER BY id"),
    }


def called(name):
    return "".join(c for c in name.lower() if c.isalnum())


def test_merging_any_customers_keeps_everything(team, where):
    line, restore = team

    @settings(
        max_examples=HERE[where],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(customer, min_size=len(NAMES), max_size=len(NAMES)),
        st.lists(st.integers(1, len(NAMES)), min_size=2, max_size=4, unique=True),
    )
    def merged(told, ids):
        restore(line)
        build(line, told)
        before, kept = line.content(), keys(line)
        names = dict(line.rows("SELECT id, account_id FROM opportunity"))
        people = {row["id"]: row for row in before["contact"]}
        line.ok("accounts", "merge", *map(str, ids), "--yes")
        keep, gone = ids[0], set(ids[1:])
        assert keys(line) == kept
        assert {row[0] for row in line.rows("SELECT id FROM account")} == {*range(1, 6)} - gone
        moved = {deal: keep if at in gone else at for deal, at in names.items()}
        assert dict(line.rows("SELECT id, account_id FROM opportunity")) == moved
        _facts(line, before, ids)
        _people(line, people, ids)
        line.ok("db", "check")
        after = line.content()
        line.ok("undo")
        assert line.content() == before
        line.ok("redo")
        assert line.content() == after

    merged()


def _facts(line, before, ids):
    """Of each fact the first that any of them has, in the order in which they are named."""
    was = {row["id"]: row for row in before["account"]}
    (now,) = [row for row in line.content()["account"] if row["id"] == ids[0]]
    for column in ("grade", "region", "segment", "domain", "owner_id"):
        had = [was[one][column] for one in ids if was[one][column] is not None]
        assert now[column] == (had[0] if had else None), column


def _people(line, before, ids):
    """Every name that anybody at one of them had is there, once for those that were new."""
    wanted = {called(row["name"]) for row in before.values() if row["account_id"] in ids}
    there = line.rows(f"SELECT name, id FROM contact WHERE account_id = {ids[0]}")
    assert {called(name) for name, _ in there} == wanted
    own = {one for one, row in before.items() if row["account_id"] == ids[0]}
    new = [called(name) for name, one in there if one not in own]
    assert len(new) == len(set(new))
    assert own <= {one for _, one in there}
