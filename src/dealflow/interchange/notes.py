"""What a person has to know of an import: what was recognised, settled, made and left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dealflow.interchange import mapping
from dealflow.interchange.adapting import Adapter
from dealflow.interchange.reading import Reading
from dealflow.interchange.rejects import Rejects
from dealflow.interchange.sources import Source
from dealflow.interchange.survey import Survey
from dealflow.interchange.tallies import Tallies
from dealflow.named import NamedTuple


class Told(NamedTuple):
    """What the sentences name: who imports, into what, and what came of it."""

    me: str
    pipeline: str
    """The one that deals are in where nothing else says."""
    first: str
    changed: bool
    dry_run: bool
    deals: bool
    """Whether the file is of deals, and not of what happened to them."""


def some(headings: Sequence[str]) -> str:
    return ", ".join(headings[:6]) + (" …" if len(headings) > 6 else "")


def how_read(
    source: Source, taken_for: str | None, seen: Survey, adapter: Adapter
) -> tuple[str, ...]:
    """What was recognised of the file, and by what."""
    notes = [source.read_as] if source.read_as else []
    if taken_for is not None:
        notes.append(taken_for)
    notes += seen.told()
    if source.above:
        notes.append(f"{source.above} lines above the heading left out")
    if adapter.between:
        notes.append(f"{adapter.between} lines between the rows left out")
    if adapter.below:
        notes.append(f"{adapter.below} lines below the rows left out")
    notes += [f"{n:,} rows left out by {name}" for name, n in adapter.left_out.items()]
    return tuple(notes)


_REMARKS = {
    "no_owner": "{deals} without an owner: yours now ({me})",
    "routed": "{deals} in another pipeline than {pipeline}, as their rows, products or customers"
    " say",
    "no_created": "{deals} without a created date: recorded as of now",
    "closed_in_first": "{deals} closed in a stage that the file does not say: recorded as"
    " {first}; --closed-in STAGE says otherwise",
    "no_reason": "{deals} lost without a reason",
    "no_key": "{deals} without an external id: importing them again would add them again",
    "corrected": "{deals} closed on another day, for another amount or reason than before:"
    " put right",
    "by e-mail": "{activities} found by e-mail address",
    "by domain": "{activities} found by domain",
    "by the deal": "{activities} found by the deal",
    "by the customer's name": "{activities} found by the customer's name",
    "plan_guessed": "{plans} put on the newest of several open deals of the customer",
    "plan_of_closed": "{plans} of closed deals: cancelled",
    "plan_done": "{plans} done by what was logged after",
    "by name": "{activities} found by the customer's name",
    "entered_late": "{deals} entered there after the close: taken as created when closed",
    "closed_only": "{deals} closed without a created date: taken as created when closed",
    "created_differs": "{deals} here since another day than the file says: left as it is",
}


_SETTLED = {
    "made_from_history": "{times} deal{s} made from history alone",
    "out_of_order": "{times} row{s} out of time order: taken by time",
    "same_instant": "{times} row{s} at the same instant as the one before: earlier stage first",
    "overlap": "{times} row{s} end after the next begins: a visit ends when the next begins",
    "gap": "{times} row{s} end before the next begins: a visit ends when the next begins",
    "no_move": "{times} row{s} in the stage where the deal was already: no move",
    "skipped": "{times} move{s} passed over stages",
    "returned": "{times} move{s} to an earlier stage",
    "reopened": "{times} stage{s} after a close: reopened",
    "closed_twice": "{times} close{s} after another close: reopened and closed at that instant",
    "closed_unseen": "{times} deal{s} closed before any stage is told: closed in {first};"
    " --closed-in STAGE says otherwise",
    "no_close": "{times} deal{s} left the last stage for nowhere that the file says: still there",
    "own_close": "{times} deal{s} closed later than the history ends: that close stands",
    "moved_here": "{times} deal{s} moved here otherwise than the file says since its last row:"
    " left as they are",
    "passed_unknown": "{times} stage{s} passed over that are not here: left out",
    "elsewhere": "{times} deal{s} in another pipeline: left as they are; --pipeline KEY says which",
}


def _settled(counted: dict[str, int], first: str) -> Iterator[str]:
    """What had to be settled, in words."""
    for what, told in _SETTLED.items():
        times = counted.get(what, 0)
        if times:
            yield told.format(times=f"{times:,}", s="s" * (times != 1), first=first)


def notes_of(told: Told, reading: Reading, tallies: Tallies, rejects: Rejects) -> tuple[str, ...]:
    if "routed" in tallies.remarks:
        told = told._replace(first="the first of their pipeline")
    notes = []
    untitled = told.deals and "title" not in reading.plan.fields
    if untitled and reading.plan.ignored:
        notes += mapping.untitled(reading.plan, saved=not told.dry_run)
    elif reading.plan.ignored:
        notes.append(f"ignored: {', '.join(reading.plan.ignored)}")
    notes += [f"--value {said} met nothing in the file" for said in reading.unused]
    notes += _settled(tallies.remarks, told.first)
    notes += _remarks(tallies, told)
    notes += _made(tallies)
    if rejects.count:
        where = f"; they are in {rejects.keep.path}" if rejects.keep else ""
        notes.append(f"{rejects.count:,} of {reading.count:,} rows rejected{where}")
        notes += rejects.lines()
    if not told.changed:
        notes.append("nothing changed")
    elif told.dry_run:
        notes.append("dry run: nothing was changed")
    return tuple(notes)


def _remarks(tallies: Tallies, told: Told) -> Iterator[str]:
    """What was counted, in words."""
    for remark, text in _REMARKS.items():
        count = tallies.remarks.get(remark, 0)
        if count:
            many = "s" * (count != 1)
            yield text.format(
                deals=f"{count:,} deal{many}",
                activities=f"{count:,} activit{'ies' if count != 1 else 'y'}",
                plans=f"{count:,} follow-up{many}",
                me=told.me,
                pipeline=told.pipeline,
                first=told.first,
            )


def _made(tallies: Tallies) -> Iterator[str]:
    """What came into being because the file names it, and what may be something else's name."""
    for what, names in tallies.made.items():
        if names:
            more = f" and {len(names) - 10} more" if len(names) > 10 else ""
            yield f"made {what}: {', '.join(names[:10])}{more}"
    for what, new, known in tallies.near:
        meant = f'--value "{what}:{new}={known}" if it is one'
        yield f"made {what} {new}, but there is {known}: {meant}"
