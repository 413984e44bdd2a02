"""What the filter language reads, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from dealflow.errors import (
    BadAmount,
    BadDate,
    BadFilter,
    BadText,
    UnknownWord,
)
from dealflow.filters import (
    ANY,
    FOLLOW_UP_KEYS,
    KEYS,
    ME,
    NONE,
    Between,
    Filter,
    Is,
    Key,
    Setting,
    Test,
    describe,
    parse,
)
from dealflow.filters.keys import FORMS
from dealflow.model import ACTIVITY_KINDS, GRADES, STATUSES
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


def tests_of(*words) -> tuple[Test, ...]:
    (condition,) = read(*words).conditions
    return condition.tests


def test_of(*words) -> Test:
    (test,) = tests_of(*words)
    return test


test_of.__test__ = tests_of.__test__ = False


# ── the outer form ────────────────────────────────────────────────────────────────────────────


def test_nothing_is_a_filter_that_everything_meets():
    assert read() == Filter()


def test_terms_can_come_as_arguments_or_pasted_as_one():
    apart = read("stage:needs", "owner:me", "-grade:C", "value:>=100k")
    assert read("stage:needs owner:me -grade:C value:>=100k") == apart
    assert [condition.key.name for condition in apart.conditions] == [
        "stage", "owner", "grade", "value",
    ]  # fmt: skip
    assert [condition.negated for condition in apart.conditions] == [False, False, True, False]


def test_blanks_belong_to_the_value_until_another_key_follows():
    assert tests_of("account:Acme Corp") == (Is("acme corp"),)
    both = read("account:Acme  Corp -stage:lost deal")
    assert both.conditions[0].tests == (Is("acme  corp"),)
    assert both.conditions[1].tests == (Is("lost deal"),)
    assert tests_of("value: USD 4000") == (Is(Money(400_000, "USD")),)


def test_a_quote_protects_commas_dots_blanks_keys_and_operators():
    assert tests_of('account:"Smith, Jones"') == (Is("smith, jones"),)
    assert tests_of('account:"a..b",">c"') == (Is("a..b"), Is(">c"))
    assert tests_of('account:"x owner:me"') == (Is("x owner:me"),)
    assert tests_of('title:"15"" screen"') == (Is('15" screen'),)


def test_bare_words_are_searched_for_each_by_itself_unless_quoted():
    assert read("Acme", "ＣＯＲＰ").words == ("acme", "corp")
    assert read("Acme Corp").words == ("acme", "corp")
    assert read('"Acme Corp"').words == ("acme corp",)
    assert read("-Acme", '-"Blue Ocean"').words_not == ("acme", "blue ocean")
    assert read("acme -grade:C").words == ("acme",)


@pytest.mark.parametrize(
    "word",
    ["12:30", "http://x.cn/a?b=c", "https://x", "备注：急", "+86", "42", "3-7", "3..7", "a,b"],
)
def test_a_word_with_no_plausible_key_before_a_colon_is_text(word):
    assert read(word) == read(f'"{word}"')
    assert not read(word).conditions
    assert len(read(word).words) == 1


def test_a_word_like_no_key_is_text_within_a_value_and_before_a_chinese_colon():
    assert test_of("title:x zzz:1") == Is("x zzz:1")
    assert read("zzz：1").words == ("zzz:1",)


def test_a_leading_minus_inside_quotes_is_text():
    assert read('"-acme"').words == ("-acme",)


def test_a_chinese_colon_counts_after_a_key():
    assert read("stage：需求") == read("stage:需求")
    assert read("-field：need：大") == read("-field:need:大")
    assert test_of("value：＞＝１０万") == Between(Money(10_000_000, "CNY"), None)
    with pytest.raises(UnknownWord, match="stge"):
        read("stge：需求")


def test_keys_are_known_by_alias_and_in_capitals():
    assert read("rep:me", "amount:5", "p:50%") == read("Owner:me", "VALUE:5", "probability:50%")
    assert read("rep:me").uses("owner")
    assert not read("rep:me").uses("rep")


def test_a_custom_field_is_a_key_with_a_colon_in_it():
    assert test_of("field:need:A:B") == Is("a:b")
    with pytest.raises(UnknownWord, match="field:ned"):
        read("field:ned:x")


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["ownr:me"], UnknownWord, "did you mean owner?"),
        (["ammount:>5"], UnknownWord, "did you mean amount?"),
        (["zzz:1"], UnknownWord, "known: id, title"),
        (["stage:needs ownr:me"], UnknownWord, "did you mean owner?"),
        (["acme foo:bar"], UnknownWord, "unknown filter key 'foo'"),
        (["stage:"], BadFilter, "'stage:' has no value"),
        (["stage:needs,"], BadFilter, "empty part"),
        (["title:,"], BadFilter, "empty part"),
        (['title:""'], BadFilter, "no value"),
        (["value:>"], BadFilter, "no value"),
        (["value:.."], BadFilter, "no value"),
        (["value:1..2..3"], BadFilter, "neither one value nor one range"),
        (["value:>1..2"], BadFilter, "neither one value nor one range"),
        (["owner:>li"], BadFilter, "no order"),
        (["owner:a..b"], BadFilter, "no order"),
        (["tag:<=x"], BadFilter, "no order"),
        (["grade:A..C"], BadFilter, "no order"),
        (["value:=5"], BadFilter, "unknown operator '='"),
        (["account:!=Acme"], BadFilter, "-account:VALUE"),
        (["value:=>5"], BadFilter, "unknown operator '=>'"),
        (["value:<>5"], BadFilter, "unknown operator '<>'"),
        (["value>=100k"], BadFilter, "write value:>=100k"),
        (["-value<5"], BadFilter, "write -value:<5"),
        (["stage!=lost"], BadFilter, "write -stage:lost"),
        (["stage=lost"], BadFilter, "write stage:lost"),
        (["value", ">5"], BadFilter, "no key before it"),
        (["stage", ":needs"], BadFilter, "no key before it"),
        (["stage:a OR stage:b"], BadFilter, "'OR' does not join"),
        (["stage:a", "AND", "grade:A"], BadFilter, "'AND' does not join"),
        (["grade:A || grade:B"], BadFilter, "does not join"),
        (['account:"open'], BadFilter, "a quote that is not closed"),
        (["-"], BadFilter, "empty word"),
        (['""'], BadFilter, "empty word"),
        ([""], BadText, "blank"),
        (["  "], BadText, "blank"),
        (["a\0b"], BadText, "NUL"),
        (["title:\ud800"], BadText, "UTF-8"),
        (["grade:D"], UnknownWord, "known: A, B, C, none"),
        (["status:opne"], UnknownWord, "did you mean open?"),
        (["status:none"], UnknownWord, "unknown status 'none'"),
        (["forced:maybe"], UnknownWord, "unknown forced"),
        (["currency:usdd"], UnknownWord, "did you mean USD?"),
        (["value:many"], BadAmount, "not an amount"),
        (["value:5..many"], BadAmount, "not an amount"),
        (["value:>none"], BadAmount, "not an amount"),
        (["value:3,000"], BadFilter, "write value:3000"),
        (["value:$1..€2"], BadFilter, "two currencies"),
        (["value:5..1"], BadFilter, "write value:1..5"),
        (["id:3-7"], BadFilter, "not a number"),
        (["id:nan"], BadFilter, "not a number"),
        (["id:1,000"], BadFilter, "not a number"),
        (["p:50"], BadFilter, "not a probability"),
        (["p:101%"], BadFilter, "not a probability"),
        (["age:1y"], BadFilter, "not a number of days"),
        (["age:-3"], BadFilter, "not a number of days"),
        (["age:>30d,2m"], BadFilter, "not a number of days"),
        (["close:soon"], BadFilter, "neither a day nor a period"),
        (["close:Q3-2026"], BadFilter, "neither a day nor a period"),
        (["close:2026-02-30"], BadDate, "2026-02-30"),
        (["close:14:30"], BadDate, "time of day"),
        (["close:all"], BadFilter, "not limited"),
        (["close:2026-07-02..2026-07-01"], BadFilter, "runs backwards"),
        (["created:2026-Q3..2026-Q1"], BadFilter, "runs backwards"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_never_guessed(words, error, said):
    with pytest.raises(error) as refused:
        read(*words)
    assert said in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.hint
    assert refused.value.exit_code == 2
    assert not refused.value.message.endswith(".")


def test_a_joiner_is_a_value_where_it_joins_nothing():
    assert test_of("region:OR") == Is("OR")
    assert test_of("account:Wind OR Sun") == Is("wind or sun")


def test_quotes_bring_back_the_words_that_are_refused_bare():
    assert read('"OR"', '"value>5"', '":)"').words == ("or", "value>5", ":)")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("acme", "acme"),
        ("Acme Corp", "Acme Corp"),
        ('"Acme Corp" -"a b"', '"Acme Corp" -"a b"'),
        ('−acme "OR" +86', '"OR" +86 -acme'),
        ('"15"" x"', '"15"" x"'),
        ("c -b acme -stage:a  b team:x", 'c acme -b -stage:"a  b" team:x'),
        ("REP:ME,none", "owner:me,none"),
        ('owner:"me",Li Na', 'owner:"me","Li Na"'),
        ('title:"a..b","none",c.d', 'title:"a..b","none",c.d'),
        ("value: > 5k ,ANY", "value:>5k,any"),
        ("value：＞＝10万,≤3", "value:>=10万,<=3"),
        ("value:1 .. 2", "value:1..2"),
        ("stage:a.. stage:..b", "stage:a.. stage:..b"),
        ('stage:>"a b"', 'stage:>"a b"'),
        ("grade:a,NONE", "grade:A,none"),
        ("currency:usd,EUR", "currency:USD,EUR"),
        ("forced:YES", "forced:YES"),
    ],
)
def test_a_filter_is_written_in_one_way(typed, text):
    assert read(typed).text == text


# ── values ────────────────────────────────────────────────────────────────────────────────────


def test_none_any_and_me_are_not_names_unless_quoted():
    assert tests_of("owner:me,none") == (ME, NONE)
    assert test_of("account:any") is ANY
    assert test_of("close:NONE") is NONE
    assert test_of('owner:"me"') == Is("me")
    assert test_of('title:"none"') == Is("none")
    assert test_of("team:me") == Is("me")


def test_closed_lists_know_their_words_in_any_case():
    assert tests_of("grade:a,none") == tests_of('grade:"A","none"') == (Is("A"), NONE)
    assert test_of("status:any") is ANY
    assert test_of("status:Closed") == Is("closed")
    assert tests_of("forced:yes,否") == (Is(True), Is(False))
    assert test_of("currency:usd") == Is("USD")
    assert test_of("kind:site_visit") == Is("site_visit")


def test_names_stages_and_tags_are_kept_as_typed_for_the_store():
    assert tests_of("owner:Li Na,王芳") == (Is("Li Na"), Is("王芳"))
    assert test_of("tag:VIP") == Is("VIP")
    assert test_of("stage:Needs") == Is("Needs")
    assert test_of("stage:needs..") == Between("needs", None)
    assert test_of("stage:zebra..alpha") == Between("zebra", "alpha")
    assert test_of("stage:>needs") == Between("needs", None, low_open=True)
    assert test_of("stage:..needs") == test_of("stage:<=needs") == Between(None, "needs")


def test_amounts_are_in_the_settings_currency_unless_they_name_another():
    assert test_of("value:10万..50万") == Between(
        Money(10_000_000, "CNY"), Money(50_000_000, "CNY")
    )
    assert test_of("value:<1.5k") == Between(None, Money(150_000, "CNY"), high_open=True)
    dollars = Between(Money(1_000, "USD"), Money(2_000, "USD"))
    assert test_of("value:$10..20") == test_of("value:10..$20") == dollars
    assert tests_of('value:"3,000",5') == (Is(Money(300_000, "CNY")), Is(Money(500, "CNY")))
    assert test_of("value:5..") == test_of("value:>=5") == Between(Money(500, "CNY"), None)
    assert test_of("value:..$5") == Between(None, Money(500, "USD"))


def test_a_range_may_begin_where_it_ends():
    assert test_of("value:5..5") == Between(Money(500, "CNY"), Money(500, "CNY"))
    assert test_of("id:7..7") == Between(7, 7)
    assert test_of("close:fri..fri") == test_of("close:fri")


def test_numbers_percents_and_durations():
    assert tests_of("id:3..7,９") == (Between(3, 7), Is(9))
    assert tests_of("id:2.5,-.5,-3,0,..9") == (Is(2.5), Is(-0.5), Is(-3), Is(0), Between(None, 9))
    assert tests_of("p:50 %,0,100%") == (Is(0.5), Is(0.0), Is(1.0))
    assert tests_of("p:12.5%,0.3,1") == (Is(0.125), Is(0.3), Is(1.0))
    assert tests_of("age:>30d,2w,3天") == (Between(30, None, low_open=True), Is(14), Is(3))


def test_the_percent_is_the_number_a_fraction_would_be():
    assert [test_of(f"p:{n}%") for n in range(101)] == [
        Is(float(f"{n // 100}.{n % 100:02}")) for n in range(101)
    ]


Q3 = (date(2026, 7, 1), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("2026-Q3", *Q3),
        (">2026-Q3", Q3[1], None),
        (">=2026-Q3", Q3[0], None),
        ("<2026-Q3", None, Q3[0]),
        ("<=2026-Q3", None, Q3[1]),
        ("2026-06..2026-Q3", date(2026, 6, 1), Q3[1]),
        ("2026-07-20", date(2026, 7, 20), date(2026, 7, 21)),
        ("2026-07-20..", date(2026, 7, 20), None),
        ("..2026-07-20", None, date(2026, 7, 21)),
        ("<eoq", None, date(2026, 9, 30)),
        ("fri", date(2026, 7, 17), date(2026, 7, 18)),
        ("下周五", date(2026, 7, 24), date(2026, 7, 25)),
        ("today..+3d", date(2026, 7, 15), date(2026, 7, 19)),
    ],
)
def test_a_day_covers_itself_and_a_period_all_its_days(value, low, high):
    assert test_of(f"close:{value}") == Between(low, high, high_open=high is not None)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("2026-06-01..2026-06-30", "2026-06-01T00:00", "2026-07-01T00:00"),
        ("last-90d", "2026-04-17T00:00", "2026-07-16T00:00"),
        ("this-month", "2026-07-01T00:00", "2026-08-01T00:00"),
        ("fri", "2026-07-10T00:00", "2026-07-11T00:00"),
        ("3d", "2026-07-12T00:00", "2026-07-13T00:00"),
        (">yesterday", "2026-07-15T00:00", None),
        ("<=yesterday", None, "2026-07-15T00:00"),
        ('>="2026-07-01 09:30"', "2026-07-01T09:30", None),
        ("<=2026-07-01T09:30", None, "2026-07-01T09:31"),
        ("<2026-07-01T09:30", None, "2026-07-01T09:30"),
        ("2026-07-01T09:30:15", "2026-07-01T09:30:15", "2026-07-01T09:30:16"),
    ],
)
def test_instants_are_whole_days_of_the_business_zone_and_look_back(value, low, high):
    expected = Between(low and at(low), high and at(high), high_open=high is not None)
    assert test_of(f"created:{value}") == expected


@pytest.mark.parametrize(
    ("now", "zone", "month"), [("2026-07-01T00:30", SHANGHAI, 7), ("2026-06-30T23:30", NEW_YORK, 6)]
)
def test_this_month_is_that_of_the_business_zone(now, zone, month):
    """In Greenwich it is still June in the first case, and July already in the second."""
    found = read("close:this-month created:this-month", setting=Setting(at(now, zone), zone, "CNY"))
    first, last = date(2026, month, 1), date(2026, month + 1, 1)
    ends = at(first.isoformat(), zone), at(last.isoformat(), zone)
    assert [condition.tests for condition in found.conditions] == [
        (Between(first, last, high_open=True),),
        (Between(*ends, high_open=True),),
    ]


# ── the catalogue ─────────────────────────────────────────────────────────────────────────────


def test_every_key_has_one_name_a_known_kind_and_words_about_it():
    names = [name for key in FOLLOW_UP_KEYS for name in (key.name, *key.aliases)]
    assert len(set(names)) == len(names)
    assert all(key.kind in FORMS and key.about for key in FOLLOW_UP_KEYS)
    assert FOLLOW_UP_KEYS[: len(KEYS)] == KEYS


def test_the_choices_are_those_of_the_model():
    choices = {key.name: key.choices for key in FOLLOW_UP_KEYS}
    assert choices["status"] == (*STATUSES, "closed", "any")
    assert choices["grade"] == (*GRADES, "none")
    assert choices["kind"] == (*ACTIVITY_KINDS, "none")


def test_the_help_lists_each_key_with_examples_that_work():
    rows = describe(ALL_KEYS)
    assert [names.split(", ")[0] for names, _, _ in rows] == [key.name for key in ALL_KEYS]
    assert ("owner, rep", "a whole name, me", "the rep who owns the deal") in rows
    for key, (_, takes, _) in zip(ALL_KEYS, rows, strict=True):
        values = ("yes", "no") if key.kind == "flag" else takes.split(", ")
        assert all(len(read(f"{key.name}:{value}").conditions) == 1 for value in values)


def test_loading_the_filters_loads_no_dates_no_money_and_no_matching():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, dealflow.filters as f; f.parse(['stage:a'], f.KEYS, None); print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert not {"dealflow.dates", "dealflow.money", "difflib", "zoneinfo"} & set(loaded)


def test_a_key_in_chinese_means_the_key_and_is_written_as_it():
    assert read("阶段:lead").text == "stage:lead"
    assert read("负责人：li").text == "owner:li"
    assert read("金额:>10万").text == read("value:>10万").text


@pytest.mark.parametrize("typed", ["étape:lead", "阶:lead", "金饿:>10万", "этап:lead"])
def test_what_looks_like_a_key_in_any_script_is_one(typed):
    with pytest.raises(UnknownWord):
        read(typed)


@pytest.mark.parametrize("typed", ["https://a.example", "10:30", '"阶:lead"', "张三：你好"])
def test_times_addresses_and_quoted_text_are_words(typed):
    assert not read(typed).conditions


def test_working_days_are_those_of_the_team():
    """Wednesday the 15th: three working days on is Monday the 20th, or Tuesday if Thursday is off."""
    thursday = date(2026, 7, 16)
    holiday = SETTING._replace(is_workday=lambda day: day.weekday() < 5 and day != thursday)
    for setting, day in ((SETTING, 20), (holiday, 21)):
        for word, start in (("due:+3wd", day), ('due:"2026-07-15..+3wd"', 15)):
            (condition,) = parse((word,), ALL_KEYS, setting).conditions
            span = Between(date(2026, 7, start), date(2026, 7, day + 1), high_open=True)
            assert condition.tests == (span,)
