"""When deals came to their stages, told in columns of the deals: settled when all are taken in."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dealflow.actions import Actor
from dealflow.actions.bulk import Batch
from dealflow.interchange.lines import Line
from dealflow.interchange.references import References
from dealflow.interchange.rejects import Record, Reject
from dealflow.interchange.tallies import Tallies
from dealflow.model import OPEN

if TYPE_CHECKING:
    from dealflow.interchange.histories import HistoryIntake
    from dealflow.interchange.settling import Told

#: what such columns tell of a deal, as a file of its history would
_FIELDS = frozenset({"stage", "at"})


@dataclass
class Entered:
    """Keeps what the rows of deals say of their stages, by pipeline."""

    by: Actor
    batch: Batch
    names: References
    tallies: Tallies
    _noted: list[tuple[Record, Line]] = field(default_factory=list)
    _histories: dict[int, HistoryIntake] = field(default_factory=dict)

    def note(self, record: Record, line: Line) -> None:
        """A row that is about to be taken in."""
        if "entered" in record.values and "external_id" in record.values:
            self._noted.append((record, line))

    def keep(self, refused: AbstractSet[int]) -> None:
        """What the rows noted say, those of these lines of the file left out."""
        for record, line in self._noted:
            if record.line not in refused:
                history = self._history(line)
                rows = list(_told(history, record))
                if rows:
                    history.add(record.values["external_id"], rows)
        self._noted.clear()

    def finish(self) -> list[Reject]:
        """Settle all of it; the rows that cannot be."""
        return [reject for history in self._histories.values() for reject in history.finish()]

    def _history(self, line: Line) -> HistoryIntake:
        number = line.pipeline.id
        if number not in self._histories:
            from dealflow.interchange.histories import HistoryIntake

            self._histories[number] = HistoryIntake(
                self.by,
                line.pipeline,
                line.closed_in,
                _FIELDS,
                self.batch,
                self.names,
                self.tallies,
            )
        return self._histories[number]


def _told(history: HistoryIntake, record: Record) -> Iterator[Told]:
    """When the deal came to each stage; one that this pipeline has not, it was not in."""
    from dealflow.interchange.settling import Told

    for word, moment in record.values["entered"]:
        standing = history.known_standing(word)
        if standing is None or moment.at > history.by.now:
            continue
        status = standing.status or OPEN
        stage = standing.stage.id if standing.stage and status == OPEN else 0
        yield Told(at=moment.at, status=status, stage=stage, line=record.line)
