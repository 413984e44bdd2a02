"""Every way a command can fail, one class per case.

An error writes its own sentence: lower case, no final period, in the user's terms. `hint` is a
command or a correction that helps. `exit_code` is part of the public contract (docs/reference.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like `word`, or None when nothing is close.

    Two thirds of the letters in the same order are close: `wni` is `win`, `nope` is no `snooze`.
    Where one begins with the other, a little less will do.
    """
    from difflib import get_close_matches

    told = word.casefold()
    names = {choice.casefold(): choice for choice in choices}
    found = get_close_matches(told, names, n=1, cutoff=0.66) or [
        name
        for name in get_close_matches(told, names, cutoff=0.6)
        if name.startswith(told) or told.startswith(name)
    ]
    return names[found[0]] if found else None


class DealflowError(Exception):
    """Base of all errors that are shown to the user. A bare one is a bug (exit 1)."""

    exit_code: ClassVar[int] = 1
    details: tuple[str, ...] = ()
    """What a person reads below the sentence, line by line; machines find it in `facts`."""

    def __init__(self, message: str, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    @property
    def code(self) -> str:
        """Stable machine name of the case: the class name in snake case."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


# ── 2: wrong usage ────────────────────────────────────────────────────────────────────────────


class UsageError(DealflowError):
    """The command line, or a value on it, cannot be understood."""

    exit_code = 2


class UnknownWord(UsageError):
    """A word from a closed list that is not on the list: a filter key, a format, a period."""

    def __init__(self, what: str, given: str, choices: Sequence[str]) -> None:
        near = nearest(given, choices)
        known = f"known: {', '.join(choices)}" if choices else f"no {what} is known yet"
        hint = f"did you mean {near}?" if near else known
        super().__init__(f"unknown {what} '{given}'", hint, given=given, choices=list(choices))


class BadDate(UsageError):
    def __init__(self, given: str, why: str = "is not a date") -> None:
        hint = "try 2026-07-01, today, fri, +3d, -2w, eom, 14:30, 明天, 下周五, 月底, 3天后"
        super().__init__(f"'{given}' {why}", hint, given=given)


class BadPeriod(UsageError):
    def __init__(self, given: str, why: str = "is not a period") -> None:
        hint = "try 2026, 2026-H1, 2026-Q3, 2026-07, this-month, last-quarter, last-90d"
        super().__init__(f"'{given}' {why}", hint, given=given)


class BadAmount(UsageError):
    def __init__(self, given: str, why: str = "is not an amount") -> None:
        hint = "try 12500, 12.5k, 1.2m, 12.5万, 1.2亿, ¥3,000, USD 4,000"
        super().__init__(f"'{given}' {why}", hint, given=given)


class BadFilter(UsageError):
    """A filter that cannot be read: operator, range, or a value of the wrong kind."""


class BadQuery(UsageError):
    """A question in SQL that cannot be read, or that would do more than read."""


class BadText(UsageError):
    """Text that cannot be stored: NUL, bytes that are not UTF-8, too long, or blank."""


class BadDefinition(UsageError):
    """A pipeline document or a requirement that does not say anything dealflow understands."""


class NeedsConfirmation(UsageError):
    def __init__(self, what: str, details: Sequence[str] = ()) -> None:
        super().__init__(f"{what} needs a yes, and there is no terminal to ask on", "add --yes")
        self.details = tuple(f"  {line}" for line in details)


class UnknownActor(UsageError):
    def __init__(self) -> None:
        super().__init__("who are you?", "name yourself: --as NAME, or export DEALFLOW_REP=NAME")


# ── 3: not found ──────────────────────────────────────────────────────────────────────────────


class NotFound(DealflowError):
    """A record, named on the command line, that is not in the database."""

    exit_code = 3

    def __init__(
        self, what: str, given: str, choices: Sequence[str] = (), hint: str | None = None
    ) -> None:
        near = nearest(given, choices)
        said = f"did you mean {near}?" if near else hint
        super().__init__(f"no {what} '{given}'", said, what=what, given=given)


# ── 4: conflict ───────────────────────────────────────────────────────────────────────────────


class Conflict(DealflowError):
    """Somebody changed it first, or it exists already."""

    exit_code = 4


class AlreadyExists(Conflict):
    def __init__(self, what: str, name: str, hint: str | None = None) -> None:
        super().__init__(f"{what} '{name}' exists already", hint, what=what, name=name)


class ChangedSince(Conflict):
    """Somebody changed the record since it was looked at: what, from what to what, and when."""

    def __init__(
        self,
        what: str,
        versions: tuple[int, int],
        lines: Sequence[str],
        changes: Sequence[object],
        hint: str,
    ) -> None:
        then, now = versions
        said = f"{what} was changed since version {then}: it is at version {now} now"
        super().__init__(said, hint, version=now, changes=list(changes))
        self.details = tuple(f"  {line}" for line in lines)


# ── 5: refused by a rule or by the data ───────────────────────────────────────────────────────


class Refused(DealflowError):
    """A rule says no. Nothing was changed."""

    exit_code = 5


class RequirementsMissing(Refused):
    """A move whose target stage asks for something that is not there. Names every gap."""

    def __init__(self, deal: str, stage: str, gaps: Sequence[str], hint: str) -> None:
        told = "; ".join(gaps)
        super().__init__(f"{deal} cannot move to {stage}: {told}", hint, gaps=list(gaps))


class IllegalMove(Refused):
    """A move that the stage machine does not know: back with advance, forward with back …"""


class ClosedDeal(Refused):
    def __init__(self, deal: str, status: str, hint: str) -> None:
        super().__init__(f"{deal} is {status}", hint, status=status)


class NothingToUndo(Refused):
    def __init__(self, verb: str = "undo") -> None:
        super().__init__(f"there is nothing to {verb}", "dealflow history lists what was done")


class TooMuch(Refused):
    """A question that takes longer, or answers more, than it may."""


class BadRows(Refused):
    """An import with rows that cannot be taken in. `facts['rows']` lists line and reason."""


# ── 6, 7, 8, 9: the file ──────────────────────────────────────────────────────────────────────


class Busy(DealflowError):
    exit_code = 6

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"someone else is writing; gave up after {seconds:.0f} s and changed nothing",
            "try again in a moment",
        )


class InUse(Busy):
    """Something that can only be done while nobody else has the file open."""

    def __init__(self, path: str) -> None:
        DealflowError.__init__(
            self,
            f"others have {path} open; nothing was changed",
            "try again when their commands have ended",
        )


class AlreadyRunning(Busy):
    """Reminders are sent by one run at a time, so that none is sent twice."""

    def __init__(self) -> None:
        DealflowError.__init__(
            self,
            "another run is sending reminders; nothing was sent by this one",
            "try again when it has ended",
        )


class Unusable(DealflowError):
    """A file, or the output, that cannot be used: absent, no rights, full, replaced."""

    exit_code = 7


class InDoubt(Unusable):
    """A commit whose outcome nobody told: the change may be saved, or not."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"saving to {path} failed: the change may be saved, or not",
            "dealflow history shows it; with --key a change can be asked for again",
            path=path,
        )


class NoDatabase(Unusable):
    def __init__(self, path: str) -> None:
        super().__init__(f"there is no database at {path}", "dealflow init creates it", path=path)


class Damaged(DealflowError):
    """The file is not a database, not dealflow's, or its content is broken."""

    exit_code = 8


class OddSchema(Damaged):
    """The file has dealflow's marks, but not the tables, columns and indexes that go with them."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} is not built as dealflow builds it: tables, columns or indexes differ",
            "dealflow db check names what differs",
        )


class NotOurs(Damaged):
    """A sound database, but of another program."""


class SchemaVersion(DealflowError):
    """The file was written by a newer dealflow, or an older one and was not migrated yet."""

    exit_code = 9


#: exit codes that results, not errors, can ask for
CHECK_FOUND = 10
PARTLY_DONE = 11
INTERRUPTED = 130
READER_GONE = 141


class Interrupted(DealflowError):
    """Ctrl-C between the parts of something long: what was done stays done."""

    exit_code = INTERRUPTED
