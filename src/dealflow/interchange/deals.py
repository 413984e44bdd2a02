"""Deals from a file: new ones are taken in with one visit, known ones edited and moved."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dealflow.actions import Actor, bulk
from dealflow.actions.bulk import Arrival, Batch
from dealflow.dates import day_of
from dealflow.errors import DealflowError, Refused
from dealflow.interchange.custom import filled_in
from dealflow.interchange.entered import Entered
from dealflow.interchange.lines import Line, Lines, Terms
from dealflow.interchange.outcomes import Standing, Times, span, times
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject, failures, rejected
from dealflow.interchange.tallies import Tallies
from dealflow.interchange.updates import Update, Updates
from dealflow.model import LOST, OPEN, Opportunity
from dealflow.money import known_currency
from dealflow.named import NamedTuple
from dealflow.stages import Evidence
from dealflow.store.known import by_id
from dealflow.text import fold, tidy


class _Row(NamedTuple):
    """A record with what it says about the deal's course."""

    record: Record
    standing: Standing
    times: Times
    line: Line
    settled: str | None = None
    """What had to be settled about its dates, as it is counted once the row is taken in."""


class _Waiting(NamedTuple):
    """What is left to do for a row about a known deal, and who does it."""

    updates: Updates
    update: Update


@dataclass
class DealIntake:
    """Takes deals in, a chunk at a time, in the order of the file."""

    by: Actor
    terms: Terms
    batch: Batch
    names: References
    tallies: Tallies
    _lines: array[int] = field(init=False)
    """By the id of a deal, the line of the file that is about it, or 0: small for a million."""

    def __post_init__(self) -> None:
        self.lines = Lines(self.by, self.names, self.terms)
        self.entered = Entered(self.by, self.batch, self.names, self.tallies)
        self._lines = array("Q", bytes(8 * self.by.book.next_id(Opportunity)))

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Take a chunk in; the rows that cannot be."""
        keys = [r.values["external_id"] for r in records if "external_id" in r.values]
        known = by_id(self.by.book.conn, Opportunity, keys)
        for line, deals in self.lines.each(known.values()):
            line.updates.prepare(deals)
        self.names.prepare(records)
        bad: list[Reject] = []
        waiting: list[tuple[Record, _Waiting]] = []
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
        bad += [reject for pair in waiting if (reject := self._update(*pair))]
        self.entered.keep({reject.line for reject in bad})
        return bad

    def finish(self) -> list[Reject]:
        """Settle the histories that came with the deals."""
        return self.entered.finish()

    def _judge(
        self, record: Record, deal: Opportunity | None, seen: dict[str, int]
    ) -> _Waiting | Reject | None:
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
    ) -> _Waiting | None:
        self._check_key(record, deal, seen)
        row = self._course(record, deal)
        update = None
        if deal is None:
            self._add(row)
        else:
            update = self._compare(row, deal)
        self._remember(record, deal, seen)
        self.entered.note(record, row.line)
        if row.settled:
            self.tallies.remark(row.settled)
        return update

    def _course(self, record: Record, deal: Opportunity | None) -> _Row:
        line = self.lines.of(record.values, deal)
        standing = line.outcomes.standing(record.values)
        found, settled = times(record.values, standing.status, self.by.now), None
        if self.terms.entered_late and found.late:
            settled = "entered_late"
        elif deal is None and self.terms.why and found.closed and not found.created:
            settled = "closed_only"
        if settled:
            found = found._replace(created=found.closed)
        return _Row(record, standing, found, line, settled)

    def _check_key(self, record: Record, deal: Opportunity | None, seen: dict[str, int]) -> None:
        """Two rows about one deal: which of them is right, nobody knows."""
        key = record.values.get("external_id")
        line = (seen.get(key) if key else 0) or (self._lines[deal.id] if deal else 0)
        if line:
            raise Refused(f"external id '{key}' stands in line {line} already")

    def _wrong(
        self, record: Record, deal: Opportunity | None, seen: dict[str, int]
    ) -> list[DealflowError]:
        """What is wrong with a row, each judged by itself; after faults, only what is there."""
        values = record.values
        checks: list[Callable[[], object]] = [
            lambda: self._check_key(record, deal, seen),
            lambda: self.lines.of(values, deal).outcomes.standing(values),
            *self.names.look_ups(values),
        ]
        if not record.faults:
            checks.append(lambda: self._dated(record, deal))
        return failures(checks)

    def _dated(self, record: Record, deal: Opportunity | None) -> None:
        row = self._course(record, deal)
        if deal is None:
            tidy(_title(record.values), "the title", 500)
            span(row.times, row.standing.status or OPEN, self.by.now)

    def _remember(self, record: Record, deal: Opportunity | None, seen: dict[str, int]) -> None:
        if deal is not None:
            self._lines[deal.id] = record.line
            return
        self._lines.append(record.line)
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
        overridden = row.line.gate.admit(arrival, lambda: self._evidence(values, arrival))
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
        made = bulk.take_in(self.batch, row.line.pipeline, arrival, overridden, columns)
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
        first = row.line.pipeline.open_stages[0]
        elsewhere = row.line.closed_in or first if status != OPEN else first
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
        if row.line is not self.lines.default:
            remark("routed")
        if "owner" not in row.record.values:
            remark("no_owner")
        if arrival.status == OPEN and row.times.created is None:
            remark("no_created")
        if arrival.status != OPEN and row.standing.stage is None and not row.line.closed_in:
            remark("closed_in_first")
        if arrival.status == LOST and arrival.reason_id is None:
            remark("no_reason")

    # ── known deals ───────────────────────────────────────────────────────────────────────────

    def _compare(self, row: _Row, deal: Opportunity) -> _Waiting | None:
        values = row.record.values
        created = row.times.created
        if created and day_of(deal.created_at, self.by.db.zone) != created.day:
            self.tallies.remark("created_differs")
        update = row.line.updates.plan(deal, values, row.standing, row.times)
        if update is None:
            self.tallies.of("deals").unchanged += 1
            return None
        return _Waiting(row.line.updates, update)

    def _update(self, record: Record, waiting: _Waiting) -> Reject | None:
        try:
            with self.names.attempt():
                waiting.updates.apply(waiting.update)
        except DealflowError as error:
            return rejected(record, error)
        if waiting.update.close:
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
