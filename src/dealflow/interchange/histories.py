"""Stage histories: rows that say when a deal came to a stage become its visits.

Rows of one deal may stand anywhere in the file, so they are kept, a few hundred bytes each, and the
deals are settled at the end (`settling`). A deal that is not there yet is made from its rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from dealflow.actions import Actor
from dealflow.actions.bulk import Batch
from dealflow.errors import DealflowError, Refused
from dealflow.interchange.outcomes import Outcomes, Standing
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, failures, rejected
from dealflow.interchange.settling import Settled, Stay, Told, settle
from dealflow.interchange.tallies import Tallies, Tally
from dealflow.model import LOST, OPEN, FollowUp, Opportunity, Visit
from dealflow.money import known_currency
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store.known import matching
from dealflow.text import fold, tidy

_CHUNK = 500
#: what of a row describes the deal that may have to be made
_OF_DEAL = ("title", "account", "currency")


class _Facts(NamedTuple):
    """Of which facts the file tells: those that it does not stay as they are."""

    owner: bool
    amount: bool


@dataclass
class HistoryIntake:
    """Takes rows in, a chunk at a time, and settles deals at the end.

    `told` are the fields that the file has.
    """

    by: Actor
    pipeline: PipelineSpec
    closed_in: StageSpec | None
    told: frozenset[str]
    batch: Batch
    names: References
    tallies: Tallies
    _rows: dict[str, list[Told]] = field(default_factory=dict)
    _deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By external id what the rows say of a deal, as the first that does says it."""

    def __post_init__(self) -> None:
        self.outcomes = Outcomes(self.pipeline)
        self.facts = _Facts(bool(self.told & {"owner", "author"}), "amount" in self.told)

    @property
    def tally(self) -> Tally:
        return self.tallies.of("history")

    # ── rows ──────────────────────────────────────────────────────────────────────────────────

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Keep a chunk's rows; those that cannot be understood."""
        bad: list[Reject] = []
        for record in records:
            raised: list[DealflowError] = []
            if not record.faults:
                try:
                    self._keep(record)
                    continue
                except DealflowError as error:
                    raised = [error]
            bad.append(rejected(record, *self._wrong(record), *raised))
        self.batch.flush()
        return bad

    def _wrong(self, record: Record) -> list[DealflowError]:
        values = record.values
        checks: list[Callable[[], object]] = [
            lambda: self.outcomes.standing(values),
            *self.names.look_ups(_people(values)),
        ]
        return failures(checks)

    def _keep(self, record: Record) -> None:
        values = record.values
        rows = list(self._told(record.line, values))
        key = values["external_id"]
        self._rows.setdefault(key, []).extend(rows)
        known = self._deals.setdefault(key, {})
        for name in _OF_DEAL:
            if name in values:
                known.setdefault(name, values[name])

    def _told(self, line: int, values: dict[str, Any]) -> Iterator[Told]:
        """What the row says; where it names the stage before, that the deal was there too."""
        for name, what in (
            ("external_id", "it does not say of which deal it is"),
            ("at", "it does not say when"),
        ):
            if name not in values:
                raise Refused(what)
        standing = self.outcomes.standing(values)
        if standing.status is None:
            raise Refused("it names no stage")
        if values["at"].at > self.by.now:
            raise Refused(f"it happened on {values['at'].day}, which lies in the future")
        for look_up in self.names.look_ups(_people(values)):
            look_up()
        amount, left = values.get("amount"), values.get("left")
        reason = values.get("reason") if standing.status == LOST else None
        row = Told(
            at=values["at"].at,
            status=standing.status,
            stage=standing.stage.id if standing.stage and standing.status == OPEN else 0,
            left=left.at if left else None,
            owner=self.names.make_rep(values["owner"]) if "owner" in values else 0,
            author=self.names.make_rep(values["author"]) if "author" in values else 0,
            amount=amount.minor if amount else None,
            reason=self.names.reason(reason).id if reason else None,
            line=line,
        )
        if row.status == OPEN and row.stage == 0:
            raise Refused("it says that the deal is open, but not in which stage")
        before = self._before(row, values)
        yield from (before, row) if before else (row,)

    def _before(self, row: Told, values: dict[str, Any]) -> Told | None:
        """The stage that the first change was from: where the deal was since it was created."""
        if "before" not in values or values.get("external_id") in self._rows:
            return None
        standing = self.outcomes.standing({"stage": values["before"]})
        if standing.stage is None:
            return None
        deal = self.by.book.find(Opportunity, external_id=values["external_id"])
        at = min(deal.created_at, row.at) if deal else row.at
        return row._replace(at=at, status=OPEN, stage=standing.stage.id, left=None, author=0)

    def known_standing(self, word: str) -> Standing | None:
        """What a word for a stage means here; None where it is none of this pipeline."""
        try:
            return self.outcomes.standing({"stage": word})
        except DealflowError:
            return None

    def add(self, key: str, rows: Iterable[Told]) -> None:
        """Rows that came with the deal itself."""
        self._rows.setdefault(key, []).extend(rows)
        self._deals.setdefault(key, {})

    # ── deals ─────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> list[Reject]:
        """Settle every deal. What contradicts what was done here stays as it is, and is counted."""
        keys = iter(self._rows)
        while chunk := list(islice(keys, _CHUNK)):
            self._settle(chunk)
        self._rows.clear()
        return []

    def _settle(self, keys: Sequence[str]) -> None:
        conn = self.by.book.conn
        deals = {
            deal.external_id: deal for deal in matching(conn, Opportunity, "external_id", keys)
        }
        visits: dict[int, list[Visit]] = {deal.id: [] for deal in deals.values()}
        for visit in matching(conn, Visit, "opportunity_id", visits) if visits else []:
            visits[visit.opportunity_id].append(visit)
        made = []
        for key in keys:
            deal = deals.get(key)
            if deal is None:
                made.append(self._make(key))
            else:
                self._replace(deal, sorted(visits[deal.id], key=lambda visit: visit.seq))
        self.batch.flush()
        self.by.book.touched.update(made)  # a batch takes new deals for such of one visit

    def _course(self, rows: Sequence[Told]) -> Settled:
        first = self.pipeline.open_stages[0]
        return settle(rows, self.pipeline, self.closed_in or first)

    def _remark(self, settled: Settled) -> None:
        for what, times in settled.remarks.items():
            if times:
                self.tallies.remark(what, times)

    # ── a deal that is new ────────────────────────────────────────────────────────────────────

    def _make(self, key: str) -> int:
        settled, said = self._course(self._rows[key]), self._deals[key]
        first, last = settled.stays[0], settled.stays[-1]
        me = self.by.me.id
        amounts = [row.amount for row in self._rows[key] if row.amount is not None]
        currency = known_currency(said.get("currency") or self.by.db.currency)
        title = tidy(str(said.get("title") or key), "the title", 500)
        account = self.names.make_account(said["account"]) if "account" in said else None
        made = self.batch.put(
            Opportunity,
            title=title,
            folded=fold(title),
            account_id=account,
            owner_id=last.end_owner or last.owner or me,
            first_owner_id=first.owner or me,
            pipeline_id=self.pipeline.id,
            amount=amounts[-1] if amounts else None,
            currency=currency,
            external_id=key,
            created_at=first.entered,
            **_standing(last),
        )
        for seq, stay in enumerate(settled.stays, 1):
            self._put(made, seq, stay, {"owner": me, "amount": None, "currency": currency})
        self._remark(settled)
        self.tallies.remark("made_from_history")
        self.tallies.of("deals").created += 1
        self.tally.created += len(settled.stays)
        return made

    def _put(self, deal: int, seq: int, stay: Stay, usual: dict[str, Any]) -> None:
        columns = _columns(stay, self.names.handles)
        if not self.facts.amount:
            columns["amount"] = usual["amount"]
            columns["end_amount"] = usual["amount"] if stay.ending else None
        for name in ("owner_id", "end_owner_id"):
            if not columns[name] and (stay.ending or name == "owner_id"):
                columns[name] = usual["owner"]
        self.batch.put(
            Visit,
            opportunity_id=deal,
            seq=seq,
            currency=usual["currency"],
            **(columns | usual.get("kept", {})),
        )

    # ── a deal that is there ──────────────────────────────────────────────────────────────────

    def _replace(self, deal: Opportunity, visits: Sequence[Visit]) -> None:
        tally = self.tally
        rows = self._rows[str(deal.external_id)]
        settled = self._course([*rows, *self._own_close(deal, visits, rows)])
        self._remark(settled)
        if deal.pipeline_id != self.pipeline.id:
            self.tallies.remark("elsewhere")
            return
        same = sum(map(self._is, visits, settled.stays))
        if same == len(visits) == len(settled.stays) or self._went_on(visits, settled, rows):
            tally.unchanged += len(settled.stays)
            return
        tally.unchanged += same
        tally.updated += min(len(visits), len(settled.stays)) - same
        tally.created += max(0, len(settled.stays) - len(visits))
        self._rewrite(deal, visits, settled.stays)
        self.tallies.of("deals").updated += 1

    def _own_close(
        self, deal: Opportunity, visits: Sequence[Visit], rows: Sequence[Told]
    ) -> list[Told]:
        """The close that the deal itself knows, where its history ends before it."""
        last = max(rows, key=lambda row: row.at)
        closed = deal.closed_at
        if closed is None or len(visits) > 1 or last.status != OPEN or closed < last.at:
            return []
        visit = visits[-1]
        owner = visit.end_owner_id or 0
        self.tallies.remark("own_close")
        return [
            Told(
                at=closed,
                status=deal.status,
                owner=owner,
                amount=visit.end_amount if self.facts.amount else None,
                reason=visit.reason_id,
                line=last.line,
            )
        ]

    def _went_on(self, visits: Sequence[Visit], settled: Settled, rows: Sequence[Told]) -> bool:
        """Whether the deal was moved here after the file's last row: that stands, and is told."""
        last = max(row.at for row in rows)
        if len(visits) == 1 or not any(
            visit.entered_at > last or (visit.left_at or 0) > last for visit in visits
        ):
            return False
        stays = settled.stays
        known = sum(map(_begins_as, visits, stays)) == len(stays)
        if not known:
            self.tallies.remark("moved_here")
        return True

    def _is(self, visit: Visit, stay: Stay) -> bool:
        """Whether the visit is what the file says, as far as it says it."""
        if not _begins_as(visit, stay):
            return False
        new = _columns(stay, self.names.handles)
        left_open = set() if self.facts.amount else {"amount", "end_amount"}
        left_open |= set() if self.facts.owner else {"owner_id", "end_owner_id", "note"}
        left_open |= {"reason_id"} if stay.reason is None else set()
        left_open |= {name for name in ("owner_id", "end_owner_id") if not new[name]}
        return all(getattr(visit, name) == new[name] for name in new if name not in left_open)

    def _rewrite(self, deal: Opportunity, visits: Sequence[Visit], stays: Sequence[Stay]) -> None:
        """The old visits go, the journal keeps them; what the file does not tell is taken over."""
        owner = stays[-1].end_owner or stays[-1].owner
        new: dict[str, Any] = _standing(stays[-1])
        new["created_at"] = min(deal.created_at, stays[0].entered)
        if self.facts.owner and owner:
            new["owner_id"] = owner
            new["first_owner_id"] = stays[0].owner or deal.first_owner_id
        if self.facts.amount and deal.amount is None:
            new["amount"] = stays[-1].end_amount if stays[-1].ending else stays[-1].amount
        for visit in visits:
            self.by.book.remove(visit)
        self.by.book.change(deal, **new)
        if new["status"] != OPEN:
            cancel_plans(self.by, deal, new["closed_at"], new["status"])
        usual = {"owner": deal.owner_id, "amount": deal.amount, "currency": deal.currency}
        for seq, stay in enumerate(stays, 1):
            kept = _kept(visits, stay)
            self._put(deal.id, seq, stay, usual | {"kept": kept})


def cancel_plans(by: Actor, deal: Opportunity, at: int, ending: str) -> None:
    """A deal that turns out to be closed has nothing planned any more."""
    open_ones = {"done_at": None, "cancelled_at": None}
    for plan in by.book.where(FollowUp, opportunity_id=deal.id, **open_ones):
        told = {"cancelled_at": max(at, plan.created_at), "cancelled_why": f"deal {ending}"}
        by.book.change(plan, **told)


def _begins_as(visit: Visit, stay: Stay) -> bool:
    return (visit.stage_id, visit.entered_at) == (stay.stage, stay.entered)


def _kept(visits: Sequence[Visit], stay: Stay) -> dict[str, Any]:
    """Why a deal was lost, from the visit that ended in the same way."""
    if stay.reason is not None or stay.ending is None:
        return {}
    found = next((v for v in visits if v.ending == stay.ending and v.reason_id), None)
    return {"reason_id": found.reason_id} if found else {}


def _standing(last: Stay) -> dict[str, Any]:
    """The columns of the deal that follow from its last visit."""
    return {
        "stage_id": last.stage,
        "status": last.ending or OPEN,
        "stage_since": last.entered,
        "closed_at": last.left,
    }


def _columns(stay: Stay, handles: dict[int, str]) -> dict[str, Any]:
    ended = stay.ending is not None
    return {
        "stage_id": stay.stage,
        "owner_id": stay.owner,
        "amount": stay.amount,
        "entered_at": stay.entered,
        "left_at": stay.left,
        "ending": stay.ending,
        "to_stage_id": stay.to,
        "passed": json.dumps(list(stay.passed)),
        "end_owner_id": stay.end_owner if ended else None,
        "end_amount": stay.end_amount if ended else None,
        "reason_id": stay.reason,
        "note": f"by {handles[stay.author]}" if stay.author else None,
    }


def _people(values: dict[str, Any]) -> dict[str, Any]:
    """The names in a row, as look-ups take them."""
    found = {name: values[name] for name in ("owner", "account") if name in values}
    return found | ({"owner": values["author"]} if "author" in values else {})
