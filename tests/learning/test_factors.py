"""`dealflow factors` in worlds whose truth is known: effects, none, and the trap of immortal time."""

from __future__ import annotations

from random import Random

import pytest
from scipy.stats import fisher_exact

from .worlds import DAY, NOW, Made, ended, lived

LANDMARK = 14


def _steady(chance, created, end, every):
    """Contacts as time goes by, one in so many days."""
    found, at = [], created
    while True:
        at += int(chance.expovariate(1 / every) * DAY)
        if at >= min(end, NOW):
            return tuple(found)
        found.append(("call", at))


def _immortal():
    """All are called alike; those that are won take longer, and so have more calls in the end."""
    chance = Random(41)
    deals = []
    for _ in range(500):
        won = chance.random() < 0.5
        created, end = lived(chance, (90, 240) if won else (16, 60))
        did = _steady(chance, created, end, 12)
        deals.append(ended(Made(created, stays=((0, created),), did=did), end, won=won))
    return deals


def _prompt():
    """Who is called in the first day is won more often: 70 of 100 instead of 40."""
    chance = Random(43)
    deals = []
    for _ in range(600):
        created, end = lived(chance, (20, 120))
        prompt = chance.random() < 0.5
        first = created + int((chance.random() if prompt else chance.uniform(4, 9)) * DAY)
        won = chance.random() < (0.7 if prompt else 0.4)
        facts = {"segment": chance.choice(("energy", "retail")), "grade": chance.choice("ABC")}
        made = Made(created, stays=((0, created),), did=(("call", first),), facts=facts)
        deals.append(ended(made, end, won=won))
    return deals


def _indifferent():
    """Nothing matters: attributes, calls and plans are drawn without regard to how it ends."""
    chance = Random(47)
    deals = []
    for _ in range(500):
        created, end = lived(chance, (16, 120))
        last = min(end, NOW)
        kinds = chance.sample(("call", "visit", "email", "demo", "asks_price", "download"), 3)
        did = tuple(sorted(
            ((kind, int(created + chance.random() * (last - created))) for kind in kinds),
            key=lambda one: one[1],
        ))  # fmt: skip
        facts = {
            "source": chance.choice(("fair", "web", "referral", None)),
            "segment": chance.choice(("energy", "retail", "public")),
            "region": chance.choice(("north", "south", "east", "west")),
            "grade": chance.choice(("A", "B", "C", None)),
        }
        plans = ((created + int(chance.random() * 9 * DAY), None),)
        made = Made(created, stays=((0, created),), did=did, plans=plans, facts=facts)
        deals.append(ended(made, end, won=chance.random() < 0.45))
    return deals


def test_who_lives_longer_has_more_contacts_and_that_is_no_factor(world):
    """Counted over their whole lives, contacts would be the strongest factor there is."""
    deals = [one for one in _immortal() if one.closed]
    many = [[0, 0], [0, 0]]
    for one in deals:
        many[len(one.did) >= 6][not one.won] += 1
    assert fisher_exact(many).pvalue < 1e-20
    report = world(_immortal).json("factors")
    assert len(report["rows"]) >= 3
    assert [row for row in report["rows"] if row["mark"]] == []
    assert any("no factor stands out" in note for note in report["notes"])


def test_a_factor_is_found_first_with_the_difference_that_it_makes(world):
    report = world(_prompt).json("factors")
    first = report["rows"][0]
    assert (first["factor"], first["kind"], first["mark"]) == ("first contact", "way", "more often")
    assert first["level"] == "in 1 day"
    assert first["difference_low"] <= 0.3 <= first["difference_high"]
    assert {row["factor"] for row in report["rows"] if row["mark"]} <= {"first contact", "contacts"}
    assert "association, not cause" in report["notes"][-1]
    assert "association, never cause" in report["definition"]


def test_its_counts_are_those_of_the_deals_one_by_one(world):
    made = _prompt()
    open_then = [one for one in made if one.closed and one.closed > one.created + LANDMARK * DAY]
    report = world(_prompt).json("factors")
    rows = {(row["factor"], row["level"]): row for row in report["rows"]}
    assert report["parameters"]["n"] == len(open_then)
    for grade in "ABC":
        having = [one for one in open_then if one.facts["grade"] == grade]
        row = rows["grade", grade]
        assert row["n"] == len(having)
        assert row["rate"] == pytest.approx(sum(one.won for one in having) / len(having))
        assert row["n"] + row["others_n"] == len(open_then)
    prompt = [one for one in open_then if one.did[0][1] - one.created < DAY]
    assert rows["first contact", "in 1 day"]["n"] == len(prompt)


def test_where_nothing_matters_it_says_that_no_factor_stands_out(world):
    report = world(_indifferent).json("factors")
    assert len(report["rows"]) >= 25
    assert [row for row in report["rows"] if row["mark"]] == []
    assert report["notes"][0].startswith("no factor stands out: ")


def test_ways_are_counted_up_to_the_landmark_deal_by_deal(world):
    report = world(_indifferent).json("factors", "--landmark", "10d")
    rows = {(row["factor"], row["level"]): row["n"] for row in report["rows"]}
    span = 10 * DAY
    then = [one for one in _indifferent() if one.closed and one.closed > one.created + span]
    contacts = {"call", "visit", "email", "demo"}

    def number(test):
        return sum(test(one, [k for k, at in one.did if at <= one.created + span]) for one in then)

    assert report["parameters"]["n"] == len(then)
    for kind, label in (("demo", "demo"), ("email", "e-mail"), ("asks_price", "asked for a price")):
        assert rows["had", label] == number(lambda _, did, kind=kind: kind in did)
    assert rows["contacts", "1-2"] == number(lambda _, did: 1 <= len(contacts & {*did}) <= 2)
    met = number(lambda _, did: bool({"visit", "demo"} & {*did}))
    assert rows["met (visit, meeting, demo)", "yes"] == met
    checks = [span // 4 * part for part in (1, 2, 3, 4)]
    always = number(lambda one, _: one.plans[0][0] <= one.created + checks[0])
    assert rows["next step planned", "always"] == always


def test_the_landmark_decides_who_is_counted_and_what_counts(world):
    deals = [one for one in _immortal() if one.closed]
    dealflow = world(_immortal)
    for days in (7, 30):
        still = [one for one in deals if one.closed > one.created + days * DAY]
        report = dealflow.json("factors", "--landmark", f"{days}d")
        assert report["parameters"]["n"] == len(still)
        soon = sum(one.closed <= one.created + days * DAY <= NOW for one in deals)
        assert (f"{soon} deals closed before the landmark" in report["notes"][-2]) == (soon > 1)
    assert dealflow.json("factors", "--landmark", "2周")["parameters"]["landmark"] == "14d"


def test_a_landmark_that_is_none_is_refused(dealflow):
    for word in ("0d", "soon", "1m", "-3d", "9999d"):
        said = dealflow("factors", "--landmark", word)
        assert (said.code, said.out) == (2, "")
        assert said.err.splitlines() == [
            f"error: '{word}' is no number of days for a landmark",
            "hint: try 14d, 4w",
        ]


def test_a_filter_and_a_window_choose_whose_deals(world):
    dealflow = world(_prompt)
    everybody = dealflow.json("factors")["parameters"]["n"]
    energy = dealflow.json("factors", "segment:energy")["parameters"]["n"]
    retail = dealflow.json("factors", "segment:retail")["parameters"]["n"]
    assert energy + retail == everybody
    years = [
        dealflow.json("factors", "--period", str(y))["parameters"]["n"] for y in range(2024, 2027)
    ]
    assert sum(years) == everybody


def test_with_nothing_to_compare_it_says_what_it_takes(dealflow):
    dealflow.ok("add", "Pump")
    said = dealflow.ok("factors", "-o", "table")
    assert "nothing to compare: it takes 10 closed deals with it, and 10 without" in said.err
