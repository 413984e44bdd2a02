"""`dealflow factors`: what goes with winning: what deals are, and how they were followed up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from dealflow.analytics.factors import FEWEST, MORE, Found, Group, Whole, judge
from dealflow.dates import ALL, Period
from dealflow.errors import UsageError
from dealflow.named import NamedTuple
from dealflow.patterns import pattern
from dealflow.questions import Ask
from dealflow.questions.scoring import seen_scope
from dealflow.questions.traits import NONE, Names, Sight, attributes, banded, names
from dealflow.questions.windows import chosen, plural, told, window
from dealflow.results import MACHINE, NUMBER, RATE, SCREEN, TEXT, Column, Difference, Report, Row
from dealflow.store import features, then, ways
from dealflow.store.scope import Scope
from dealflow.store.ways import CHECKS, Way, Window

ASKS = "what goes with winning: what deals are, and how they were followed up"
DEFINITION = (
    "of the deals still open at the landmark, so long after their creation, and closed since: the "
    "close rate of those that had it by then, and of all the others; difference with Newcombe's "
    "95 % interval; won more or less often: Fisher's exact test, Benjamini-Hochberg at 5 % over "
    "everything compared; association, never cause"
)
COLUMNS = (
    Column(
        "kind", "kind", TEXT, MACHINE, "attribute: what the deal is; way: how it was followed up"
    ),
    Column("factor", "what"),
    Column("level", "is"),
    Column("rate", "won with it", RATE, about="won / (won + lost)"),
    Column("others", "won without", RATE, about="of all other deals"),
    Column("apart", "difference", TEXT, SCREEN, "in points of a hundred, with its interval"),
    Column("difference", "difference", NUMBER, MACHINE, "rate less others: -1 to 1"),
    Column("difference_low", "low", NUMBER, MACHINE, "Newcombe's 95 % interval"),
    Column("difference_high", "high", NUMBER, MACHINE),
    Column("n", "n", NUMBER, MACHINE, "closed deals with it"),
    Column("others_n", "others n", NUMBER, MACHINE, "closed deals without"),
    Column("adjusted_p", "p", NUMBER, MACHINE, "Fisher's test, adjusted for everything compared"),
    Column("mark", "won", about="more or less often than the others, beyond chance"),
)
LANDMARK = "14d"
_SPAN = pattern(r"([1-9][0-9]{0,2})\s*(d|w|天|周)")
_WEEK = 7
ATTRIBUTE, WAY = "attribute", "way"


def landmark_days(text: str) -> int:
    """`14d` or `2w` as days. Error: UsageError."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise UsageError(f"'{text}' is no number of days for a landmark", "try 14d, 4w", given=text)
    return int(found[1]) * (_WEEK if found[2] in {"w", "周"} else 1)


def factors(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    period: Period = ALL,
    landmark: str = LANDMARK,
    limit: int | None = None,
) -> Report:
    """Everything that enough closed deals have, and enough have not, by the evidence for it.

    `period` is when deals were created. Errors: UsageErrors of the filter, the landmark.
    """
    filter_ = chosen(ask, words)
    asked = Window(landmark_days(landmark), *window(ask, period))
    compared = compare(ask, words, asked)
    counts = compared.counts
    shown = compared.found if limit is None else compared.found[:limit]
    return Report(
        name="factors",
        title="What goes with winning",
        as_of=ask.now,
        definition=DEFINITION,
        parameters={
            "landmark": f"{asked.landmark}d",
            "created": told(ask, period),
            "filter": filter_.text,
            "n": counts.won + counts.lost,
        },
        columns=COLUMNS,
        rows=[_row(compared, one) for one in shown],
        notes=_notes(compared, len(shown)),
        empty=f"nothing to compare: it takes {FEWEST} closed deals with it, and {FEWEST} without",
    )


class Compared(NamedTuple):
    """What was compared, and which of it is what."""

    found: list[Found]
    kinds: Mapping[str, str]
    """By factor: ATTRIBUTE or WAY."""
    counts: ways.Landmarked


def compare(ask: Ask, words: Sequence[str], asked: Window) -> Compared:
    """Every group of deals that have something in common against the others."""
    about = seen_scope(ask, words)
    moments = ways.moments(asked)
    counts = ways.counted(about, asked)
    reading = _Reading(ask, about, moments)
    for factor, level, deal in _ways(about, moments, asked):
        reading.add(WAY, factor, level, deal)
    for factor, level, deal in reading.attributes():
        reading.add(ATTRIBUTE, factor, level, deal)
    won = sum(reading.outcome.values())
    found = judge(reading.groups(), Whole(won, len(reading.outcome)))
    return Compared(found, reading.kinds, counts)


class _Reading:
    """How many deals have each thing, and how many of them were won."""

    def __init__(self, ask: Ask, about: Scope, moments: features.Moments) -> None:
        self.ask, self.about, self.moments = ask, about, moments
        self.outcome = ways.outcomes(about, moments)
        self.won: Counter[tuple[str, str]] = Counter()
        self.closed: Counter[tuple[str, str]] = Counter()
        self.kinds: dict[str, str] = {}

    def add(self, kind: str, factor: str, level: str, deal: int) -> None:
        self.kinds[factor] = kind
        self.closed[factor, level] += 1
        self.won[factor, level] += self.outcome[deal]

    def groups(self) -> list[Group]:
        """Each once: where all deals have one of two levels, the one says what the other does."""
        levels: dict[str, list[str]] = defaultdict(list)
        for factor, level in self.closed:
            levels[factor].append(level)
        return [
            Group(factor, level, self.won[factor, level], self.closed[factor, level])
            for factor, found in levels.items()
            for level in self._telling(factor, found)
        ]

    def _telling(self, factor: str, levels: list[str]) -> list[str]:
        total = sum(self.closed[factor, level] for level in levels)
        if len(levels) != 2 or total != len(self.outcome):
            return levels
        return [min(levels, key=lambda level: (level in _LACKING, level))]

    def attributes(self) -> Iterator[tuple[str, str, int]]:
        seen = features.seen(self.about, self.moments)
        known = names(self.ask, self.about, {})
        traits = attributes(self.ask)
        first = min((one.at for one in seen), default=0)
        facts = then.Then(self.about, [one.deal for one in seen], first)
        for one in seen:
            sight = Sight(one, facts.at(one.deal, one.at), known)
            for product in sight.facts.products:
                yield "product", known.products.get(product, str(product)), one.deal
            for trait in traits:
                if trait.name != "product":
                    yield trait.label, _level(trait.name, trait.level(sight), known), one.deal


_LACKING = frozenset({"no", NONE, "0", "never"})


def _level(name: str, level: object, known: Names) -> str:
    if name == "amount" and isinstance(level, int):
        return f"{level:,} {known.currency}"
    return str(level)


# ── how they were followed up ────────────────────────────────────────────────────────────────

_MANY = (0, 1, 3, 6, 11)
_KINDS = {
    "site_visit": "page visit",
    "email_open": "mail opened",
    "asks_price": "asked for a price",
    "asks_sample": "asked for a sample",
    "asks_question": "asked a question",
    "objects": "objected",
    "email": "e-mail",
}


def _ways(about: Scope, moments: features.Moments, asked: Window) -> Iterator[tuple[str, str, int]]:
    """Factor, level and deal: what can be said of each deal's first days."""
    planned = ways.planned(about, moments, asked.landmark)
    for way in ways.ways(about, moments):
        yield "contacts", banded(_MANY, way.contacts), way.deal
        yield "first contact", _first(way, asked.landmark), way.deal
        yield "met (visit, meeting, demo)", "yes" if way.met else "no", way.deal
        yield "customer came to us", "yes" if way.inbound else "no", way.deal
        yield "worked on by", "several of us" if way.reps > 1 else "one of us", way.deal
        yield "next step planned", _plan(planned.get(way.deal, 0)), way.deal
    labels = {"kind": "had", "channel": "channel", "role": "talked to"}
    for deal, what, word in ways.done(about, moments):
        yield labels[what], _KINDS.get(word, word), deal


def _first(way: Way, landmark: int) -> str:
    """How soon the first contact was, in days of 24 hours."""
    if way.first_at is None:
        return f"none in {landmark} days"
    after = (way.first_at - way.created_at) // ways.DAY
    for within in (1, 3, 7):
        if after < within <= landmark:
            return f"in {plural(within, 'day')}" if within == 1 else f"in {within} days, not sooner"
    return "later"


def _plan(checks: int) -> str:
    return "always" if checks == CHECKS else "sometimes" if checks else "never"


# ── rows and words ───────────────────────────────────────────────────────────────────────────


def _row(compared: Compared, one: Found) -> Row:
    apart = one.difference
    return (
        compared.kinds[one.factor],
        one.factor,
        one.level,
        one.rate,
        one.others,
        points(apart),
        apart.value,
        apart.low,
        apart.high,
        one.rate.trials,
        one.others.trials,
        one.adjusted_p,
        one.mark,
    )


def points(apart: Difference) -> str:
    """`+18 (+4 to +31)`: a difference of rates in points of a hundred, with its interval."""
    if apart.value is None or apart.low is None or apart.high is None:
        return "–"
    value, low, high = (_signed(part) for part in apart)
    return f"{value} ({low} to {high})"


def _signed(share: float | None) -> str:
    rounded = round((share or 0.0) * 100)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"


def sentence(one: Found) -> str:
    """`contacts 6-10: 40 of 62 won (65 %), of the others 33 %: +32 points (+18 to +44)`."""
    rate, others = one.rate, one.others
    return (
        f"{one.factor} {one.level}: {rate.successes:,} of {rate.trials:,} won "
        f"({(rate.value or 0) * 100:.0f} %), of the others {(others.value or 0) * 100:.0f} %: "
        f"{points(one.difference)} points"
    )


def _notes(compared: Compared, here: int) -> tuple[str, ...]:
    counts, number = compared.counts, len(compared.found)
    marked = [one for one in compared.found if one.mark]
    lines = [f"{here:,} of {number:,} shown; --limit 0 for all"] * (here < number)
    if number and not marked:
        lines.append(f"no factor stands out: {number:,} compared, none differs beyond chance")
    elif number:
        more = sum(one.mark == MORE for one in marked)
        lines.append(
            f"{len(marked):,} of {number:,} compared stand out: {more:,} with more wins, "
            f"{len(marked) - more:,} with fewer"
        )
    left = [
        f"{plural(counts.soon, 'deal')} closed before the landmark" if counts.soon else "",
        f"{counts.open:,} still open" if counts.open else "",
    ]
    told_ = " and ".join(filter(None, left))
    lines += [f"left out: {told_}"] * bool(told_)
    lines += ["association, not cause: what goes with winning need not bring it about"] * bool(
        number
    )
    return tuple(lines)
