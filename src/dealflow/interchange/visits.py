"""Visits from an export of dealflow's own history: taken as they are, not settled.

Another system's history says when a deal came to a stage, and has to be settled (`histories`). Ours
says of each visit when it began and ended, how, whose it was and for how much: it is held to the
rules that visits keep anyway, and replaces what the deal's own import made up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from dealflow.actions import Actor
from dealflow.actions.bulk import Batch
from dealflow.errors import DealflowError, NotFound, Refused, UnknownWord
from dealflow.interchange.histories import cancel_plans
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, rejected
from dealflow.interchange.tallies import Tallies, Tally
from dealflow.interchange.values import alike
from dealflow.model import ENDINGS, LOST, OPEN, VOID, WON, Opportunity, Pipeline, Visit
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import pipelines
from dealflow.store.known import by_id, matching
from dealflow.store.values import array
from dealflow.text import fold

_CHUNK = 500
_CLOSED = {WON, LOST, VOID}
#: columns that follow from others, by the stages as they stand: not compared
_FOLLOW = {"to_stage_id", "onward"}


class _Row(NamedTuple):
    """A visit as its row tells it: `columns` of it, but for what follows from the others."""

    line: int
    stage: StageSpec
    pipeline: PipelineSpec
    columns: dict[str, Any]


@dataclass
class VisitIntake:
    """Takes rows in, a chunk at a time, and puts each deal's visits in place at the end."""

    by: Actor
    batch: Batch
    names: References
    tallies: Tallies
    _rows: dict[str, list[_Row]] = field(default_factory=dict)
    _lines: dict[str, PipelineSpec] = field(default_factory=dict)
    """Pipelines by key and name, retired ones last."""

    def __post_init__(self) -> None:
        rows = self.by.book.where(Pipeline)
        rows.sort(key=lambda row: row.retired_at is not None)
        for row in rows:
            spec = pipelines.load(self.by.book.conn, row.id, self.by.now)
            for word in (row.key, row.name):
                self._lines.setdefault(fold(word), spec)

    @property
    def tally(self) -> Tally:
        return self.tallies.of("history")

    # ── rows ──────────────────────────────────────────────────────────────────────────────────

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Keep a chunk's rows; those that cannot be understood, or are of no deal here."""
        ids = {r.values["external_id"] for r in records if "external_id" in r.values}
        there = by_id(self.by.book.conn, Opportunity, ids)
        bad: list[Reject] = []
        for record in records:
            try:
                if not record.faults:
                    key = self._deal(record.values, there)
                    self._rows.setdefault(key, []).append(self._read(record))
                    continue
                bad.append(rejected(record))
            except DealflowError as error:
                bad.append(rejected(record, error))
        return bad

    def _deal(self, values: dict[str, Any], there: dict[str, Opportunity]) -> str:
        key = str(values.get("external_id", ""))
        if key not in there:
            remedy = "dealflow import deals FILE comes before their history"
            raise NotFound("deal", key, (), remedy)
        return key

    def _read(self, record: Record) -> _Row:
        values = record.values
        for name in ("seq", "stage", "at", "owner", "currency"):
            if name not in values:
                raise Refused(f"it has no {name}")
        if values["ending"] not in ENDINGS if "ending" in values else "left" in values:
            raise UnknownWord("ending", values.get("ending", ""), ENDINGS)
        line, stage = self._stage(values)
        left = values["left"].at if "left" in values else None
        if max(values["at"].at, left or 0) > self.by.now:
            raise Refused("it lies in the future")
        if (left is None) != ("ending" not in values) or (left or values["at"].at) < values[
            "at"
        ].at:
            raise Refused("it does not end as it begins")
        return _Row(record.line, stage, line, self._columns(values, line, stage, left))

    def _columns(
        self, values: dict[str, Any], line: PipelineSpec, stage: StageSpec, left: int | None
    ) -> dict[str, Any]:
        amount, then = values.get("amount"), values.get("end_amount")
        reason, end_owner = values.get("reason"), values.get("end_owner")
        return {
            "seq": _number(values["seq"]),
            "stage_id": stage.id,
            "owner_id": self.names.make_rep(values["owner"]),
            "amount": amount.minor if amount else None,
            "currency": values["currency"],
            "entered_at": values["at"].at,
            "left_at": left,
            "ending": values.get("ending"),
            "passed": self._passed(line, values.get("passed", ())),
            "end_owner_id": self.names.make_rep(end_owner) if end_owner else None,
            "end_amount": then.minor if then else None,
            "reason_id": self.names.reason(reason).id if reason else None,
            "note": values.get("note"),
            "forced": values.get("forced", 0),
            "why": values.get("why"),
            "entry_why": values.get("entry_why"),
        }

    def _stage(self, values: dict[str, Any]) -> tuple[PipelineSpec, StageSpec]:
        """Errors: NotFound."""
        word = values.get("in_pipeline")
        line = self._lines.get(fold(word)) if word else None
        if line is None:
            raise NotFound("pipeline", word or "", [one.name for one in self._lines.values()])
        return line, line.stage(values["stage"])

    def _passed(self, line: PipelineSpec, words: Sequence[str]) -> str:
        """The stages that were passed over, as a visit keeps them; those that are there."""
        found = []
        for word in words:
            try:
                found.append(line.stage(word).id)
            except NotFound:
                self.tallies.remark("passed_unknown")
        return json.dumps(found)

    # ── deals ─────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> list[Reject]:
        """Put the visits in place, deal by deal; those of deals that went on here stay."""
        keys = iter(self._rows)
        bad: list[Reject] = []
        while chunk := list(islice(keys, _CHUNK)):
            deals = by_id(self.by.book.conn, Opportunity, chunk)
            ids = [deal.id for deal in deals.values()]
            visits: dict[int, list[Visit]] = {deal: [] for deal in ids}
            for visit in matching(self.by.book.conn, Visit, "opportunity_id", ids):
                visits[visit.opportunity_id].append(visit)
            for key in chunk:
                rows = sorted(self._rows[key], key=lambda row: int(row.columns["seq"]))
                old = sorted(visits[deals[key].id], key=lambda visit: visit.seq)
                try:
                    self._put(deals[key], old, _whole(rows))
                except DealflowError as error:
                    bad += [Reject(row.line, (), error.message) for row in rows]
            self.batch.flush()
        self._rows.clear()
        return bad

    def _put(self, deal: Opportunity, old: Sequence[Visit], new: Sequence[dict[str, Any]]) -> None:
        same = sum(map(_is, old, new))
        if same == len(old) == len(new) or self._went_on(old, new):
            self.tally.unchanged += len(new)
            return
        self.tally.unchanged += same
        self.tally.updated += min(len(old), len(new)) - same
        self.tally.created += max(0, len(new) - len(old))
        self.tallies.of("deals").updated += 1
        self._replace(deal, old, new)

    def _went_on(self, old: Sequence[Visit], new: Sequence[dict[str, Any]]) -> bool:
        """Whether the deal was moved here after the file's last row: that stands, and is told."""
        last = max(row["left_at"] or row["entered_at"] for row in new)
        moments = (at for visit in old for at in (visit.entered_at, visit.left_at or 0))
        if len(old) == 1 or not any(at > last for at in moments):
            return False
        if sum(map(_begins_as, old, new)) < len(new):
            self.tallies.remark("moved_here")
        return True

    def _replace(
        self, deal: Opportunity, old: Sequence[Visit], new: Sequence[dict[str, Any]]
    ) -> None:
        """The old visits go, the journal keeps them; the deal stands where the last one says."""
        first, last = new[0], new[-1]
        for visit in old:
            self.by.book.remove(visit)
        standing = {
            "pipeline_id": last["pipeline_id"],
            "stage_id": last["stage_id"],
            "status": last["ending"] if last["ending"] in _CLOSED else OPEN,
            "stage_since": last["entered_at"],
            "closed_at": last["left_at"],
            "created_at": min(deal.created_at, first["entered_at"]),
            "first_owner_id": first["owner_id"],
        }
        self.by.book.change(deal, **standing)
        if standing["status"] != OPEN:
            cancel_plans(self.by, deal, last["left_at"], standing["status"])
        for row in new:
            columns = {name: value for name, value in row.items() if name != "pipeline_id"}
            self.batch.put(Visit, opportunity_id=deal.id, **columns)


def _whole(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """The columns of a deal's visits, with what follows from their order. Error: Refused."""
    if [row.columns["seq"] for row in rows] != list(range(1, len(rows) + 1)):
        raise Refused("its deal's visits are not all there: 1, 2, 3 …")
    for one, other in pairwise(rows):
        left, entered = one.columns["left_at"], other.columns["entered_at"]
        closed = one.columns["ending"] in _CLOSED
        if left is None or (entered < left if closed else entered != left):
            raise Refused("a visit of its deal does not begin where the one before it ended")
    if rows[-1].columns["ending"] not in {None, *_CLOSED}:
        raise Refused("its deal's last visit ends in another one, which is not there")
    whole = []
    for at, row in enumerate(rows):
        after = rows[at + 1] if at + 1 < len(rows) else None
        before = rows[at - 1] if at else None
        own = {"pipeline_id": row.pipeline.id, "to_stage_id": _to(row, after)}
        whole.append(row.columns | own | {"onward": int(_onward(before, row))})
    return whole


def _to(row: _Row, after: _Row | None) -> int | None:
    """The stage that the visit ended for."""
    ending, won = row.columns["ending"], row.pipeline.won_stage
    if ending == WON:
        return won.id if won else None
    return after.stage.id if after and ending not in _CLOSED else None


def _onward(before: _Row | None, row: _Row) -> bool:
    """Whether the deal was reopened beyond the stage that it was closed in."""
    reopened = before is not None and before.columns["ending"] in _CLOSED
    return bool(before and reopened and row.stage.position > before.stage.position)


def _begins_as(visit: Visit, row: dict[str, Any]) -> bool:
    return (visit.stage_id, visit.entered_at) == (row["stage_id"], row["entered_at"])


def _is(visit: Visit, row: dict[str, Any]) -> bool:
    """Whether the visit is what its row says."""
    told = {name: value for name, value in row.items() if name not in {*_FOLLOW, "pipeline_id"}}
    passed = array(told.pop("passed"))
    return array(visit.passed) == passed and all(
        alike(getattr(visit, name), value) for name, value in told.items()
    )


def _number(word: str) -> int:
    if not word.isascii() or not word.isdecimal():
        raise Refused(f"'{word}' is no number of a visit")
    return int(word)
