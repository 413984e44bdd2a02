"""Whatever is read, is read or refused: no other error, from any text."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dealflow import config, dates, filters, money, pipelines, requirements, typed
from dealflow.errors import DealflowError
from dealflow.filters import FOLLOW_UP_KEYS, KEYS, Setting
from dealflow.followups import parse_cadence

from .conftest import tried

ZONE = ZoneInfo("Asia/Shanghai")
NOW = int(datetime(2026, 7, 1, 10, tzinfo=ZONE).timestamp())
TODAY = date(2026, 7, 1)

#: what the languages are made of, to be put together wrongly
PIECES = [
    "stage", "owner", "value", "close", "tag", "status", "me", "none", "any", "needs", "open",
    ":", ",", "..", ">", ">=", "<", "=", "-", "+", "#", '"', "'", "(", ")", "%", " ", "\t", "\n",
    "0", "1", "9", "12", "2026", "07", "31", "10k", "1.5", "12.5万", "1.2亿", "1e9", "¥", "USD", "€",
    "３", "٣", "²", "½", "−", "一", "十", "today", "tomorrow", "fri", "eom", "eoq", "+3d", "-2w",
    "明天", "下周五", "月底", "3天后", "上午", "14:30", "T", "Z", "+08:00", "Q3", "H1", "W27",
    "this-month", "last-quarter", "last-90d", "wd", "d", "w", "m", "y", "call", "visit", "field",
    "need", "contact", "within", "asks_price", "amount", "grade", "A", "99999999999999999999",
]  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
NEAR = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join)
WORDS = NEAR | ANY_TEXT


def read_or_refused(parse, *args):
    """What was read; None where it was refused in a sentence of ours."""
    refused = None
    try:
        return parse(*args)
    except DealflowError as error:
        refused = error
    assert refused.exit_code in {2, 3, 4, 5}
    assert refused.message
    return None


@tried(400)
@given(st.lists(WORDS, max_size=3), st.sampled_from([KEYS, FOLLOW_UP_KEYS]))
def test_filters(words, keys):
    found = read_or_refused(filters.parse, words, keys, Setting(NOW, ZONE, "CNY"))
    if found is not None and found.text:
        again = filters.parse([found.text], keys, Setting(NOW, ZONE, "CNY"))
        assert again.text == found.text


@tried(400)
@given(WORDS, st.booleans())
def test_days_and_instants(text, past):
    found = read_or_refused(lambda: dates.parse_when(text, NOW, ZONE, past=past))
    assert found is None or isinstance(found, (date, int))
    day = read_or_refused(dates.parse_day, text, NOW, ZONE)
    assert day is None or date.min <= day <= date.max
    instant = read_or_refused(dates.parse_instant, text, NOW, ZONE)
    assert instant is None or isinstance(instant, int)


@tried(300)
@given(WORDS)
def test_periods(text):
    found = read_or_refused(lambda: dates.parse_period(text, TODAY))
    if found is not None:
        read_or_refused(lambda: dates.bounds(found, ZONE))


@tried(400)
@given(WORDS, st.sampled_from(["CNY", "USD", "JPY", "KWD"]), st.booleans())
@example("1e400", "CNY", False)
@example("9" * 5000, "CNY", False)
@example("²", "CNY", False)
def test_amounts(text, currency, negative):
    found = read_or_refused(lambda: money.parse(text, currency, negative=negative))
    if found is not None:
        assert abs(found.minor) <= 10**18
        assert money.parse(money.decimal_text(found), found.currency, negative=True) == found


@tried(400)
@given(WORDS)
def test_requirements(text):
    found = read_or_refused(requirements.parse_requirement, text)
    if found is not None:
        assert requirements.parse_requirement(str(found)) == found
        assert requirements.explain(found)


@tried(200)
@given(WORDS)
def test_cadences(text):
    found = read_or_refused(parse_cadence, text)
    if found is not None:
        assert parse_cadence(str(found)) == found


@tried(300)
@given(WORDS)
@example("1-99999999999")
@example("3-1")
def test_ids_and_ranges(text):
    found = read_or_refused(typed.ids_of, text)
    assert found is None or all(isinstance(one, int) for one in found)


# ── documents ─────────────────────────────────────────────────────────────────────────────────

_PIPELINE = pipelines.template_text("en")
_LINES = _PIPELINE.splitlines()
_VALUES = ["1", "-1", "0.5", "1e99", "nan", "inf", "true", '""', '"x"', '["a"]', "[1]", "[[1]]",
           "{a=1}", "[]", "{}", "2026-07-01", '"call >= 1"', '["call >= x"]', "'''\n'''"]  # fmt: skip


@st.composite
def damaged_pipelines(draw):
    """A template with lines lost, doubled, changed in their values, or put elsewhere."""
    lines = list(_LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(["drop", "double", "value", "text", "key"]))
        key = lines[at].partition("=")[0]
        lines[at : at + 1] = {
            "drop": [],
            "double": [lines[at]] * 2,
            "value": [f"{key}= {draw(st.sampled_from(_VALUES))}"],
            "text": [draw(st.text(max_size=12))],
            "key": [f"{draw(st.sampled_from(['key', 'name', 'requires', 'zzz']))} = 'x'"],
        }[what]
        lines = lines or [""]
    return "\n".join(lines)


@tried(200)
@given(damaged_pipelines() | WORDS)
def test_pipelines(text):
    found = read_or_refused(pipelines.parse_pipeline, text)
    if found is not None:
        assert pipelines.parse_pipeline(pipelines.pipeline_toml(found)) == found


@tried(200)
@given(
    st.binary(max_size=60)
    | st.lists(
        st.tuples(st.sampled_from(["db", "rep", "format", "zz", "[x]", "a.b"]), st.sampled_from(_VALUES)),
        max_size=3,
    ).map(lambda pairs: "\n".join(f"{k} = {v}" for k, v in pairs).encode())
)  # fmt: skip
def test_configurations(tmp_path, content):
    (tmp_path / "config.toml").write_bytes(content)
    env = {"DEALFLOW_CONFIG_DIR": str(tmp_path)}
    found = read_or_refused(config.read, env)
    assert found is None or set(found) <= set(config.KEYS)


# ── other systems' files ──────────────────────────────────────────────────────────────────────

_HEADINGS = ["title", "account", "amount", "stage", "close", "owner", "status", "external id",
             "created", "tags", "grade", "field:need", "", "title", "zzz", "\ufeffid"]  # fmt: skip
_CELL = st.sampled_from(["", "Acme", "won", "lead", "2026-07-01", "10k", "'=1", "x" * 600]) | WORDS


@st.composite
def tables(draw):
    sign = draw(st.sampled_from([",", "\t", ";"]))
    headings = draw(st.lists(st.sampled_from(_HEADINGS), min_size=1, max_size=5))
    rows = draw(st.lists(st.lists(_CELL, max_size=6), max_size=5))
    quoted = draw(st.booleans())
    lines = [[f'"{c}"' if quoted else c for c in row] for row in [headings, *rows]]
    text = "\n".join(sign.join(line) for line in lines)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-16", "gb18030"])), "replace")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _CELL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_CELL, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw):
    rows = draw(
        st.lists(st.dictionaries(st.sampled_from(_HEADINGS), _JSON, max_size=4) | _JSON, max_size=4)
    )
    text = "\n".join(json.dumps(row, ensure_ascii=draw(st.booleans())) for row in rows)
    return draw(st.sampled_from(["", "[", "{", "\n\n"])).encode() + text.encode("utf-8", "replace")


@tried(80)
@given(
    tables() | documents() | st.binary(max_size=80),
    st.sampled_from(["deals", "accounts", "contacts", "products", "reps"]),
    st.sampled_from([[], ["--format", "csv"], ["--format", "ndjson"], ["--encoding", "gb18030"]]),
    st.sampled_from([[], ["--create", "accounts,reps"], ["--skip-bad", "bad.csv"]]),
)
def test_imports(bench, content, kind, format_, more):
    said = bench(["import", kind, "in.dat", *format_, *more], files=[("in.dat", content)])
    assert said.code in {0, 2, 3, 4, 5, 7, 11}, said.err
    if said.code in {2, 3, 4, 5, 7}:
        assert said.out == ""
        assert re.search(r"^error: ", said.err, re.MULTILINE)
    checked = bench(["import", kind, "-", *format_, "--dry-run"], stdin=content)
    assert checked.code in {0, 2, 3, 4, 5, 7}, checked.err


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'{"title": ', b"["]
)
def test_files_that_are_hardly_any(bench, content):
    said = bench(["import", "deals", "in.dat"], files=[("in.dat", content)])
    assert said.code in {0, 2, 5, 7}, said.err
