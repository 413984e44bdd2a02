"""Which records are probably one: by name, domain, address, phone. Pure; never quadratic.

A *sign* is something that two records have in common. Each kind of sign has points, and what the
points of a pair come to says how sure it is: see docs/definitions.md, "Duplicates".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from dealflow import domains
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.text import fold

SURE, LIKELY, POSSIBLE = "sure", "likely", "possible"
DEGREES = (SURE, LIKELY, POSSIBLE)

NAME, FORM, LETTER = "name", "form", "letter"
DOMAIN, EMAIL, PHONE, WECHAT = "domain", "e-mail", "phone", "WeChat"
#: signs of which the strongest counts: they are not independent of each other
_ONE_OF = ((NAME, FORM, LETTER), (DOMAIN, EMAIL))
CUSTOMER_POINTS = {NAME: 3, FORM: 2, LETTER: 1, DOMAIN: 2, EMAIL: 2, PHONE: 1}
PERSON_POINTS = {NAME: 3, FORM: 2, LETTER: 1, EMAIL: 2, PHONE: 2, WECHAT: 3}

#: what more records than this have in common says nothing: a switchboard, a host of web pages
COMMON = 10
#: names of fewer characters are not compared by letters; Chinese characters say more than letters
_SHORTEST, _SHORTEST_SWAPPED_HAN = 5, 8

_FORMS = """
ltd limited inc incorporated corp corporation co company llc llp plc lp gmbh mbh ag kg kgaa ohg ug
ev se sa sas sarl srl spa sl bv nv oy oyj ab as asa aps kk pty pte pvt bhd sdn and
"""
_LEGAL = frozenset(_FORMS.split())
#: the longest first: 股份有限公司 is not a 股份 of a 有限公司
_HAN_LEGAL = pattern(
    "(?:股份有限公司|有限责任公司|股份公司|有限公司|株式会社|合同会社|有限会社|公司)+$"
)
_HAN_LEGAL_FIRST = pattern("^(?:株式会社|合同会社|有限会社)")
_ADDRESSED = pattern("(?:先生|女士|小姐|老师)$")
_TITLES = frozenset(("mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau"))
_HAN = pattern(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
#: letters that number or place things: what differs by one of them is another thing
_TELLING = pattern(r"[0-9一二三四五六七八九十百东南西北中上下左右]")


class Known(NamedTuple):
    """What one record is compared by. `apart`: only records with the same are compared."""

    id: int
    name: str
    signs: frozenset[tuple[str, str]] = frozenset()
    apart: int = 0
    kin: frozenset[int] = frozenset()
    """Records that are known to be related, a parent and its children: they share addresses."""


class Pair(NamedTuple):
    """Two records, the smaller id first, and the signs by which they are like, in order."""

    one: int
    other: int
    signs: tuple[tuple[str, str], ...]
    points: int

    @property
    def degree(self) -> str:
        """How sure it is that the two are one."""
        return SURE if self.points >= 3 else LIKELY if self.points == 2 else POSSIBLE


# ── names ─────────────────────────────────────────────────────────────────────────────────────


def tight(name: str) -> str:
    """A name without case, width, accents, spaces and punctuation: `GTX-Pró ` → `gtxpro`."""
    return "".join(_words(name)) or fold(name)


def bare_company(name: str) -> str:
    """As `tight`, without what is said of the legal form: Ltd, GmbH & Co. KG, 股份有限公司."""
    words = _words(name.replace(".", ""))
    words = words[words[0] == "the" :] if len(words) > 1 else words
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    joined = "".join(words)
    left = _HAN_LEGAL_FIRST.sub("", _HAN_LEGAL.sub("", joined))
    return left or joined or fold(name)


def bare_person(name: str) -> str:
    """As `tight`, without a form of address, and in whatever order: 王伟先生, Dr. Li Wei."""
    words = [word for word in _words(name) if word not in _TITLES] or _words(name)
    joined = "".join(sorted(words))
    return _ADDRESSED.sub("", joined) or joined or fold(name)


def _words(name: str) -> list[str]:
    from unicodedata import combining, normalize

    folded = fold(name)
    if not folded.isascii():
        folded = "".join(c for c in normalize("NFKD", folded) if not combining(c))
    return re.findall(r"[^\W_]+", folded.replace("'", "").replace("’", ""))


def near(one: str, other: str) -> bool:
    """Whether two tight names differ by one letter: added, missing, another, or two swapped.

    Not by a digit, a Chinese numeral or a direction; nor, in short names, by another Chinese
    character: 第一医院 and 第二医院 are two, and so are 上海华联 and 上海华信.
    """
    short, long = sorted((one, other), key=len)
    if short == long or len(short) < _SHORTEST or len(long) - len(short) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), -1)
    start = len(short) if start < 0 else start
    left, right = short[start:], long[start:]
    if len(left) < len(right):
        return left == right[1:] and not _TELLING.match(right)
    if left[1:] == right[1:]:
        letters = left[0] + right[0]
        han = bool(_HAN.search(letters))
        return not _TELLING.search(letters) and (len(short) >= _SHORTEST_SWAPPED_HAN or not han)
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped and not _TELLING.search(left[:2])


def _near_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """All pairs of these names that are near: those that are alike when each loses one letter."""
    first: dict[str, str] = {}
    more: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        if len(name) < _SHORTEST:
            continue
        for short in {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}:
            if short in first:
                more.setdefault(short, [first[short]]).append(name)
            else:
                first[short] = name
    found = {pair for alike in more.values() for pair in combinations(alike, 2) if near(*pair)}
    yield from sorted(found)


# ── addresses and numbers ─────────────────────────────────────────────────────────────────────


def number(text: str) -> str | None:
    """A phone number as it is compared: digits, without the extension, 0086 and a leading 0."""
    told = re.split(r"(?i)\s*(?:ext|x|转|#|分机)", fold(text), maxsplit=1)[0]
    plus = told.strip().startswith("+")
    digits = re.sub(r"\D", "", told)
    if not plus:
        digits = digits.removeprefix("00")
    if digits.startswith("86") and len(digits) >= _CHINESE:
        digits = digits[2:]
    digits = digits.lstrip("0")
    return digits if len(digits) >= _SHORTEST_NUMBER else None


_CHINESE = 12
_SHORTEST_NUMBER = 7


def signs_of(
    domain: str | None = None, email: str | None = None, phone: str | None = None
) -> Iterator[tuple[str, str]]:
    """The signs in what is known of a record or of a person there."""
    address = domains.address(email) if email else None
    if address:
        yield EMAIL, address
    for one in (domain, address):
        host = domains.host(one) if one else None
        if host and not domains.is_shared(host):
            yield DOMAIN, host
    told = number(phone) if phone else None
    if told:
        yield PHONE, told


# ── pairs ─────────────────────────────────────────────────────────────────────────────────────


def customers(known: Sequence[Known]) -> list[Pair]:
    """The pairs that are probably one customer, the surest first."""
    return _pairs(known, [bare_company(one.name) for one in known], CUSTOMER_POINTS)


def people(known: Sequence[Known]) -> list[Pair]:
    """The pairs that are probably one person at one customer, the surest first."""
    return _pairs(known, [bare_person(one.name) for one in known], PERSON_POINTS)


Found = dict[tuple[int, int], dict[str, str]]


def _pairs(known: Sequence[Known], bare: Sequence[str], points: Mapping[str, int]) -> list[Pair]:
    found: Found = defaultdict(dict)
    _by_signs(found, known, points)
    _by_names(found, known, bare)
    pairs = []
    for (one, other), signs in found.items():
        told = tuple((kind, signs[kind]) for kind in points if kind in signs)
        pairs.append(Pair(one, other, told, _sum(signs, points)))
    return sorted(pairs, key=lambda pair: (-pair.points, pair.one, pair.other))


def _sum(signs: Iterable[str], points: Mapping[str, int]) -> int:
    kinds = set(signs)
    together = [max((points[k] for k in kinds & {*one}), default=0) for one in _ONE_OF]
    apart = kinds - {kind for one in _ONE_OF for kind in one}
    return sum(together) + sum(points[kind] for kind in apart)


def _by_signs(found: Found, known: Sequence[Known], points: Mapping[str, int]) -> None:
    having: dict[tuple[int, str, str], list[Known]] = defaultdict(list)
    for one in known:
        for kind, value in one.signs:
            having[one.apart, kind, value].append(one)
    for (_, kind, value), alike in sorted(having.items()):
        few = kind in points and len(alike) <= COMMON
        for one, other in combinations(alike, 2) if few else ():
            if not _are_kin(one, other):
                found[_ordered(one, other)].setdefault(kind, value)


def _are_kin(one: Known, other: Known) -> bool:
    return other.id in one.kin or one.id in other.kin or bool(one.kin & other.kin)


def _by_names(found: Found, known: Sequence[Known], bare: Sequence[str]) -> None:
    called: dict[int, dict[str, list[Known]]] = defaultdict(lambda: defaultdict(list))
    for one, name in zip(known, bare, strict=True):
        called[one.apart][name].append(one)
    for names in called.values():
        for one, other in (pair for alike in names.values() for pair in _each_with_each(alike)):
            same = tight(one.name) == tight(other.name)
            found[_ordered(one, other)][NAME if same else FORM] = other.name
        near_names = _near_names(names) if len(names) > 1 else ()
        for first, second in near_names:
            for one, other in product(names[first][:COMMON], names[second][:COMMON]):
                found[_ordered(one, other)][LETTER] = other.name


def _each_with_each(alike: Sequence[Known]) -> Iterable[tuple[Known, Known]]:
    """Of very many, each with the first: they are one group all the same."""
    if len(alike) <= COMMON:
        return combinations(alike, 2)
    return ((alike[0], other) for other in alike[1:])


def _ordered(one: Known, other: Known) -> tuple[int, int]:
    return (one.id, other.id) if one.id < other.id else (other.id, one.id)


# ── groups ────────────────────────────────────────────────────────────────────────────────────


class Line(NamedTuple):
    """One record that is probably another: the one to keep, and the one it is like."""

    keep: int
    other: int
    pair: Pair
    via: int | None = None
    """The record of the same group that it is like, where that is not the one to keep."""


def grouped(pairs: Sequence[Pair], order: Mapping[int, int]) -> list[Line]:
    """Each record but the one to keep of its group on one line; `order` says whom to keep: the
    record with the smallest. The groups with the surest pairs first.
    """
    beside: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        beside[pair.one].append(pair)
        beside[pair.other].append(pair)
    lines: dict[int, Line] = {}
    for centre in sorted(beside, key=lambda one: order[one]):
        if centre in lines:
            continue
        left = [pair for pair in beside[centre] if _across(pair, centre) not in lines]
        for pair in left:
            lines[_across(pair, centre)] = Line(centre, _across(pair, centre), pair)
        if not left:  # whomever it is like is to be merged elsewhere
            best = max(beside[centre], key=lambda pair: (pair.points, -pair.one, -pair.other))
            via = _across(best, centre)
            lines[centre] = Line(lines[via].keep, centre, best, via)
    surest: dict[int, int] = defaultdict(int)
    for line in lines.values():
        surest[line.keep] = max(surest[line.keep], line.pair.points)
    return sorted(
        lines.values(),
        key=lambda at: (-surest[at.keep], order[at.keep], -at.pair.points, order[at.other]),
    )


def _across(pair: Pair, one: int) -> int:
    return pair.other if pair.one == one else pair.one
