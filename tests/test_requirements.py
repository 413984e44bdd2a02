"""The language of requirements: what it says, when it holds, what closes a gap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealflow.errors import BadDefinition
from dealflow.model import ACTIVITY_KINDS
from dealflow.money import Money
from dealflow.requirements import (
    GROUPS,
    NOUNS,
    Deed,
    Evidence,
    atoms,
    explain,
    gap,
    latest,
    parse_requirement,
    remedy,
    state,
)
from dealflow.requirements.judging import is_day

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

comparisons = st.sampled_from([">=", ">", "=", "!=", "<=", "<"])
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
ages = st.builds(
    lambda what, op, span: f"{what} {op} {span}",
    st.sampled_from(["age", "age in stage"]), comparisons, spans,
)  # fmt: skip
labels = st.sampled_from(["reached", "left_a_message", "没接", '"<5"', "or"])
outcomes = st.builds(
    lambda kind, label, op, n: f"{kind}:{label} {op} {n}",
    st.sampled_from(sorted(MEMBERS)), labels, comparisons, st.integers(1, 5),
)  # fmt: skip
roles = labels.map(lambda label: f"contact:{label}")
compared = st.builds(
    lambda name, op, value: f"field:{name} {op} {value}",
    st.sampled_from(["seats", "预算", "a.b-c"]), comparisons,
    st.sampled_from(["50", "-1.5", "100k", "12.5万", "USD 4,000", "2026-07-01"]),
)  # fmt: skip
said = st.builds(
    lambda op, value: f"field:need {op} {value}",
    st.sampled_from(["=", "!="]),
    st.sampled_from(["ERP", "a quiet pump", '"search and rescue"', '"=1"', "是", '"a within b"']),
)
simple = presences | counts | worths | ages | outcomes | roles | compared | said
both = st.lists(simple, min_size=1, max_size=3).map(" and ".join)
texts = st.lists(both, min_size=1, max_size=3).map(" or ".join)


@pytest.fixture(autouse=True)
def _read_anew():
    """What an earlier test has read is forgotten: no answer comes from before a change of the code."""
    parse_requirement.cache_clear()


def evidence(**known):
    return Evidence(**({"created_at": NOW - 10 * DAY} | known))


def told(text, **known):
    return gap(parse_requirement(text), evidence(**known), NOW)


@settings(deadline=None)  # a busy machine is no finding
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
        ("AGE in stage<=3d", "age in stage <= 3d"),
        ("contact_made within 14d", "contact_made >= 1 within 14d"),
        ("call:Reached within 2w", "call:Reached >= 1 within 2w"),
        ('call:"left  a message">=1', "call:left_a_message >= 1"),
        ('contact:"signs"', "contact:signs"),
        ("Field:seats>=50", "field:seats >= 50"),
        ('field:need="quiet"', "field:need = quiet"),
        ('field:need="XEROX"', "field:need = XEROX"),
        ("call >= 1 OR visit>=1", "call >= 1 or visit >= 1"),
    ],
)
def test_blanks_and_capitals_do_not_matter(written, canonical):
    assert str(parse_requirement(written)) == canonical


FORMS = "write contact, field:need, call >= 1, demo >= 1 within 30d, amount >= 100k or age >= 3d"
BEHIND = "write contact:decides, or call:reached >= 1"
SPANS = "write 30d, 4w or 6m"
AMOUNTS = "write a whole amount, as 100k, 12.5万 or USD 4,000"


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("", "cannot be read", FORMS),
        ("cal >= 1", "'cal' is not known", "did you mean call?"),
        ("contcat", "'contcat' is not known", "did you mean contact?"),
        ("agee >= 3d", "'agee' is not known", "did you mean age?"),
        ("call", "how often is not said", "write call >= 1"),
        ("call >= many", "'many' is not a whole number", FORMS),
        ("call >= 1.5", "'1.5' is not a whole number", FORMS),
        ("call >= -1", "'-1' is not a whole number", FORMS),
        ("call == 3", "'==' is not a comparison", "write >=, >, =, !=, < or <="),
        ("call => 3", "'=>' is not a comparison", "write >=, >, =, !=, < or <="),
        ("call >=", "cannot be read", FORMS),
        ("call < 0", "never holds", "write call < 1"),
        ("call:", "nothing readable stands behind the colon", "write call:reached >= 1"),
        ("call:_ >= 1", "nothing readable stands behind the colon", "write call:reached >= 1"),
        ("call:reached", "how often is not said", "write call >= 1"),
        ("account:big", "'account' takes nothing behind a colon here", BEHIND),
        ("contact:decides >= 1", "'contact' takes nothing behind a colon here", BEHIND),
        ("age:old >= 3d", "'age' takes nothing behind a colon here", BEHIND),
        ("fild:need", "'fild' is not known", FORMS),
        ("field", "'field' is not known", "did you mean field:NAME?"),
        ("contact:_", "nothing readable stands behind the colon", "write call:reached >= 1"),
        (
            f"call:{101 * 'x'} >= 1",
            "nothing readable stands behind the colon",
            "write call:reached >= 1",
        ),
        ("call >= 123456", "'123456' is not a whole number", FORMS),
        ("age >= 10000d", "'10000d' is not a span of time", SPANS),
        ("age in stage", "how long is not said", "write age in stage >= 7d"),
        ("age in stage >= 7", "'7' is not a span of time", "write 30d, 4w or 6m"),
        ("call in stage >= 7", "'call in stage' is not known", "did you mean age in stage?"),
        ("contact within 3d", "only what happened can be counted 'within' a time", FORMS),
        ("call >= 0", "always holds", "write call >= 1"),
        ("call >= 1 within a week", "'1 within a week' is not a whole number", FORMS),
        ("call >= 1 within 3y", "'3y' is not a span of time", SPANS),
        ("call >= 1 within 0d", "'0d' is not a span of time", SPANS),
        ("contact >= 2", "'contact' is filled in or not", "write contact alone"),
        (
            "field:need >= much",
            "'much' is neither a number, nor an amount, nor a day",
            "write field:need = much, or a number as in >= 50",
        ),
        ('field:need = ""', "it is compared with nothing", "write field:need alone"),
        ('field:need = "x', "a quotation mark is not closed", 'write field:need = "two words"'),
        (
            "field:need = a within b c",
            "'a within b c' cannot be read",
            'write field:need = "a within b c"',
        ),
        ("field:", "'field:' does not name a field", "write field:need"),
        ("field:a/b", "'field:a/b' does not name a field", "write field:need"),
        ("amount >= lots", "'lots' is not an amount in every currency", AMOUNTS),
        ("amount >= 0.50", "'0.50' is not an amount in every currency", AMOUNTS),
        ("amount >= 5 QQQ", "'5 QQQ' is not an amount in every currency", AMOUNTS),
        ("amount >= 5k within 3d", "only what happened can be counted 'within' a time", FORMS),
        ("age", "how old is not said", "write age >= 3d"),
        ("age >= 3", "'3' is not a span of time", "write 30d, 4w or 6m"),
        ("call >= 1 or", "'or' joins nothing", "write call >= 1 or visit >= 1"),
        ("call >= 1 and or visit >= 1", "'and' joins nothing", "write call >= 1 and visit >= 1"),
        ("or", "'or' joins nothing", "write call >= 1 or visit >= 1"),
        (
            "call >= 1 or vist >= 1",
            "requirement 'vist >= 1': 'vist' is not known",
            "did you mean visit?",
        ),
        (
            "call >= 1 " * 60,
            f"requirement '{'call >= 1 ' * 4}…': it has 599 characters, and the most is 500",
            "make two requirements of it",
        ),
        ("__import__('os')", "'__import__('os')' is not known", FORMS),
    ],
)
def test_what_is_not_understood_is_named_with_what_would_be(text, why, hint):
    with pytest.raises(BadDefinition) as caught:
        parse_requirement(text)
    told = " ".join(text.split())
    assert caught.value.message == (why if why[0] == "r" else f"requirement '{told}': {why}")
    assert caught.value.hint == hint
    assert f"requirement '{caught.value.facts['given']}': " in caught.value.message


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
        ("age in stage > 1w", "more than 7 days in its stage"),
        ("call < 3", "fewer than 3 calls"),
        ("call <= 1", "at most 1 call"),
        ("objects < 1 within 30d", "no objections in the last 30 days"),
        ("objects = 0", "no objections"),
        ("objects <= 0", "no objections"),
        ("objects > 0", "more than 0 objections"),
        ("call != 2", "any number but 2 calls"),
        ("call:left_a_message >= 2", "at least 2 calls with the outcome 'left a message'"),
        ("contact_made within 14d", "at least 1 contact with the customer in the last 14 days"),
        ("amount < 100k", "an amount of less than 100k"),
        ("amount != 0", "an amount of anything but 0"),
        ("contact:signs", "a contact person with the role 'signs'"),
        ("field:seats >= 50", "the field 'seats' of at least 50"),
        ("field:start <= 2026-07-01", "the field 'start' on or before 2026-07-01"),
        ("field:need = ERP", "the field 'need' saying 'ERP'"),
        ("field:need != ERP", "the field 'need' saying anything but 'ERP'"),
        ("call >= 1 or visit >= 2", "at least 1 call or at least 2 visits"),
        ("demo >= 1 and amount >= 5k", "at least 1 demo and an amount of at least 5k"),
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
        ("amount > 5k", "dealflow edit 42 --value AMOUNT"),
        ("call:reached >= 1", 'dealflow log 42 call "…" --outcome reached'),
        ("call:left_a_message >= 1", "dealflow log 42 call \"…\" --outcome 'left a message'"),
        ("contact:signs", "dealflow contacts edit ID --role signs"),
        ("field:seats >= 50", "dealflow edit 42 --set seats=50"),
        ("field:need = two words", "dealflow edit 42 --set 'need=two words'"),
        ("field:need != x", "dealflow edit 42 --set need=…"),
        ("age >= 3d or call >= 1", 'dealflow log 42 call "…"'),
        ("age >= 3d or age in stage >= 2d", 'wait, or add --force --why "…"'),
        ("amount = 5k", "dealflow edit 42 --value '5k'"),
        ("amount <= 5k", "dealflow edit 42 --value '5k'"),
        ("amount != 5k", "dealflow edit 42 --value AMOUNT"),
        ("field:seats <= 50", "dealflow edit 42 --set seats=50"),
        ("field:seats > 50", "dealflow edit 42 --set seats=…"),
        ("contact and call >= 1", 'dealflow edit 42 --contact NAME; dealflow log 42 call "…"'),
    ],
)
def test_a_gap_comes_with_the_command_that_closes_it(text, command):
    assert remedy(parse_requirement(text), 42) == command


def test_age_is_remedied_by_waiting():
    for text in ("age >= 3d", "age > 3d", "age = 3d", "age in stage >= 3d"):
        assert remedy(parse_requirement(text), 42) == 'wait, or add --force --why "…"'
    for text in ("age < 3d", "age <= 3d", "age != 3d", "age in stage < 3d"):
        assert remedy(parse_requirement(text), 42) == 'add --force --why "…"'


def test_what_happened_cannot_be_undone_and_what_lies_in_a_window_passes():
    assert "cannot be taken back" in remedy(parse_requirement("objects < 1"), 42)
    assert remedy(parse_requirement("objects < 1 within 30d"), 42).startswith("wait")
    assert remedy(parse_requirement("age < 3d"), 42) == 'add --force --why "…"'


def test_a_gap_says_what_there_is_instead():
    assert told("call >= 1") == "needs at least 1 call (has 0)"
    assert told("contact") == "needs a contact person"
    assert told("age >= 2w") == "needs at least 14 days since it was created (has 10)"
    assert told("amount >= 100k") == "needs an amount of at least 100k"
    less = Money(5_000_000, "CNY")
    assert told("amount >= 100k", amount=less) == "needs an amount of at least 100k (is ¥50,000)"


def test_a_gap_of_several_names_each_alternative_and_only_what_is_missing():
    calls = (Deed("call", NOW, "Reached"),)
    assert told("call >= 2 or visit >= 1", activities=calls) == (
        "needs at least 2 calls (has 1) or at least 1 visit (has 0)"
    )
    both = (*calls, Deed("visit", NOW))
    assert told("call >= 1 and visit >= 1", activities=both) is None
    assert told("demo >= 1 or call >= 1 and visit >= 1", activities=both) is None
    assert told("call >= 1 and visit >= 1", activities=calls) == "needs at least 1 visit (has 0)"
    assert told("call >= 2 and demo >= 1 and visit >= 1", activities=calls) == (
        "needs at least 2 calls (has 1) and at least 1 demo (has 0) and at least 1 visit (has 0)"
    )
    assert told("visit >= 1 or call >= 1 and demo >= 1", activities=calls) == (
        "needs at least 1 visit (has 0) or at least 1 demo (has 0)"
    )
    assert told("call >= 1 or visit >= 1", activities=calls) is None
    assert told("call:reached >= 1", activities=calls) is None
    assert told("call:lost >= 1", activities=calls) == (
        "needs at least 1 call with the outcome 'lost' (has 0)"
    )
    assert told("contact:signs") == "needs a contact person with the role 'signs'"
    assert told("contact:signs", roles=frozenset({"uses", "blocks"})) == (
        "needs a contact person with the role 'signs' (known: blocks, uses)"
    )
    assert told("field:seats >= 50") == "needs the field 'seats' of at least 50 (is empty)"
    assert told("field:seats >= 50", fields={"seats": "49"}) == (
        "needs the field 'seats' of at least 50 (is 49)"
    )


def test_what_is_met_is_told_with_its_count_too():
    known = evidence(activities=(Deed("call", NOW), Deed("call", NOW - DAY)))
    assert state(parse_requirement("call >= 1"), known, NOW) == "at least 1 call (has 2)"
    assert state(parse_requirement("call >= 1"), known, NOW - 1) == "at least 1 call (has 1)"
    whole = parse_requirement("visit >= 1 or call >= 1 and demo >= 1")
    assert state(whole, known, NOW - 1) == (
        "at least 1 visit (has 0) or at least 1 call (has 1) and at least 1 demo (has 0)"
    )


@pytest.mark.parametrize("role", ["Signs", "ＳＩＧＮＳ", "signs"])
def test_roles_and_outcomes_are_compared_without_case_and_width(role):
    assert told("contact:signs", roles=frozenset({role})) is None
    assert told("call:signs >= 1", activities=(Deed("call", NOW, role),)) is None


def test_the_time_in_the_stage_counts_from_when_it_came_there():
    assert told("age in stage >= 3d", entered_at=NOW - 3 * DAY) is None
    assert told("age in stage >= 3d", entered_at=NOW - 3 * DAY + 1) == (
        "needs at least 3 days in its stage (has 2)"
    )
    assert told("age in stage >= 10d") is None, "it is where it was created"


@pytest.mark.parametrize(
    ("requirement", "holds", "fails"),
    [
        ("field:x >= 50", ["50", "50.0", "1,000", "0.5k", "５０"], ["49.99", "-50", "many", "", "2026-07-01"]),
        ("field:x < 50", ["49", "-1"], ["50", "x", ""]),
        ("field:x = 50", ["50", "50.00", " 50 "], ["5", "x", ""]),
        ("field:x != 50", ["5", "x"], ["50", "50.0", ""]),
        ("field:x >= 12.5万", ["125000", "CNY 125,000", "¥13万", "0.2m"], ["12.4万", "USD 9m"]),
        ("field:x >= USD 100", ["USD 100", "$200"], ["1000", "CNY 1000"]),
        ("field:x >= 2026-07-01", ["2026-07-01", "2027-01-01"], ["2026-06-30", "20270101x", "x"]),
        ("field:x = quiet pump", ["Quiet  Pump", "ＱＵＩＥＴ pump"], ["quiet", "", "pump"]),
        ("field:x != quiet", ["loud"], ["QUIET", ""]),
        ("field:x = yes", ["true", "是", "Yes"], ["no", "false", "1x"]),
    ],
)  # fmt: skip
def test_a_custom_field_is_compared_as_what_both_sides_are(requirement, holds, fails):
    for value in holds:
        known = evidence(fields={"x": value}, currency="CNY")
        assert gap(parse_requirement(requirement), known, NOW) is None, value
    for value in fails:
        known = evidence(fields={"x": value}, currency="CNY")
        assert gap(parse_requirement(requirement), known, NOW) is not None, value


@pytest.mark.parametrize(
    ("requirement", "holds", "fails"),
    [
        ("field:x = 12.5万", ["125000", "CNY 125,000", "125k"], ["125001", "12.5", "USD 125000"]),
        ("field:x != USD 5", ["CNY 5", "USD 6"], ["USD 5", "$5.00"]),
        ("field:x >= -5", ["−4", "-5", "－3"], ["−6", "-100k"]),
        ("field:x < 1", ["−0.125", "-0.125"], ["1"]),
        ("field:x < -1k", ["-2k", "−1001"], ["-1k", "0"]),
        ("field:x = quiet  pump", ["quiet pump"], ["quietpump"]),
        ("field:x = no", ["false", "否", "NO"], ["yes", "0", "nothing"]),
        ("field:x = 是", ["yes", "true", "TRUE"], ["否", "2"]),
        ("field:x != no", ["yes", "x"], ["false", "否"]),
        ("field:x = ２０２６-07-01", ["2026-07-01"], ["2026-07-02"]),
        ("field:x = 'no'", ["'no'"], ["no"]),
    ],
)
def test_amounts_signs_and_words_mean_the_same_however_they_are_written(requirement, holds, fails):
    test_a_custom_field_is_compared_as_what_both_sides_are(requirement, holds, fails)


def test_a_plain_number_in_a_field_is_in_the_currency_of_the_deal_or_its_amount():
    asked = "field:x >= USD 100"
    assert told(asked, fields={"x": "100"}, currency="USD") is None
    assert told(asked, fields={"x": "100"}, amount=Money(1, "USD")) is None
    assert told(asked, fields={"x": "100"}, currency="CNY", amount=Money(1, "USD")) is not None
    assert told(asked, fields={"x": "100"}) is not None
    assert told("field:x >= CNY 100", fields={"x": "100"}) is None


def test_a_day_is_written_in_ascii_digits():
    """Other digits are no day; as text they are what they are."""
    assert is_day("2026-07-01")
    assert not is_day("٢٠٢٦-07-01")
    assert not is_day("2026-7-1")


def test_a_span_or_a_count_may_be_long_and_a_label_too():
    for text in ("age >= 9999d", "call >= 99999", f"call:{100 * 'x'} >= 1"):
        assert str(parse_requirement(text)) == text
    longest = 'field:need = "' + "x" * 485 + '"'
    assert len(longest) == 500
    assert parse_requirement(longest).value == "x" * 485
    with pytest.raises(BadDefinition, match="it has 501 characters"):
        parse_requirement(longest[:-1] + 'x"')


def test_what_was_counted_elsewhere_is_taken_for_what_it_counts():
    counted = {
        ("call", None, None): 3,
        ("call", "left a message", "30d"): 2,
        ("feedback", None, "2w"): 1,
    }
    known = {"counted": counted, "activities": (Deed("visit", NOW),)}
    assert told("call >= 3", **known) is None
    assert told("call >= 4", **known) == "needs at least 4 calls (has 3)"
    assert told("call:LEFT_A_MESSAGE >= 2 within 30d", **known) is None
    assert told("call:left_a_message >= 1", **known).endswith("(has 0)")
    assert told("feedback within 2w", **known) is None
    assert told("visit >= 1", **known) == "needs at least 1 visit (has 0)"


def test_it_is_known_when_something_happened_last():
    deeds = (
        Deed("call", NOW - 5),
        Deed("call", NOW - 2, "reached"),
        Deed("visit", NOW),
        ("call", NOW + 1),
    )
    known = evidence(activities=deeds)
    assert latest(parse_requirement("call >= 1"), known, NOW) == NOW - 2
    assert latest(parse_requirement("call >= 1"), known, NOW - 3) == NOW - 5
    assert latest(parse_requirement("call:reached >= 1"), known, NOW - 3) is None
    assert latest(parse_requirement("contact_made within 1d"), known, NOW) == NOW
    assert latest(parse_requirement("demo >= 1"), known, NOW) is None


def test_an_outcome_that_was_not_said_is_none():
    assert told("call:x >= 1", activities=(("call", NOW),)) is not None


@pytest.mark.parametrize("role", ["left_a_message", "LEFT A MESSAGE", "left  a_message"])
def test_blanks_in_a_label_are_as_good_as_underscores(role):
    assert told('contact:"left a message"', roles=frozenset({role})) is None
    assert told("contact:left_a_message", roles=frozenset({role})) is None
    assert told("contact:leftamessage", roles=frozenset({role})) is not None


def test_a_requirement_is_made_of_its_comparisons():
    parts = ["call >= 1", "visit >= 2", "amount >= 5k", "contact"]
    whole = parse_requirement("call >= 1 and visit >= 2 or amount >= 5k or contact")
    assert [str(part) for part in atoms(whole)] == parts
    assert [str(part) for part in atoms(parse_requirement("call >= 1 and visit >= 2"))] == parts[:2]
    assert [str(part) for part in atoms(parse_requirement("contact"))] == ["contact"]


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
