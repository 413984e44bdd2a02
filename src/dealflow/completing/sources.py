"""The words of each kind: a closed list, or what the database holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from dealflow.completing.fitting import Named, Word, fitting
from dealflow.completing.glimpse import Glimpse
from dealflow.completing.index import Index
from dealflow.completing.place import Place

NUMBERED = frozenset(
    {"deal", "open-deal", "closed-deal", "follow-up", "contact", "target", "command"}
)
"""Kinds of which the words are numbers."""


_WITH_FIELDS = frozenset({"dimension", "stage-dimension", "order"})
"""Closed lists to which a team adds its own fields."""


class Sources:
    """Looks words up for one place on the command line."""

    def __init__(self, index: Index, here: Place, env: Mapping[str, str]) -> None:
        self.index, self.here = index, here
        self.glimpse = Glimpse(here, env)

    def fitting(self, kinds: Sequence[str], part: str) -> list[str]:
        """The kinds worth asking: no numbers where something else may stand, until a digit."""
        others = [kind for kind in kinds if kind not in NUMBERED]
        return list(kinds) if not others or part[:1].isdecimal() else others

    def words(self, kind: str, part: str) -> Iterable[Word]:
        """The words of a kind that begin so."""
        if kind.endswith(","):
            return self._several(kind[:-1], part)
        if kind.startswith("filter:"):
            from dealflow.completing.terms import terms

            return terms(self, kind.removeprefix("filter:"), part)
        if kind.startswith("set:"):
            return self._assigned(kind.removeprefix("set:"), part)
        if kind.startswith("-"):
            return self._either_way(kind[1:], part)
        return [Word(*one) for one in fitting(self.named(kind, part), part)]

    def named(self, kind: str, part: str) -> Iterable[Named]:
        """All the words of a kind; of many records those that begin so."""
        closed = self.index.words(kind)
        if closed is not None:
            found = [Named(word, "", about) for word, about, same in closed if part or not same]
            return [*found, *self._own_columns()] if kind in _WITH_FIELDS else found
        find = _FINDERS.get(kind)
        return find(self, part) if find else self.records(kind, part)

    def records(self, kind: str, part: str, **values: object) -> list[Named]:
        rows = self.glimpse.found(kind, part, **values)
        return [Named(str(row[0]), str(row[1] or ""), str(row[2] or "")) for row in rows]

    def fields(self, owner: str) -> list[Named]:
        """The custom fields of one kind of record."""
        rows = self.glimpse.found("field", "")
        return [
            Named(key, name, f"{name}: {kind}") for key, name, kind, of, _ in rows if of == owner
        ]

    def _own_columns(self) -> list[Named]:
        """The custom fields of deals, as reports and lists name them."""
        return [Named(f"field:{one.word}", "", one.about) for one in self.fields("opportunity")]

    def choices(self, owners: Sequence[str], name: str) -> list[Named]:
        """What a custom field can be, where that is a closed list."""
        for key, called, kind, owner, choices in self.glimpse.found("field", ""):
            if owner in owners and name in {key, called}:
                return _choices(kind, choices)
        return []

    def _several(self, kind: str, part: str) -> Iterator[Word]:
        """One more of several with commas between."""
        before, comma, last = part.rpartition(",")
        given = [word.lstrip("-") for word in before.split(",")]
        for word, about, still in self.words(kind, last):
            if word.lstrip("-") not in given:
                yield Word(before + comma + word, about, still)

    def _either_way(self, kind: str, part: str) -> list[Word]:
        """A word that a minus may stand before."""
        minus = part[:1] == "-"
        found = fitting(self.named(kind, part[minus:]), part[minus:])
        return [Word("-" * minus + word, about) for word, about in found]

    def _assigned(self, owner: str, part: str) -> list[Word]:
        """FIELD=VALUE: a custom field of one kind of record, then what it can be."""
        name, equals, value = part.partition("=")
        if not equals:
            found = fitting(self.fields(owner), name)
            return [Word(f"{word}=", about, open=True) for word, about in found]
        values = fitting(self.choices([owner], name), value)
        return [Word(f"{name}={word}", about) for word, about in values]


def _choices(kind: str, choices: str) -> list[Named]:
    from dealflow.customfields import BOOL, choices_of

    live = choices_of(choices)[0]
    return [Named(word) for word in live or (("yes", "no") if kind == BOOL else ())]


# ── kinds that are looked up in a way of their own ────────────────────────────────────────────


def _deals(standing: str) -> Callable[[Sources, str], list[Named]]:
    def deals(its: Sources, part: str) -> list[Named]:
        mark = "#" if part.startswith("#") else ""
        digits = part[len(mark) :]
        if digits and not (digits.isascii() and digits.isdecimal()):
            return []
        given = {word.lstrip("#") for word in its.here.arguments}
        return [
            Named(f"{mark}{number}", "", _told(title, customer, status))
            for number, title, customer, status in its.glimpse.deals(standing, digits)
            if str(number) not in given
        ]

    return deals


def _told(title: str, customer: str, status: str) -> str:
    """What a deal is, beside its number."""
    of = [] if not customer or customer in title else [customer]
    return " · ".join([title, *of, *([] if status == "open" else [status])])


def _stages(its: Sources, _: str) -> Iterator[Named]:
    """Of the pipeline that is named; else those that the deals which are named can move to."""
    here = its.here
    named = here.last("--pipeline")
    if here.path == ["move"] and here.arguments:
        named = here.arguments[-1]
    stands = [] if named else its.glimpse.standing(here.arguments)
    for key, name, pipeline, position, called, kind in its.glimpse.found("stage", ""):
        if named and named not in {pipeline, called}:
            continue
        from_ = [at for of, at in stands if of == pipeline]
        if not stands or any(_leads(here.path[-1], at, position, kind) for at in from_):
            yield Named(key, name or "", name or "")


def _leads(verb: str, start: int, to: int, kind: str) -> bool:
    """Whether a move from one stage to the other is what the verb means."""
    if verb in {"advance", "back"}:
        return to > start if verb == "advance" else to < start
    return kind == "open"


def _persons(its: Sources, part: str) -> list[Named]:
    """The people of the customer, or of the deal, that is named; else of all customers."""
    here = its.here
    customer = here.last("--account")
    first = here.arguments[0] if here.arguments else ""
    if customer is None and here.path[:1] == ["accounts"]:
        customer = first or None
    if customer is not None:
        return its.records("person-at", part, at=customer)
    if first.isdecimal():
        return its.records("person-of", part, deal=int(first))
    return its.records("person", part)


def _setting(its: Sources, part: str) -> Iterable[Named]:
    """What a setting can be, where that is a closed list."""
    key = its.here.arguments[0] if its.here.arguments else ""
    if key.partition(".")[0] in _OF_SETTING:
        return its.named(_OF_SETTING[key.partition(".")[0]], part)
    closed = its.index.words(f"setting {key}") or []
    return [Named(word) for word, *_ in closed]


_OF_SETTING = {"pipeline": "pipeline", "manager": "rep", "currency": "currency", "timezone": "zone"}


def _whose(its: Sources, part: str) -> list[Named]:
    """The whole team, one of them, a rep."""
    reps = [Named(f"rep:{one.word}", "", one.other) for one in its.records("rep", part)]
    teams = [Named(f"team:{one.word}") for one in its.records("team", part)]
    return [Named("all"), Named("me"), *teams, *reps]


def _zones(*_: object) -> list[Named]:
    """The time zones of the system's own list, UTC first."""
    import zoneinfo

    lists = [os.path.join(folder, "zone1970.tab") for folder in zoneinfo.TZPATH]
    path = next(filter(os.path.isfile, lists), os.devnull)
    with open(path, encoding="utf-8") as file:
        rows = [line.split("\t") for line in file if not line.startswith("#")]
    return [Named("UTC"), *(Named(row[2].strip()) for row in rows if len(row) > 2)]


_FINDERS: Mapping[str, Callable[[Sources, str], Iterable[Named]]] = {
    "deal": _deals(""),
    "open-deal": _deals("open"),
    "closed-deal": _deals("closed"),
    "stage": _stages,
    "person": _persons,
    "setting-value": _setting,
    "whose": _whose,
    "rep-or-me": lambda its, part: [Named("me", "", "you"), *its.records("rep", part)],
    "rep-or-role": lambda its, part: [*its.records("rep", part), *its.records("role", part)],
    "zone": _zones,
}
