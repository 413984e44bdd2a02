"""`dealflow coach`: a page for a team meeting: each rep beside the others, and deals to look at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from dealflow.analytics.coaching import Compared, Days, Share, compare
from dealflow.analytics.intervals import wilson
from dealflow.analytics.quantiles import median
from dealflow.dates import Period
from dealflow.errors import NotFound
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.factors import compare as compare_factors
from dealflow.questions.factors import points, sentence
from dealflow.questions.looking import LOOK_AT, look_at
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import (
    INT,
    MACHINE,
    NUMBER,
    RATE,
    SCREEN,
    SENTENCE,
    SHARE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import effort as doing
from dealflow.store.coaching import PROMPT_DAYS, READS, Count, Reading, Window
from dealflow.store.names import Names
from dealflow.store.overdue import handles
from dealflow.store.scope import scope
from dealflow.store.ways import Window as Landmark

ASKS = "how each rep's deals went beside the others', and which deals to talk about"
DEFINITION = (
    "in the window: close rate = won / (won + lost), by the owner at the close; went on = stays "
    "that ended further on, of these and those lost there; kept = plans done on time / (due - "
    f"given up); prompt = deals contacted within {PROMPT_DAYS} days of their creation; planned = "
    "open deals with a next step; a difference is named where Fisher's exact test (of days: the "
    "rank-sum test) survives Benjamini-Hochberg at 5 % over everything compared: others may be "
    "chance"
)
COLUMNS = (
    Column("rep", "rep"),
    Column("won", "won", INT),
    Column("lost", "lost", INT),
    Column("close_rate", "close rate", RATE, about="won / (won + lost)"),
    Column("days_to_win", "days to win", NUMBER, about="median, whole days from creation"),
    Column("went_on", "went on", RATE, about="of the stays that ended further on or lost"),
    Column("contacts", "contacts", INT, about="logged in the window"),
    Column("kept", "plans kept", RATE, about="on time / (due - given up)"),
    Column("prompt", "prompt", RATE, about=f"contacted within {PROMPT_DAYS} days"),
    Column("open", "open", INT, about="deals, now"),
    Column("planned", "planned", RATE, about="open deals with a next step"),
)
PANELS = (
    ("rep", "won", "lost", "close_rate", "days_to_win", "went_on"),
    ("rep", "contacts", "kept", "prompt", "open", "planned"),
)
DIFFERENCES = (
    Column("rep", "rep"),
    Column("measure", "what"),
    Column("theirs", "theirs", TEXT, SCREEN),
    Column("the_others", "the others", TEXT, SCREEN),
    Column("apart", "difference", TEXT, SCREEN, "in points of a hundred, with its interval"),
    Column("rate", "rate", RATE, MACHINE),
    Column("others", "others", RATE, MACHINE),
    Column("difference", "difference", SHARE, MACHINE, "rate less others: -1 to 1"),
    Column("difference_low", "low", SHARE, MACHINE, "Newcombe's 95 % interval"),
    Column("difference_high", "high", SHARE, MACHINE),
    Column("days", "days", NUMBER, MACHINE, "median"),
    Column("others_days", "others' days", NUMBER, MACHINE),
    Column("adjusted_p", "p", NUMBER, MACHINE, "adjusted for everything compared on the page"),
    Column("mark", "", about="what chance does not explain, or too few to tell"),
)
FACTORS = (Column("told", "what", SENTENCE),)
_LANDMARK_DAYS = 14
_MOST_FACTORS = 5
_EACH, _ONE = 3, 10
"""Deals to look at: of each rep, and where the page is about one."""

_T = TypeVar("_T")

_CLOSE, _CYCLE, _KEPT, _PROMPT, _PLANNED = (
    *("close rate", "days to win", "plans kept"),
    *("prompt first contact", "next step planned"),
)


def coach(ask: Ask, words: Sequence[str] = (), *, period: Period, rep: str | None = None) -> Report:
    """The page of the team, or of one rep (a handle, a name, or `me`) beside the others.

    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    filter_ = chosen(ask, words)
    figures = _Figures(ask, words, period)
    who = None if rep is None else _rep(ask, figures, rep)
    compared = figures.compared()
    shown = [one for one in figures.reps if who in {None, one}]
    number = sum(one.p is not None for one in compared)
    return Report(
        name="coach",
        title="For the team meeting" if who is None else f"For a talk with {who}",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "rep": who,
            "window": told(ask, period),
            "filter": filter_.text,
            "n": figures.total(figures.closed).trials,
        },
        columns=COLUMNS,
        panels=PANELS,
        rows=[figures.row(one) for one in shown],
        total=figures.team(),
        notes=_notes(compared, number, who),
        empty="nobody has deals in the window",
        sections=_sections(ask, words, compared, who),
        page=True,
    )


def _rep(ask: Ask, figures: _Figures, word: str) -> str:
    names = Names(ask.conn, ask.now, ask.me)
    found = names.actor() if word == "me" else names.values("owner", word)[0]
    handle = figures.handles[found]
    if handle not in figures.reps:
        raise NotFound("rep with deals in the window", word, figures.reps, "--period 2026")
    return handle


def _sections(
    ask: Ask, words: Sequence[str], compared: Sequence[Compared], who: str | None
) -> tuple[Table, ...]:
    chosen_ = [one for one in compared if (one.rep == who if who else _marked(one))]
    rows = [_difference(one) for one in chosen_]
    deals, remarks = look_at(ask, words, who, _ONE if who else _EACH)
    return (
        Table(
            name="beside_the_others" if who else "what_stands_out",
            columns=DIFFERENCES,
            rows=rows,
            empty="nothing that chance does not explain",
        ),
        _what_works(ask, words),
        Table(
            name="deals_to_look_at",
            columns=LOOK_AT,
            rows=deals,
            notes=remarks,
            empty="no deal wants looking after",
        ),
    )


def _marked(one: Compared) -> bool:
    return one.mark is not None and one.p is not None


def _what_works(ask: Ask, words: Sequence[str]) -> Table:
    found = compare_factors(ask, words, Landmark(_LANDMARK_DAYS, None, None)).found
    rows = [(sentence(one),) for one in found if one.mark][:_MOST_FACTORS]
    note = "of all deals there were; association, not cause; dealflow factors shows everything"
    return Table(
        name="what_goes_with_winning",
        columns=FACTORS,
        rows=rows,
        notes=(note,) if rows else (),
        empty="no factor stands out; dealflow factors shows what was compared",
    )


def _difference(one: Compared) -> Row:
    apart = one.difference
    return (
        one.rep,
        one.measure,
        _side(one.rate, one.days),
        _side(one.others, one.others_days),
        None if apart is None else points(apart),
        one.rate,
        one.others,
        *(apart or (None, None, None)),
        one.days,
        one.others_days,
        one.p,
        one.mark,
    )


def _side(rate: tuple[int, int, float | None, object, object] | None, days: float | None) -> str:
    if rate is None:
        return "–" if days is None else f"{days:g} days"
    successes, trials, value, *_ = rate
    share = "" if value is None else f" ({value * 100:.0f} %)"
    return f"{successes:,} of {trials:,}{share}"


def _notes(compared: Sequence[Compared], number: int, who: str | None) -> tuple[str, ...]:
    marked = sum(_marked(one) for one in compared if who in {None, one.rep})
    if not number:
        return ("too few deals to compare anybody: five on either side are needed",)
    what = f"{marked} of {number} comparisons" if who is None else f"{marked} about {who}"
    found = f"{what} say more than chance would" if marked else "no difference stands out"
    asked = "ask what is done differently before asking for a change"
    return (f"{found}; {asked}" if marked else f"{found}: {plural(number, 'comparison')} made",)


# ── figures ──────────────────────────────────────────────────────────────────────────────────


class _Stage(NamedTuple):
    name: str
    by_rep: dict[str, Count]


class _Figures:
    """What everybody's deals came to, by handle."""

    def __init__(self, ask: Ask, words: Sequence[str], period: Period) -> None:
        start, end = window(ask, period)
        about = scope(ask, chosen(ask, words), *READS)
        self.handles = handles(about)
        reading = Reading(about, Window(start, end))
        self.closed = self._by_handle(reading.closed())
        self.days: dict[str, Counter[int]] = self._by_handle(reading.days_to_win())
        self.prompt = self._by_handle(reading.prompt())
        self.planned = self._by_handle(reading.planned())
        self.stages = self._stages(ask, reading)
        about = scope(ask, chosen(ask, words), "account_id")
        done = doing.effort(about, "rep", start or 0, ask.now + 1 if end is None else end)
        self.contacts = {rep: sum(kinds.values()) for rep, kinds in done.contacts.items() if rep}
        self.kept = {
            rep: Count(kept.on_time, kept.due - kept.given_up)
            for rep, kept in done.kept.items()
            if rep and kept.due > kept.given_up
        }
        self.reps = sorted(self.closed.keys() | self.planned.keys() | self.prompt.keys())

    def _by_handle(self, found: Mapping[int, _T]) -> dict[str, _T]:
        return {self.handles[rep]: value for rep, value in found.items()}

    def _stages(self, ask: Ask, reading: Reading) -> list[_Stage]:
        found: dict[int, dict[str, Count]] = defaultdict(dict)
        for (stage, rep), count in reading.went_on().items():
            found[stage][self.handles[rep]] = count
        pipelines = Names(ask.conn, ask.now, ask.me).pipelines
        return [
            _Stage(stage.name, found[stage.id])
            for pipeline in pipelines
            for stage in pipeline.stages
            if stage.id in found
        ]

    @staticmethod
    def total(counts: Mapping[str, Count]) -> Count:
        return Count(
            sum(count.successes for count in counts.values()),
            sum(count.trials for count in counts.values()),
        )

    def compared(self) -> list[Compared]:
        """Everybody beside all the others, by each measure; the same order as the page has."""
        measures = {
            _CLOSE: self.closed,
            **{f"went on from {stage.name}": stage.by_rep for stage in self.stages},
            _KEPT: self.kept,
            _PROMPT: self.prompt,
            _PLANNED: self.planned,
        }
        shares = [
            Share(rep, measure, counts[rep], self.total(counts))
            for rep in self.reps
            for measure, counts in measures.items()
            if rep in counts
        ]
        everything = sum(self.days.values(), Counter())
        days = [
            Days(rep, _CYCLE, self.days[rep], everything - self.days[rep])
            for rep in self.reps
            if rep in self.days
        ]
        order = {rep: at for at, rep in enumerate(self.reps)}
        return sorted(compare(shares, days), key=lambda one: order[one.rep])

    def row(self, rep: str) -> Row:
        ended = [stage.by_rep[rep] for stage in self.stages if rep in stage.by_rep]
        went_on = Count(sum(c.successes for c in ended), sum(c.trials for c in ended))
        none = Count(0, 0)
        closed, planned = self.closed.get(rep, none), self.planned.get(rep, none)
        return (
            rep,
            closed.successes,
            closed.trials - closed.successes,
            wilson(*closed),
            median(self.days.get(rep, {})),
            wilson(*went_on),
            self.contacts.get(rep, 0),
            wilson(*self.kept.get(rep, none)),
            wilson(*self.prompt.get(rep, none)),
            planned.trials,
            wilson(*planned),
        )

    def team(self) -> Row | None:
        """All together, where there are several."""
        if len(self.reps) < 2:
            return None
        closed, planned = self.total(self.closed), self.total(self.planned)
        ended = [self.total(stage.by_rep) for stage in self.stages]
        went_on = Count(sum(c.successes for c in ended), sum(c.trials for c in ended))
        return (
            "all",
            closed.successes,
            closed.trials - closed.successes,
            wilson(*closed),
            median(sum(self.days.values(), Counter())),
            wilson(*went_on),
            sum(self.contacts.values()),
            wilson(*self.total(self.kept)),
            wilson(*self.total(self.prompt)),
            planned.trials,
            wilson(*planned),
        )
