"""Deals from a file: new ones are taken in with one visit, known ones edited and moved."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dealflow.actions import Actor, bulk
from dealflow.actions.bulk import Arrival, Batch, Gate
from dealflow.dates import day_of
from dealflow.errors import DealflowError, Refused
from dealflow.interchange.custom import filled_in
from dealflow.interchange.outcomes import Outcomes, Standing, Times, span, times
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, failures, rejected
from dealflow.interchange.tallies import Tallies
from dealflow.interchange.updates import Update, Updates
from dealflow.model import LOST, OPEN, Opportunity
from dealflow.money import known_currency
from dealflow.stages import Evidence, PipelineSpec, StageSpec
from dealflow.store.known import matching
from dealflow.text import fold, tidy


class Terms(NamedTuple):
    """What the whole import was told."""

    pipeline: PipelineSpec
    closed_in: StageSpec | None
    """Where deals were closed whose row does not say it; the first stage if None."""
    why: str | None
    """Why requirements are overridden, where they are."""
    entered_late: bool = False
    """Whether a creation date after the close is when the deal was entered there."""


class _Row(NamedTuple):
    """A record with what it says about the deal's course."""

    record: Record
    standing: Standing
    times: Times


def lines_for(by: Actor) -> array[int]:
    """Room for the line of the file that is about each deal there is."""
    return array("Q", bytes(8 * by.book.next_id(Opportunity)))


@dataclass
class DealIntake:
    """Takes deals in, a chunk at a time, in the order of the file."""

    by: Actor
    terms: Terms
    batch: Batch
    names: References
    tallies: Tallies
    lines: array[int]
    """By the id of a deal, the line of the file that is about it, or 0: small for a million."""

    def __post_init__(self) -> None:
        self.gate = Gate(self.terms.pipeline, self.by.now, self.terms.why)
        self.outcomes = Outcomes(self.terms.pipeline)
        self.updates = Updates(self.by, self.terms.pipeline, self.names, self.terms.why)

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Take a chunk in; the rows that cannot be."""
        keys = [r.values["external_id"] for r in records if "external_id" in r.values]
        conn = self.by.book.conn
        known = {row.external_id: row for row in matching(conn, Opportunity, "external_id", keys)}
        self.updates.prepare(known.values())
        bad: list[Reject] = []
        waiting: list[tuple[Record, Update]] = []
        seen: dict[str, int] = {}
        for record in records:
            key = record.values.get("external_id")
            deal = known.get(key) if key is not None else None
            found = self._judge(record, deal, seen)
            if isinstance(found, Reject):
                bad.append(found)
            elif found:
                waiting.append((record, found))
        self.batch.flush()
        return bad + [reject for pair in waiting if (reject := self._update(*pair))]

    def finish(self) -> list[Reject]:
        """Nothing waits for later rows."""
        return []

    def _judge(
        self, record: Record, deal: Opportunity | None, seen: dict[str, int]
    ) -> Update | Reject | None:
        """Take a row in; what is left to do for it, or else everything that is wrong with it."""
        raised: list[DealflowError] = []
        if not record.faults:
            try:
                return self._take(record, deal, seen)
            except DealflowError as error:
                raised = [error]
        return rejected(record, *self._wrong(record, deal, seen), *raised)

    def _take(
        self, record: Record, deal: Opportunity | None, seen: dict[str, int]
    ) -> Update | None:
        self._check_key(record, deal, seen)
        row = self._course(record)
        update = None
        if deal is None:
            self._add(row)
        else:
            update = self._compare(row, deal)
        self._remember(record, deal, seen)
        return update

    def _course(self, record: Record) -> _Row:
        standing = self.outcomes.standing(record.values)
        found = times(record.values, standing.status, self.by.now)
        if self.terms.entered_late and found.late:
            self.tallies.remark("entered_late")
            found = found._replace(created=found.closed)
        return _Row(record, standing, found)

    def _check_key(self, record: Record, deal: Opportunity | None, seen: dict[str, int]) -> None:
        """Two rows about one deal: which of them is right, nobody knows."""
        key = record.values.get("external_id")
        line = (seen.get(key) if key else 0) or (self.lines[deal.id] if deal else 0)
        if line:
            raise Refused(f"external id '{key}' stands in line {line} already")

    def _wrong(
        self, record: Record, deal: Opportunity | None, seen: dict[str, int]
    ) -> list[DealflowError]:
        """What is wrong with a row, each judged by itself; after faults, only what is there."""
        values = record.values
        checks: list[Callable[[], object]] = [
            lambda: self._check_key(record, deal, seen),
            lambda: self.outcomes.standing(values),
            *self.names.look_ups(values),
        ]
        if not record.faults:
            checks.append(lambda: self._dated(record, deal))
        return failures(checks)

    def _dated(self, record: Record, deal: Opportunity | None) -> None:
        row = self._course(record)
        if deal is None:
            tidy(_title(record.values), "the title", 500)
            span(row.times, row.standing.status or OPEN, self.by.now)

    def _remember(self, record: Record, deal: Opportunity | None, seen: dict[str, int]) -> None:
        if deal is not None:
            self.lines[deal.id] = record.line
            return
        self.lines.append(record.line)
        if "external_id" in record.values:
            seen[record.values["external_id"]] = record.line

    # ── new deals ─────────────────────────────────────────────────────────────────────────────

    def _add(self, row: _Row) -> None:
        values = row.record.values
        arrival = self._arrival(row)
        amount = values.get("amount")
        title = tidy(_title(values), "the title", 500)
        source = values.get("source")
        source = tidy(source, "the source", 200) if source else None
        self._look_up(values)
        overridden = self.gate.admit(title, arrival, lambda: self._evidence(values, arrival))
        currency = amount.currency if amount else _currency(values) or self.by.db.currency
        people = self._people(values)
        owner = people.pop("owner_id")
        columns = {
            **people,
            "title": title,
            "folded": fold(title),
            "owner_id": owner,
            "first_owner_id": owner,
            "amount": amount.minor if amount else None,
            "currency": currency,
            "probability": values.get("probability"),
            "expected_close": row.times.expected,
            "source": source,
            "grade": values.get("grade"),
            "tags": _json(values.get("tags", [])),
            "fields": _json(filled_in(values, None, currency)),
            "external_id": values.get("external_id"),
        }
        made = bulk.take_in(self.batch, self.terms.pipeline, arrival, overridden, columns)
        lines = [self.names.make_product(name) for name in values.get("product", ())]
        bulk.add_lines(self.batch, made, currency, lines)
        self._remark(row, arrival)
        self.tallies.of("deals").created += 1

    def _look_up(self, values: dict[str, Any]) -> None:
        """Every name is looked up before anything is made of the row. Error: NotFound, Refused."""
        for look_up in self.names.look_ups(values):
            look_up()
        if "contact" in values and "account" not in values:
            raise Refused("a contact belongs to a customer, and the row names none")
        if "contact" in values:
            self.names.contact(self.names.account(values["account"]), values["contact"])

    def _people(self, values: dict[str, Any]) -> dict[str, int | None]:
        owner = self.names.make_rep(values["owner"]) if "owner" in values else self.by.me.id
        account = self.names.make_account(values["account"]) if "account" in values else None
        found: dict[str, int | None] = {"owner_id": owner, "account_id": account}
        if account is not None and "contact" in values:
            found["contact_id"] = self.names.make_contact(account, values["contact"])
        return found

    def _arrival(self, row: _Row) -> Arrival:
        status = row.standing.status or OPEN
        created, closed = span(row.times, status, self.by.now)
        first = self.terms.pipeline.open_stages[0]
        elsewhere = self.terms.closed_in or first if status != OPEN else first
        word = row.record.values.get("reason") if status == LOST else None
        return Arrival(
            stage=row.standing.stage or elsewhere,
            status=status,
            created_at=created,
            closed_at=closed,
            reason_id=self.names.reason(word).id if word else None,
        )

    def _evidence(self, values: dict[str, Any], arrival: Arrival) -> Evidence:
        present: set[str] = {
            name for name in ("contact", "account", "source", "product") if name in values
        }
        if "close" in values or (arrival.status == OPEN and "close_date" in values):
            present.add("close")
        if "account" in present and self.names.source_of(values["account"]):
            present.add("source")
        return Evidence(
            created_at=arrival.created_at,
            present=frozenset(present),
            fields=filled_in(values, None, self.by.db.currency),
            amount=values.get("amount"),
        )

    def _remark(self, row: _Row, arrival: Arrival) -> None:
        """Count what a person has to know about the rows that were taken in."""
        remark = self.tallies.remark
        if "external_id" not in row.record.values:
            remark("no_key")
        if "owner" not in row.record.values:
            remark("no_owner")
        if arrival.status == OPEN and row.times.created is None:
            remark("no_created")
        if arrival.status != OPEN and row.standing.stage is None and not self.terms.closed_in:
            remark("closed_in_first")
        if arrival.status == LOST and arrival.reason_id is None:
            remark("no_reason")

    # ── known deals ───────────────────────────────────────────────────────────────────────────

    def _compare(self, row: _Row, deal: Opportunity) -> Update | None:
        values = row.record.values
        created = row.times.created
        if created and day_of(deal.created_at, self.by.db.zone) != created.day:
            self.tallies.remark("created_differs")
        update = self.updates.plan(deal, values, row.standing, row.times)
        if update is None:
            self.tallies.of("deals").unchanged += 1
        return update

    def _update(self, record: Record, update: Update) -> Reject | None:
        try:
            with self.names.attempt():
                self.updates.apply(update)
        except DealflowError as error:
            return rejected(record, error)
        if update.close:
            self.tallies.remark("corrected")
        self.tallies.of("deals").updated += 1
        return None


def _title(values: dict[str, Any]) -> str:
    """What the row calls the deal, else what it is about: PRODUCT for ACCOUNT."""
    if "title" in values:
        return str(values["title"])
    account, products = values.get("account"), values.get("product")
    if account and products:
        return f"{', '.join(products)} for {account}"
    told: str | None = account or values.get("external_id")
    if not told:
        raise Refused("it has no title, no customer and no external id to call it by")
    return told


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else repr(value)


def _currency(values: dict[str, Any]) -> str | None:
    return known_currency(values["currency"]) if "currency" in values else None
