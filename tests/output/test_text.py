"""Nothing from data acts on a terminal, and nothing readable is touched."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.output.text import clean, clean_lines, escape_in_json

ACTS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
anything = st.text(
    st.characters() | st.sampled_from("\x1b\x9b\u202e\u2066\u200d\ufeff\ud800\n\t\r👨👩")
)


@given(anything)
def test_clean_text_holds_nothing_that_acts(text):
    assert not ACTS.search(clean(text))
    assert not ACTS.search(re.sub("[\n\t]", "", clean_lines(text)))


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_letters_figures_and_signs_stay(text):
    assert clean(text) == text


@given(anything)
def test_json_keeps_the_exact_text_without_what_acts(text):
    written = escape_in_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert not ACTS.search(written)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("line\nnext\tcell\r", r"line\nnext\tcell\r"),
        ("invoice \u202egpj.exe", r"invoice \u202egpj.exe"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("ad\u200bmin pay\u200dpal", r"ad\u200bmin pay\u200dpal"),
        ("\ufeffbom \uffff", r"\ufeffbom \uffff"),
        ("\udcff", r"\udcff"),
        ("a\U000e0041b", r"a\U000e0041b"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_acts_is_written_out(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "北京华联集团 年度框架合同 ￥1,200,000",
        "全角　空格",
        "👨‍👩‍👧‍👦 🇨🇳 👍🏽 ❤️‍🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "عقد سنوي می‌خواهم",
        "क्‍ष",
        "Za\u0300l\u0334go 𝕯 𠮷野家",
        "[red]:smiley:[/]",
    ],
)
def test_scripts_and_emoji_stay_whole(text):
    assert clean(text) == text
