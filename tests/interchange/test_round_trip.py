"""What dealflow's own lists write, dealflow's import reads."""

import pytest

TEAM = ("title", "account", "stage", "status", "owner", "amount", "currency", "probability")
KEPT = (*TEAM, "close", "grade", "source", "tags", "created_at", "closed_at", "external_id")


def office(line):
    line.ok("init", "--pipeline", "en", "--currency", "CNY", "--timezone", "Asia/Shanghai")
    line.ok("reps", "add", "Wang Fang", "--handle", "wang")


def deals(line):
    found = line.json("list", "status:any", "--sort", "title")
    return [{name: row[name] for name in KEPT} for row in found]


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson"])
def test_deals_that_are_listed_can_be_imported_elsewhere(cli_without_database, form):
    line = cli_without_database
    office(line)
    line.ok("accounts", "add", "Acme, Inc.")
    everything = ("--tag", "vip", "--tag", "big", "--probability", "60%", "--grade", "A")
    more = ("-c", "2026-12-31", "--source", "fair", "--external-id", "007")
    line.ok("add", '=A "b"', "-a", "Acme, Inc.", "-v", "USD 12.5k", *everything, *more)
    line.ok("add", "Lost", "-v", "EUR 12", "--at", "2026-05-01 09:30", "--owner", "wang")
    line.ok("lose", "2", "--reason", "price", "--at", "2026-05-20 17:45")
    forced = ("--force", "--why", "history")
    line.ok("add", "Won", "-v", "100", "--at", "2026-05-02", "--stage", "needs", *forced)
    line.ok("win", "3", "--at", "2026-06-05", *forced)
    line.ok("add", "Void")
    line.ok("void", "4")
    before = deals(line)
    assert [row["status"] for row in before] == ["open", "lost", "void", "won"]
    written = line.ok("list", "status:any", "-o", form).out

    line.wipe()
    office(line)
    line.ok("import", "-", "--create", "accounts", *forced, stdin=written)
    assert deals(line) == before
    line.ok("db", "check")


def declare(line):
    line.ok("fields", "add", "budget", "--type", "money", "--name", "预算")
    line.ok("fields", "add", "need")
    line.ok("fields", "add", "level", "--choice", "高", "--choice", "a,b")
    line.ok("fields", "add", "seats", "--type", "number")
    line.ok("fields", "add", "demo", "--type", "date")
    line.ok("fields", "add", "signed", "--type", "bool")


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson"])
def test_custom_fields_that_are_listed_can_be_imported_elsewhere(cli_without_database, form):
    line = cli_without_database
    office(line)
    declare(line)
    values = (
        "预算=USD 4,000.5",
        "need==a",
        "level=a,b",
        "seats=-1.5",
        "demo=2026-09-01",
        "signed=否",
    )
    full = [word for value in values for word in ("--set", value)]
    line.ok("add", "A", "--external-id", "1", *full)
    line.ok("add", "B", "--external-id", "2", "--set", "budget=3万", "--set", "level=高")
    before = line.json("list", "--sort", "title")
    written = line.ok("list", "-o", form).out
    (counted,) = line.ok("import", "-", "--json", stdin=written).data
    assert counted["unchanged"] == 2

    line.wipe()
    office(line)
    declare(line)
    line.ok("import", "-", stdin=written)

    def custom(rows):
        return [{n: v for n, v in row.items() if n.startswith("field:")} for row in rows]

    assert custom(line.json("list", "--sort", "title")) == custom(before)
    assert custom(before)[0]["field:budget:currency"] == "USD"
    line.ok("db", "check")


@pytest.mark.parametrize("kind", ["reps", "accounts", "contacts", "products"])
@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson"])
def test_people_and_things_that_are_listed_are_known_when_they_are_imported(dealflow, kind, form):
    dealflow.ok("reps", "add", "Wang Fang", "--team", "North", "--email", "w@example.com")
    dealflow.ok("accounts", "add", "Acme", "--grade", "A", "--region", "北京")
    dealflow.ok("contacts", "add", "Acme", "Mr Wu", "--phone", "+86 10 1234")
    dealflow.ok("products", "add", "Pump", "--price", "USD 12.50")
    written = dealflow.ok(kind, "list", "-o", form).out
    said = dealflow.ok("import", kind, "-", "--json", stdin=written)
    (counted,) = said.data
    assert counted["unchanged"] == len(dealflow.json(kind, "list"))
    assert "nothing changed" in said.err
