"""The outer form of the language: arguments cut into terms, quotes, and writing them again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dealflow.errors import BadFilter, nearest
from dealflow.filters.keys import Key
from dealflow.named import NamedTuple

_QUOTED = r'"(?:[^"]|"")*"'
_PIECE = rf'(?:{_QUOTED}|[^\s"])+'
_HEAD = r"([-−]?)((?i:field)[:：][^\s:：\"]+|[^\W\d]+)([:：])(?!//)"
_COMPARISON = r"(?s)([-−]?)([^\W\d]+)([!！]?[<>=≤≥≠＜＞＝]+)(.*)"
_HEADLESS = r"[:：<>=≤≥≠＜＞＝]"
_JOINER = r"AND|OR|NOT|&&|\|\|?"
_PLAIN_WORD = r"[\w+][\w.%+/@&-]*"
_PLAIN_VALUE = r"[\w¥$€£+.-][\w.%+:/@&$¥€£-]*"
LONGEST = 64
"""Most characters of what was typed that a message repeats."""


class Term(NamedTuple):
    """One `key:value`, or a bare word, still in quotes where it was."""

    negated: bool
    name: str
    """The key as it was typed, with a narrow colon; empty for a bare word."""
    value: str
    start: int = 0
    """After a key: where the value starts in the argument."""


def cut(argument: str, known: Mapping[str, Key]) -> list[Term]:
    """The terms of one argument.

    A blank ends a bare word, but belongs to the value after a key, unless another key follows.
    BadFilter for an open quote, and for what looks like the filter language of another program.
    """
    if argument.count('"') % 2:
        raise BadFilter(f"{clip(argument)} has a quote that is not closed", 'write "" for one "')
    terms: list[Term] = []
    for piece in re.finditer(_PIECE, argument):
        _add(terms, piece, known)
    for term in terms:
        _refuse_joiner(term)
    return terms


def _add(terms: list[Term], piece: re.Match[str], known: Mapping[str, Key]) -> None:
    """Add what the piece starts, or lengthen the last term by it."""
    within = bool(terms and terms[-1].name)
    head = re.match(_HEAD, piece[0])
    if head and _is_key(head, known, within=within):
        start = piece.start() + head.end()
        value = piece.string[start : piece.end()]
        terms.append(Term(bool(head[1]), _narrow(head[2]), value, start))
    elif within:
        last = terms[-1]
        terms[-1] = last._replace(value=piece.string[last.start : piece.end()])
    else:
        terms.append(_bare(piece[0], known))


def _is_key(head: re.Match[str], known: Mapping[str, Key], *, within: bool) -> bool:
    """Whether this is meant as a key: a known one, one like it, or any where no value is open."""
    name = _narrow(head[2]).casefold()
    return name in known or (head[3] == ":" and not within) or nearest(name, known) is not None


def _narrow(name: str) -> str:
    return name.replace("：", ":")


def _bare(piece: str, known: Mapping[str, Key]) -> Term:
    compared = re.match(_COMPARISON, piece)
    if compared and compared[2].casefold() in known:
        raise BadFilter(f"{clip(piece)} has no colon after the key", _corrected(compared))
    negated = piece.startswith(("-", "−"))
    if re.match(_HEADLESS, piece[negated:]):
        hint = "write key:value or key:>value without blanks before the colon"
        raise BadFilter(f"{clip(piece)} has no key before it", hint)
    return Term(negated, "", piece[negated:])


def _corrected(compared: re.Match[str]) -> str:
    minus, name, operator, value = compared.groups()
    negated = "-" if minus or operator[0] in "!！≠" else ""
    return f"write {negated}{name}:{operator.strip('!！=≠＝') and operator}{value}"


def _refuse_joiner(term: Term) -> None:
    """BadFilter for a word by itself, or the last of several in a value, that is meant as logic."""
    words = term.value.split()
    if words and re.fullmatch(_JOINER, words[-1]) and (len(words) > 1 or not term.name):
        hint = 'terms are joined by and; or is a comma, as in grade:A,B; as text it is "OR"'
        raise BadFilter(f"'{words[-1]}' does not join terms here", hint)


def split(raw: str, pattern: str) -> list[str]:
    """`raw` cut where the pattern occurs outside quotes; blanks around the parts are gone."""
    cuts = [found.span() for found in re.finditer(rf"{_QUOTED}|({pattern})", raw) if found[1]]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(raw)]
    return [raw[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def unquoted(raw: str) -> str:
    """What the quotes protect, without them and without blanks around it."""
    return re.sub(_QUOTED, lambda found: found[0][1:-1].replace('""', '"'), raw).strip()


def shown_word(word: str, *, negated: bool) -> str:
    """The bare word as a term."""
    plain = re.fullmatch(_PLAIN_WORD, word) and not re.fullmatch(_JOINER, word)
    return ("-" if negated else "") + (word if plain else _quoted(word))


def shown_value(value: str, *, literal: bool) -> str:
    """The value as it can stand in a term; `literal` where the plain word means something else."""
    plain = re.fullmatch(_PLAIN_VALUE, value) and ".." not in value and not literal
    return value if plain else _quoted(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def clip(text: str) -> str:
    """`text` between quotes for a message, cut where it is long."""
    return f"'{text}'" if len(text) <= LONGEST else f"'{text[: LONGEST - 1]}…'"
