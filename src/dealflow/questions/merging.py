"""What a merge did, as a record: conflicts, new deals, and records that both copies had made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealflow.results import ID, INSTANT, INT, Column, Record, Table
from dealflow.store.merge.joining import Clash, NewDeal, Outcome, United

FACTS = (
    Column("other", "merged with"),
    Column("command", "command", ID, about="its number in history; none where nothing was new"),
    Column("commands", "commands", INT, about="of the other copy, taken over into history"),
    Column("added", "records added", INT),
    Column("changed", "changed", INT),
    Column("removed", "removed", INT),
    Column("made_twice", "made twice", INT, about="records of both copies that are one now"),
    Column("in_conflict", "conflicts", INT, about="how many"),
)
CONFLICTS = (
    Column("deal", "deal", ID),
    Column("record", "record"),
    Column("field", "field"),
    Column("ours", "ours"),
    Column("ours_by", "by"),
    Column("ours_at", "at", INSTANT),
    Column("theirs", "theirs"),
    Column("theirs_by", "by"),
    Column("theirs_at", "at", INSTANT),
    Column("won", "won", about="ours or theirs"),
)
DEALS = (
    Column("id", "id here", ID),
    Column("there", "id there", ID, about="in the other copy"),
    Column("title", "title"),
)
UNITED = (
    Column("what", "record"),
    Column("id", "id here", ID),
    Column("there", "id there", ID, about="in the other copy"),
    Column("name", "name"),
)

#: lines of one kind that are said beside the record
_TOLD = 20


def told(other: str, done: Outcome, notes: tuple[str, ...]) -> Record:
    """The record of one merge; what has to be said in every format stands in its notes."""
    row = (other, *done[:5], len(done.united), len(done.conflicts))
    sections = (
        Table(name="conflicts", columns=CONFLICTS, rows=done.conflicts, empty="no conflicts"),
        Table(name="deals", columns=DEALS, rows=done.deals, empty="no new deals"),
        Table(name="united", columns=UNITED, rows=done.united, empty="nothing was made twice"),
    )
    return Record(
        name="merge", title="merge", columns=FACTS, row=row, sections=sections, notes=notes
    )


def notes(done: Outcome, prefer: str | None, *, drawn: bool) -> tuple[str, ...]:
    """What a person is to know who does not see it `drawn`, as tables."""
    if done.command is None:
        return ("nothing new: this copy knows all that the other one does",)
    if drawn:
        return ()
    moved = [deal for deal in done.deals if deal.id != deal.there]
    rule = f"{prefer} won" if prefer else "the later edit won"
    return (
        *_few([f"{u.what} {u.name} was made in both copies: it is one now" for u in done.united]),
        *_few([f"deal {one.there} there is {one.id} here: {one.title}" for one in moved]),
        *_few([_conflict(clash, rule) for clash in done.conflicts]),
    )


def _few(lines: list[str]) -> list[str]:
    """So many as a person reads; a terminal and JSON have them all as tables."""
    more = len(lines) - _TOLD
    return [*lines[:_TOLD], *([f"and {more:,} more like it: --json has all"] if more > 0 else [])]


def _conflict(clash: Clash, rule: str) -> str:
    """`deal 5 Pumps, amount: 100 (li) or 200 (wang): theirs won`."""
    ours, theirs = (
        f"{value} ({by or 'nobody'})"
        for value, by in ((clash.ours, clash.ours_by), (clash.theirs, clash.theirs_by))
    )
    told = f"conflict: {clash.record}, {clash.field}: {ours} here, {theirs} there"
    how = "what was edited stays" if clash.field == "record" and rule[:3] == "the" else rule
    return f"{told}; {clash.won} ({how})" if how != rule else f"{told}; {how}: {clash.won}"


def kept(done: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it, to be answered again where a key is repeated."""
    return done._asdict()


def read_back(answer: Mapping[str, Any]) -> Outcome:
    """An outcome that was kept."""
    lists = {"conflicts": Clash, "deals": NewDeal, "united": United}
    values: dict[str, Any] = {
        name: tuple(lists[name](*one) for one in value) if name in lists else value
        for name, value in answer.items()
    }
    return Outcome(**values)
