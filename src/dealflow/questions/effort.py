"""`dealflow effort`: what was done with customers, and which plans were kept: the daily report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dealflow.analytics.intervals import wilson
from dealflow.dates import Period
from dealflow.errors import UnknownWord
from dealflow.questions import Ask
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import INT, RATE, Column, Report, Row
from dealflow.store import effort as store
from dealflow.store.effort import BY, Effort, Kept
from dealflow.store.scope import scope

ASKS = "what was done with customers, by whom and by which way, and which plans were kept"
DEFINITION = (
    "contacts: calls, visits, meetings, e-mails, messages, demos and quotes in the window, by "
    "when they happened; plans: follow-ups that were due in it, kept where they were done by then; "
    "kept = on time / (due - given up), with its 95 % Wilson interval"
)
_KINDS = {
    "calls": ("call",),
    "visits": ("visit", "meeting"),
    "messages": ("email", "message"),
    "demos": ("demo", "quote"),
}
_GROUPS = {
    "rep": Column("rep", "rep", about="handle of who did it"),
    "team": Column("team", "team"),
    "kind": Column("kind", "kind"),
    "channel": Column("channel", "channel", about="as it was said; else phone for a call, email"),
}
_DONE = (
    Column("contacts", "contacts", INT, about="of all kinds"),
    Column("calls", "calls", INT),
    Column("visits", "visits", INT, about="visits and meetings"),
    Column("messages", "messages", INT, about="e-mails and messages"),
    Column("demos", "demos", INT, about="demos and quotes"),
    Column("customers", "customers", INT, about="different ones"),
    Column("deals", "deals", INT, about="different ones"),
)
_PLANS = (
    Column("due", "plans due", INT, about="follow-ups"),
    Column("on_time", "on time", INT),
    Column("late", "late", INT, about="done after they were due"),
    Column("open", "open", INT, about="neither done nor given up"),
    Column("given_up", "given up", INT),
    Column("kept", "kept", RATE, about="on time / (due - given up)"),
)
COLUMNS = (*_GROUPS.values(), *_DONE, *_PLANS)


def effort(ask: Ask, words: Sequence[str] = (), *, period: Period, by: str = "rep") -> Report:
    """Contacts and plans in a window, the busiest first; a total where there are several groups.

    `by` is one of BY. Errors: UsageErrors of the filter, UnknownWord.
    """
    if by not in BY:
        raise UnknownWord("dimension of effort", by, tuple(BY))
    start, end = window(ask, period)
    chosen_ = chosen(ask, words)
    about = scope(ask, chosen_, "account_id")
    found = store.effort(about, by, start or 0, ask.now + 1 if end is None else end)
    groups = {*found.contacts, *found.kept}
    rows = sorted((_row(found, group) for group in groups), key=_busiest)
    columns = (_GROUPS[by], *_DONE, *_PLANS)
    return Report(
        name="effort",
        title="Effort",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"window": told(ask, period), "by": by, "filter": chosen_.text},
        columns=columns,
        rows=rows,
        notes=_notes(found),
        empty="nothing was done, and nothing was due",
    )


def _row(found: Effort, group: str | None) -> Row:
    kinds = found.contacts.get(group, {})
    kept = found.kept.get(group, Kept())
    meant = kept.due - kept.given_up
    return (
        group,
        sum(kinds.values()),
        *(_count(kinds, which) for which in _KINDS.values()),
        *found.met.get(group, (0, 0)),
        kept.due,
        kept.on_time,
        kept.late,
        meant - kept.on_time - kept.late,
        kept.given_up,
        wilson(kept.on_time, meant),
    )


def _count(kinds: Mapping[str, int], which: Sequence[str]) -> int:
    return sum(kinds.get(kind, 0) for kind in which)


def _busiest(row: Row) -> tuple[int, int, str]:
    return -row[1], -row[8], row[0] or ""


def _notes(found: Effort) -> tuple[str, ...]:
    contacts = sum(sum(kinds.values()) for kinds in found.contacts.values())
    if not contacts and not found.kept:
        return ()
    said = plural(contacts, "contact")
    due = sum(kept.due - kept.given_up for kept in found.kept.values())
    if due:
        on_time = sum(kept.on_time for kept in found.kept.values())
        said += f"; {on_time:,} of {plural(due, 'plan')} kept on time"
    return (said,)
