"""From command-line arguments to a Filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dealflow.errors import BadFilter, UnknownWord
from dealflow.filters.chinese import CHINESE
from dealflow.filters.conditions import Condition, Filter, Setting
from dealflow.filters.keys import Key, takes
from dealflow.filters.terms import LONGEST, Term, clip, cut, shown_word, split, unquoted
from dealflow.filters.values import read_test
from dealflow.text import fold, tidy

# A comma before three digits separates thousands in an amount, and alternatives elsewhere.
_THOUSANDS = r"(?<=\d),(?=\d{3}(?!\d))"


def parse(words: Sequence[str], keys: Sequence[Key], setting: Setting) -> Filter:
    """The filter that command-line arguments write.

    An argument holds one term or several: it is cut at a blank before a key and a colon.
    UnknownWord for a key or choice that does not exist, BadFilter for what cannot be read,
    BadText for what is blank or no text; the UsageErrors of dates and money pass through.
    """
    known = {name.casefold(): key for key in keys for name in (key.name, *key.aliases)}
    known |= {word: known[name] for word, name in CHINESE.items() if name in known}
    terms = [term for word in words for term in cut(tidy(word, "a filter"), known)]
    read = [_condition(term, _key(term.name, known), setting) for term in terms if term.name]
    wanted = [_word(term) for term in terms if not term.name and not term.negated]
    unwanted = [_word(term) for term in terms if not term.name and term.negated]
    texts = [shown_word(word, negated=False) for word in wanted]
    texts += [shown_word(word, negated=True) for word in unwanted]
    return Filter(
        conditions=tuple(condition for condition, _ in read),
        words=tuple(map(fold, wanted)),
        words_not=tuple(map(fold, unwanted)),
        text=" ".join([*texts, *(text for _, text in read)]),
    )


def _key(name: str, known: Mapping[str, Key]) -> Key:
    if name.casefold() == "field":
        raise BadFilter("field: names no custom field", "write field:NAME:VALUE, field:NAME:any")
    if name.casefold() not in known:
        words = [word for word in known if word.isascii() or not name.isascii()]
        raise UnknownWord("filter key", name[:LONGEST], words)
    return known[name.casefold()]


def _word(term: Term) -> str:
    word = unquoted(term.value)
    if not word:
        raise BadFilter("there is an empty word in the filter", "write the word to search for")
    return word


def _condition(term: Term, key: Key, setting: Setting) -> tuple[Condition, str]:
    """The condition, and how it is written."""
    _check_value(term, key)
    read = [read_test(raw, key, setting) for raw in split(term.value, ",")]
    minus = "-" if term.negated else ""
    text = f"{minus}{key.name}:{','.join(text for _, text in read)}"
    return Condition(key, tuple(test for test, _ in read), term.negated), text


def _check_value(term: Term, key: Key) -> None:
    if not term.value.strip():
        raise BadFilter(f"'{term.name}:' has no value", f"{key.name} takes {takes(key)}")
    if key.kind == "money" and len(split(term.value, _THOUSANDS)) > 1:
        told = clip(term.value.strip())
        plain = term.value.strip().replace(",", "")
        hint = f'write {key.name}:{plain}, or put each amount between double quotes: "1,000","200"'
        raise BadFilter(f"{told} can be one amount or two, because a comma means or", hint)
