"""Learning from the database's own past who buys: deals at earlier instants, as they stood.

`chances` is the door, for the score and for whoever wants to order deals by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dealflow.analytics import scoring
from dealflow.analytics.scoring import Learning, Learnt, Level, Look
from dealflow.analytics.sections import Span, sections
from dealflow.analytics.survival import kaplan_meier
from dealflow.model import LOST, OPEN, WON
from dealflow.named import NamedTuple
from dealflow.questions import Ask
from dealflow.questions.traits import UNKNOWN, Names, Sight, Trait, names, traits
from dealflow.questions.windows import chosen
from dealflow.stages import StageSpec
from dealflow.store import features, then
from dealflow.store import worklists as stays
from dealflow.store.features import Life, Moments, Record
from dealflow.store.names import Names as Known
from dealflow.store.scope import Scope, scope

#: deals that are looked at, at most: always the same ones, chosen by their numbers
MOST_DEALS = 3_000
_HOURS = 24.0


class Chance(NamedTuple):
    """What is to be expected of an open deal."""

    deal: int
    share: float
    """That it is won, once it is closed: 0 to 1."""
    stage: float | None
    """What the record of its stage alone says; None where there is none."""
    points: tuple[float, ...]
    """By trait what it adds to the log-odds; empty where the stage alone is gone by."""
    sight: Sight


class Past(NamedTuple):
    """What was learnt from."""

    won: int
    """Closed deals of the database, as of now."""
    lost: int
    deals: int
    """Deals looked at."""
    looks: int
    records: dict[int, Record]
    """By stage: the deals once there that are closed."""
    prior: float
    """The share won of all."""


class Scores(NamedTuple):
    """The chances of the open deals in scope, and what they rest on."""

    chances: list[Chance]
    learnt: Learnt
    past: Past
    traits: tuple[Trait, ...]
    stages: dict[int, StageSpec]


def seen_scope(ask: Ask, words: Sequence[str]) -> Scope:
    """A scope with all that looks at deals read. Errors: UsageErrors of the filter."""
    columns = (*features.READS, *then.READS)
    return scope(ask, chosen(ask, words), *columns, more=then.MORE)


def chances(ask: Ask, words: Sequence[str] = ()) -> Scores:
    """Of the open deals that the filter chooses, by number. All closed deals are learnt from."""
    history = _History(ask)
    learnt = history.learnt()
    about = seen_scope(ask, words)
    found = list(history.sights(about, features.NOW_OPEN))
    judged = [history.chance(sight, learnt) for sight in found]
    return Scores(judged, learnt, history.past, history.traits, history.stages)


class _History:
    """The closed deals, and what was to be seen of them while they were open."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.about = seen_scope(ask, ())
        self.traits = traits(ask)
        self.stages = {
            stage.id: stage
            for pipeline in Known(ask.conn, ask.now, ask.me).pipelines
            for stage in pipeline.stages
        }
        counts = features.closed(self.about)
        self.won, self.lost = counts.get(WON, 0), counts.get(LOST, 0)
        number = self.won + self.lost + counts.get(OPEN, 0)
        self.lives = features.lives(self.about, min(MOST_DEALS / max(number, 1), 1.0))
        self.closed = [life for life in self.lives if life.closed_at is not None]
        self.names: Names = names(ask, self.about, self._usual())
        self.prior = self.won / (self.won + self.lost) if self.won + self.lost else 0.5
        self.records = self._records(self.closed, ask.now)
        self.looks: list[Look] = []

    @property
    def past(self) -> Past:
        deals = len({look.deal for look in self.looks})
        return Past(self.won, self.lost, deals, len(self.looks), self.records, self.prior)

    def _records(self, lives: Sequence[Life], by: int) -> dict[int, Record]:
        """By stage, of the deals whose way is known."""
        return features.records(self.about, [life.deal for life in lives if life.told], by)

    def _usual(self) -> dict[int, float]:
        """The median days of the stays in each stage."""
        wanted = [stage.id for stage in self.stages.values() if stage.kind == OPEN]
        ended, going = stays.stays(self.ask.conn, wanted, self.ask.now) if wanted else ({}, {})
        medians = {
            stage: kaplan_meier(durations, going.get(stage, {})).median
            for stage, durations in ended.items()
        }
        return {stage: hours / _HOURS for stage, hours in medians.items() if hours is not None}

    def learnt(self) -> Learnt:
        if not scoring.enough(self.won, self.lost):
            return Learnt(None, {}, "few")
        self.looks = self._looks()
        if not self.looks:
            return Learnt(None, {}, "held")
        border = scoring.cut([life.closed_at for life in self.closed if life.closed_at is not None])
        earlier = [life for life in self.closed if (life.closed_at or border + 1) <= border]
        flat = sum(life.status == WON for life in earlier) / len(earlier)
        then_known = self._records(earlier, border)
        record: dict[Level, float] = {
            stage: self._of_stage(stage, then_known, flat) for stage in then_known
        }
        return scoring.learn(Learning(self.looks, border, record, flat))

    def _looks(self) -> list[Look]:
        instants = sections(
            [Span(one.created_at, one.closed_at) for one in self.lives], self.ask.now
        )
        if not instants:
            return []
        ids = [life.deal for life in self.closed]
        of = {life.deal: life for life in self.closed}
        moments = features.at_sections(ids, instants)
        return [
            self._look(of[sight.seen.deal], sight) for sight in self.sights(self.about, moments)
        ]

    def _look(self, life: Life, sight: Sight) -> Look:
        assert life.closed_at is not None
        levels = self.levels(sight)
        if not life.told:
            both = zip(self.traits, levels, strict=True)
            levels = tuple(UNKNOWN if trait.of_way else level for trait, level in both)
        return Look(life.deal, sight.seen.at, life.closed_at, int(life.status == WON), levels)

    def levels(self, sight: Sight) -> tuple[Level, ...]:
        return tuple(trait.level(sight) for trait in self.traits)

    def sights(self, about: Scope, moments: Moments) -> Iterable[Sight]:
        found = features.seen(about, moments)
        if not found:
            return
        first = min(one.at for one in found)
        facts = then.Then(about, sorted({one.deal for one in found}), first)
        for one in found:
            yield Sight(one, facts.at(one.deal, one.at), self.names)

    def chance(self, sight: Sight, learnt: Learnt) -> Chance:
        stage = self._of_stage(sight.seen.stage_id, self.records, self.prior)
        if learnt.model is None:
            return Chance(sight.seen.deal, stage, stage, (), sight)
        levels = self.levels(sight)
        points = tuple(learnt.model.points(levels))
        return Chance(sight.seen.deal, learnt.model.chance(levels), stage, points, sight)

    def _of_stage(self, stage: int, known: dict[int, Record], flat: float) -> float:
        """The stage's record, drawn towards its configured probability, else the share of all."""
        spec = self.stages.get(stage)
        prior = flat if spec is None or spec.probability is None else spec.probability
        return scoring.stage_chance(*known.get(stage, Record()), prior)
