"""The door for many deals at once, as an import brings them: the same rules as `deals.add`.

A deal that comes from elsewhere gets one visit: in the stage it is in, or in the one it was closed
in. What happened before that nobody told, so nothing is recorded of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from operator import itemgetter
from typing import Any

from dealflow.actions.moves import passed
from dealflow.errors import RequirementsMissing, UsageError
from dealflow.frozen import Frozen
from dealflow.model import OPEN, ROWS, WON, Opportunity, OpportunityLine, Product, Row, Visit
from dealflow.requirements import Requirement
from dealflow.stages import Evidence, PipelineSpec, StageSpec, missing
from dealflow.store.book import Book, columns, new_uid
from dealflow.text import tidy


class Batch:
    """New rows that wait to be stored together; their ids are given out beforehand.

    Between `put` and `flush` nobody else may add rows of the same kind.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._waiting: dict[type[Row], _Waiting] = {}

    def put(self, kind: type[Row], /, **values: Any) -> int:
        """Keep a row for the next `flush`; the id it will have."""
        if kind not in self._waiting:
            self._waiting[kind] = _Waiting(kind, self.book.next_id(kind))
        return self._waiting[kind].put(values, self.book.now)

    def flush(self) -> None:
        """Store what waits, what is referred to before what refers to it."""
        waiting, self._waiting = self._waiting, {}
        for kind in ROWS:
            if kind in waiting:
                self.book.add_many(kind, waiting[kind].rows)
        if Opportunity in waiting:
            # One visit, neither activities nor plans: nothing is derived of these deals.
            self.book.touched.difference_update(row[0] for row in waiting[Opportunity].rows)


class _Waiting:
    """Rows of one kind as tuples, not as objects: making those takes as long as storing them."""

    def __init__(self, kind: type[Row], next_id: int) -> None:
        names = columns(kind)
        own = {field.name: field.default for field in fields(kind)}
        self.usual = {name: default for name, default in own.items() if default is not MISSING}
        self.order = itemgetter(*names)
        self.width = len(names)
        self.has_uid = "uid" in names
        self.next_id = next_id
        self.rows: list[tuple[Any, ...]] = []

    def put(self, values: dict[str, Any], now: int) -> int:
        row = {**self.usual, **values, "id": self.next_id}
        if self.has_uid:
            row["uid"] = new_uid(now)
        assert len(row) == self.width, "every value has its column"
        self.rows.append(self.order(row))
        self.next_id += 1
        return self.next_id - 1


class Arrival(Frozen):
    """How a deal from elsewhere stands, and since when."""

    stage: StageSpec
    """Where it is, or was closed in."""
    status: str = OPEN
    created_at: int
    closed_at: int | None = None
    reason_id: int | None = None


class Overridden(Frozen, kw_only=False):
    """Why a deal may be where it is although requirements are missing: see model.Visit."""

    entry_why: str | None = None
    ending_why: str | None = None


_NOTHING = Overridden()


@dataclass
class Gate:
    """Holds deals from elsewhere to what the stages ask for; `why` overrides it where given."""

    pipeline: PipelineSpec
    now: int
    why: str | None = None
    _asked: dict[tuple[int, str], tuple[tuple[Requirement, ...], ...]] = field(default_factory=dict)

    def admit(self, arrival: Arrival, evidence: Callable[[], Evidence]) -> Overridden:
        """What had to be overridden. Error: RequirementsMissing, naming every gap."""
        key = arrival.stage.id, arrival.status
        if key not in self._asked:
            self._asked[key] = self._asks(arrival.stage, arrival.status)
        entry, ending = self._asked[key]
        if not entry and not ending:
            return _NOTHING
        at = self.now if arrival.closed_at is None else arrival.closed_at
        known = evidence()
        gaps = [[told for _, told in missing(asked, known, at)] for asked in (entry, ending)]
        if not any(gaps):
            return _NOTHING
        if self.why is None:
            to = arrival.stage.name if gaps[0] else self._end.name
            every = list(dict.fromkeys(gaps[0] + gaps[1]))
            raise self._missing(to, every)
        return Overridden(*(self.why if told else None for told in gaps))

    @staticmethod
    def _missing(to: str, gaps: list[str]) -> RequirementsMissing:
        """In the same words for all of a file that lack the same: it is told once, with a count."""
        error = RequirementsMissing("it", to, gaps, '--force --why "…" overrides')
        error.facts["remedy"] = '--force --why "…" takes deals in as they are'
        return error

    @property
    def _end(self) -> StageSpec:
        return self.pipeline.won_stage or self.pipeline.stages[-1]

    def _asks(self, stage: StageSpec, status: str) -> tuple[tuple[Requirement, ...], ...]:
        """What has to hold to come to the stage, and to be won from there."""
        line = self.pipeline
        to_win = line.asks(stage, line.won_stage) if status == WON else ()
        return line.asks_at_entry(stage), to_win


def force_why(force: bool, why: str | None) -> str | None:
    """The reason for overriding, where that is asked for. Error: UsageError without one."""
    if force and not (why or "").strip():
        raise UsageError("a forced import says why", 'add --why "…"')
    return tidy(why or "", "the why") if force else None


def take_in(
    batch: Batch,
    pipeline: PipelineSpec,
    arrival: Arrival,
    overridden: Overridden,
    deal: dict[str, Any],
) -> int:
    """Put a deal and its one visit into the batch; its id. `deal` has the columns of its own."""
    made = batch.put(
        Opportunity,
        pipeline_id=pipeline.id,
        stage_id=arrival.stage.id,
        status=arrival.status,
        created_at=arrival.created_at,
        stage_since=arrival.created_at,
        closed_at=arrival.closed_at,
        **deal,
    )
    batch.put(
        Visit,
        opportunity_id=made,
        seq=1,
        stage_id=arrival.stage.id,
        owner_id=deal["owner_id"],
        amount=deal["amount"],
        currency=deal["currency"],
        entered_at=arrival.created_at,
        entry_why=overridden.entry_why,
        **_ending(pipeline, arrival, overridden, deal),
    )
    return made


def _ending(
    pipeline: PipelineSpec, arrival: Arrival, overridden: Overridden, deal: dict[str, Any]
) -> dict[str, Any]:
    """How the visit of a closed deal ended."""
    if arrival.status == OPEN:
        return {}
    won = _won(pipeline, arrival.stage) if arrival.status == WON else {}
    return {
        "left_at": arrival.closed_at,
        "ending": arrival.status,
        "end_owner_id": deal["owner_id"],
        "end_amount": deal["amount"],
        "reason_id": arrival.reason_id,
        "forced": int(overridden.ending_why is not None),
        "why": overridden.ending_why,
        **won,
    }


def _won(pipeline: PipelineSpec, stage: StageSpec) -> dict[str, Any]:
    won = pipeline.won_stage
    return {
        "to_stage_id": won.id if won else None,
        "passed": passed(pipeline.between(stage, won)),
    }


def add_lines(batch: Batch, deal_id: int, currency: str, products: Sequence[Product]) -> None:
    """One of each product, at its list price where that is in the deal's currency."""
    for product in products:
        batch.put(
            OpportunityLine,
            opportunity_id=deal_id,
            product_id=product.id,
            price=product.price if product.currency == currency else None,
        )
