"""What a system wrote about a deal's stages, settled into visits that can follow one another. Pure.

Histories contradict themselves. The rule, in docs/definitions.md too: rows count by their time; of
rows at one instant the earlier stage comes first, a close last. A visit ends when the next one
begins, whatever the row says of when it ended. A row in the stage where the deal is already tells
facts (owner, amount), not a move. A close after another close reopened the deal for that instant; a
stage after a close reopened it. A deal that is closed in no stage was closed where it is told to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dealflow.frozen import Frozen
from dealflow.model import ADVANCED, OPEN, RETURNED, WON
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec


class Told(NamedTuple):
    """A row of a history. `stage` is 0 for a close; what is not told is 0 or None."""

    at: int
    status: str
    stage: int = 0
    left: int | None = None
    owner: int = 0
    author: int = 0
    amount: int | None = None
    reason: int | None = None
    line: int = 0


class Stay(Frozen):
    """A visit as it will be recorded; an owner that nobody told is 0."""

    stage: int
    entered: int
    owner: int
    amount: int | None
    left: int | None = None
    ending: str | None = None
    to: int | None = None
    passed: tuple[int, ...] = ()
    end_owner: int = 0
    end_amount: int | None = None
    reason: int | None = None
    author: int = 0
    """Who ended it, where that is told and is not the owner."""


class Settled(NamedTuple):
    stays: tuple[Stay, ...]
    remarks: Counter[str]
    """What had to be settled, and how often: see `notes`."""


class _Now:
    """Where the deal is while its rows are gone through."""

    def __init__(self, row: Told, stage: int) -> None:
        self.stage, self.entered, self.amount = stage, row.at, row.amount
        self.owner = row.owner or row.author
        self.last_amount, self.last_owner = self.amount, self.owner

    def learn(self, row: Told) -> None:
        self.last_owner = row.owner or self.last_owner
        self.last_amount = self.last_amount if row.amount is None else row.amount


class _Course:
    def __init__(self, pipeline: PipelineSpec, closed_in: StageSpec) -> None:
        self.pipeline, self.closed_in = pipeline, closed_in
        self.stays: list[Stay] = []
        self.remarks: Counter[str] = Counter()
        self.here: _Now | None = None

    def go(self, row: Told) -> None:
        if row.status != OPEN:
            self._close(row)
        elif self.here is None:
            self.remarks["reopened"] += bool(self.stays)
            self.here = _Now(row, row.stage)
        elif self.here.stage == row.stage:
            self.remarks["no_move"] += 1
            self.here.learn(row)
        else:
            self._move(self.here, row)

    def _move(self, here: _Now, row: Told) -> None:
        there = self.pipeline.by_id(row.stage)
        ahead = there.position > self.pipeline.by_id(here.stage).position
        passed = self._between(here.stage, there) if ahead else ()
        self.remarks["skipped"] += bool(passed)
        self.remarks["returned"] += not ahead
        ending = ADVANCED if ahead else RETURNED
        self._end(here, row, ending, to=row.stage, passed=passed)
        self.here = _Now(row, row.stage)
        self.here.owner = self.here.owner or here.last_owner
        self.here.last_owner = self.here.owner

    def _close(self, row: Told) -> None:
        if self.here is None:
            if self.stays and self.stays[-1].ending == row.status:
                self.remarks["no_move"] += 1
                return
            self.remarks["closed_twice" if self.stays else "closed_unseen"] += 1
            stage = self.stays[-1].stage if self.stays else self.closed_in.id
            self.here = _Now(row, stage)
        self.here.learn(row)
        won = self.pipeline.won_stage if row.status == WON else None
        passed = self._between(self.here.stage, won) if row.status == WON else ()
        self._end(self.here, row, row.status, to=won.id if won else None, passed=passed)
        self.here = None

    def _between(self, stage: int, there: StageSpec | None) -> tuple[int, ...]:
        here = self.pipeline.by_id(stage)
        return tuple(one.id for one in self.pipeline.between(here, there))

    def _end(
        self, here: _Now, row: Told, ending: str, *, to: int | None, passed: tuple[int, ...]
    ) -> None:
        whose = here.last_owner or row.author
        self.stays.append(
            Stay(
                stage=here.stage,
                entered=here.entered,
                owner=here.owner,
                amount=here.amount,
                left=row.at,
                ending=ending,
                to=to,
                passed=passed,
                end_owner=whose,
                end_amount=here.last_amount,
                reason=row.reason,
                author=row.author if row.author != whose else 0,
            )
        )

    def stays_there(self) -> None:
        if self.here is not None:
            here = self.here
            self.stays.append(
                Stay(stage=here.stage, entered=here.entered, owner=here.owner, amount=here.amount)
            )


def settle(rows: Sequence[Told], pipeline: PipelineSpec, closed_in: StageSpec) -> Settled:
    """The visits that these rows of one deal, in the order of the file, come to."""
    position = {stage.id: stage.position for stage in pipeline.stages}
    last = len(position) + 1
    ordered = sorted(rows, key=lambda row: (row.at, position.get(row.stage, last), row.line))
    course = _Course(pipeline, closed_in)
    for row in ordered:
        course.go(row)
    course.remarks.update(_contradictions(rows, ordered))
    course.stays_there()
    return Settled(tuple(course.stays), course.remarks)


def _contradictions(rows: Sequence[Told], ordered: Sequence[Told]) -> Iterable[str]:
    for before, after in pairwise(rows):
        if after.at < before.at:
            yield "out_of_order"
        elif after.at == before.at:
            yield "same_instant"
    for before, after in pairwise(ordered):
        if before.left is not None and before.left != after.at:
            yield "overlap" if before.left > after.at else "gap"
    if ordered and ordered[-1].status == OPEN and ordered[-1].left is not None:
        yield "no_close"
