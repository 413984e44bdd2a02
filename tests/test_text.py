from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealflow.errors import BadText
from dealflow.text import fold, tidy

TEXT = st.text(min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("ＡＣＭＥ　Ｃｏ", "acme co"),
        ("Straße", "STRASSE"),
        ("华为（深圳）", "华为(深圳)"),
        ("ｶﾞｽ", "ガス"),
        ("Cafe\u0301", "CAFÉ"),
        ("①②", "12"),
    ],
)
def test_case_and_width_make_no_difference_to_search(written, searched):
    assert fold(written) == fold(searched)


def test_folding_keeps_what_tells_words_apart():
    assert len({fold(word) for word in ("resume", "résumé", "说明", "説明", "1", "10")}) == 6


@given(TEXT)
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(TEXT)
def test_folding_does_not_see_normalisation_or_capitals(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert fold(text.casefold()) == fold(text)


def test_text_is_kept_to_the_blank():
    kept = "  Ａcme\t华为 \r\n  ① ﬁ\u200b "
    assert tidy(kept, "the title") == kept


def test_decomposed_text_is_stored_as_given_and_found_as_one():
    assert tidy("Cafe\u0301", "the title") == "Cafe\u0301"
    assert fold("Cafe\u0301") == fold("Caf\u00e9")


@pytest.mark.parametrize("bad", ["", " \t\n\u3000", "a\0b", "a\ud800", "\udcff"])
def test_what_cannot_be_stored_is_refused_by_name(bad):
    with pytest.raises(BadText, match="the title") as refused:
        tidy(bad, "the title")
    assert refused.value.exit_code == 2


def test_the_limit_is_the_longest_text_that_is_kept():
    assert len(tidy("é" * 10_000, "the note")) == 10_000
    assert tidy("ab", "the note", limit=2) == "ab"
    with pytest.raises(BadText, match="the note has 3 characters"):
        tidy("abc", "the note", limit=2)


@given(st.text())
def test_tidy_keeps_the_text_or_refuses(text):
    try:
        kept = tidy(text, "the title")
    except BadText:
        assert "\0" in text or not text.strip() or any(0xD800 <= ord(c) < 0xE000 for c in text)
    else:
        assert kept == text
