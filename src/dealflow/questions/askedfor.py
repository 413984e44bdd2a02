"""What stages ask for as filled in: the part of their requirements that can be a gap on a deal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from dealflow.model import OPEN
from dealflow.requirements import (
    Both,
    Compared,
    Either,
    Present,
    Requirement,
    Role,
    Worth,
    atoms,
)
from dealflow.stages import PipelineSpec

Fact = Present | Role
"""What is filled in, or is not."""


def wanted(
    pipelines: Sequence[PipelineSpec], apart_from: Collection[str]
) -> dict[str, tuple[Fact | Either, set[int]]]:
    """What stages ask for beside these facts, as it is written, with the stages where it has to be:
    those that ask, and all beyond.
    """
    found: dict[str, tuple[Fact | Either, set[int]]] = {}
    for pipeline in pipelines:
        live = [stage for stage in pipeline.stages if stage.kind == OPEN and not stage.retired]
        for stage in live[1:]:
            beyond = {s.id for s in pipeline.stages if s.position >= stage.position}
            told = [fact for asked in stage.requires for fact in facts_of(asked)]
            for req in (fact for fact in told if str(fact) not in apart_from):
                found.setdefault(str(req), (req, set()))[1].update(beyond)
    return found


def facts_of(req: Requirement) -> Iterator[Fact | Either]:
    """The facts that a requirement needs, compared or not; alternatives where each is facts alone.

    What has to happen first (a call, a week) is not missing on a deal.
    """
    match req:
        case Present() | Role():
            yield req
        case Worth():
            yield Present("amount")
        case Compared(name):
            yield Present(f"field:{name}")
        case Both(parts):
            for part in parts:
                yield from facts_of(part)
        case Either(options) if all(_is_fact(part) for part in atoms(req)) and options:
            yield req


def _is_fact(req: Requirement) -> bool:
    return isinstance(req, Present | Role | Worth | Compared)
