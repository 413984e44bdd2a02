"""Which of two models tells best who will buy, judged on a time that it has not seen.

A `Sample` has one row for each look at a deal: a level of each trait, and when the deal was closed,
and how. It is cut in time: what was closed by the cut is learnt from, and looks after the cut at
other deals are held back. A model that does no better there than the record of each stage is not
used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Literal

from dealflow.analytics import bayes, logistic
from dealflow.analytics.calibration import brier
from dealflow.analytics.logistic import Fit, Penalty
from dealflow.analytics.ranking import auc
from dealflow.named import NamedTuple

#: won and lost deals below which nothing is learnt; of each at least FEWEST_EACH
FEWEST, FEWEST_EACH = 100, 25
#: deals held back, of each outcome, below which no model can be judged
FEWEST_HELD = 10
#: share of the closed deals, the earliest, that is learnt from while the rest is held back
LEARNT = 0.7
#: a level that fewer looks have is taken together with the others that are rare
RARE = 10
#: of the logistic model: weights are thought to be about 0 ± 0.5
RIDGE = 4.0
#: standard errors by which a model has to do better than the stages; see docs/decisions.md
BEYOND = 0.5
#: what a stage's record is drawn towards counts as much as so many deals
STAGE_PRIOR = 10.0

Kind = Literal["logistic", "bayes", "stage"]
Level = Hashable


class Look(NamedTuple):
    """A look at a deal, of which the end is known."""

    deal: int
    at: int
    closed_at: int
    won: int
    levels: tuple[Level, ...]
    """One of each trait; the first is the stage."""


class Held(NamedTuple):
    """How a model did on deals that were held back."""

    since: int
    """The cut: nothing later was learnt from."""
    deals: int
    looks: int
    won: int
    """Looks at deals that were won."""
    expected: float
    """The sum of the chances."""
    auc: float | None
    brier: float
    base: float
    """The Brier score of the stages' record."""
    error: float
    """The standard error of base − brier, where looks at one deal are one observation."""
    flat: float
    """The Brier score of one chance for all: the share won before the cut."""
    bins: tuple[tuple[float, float, int, float, int], ...]
    """From, to, looks, the mean chance, and how many of them were won."""


class Model(NamedTuple):
    """What a chance is made of."""

    kind: Kind
    fit: Fit
    codes: tuple[Mapping[Level, int], ...]
    """By trait the code of each level; what is not there has code 0."""
    means: tuple[float, ...]
    """By trait the mean weight, over the looks learnt from: what is average counts for nothing."""
    slope: float
    shift: float
    counts: tuple[Mapping[Level, tuple[int, int]], ...]
    """By trait and level: looks, and how many of them at deals that were won."""

    def chance(self, levels: Sequence[Level]) -> float:
        """That a deal of these levels is won, once it is closed."""
        fit = self.fit
        parts = zip(fit.weights, self.codes, levels, strict=True)
        odds = fit.intercept + sum(weights[codes.get(one, 0)] for weights, codes, one in parts)
        return logistic.sigmoid(self.slope * odds + self.shift)

    def points(self, levels: Sequence[Level]) -> list[float]:
        """By trait what it adds to the log-odds, against the average."""
        parts = zip(self.fit.weights, self.codes, self.means, levels, strict=True)
        return [
            self.slope * (weights[codes.get(one, 0)] - mean) for weights, codes, mean, one in parts
        ]


class Learnt(NamedTuple):
    """What came of it. `model` is None where the stages' record is all there is to go by."""

    model: Model | None
    held: Mapping[str, Held]
    """By model how it did; empty where too little could be held back."""
    why: str | None = None
    """Why there is none: `few`, `held` (too few to hold back), `no better`."""


class Learning(NamedTuple):
    """The looks, and what the record of each stage said at the cut."""

    looks: Sequence[Look]
    cut: int
    record: Mapping[Level, float]
    """By stage the chance that its record gave at the cut."""
    flat: float


def enough(won: int, lost: int) -> bool:
    """Whether so many closed deals can be learnt from."""
    return won + lost >= FEWEST and min(won, lost) >= FEWEST_EACH


def cut(closed_at: Sequence[int]) -> int:
    """The instant by which LEARNT of the deals had been closed."""
    ordered = sorted(closed_at)
    return ordered[int(LEARNT * (len(ordered) - 1))]


def stage_chance(won: int, closed: int, prior: float) -> float:
    """A stage's record, drawn towards `prior`: a Beta prior worth STAGE_PRIOR deals."""
    return (won + STAGE_PRIOR * prior) / (closed + STAGE_PRIOR)


def learn(given: Learning) -> Learnt:
    """The better of the two models, if it is better than the stages' record."""
    before = [look for look in given.looks if look.closed_at <= given.cut]
    known = {look.deal for look in before}
    after = [look for look in given.looks if look.at >= given.cut and look.deal not in known]
    outcomes = Counter({look.deal: look.won for look in after}.values())
    if min(outcomes[0], outcomes[1]) < FEWEST_HELD or not _both(before):
        return Learnt(None, {}, "held")
    held = {}
    for kind, model in (("logistic", _logistic(before)), ("bayes", _bayes(before))):
        held[kind] = _held(model, after, given)
    best = min(held, key=lambda kind: held[kind].brier)
    if held[best].base - held[best].brier <= BEYOND * held[best].error:
        return Learnt(None, held, "no better")
    final = _logistic(given.looks) if best == "logistic" else _bayes(given.looks)
    return Learnt(final, held)


def _both(looks: Sequence[Look]) -> bool:
    return len({look.won for look in looks}) > 1


# ── the two models ───────────────────────────────────────────────────────────────────────────


class _Coded(NamedTuple):
    codes: tuple[dict[Level, int], ...]
    columns: list[list[int]]
    sizes: list[int]
    used: tuple[bool, ...]
    """Traits in which the looks differ."""


def _coded(looks: Sequence[Look]) -> _Coded:
    columns, sizes, codes, used = [], [], [], []
    for told in zip(*(look.levels for look in looks), strict=True):
        counts = Counter(told)
        common = sorted((one for one in counts if counts[one] >= RARE), key=repr)
        code = {one: at for at, one in enumerate(common, 1)}
        column = [code.get(one, 0) for one in told]
        used.append(len(set(column)) > 1)
        codes.append(code if used[-1] else {})
        if used[-1]:
            columns.append(column)
            sizes.append(len(common) + 1)
    return _Coded(tuple(codes), columns, sizes, tuple(used))


def _logistic(looks: Sequence[Look]) -> Model:
    """Calibrated by construction: each look is one row, and deals count as often as there are."""
    coded = _coded(looks)
    deals = len({look.deal for look in looks})
    penalty = Penalty(RIDGE, deals / len(looks))
    found = logistic.fit(coded.columns, coded.sizes, [look.won for look in looks], penalty)
    return _model("logistic", found, coded, looks)


def _bayes(looks: Sequence[Look]) -> Model:
    """Calibrated on the later part of what is learnt from."""
    coded = _coded(looks)
    found = bayes.fit(coded.columns, coded.sizes, [look.won for look in looks])
    model = _model("bayes", found, coded, looks)
    border = cut([look.closed_at for look in looks])
    earlier = [look for look in looks if look.closed_at <= border]
    later = [look for look in looks if look.at >= border]
    if not later or not _both(earlier):
        return model
    part = _coded(earlier)
    trial = _model("bayes", bayes.fit(part.columns, part.sizes, [x.won for x in earlier]), part, ())
    odds = [logistic.logit(_inside(trial.chance(look.levels))) for look in later]
    slope, shift = bayes.platt(odds, [look.won for look in later])
    return model._replace(slope=slope, shift=shift)


def _inside(chance: float) -> float:
    return min(max(chance, 1e-12), 1 - 1e-12)


def _model(kind: Kind, found: Fit, coded: _Coded, looks: Sequence[Look]) -> Model:
    """The fit over all traits: those in which the looks do not differ have no weight."""
    told = iter(found.weights)
    weights = tuple(next(told) if used else (0.0,) for used in coded.used)
    columns = iter(coded.columns)
    means = tuple(
        sum(map(weights[at].__getitem__, next(columns))) / len(looks) if used and looks else 0.0
        for at, used in enumerate(coded.used)
    )
    return Model(
        kind, Fit(found.intercept, weights), coded.codes, means, 1.0, 0.0, _counts(coded, looks)
    )


def _counts(coded: _Coded, looks: Sequence[Look]) -> tuple[dict[Level, tuple[int, int]], ...]:
    if not looks:
        return tuple({} for _ in coded.codes)
    found: list[dict[Level, tuple[int, int]]] = []
    won = [look.won for look in looks]
    for codes, told in zip(coded.codes, zip(*(x.levels for x in looks), strict=True), strict=True):
        here: Counter[Level] = Counter(told)
        wins: Counter[Level] = Counter(one for one, win in zip(told, won, strict=True) if win)
        found.append({one: (here[one], wins[one]) for one in codes})
    return tuple(found)


# ── held back ────────────────────────────────────────────────────────────────────────────────

_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def _held(model: Model, looks: Sequence[Look], given: Learning) -> Held:
    chances = [model.chance(look.levels) for look in looks]
    won = [look.won for look in looks]
    stages = [given.record.get(look.levels[0], given.flat) for look in looks]
    return Held(
        since=given.cut,
        deals=len({look.deal for look in looks}),
        looks=len(looks),
        won=sum(won),
        expected=sum(chances),
        auc=auc(chances, won),
        brier=_brier(chances, won),
        base=_brier(stages, won),
        error=_error(looks, chances, stages),
        flat=_brier([given.flat] * len(won), won),
        bins=tuple(_bins(chances, won)),
    )


def _brier(chances: Sequence[float], won: Sequence[int]) -> float:
    """Of looks that there are."""
    return brier([(chance, bool(win)) for chance, win in zip(chances, won, strict=True)]) or 0.0


def _error(looks: Sequence[Look], chances: Sequence[float], stages: Sequence[float]) -> float:
    """How far the difference of two Brier scores may be off: deals are independent, looks not."""
    apart = [
        (stage - look.won) ** 2 - (chance - look.won) ** 2
        for look, chance, stage in zip(looks, chances, stages, strict=True)
    ]
    mean = sum(apart) / len(apart)
    deals: dict[int, float] = {}
    for look, one in zip(looks, apart, strict=True):
        deals[look.deal] = deals.get(look.deal, 0.0) + one - mean
    return sqrt(sum(one * one for one in deals.values())) / len(looks)


def _bins(
    chances: Sequence[float], won: Sequence[int]
) -> list[tuple[float, float, int, float, int]]:
    found = []
    for low, high in pairwise(_EDGES):
        here = [at for at, one in enumerate(chances) if low <= one < high or one == high == 1]
        total = sum(chances[at] for at in here)
        wins = sum(won[at] for at in here)
        found.append((low, high, len(here), total / len(here) if here else 0.0, wins))
    return found


def any_won(chances: Sequence[float]) -> float:
    """That at least one of several deals is won, each by itself."""
    none = 1.0
    for chance in chances:
        none *= 1 - chance
    return 1 - none
