"""What a change takes for granted: that nobody changed the record since it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dealflow.actions import Actor, Done
from dealflow.errors import ChangedSince, Conflict, UsageError
from dealflow.model import Account, CustomField, FollowUp, Opportunity, Rep, Row

if TYPE_CHECKING:
    from dealflow.store.versions import Edit

Action = Callable[..., Done]
Kept = Opportunity | FollowUp | Account
#: commands that are told of one record; the latest count
_MOST = 10


def only_if(version: int | None, kind: type[Row], ids: Sequence[int], action: Action) -> Action:
    """The action, which first sees that the one record it is about is still at `version`.

    Errors: UsageError for several records; when it is done, ChangedSince and Conflict.
    """
    if version is None:
        return action
    if len(ids) != 1:
        raise UsageError(f"--if-version is for one record at a time, and {len(ids)} are named")

    return if_still(version, lambda by: by.book.find(kind, id=ids[0]), action)


def if_still(version: int | None, find: Callable[[Actor], Row | None], action: Action) -> Action:
    """As `only_if`, of the record that `find` gives; none is for the action to say."""
    if version is None:
        return action

    def checked(by: Actor, *args: Any) -> Done:
        row = find(by)
        if row is not None and row.version != version:
            raise _outdated(by, row, version)
        return action(by, *args)

    return checked


def _named(row: Row) -> tuple[str, str]:
    """What a person calls the record, and the command that shows it."""
    match row:
        case Opportunity():
            return f"deal {row.id} {row.title}", f"dealflow show {row.id}"
        case FollowUp():
            return f"follow-up {row.id} {row.what}", f"dealflow show {row.opportunity_id}"
        case Account():
            return f"customer {row.name}", f"dealflow accounts show {row.id}"
        case Rep():
            return f"rep {row.handle}", "dealflow reps list"
        case CustomField():
            return f"field {row.key}", "dealflow fields list"
    noun = row.table
    return f"{noun} {row.id} {getattr(row, 'name', '')}".rstrip(), f"dealflow {noun}s list"


def _outdated(by: Actor, row: Row, version: int) -> Conflict:
    from dealflow.store.versions import last_edits

    what, show = _named(row)
    if row.version < version:
        return Conflict(f"{what} is at version {row.version}, and never was at {version}", show)
    done = last_edits(by.book.conn, row.table, row.id, row.version - version)
    told = _Telling(by, row)
    lines = [told.line(edit) for edit in done[-_MOST:]]
    left = len(done) - len(lines)
    return ChangedSince(
        what,
        (version, row.version),
        [f"{left} earlier changes", *lines] if left > 0 else lines,
        [change for edit in done for change in told.changes(edit)],
        f"{show}; to go on all the same: --if-version {row.version}",
    )


class _Telling:
    """What others did to a row, for a person and for a program."""

    def __init__(self, by: Actor, row: Row) -> None:
        from dealflow.store.labels import Labels

        self.zone = by.db.zone
        self.labels = Labels(by.book.conn, by.now)
        self.currency = row.currency if isinstance(row, Opportunity) else by.db.currency

    def line(self, edit: Edit) -> str:
        """`2026-07-01 10:05 wang: amount ¥100,000 → ¥120,000`."""
        told = ", ".join(_told(*field) for field in self._fields(edit))
        at = datetime.fromtimestamp(edit.at, self.zone)
        verb = "" if edit.verb == "edit" else f" ({edit.verb})"
        return f"{at:%Y-%m-%d %H:%M} {edit.actor}{verb}: {told}"

    def changes(self, edit: Edit) -> list[dict[str, Any]]:
        at = datetime.fromtimestamp(edit.at, self.zone).isoformat()
        who = {"command": edit.command, "at": at, "by": edit.actor}
        return [who | {"field": f, "from": old, "to": new} for f, old, new in self._fields(edit)]

    def _fields(self, edit: Edit) -> Iterator[tuple[str, str | None, str | None]]:
        from dealflow.questions.telling import edits

        yield from edits(edit.before, edit.after, self.currency, self.labels)
        if edit.products:
            yield "products", None, None


def _told(field: str, old: str | None, new: str | None) -> str:
    return f"{field} {old} → {new}" if old is not None else field
