"""`dealflow score`: which open deals, and which customers, are most likely to buy, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dealflow.analytics import scoring as rules
from dealflow.analytics.intervals import wilson
from dealflow.analytics.scoring import Held, Learnt, Level, Model
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.scoring import Chance, Past, Scores, chances
from dealflow.questions.shaping import worth_showing
from dealflow.questions.telling import percent
from dealflow.questions.windows import chosen, plural
from dealflow.questions.worklists import DEAL, Listing, owned_by
from dealflow.results import (
    ID,
    INSTANT,
    INT,
    MACHINE,
    NUMBER,
    RATE,
    SENTENCE,
    SHARE,
    TEXT,
    Column,
    Report,
    Row,
    Table,
)
from dealflow.store import features
from dealflow.store.scope import Scope, scope

ASKS = "which open deals, and which customers, are most likely to buy, and why"
DEFINITION = (
    "chance: that the deal is won rather than lost, once it is closed, as the deals went that are "
    "closed: looked at while they were open, as they stood then; a logistic model or naive Bayes, "
    "whichever does better on later deals held back, and neither where the record of the stage "
    f"does as well or fewer than {rules.FEWEST} are closed; why: what raises (+) or lowers (−) it "
    "most, against the average; association, not cause"
)
_QUIET = frozenset({"grade"})
_BEFORE = tuple(c._replace(on=MACHINE) if c.name in _QUIET else c for c in DEAL)
COLUMNS = (
    *_BEFORE,
    Column("chance", "chance", SHARE, about="that it is won, once it is closed: 0 to 1"),
    Column("stage_chance", "by stage", SHARE, MACHINE, "what the stage's record alone says"),
    Column("why", "why", SENTENCE),
)
CUSTOMERS = (
    Column("id", "number", ID, about="the customer's"),
    Column("account", "customer"),
    Column("deals", "open deals", INT),
    Column("chance", "chance", SHARE, about="that at least one is won, each by itself"),
    Column("expected", "expected wins", NUMBER, about="the sum of their chances"),
    Column("deal", "likeliest deal", INT),
    Column("deal_chance", "its chance", SHARE),
    Column("why", "why", SENTENCE),
)
ACTIVE = (
    Column("id", "number", ID),
    Column("account", "customer"),
    Column("seen", "seen", INT, about="page visits, downloads, events and opened mails in 14 days"),
    Column("asked", "asked", INT, about="for a price, a sample, or else, in 30 days"),
    Column("last_at", "last", INSTANT),
)
HELD = (
    Column("model", "model"),
    Column("chances", "chances", about="between which the looks' chances lie"),
    Column("looks", "looks", INT, about="at deals held back"),
    Column("expected", "mean chance", SHARE),
    Column("won", "won", RATE, about="of these looks"),
)
WEIGHTS = (
    Column("trait", "trait", TEXT, MACHINE, "its stable name"),
    Column("label", "what"),
    Column("level", "is"),
    Column("looks", "looks", INT, about="at deals that are closed"),
    Column("won", "won", RATE, about="of them"),
    Column("points", "points", NUMBER, about="added to the log-odds, against the average"),
)
_NAMED = ("account_id", "account", "status")
_TOP = 3
#: log-odds that are worth a word: about two points of a hundred
_WORTH_A_WORD = 0.1
_WORTH_A_LINE = 0.05
_SHOWN_ACTIVE = 10
_PLACES = 4
_KINDS = {"logistic": "logistic model", "bayes": "naive Bayes"}


def score(
    ask: Ask,
    words: Sequence[str] = (),
    *,
    for_: str | None = None,
    limit: int | None = None,
    customers: bool = False,
    explain: bool = False,
) -> Report:
    """The open deals (or their customers) by their chance. `for_` is the owner's handle, or `me`.

    Errors: UsageErrors of the filter, NotFound, UnknownActor.
    """
    told = [*words, *owned_by(for_)]
    listing = Listing(ask, told)
    scores = chances(ask, told)
    if customers:
        return _customers(listing, scores, told, limit, explain=explain)
    ordered = sorted(scores.chances, key=_likeliest)
    shown = ordered if limit is None else ordered[:limit]
    rows = _deals(listing, scores, shown)
    return Report(
        name="score",
        title="Which deals are most likely to be won",
        as_of=ask.now,
        definition=DEFINITION,
        parameters=_parameters(listing, scores),
        columns=worth_showing(COLUMNS, rows, "account"),
        rows=rows,
        notes=(*_cut(len(rows), len(ordered)), *_basis(scores, listing)),
        empty="no open deals",
        sections=_explained(scores) if explain else (),
    )


def _likeliest(one: Chance) -> tuple[float, int]:
    return -round(one.share, _PLACES), one.deal


def _parameters(listing: Listing, scores: Scores) -> dict[str, object]:
    learnt, past = scores.learnt, scores.past
    return {
        "filter": listing.filter,
        "model": learnt.model.kind if learnt.model else "stage",
        "n": past.won + past.lost,
    }


def _deals(listing: Listing, scores: Scores, shown: Sequence[Chance]) -> list[Row]:
    facts = listing.facts([one.deal for one in shown])
    return [
        (
            *listing.deal(fact),
            round(one.share, _PLACES),
            None if one.stage is None else round(one.stage, _PLACES),
            why(scores, one),
        )
        for one, fact in zip(shown, facts, strict=True)
    ]


def why(scores: Scores, one: Chance) -> str:
    """`2 meetings in 30 days + · 40 days in stage, usual 12 −`: what counts most, with its sign."""
    if scores.learnt.model is None:
        return _of_stage(scores, one)
    strongest = sorted(range(len(one.points)), key=lambda at: (-abs(one.points[at]), at))[:_TOP]
    said = [
        f"{scores.traits[at].told(one.sight)} {'+' if one.points[at] > 0 else '−'}"
        for at in strongest
        if abs(one.points[at]) >= _WORTH_A_WORD
    ]
    return " · ".join(said) or "as the average deal"


def _of_stage(scores: Scores, one: Chance) -> str:
    """`3 of 12 closed deals that were in Needs were won; with its configured 20 %`."""
    stage = one.sight.seen.stage_id
    record = scores.past.records.get(stage)
    name = one.sight.names.stages.get(stage, "its stage")
    spec = scores.stages.get(stage)
    if spec is None or spec.probability is None:
        prior = f"the {percent(round(scores.past.prior, 2))} won of all"
    else:
        prior = f"its configured {percent(spec.probability)}"
    if record is None:
        return f"no closed deal was in {name}: {prior}"
    of = plural(record.closed, "closed deal")
    return f"{record.won:,} of {of} that were in {name} won; with {prior}"


# ── customers ────────────────────────────────────────────────────────────────────────────────


class _Customer(NamedTuple):
    id: int
    name: str
    deals: list[Chance]

    @property
    def chance(self) -> float:
        return rules.any_won([one.share for one in self.deals])


def _customers(
    listing: Listing, scores: Scores, told: Sequence[str], limit: int | None, *, explain: bool
) -> Report:
    found = _by_customer(listing, scores, told)
    ordered = sorted(found, key=lambda one: (-round(one.chance, _PLACES), one.id))
    shown = ordered if limit is None else ordered[:limit]
    rows = [_customer_row(scores, one) for one in shown]
    without = len(scores.chances) - sum(len(one.deals) for one in found)
    left_out = f"{plural(without, 'open deal')} without a customer left out"
    return Report(
        name="score-customers",
        title="Which customers are most likely to buy",
        as_of=listing.ask.now,
        definition=f"of a customer: that one open deal at least is won, each alone; {DEFINITION}",
        parameters=_parameters(listing, scores),
        columns=CUSTOMERS,
        rows=rows,
        notes=(
            *_cut(len(rows), len(ordered)),
            *(left_out,) * bool(without),
            *_basis(scores, listing),
        ),
        empty="no customers with open deals",
        sections=(*_active(listing, told), *(_explained(scores) if explain else ())),
    )


def _named(listing: Listing, told: Sequence[str]) -> Scope:
    return scope(listing.ask, chosen(listing.ask, told), *_NAMED)


def _by_customer(listing: Listing, scores: Scores, told: Sequence[str]) -> list[_Customer]:
    known = features.customers(_named(listing, told))
    deals: dict[int, list[Chance]] = defaultdict(list)
    names: dict[int, str] = {}
    for one in scores.chances:
        if one.deal in known:
            customer, names[customer] = known[one.deal]
            deals[customer].append(one)
    return [_Customer(each, names[each], sorted(deals[each], key=_likeliest)) for each in deals]


def _customer_row(scores: Scores, one: _Customer) -> Row:
    first = one.deals[0]
    return (
        one.id,
        one.name,
        len(one.deals),
        round(one.chance, _PLACES),
        round(sum(each.share for each in one.deals), 2),
        first.deal,
        round(first.share, _PLACES),
        why(scores, first),
    )


def _active(listing: Listing, told: Sequence[str]) -> tuple[Table, ...]:
    """Customers that do something, and of whom nobody has an open deal; not with a filter."""
    if not listing.about.everything:
        return ()
    rows = features.active(_named(listing, told), _SHOWN_ACTIVE)
    note = "no chance is given: nobody has sold to them yet, so there is nothing to learn it from"
    empty = "none that was seen lately"
    return (
        Table(
            name="without_an_open_deal",
            columns=ACTIVE,
            rows=rows,
            notes=(note,) if rows else (),
            empty=empty,
        ),
    )


# ── what it rests on ─────────────────────────────────────────────────────────────────────────


def _cut(here: int, number: int) -> tuple[str, ...]:
    return (f"{here:,} of {number:,} shown; --limit 0 for all",) if here < number else ()


def _basis(scores: Scores, listing: Listing) -> tuple[str, ...]:
    """Which model, learnt from how much, and how well it did on what it had not seen."""
    if not scores.chances:
        return ()
    learnt, past = scores.learnt, scores.past
    if learnt.model is None:
        return (_without(learnt, past), *_tried(learnt))
    held = learnt.held[learnt.model.kind]
    since = listing.day(held.since)
    learnt_from = (
        f"{_KINDS[learnt.model.kind]}, learnt from {plural(past.deals, 'closed deal')} (of "
        f"{past.won:,} won and {past.lost:,} lost), seen {past.looks:,} times while they were open"
    )
    return (
        learnt_from,
        f"held back: {plural(held.deals, 'deal')} open after {since}: {_quality(held)}",
    )


def _without(learnt: Learnt, past: Past) -> str:
    number = past.won + past.lost
    match learnt.why:
        case "few":
            asked = f"{rules.FEWEST} closed, {rules.FEWEST_EACH} of them won and as many lost"
            return (
                f"{plural(number, 'closed deal')} ({past.won:,} won, {past.lost:,} lost): too few "
                f"to score, which takes {asked}; showing stage base rates"
            )
        case "held":
            asked = f"{rules.FEWEST_HELD} won and as many lost"
            return (
                f"{plural(number, 'closed deal')}: too few that were open lately to test a model "
                f"on ({asked}); showing stage base rates"
            )
        case _:
            return (
                "no model does clearly better than stage base rates on deals held back; "
                "showing these"
            )


def _tried(learnt: Learnt) -> Iterator[str]:
    for kind, held in learnt.held.items():
        yield f"{_KINDS[kind]}, held back: {_quality(held)}"


def _quality(held: Held) -> str:
    """AUC, Brier score beside what stages and one rate for all come to, and the sum of chances."""
    area = "–" if held.auc is None else f"{held.auc:.2f}"
    return (
        f"AUC {area}, Brier {held.brier:.3f} (stage base rates {held.base:.3f}, one rate for all "
        f"{held.flat:.3f}); {held.expected:.0f} wins expected, {held.won:,} won of {held.looks:,}"
    )


def _explained(scores: Scores) -> tuple[Table, ...]:
    """How the chances held up, and what each level counts."""
    learnt = scores.learnt
    rows = [
        (_KINDS[kind], f"{low:.0%}–{high:.0%}".replace("%–", "–"), looks, mean, wilson(won, looks))
        for kind, held in learnt.held.items()
        for low, high, looks, mean, won in held.bins
        if looks
    ]
    told = "chances given to deals held back, and what became of them; looks at one deal are alike"
    tables = [Table(name="held_back", columns=HELD, rows=rows, notes=(told,))] if rows else []
    if learnt.model:
        tables.append(_weights(scores, learnt.model))
    return tuple(tables)


def _weights(scores: Scores, model: Model) -> Table:
    rows = [
        (trait.name, trait.label, _level(scores, trait.name, level), looks, wilson(won, looks), by)
        for at, trait in enumerate(scores.traits)
        for level, (looks, won) in model.counts[at].items()
        if abs(by := _points(model, at, level)) >= _WORTH_A_LINE
    ]
    rows.sort(key=lambda row: (-abs(row[5]), row[0], row[2]))
    told = f"levels with {_WORTH_A_LINE:g} points and more; a point more is 2.7 times the odds"
    return Table(name="what_counts", columns=WEIGHTS, rows=rows, notes=(told,), empty="nothing")


def _points(model: Model, trait: int, level: Level) -> float:
    weight = model.fit.weights[trait][model.codes[trait][level]] - model.means[trait]
    return round(model.slope * weight, 2)


def _level(scores: Scores, trait: str, level: Level) -> str:
    if trait == "stage":
        named = {one.id: one.name for one in scores.stages.values()}
        return str(named.get(level, level))  # type: ignore[call-overload]
    names = scores.chances[0].sight.names if scores.chances else None
    if trait == "product" and names:
        return str(names.products.get(level, level))  # type: ignore[call-overload]
    if trait == "amount" and isinstance(level, int):
        return f"{level:,}"
    return str(level)
