"""What a deal is told by: each trait's level at an instant, and the words for it.

A level is what the models count: `4+` contacts, grade `A`. The words say what was seen: `6 contacts
in 14 days`. Whoever owns the deal is no trait: a score is about the deal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from dealflow.analytics.scoring import Level
from dealflow.customfields import BOOL, CHOICE
from dealflow.money import Money, exponent, shown
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import worth
from dealflow.questions.telling import days
from dealflow.questions.windows import plural
from dealflow.store import features
from dealflow.store.customfields import declared, shape
from dealflow.store.features import Seen
from dealflow.store.names import Names as Known
from dealflow.store.scope import Scope
from dealflow.store.then import Facts

DAY = 86_400


class Names(NamedTuple):
    """What ids and codes stand for, as of `now`."""

    stages: Mapping[int, str]
    usual: Mapping[int, float]
    """Median days of the stays in a stage, where known."""
    products: Mapping[int, str]
    currency: str
    worth: Mapping[str, float]
    """What a minor unit of each currency is worth, in minor units of the base currency."""


class Sight(NamedTuple):
    """A deal at an instant: what had been done, and what it was."""

    seen: Seen
    facts: Facts
    names: Names

    def days(self, since: int) -> int:
        """Whole days of 24 hours."""
        return max(self.seen.at - since, 0) // DAY


class Trait(NamedTuple):
    """`name` is its stable name, `label` the heading."""

    name: str
    label: str
    level: Callable[[Sight], Level]
    told: Callable[[Sight], str]
    of_way: bool = False
    """Whether it tells of the deal's way through the stages."""


UNKNOWN = "unknown"
"""The level of such a trait where the way is not known: a deal imported when it was closed."""


def banded(edges: Sequence[int], value: int) -> str:
    """The band that a whole number is in: `0`, `1-2`, `3-5`, `6+`; each edge begins one."""
    at = bisect_right(edges, value) - 1
    if at == len(edges) - 1:
        return f"{edges[at]}+"
    low, high = edges[at], edges[at + 1] - 1
    return f"{low}" if low == high else f"{low}-{high}"


# ── how it stands ────────────────────────────────────────────────────────────────────────────

_AGE = (0, 8, 15, 31, 61, 91, 181, 366)
_STAY = (0, 4, 8, 15, 31, 61, 121)


def _stay(sight: Sight) -> str:
    there = days(sight.days(sight.seen.entered_at))
    usual = sight.names.usual.get(sight.seen.stage_id)
    return f"{there} in stage" + (f", usual {usual:.0f}" if usual is not None else "")


_STANDING = (
    Trait(
        "stage",
        "stage",
        lambda s: s.seen.stage_id,
        lambda s: f"in {s.names.stages.get(s.seen.stage_id, 'its stage')}",
        of_way=True,
    ),
    Trait(
        "age",
        "days open",
        lambda s: banded(_AGE, s.days(s.seen.created_at)),
        lambda s: f"open for {days(s.days(s.seen.created_at))}",
    ),
    Trait(
        "days_in_stage",
        "days in stage",
        lambda s: banded(_STAY, s.days(s.seen.entered_at)),
        _stay,
        of_way=True,
    ),
    Trait(
        "moved_back",
        "moved back",
        lambda s: "yes" if s.seen.returns else "no",
        lambda s: "was moved back" if s.seen.returns else "never moved back",
        of_way=True,
    ),
)

# ── what was done ────────────────────────────────────────────────────────────────────────────

_MANY = (0, 1, 3, 6, 11)
_FEW = (0, 1, 2, 4)


def _some(number: int, noun: str, span: str) -> str:
    return f"{plural(number, noun) if number else f'no {noun}'} {span}"


def _times(number: int) -> str:
    """`never`, `once`, `4 times`."""
    return ("never", "once")[number] if number <= 1 else f"{number} times"


def _last(sight: Sight) -> str:
    at = sight.seen.last_contact
    return "never" if at is None else banded((0, 8, 15, 31, 61), sight.days(at))


def _last_told(sight: Sight) -> str:
    at = sight.seen.last_contact
    return "never contacted" if at is None else f"last contact {days(sight.days(at))} ago"


_DONE = (
    Trait(
        "contacts",
        "contacts so far",
        lambda s: banded(_MANY, s.seen.contacts),
        lambda s: _some(s.seen.contacts, "contact", "so far"),
    ),
    Trait(
        "contacts_14d",
        "contacts in 14 days",
        lambda s: banded(_FEW, s.seen.recent),
        lambda s: _some(s.seen.recent, "contact", "in 14 days"),
    ),
    Trait("last_contact", "days since contact", _last, _last_told),
    Trait(
        "meetings_30d",
        "meetings in 30 days",
        lambda s: banded((0, 1, 2), s.seen.met),
        lambda s: _some(s.seen.met, "meeting", "in 30 days"),
    ),
    Trait(
        "kinds",
        "kinds of contact",
        lambda s: banded((0, 1, 2, 3), s.seen.kinds),
        lambda s: _some(s.seen.kinds, "kind", "of contact"),
    ),
    Trait(
        "planned",
        "next step",
        lambda s: "planned" if s.seen.planned else "none",
        lambda s: "next step planned" if s.seen.planned else "nothing planned",
    ),
)

# ── what the customer did ────────────────────────────────────────────────────────────────────

_CUSTOMER = (
    Trait(
        "behaviours_14d",
        "customer seen in 14 days",
        lambda s: banded(_FEW, s.seen.behaviours),
        lambda s: f"customer seen {_times(s.seen.behaviours)} in 14 days",
    ),
    Trait(
        "asked_30d",
        "asked in 30 days",
        lambda s: banded((0, 1, 2), s.seen.asks),
        lambda s: _some(s.seen.asks, "question", "from the customer in 30 days"),
    ),
    Trait(
        "objected_30d",
        "objected in 30 days",
        lambda s: banded((0, 1), s.seen.objections),
        lambda s: _some(s.seen.objections, "objection", "in 30 days"),
    ),
    Trait(
        "inbound_30d",
        "came to us in 30 days",
        lambda s: banded((0, 1, 2), s.seen.inbound),
        lambda s: f"came to us {_times(s.seen.inbound)} in 30 days",
    ),
)

# ── what it is ───────────────────────────────────────────────────────────────────────────────

NONE = "none"
_EDGES: tuple[int, ...] = (0, *(step * 10**n for n in range(19) for step in (1, 3)))
"""Amounts are banded at 1, 3, 10, 30 … of the base currency: bands that no later deal moves."""


def _fact(name: str, label: str) -> Trait:
    def level(sight: Sight) -> Level:
        value: Level = getattr(sight.facts, name) or NONE
        return value

    def told(sight: Sight) -> str:
        value = getattr(sight.facts, name)
        return f"{label} {value}" if value else f"no {label}"

    return Trait(name, label, level, told)


def _product(sight: Sight) -> Level:
    held = sight.facts.products
    return (next(iter(held)) if len(held) == 1 else "several") if held else NONE


def _product_told(sight: Sight) -> str:
    names = sorted(sight.names.products.get(one, str(one)) for one in sight.facts.products)
    return f"product {', '.join(names)}" if names else "no product"


def _band(sight: Sight) -> Level:
    """The lower end of the amount's band in whole units of the base currency, or what it lacks."""
    minor = sight.facts.amount
    if minor is None:
        return NONE
    rate = sight.names.worth.get(sight.facts.currency)
    if rate is None:
        return "no rate"
    units = minor * rate / 10 ** exponent(sight.names.currency)
    return _EDGES[bisect_right(_EDGES, units) - 1]


def _amount_told(sight: Sight) -> str:
    if sight.facts.amount is None:
        return "no amount"
    return f"amount {shown(Money(sight.facts.amount, sight.facts.currency))}"


_FACTS = (
    _fact("grade", "grade"),
    _fact("source", "source"),
    _fact("segment", "segment"),
    _fact("region", "region"),
    Trait("product", "product", _product, _product_told),
    Trait("amount", "amount from", _band, _amount_told),
)


def _custom(owner: str, key: str, label: str) -> Trait:
    held = "fields" if owner == "opportunity" else "customer_fields"

    def level(sight: Sight) -> Level:
        value: Level = getattr(sight.facts, held).get(key) or NONE
        return value

    def told(sight: Sight) -> str:
        value = getattr(sight.facts, held).get(key)
        return f"{label} {value}" if value else f"no {label}"

    name = f"field:{key}" if owner == "opportunity" else f"field:{owner}.{key}"
    return Trait(name, label, level, told)


def attributes(ask: Ask) -> tuple[Trait, ...]:
    """What a deal is: its own and its customer's facts, and custom fields with few values."""
    fields = [
        _custom(row.entity, row.key, shape(row).name)
        for row in declared(ask.conn, ask.now)
        if row.kind in {CHOICE, BOOL} and row.entity != "contact"
    ]
    return (*_FACTS, *fields)


def traits(ask: Ask) -> tuple[Trait, ...]:
    """All of them; the first is the stage."""
    return (*_STANDING, *_DONE, *_CUSTOMER, *attributes(ask))


def names(ask: Ask, about: Scope, usual: Mapping[int, float]) -> Names:
    """What the words of traits need. Amounts of other currencies by the rates of now."""
    stages = {
        stage.id: stage.name
        for pipeline in Known(ask.conn, ask.now, ask.me).pipelines
        for stage in pipeline.stages
    }
    value = worth(ask, {ask.currency, *features.currencies(about)})
    return Names(stages, usual, features.products(about), ask.currency, value)
