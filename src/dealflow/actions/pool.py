"""Customers that nobody owns: claimed from the pool, released into it, recycled by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from dealflow.actions import Actor, Done, lookup
from dealflow.dates import day_of
from dealflow.errors import Refused, UsageError
from dealflow.model import Account, Activity, Rep
from dealflow.store import pool as store
from dealflow.text import tidy

_LIST = "dealflow pool list"
#: customers that are named one by one
_TOLD = 20


# ── the one rule of passing on ────────────────────────────────────────────────────────────────


def passing(by: Actor, row: Account, owner: Rep | None, locked: int | None) -> dict[str, Any]:
    """The columns that change with a customer's owner; from the pool as `claim`, into it as
    `release`, whatever command it is. Error: Refused.
    """
    if (owner.id if owner else None) == row.owner_id:
        return {}
    if owner is None:
        if locked:
            raise Refused(_is_locked(row), _unlock(row))
        return _into_pool(by, row)
    if row.owner_id is None:
        refusals = _Claims(by, owner).refusals(row)
        if refusals:
            hint = f'dealflow pool claim {row.id} --rep {owner.handle} --force --why "…"'
            raise Refused("; ".join(refusals), hint)
    return _out_of_pool(owner)


def _into_pool(by: Actor, row: Account) -> dict[str, Any]:
    return {"owner_id": None, "released_at": by.now, "last_owner_id": row.owner_id}


def _out_of_pool(owner: Rep) -> dict[str, Any]:
    return {"owner_id": owner.id, "released_at": None, "last_owner_id": None}


# ── claiming ──────────────────────────────────────────────────────────────────────────────────


def claim(by: Actor, ids: Sequence[int], rep: str, why: str | None) -> Done:
    """Make customers of the pool a rep's: all of them, or none. `why` overrides cap and waiting.

    Open deals stay with their owners. Error: Refused, naming everything that is against it.
    """
    owner = lookup.rep(by, rep)
    if not owner.active:
        raise Refused(f"{owner.name} is not in the team any more", "dealflow reps list")
    rows = [by.book.load(Account, one) for one in dict.fromkeys(ids)]
    claims = _Claims(by, owner)
    taken = [(row, told) for row in rows if (told := _is_somebodys(by, row, owner))]
    refused = [(row, told) for row in rows if row.owner_id is None for told in claims.refusals(row)]
    if taken or (refused and why is None):
        raise _refused(rows, [*taken, *refused], "claimed", _hint(taken, owner))
    said = [_claimed(by, row, owner) for row in rows]
    against = {row.id for row, _ in refused}
    for row in rows:
        by.book.change(row, **_out_of_pool(owner))
    for row in rows:
        if row.id in against and why is not None:
            _note(by, row, store.CLAIMED, why)
    return Done("account", tuple(row.id for row in rows), tuple(said))


def _is_somebodys(by: Actor, row: Account, owner: Rep) -> str:
    if row.owner_id is None:
        return ""
    whose = by.book.load(Rep, row.owner_id)
    already = " already" if whose.id == owner.id else ""
    return f"{row.name} is {whose.name}'s{already}"


def _hint(taken: Sequence[tuple[Account, str]], owner: Rep) -> str:
    if not taken:
        return '--force --why "…" overrides'
    others = [row for row, _ in taken if row.owner_id != owner.id]
    return f"dealflow accounts edit {others[0].id} --owner {owner.handle}" if others else _LIST


class _Claims:
    """What is against a rep's claims, one after the other: each counts for the next."""

    def __init__(self, by: Actor, owner: Rep) -> None:
        self.by, self.owner = by, owner
        self.days = int(by.db.setting("pool.reclaim-days"))
        self._has: Counter[str] | None = None

    @property
    def has(self) -> Counter[str]:
        if self._has is None:
            self._has = Counter(store.counted(self.by.book.conn, self.owner.id))
        return self._has

    def refusals(self, row: Account) -> list[str]:
        """What is against one more claim."""
        grade = row.grade or "-"
        told = [self._too_soon(row), self._full("pool.cap", None), self._full_of(grade)]
        self.has[grade] += 1
        return [one for one in told if one]

    def _full_of(self, grade: str) -> str:
        return self._full(f"pool.cap.{grade}", grade)

    def _full(self, setting: str, grade: str | None) -> str:
        cap = self.by.db.setting(setting)
        if not cap:
            return ""
        has = self.has.total() if grade is None else self.has[grade]
        if has < int(cap):
            return ""
        of = {None: "", "-": " of no grade"}.get(grade, f" of grade {grade}")
        return f"{self.owner.name} would have {has + 1} customers{of}: {setting} is {cap}"

    def _too_soon(self, row: Account) -> str:
        """Days of the business time zone: one that went on the 1st is free again N days later."""
        if not self.days or row.last_owner_id != self.owner.id or row.released_at is None:
            return ""
        free = self._day(row.released_at) + timedelta(days=self.days)
        if self._day(self.by.now) >= free:
            return ""
        since = self._day(row.released_at)
        return f"{row.name} was {self.owner.name}'s until {since}, and can be again from {free} on"

    def _day(self, instant: int) -> date:
        return day_of(instant, self.by.db.zone)


def _claimed(by: Actor, row: Account, owner: Rep) -> str:
    others = [(rep, n) for rep, n in _open_deals(by, row) if rep != owner.handle]
    return f"{row.name} is {owner.name}'s now{_stay(others)}"


# ── releasing ─────────────────────────────────────────────────────────────────────────────────


def release(by: Actor, ids: Sequence[int], why: str) -> Done:
    """Give customers back to the pool: all of them, or none. Open deals stay with their owners.

    Error: Refused for what is locked, or in the pool already.
    """
    tidy(why, "the why")
    rows = [by.book.load(Account, one) for one in dict.fromkeys(ids)]
    against = [(row, told) for row in rows if (told := _not_released(row))]
    if against:
        locked = next((row for row, _ in against if row.locked), None)
        hint = _unlock(locked) if locked else _LIST
        raise _refused(rows, against, "released", hint)
    said = [_released(by, row) for row in rows]
    for row in rows:
        by.book.change(row, **_into_pool(by, row))
    for row in rows:
        _note(by, row, store.RELEASED, why)
    return Done("account", tuple(row.id for row in rows), tuple(said))


def _not_released(row: Account) -> str:
    if row.owner_id is None:
        return f"{row.name} is in the pool already"
    return _is_locked(row) if row.locked else ""


def _is_locked(row: Account) -> str:
    return f"{row.name} is locked: it does not go to the pool"


def _unlock(row: Account) -> str:
    return f"dealflow accounts edit {row.id} --unlocked"


def _released(by: Actor, row: Account) -> str:
    assert row.owner_id is not None
    was = by.book.load(Rep, row.owner_id)
    return f"{row.name} is in the pool; it was {was.name}'s{_stay(_open_deals(by, row))}"


# ── recycling ─────────────────────────────────────────────────────────────────────────────────


def recycle(by: Actor, owner: int | None = None) -> Done:
    """Give back to the pool what nobody touched for as long as its grade allows, and say what is
    next. Nothing, where there is no rule or nothing to take. `owner`: only that rep's customers.
    """
    from dealflow.questions import recycling

    asked = recycling.asked(by.book.conn, by.db, by.now, by.me.id)
    found = recycling.found(asked, owner)
    for one in found.gone:
        row = by.book.load(Account, one.id)
        by.book.change(row, **_into_pool(by, row))
    said = recycling.told(asked, found)
    return Done("account", tuple(one.id for one in found.gone), said)


# ── what is said and kept ─────────────────────────────────────────────────────────────────────


def _note(by: Actor, row: Account, outcome: str, why: str) -> None:
    """Why, where whoever looks at the customer reads it."""
    kept = tidy(why, "the why")
    by.book.add(
        Activity(
            account_id=row.id,
            kind="note",
            channel=store.CHANNEL,
            outcome=outcome,
            note=kept,
            at=by.now,
            rep_id=by.me.id,
        )
    )


def _open_deals(by: Actor, row: Account) -> list[tuple[str, int]]:
    return store.open_deals(by.book.conn, row.id)


def _stay(deals: Iterable[tuple[str, int]]) -> str:
    """`; 2 open deals stay with li`."""
    told = [f"{n} open deal{'s' * (n != 1)} stay{'s' * (n == 1)} with {rep}" for rep, n in deals]
    return "".join(f"; {one}" for one in told)


def _refused(
    rows: Sequence[Account], against: Sequence[tuple[Account, str]], verb: str, hint: str
) -> Refused:
    """The one thing that is wrong; else how many customers are in the way, and each with why."""
    if len(against) == 1:
        return Refused(against[0][1], hint)
    refused = len({row.id for row, _ in against})
    of = f"{refused} of {len(rows)} customers" if len(rows) > 1 else rows[0].name
    error = Refused(f"{of} cannot be {verb}; nothing was changed", hint)
    left = len(against) - _TOLD
    more = (f"  and {left} more",) if left > 0 else ()
    error.details = (*(f"  {told}" for _, told in against[:_TOLD]), *more)
    return error


def force_why(force: bool, why: str | None) -> str | None:
    """The reason for overriding, where that is asked for. Error: UsageError without one."""
    if not force:
        if why is not None:
            raise UsageError("--why says why a rule is overridden", "add --force, or leave it out")
        return None
    if not (why or "").strip():
        raise UsageError("a forced claim says why", 'add --why "…"')
    return why
