"""Reading the language: text into values, or what in it is not understood and what would be."""

from __future__ import annotations

import re
from functools import cache

from dealflow import money
from dealflow.errors import BadAmount, BadDefinition, UnknownWord, nearest
from dealflow.requirements.judging import is_ordered
from dealflow.requirements.words import (
    COMPARISONS,
    FACTS,
    JOINING,
    NOUNS,
    Age,
    Both,
    Compared,
    Count,
    Either,
    Present,
    Requirement,
    Role,
    Simple,
    Stay,
    Worth,
)

LONGEST = 500
"""Most characters of one requirement."""

_WORD = r'(?:"[^"]*"|[^\s"])+'
_SHAPE = (
    r'(?P<subject>(?:"[^"]*"|[^\s"<>=!])+(?: in stage)?)'
    r'(?:\s*(?P<comparison>[<>=!]++)\s*(?P<bound>"[^"]*"|[^"]+?))?'
    r"(?:\s+within\s+(?P<within>\S+))?"
)
_FIELD = r"field:[\w.-]+"
_TIMES = r"[0-9]{1,5}"
_SPAN = r"[1-9][0-9]{0,3}[dwm]"
_LABEL = 100
_FORMS = "write contact, field:need, call >= 1, demo >= 1 within 30d, amount >= 100k or age >= 3d"


@cache
def parse_requirement(text: str) -> Requirement:
    """The requirement that `text` writes; BadDefinition says what in it is not understood."""
    told = " ".join(text.split())
    if len(told) > LONGEST:
        why = f"it has {len(told):,} characters, and the most is {LONGEST}"
        raise _unclear(f"{told[:40]}…", why, "make two requirements of it")
    if told.count('"') % 2:
        raise _unclear(told, "a quotation mark is not closed", 'write field:need = "two words"')
    options = [_both(told, option) for option in _split(told, re.findall(_WORD, told), "or")]
    return options[0] if len(options) == 1 else Either(tuple(options))


def _both(told: str, tokens: list[str]) -> Simple | Both:
    parts = [_simple(" ".join(part)) for part in _split(told, tokens, "and")]
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _split(told: str, tokens: list[str], word: str) -> list[list[str]]:
    """What stands between the joining words. Error: BadDefinition where that is nothing."""
    found: list[list[str]] = [[]]
    for token in tokens:
        if token.casefold() == word:
            found.append([])
        else:
            found[-1].append(token)
    if len(found) > 1 and [] in found:
        raise _unclear(told, f"'{word}' joins nothing", f"write call >= 1 {word} visit >= 1")
    return found


def _simple(told: str) -> Simple:
    shape = re.fullmatch(_SHAPE, told)
    if shape is None:
        raise _unclear(told, "cannot be read", _FORMS)
    subject, tail = _subject(shape["subject"])
    comparison, bound, within = shape["comparison"], shape["bound"], shape["within"]
    if comparison is not None and comparison not in COMPARISONS:
        raise _unclear(told, f"'{comparison}' is not a comparison", "write >=, >, =, !=, < or <=")
    if subject in NOUNS:
        return _count(told, subject, tail, (comparison, bound, within))
    if within is not None:
        raise _unclear(told, "only what happened can be counted 'within' a time", _FORMS)
    if comparison is None:
        return _presence(told, subject, tail)
    return _comparison(told, (subject, tail), comparison, bound)


def _subject(word: str) -> tuple[str, str | None]:
    """The word that is compared, and what stands behind its colon."""
    first, colon, tail = word.partition(":")
    if first.casefold() == "field" and colon:
        return f"field:{tail}", None
    return first.casefold(), tail if colon else None


def _presence(told: str, subject: str, tail: str | None) -> Present | Role:
    if subject == "contact" and tail is not None:
        return Role(_label(told, tail))
    if tail is not None or (subject not in FACTS and not re.fullmatch(_FIELD, subject)):
        raise _unknown(told, subject, tail)
    return Present(subject)


def _comparison(told: str, what: tuple[str, str | None], comparison: str, bound: str) -> Simple:
    subject, tail = what
    if tail is not None:
        raise _unknown(told, subject, tail)
    match subject:
        case "amount":
            return Worth(comparison, _amount(told, bound))
        case "age":
            return Age(comparison, _span(told, bound))
        case "age in stage":
            return Stay(comparison, _span(told, bound))
        case field if re.fullmatch(_FIELD, field):
            return _compared(told, field.removeprefix("field:"), comparison, bound)
        case _:
            raise _unknown(told, subject, tail)


def _compared(told: str, name: str, comparison: str, bound: str) -> Compared:
    value = bound.strip('"').strip()
    if not value:
        raise _unclear(told, "it is compared with nothing", f"write field:{name} alone")
    if not bound.startswith('"') and not JOINING.isdisjoint(bound.casefold().split()):
        raise _unclear(told, f"'{bound}' cannot be read", f'write field:{name} = "{bound}"')
    if comparison not in {"=", "!="} and not is_ordered(value):
        why = f"'{value}' is neither a number, nor an amount, nor a day"
        raise _unclear(told, why, f"write field:{name} = {value}, or a number as in >= 50")
    return Compared(name, comparison, value)


Bounds = tuple[str | None, str | None, str | None]


def _count(told: str, kind: str, tail: str | None, bounds: Bounds) -> Count:
    comparison, bound, within = bounds
    outcome = None if tail is None else _label(told, tail)
    span = None if within is None else _span(told, within)
    if comparison is None:
        if span is None:
            raise _unknown(told, kind, None)
        return Count(kind, ">=", 1, span, outcome)
    times = _number(told, bound or "")
    if (comparison, times) == (">=", 0):
        raise _unclear(told, "always holds", f"write {kind} >= 1")
    if (comparison, times) == ("<", 0):
        raise _unclear(told, "never holds", f"write {kind} < 1")
    return Count(kind, comparison, times, span, outcome)


def _label(told: str, tail: str) -> str:
    """An outcome or a role: `reached`, `left_a_message`, `"left a message"`."""
    label = " ".join(tail.replace('"', "").replace("_", " ").split())
    if not label or len(label) > _LABEL:
        raise _unclear(told, "nothing readable stands behind the colon", "write call:reached >= 1")
    return label


def _number(told: str, text: str) -> int:
    if not re.fullmatch(_TIMES, text):
        raise _unclear(told, f"'{text}' is not a whole number", _FORMS)
    return int(text)


def _span(told: str, text: str) -> str:
    if not re.fullmatch(_SPAN, text):
        raise _unclear(told, f"'{text}' is not a span of time", "write 30d, 4w or 6m")
    return text


def _amount(told: str, text: str) -> str:
    """An amount that reads in every currency: whole units, unless it names its currency."""
    try:
        money.parse(text, "JPY")
    except (BadAmount, UnknownWord) as error:
        hint = "write a whole amount, as 100k, 12.5万 or USD 4,000"
        raise _unclear(told, f"'{text}' is not an amount in every currency", hint) from error
    return text


def _unknown(told: str, subject: str, tail: str | None) -> BadDefinition:
    """Says how the first word is used, or what else it could have been."""
    if subject.startswith("field:") and not re.fullmatch(_FIELD, subject):
        return _unclear(told, f"'{subject}' does not name a field", "write field:need")
    if subject in {*FACTS, "age"} and tail is not None:
        hint = "write contact:decides, or call:reached >= 1"
        return _unclear(told, f"'{subject}' takes nothing behind a colon here", hint)
    if subject in FACTS:
        return _unclear(told, f"'{subject}' is filled in or not", f"write {subject} alone")
    if subject in NOUNS:
        return _unclear(told, "how often is not said", f"write {subject} >= 1")
    if subject == "age":
        return _unclear(told, "how old is not said", "write age >= 3d")
    if subject == "age in stage":
        return _unclear(told, "how long is not said", "write age in stage >= 7d")
    near = nearest(subject, [*FACTS, "field:NAME", "age", "age in stage", *NOUNS])
    return _unclear(told, f"'{subject}' is not known", f"did you mean {near}?" if near else _FORMS)


def _unclear(told: str, why: str, hint: str) -> BadDefinition:
    return BadDefinition(f"requirement '{told}': {why}", hint, given=told)
