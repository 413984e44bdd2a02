"""The stage machine: what each stage asks for, and which moves are legal.

Pure. Definitions are values (pipelines.py reads and writes them as TOML). `plan_move` turns what
somebody intends into the one Move that is recorded, or into the error that says why not and names
everything that is missing. Instants are epoch seconds UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dealflow.definitions import PipelineSpec, StageSpec
from dealflow.errors import (
    ClosedDeal,
    IllegalMove,
    Refused,
    RequirementsMissing,
    UsageError,
)
from dealflow.frozen import Frozen
from dealflow.model import ADVANCED, LOST, OPEN, RETURNED, VOID, WON
from dealflow.requirements import (
    Evidence,
    Requirement,
    explain,
    gap,
    holds,
    parse_requirement,
    remedy,
)

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
    "plan_switch",
    "remedy",
    "suggested",
]

# ── moves ─────────────────────────────────────────────────────────────────────────────────────

Verb = Literal["advance", "back", "win", "lose", "void", "reopen", "move"]


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
    gaps = _gaps(deal, there, intent, asked, evidence)
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


def plan_switch(
    lines: tuple[PipelineSpec, PipelineSpec],
    deal: Standing,
    intent: Intent,
    evidence: Evidence,
    now: int,
) -> Move:
    """The move of a deal from the first of two pipelines into the second, to `intent.to` there.

    It comes there as a new deal would, and has to meet what one has to. From the pipeline that it
    leaves it is not lost, nor did it go on: the visit has returned. Errors: as plan_move.
    """
    here, there = lines
    _check_status(deal, intent)
    _check_time(deal, intent, now)
    _check_words(here, deal, intent)
    if here.id == there.id:
        hint = f"dealflow advance {deal.id} STAGE"
        raise IllegalMove(f"{deal} is in the pipeline {here.name} already", hint)
    stage = _target(there, intent.to) if intent.to else there.open_stages[0]
    if stage.kind == WON:
        raise IllegalMove(f"{deal} cannot be open in {stage.name}", there.keys_told())
    gaps = _gaps(deal, stage, intent, there.asks_at_entry(stage), evidence)
    return Move(
        ending=RETURNED,
        from_stage=here.by_id(deal.stage_id),
        to_stage=stage,
        forced=bool(gaps),
        why=intent.why,
        gaps_overridden=gaps,
        at=intent.at,
    )


def _gaps(
    deal: Standing,
    there: StageSpec | None,
    intent: Intent,
    asked: Iterable[Requirement],
    evidence: Evidence,
) -> tuple[str, ...]:
    """What is missing, where that is overridden. Error: RequirementsMissing where it is not."""
    lacking = missing(asked, evidence, intent.at)
    gaps = tuple(told for _, told in lacking)
    if lacking and not intent.force:
        to = there.name if there else WON
        raise RequirementsMissing(str(deal), to, gaps, remedy(lacking[0][0], deal.id))
    return gaps


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


# ── what signals suggest ──────────────────────────────────────────────────────────────────────


def suggested(
    pipeline: PipelineSpec, here: StageSpec, evidence: Evidence, now: int, *, back: bool = False
) -> StageSpec | None:
    """The furthest open stage that a signal speaks for, where that is not the one it is in.

    Each signal speaks by itself. With `back` it may be an earlier one: where the stage it is in
    has signals, and neither one of them nor one of a later stage holds.
    """
    for stage in reversed(pipeline.open_stages):
        if stage.position <= here.position and not (back and here.signals):
            return None
        if any(holds(signal, evidence, now) for signal in stage.signals):
            return None if stage.id == here.id else stage
    return None


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
        case "move":
            raise IllegalMove(f"{deal} moves to another pipeline", "see plan_switch")


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
