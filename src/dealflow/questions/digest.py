"""What each rep is reminded of on a day: what is late, what is due, and what in their team."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dealflow.model import Rep
from dealflow.money import shown
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.agenda import COLUMNS, planned
from dealflow.questions.telling import days
from dealflow.store import participants
from dealflow.typed import quoted

#: roles in a deal whose holder is told what stays late on it, as they are compared
MANAGER_ROLES = ("manager", "经理", "主管")
_NAMES = [column.name for column in COLUMNS]


class Ladder(NamedTuple):
    """After how many calendar days late somebody is told more urgently; 0: never."""

    rep: int
    """The rep: it stands out in their own digest."""
    manager: int
    """The manager of the team too."""
    reassign: int
    """It is proposed to hand the deal over."""


class Item(NamedTuple):
    """One follow-up, as a digest tells it."""

    follow_up: int
    when: str
    days_late: int
    late: bool
    what: str
    goal: str | None
    deal: int
    title: str
    account: str | None
    amount: str | None
    grade: str | None
    rep: str
    """For whom it is planned."""
    owner: str
    """Whose deal it is."""


class Leaving(NamedTuple):
    """A customer that goes to the pool soon, unless somebody does something with it."""

    customer: int
    name: str
    grade: str | None
    until: str
    """Its last day, ISO; one that is over says that the next recycle takes it."""
    days_untouched: int


class Digest(NamedTuple):
    """What one rep is told. The days are business days of `day`, ISO."""

    rep: Rep
    day: str
    late: tuple[Item, ...]
    due: tuple[Item, ...]
    team: tuple[Item, ...]
    """Of others, in the team or on the deals that the rep manages: late for as long as it says."""
    pool: tuple[Leaving, ...] = ()
    """Customers of the rep that go to the pool soon."""

    @property
    def items(self) -> int:
        return len(self.late) + len(self.due) + len(self.team) + len(self.pool)


def digests(
    ask: Ask, reps: Sequence[Rep], *, words: Sequence[str] = (), ahead: int = 0
) -> list[Digest]:
    """The digest of each of `reps` (all there are, retired ones too) for whom there is something.

    `words` is a filter of deals and follow-ups; `ahead` the days after today that are looked at.
    """
    items = [_item(ask, dict(zip(_NAMES, row, strict=True))) for row in planned(ask, words, ahead)]
    mine: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        mine[item.rep].append(item)
    managed = _managed(ask, reps, items)
    leaving = {} if words else _leaving(ask)
    found = [
        Digest(
            rep=rep,
            day=ask.today.isoformat(),
            late=tuple(one for one in mine[rep.handle] if one.late),
            due=tuple(one for one in mine[rep.handle] if not one.late),
            team=tuple(managed.get(rep.handle, ())),
            pool=tuple(leaving.get(rep.id, ())),
        )
        for rep in reps
        if rep.active
    ]
    return [digest for digest in found if digest.items]


def _leaving(ask: Ask) -> Mapping[int, list[Leaving]]:
    """By owner; those first whose last day comes first."""
    from dealflow.questions import recycling

    all_ = recycling.found(ask)
    told: dict[int, list[Leaving]] = defaultdict(list)
    for one in (*all_.gone, *all_.soon):
        until, untouched = one.until.isoformat(), (ask.today - one.touched).days
        customer = Leaving(one.id, one.held.name, one.held.grade, until, untouched)
        told[one.held.owner_id].append(customer)
    return told


def ladder(ask: Ask) -> Ladder:
    return Ladder(*(int(ask.setting(f"escalate.{step}")) for step in Ladder._fields))


def _managed(ask: Ask, reps: Iterable[Rep], items: Iterable[Item]) -> Mapping[str, list[Item]]:
    """By the handle of a manager, what is late enough in their team.

    Where no manager is set for a rep, those who take part in the deal as its manager.
    """
    after = ladder(ask).manager
    found: dict[str, list[Item]] = defaultdict(list)
    managers = {rep.handle: _manager(ask, rep) for rep in reps}
    late = [item for item in items if after and item.late and item.days_late >= after]
    unmanaged = {item.deal for item in late if not managers.get(item.rep)}
    of_deal = participants.in_roles(ask.conn, sorted(unmanaged), MANAGER_ROLES)
    for item in late:
        told = managers.get(item.rep)
        for manager in [told] if told else of_deal.get(item.deal, ()):
            if manager != item.rep:
                found[manager].append(item)
    return found


def _manager(ask: Ask, rep: Rep) -> str:
    """The handle of whoever is told beside the rep; '' where nobody is set."""
    of_team = ask.setting(f"manager.{rep.team}") if rep.team else ""
    return of_team or ask.setting("manager")


def _item(ask: Ask, row: Mapping[str, Any]) -> Item:
    due = row["due"]
    late = due < (ask.now if isinstance(due, int) else ask.today)
    amount = row["amount"]
    return Item(
        follow_up=row["id"],
        when=row["when"],
        days_late=row["days_late"],
        late=late,
        what=row["what"],
        goal=row["goal"],
        deal=row["deal"],
        title=row["title"],
        account=row["account"],
        amount=shown(amount) if amount else None,
        grade=row["grade"],
        rep=row["for"],
        owner=row["owner"],
    )


# ── as lines ──────────────────────────────────────────────────────────────────────────────────


def subject(digest: Digest) -> str:
    """`3 late, 2 due, 1 late in your team · 2026-07-01`."""
    kinds = (
        (len(digest.late), "late"),
        (len(digest.due), "due"),
        (len(digest.team), "late in your team"),
        (len(digest.pool), "going to the pool"),
    )
    return ", ".join(f"{n} {kind}" for n, kind in kinds if n) + f" · {digest.day}"


def lines(digest: Digest, steps: Ladder) -> list[str]:
    """The digest as a person reads it: a heading for each kind, a line for each follow-up."""
    told: list[str] = []
    for heading, items in (("Late", digest.late), ("Due", digest.due)):
        if items:
            told += [heading, *(_line(item, steps) for item in items), ""]
    if digest.team:
        heading = f"Late in your team, {days(steps.manager)} or more"
        told += [heading, *(_line_for_manager(item, steps) for item in digest.team), ""]
    if digest.pool:
        told += ["Going to the pool", *map(_line_of_pool, digest.pool), ""]
    return [*told, "done: dealflow done N · later: dealflow snooze N +2d"]


def _line(item: Item, steps: Ladder) -> str:
    urgent = steps.rep and item.late and item.days_late >= steps.rep
    return f"{'!' if urgent else '-'} {_told(item)}"


def _line_for_manager(item: Item, steps: Ladder) -> str:
    line = f"- {item.rep}: {_told(item)}"
    if steps.reassign and item.days_late >= steps.reassign:
        give = f"dealflow hand-over --from {quoted(item.owner)} --to REP id:{item.deal}"
        line += f" — hand it over? {give}"
    return line


def _line_of_pool(one: Leaving) -> str:
    grade = f" · grade {one.grade}" if one.grade else ""
    untouched = f"untouched for {days(one.days_untouched)}"
    return f"- {one.name}{grade} · {untouched} · last day {one.until}"


def _told(item: Item) -> str:
    goal = f" (to {item.goal})" if item.goal else ""
    facts = [
        f"{item.follow_up}: {item.when}",
        f"{item.what}{goal}",
        f"deal {item.deal} {item.title}",
        item.account,
        item.amount,
        f"grade {item.grade}" if item.grade else None,
    ]
    return " · ".join(fact for fact in facts if fact)
