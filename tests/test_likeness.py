"""How likeness is judged: names, numbers and addresses, against slow and obvious readings."""

from __future__ import annotations

import time
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow import likeness
from dealflow.likeness import Known, Pair, bare_company, bare_person, near, number, tight

pytestmark = pytest.mark.file  # it knows no database


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GTXPro", "GTX Pro"),
        ("GTX-Pro", "ＧＴＸ　ｐｒｏ"),
        ("Müller", "muller"),
        ("O'Neill", "O’Neill"),
        ("华联（北京）", "华联(北京)"),
    ],
)
def test_case_width_spaces_and_punctuation_make_no_other_name(one, other):
    assert tight(one) == tight(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Co., Ltd.", "Acme"),
        ("Acme GmbH & Co. KG", "ACME AG"),
        ("The Acme Corporation", "Acme, Inc."),
        ("Acme S.A.", "Acme Limited"),
        ("上海华联有限公司", "上海华联股份有限公司"),
        ("上海华联有限责任公司", "上海华联"),
        ("株式会社アクメ", "アクメ"),
    ],
)
def test_the_legal_form_makes_no_other_company(one, other):
    assert bare_company(one) == bare_company(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京华联有限公司", "上海华联有限公司"),
        ("Acme 2", "Acme 3"),
        ("Co", "Ltd"),
        ("公司", "有限公司"),
    ],
)
def test_cities_and_numbers_make_another_company(one, other):
    assert bare_company(one) != bare_company(other)


@pytest.mark.parametrize(
    ("one", "other"), [("王伟先生", "王伟"), ("Dr. Li Wei", "Wei Li"), ("MS ZHAO", "Zhao")]
)
def test_order_and_form_of_address_make_no_other_person(one, other):
    assert bare_person(one) == bare_person(other)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("wholesaler", "wholesalers", True),
        ("cancity", "canciti", True),
        ("konmatfix", "konmaftix", True),
        ("acme2", "acme3", False),
        ("acme", "acne", False),
        ("上海第一医院", "上海第二医院", False),
        ("华东商业集团", "华北商业集团", False),
        ("上海华联贸易", "上海华信贸易", False),
        ("上海华联国际贸易", "上海华连国际贸易", True),
        ("上海华联贸易", "上海市华联贸易", True),
        ("wholesaler", "wholesale", True),
        ("wholesaler", "wholesal", False),
    ],
)
def test_one_letter_is_near_where_it_tells_nothing(one, other, like):
    assert near(one, other) is near(other, one) is like


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+86 138 0013 8000", "13800138000"),
        ("0086-138-0013-8000", "138 0013 8000"),
        ("021-5555 1234 转 801", "(021) 55551234"),
        ("８６１３８００１３８０００", "13800138000"),
        ("+49 30 1234567", "0049 30 1234567"),
    ],
)
def test_a_number_is_one_however_it_is_written(one, other):
    assert number(one) == number(other) is not None


def test_what_is_too_short_is_no_number():
    assert [number(text) for text in ("", "110", "ext 801", "转 1234567")] == [None] * 4


def edits(one: str, other: str) -> int:
    """Damerau's distance where no part is edited twice, by the book (a full table)."""
    table = [[max(i, j) for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            best = min(
                table[i - 1][j] + 1,
                table[i][j - 1] + 1,
                table[i - 1][j - 1] + (one[i - 1] != other[j - 1]),
            )
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                best = min(best, table[i - 2][j - 2] + 1)
            table[i][j] = best
    return table[-1][-1]


names = st.text("abcd", max_size=9)


@given(st.lists(names, max_size=12, unique=True))
def test_near_names_are_those_one_edit_apart(found):
    """Letters only: what tells things apart has tests of its own."""
    long = [name for name in found if len(name) >= 5]
    wanted = {tuple(sorted(p)) for p in combinations(long, 2) if edits(*p) == 1}
    assert {tuple(sorted(p)) for p in likeness._near_names(found)} == wanted


signs = st.sampled_from(
    [("domain", "a.com"), ("domain", "b.com"), ("e-mail", "x@a.com"), ("phone", "1234567")]
)
records = st.lists(
    st.tuples(st.sampled_from(["Acme", "ACME", "Acme Ltd", "Acmes", "Betas"]), st.sets(signs)),
    max_size=8,
)
POINTS = {"domain": 2, "e-mail": 2, "phone": 1}


@given(records)
def test_pairs_are_those_that_a_comparison_of_all_with_all_finds(found):
    known = [Known(i, name, frozenset(had)) for i, (name, had) in enumerate(found, 1)]
    wanted = {}
    for one, other in combinations(known, 2):
        shared = {kind for kind, _ in one.signs & other.signs}
        if tight(one.name) == tight(other.name):
            points = 3
        elif bare_company(one.name) == bare_company(other.name):
            points = 2
        else:
            points = int(near(bare_company(one.name), bare_company(other.name)))
        points += 2 * bool(shared & {"domain", "e-mail"}) + ("phone" in shared)
        if points:
            wanted[one.id, other.id] = points
    told = {(pair.one, pair.other): pair.points for pair in likeness.customers(known)}
    assert told == wanted


def test_what_many_have_in_common_says_nothing():
    host = frozenset({("domain", "hosting.com")})
    few = [Known(i, f"{i}" * 7, host) for i in range(1, likeness.COMMON + 1)]
    assert len(likeness.customers(few)) == 45
    assert likeness.customers([*few, Known(99, "last", host)]) == []


def test_a_parent_and_its_daughters_share_their_domain():
    host = frozenset({("domain", "acme.com")})
    group = [
        Known(1, "Acme", host),
        Known(2, "Beta", host, kin=frozenset({1})),
        Known(3, "Gamma", host, kin=frozenset({1})),
    ]
    assert likeness.customers(group) == []


@given(
    st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=12),
    st.permutations(range(1, 10)),
)
def test_everybody_who_is_like_somebody_stands_once_or_is_kept(found, ranked):
    pairs = [Pair(a, b, (), 1 + (a + b) % 3) for a, b in sorted(found) if a < b]
    order = {one: place for place, one in enumerate(ranked)}
    lines = likeness.grouped(pairs, order)
    others, kept = [line.other for line in lines], {line.keep for line in lines}
    assert len(others) == len(set(others))
    assert kept.isdisjoint(others)
    assert {*others, *kept} == {one for pair in pairs for one in pair[:2]}
    for line in lines:
        assert {line.other, line.via or line.keep} == {line.pair.one, line.pair.other}


def test_fifty_thousand_customers_take_seconds():
    """Quadratic would be a billion comparisons."""
    known = [
        Known(i, f"{chr(97 + i % 26)}{i * 7919 % 50021:x}tools{i % 977:x} Ltd", frozenset())
        for i in range(1, 50_001)
    ]
    start = time.process_time()
    likeness.customers(known)
    assert time.process_time() - start < 30
