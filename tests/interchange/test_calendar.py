"""Follow-ups as a calendar, read by somebody else's parser."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar.parser import Contentlines

from dealflow.interchange.calendar import escaped, folded


@pytest.fixture
def planned(dealflow):
    dealflow.ok("reps", "add", "wang")
    dealflow.ok("add", "水泵; 三台, 备件", "-a", "华联 \\ Co")
    dealflow.ok("plan", "1", "2026-07-03", "send quote", "--goal", "a decision")
    dealflow.ok("plan", "1", "2026-07-04 14:30", "demo", "--for", "wang")
    return dealflow


def entries(dealflow, *words):
    said = dealflow.ok("export", "--ics", *words)
    assert said.out.replace("\r\n", "").count("\n") == 0
    assert max(len(line.encode()) for line in said.out.split("\r\n")) <= 75
    found = Calendar.from_ical(said.out).walk()
    assert not any(part.errors for part in found)
    return [part for part in found if part.name in {"VEVENT", "VTODO"}]


def test_a_day_is_a_to_do_and_a_time_an_event(planned):
    todo, event = entries(planned)
    assert (todo.name, event.name) == ("VTODO", "VEVENT")
    assert todo["DUE"].dt == date(2026, 7, 3)
    assert todo["STATUS"] == "NEEDS-ACTION"
    assert event["DTSTART"].dt == datetime(2026, 7, 4, 6, 30, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 7, 4, 7, 0, tzinfo=UTC)
    assert todo["SUMMARY"] == "send quote · 华联 \\ Co"
    assert todo["DESCRIPTION"] == "deal 1 水泵; 三台, 备件\nto a decision\nfor li"


def test_all_day_events_for_calendars_without_to_dos(planned):
    first = entries(planned, "--events")[0]
    assert (first.name, first["DTSTART"].dt, first["DTEND"].dt) == (
        "VEVENT",
        date(2026, 7, 3),
        date(2026, 7, 4),
    )


def test_an_entry_keeps_its_uid_and_counts_its_edits(planned):
    before = entries(planned)[0]
    planned.ok("snooze", "1", "2026-07-10")
    after = next(e for e in entries(planned) if e["UID"] == before["UID"])
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DUE"].dt == date(2026, 7, 10)


def test_what_is_over_is_left_out_or_told(planned):
    planned.ok("done", "1")
    planned.ok("cancel", "2", "--why", "no time")
    assert entries(planned) == []
    states = [entry["STATUS"] for entry in entries(planned, "--done")]
    assert states == ["COMPLETED", "CANCELLED"]


def test_whose_and_which(planned):
    assert [e["SUMMARY"][:4] for e in entries(planned, "--for", "wang")] == ["demo"]
    assert entries(planned, "title:nothing") == []


def test_without_a_form_it_says_how(planned):
    said = planned("export")
    assert (said.code, said.out) == (2, "")
    assert "--ics" in said.err


LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200)


@given(LINES)
@example("水" * 80)
def test_folding_is_undone_by_another_parser(line):
    pieces = list(folded("X:" + line))
    assert all(len(piece.encode()) <= 75 for piece in pieces)
    assert Contentlines.from_ical("\r\n".join(pieces) + "\r\n")[0] == "X:" + line


@given(st.text(st.sampled_from("a;,\\n\nN水 "), max_size=20))
def test_escaping_is_undone_by_another_parser(text):
    told = f"BEGIN:VTODO\r\nUID:1\r\nSUMMARY:{escaped(text)}\r\nEND:VTODO\r\n"
    assert Calendar.from_ical(told)["SUMMARY"] == "\n".join(text.splitlines())
