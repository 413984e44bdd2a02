"""Whose ways through the stages a question is about."""

from __future__ import annotations

from typing import Literal

from dealflow.named import NamedTuple

CohortBy = Literal["entered", "created", "closed"]
Unit = Literal["deals", "visits"]


class Cohort(NamedTuple):
    """Who is counted: what happened to them in [start, end), instants; None is no end."""

    by: CohortBy
    start: int | None
    end: int | None
    unit: Unit
    stages: tuple[int, ...]
    """The stages that are looked at."""
    everywhere: bool
    """Whether they are those of all pipelines."""
