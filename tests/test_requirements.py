"""The language of requirements: what it says, when it holds, what closes a gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import BadDefinition
from dealflow.model import ACTIVITY_KINDS
from dealflow.money import Money
from dealflow.requirements import GROUPS, NOUNS, Evidence, explain, gap, parse_requirement, remedy

DAY = 24 * 60 * 60
NOW = 1_780_000_000

FACTS = ["contact", "account", "amount", "close", "source", "product"]
KINDS = [
    "call", "visit", "meeting", "email", "message", "demo", "quote", "note", "site_visit", "download",
    "event", "email_open", "asks_price", "asks_sample", "asks_question", "objects",
]  # fmt: skip
MEMBERS = {
    "contact_made": {"call", "visit", "meeting", "email", "message", "demo", "quote"},
    "behaviour": {"site_visit", "download", "event", "email_open"},
    "feedback": {"asks_price", "asks_sample", "asks_question", "objects"},
} | {kind: {kind} for kind in KINDS}

comparisons = st.sampled_from([">=", ">", "="])
spans = st.builds(lambda n, unit: f"{n}{unit}", st.integers(1, 400), st.sampled_from("dwm"))
presences = st.sampled_from(
    [*FACTS, "field:need", "field:决策人", "field:budget-2027", "field:a.b"]
)
counts = st.builds(
    lambda kind, op, n, span: f"{kind} {op} {n}" + (f" within {span}" if span else ""),
    st.sampled_from(sorted(MEMBERS)), comparisons, st.integers(1, 5), st.none() | spans,
)  # fmt: skip
worths = st.builds(
    lambda op, amount: f"amount {op} {amount}",
    comparisons, st.sampled_from(["100k", "12.5万", "USD 4,000", "3000 EUR", "1.2m", "¥3,000"]),
)  # fmt: skip
ages = st.builds(lambda op, span: f"age {op} {span}", comparisons, spans)
texts = presences | counts | worths | ages


def evidence(**known):
    return Evidence(**({"created_at": NOW - 10 * DAY} | known))


def told(text, **known):
    return gap(parse_requirement(text), evidence(**known), NOW)


@given(texts)
def test_canonical_text_is_read_back_as_the_same_requirement(text):
    requirement = parse_requirement(text)
    assert str(requirement) == text
    assert parse_requirement(str(requirement)) == requirement


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("  CALL>=1 ", "call >= 1"),
        ("download   >=  02   within 30d", "download >= 2 within 30d"),
        ("Contact", "contact"),
        ("field:Need", "field:Need"),
        ("amount>100k", "amount > 100k"),
        ("age>=3d", "age >= 3d"),
    ],
)
def test_blanks_and_capitals_do_not_matter(written, canonical):
    assert str(parse_requirement(written)) == canonical


FORMS = "write contact, field:need, call >= 1, demo >= 1 within 30d, amount >= 100k or age >= 3d"
COMPARISONS = "write >=, > or ="
SPANS = "write 30d, 4w or 6m"
AMOUNTS = "write a whole amount, as 100k, 12.5万 or USD 4,000"


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("", "cannot be read", FORMS),
        ("cal >= 1", "'cal' is not known", "did you mean call?"),
        ("contcat", "'contcat' is not known", "did you mean contact?"),
        ("feild:need", "'feild:need' is not known", "did you mean field:NAME?"),
        ("agee >= 3d", "'agee' is not known", "did you mean age?"),
        ("call", "how often is not said", "write call >= 1"),
        ("call >= many", "'many' is not a whole number", FORMS),
        ("call >= 1.5", "'1.5' is not a whole number", FORMS),
        ("call >= -1", "'-1' is not a whole number", FORMS),
        ("call <= 3", "'<=' is not a comparison", COMPARISONS),
        ("call == 3", "'==' is not a comparison", COMPARISONS),
        ("call >= 0", "always holds", "write call >= 1"),
        ("call >= 1 within a week", "'1 within a week' is not a whole number", FORMS),
        ("call >= 1 within 3y", "'3y' is not a span of time", SPANS),
        ("call >= 1 within 0d", "'0d' is not a span of time", SPANS),
        ("contact >= 2", "'contact' is filled in or not", "write contact alone"),
        ("field:need = yes", "'field:need' is filled in or not", "write field:need alone"),
        ("field:", "'field:' does not name a field", "write field:need"),
        ("field:a/b", "'field:a/b' does not name a field", "write field:need"),
        ("amount >= lots", "'lots' is not an amount in every currency", AMOUNTS),
        ("amount >= 0.50", "'0.50' is not an amount in every currency", AMOUNTS),
        ("amount >= 5 QQQ", "'5 QQQ' is not an amount in every currency", AMOUNTS),
        ("amount >= 5k within 3d", "only what happened can be counted 'within' a time", FORMS),
        ("age", "how old is not said", "write age >= 3d"),
        ("age >= 3", "'3' is not a span of time", SPANS),
        ("call >= 1 or visit >= 1", "'1 or visit >= 1' is not a whole number", FORMS),
        ("__import__('os')", "'__import__('os')' is not known", FORMS),
    ],
)
def test_what_is_not_understood_is_named_with_what_would_be(text, why, hint):
    with pytest.raises(BadDefinition) as caught:
        parse_requirement(f" {text}  ")
    assert caught.value.message == f"requirement '{text}': {why}"
    assert caught.value.hint == hint
    assert caught.value.facts == {"given": text}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("contact", "a contact person"),
        ("field:need", "the field 'need'"),
        ("call >= 1", "at least 1 call"),
        ("download >= 2 within 30d", "at least 2 downloads in the last 30 days"),
        ("demo >= 1 within 1d", "at least 1 demo in the last 1 day"),
        ("meeting > 1 within 2w", "more than 1 meeting in the last 14 days"),
        ("email = 3 within 1m", "exactly 3 e-mails in the last 30 days"),
        ("asks_price >= 2", "at least 2 requests for a price"),
        ("contact_made >= 1", "at least 1 contact with the customer"),
        ("amount >= 100k", "an amount of at least 100k"),
        ("age >= 1d", "at least 1 day since it was created"),
    ],
)
def test_a_requirement_explains_itself(text, sentence):
    assert explain(parse_requirement(text)) == sentence


def test_every_kind_of_activity_and_every_group_has_a_noun():
    assert set(NOUNS) == set(ACTIVITY_KINDS) | set(GROUPS) == set(MEMBERS)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("call >= 1", 'dealflow log 42 call "…"'),
        ("feedback >= 1", 'dealflow log 42 asks_price "…"'),
        ("contact", "dealflow edit 42 --contact NAME"),
        ("field:need", "dealflow edit 42 --set need=…"),
        ("amount", "dealflow edit 42 --value AMOUNT"),
        ("amount >= USD 4,000", "dealflow edit 42 --value 'USD 4,000'"),
    ],
)
def test_a_gap_comes_with_the_command_that_closes_it(text, command):
    assert remedy(parse_requirement(text), 42) == command


def test_age_is_remedied_by_waiting():
    assert remedy(parse_requirement("age >= 3d"), 42).startswith("wait")


def test_a_gap_says_what_there_is_instead():
    assert told("call >= 1") == "needs at least 1 call (has 0)"
    assert told("contact") == "needs a contact person"
    assert told("age >= 2w") == "needs at least 14 days since it was created (has 10)"
    assert told("amount >= 100k") == "needs an amount of at least 100k"
    less = Money(5_000_000, "CNY")
    assert told("amount >= 100k", amount=less) == "needs an amount of at least 100k (is ¥50,000)"


def test_a_blank_field_is_not_filled_in():
    assert told("field:need", fields={"need": "  "}) == "needs the field 'need'"
    assert told("field:need", fields={"need": "ERP"}) is None


def test_an_amount_of_zero_is_an_amount():
    assert told("amount", amount=Money(0, "CNY")) is None


def test_an_amount_in_another_currency_is_never_enough():
    assert told("amount >= USD 1", amount=Money(10**9, "CNY")) is not None
    assert told("amount >= USD 1", amount=Money(100, "USD")) is None


def test_an_amount_without_a_currency_is_in_that_of_the_deal():
    assert told("amount >= 100k", amount=Money(100_000, "JPY")) is None
    assert told("amount >= 100k", amount=Money(100_000, "CNY")) is not None


@pytest.mark.parametrize("kind", MEMBERS)
def test_a_kind_counts_itself_and_a_group_its_members_and_nothing_else(kind):
    one_of_each = tuple((kind, NOW) for kind in KINDS)
    members = len(MEMBERS[kind])
    assert told(f"{kind} = {members}", activities=one_of_each) is None
    assert told(f"{kind} > {members}", activities=one_of_each).endswith(f" (has {members})")


def test_what_lies_after_now_has_not_happened():
    assert told("call >= 1", activities=(("call", NOW + 1),)) is not None
    assert told("call >= 1", activities=(("call", NOW),)) is None


def test_a_window_reaches_back_its_whole_length():
    assert told("call >= 1 within 1d", activities=(("call", NOW - DAY),)) is None
    assert told("call >= 1 within 1d", activities=(("call", NOW - DAY - 1),)) is not None


def slow_verdict(text, known):
    """The same question answered word by word."""
    words = text.split()
    if len(words) == 1:
        if text.startswith("field:"):
            return known.fields.get(text[6:], "").strip() != ""
        return known.amount is not None if text == "amount" else text in known.present
    seconds = {"d": 86400, "w": 604800, "m": 30 * 86400}
    if words[0] == "age":
        left = NOW - known.created_at - int(words[2][:-1]) * seconds[words[2][-1]]
        return {">=": left >= 0, ">": left >= 86400, "=": 0 <= left < 86400}[words[1]]
    seen = 0
    for kind, at in known.activities:
        if kind in MEMBERS[words[0]] and at <= NOW:
            ago = int(words[4][:-1]) * seconds[words[4][-1]] if len(words) > 3 else NOW
            seen += at >= NOW - ago
    n = int(words[2])
    return {">=": seen >= n, ">": seen > n, "=": seen == n}[words[1]]


histories = st.lists(
    st.tuples(
        st.sampled_from(["call", "demo", "note", "download", "objects"]),
        st.integers(-40, 2).map(lambda days: NOW + days * DAY),
    ),
    max_size=8,
).map(tuple)
known_facts = st.builds(
    Evidence,
    created_at=st.integers(0, 60 * DAY).map(lambda ago: NOW - ago),
    present=st.frozensets(st.sampled_from(["contact", "account", "close", "source", "product"])),
    fields=st.dictionaries(st.sampled_from(["need", "决策人"]), st.sampled_from(["", " ", "x"])),
    activities=histories,
    amount=st.none() | st.just(Money(500, "CNY")),
)


@given(presences | counts | ages, known_facts)
def test_verdicts_agree_with_a_slow_reading_of_the_text(text, known):
    assert (gap(parse_requirement(text), known, NOW) is None) == slow_verdict(text, known)
