"""Around the deals: settings, team, customers, products, rates; who comes and who goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dealflow.actions import Actor, Done, people, pipelines, settings, together
from dealflow.demo import cast, planning
from dealflow.demo.cast import Seller
from dealflow.demo.hours import ZONE_NAME
from dealflow.demo.lives import World
from dealflow.demo.steps import Office, Step
from dealflow.model import Rep, Setting
from dealflow.money import Money
from dealflow.store.book import Author, Book, new_uid

_RATES = ((0.05, 7_240_000), (0.5, 7_130_000))
"""How far into the story, and what a dollar is worth from then on in millionths of CNY."""


def open_book(book: Book, world: World) -> None:
    """The first command: a database, its pipelines, and the team's lead as its first rep."""
    lead = world.team[cast.LEAD]
    typed = f"dealflow init --pipeline zh --pipeline saas --currency CNY --timezone {ZONE_NAME}"
    book.begin(Author(lead.handle, "init", typed, world.hours.instant(0.0)))
    start = {
        "database_id": new_uid(world.hours.now).hex(),
        "timezone": ZONE_NAME,
        "currency": "CNY",
        "pipeline": "zh",
    }
    for key, value in start.items():
        book.add(Setting(key=key, value=value))
    book.add(Rep(handle=lead.handle, name=lead.name, email=_email(lead), team=lead.team))
    for spec in world.pipelines.values():
        pipelines.install(book, spec)


def steps(world: World, owners: Mapping[str, str]) -> Iterator[Step]:
    """All that concerns no single deal; `owners` of customers, by name."""
    for number, seller in enumerate(cast.TEAM):
        if seller.handle != cast.LEAD:
            yield _step(0.01 + number / 200, _join(seller))
    yield _step(0.06, Office(("import", "products", "products.csv"), _products))
    yield _step(
        0.08,
        Office(
            ("import", "accounts", "customers.csv"), lambda by: _customers(by, world.seed, owners)
        ),
    )
    for share, worth in _RATES:
        yield _step(share * world.hours.present, _rate(worth))
    yield from planning.steps(world)
    yield _step(world.joined, _join(world.newcomer))
    leave = ("reps", "edit", cast.LEAVER, "--left")
    leaving = Office(leave, lambda by: people.edit_rep(by, cast.LEAVER, {"active": False}))
    yield _step(world.left + 0.05, leaving)


def _step(at: float, what: Office) -> Step:
    return Step(at, cast.LEAD, 0, what)


def _join(seller: Seller) -> Office:
    values = {"handle": seller.handle, "team": seller.team, "email": _email(seller)}
    typed = ("reps", "add", seller.name, "--handle", seller.handle, "--team", seller.team)
    return Office(typed, lambda by: people.add_rep(by, seller.name, dict(values)))


def _email(seller: Seller) -> str | None:
    return f"{seller.handle}@example.com" if seller.handle.isascii() else None


def _rate(worth: int) -> Office:
    def put(by: Actor) -> Done:
        from dealflow.dates import day_of

        return settings.rate(by, "USD", day_of(by.now, by.db.zone), worth)

    return Office(("settings", "rate", "USD", f"{worth / 1_000_000:g}"), put)


def _products(by: Actor) -> Done:
    wares: Iterable[cast.Ware] = (*sum(cast.WARES.values(), ()), *cast.SERVICE.values())
    return together(
        "product",
        [
            people.add_product(
                by, ware.name, {"series": ware.series, "price": Money(ware.price * 100, "CNY")}
            )
            for ware in wares
        ],
    )


def _customers(by: Actor, seed: int, owners: Mapping[str, str]) -> Done:
    every = cast.customers(seed)
    return together("account", [_customer(by, one, owners.get(one.name)) for one in every])


def _customer(by: Actor, customer: cast.Customer, owner: str | None) -> Done:
    values = {
        "grade": customer.grade,
        "segment": customer.segment,
        "region": customer.region,
        "size": customer.size,
        "owner": owner,
    }
    done = people.add_account(by, customer.name, values)
    for name, title, role in customer.people:
        people.add_contact(by, customer.name, name, {"title": title, "role": role})
    return done
