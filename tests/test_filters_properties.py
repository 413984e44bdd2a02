"""The filter language, judged by an evaluation over plain mappings that shares no code with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from dealflow.errors import UsageError
from dealflow.filters import (
    FOLLOW_UP_KEYS,
    NONE,
    Condition,
    Filter,
    Is,
    Key,
    Setting,
    Special,
    Test,
    parse,
)
from dealflow.money import Money

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
EXTRA = (Key("field:need", "text", "a custom field"), Key("forced", "flag", "a flag"))
ALL_KEYS = (*FOLLOW_UP_KEYS, *EXTRA)


def at(text, zone=SHANGHAI):
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


SETTING = Setting(at("2026-07-15T10:00"), SHANGHAI, "CNY")  # a Wednesday


def read(*words, setting=SETTING) -> Filter:
    return parse(words, ALL_KEYS, setting)


# ── the reference ─────────────────────────────────────────────────────────────────────────────


def evaluate(wanted: Filter, record: Mapping) -> bool:
    text = record.get("text", "")
    return (
        all(holds(condition, record) for condition in wanted.conditions)
        and all(word in text for word in wanted.words)
        and not any(word in text for word in wanted.words_not)
    )


def holds(condition: Condition, record: Mapping) -> bool:
    value = record.get(condition.key.name)
    passed = any(passes(test, condition.key.kind, value) for test in condition.tests)
    return not passed if condition.negated else passed


def passes(test: Test, kind: str, value) -> bool:
    if isinstance(test, Special):
        return (value is None) == (test is NONE)
    if value is None:
        return False
    if isinstance(test, Is):
        return test.value in value if kind in {"text", "tag"} else test.value == value
    if test.low is not None and (value < test.low or (test.low_open and value == test.low)):
        return False
    return not (
        test.high is not None and (value > test.high or (test.high_open and value == test.high))
    )


# ── properties ────────────────────────────────────────────────────────────────────────────────

NUMBERS = st.integers(0, 12)
COMPARE = {
    ">": lambda x, a: x > a,
    ">=": lambda x, a: x >= a,
    "<": lambda x, a: x < a,
    "<=": lambda x, a: x <= a,
    "": lambda x, a: x == a,
}


@st.composite
def alternatives(draw, written):
    """A comma-separated value, and the plain Python that says whether a value meets it."""
    texts, checks = [], []
    for _ in range(draw(st.integers(1, 3))):
        low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
        form = draw(st.sampled_from([*COMPARE, "..", "a..", "..b", "none", "any"]))
        a, b = written(low), written(high)
        if form in COMPARE:
            texts.append(f"{form}{a}")
            checks.append(lambda x, f=form, a=low: x is not None and COMPARE[f](x, a))
        elif form in {"none", "any"}:
            texts.append(form)
            checks.append(lambda x, f=form: (x is None) == (f == "none"))
        else:
            texts.append({"..": f"{a}..{b}", "a..": f"{a}..", "..b": f"..{b}"}[form])
            inside = range(0 if form == "..b" else low, 13 if form == "a.." else high + 1)
            checks.append(lambda x, inside=inside: x in inside)
    return ",".join(texts), lambda x: any(check(x) for check in checks)


FIRST = date(2026, 3, 1)  # New York changes its clocks on the 8th
KINDS = {
    "id": (str, lambda n: n),
    "age": (lambda n: f"{n}d", lambda n: n),
    "probability": (lambda n: f"{n}%", lambda n: float(f"{n}e-2")),
    "value": (lambda n: f"{n}k", lambda n: Money(n * 100_000, "CNY")),
    "close": (lambda n: str(FIRST + timedelta(days=n)), lambda n: FIRST + timedelta(days=n)),
}


@given(st.data(), st.sampled_from(list(KINDS)), st.booleans())
def test_ranges_alternatives_and_negation_mean_what_they_say(data, name, negated):
    write, stored = KINDS[name]
    text, expected = data.draw(alternatives(write))
    wanted = read(f"{'-' if negated else ''}{name}:{text}")
    for n in (None, *range(13)):
        record = {name: None if n is None else stored(n)}
        assert evaluate(wanted, record) == (expected(n) != negated)


@given(st.data(), st.booleans())
def test_an_instant_belongs_to_the_day_its_clock_showed(data, negated):
    text, expected = data.draw(alternatives(KINDS["close"][0]))
    setting = Setting(at("2026-07-15T10:00", NEW_YORK), NEW_YORK, "USD")
    wanted = read(f"{'-' if negated else ''}created:{text}", setting=setting)
    for hour in range(13 * 24 - 1):
        instant = at("2026-03-01T00:00", NEW_YORK) + hour * 3600 + 1799
        day = (datetime.fromtimestamp(instant, NEW_YORK).date() - FIRST).days
        assert evaluate(wanted, {"created": instant}) == (expected(day) != negated)
    assert evaluate(wanted, {"created": None}) == (expected(None) != negated)


@given(st.lists(st.sampled_from(["a", "b", "ab", "B", "-a", "-c", "title:ab", "-title:b,c"])))
def test_every_term_has_to_hold(words):
    wanted = read(*words)
    for text in ("", "a", "ab", "abc", "c"):
        record = {"text": text, "title": text}
        one_by_one = all(evaluate(read(word), record) for word in words)
        assert evaluate(wanted, record) == one_by_one


FRAGMENTS = st.sampled_from(
    [
        *(f"{key.name}:" for key in ALL_KEYS),
        *[
            "-",
            '"',
            '""',
            ",",
            "..",
            "...",
            ">",
            ">=",
            "<",
            "=",
            "!=",
            " ",
            "\u3000",
            ":",
            "：",
            "＞",
        ],
        *[
            "none",
            "any",
            "me",
            "A",
            "open",
            "yes",
            "5",
            "10万",
            "50%",
            "2w",
            "$3",
            "fri",
            "2026-Q3",
        ],
        *["2026-07-01", "14:30", "OR", "acme", "需求", "É", "\u0338", "ﬁ", "İ", "%", "+", "all"],
    ]
)
SOUP = st.lists(FRAGMENTS | st.text(max_size=6), min_size=1, max_size=6).map("".join)
LIKELY = st.builds(
    lambda minus, key, operator, value: f"{minus}{key.name}:{operator}{value}",
    st.sampled_from(["", "-"]),
    st.sampled_from(ALL_KEYS),
    st.sampled_from(["", "", ">", "<=", ".."]),
    FRAGMENTS | SOUP | st.lists(FRAGMENTS, max_size=3).map(",".join),
)
ARGUMENTS = SOUP | LIKELY | st.lists(LIKELY, max_size=3).map(" ".join)


@given(st.lists(ARGUMENTS | st.text(), max_size=3))
@example(['""OR'])
@example(['region:OR "OR" -"stage:x"'])
@example(['owner:"me",me', 'title:"none"', 'grade:"none"'])
@example(['stage:>"\u0338x"', 'account:">5","a..b", "-c"'])
@example(["value:USD 4,5", 'created:"2026-07-01 14:30"..', '"acme corp" -"x y" +86'])
def test_any_text_is_a_filter_that_its_own_text_repeats_or_a_wrong_usage(words):
    try:
        wanted = read(*words)
    except UsageError:
        return
    assert read(*([wanted.text] if words else [])) == wanted


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=8
)


@given(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.booleans())
def test_quoted_text_is_searched_for_as_it_stands(text, negated):
    quoted = '"' + text.replace('"', '""') + '"'
    minus = "-" if negated else ""
    wanted = read(f"{minus}{quoted}", f"{minus}title:{quoted}", f"{minus}tag:{quoted}")
    assert read(wanted.text) == wanted
    (word,) = wanted.words_not if negated else wanted.words
    title, tag = wanted.conditions
    assert title.tests == (Is(word),)
    assert len(tag.tests) == 1
    assert isinstance(tag.tests[0], Is)
    assert tag.negated is negated
