"""`dealflow export --ics`: follow-ups as a calendar, by RFC 5545.

Those with a time of day are events of half an hour, those of a day are to-dos. A follow-up keeps
its UID for good; SEQUENCE counts its edits, so that a calendar which is given the file again
updates what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from dealflow.filters import FOLLOW_UP_KEYS
from dealflow.output.text import clean
from dealflow.questions import Ask
from dealflow.questions.overdue import planned_for
from dealflow.questions.windows import chosen
from dealflow.results import Document
from dealflow.store import calendar as store
from dealflow.store.calendar import Entry
from dealflow.store.scope import scope

HALF_AN_HOUR = 1800
_OCTETS = 75


def calendar(
    ask: Ask, words: Sequence[str] = (), *, for_: str | None = None, all_day: bool, over: bool
) -> Document:
    """Open follow-ups on open deals, with `over` those that are over too; `for_` whose they are.

    `all_day`: what is due on a day becomes an event of that day, not a to-do. Errors: those of the
    filter, NotFound, UnknownActor.
    """
    only = [] if over else ["status:open"]
    told = chosen(ask, [*words, *planned_for(for_), *only], FOLLOW_UP_KEYS)
    entries = store.planned(scope(ask, told, *store.READS), over=over)
    lines = list(_lines(entries, ask.now, all_day=all_day))
    text = "".join(f"{line}\n" for line in lines)
    return Document(
        name="calendar", text=text, line_end="\r\n", data={"calendar": text.replace("\n", "\r\n")}
    )


def _lines(entries: Iterable[Entry], now: int, *, all_day: bool) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dealflow//follow-ups//EN")
    yield "X-WR-CALNAME:dealflow"
    for entry in entries:
        kind = "VTODO" if entry.due_at is None and not all_day else "VEVENT"
        yield f"BEGIN:{kind}"
        for line in _entry(entry, kind, now):
            yield from folded(line)
        yield f"END:{kind}"
    yield "END:VCALENDAR"


def _entry(entry: Entry, kind: str, now: int) -> Iterator[str]:
    yield f"UID:{entry.uid.hex()}@dealflow"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"CREATED:{_instant(entry.created_at)}"
    yield f"SEQUENCE:{entry.version - 1}"
    yield from _when(entry, kind)
    yield from _state(entry, kind)
    about = entry.account or entry.title
    yield f"SUMMARY:{escaped(f'{entry.what} · {about}')}"
    yield f"DESCRIPTION:{escaped(_description(entry))}"
    if entry.kind:
        yield f"CATEGORIES:{escaped(entry.kind)}"


def _when(entry: Entry, kind: str) -> Iterator[str]:
    if entry.due_at is not None:
        yield f"DTSTART:{_instant(entry.due_at)}"
        yield f"DTEND:{_instant(entry.due_at + HALF_AN_HOUR)}"
        return
    day = date.fromisoformat(entry.due_day)
    if kind == "VTODO":
        yield f"DUE;VALUE=DATE:{day:%Y%m%d}"
    else:
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
        yield "TRANSP:TRANSPARENT"


def _state(entry: Entry, kind: str) -> Iterator[str]:
    """An event that was done simply was; one that was given up is cancelled."""
    if entry.cancelled_at is not None:
        yield "STATUS:CANCELLED"
    elif kind == "VEVENT":
        yield "STATUS:CONFIRMED"
    elif entry.done_at is not None:
        yield from ("STATUS:COMPLETED", f"COMPLETED:{_instant(entry.done_at)}")
        yield "PERCENT-COMPLETE:100"
    else:
        yield "STATUS:NEEDS-ACTION"


def _description(entry: Entry) -> str:
    told = [
        f"deal {entry.deal} {entry.title}",
        f"to {entry.goal}" if entry.goal else "",
        f"via {entry.channel}" if entry.channel else "",
        f"with {entry.contact}" if entry.contact else "",
        f"for {entry.rep}" if entry.rep else "",
    ]
    return "\n".join(line for line in told if line)


def _instant(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Text as a value: RFC 5545, 3.3.11. What may not stand in a file is written out."""
    plain = "\n".join(map(clean, text.splitlines()))
    for char, told in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(char, told)
    return plain


def folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, cut between characters: RFC 5545, 3.1."""
    piece, used, room = "", 0, _OCTETS
    for char in line:
        size = len(char.encode())
        if used + size > room:
            yield piece
            piece, used = " ", 1
        piece += char
        used += size
    yield piece
