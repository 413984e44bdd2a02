"""`dealflow next`: one ordered list of what to do, and why each line is on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from heapq import nsmallest

from dealflow.analytics import worklist
from dealflow.analytics.worklist import PARTS, WEIGHTS, Case
from dealflow.dates import start_of
from dealflow.followups import next_due
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.amounts import worth
from dealflow.questions.holidays import basis
from dealflow.questions.reasons import Known, told, what_to_do
from dealflow.questions.shaping import due, worth_showing
from dealflow.questions.windows import chosen, plural
from dealflow.questions.worklists import DEAL, Listing, cadences, limits, recent_enough
from dealflow.results import (
    BOTH,
    DUE,
    ID,
    INT,
    MACHINE,
    NUMBER,
    SENTENCE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import upcoming
from dealflow.store import worklists as store
from dealflow.store.scope import scope
from dealflow.store.upcoming import Candidate
from dealflow.store.worklists import Facts, Step

ASKS = "what to do next, and why"
DEFINITION = (
    "next: open deals with a follow-up that is late or due today, with nothing planned, quiet, "
    "stuck, or with their expected close past or near; by score, the sum of weight × part: "
    + ", ".join(PARTS)
    + " (the weights are settings; --explain shows them and what each line has)"
)
_QUIET = frozenset({"stage_name", "amount", "grade"})
_BEFORE = tuple(c._replace(on=MACHINE) if c.name in _QUIET else c for c in DEAL)
COLUMNS = (
    *_BEFORE,
    Column("follow_up", "plan", ID, about="the follow-up that is late or due today"),
    Column("due", "due", DUE, MACHINE),
    Column("snoozed", "snoozed", INT, MACHINE, "how often it was put off"),
    Column("channel", "channel", TEXT, MACHINE, "how the follow-up is to be done"),
    Column("what", "do", about="the follow-up, or what the strongest reason asks for"),
    Column("why", "why", SENTENCE),
    Column("score", "score", NUMBER, MACHINE, "the sum of the points below"),
    *(Column(f"{name}_points", name, NUMBER, MACHINE, about) for name, about in PARTS.items()),
)
_FIRST = ("id", "title", "account", "owner", "follow_up", "what", "why")
#: with --explain: points in place of words
_EXPLAINED = frozenset({"id", "title", "score", *(f"{name}_points" for name in PARTS)})
_FORMULA = (
    Column("part", "part"),
    Column("weight", "weight", NUMBER, about="the setting next.PART"),
    Column("about", "counts", about="at most 3"),
)


class Judged(NamedTuple):
    """A deal with what is known of it and the points that it gets."""

    deal: Candidate
    case: Case
    points: Mapping[str, float]
    score: float


def worklist_of(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    for_: str | None = None,
    limit: int | None = None,
    everybody: bool = False,
    explain: bool = False,
) -> Report:
    """What to do next, the highest score first. `for_` is a rep's handle or `me`.

    Without one: what is the asking rep's, unless `everybody` or the filter names owners or teams.
    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    listing = Listing(ask, words)
    rep, whose = _whose(ask, words, for_, everybody)
    judge = _Judge(ask, listing, rep)
    found = judge.all()
    best = nsmallest(len(found) if limit is None else limit, found, key=_order)
    rows = _rows(listing, judge, best)
    report = Report(
        name="next",
        title="What to do next",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={"filter": listing.filter, "n": len(found)},
        columns=_columns(rows),
        rows=rows,
        notes=_notes(judge, len(found), len(rows), whose),
        empty="nothing wants doing",
    )
    return _explained(report, judge.weights) if explain else report


class First(NamedTuple):
    """A deal near the top of its owner's list."""

    deal: int
    title: str
    account: str | None
    owner: str
    follow_up: int | None
    what: str
    why: str


def first_of_each(ask: Ask, words: Sequence[str], each: int) -> list[First]:
    """The first deals of every owner's list, owner by owner. Errors: as `worklist_of`."""
    listing = Listing(ask, words)
    judge = _Judge(ask, listing, None)
    taken: Counter[int] = Counter()
    best = []
    for one in sorted(judge.all(), key=_order):
        taken[one.deal.owner_id] += 1
        if taken[one.deal.owner_id] <= each:
            best.append(one)
    at = [[column.name for column in COLUMNS].index(name) for name in _FIRST]
    rows = _rows(listing, judge, best)
    found = [First(*(row[place] for place in at)) for row in rows]
    return sorted(found, key=lambda one: one.owner)


def _order(one: Judged) -> tuple[float, int]:
    return -one.score, one.deal.id


def _whose(
    ask: Ask, words: Sequence[str], for_: str | None, everybody: bool
) -> tuple[int | None, str]:
    """The rep whose list it is, None for everybody's, and a word on it."""
    from dealflow.store.names import Names

    names = Names(ask.conn, ask.now, ask.me)
    if for_:
        return (names.actor() if for_ == "me" else names.values("owner", for_)[0]), ""
    filter_ = chosen(ask, words)
    if everybody or ask.me is None or filter_.uses("owner") or filter_.uses("team"):
        return None, ""
    return ask.me, "yours; --for NAME for somebody else's, --all for everybody's"


class _Judge:
    """What every open deal of the scope comes to."""

    def __init__(self, ask: Ask, listing: Listing, rep: int | None) -> None:
        self.ask, self.listing, self.rep = ask, listing, rep
        self.weights = {name: float(ask.setting(f"next.{name}")) for name in WEIGHTS}
        self.limits = limits(ask, listing.stages.values())
        self.tonight = start_of(ask.today + timedelta(days=1), ask.zone)
        self._recent = recent_enough(ask)
        self._cadences = cadences(ask)
        self._median, self._worth = _median(ask)
        self._allowed = cache(self._allowed_days)
        self._workdays = cache(lambda day: ask.calendar.between(day, ask.today))
        self.oldest = ask.today

    def all(self) -> list[Judged]:
        """Those that have a reason to be on the list."""
        judged = map(self._judged, upcoming.candidates(self.listing.about, self.rep, self.tonight))
        return [one for one in judged if worklist.is_reason(one.points)]

    def _judged(self, deal: Candidate) -> Judged:
        case = self._case(deal)
        points = worklist.points(case, self.weights)
        return Judged(deal, case, points, worklist.score(points))

    def _case(self, deal: Candidate) -> Case:
        mine = self.rep is None or deal.owner_id == self.rep
        now, late = self.ask.now, deal.late_at
        amount = None
        if deal.amount is not None and self._median and deal.currency in self._worth:
            amount = deal.amount * self._worth[deal.currency] / self._median
        return Case(
            late=None if late is None or late > now else self._late(late),
            today=late is not None and now < late <= self.tonight,
            unplanned=mine and late is None,
            quiet=self._quiet(deal) if mine else None,
            stuck=self._stuck(deal) if mine else None,
            close=(date.fromisoformat(deal.close) - self.ask.today).days
            if mine and deal.close
            else None,
            grade=deal.grade,
            amount=amount,
        )

    def _late(self, late_at: int) -> int:
        """Working days; a day is over, or an instant past, right before it is late."""
        day = self.listing.day(late_at - 1)
        self.oldest = min(self.oldest, day)
        return self._workdays(day)

    def _quiet(self, deal: Candidate) -> float | None:
        grade = deal.grade or "-"
        if deal.touched >= self._recent[grade]:
            return None
        day = self.listing.day(deal.touched)
        return (self.ask.today - day).days / self._allowed(grade, day)

    def _allowed_days(self, grade: str, day: date) -> int:
        return (next_due(day, self._cadences[grade], self.ask.calendar) - day).days

    def _stuck(self, deal: Candidate) -> float | None:
        limit = self.limits.get(deal.stage_id)
        return (self.ask.now - deal.stage_since) / limit.seconds if limit else None


def _median(ask: Ask) -> tuple[float, dict[str, float]]:
    """The median amount of all open deals, and what each currency is worth in its unit."""
    about = scope(ask, chosen(ask, ()), "amount", "currency", "status")
    # Where deals are wound back for it, they are so once.
    everything = upcoming.each_amount(about) if about.past else []
    counts = dict(Counter(code for code, _ in everything) or upcoming.amounts(about))
    value = worth(ask, counts)
    if len(counts) == 1:
        (number,) = counts.values()
        places = tuple(dict.fromkeys([(number - 1) // 2, number // 2]))
        amounts = sorted(amount for _, amount in everything)
        middle = [amounts[place] for place in places] if amounts else upcoming.middle(about, places)
        found = [float(amount) for amount in middle]
    else:
        everything = everything or upcoming.each_amount(about)
        ordered = sorted(amount * value[code] for code, amount in everything if code in value)
        found = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
    return (sum(found) / len(found) if found else 0.0), value


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


def _rows(listing: Listing, judge: _Judge, best: Sequence[Judged]) -> list[Row]:
    ids = [one.deal.id for one in best]
    facts = listing.facts(ids)
    mine = [one.deal.id for one in best if judge.rep in {None, one.deal.owner_id}]
    others = [deal for deal in ids if deal not in set(mine)]
    steps = store.first_steps(listing.about, mine)
    steps |= store.first_steps(listing.about, others, judge.rep) if others else {}
    return [
        _row(listing, judge, one, fact, steps.get(fact.id))
        for one, fact in zip(best, facts, strict=True)
    ]


def _row(listing: Listing, judge: _Judge, one: Judged, fact: Facts, step: Step | None) -> Row:
    pressing = one.case.late is not None or one.case.today
    step = step if pressing else None
    known = Known(
        ask=listing.ask,
        fact=fact,
        step=step,
        other=listing.reps[step.rep_id] if step and step.rep_id != fact.owner_id else None,
        limit=judge.limits.get(fact.stage_id),
        touched=listing.day(fact.touched),
    )
    return (
        *listing.deal(fact),
        step and step.id,
        step and due(step.due_day, step.due_at),
        step and step.snoozed,
        step and step.channel,
        what_to_do(known, one.points),
        told(known, one.case, one.points),
        one.score,
        *one.points.values(),
    )


def _columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """The owner is shown where there are several."""
    shown = worth_showing(COLUMNS, rows, "account", "follow_up")
    at = next(place for place, column in enumerate(shown) if column.name == "owner")
    if len({row[at] for row in rows}) > 1:
        return shown
    return tuple(c._replace(on=MACHINE) if c.name == "owner" else c for c in shown)


def _notes(judge: _Judge, number: int, here: int, whose: str) -> tuple[str, ...]:
    lines = [f"{here:,} of {number:,} shown; --limit 0 for all"] * (here < number)
    lines += [plural(number, "deal") + " with something to do"] * (here == number > 0)
    lines += [whose] * bool(whose)
    lines += [basis(judge.ask.calendar, judge.oldest, judge.ask.today)] * bool(number)
    return tuple(lines)


def _explained(report: Report, weights: Mapping[str, float]) -> Report:
    """The report with points in place of words, and the formula below."""
    from dataclasses import replace

    columns = tuple(
        c._replace(on=BOTH if c.name in _EXPLAINED else MACHINE) for c in report.columns
    )
    formula = Table(
        name="formula",
        columns=_FORMULA,
        rows=[(name, weights[name], about) for name, about in PARTS.items()],
    )
    return replace(report, columns=columns, sections=(formula,))
