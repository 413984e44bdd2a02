"""The stage machine: what each stage asks for, and which moves are legal.

Pure. Definitions are values (pipelines.py reads and writes them as TOML). `plan_move` turns what
somebody intends into the one Move that is recorded, or into the error that says why not and names
everything that is missing. Instants are epoch seconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dealflow.errors import (
    ClosedDeal,
    IllegalMove,
    NotFound,
    Refused,
    RequirementsMissing,
    UsageError,
)
from dealflow.frozen import Frozen
from dealflow.model import ADVANCED, LOST, OPEN, RETURNED, VOID, WON
from dealflow.requirements import Evidence, Requirement, explain, gap, parse_requirement, remedy
from dealflow.text import fold

__all__ = [
    "Evidence",
    "Intent",
    "Move",
    "PipelineSpec",
    "Requirement",
    "StageSpec",
    "Standing",
    "Verb",
    "check",
    "explain",
    "gap",
    "missing",
    "parse_requirement",
    "plan_move",
    "remedy",
]

# ── definitions ───────────────────────────────────────────────────────────────────────────────


class StageSpec(Frozen):
    """A stage as its team defines it; `id` is 0 until it is stored."""

    id: int = 0
    key: str
    name: str
    kind: str = OPEN
    """`open`, or `won` for the stage that a deal reaches by being won."""
    standard: str = ""
    """What must be true of a deal that is here."""
    activities: tuple[str, ...] = ()
    result: str = ""
    probability: float | None = None
    """0 to 1."""
    expected_days: int | None = None
    requires: tuple[Requirement, ...] = ()
    """What must hold before a deal comes here, or passes by."""
    signals: tuple[Requirement, ...] = ()
    """What suggests that a deal belongs here; never asked for."""
    position: int = 0
    """1 for the first; no two stages of a pipeline share one, retired stages included."""
    retired: bool = False


class PipelineSpec(Frozen):
    """Stages in order of position; at most one that is not retired is the won one, the last."""

    id: int = 0
    key: str
    name: str
    stages: tuple[StageSpec, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    """Why deals are lost: key and name of each."""

    @property
    def open_stages(self) -> tuple[StageSpec, ...]:
        """Where an open deal can go: neither won nor retired."""
        return tuple(s for s in self.stages if s.kind == OPEN and not s.retired)

    @property
    def won_stage(self) -> StageSpec | None:
        return next((s for s in self.stages if s.kind == WON and not s.retired), None)

    def stage(self, word: str) -> StageSpec:
        """The stage with this key, or else this name, however typed; NotFound with the nearest."""
        told = fold(word.strip())
        live_first = sorted(self.stages, key=lambda stage: stage.retired)
        named = [(s.key, s) for s in live_first] + [(s.name, s) for s in live_first]
        for name, stage in named:
            if fold(name) == told:
                return stage
        choices = [name for s in live_first for name in (s.name, s.key) if not s.retired]
        raise NotFound("stage", word, choices, hint=self.keys_told())

    def by_id(self, stage_id: int) -> StageSpec:
        """The stage stored under this id, retired or not; NotFound where it is elsewhere."""
        found = next((stage for stage in self.stages if stage.id == stage_id), None)
        if found is None:
            raise NotFound("stage", str(stage_id))
        return found

    def between(self, a: StageSpec, b: StageSpec | None) -> tuple[StageSpec, ...]:
        """The open stages after `a` and before `b`; without `b`, all that come after `a`."""
        after = (s for s in self.open_stages if s.position > a.position)
        return tuple(s for s in after if b is None or s.position < b.position)

    def next_after(self, stage: StageSpec) -> StageSpec | None:
        """The next open stage, after the last of them the won one, or None where there is none.

        A retired stage leads to no win.
        """
        return next(iter(self.between(stage, None)), None if stage.retired else self.won_stage)

    def asks(self, here: StageSpec, there: StageSpec | None) -> tuple[Requirement, ...]:
        """What a move forward has to meet, in order, each once; None is to win in no won stage.

        Stages that are jumped on the way ask too: jumping a stage does not get round it.
        """
        on_the_way = [*self.between(here, there), *([there] if there else [])]
        return tuple(dict.fromkeys(req for stage in on_the_way for req in stage.requires))

    def asks_at_entry(self, stage: StageSpec) -> tuple[Requirement, ...]:
        """What a deal that is new has to meet to begin in `stage`: nothing in the first."""
        first = self.open_stages[0]
        return () if stage.id == first.id else self.asks(first, stage)

    def keys_told(self) -> str:
        return "stages: " + ", ".join(stage.key for stage in self.stages if not stage.retired)


# ── moves ─────────────────────────────────────────────────────────────────────────────────────

Verb = Literal["advance", "back", "win", "lose", "void", "reopen"]


class Standing(Frozen):
    """Where a deal stands."""

    id: int
    title: str
    stage_id: int
    """The stage it is in, or was closed in."""
    status: str = OPEN
    entered_at: int
    """When its present visit began; of a closed deal, its last."""
    closed_at: int | None = None

    def __str__(self) -> str:
        return f"deal {self.id} ({self.title})"


class Intent(Frozen):
    """What somebody wants to do with a deal."""

    verb: Verb
    to: str | None = None
    """Key or name of a stage; None leaves the choice to the verb."""
    reason: str | None = None
    """Key of a loss reason; that it exists is checked by the caller."""
    force: bool = False
    why: str | None = None
    at: int
    """When it happened."""


class Move(Frozen):
    """A legal move, as it is recorded."""

    ending: str | None
    """How the visit ends (model.ENDINGS); None when the move reopens a closed deal."""
    from_stage: StageSpec
    to_stage: StageSpec | None
    """None for lost and void, and for won in a pipeline without a won stage."""
    jumped: tuple[StageSpec, ...] = ()
    """The open stages that a move forward passed over."""
    onward: bool = False
    """Whether it reopens the deal beyond the stage that it was closed in."""
    forced: bool = False
    """Whether it overrode `gaps_overridden`; asking for force where nothing is missing is not."""
    why: str | None = None
    gaps_overridden: tuple[str, ...] = ()
    at: int


def plan_move(
    pipeline: PipelineSpec, deal: Standing, intent: Intent, evidence: Evidence, now: int
) -> Move:
    """The move that `intent` comes to, judged by what was so when it happened.

    Raises ClosedDeal, IllegalMove, NotFound (the stage), Refused (no reason for a loss),
    UsageError (force without why), and RequirementsMissing with every gap at once.
    """
    here = pipeline.by_id(deal.stage_id)
    _check_status(deal, intent)
    _check_time(deal, intent, now)
    _check_words(pipeline, deal, intent)
    ending, there = _destination(pipeline, deal, here, intent)
    forward = ending in {ADVANCED, WON}
    onward = ending is None and there is not None and there.position > here.position
    asked = pipeline.asks(here, there) if forward or onward else ()
    lacking = missing(asked, evidence, intent.at)
    gaps = tuple(told for _, told in lacking)
    if lacking and not intent.force:
        to = there.name if there else WON
        raise RequirementsMissing(str(deal), to, gaps, remedy(lacking[0][0], deal.id))
    return Move(
        ending=ending,
        from_stage=here,
        to_stage=there,
        jumped=pipeline.between(here, there) if forward else (),
        onward=onward,
        forced=bool(gaps),
        why=intent.why,
        gaps_overridden=gaps,
        at=intent.at,
    )


def check(
    pipeline: PipelineSpec, deal: Standing, stage: StageSpec | None, evidence: Evidence, now: int
) -> list[tuple[Requirement, bool]]:
    """What a move forward to `stage` (None: to won) asks for, each with whether it holds now."""
    here = pipeline.by_id(deal.stage_id)
    return [(req, gap(req, evidence, now) is None) for req in pipeline.asks(here, stage)]


def missing(
    asked: Iterable[Requirement], evidence: Evidence, at: int
) -> list[tuple[Requirement, str]]:
    """Which of these did not hold at `at`, each with what is told about it."""
    judged = ((req, gap(req, evidence, at)) for req in asked)
    return [(req, told) for req, told in judged if told is not None]


# ── what is legal ─────────────────────────────────────────────────────────────────────────────


def _check_status(deal: Standing, intent: Intent) -> None:
    reopening = intent.verb == "reopen"
    if deal.status != OPEN and not reopening:
        raise ClosedDeal(str(deal), deal.status, f"dealflow reopen {deal.id}")
    if deal.status == OPEN and reopening:
        raise IllegalMove(f"{deal} is open already", f"dealflow show {deal.id}")


def _check_time(deal: Standing, intent: Intent, now: int) -> None:
    """A move lies neither in the future nor before what it follows."""
    if intent.at > now:
        plan = f'dealflow plan {deal.id} DATE "…" is for what lies ahead'
        raise IllegalMove(f"{deal} cannot move in the future", plan, at=intent.at)
    since = deal.entered_at if deal.closed_at is None else deal.closed_at
    if intent.at < since:
        came = "came to its stage" if deal.closed_at is None else "was closed"
        hint = f"dealflow history {deal.id} shows when"
        raise IllegalMove(f"{deal} {came} after that", hint, at=intent.at, since=since)


def _check_words(pipeline: PipelineSpec, deal: Standing, intent: Intent) -> None:
    """What has to be said along with a move: why it is forced, the reason for a loss."""
    if intent.force and not (intent.why or "").strip():
        raise UsageError("a forced move says why", 'add --why "…"')
    if intent.verb == "lose" and not intent.reason:
        known = [key for key, _ in pipeline.reasons]
        example = f"dealflow lose {deal.id} --reason {known[0] if known else 'REASON'}"
        told = f"{example} (known: {', '.join(known)})" if known else example
        raise Refused(f"{deal} cannot be lost without a reason", told, reasons=known)


def _destination(
    pipeline: PipelineSpec, deal: Standing, here: StageSpec, intent: Intent
) -> tuple[str | None, StageSpec | None]:
    """How the visit ends and where the deal goes."""
    match intent.verb:
        case "advance":
            there = _ahead(pipeline, deal, here, intent.to)
            return (ADVANCED if there and there.kind == OPEN else WON), there
        case "back":
            return RETURNED, _behind(pipeline, deal, here, intent.to)
        case "win":
            return WON, pipeline.won_stage
        case "lose":
            return LOST, None
        case "void":
            return VOID, None
        case "reopen":
            return None, _reopened(pipeline, deal, here, intent.to)


def _ahead(
    pipeline: PipelineSpec, deal: Standing, here: StageSpec, to: str | None
) -> StageSpec | None:
    """The stage named, or the next one; None where that is to win without a won stage."""
    if to is None:
        following = pipeline.next_after(here)
        if following is None and here.retired:
            hint = f"dealflow advance {deal.id} STAGE ({pipeline.keys_told()})"
            raise IllegalMove(f"{here.name} is retired and no open stage follows it", hint)
        return following
    there = _elsewhere(pipeline, deal, here, to)
    if there.position < here.position:
        hint = f"dealflow back {deal.id} {there.key}"
        raise IllegalMove(f"{there.name} comes before {here.name}, where {deal} is", hint)
    return there


def _behind(pipeline: PipelineSpec, deal: Standing, here: StageSpec, to: str | None) -> StageSpec:
    """The stage named, or the one before."""
    if to is None:
        earlier = [s for s in pipeline.open_stages if s.position < here.position]
        if not earlier:
            hint = f"dealflow advance {deal.id} moves it on"
            raise IllegalMove(f"{deal} is in the first stage, {here.name}", hint)
        return earlier[-1]
    there = _elsewhere(pipeline, deal, here, to)
    if there.position > here.position:
        hint = f"dealflow advance {deal.id} {there.key}"
        raise IllegalMove(f"{there.name} comes after {here.name}, where {deal} is", hint)
    return there


def _reopened(pipeline: PipelineSpec, deal: Standing, here: StageSpec, to: str | None) -> StageSpec:
    """The stage named, or the one the deal was closed in; the won stage holds no open deals."""
    there = _target(pipeline, to or here.key)
    if there.kind == WON:
        hint = f"dealflow reopen {deal.id} STAGE ({pipeline.keys_told()})"
        raise IllegalMove(f"{deal} cannot be open in {there.name}", hint)
    return there


def _elsewhere(pipeline: PipelineSpec, deal: Standing, here: StageSpec, to: str) -> StageSpec:
    there = _target(pipeline, to)
    if there == here:
        raise IllegalMove(f"{deal} is in {here.name} already", f"dealflow show {deal.id}")
    return there


def _target(pipeline: PipelineSpec, word: str) -> StageSpec:
    there = pipeline.stage(word)
    if there.retired:
        raise IllegalMove(f"{there.name} is retired and takes no deals", pipeline.keys_told())
    return there
