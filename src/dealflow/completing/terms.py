"""Filters in the making: `stage:`, `owner:me`, `-tag:vip,`, `field:need:`, `close:<eo`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dealflow.completing.fitting import Named, Word, fitting
from dealflow.completing.place import Place
from dealflow.completing.sources import Sources
from dealflow.named import NamedTuple
from dealflow.patterns import pattern

#: key -> the kind of its words
_OF_KEY = {
    **{
        name: name
        for name in (
            *("team", "pipeline", "reason", "source", "segment", "region", "size", "product"),
            *("tag", "currency", "channel", "stage", "domain"),
        )
    },
    **dict.fromkeys(("owner", "for", "was"), "rep"),
    "with": "rep-or-role",
    "account": "customer",
    "parent": "customer",
    "contact": "person",
}
#: lists of records whose own names and facts have other kinds
_OF_LIST = {
    "customers": {"name": "customer"},
    "people": {"name": "person", "title": "person-title", "role": "person-role"},
}
_OF_VALUE = {"day": "day", "instant": "day"}
#: which records the custom fields of a filter are of
_OWNERS = {
    "deals": ("opportunity", "account", "contact"),
    "follow-ups": ("opportunity", "account", "contact"),
    "customers": ("account",),
    "people": ("contact",),
}
#: tables whose filter is another than that of deals
_EXPORTED = {"accounts": "customers", "contacts": "people", "follow-ups": "follow-ups"}
#: and those that have none
_UNFILTERED = ("products", "reps")
_FIELD = "field"
_RARE = ("none", "any")
QUOTE = '"'
#: what stands before the value that is being typed: a comparison, the low end of a range
_BEFORE = pattern(r'(?s)(?:(?:"(?:[^"]|"")*"|[^"])*(?:,|\.\.))?(?:[<>]=?|[≤≥＜＞])?')


class _Key(NamedTuple):
    name: str
    kind: str
    words: list[str]


def terms(sources: Sources, which: str, part: str) -> Iterator[Word]:
    """What the term that is being typed can become: a key, or a value of its key."""
    if which == "exported":
        if sources.here.arguments[:1] in ([one] for one in _UNFILTERED):
            return
        which = _of_export(sources.here)
    minus = "-" if part[:1] == "-" and len(part) > 1 else ""
    name, colon, value = part[len(minus) :].replace("：", ":").partition(":")
    if not colon:
        yield from _keys(sources, which, minus, name)
    elif name.casefold() == _FIELD:
        yield from _fields(sources, which, f"{minus}{name}:", value)
    else:
        key = _key(sources, which, name)
        if key is not None:
            yield from _values(sources, which, key, f"{minus}{name}:", value)


def _of_export(here: Place) -> str:
    """Which list's filter is typed after the table, or the format, that goes out."""
    if "--vcard" in here.options:
        return "people"
    if "--ics" in here.options:
        return "follow-ups"
    return _EXPORTED.get(here.arguments[0] if here.arguments else "", "deals")


def _keys(sources: Sources, which: str, minus: str, start: str) -> Iterator[Word]:
    for names, _, about, _ in sources.index.keys(which):
        for name in names if start else names[:1]:
            if name.startswith(start.casefold()):
                yield Word(f"{minus}{name}:", about, open=True)
    if _FIELD.startswith(start.casefold()):
        yield Word(f"{minus}{_FIELD}:", "a custom field", open=True)


def _key(sources: Sources, which: str, typed: str) -> _Key | None:
    for names, kind, _, words in sources.index.keys(which):
        if typed.casefold() in names:
            return _Key(names[0], kind, words)
    return None


def _fields(sources: Sources, which: str, before: str, rest: str) -> Iterator[Word]:
    name, colon, value = rest.partition(":")
    owners = _OWNERS[which]
    if not colon:
        found = [field for owner in owners for field in sources.fields(owner)]
        for word, about in fitting(found, name):
            yield Word(f"{before}{word}:", about, open=True)
        return
    closed = [Named(word) for word in _RARE]
    yield from _written(f"{before}{name}:", value, closed, lambda _: sources.choices(owners, name))


def _values(sources: Sources, which: str, key: _Key, before: str, value: str) -> Iterator[Word]:
    kind = _OF_LIST.get(which, {}).get(key.name) or _OF_KEY.get(key.name)
    kind = kind or _OF_VALUE.get(key.kind, "")
    closed = [Named(word) for word in key.words]
    yield from _written(
        before, value, closed, lambda part: sources.named(kind, part) if kind else ()
    )


def _written(
    before: str, value: str, closed: Sequence[Named], stored: Callable[[str], Iterable[Named]]
) -> Iterator[Word]:
    """The words that can end a value, after what stands of it already.

    After a quotation mark only what is stored: the words of the language are mere text there.
    """
    found = _BEFORE.match(value)
    stands = found[0] if found else ""
    part, given = value[len(stands) :], stands.split(",")
    quote = part.startswith('"')
    part = part[quote:]
    own = {one.word for one in closed}
    usual = [one for one in closed if one.word not in _RARE and not quote]
    rare = [one for one in closed if one.word in _RARE and one.word.startswith(part) and not quote]
    names = [
        (_shown(w, literal=quote or w.casefold() in own), a) for w, a in fitting(stored(part), part)
    ]
    for word, about in [*fitting(usual, part), *names, *fitting(rare, part)]:
        if word not in given:
            yield Word(before + stands + word, about)


#: what the language itself reads in a value
_READ = pattern(r"[,\":：<>=≤≥≠＜＞＝!！|]|\.\.|^[-−]|&&|\b(?:AND|OR|NOT)\b|\s\s|^\s|\s$")


def _shown(word: str, *, literal: bool) -> str:
    """The word as it stands in a term: in quotes where it would mean something else without."""
    return f'"{word.replace(QUOTE, QUOTE * 2)}"' if literal or _READ.search(word) else word
