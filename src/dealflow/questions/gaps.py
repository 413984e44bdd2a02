"""`dealflow gaps`: what is missing on deals, or was hardly recorded as it happened, rep by rep."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from dealflow.analytics.bursts import MANY, bursts
from dealflow.dates import Period, bounds, start_of
from dealflow.dates.reckoning import end_of_unit
from dealflow.errors import UnknownWord
from dealflow.filters import Filter
from dealflow.questions import Ask, lacking
from dealflow.questions.askedfor import Fact, facts_of, wanted
from dealflow.questions.lacking import OF_RECORDS, Blank, blanks
from dealflow.questions.shaping import money, worth_showing
from dealflow.questions.windows import chosen, plural, told
from dealflow.questions.worklists import DEAL, owned_by
from dealflow.requirements import (
    FACTS,
    Either,
    Role,
    explain,
    label_key,
    remedy,
)
from dealflow.results import INT, LIST, MACHINE, SENTENCE, SHARE, VALUE, Column, Report, Row
from dealflow.store import gaps as store
from dealflow.store.gaps import Asked, Head, asked_for
from dealflow.store.history import first_command
from dealflow.store.names import Names
from dealflow.store.overdue import handles
from dealflow.store.scope import scope

ASKS = "what is missing on deals, and what was hardly recorded as it happened"
DEFINITION = (
    "gaps: on open deals no customer, contact, amount or expected close, a close date gone by, "
    "and what their stage or one before it asks for and has not got; on their customers and "
    "contact persons fields that the team declared and nobody filled in; within the window deals "
    "won or lost without a contact logged, deals moved twice within a minute, and "
    f"{MANY} deals or more moved by one rep within an hour on a month's last day or working day"
)
#: the facts that every open deal should have
ALWAYS = ("account", "contact", "amount", "close", "close_past")
SILENT, TWICE, MONTH_END = "closed_in_silence", "moved_twice", "month_end"
_WORDS = {
    "account": "customer",
    "contact": "contact person",
    "close": "close date",
    "close_past": "close date is past",
}
KINDS = (*ALWAYS, "asked", *OF_RECORDS, SILENT, TWICE, MONTH_END)
_LONG = 40
"""So many deals stand in the command that lists them."""

COLUMNS = (
    *(c._replace(on=MACHINE) if c.name in {"stage_name", "amount", "grade"} else c for c in DEAL),
    Column("missing", "missing", SENTENCE),
    Column("kinds", "kinds", LIST, MACHINE, "account, contact, field:need, moved_twice …"),
    Column("command", "mend it with", VALUE, about="with what is to be filled in left open"),
)
BY_REP = (
    Column("owner", "rep"),
    Column("gaps", "gaps", INT, about="all that is counted to the right"),
    Column("open", "open deals", INT),
    Column("complete", "complete", SHARE, about="the share of them on which no fact is missing"),
    Column("account", "customer", INT, about="open deals without"),
    Column("contact", "contact", INT, about="open deals without a contact person"),
    Column("amount", "amount", INT, about="open deals without"),
    Column("close", "close date", INT, about="open deals without"),
    Column("close_past", "close past", INT, about="open deals whose close date is past"),
    Column("asked", "asked for", INT, about="facts and fields that stages ask for, missing"),
    Column(
        "account_fields",
        "of customers",
        INT,
        about="their empty fields; none: no field is declared",
    ),
    Column("contact_fields", "of people", INT, about="the same of contact persons"),
    Column(SILENT, "silent", INT, about="won or lost without a contact logged"),
    Column(TWICE, "twice", INT, about="moved twice within a minute"),
    Column(MONTH_END, "month's end", INT, about="bursts of moves on a month's last day"),
)


def gaps(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period,
    for_: str | None = None,
    only: Sequence[str] = (),
    limit: int | None = None,
    by: str | None = None,
) -> Report:
    """Each gap with the command that mends it; or, `by` rep, how many there are of each kind.

    `period` is the window of what was done; what is missing is missing now. `for_` is the owner's
    handle, or `me`; `only` are KINDS. Errors: UsageErrors of the filter, UnknownWord, NotFound,
    UnknownActor.
    """
    if by not in {None, "rep"}:
        raise UnknownWord("dimension", str(by), ("rep",))
    for kind in only:
        if kind not in KINDS:
            raise UnknownWord("kind of gap", kind, KINDS)
    search = _Search(ask, chosen(ask, [*words, *owned_by(for_)]), period, only)
    return search.by_rep() if by else search.lines(limit)


class _Search:
    """The gaps of the deals in scope."""

    def __init__(self, ask: Ask, told_: Filter, period: Period, only: Sequence[str]) -> None:
        self.ask, self.filter, self.period = ask, told_, period
        self.only = frozenset(only or KINDS)
        self.about = scope(ask, told_, *store.READS)
        self.today = ask.today.isoformat()
        pipelines = Names(ask.conn, ask.now, ask.me).pipelines
        self.stages = {stage.id: stage for spec in pipelines for stage in spec.stages}
        self.asked = [asked_for(name, None) for name in ALWAYS if name in self.only]
        self.wanted = wanted(pipelines, ALWAYS) if "asked" in self.only else {}
        self.asked += [self._asked(name, *self.wanted[name]) for name in sorted(self.wanted)]
        self.reps = handles(self.about)
        start, end = bounds(period, ask.zone)
        self.window = (start or 0, ask.now + 1 if end is None else min(end, ask.now + 1))

    def _asked(self, name: str, req: Fact | Either, stages: set[int]) -> Asked:
        """The test that it is missing, of the deals that are in these stages."""
        there = sorted(stages)
        if not isinstance(req, Either):
            return self._one(req, there)._replace(name=name)
        options = [
            [self._one(part, None) for part in facts_of(one) if not isinstance(part, Either)]
            for one in req.options
        ]
        return store.none_of(options, there)._replace(name=name)

    def _one(self, req: Fact, stages: Sequence[int] | None) -> Asked:
        if isinstance(req, Role):
            return store.role_asked_for(self.about, label_key(req.role), stages)
        return asked_for(req.what, stages)

    # ── line by line ─────────────────────────────────────────────────────────────────────────

    def lines(self, limit: int | None) -> Report:
        counts = self._counts()
        found = store.missing(self.about, self.asked, self.today, limit) if self.asked else []
        facts = [
            self._row(head, ", ".join(map(self._told, lacks)), lacks, self._mend(head.id, lacks))
            for head, lacks in found
        ]
        done = [*self._of_records(), *self._month_ends(), *self._twice(), *self._silent()]
        rows: list[Row] = [*facts, *done][:limit]
        total = sum(count[1] for count in self._facts.values()) + len(done)
        return self._report(COLUMNS, rows, total, self._notes(counts, len(rows), total))

    def _row(self, head: Head, what: str, kinds: tuple[str, ...], command: str) -> Row:
        stage = self.stages[head.stage_id]
        return (
            head.id,
            head.title,
            head.account,
            stage.key,
            stage.name,
            self.reps[head.owner_id],
            money(head.amount, head.currency),
            head.currency,
            head.grade,
            what,
            kinds,
            command,
        )

    def _told(self, name: str) -> str:
        req, _ = self.wanted.get(name, (None, ()))
        return explain(req) if isinstance(req, Role | Either) else _told(name)

    def _mend(self, deal: int, lacks: Sequence[str]) -> str:
        """The one command that fills everything in, and one for each that needs its own."""
        meant = {name: self.wanted[name][0] for name in lacks if name in self.wanted}
        own = [req for req in meant.values() if isinstance(req, Role | Either)]
        plain = [name for name in lacks if not isinstance(meant.get(name), Role | Either)]
        edit = [_mend(deal, plain)] * bool(plain)
        return "; ".join(dict.fromkeys([*edit, *(remedy(req, deal) for req in own)]))

    def _of_records(self) -> Iterator[Row]:
        for one in self._blanks:
            rep = self.reps[one.of.owner_id]
            where = (None, None, one.of.account, None, None, rep, None, None, None)
            yield (*where, one.what, one.names, one.command)

    def _silent(self) -> Iterator[Row]:
        heads = store.heads(self.about, [deal for deal, _, _ in self._closed])
        for head, (_, status, _) in zip(heads, self._closed, strict=True):
            command = f'dealflow log {head.id} call "…" --at DATE'
            yield self._row(head, f"{status} without a contact logged", (SILENT,), command)

    def _twice(self) -> Iterator[Row]:
        heads = store.heads(self.about, [deal for deal, _, _ in self._hurried])
        for head, (_, at, seconds) in zip(heads, self._hurried, strict=True):
            what = f"moved twice within {seconds} s on {self._day(at)}"
            yield self._row(head, what, (TWICE,), f"dealflow history {head.id}")

    def _month_ends(self) -> Iterator[Row]:
        for rep, start, end, deals in self._bursts:
            first, last = (datetime.fromtimestamp(at, self.ask.zone) for at in (start, end))
            what = (
                f"{len(deals)} deals moved at a month's end:"
                f" {first:%Y-%m-%d}, {first:%H:%M} to {last:%H:%M}"
            )
            listed = ",".join(map(str, deals))
            command = f"dealflow list id:{listed}"
            if len(deals) > _LONG:
                command = f"dealflow history --by {rep} --limit 0"
            yield (*(None,) * 5, rep, *(None,) * 3, what, (MONTH_END,), command)

    @cached_property
    def _blanks(self) -> list[Blank]:
        asked = {kind: names for kind, names in self._fields.items() if kind in self.only}
        return [one for kind, names in asked.items() for one in blanks(self.about, kind, names)]

    @cached_property
    def _fields(self) -> dict[str, dict[str, str]]:
        return lacking.asked(self.about, self.ask.now)

    # ── what was done ────────────────────────────────────────────────────────────────────────

    @cached_property
    def _closed(self) -> list[tuple[int, str, int]]:
        return store.closed_in_silence(self.about, *self.window) if SILENT in self.only else []

    @cached_property
    def _hurried(self) -> list[tuple[int, int, int]]:
        return store.moved_twice(self.about, *self.window) if TWICE in self.only else []

    @cached_property
    def _bursts(self) -> list[tuple[str, int, int, tuple[int, ...]]]:
        """Who moved many deals at once on a month's last days: from when, to when, which."""
        if MONTH_END not in self.only:
            return []
        moves: dict[tuple[str, date], list[tuple[int, int]]] = defaultdict(list)
        for actor, at, deal in store.moves_typed(self.about, list(self._last_days())):
            moves[actor, self._day(at)].append((at, deal))
        return [(actor, *burst) for (actor, _), made in moves.items() for burst in bursts(made)]

    def _last_days(self) -> Iterator[tuple[int, int]]:
        """The last day and the last working day of each month in the window, as instants."""
        start, end = self.window
        month = end_of_unit(self._day(start) if start else self._day(self._first()), "month")
        while start_of(month.replace(day=1), self.ask.zone) < end:
            worked = month
            while not self.ask.calendar(worked) and worked.day > 1:
                worked -= timedelta(days=1)
            for day in sorted({month, worked}):
                bounds_ = start_of(day, self.ask.zone), start_of(day + timedelta(1), self.ask.zone)
                yield max(bounds_[0], start), min(bounds_[1], end)
            month = end_of_unit(month + timedelta(days=1), "month")

    def _first(self) -> int:
        return first_command(self.ask.conn) or self.ask.now

    def _day(self, at: int) -> date:
        return datetime.fromtimestamp(at, self.ask.zone).date()

    # ── counted ──────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _facts(self) -> dict[int, tuple[int, ...]]:
        if not self.asked:
            return {}
        return store.missing_by_owner(self.about, self.asked, self.today)

    def _counts(self) -> dict[str, Counter[str]]:
        """By rep: how many gaps of each of KINDS, `open` deals, and `lacking` ones."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for owner, (number, some, *each) in self._facts.items():
            mine = counts[self.reps[owner]]
            mine.update(open=number, lacking=some)
            for one, count in zip(self.asked, each, strict=True):
                mine[one.name if one.name in ALWAYS else "asked"] += count
        for blank in self._blanks:
            counts[self.reps[blank.of.owner_id]][blank.kind] += len(blank.of.fields)
        for kind, found in ((SILENT, self._closed), (TWICE, self._hurried)):
            for head in store.heads(self.about, [row[0] for row in found]):
                counts[self.reps[head.owner_id]][kind] += 1
        for actor, *_ in self._bursts:
            counts[actor][MONTH_END] += 1
        return counts

    def by_rep(self) -> Report:
        counts = self._counts()
        each = {rep: sum(mine[kind] for kind in KINDS) for rep, mine in counts.items()}
        absent = OF_RECORDS.keys() - self._fields.keys()
        rows: list[Row] = [
            (
                rep,
                each[rep],
                counts[rep]["open"],
                _complete(counts[rep]),
                *(None if kind in absent else counts[rep][kind] for kind in KINDS),
            )
            for rep in sorted(each, key=lambda rep: (-each[rep], rep))
        ]
        return self._report(BY_REP, rows, sum(each.values()), ())

    def _notes(self, counts: dict[str, Counter[str]], here: int, total: int) -> tuple[str, ...]:
        each = {rep: sum(mine[kind] for kind in KINDS) for rep, mine in counts.items()}
        ordered = sorted(((n, rep) for rep, n in each.items() if n), key=lambda x: (-x[0], x[1]))
        if not ordered:
            return ()
        shares = ", ".join(f"{rep} {number:,}" for number, rep in ordered[:8])
        more = f" and {plural(len(ordered) - 8, 'other')}" if len(ordered) > 8 else ""
        cut = (f"{here:,} of {total:,} shown; --limit 0 for all",) if here < total else ()
        return (f"{plural(sum(each.values()), 'gap')}; by rep: {shares}{more}", *cut)

    def _report(
        self, columns: tuple[Column, ...], rows: list[Row], number: int, notes: tuple[str, ...]
    ) -> Report:
        return Report(
            name="gaps",
            title="What is missing",
            as_of=self.ask.now,
            definition=DEFINITION,
            parameters={
                "window": told(self.ask, self.period),
                "filter": self.filter.text,
                "n": number,
            },
            columns=worth_showing(columns, rows, "account", *OF_RECORDS) if rows else columns,
            rows=rows,
            notes=notes,
            empty="nothing is missing",
        )


def _complete(mine: Counter[str]) -> float | None:
    return 1 - mine["lacking"] / mine["open"] if mine["open"] else None


def _told(name: str) -> str:
    return _WORDS.get(name, name.removeprefix("field:"))


def _mend(deal: int, lacks: Sequence[str]) -> str:
    """The one command that fills everything in."""
    options = dict.fromkeys(
        f"--set {name.removeprefix('field:')}=…"
        if name.startswith("field:")
        else FACTS[name.removesuffix("_past")][1]
        for name in lacks
    )
    return f"dealflow edit {deal} {' '.join(options)}"
