"""Commands drawn by lot, with what they are about: most succeed, some are refused."""

from __future__ import annotations

FORCE = ("--force", "--why", "x")
REPS = ("li", "wang", "chen")
STAGES = ("lead", "interested", "needs", "solution", "negotiation")
CUSTOMERS = ("1", "2", "3", "4")
PRODUCTS = ("Pump", "阀门")


def command(lot):
    """One command line; `undo` only takes back what the line before it did."""
    return lot.choice(KINDS)(lot)


def deal(lot):
    return str(lot.randint(1, 16))


def _day(lot):
    return f"2026-0{lot.randint(5, 8)}-{lot.randint(10, 28)}"


def _add(lot):
    where = ("-a", lot.choice(("宏远集团", "Acme", "Beta")), "--stage", lot.choice(STAGES))
    what = ("-v", f"{lot.randint(1, 90)}00", "--close", _day(lot), "--owner", lot.choice(REPS))
    product = ("--product", lot.choice(PRODUCTS))
    return ("add", f"deal {lot.random():.3f}", *where, *what, *product, *FORCE)


def _advance(lot):
    return ("advance", deal(lot), *FORCE)


def _jump(lot):
    return ("advance", deal(lot), lot.choice(STAGES), *FORCE)


def _end(lot):
    reason = ("--reason", lot.choice(("price", "timing", "competitor")))
    return lot.choice(
        (
            ("win", deal(lot), *FORCE),
            ("lose", deal(lot), *reason),
            ("void", deal(lot)),
            ("reopen", deal(lot), *FORCE),
            ("back", deal(lot)),
            ("move", deal(lot), lot.choice(("saas", "en")), *FORCE),
        )
    )


def _edit(lot):
    changes = (
        ("--value", str(lot.randint(100, 9000))),
        ("--value", "USD 77"),
        ("--value", "none"),
        ("--close", _day(lot)),
        ("--close", "none"),
        ("--owner", lot.choice(REPS)),
        ("--grade", lot.choice("ABC")),
        ("--probability", "33%"),
        ("--tag", lot.choice("xy")),
        ("--product", lot.choice(PRODUCTS)),
        ("--account", lot.choice(CUSTOMERS)),
        ("--set", "need=quiet"),
        ("--title", f"title {lot.randint(1, 99)}"),
        ("--source", lot.choice(("fair", "web"))),
    )
    return ("edit", deal(lot), *lot.choice(changes))


def _follow(lot):
    kind = lot.choice(("call", "visit", "email", "demo", "quote", "asks_price"))
    words = (
        ("log", deal(lot), kind, "n", "--channel", lot.choice(("phone", "wechat"))),
        ("plan", deal(lot), lot.choice(("tomorrow", "fri", "+9d")), "w", "--for", lot.choice(REPS)),
        ("done", deal(lot), "--note", "x"),
        ("snooze", deal(lot), "+3d"),
        ("cancel", deal(lot), "--why", "x"),
    )
    return lot.choice(words)


def _team(lot):
    words = (
        ("join", deal(lot), lot.choice(REPS)),
        ("leave", deal(lot), lot.choice(REPS)),
        ("hand-over", "--from", lot.choice(REPS), "--to", lot.choice(REPS), "--yes"),
        ("hand-over", "--from", lot.choice(REPS), "--to", lot.choice(REPS), "--accounts", "--yes"),
        ("reps", "edit", lot.choice(REPS), "--team", lot.choice(("north", "south"))),
    )
    return lot.choice(words)


def _customer(lot):
    changes = (
        ("--grade", lot.choice("ABC")),
        ("--segment", lot.choice(("能源", "other"))),
        ("--owner", lot.choice(REPS)),
        ("--name", f"renamed {lot.randint(1, 99)}"),
        ("--region", lot.choice(("华东", "华南"))),
        ("--set", "tier=gold"),
    )
    words = (
        ("accounts", "edit", lot.choice(CUSTOMERS), *lot.choice(changes)),
        ("accounts", "add", f"new {lot.randint(1, 99)}"),
        ("accounts", "log", lot.choice(CUSTOMERS), lot.choice(("call", "site_visit"))),
        ("pool", "release", lot.choice(CUSTOMERS), "--why", "x"),
        ("pool", "claim", lot.choice(CUSTOMERS)),
        ("contacts", "add", lot.choice(CUSTOMERS), f"person {lot.randint(1, 99)}"),
        ("contacts", "edit", str(lot.randint(1, 4)), "--name", f"called {lot.randint(1, 99)}"),
    )
    return lot.choice(words)


def _rule(lot):
    file = lot.choice(("rules.toml", "later.toml", "short.toml"))
    words = (
        ("settings", "set", "cadence.A", lot.choice(("3d", "9d"))),
        ("settings", "set", "next.late", str(lot.randint(0, 9))),
        ("settings", "set", "pool.A", lot.choice(("5d", "20d"))),
        ("settings", "rate", "USD", f"{7 + lot.random():.3f}"),
        ("stages", "apply", file, "--yes", "--home", "needs=interested"),
        ("products", "edit", lot.choice(PRODUCTS), "--price", str(lot.randint(1, 99))),
        ("targets", "set", "rep:li", "2026-06", str(lot.randint(1000, 9000))),
        ("targets", "remove", str(lot.randint(1, 4))),
        ("forecast", "keep", f"kept {lot.randint(1, 99)}"),
        ("forecast", "remove", str(lot.randint(1, 4))),
    )
    return lot.choice(words)


#: the commoner ones several times
KINDS = (
    *(_add, _add, _advance, _advance, _jump, _end, _end, _edit, _edit, _edit),
    *(_follow, _follow, _follow, _team, _customer, _customer, _rule, _rule),
)
