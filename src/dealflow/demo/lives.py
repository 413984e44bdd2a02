"""What becomes of every deal: whose it is, which way it goes, how it ends, what is planned today.

Fates come first and by share, so that the reports find what was put there: price negotiation leaks
in the Chinese pipeline and the trial in the other, one rep closes more than the rest and one less.
Pure; times are positions (hours.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from random import Random

from dealflow.actions.moves import Told
from dealflow.demo import cast, phrases
from dealflow.demo.cast import Customer, Seller, Ware
from dealflow.demo.chance import Evens, rng
from dealflow.demo.customs import LEAKS, PACE, REASONS
from dealflow.demo.hours import Hours
from dealflow.frozen import Frozen
from dealflow.money import Money
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec

JOINED, LEFT = 34.0, 31.0
"""Working days ago: the newcomer came, and the colleague went whose deals were handed over."""

COLLEAGUES = {"li.lei": "wang.qiang", "wang.qiang": "li.lei", "emma.clarke": "lin.tao"}
_DOLLARS = 7


class Stay(NamedTuple):
    """One visit to come: where, from when, how many working days, and the move that ends it."""

    stage: str
    start: float
    days: float
    leave: Told
    reopens: bool = False

    @property
    def end(self) -> float:
        return self.start + self.days


class Ending(NamedTuple):
    """What is planned on a deal that is still open: `late`, `today`, `soon` or `none`."""

    kind: str
    days: int = 0
    """Working days ago that it was due, or nothing was done any more; or in how many it is due."""


class Life(Frozen):
    number: int
    track: str
    owner: str
    heir: tuple[float, str] | None = None
    """From when on it is somebody else's, and whose."""
    customer: Customer
    title: str
    wares: tuple[Ware, ...]
    amount: Money
    source: str
    stays: tuple[Stay, ...]
    ending: Ending | None = None

    @property
    def born(self) -> float:
        return self.stays[0].start

    @property
    def end(self) -> float:
        return self.stays[-1].end

    def is_open(self, position: float) -> bool:
        return any(stay.start <= position < stay.end for stay in self.stays)

    def owner_at(self, position: float) -> str:
        return self.heir[1] if self.heir and position >= self.heir[0] else self.owner


class World(Frozen):
    """What all lives share."""

    seed: int
    deals: int
    hours: Hours
    pipelines: Mapping[str, PipelineSpec]
    newcomer: Seller
    you: str
    """Handle of the rep who will look at it: the newcomer, or one of the team."""

    @property
    def team(self) -> dict[str, Seller]:
        return {seller.handle: seller for seller in (*cast.TEAM, self.newcomer)}

    @property
    def joined(self) -> float:
        return self.hours.present - JOINED

    @property
    def left(self) -> float:
        return self.hours.present - LEFT


def lives(world: World) -> list[Life]:
    """All of them, in order of birth."""
    born = _Births(world)
    told = [born.life(number) for number in range(1, world.deals + 1)]
    return list(_ended(world, _handed_over(world, told)))


class _Births:
    """Deals as they come in, each with its fate."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.evens = Evens(world.seed)
        self.customers = cast.customers(world.seed)
        self.deals_of: dict[str, int] = {}

    def life(self, number: int) -> Life:
        chance = rng(self.world.seed, number)
        spread = self.world.hours.present / self.world.deals
        born = max(0.3, spread * (number - 0.05 - 0.9 * chance.random()))
        track = self.evens["track"].pick({"zh": 58, "saas": 42})
        owner = self._owner(track, born)
        sources = cast.SOURCES[track]
        source = chance.choices(list(sources), list(sources.values()))[0]
        customer = self._customer(track)
        wares = self._wares(track, chance)
        return Life(
            number=number,
            track=track,
            owner=owner.handle,
            customer=customer,
            title=self._title(customer, wares[0], chance),
            wares=wares,
            amount=_amount(customer, wares, chance),
            source=source,
            stays=tuple(self._stays(owner, source, born, chance)),
        )

    def _owner(self, track: str, born: float) -> Seller:
        team = self.world.team.values()
        later = born >= self.world.left
        gone = cast.LEAVER if later else self.world.newcomer.handle
        shares = {s: s.share for s in team if s.track == track and s.handle != gone}
        return self.evens[f"owner {track} {later}"].pick(shares)

    def _customer(self, track: str) -> Customer:
        known = {c: 1.0 for c in self.customers if c.track == track}
        return self.evens[f"customer {track}"].pick(known)

    def _wares(self, track: str, chance: Random) -> tuple[Ware, ...]:
        ware = chance.choice(cast.WARES[track])
        return (ware, cast.SERVICE[track]) if chance.random() < 0.2 else (ware,)

    def _title(self, customer: Customer, ware: Ware, chance: Random) -> str:
        """The first deal of a customer is named for what is sold, later ones for what is more."""
        count = self.deals_of[customer.name] = self.deals_of.get(customer.name, 0) + 1
        more = (
            chance.choice(phrases.SEQUELS[customer.track])
            if count > 2 and chance.random() < 0.6
            else ""
        )
        if customer.track == "zh":
            return f"{customer.short}{ware.short}{more}"
        return f"{customer.short}: {more or ware.short}"

    # ── the way it goes ───────────────────────────────────────────────────────────────────────

    def _stays(self, owner: Seller, source: str, born: float, chance: Random) -> Iterator[Stay]:
        route, leave = self._route(owner, source, chance)
        pace = 2.0 if owner == self.world.newcomer else 1.0
        forgotten = self.evens[f"forgotten {owner.track}"].draw() < 0.05
        at, reopens = born, False
        for i, (stage, told) in enumerate(zip(route, leave, strict=True)):
            typical = PACE[owner.track][stage] * pace * (1.4 if told.verb == "lose" else 1.0)
            days = max(0.5, typical * chance.lognormvariate(0.0, 0.45))
            days *= 8 if forgotten and i + 1 == len(route) else 1
            yield Stay(stage, at, days, told, reopens)
            reopens = told.verb == "lose" and i + 1 < len(route)
            at += days + (chance.uniform(8, 40) if reopens else 0)

    def _route(self, owner: Seller, source: str, chance: Random) -> tuple[list[str], list[Told]]:
        """The stages it goes through, and the move that ends each stay."""
        evens, track = self.evens, owner.track
        order = [stage.key for stage in self.world.pipelines[track].open_stages]
        if evens[f"void {track}"].draw() < 0.045:
            route = order[: chance.choice((1, 1, 2))]
            return route, [*self._moves(order, route, track, chance), _void(track, chance)]
        chance_to_win = owner.wins + cast.SOURCE_LIFT.get(source, 0.0)
        if evens[f"fate {self._part(owner)}"].draw() < chance_to_win:
            route = self._detoured(order, track, chance)
            return route, [*self._moves(order, route, track, chance), Told(verb="win")]
        stage = evens[f"leak {track}"].pick(LEAKS[track])
        route = self._detoured(order[: order.index(stage) + 1], track, chance)
        told = [*self._moves(order, route, track, chance), self._lost(stage, track)]
        if evens[f"reopened {track}"].draw() < 0.07:
            more = order[order.index(stage) :]
            return route + more, told + self._after_reopening(order, more, track, chance)
        return route, told

    def _part(self, owner: Seller) -> str:
        """Who somebody is in the story, whatever the newcomer is called."""
        return "newcomer" if owner == self.world.newcomer else owner.handle

    def _after_reopening(
        self, order: list[str], route: list[str], track: str, chance: Random
    ) -> list[Told]:
        wins = self.evens["second try"].draw() < 0.5
        end = Told(verb="win") if wins else self._lost(route[-1], track)
        return [*self._moves(order, route, track, chance), end]

    def _detoured(self, route: list[str], track: str, chance: Random) -> list[str]:
        """Some deals skip the third stage, some go back once."""
        if len(route) > 3 and self.evens[f"skip {track}"].draw() < 0.09:
            return route[:2] + route[3:]
        if len(route) > 2 and self.evens[f"back {track}"].draw() < 0.11:
            turn = chance.randrange(2, len(route))
            return route[: turn + 1] + route[turn - 1 : turn + 1] + route[turn + 1 :]
        return route

    def _moves(
        self, order: list[str], route: list[str], track: str, chance: Random
    ) -> Iterator[Told]:
        """The moves between the stages of a route; a few are forced."""
        for here, there in pairwise(route):
            if order.index(there) < order.index(here):
                yield Told(verb="back", to=there)
            elif self.evens[f"forced {track}"].draw() < 0.035:
                why = chance.choice(phrases.FORCED[track])
                yield Told(verb="advance", to=there, force=True, why=why)
            else:
                yield Told(verb="advance", to=there)

    def _lost(self, stage: str, track: str) -> Told:
        reason = self.evens[f"reason {stage}"].pick(REASONS[stage])
        return Told(verb="lose", reason=reason, note=phrases.LOST[reason][track])


def _void(track: str, chance: Random) -> Told:
    return Told(verb="void", note=chance.choice(phrases.VOID[track]))


def _amount(customer: Customer, wares: tuple[Ware, ...], chance: Random) -> Money:
    size = {"A": 1.5, "B": 1.0, "C": 0.75}[customer.grade]
    whole = sum(ware.price for ware in wares) * size * chance.uniform(0.75, 1.6)
    if customer.currency != "CNY":
        whole /= _DOLLARS
    return Money(round(whole / 500) * 500 * 100, customer.currency)


# ── hand-overs, and what is planned today ─────────────────────────────────────────────────────


def _handed_over(world: World, told: list[Life]) -> Iterator[Life]:
    """The deals of the colleague who left, and a few between colleagues."""
    evens = Evens(world.seed)
    left_for_you = {True: 5, False: 2}  # by whether it is still open at present
    for life in told:
        if life.owner == cast.LEAVER and life.born < world.left < life.end:
            still = life.is_open(world.hours.present)
            heir = cast.HEIRS[life.number % len(cast.HEIRS)]
            heir = world.newcomer.handle if left_for_you[still] else heir
            left_for_you[still] = max(0, left_for_you[still] - 1)
            yield replace(life, heir=(world.left, heir))
        elif life.owner in COLLEAGUES and evens["colleagues"].draw() < 0.08:
            half = (life.born + life.end) / 2
            yield replace(life, heir=(half, COLLEAGUES[life.owner]))
        else:
            yield life


#: what the person who looks at the demo finds on their own open deals, in order of age
_YOURS = (
    Ending("late", 7),
    Ending("today"),
    Ending("late", 2),
    Ending("soon", 1),
    Ending("today"),
    Ending("none", 4),
    Ending("soon", 3),
    Ending("soon", 5),
)


def _ended(world: World, told: Iterator[Life]) -> Iterator[Life]:
    """What is planned on the deals that are open at present."""
    evens, yours = Evens(world.seed), 0
    present = world.hours.present
    for life in told:
        if not life.is_open(present):
            yield life
            continue
        owner = life.owner_at(present)
        if owner == world.you:
            ending, yours = _YOURS[yours % len(_YOURS)], yours + 1
        else:
            ending = _ending(evens, rng(world.seed, f"ending {life.number}"), owner)
        yield replace(life, ending=_possible(life, ending, present))


def _ending(evens: Evens, chance: Random, owner: str) -> Ending:
    late = 0.70 if owner == "tom.baker" else 0.30
    shares = {"late": late, "today": 0.10, "soon": 0.36, "none": 0.13}
    kind = evens[f"ending {late}"].pick(shares)
    days = {"late": 1 + int(14 * chance.random() ** 1.6), "none": chance.randrange(3, 16)}
    return Ending(kind, days.get(kind, chance.randrange(1, 9)))


def _possible(life: Life, ending: Ending, present: float) -> Ending:
    """Nothing is late that was due before the deal was there, or while it was closed."""
    back = ending.days + 1 if ending.kind in {"late", "none"} else 0
    first = next(stay.start for stay in life.stays if stay.start <= present < stay.end)
    reopened = any(stay.reopens for stay in life.stays)
    earliest = first if reopened else life.born
    return ending if earliest < present - back - 0.1 or not back else Ending("soon", ending.days)
