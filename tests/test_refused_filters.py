"""What the filter language says when it refuses: the sentence and the way out, in full."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dealflow.errors import BadFilter, BadText, UnknownWord
from dealflow.filters import FOLLOW_UP_KEYS, Key, Setting, parse

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = int(datetime(2026, 7, 15, 10, tzinfo=SHANGHAI).timestamp())
KEYS = (*FOLLOW_UP_KEYS, Key("field:need", "text", "a custom field"), Key("forced", "flag", "a flag"))  # fmt: skip

STAGES = "stage takes needs, needs.., a..b, >=needs"
AMOUNTS = "value takes 100k, 10万..50万, >=1m, USD 4k"
NUMBERS = "id takes 42, 3..7, >=10"
SHARES = "probability takes 50%, 0.5, >=30%"
SPANS = "age takes days or weeks: 30, >30d, 1w..2w"
DAYS = "close takes 2026-07-01, fri, <eoq, 2026-Q3, this-month"
JOINING = 'terms are joined by and; or is a comma, as in grade:A,B; as text it is "OR"'
KEYLESS = "write key:value or key:>value without blanks before the colon"
QUOTES = 'or put each amount between double quotes: "1,000","200"'


def refused(error, *words):
    with pytest.raises(error) as caught:
        parse(words, KEYS, Setting(NOW, SHANGHAI, "CNY"))
    assert type(caught.value) is error
    return caught.value


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("-", "there is an empty word in the filter", "write the word to search for"),
        ("stage:", "'stage:' has no value", STAGES),
        ("stage: ", "'stage:' has no value", STAGES),
        ("field:", "field: names no custom field", "write field:NAME:VALUE, field:NAME:any"),
        ("Field:x", "field: names no custom field", "write field:NAME:VALUE, field:NAME:any"),
        ("Rep:", "'Rep:' has no value", "owner takes a whole name, me"),
        ("grade:", "'grade:' has no value", "grade takes A, B, C, none"),
        ("stage:a,", "stage: has an empty part", STAGES),
        ("value:>", "'>' in value: has no value", AMOUNTS),
        ('tag:""', "'\"\"' in tag: has no value", "tag takes a whole tag"),
        ("value:3,000", "'3,000' can be one amount or two, because a comma means or",
         f"write value:3000, {QUOTES}"),
        ("value: 1,234,567 ", "'1,234,567' can be one amount or two, because a comma means or",
         f"write value:1234567, {QUOTES}"),
        ('tag:"a', "'tag:\"a' has a quote that is not closed", 'write "" for one "'),
        ("value>=5", "'value>=5' has no colon after the key", "write value:>=5"),
        ("Value<5", "'Value<5' has no colon after the key", "write Value:<5"),
        ("−value<5", "'−value<5' has no colon after the key", "write -value:<5"),
        ("stage=won", "'stage=won' has no colon after the key", "write stage:won"),
        ("stage!=won", "'stage!=won' has no colon after the key", "write -stage:won"),
        ("stage≠won", "'stage≠won' has no colon after the key", "write -stage:won"),
        ("stage！＝won", "'stage！＝won' has no colon after the key", "write -stage:won"),
        (">5", "'>5' has no key before it", KEYLESS),
        ("-:won", "'-:won' has no key before it", KEYLESS),
        ("−＞5", "'−＞5' has no key before it", KEYLESS),
        ("a OR b", "'OR' does not join terms here", JOINING),
        ("a || b", "'||' does not join terms here", JOINING),
        ("a | b", "'|' does not join terms here", JOINING),
        ("a && b", "'&&' does not join terms here", JOINING),
        ("tag:a AND", "'AND' does not join terms here", JOINING),
        ("NOT a", "'NOT' does not join terms here", JOINING),
        ("value:=5", "unknown operator '='",
         "use > >= < <=, value:VALUE for is, -value:VALUE for is not"),
        ("tag:！＝5", "unknown operator '！＝'",
         "use > >= < <=, tag:VALUE for is, -tag:VALUE for is not"),
        ("value:1..2..3", "'1..2..3' is neither one value nor one range", AMOUNTS),
        ("value:>1..2", "'>1..2' is neither one value nor one range", AMOUNTS),
        ("owner:>li", "owner has no order, so it takes no '>'",
         'owner takes a whole name, me; to look for the sign itself write owner:">"'),
        ("tag:≤x", "tag has no order, so it takes no '<='",
         'tag takes a whole tag; to look for the sign itself write tag:"<="'),
        ("team:a..b", "team has no order, so it takes no '..'",
         'team takes a whole name; to look for the sign itself write team:".."'),
        ("value:5..1", "'5..1' runs backwards", "write value:1..5"),
        ("id:7..3", "'7..3' runs backwards", "write id:3..7"),
        ("close:2026-07-02..2026-07-01", "'2026-07-02..2026-07-01' runs backwards",
         "write close:2026-07-01..2026-07-02"),
        ("close:all", "'all' is not limited at both ends",
         "leave out close:, use any, or write a range without quotes"),
        ('close:"2026-07.."', "'2026-07..' is not limited at both ends",
         "leave out close:, use any, or write a range without quotes"),
        ('created:"..fri"', "'..fri' is not limited at both ends",
         "leave out created:, use any, or write a range without quotes"),
        ("created:soon", "'soon' is neither a day nor a period",
         "created takes 2026-07-01, last-90d, >=2026-07-01"),
        ("close:soon", "'soon' is neither a day nor a period", DAYS),
        ("value:$1..€2", "'$1..€2' has two currencies", "use one currency for both ends"),
        ("id:x", "'x' is not a number", NUMBERS),
        ("id:1.2.3", "'1.2.3' is not a number", NUMBERS),
        ("id:007", "'007' is not a number", NUMBERS),
        ("p:50", "'50' is not a probability", SHARES),
        ("p:101%", "'101%' is not a probability", SHARES),
        ("p:1.1", "'1.1' is not a probability", SHARES),
        ("age:1y", "'1y' is not a number of days", SPANS),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_full(word, message, hint):
    found = refused(BadFilter, word)
    assert (found.message, found.hint) == (message, hint)


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("stge:a", "unknown filter key 'stge'", "did you mean stage?"),
        ("grade:D", "unknown grade 'D'", "known: A, B, C, none"),
        ("forced:maybe", "unknown forced 'maybe'", "known: yes, no"),
        ("status:opne", "unknown status 'opne'", "did you mean open?"),
    ],
)
def test_a_word_that_is_on_no_list_is_said_in_full(word, message, hint):
    found = refused(UnknownWord, word)
    assert (found.message, found.hint) == (message, hint)


def test_keys_are_offered_in_the_language_of_the_question():
    assert refused(UnknownWord, "下次根进:5").hint == "did you mean 下次跟进?"
    offered = refused(UnknownWord, "xyzzy:5").facts["choices"]
    assert "value" in offered
    assert all(word.isascii() for word in offered)


def test_a_blank_argument_is_said_to_be_a_blank_filter():
    assert refused(BadText, " ").message == "a filter is blank"


LONG = "x" * 65
SHOWN = "x" * 63 + "…"


@pytest.mark.parametrize(
    ("word", "shown"),
    [(f'"{LONG}', '"' + "x" * 62 + "…"), (f">{LONG}", ">" + "x" * 62 + "…"), (f"id:{LONG}", SHOWN)],
)
def test_what_is_long_is_repeated_in_part(word, shown):
    assert refused(BadFilter, word).message.startswith(f"'{shown}' ")
    whole = "x" * 64
    assert refused(BadFilter, f"id:{whole}").message == f"'{whole}' is not a number"


def test_long_keys_and_words_of_a_list_are_repeated_in_part():
    for word, what in ((f"{LONG}:a", "filter key"), (f"grade:{LONG}", "grade"), (f"forced:{LONG}", "forced")):  # fmt: skip
        assert refused(UnknownWord, word).message == f"unknown {what} '{LONG[:64]}'"
