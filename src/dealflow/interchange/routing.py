"""Deals of several pipelines in one file: each row goes to the pipeline that it names."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dealflow.errors import NotFound
from dealflow.interchange.deals import DealIntake
from dealflow.interchange.histories import HistoryIntake
from dealflow.interchange.rejects import Record, Reject, rejected
from dealflow.interchange.settling import Told
from dealflow.model import OPEN
from dealflow.stages import PipelineSpec

Make = Callable[[PipelineSpec, "array[int]"], DealIntake]


@dataclass
class Routed:
    """Takes rows in by pipeline, a chunk at a time.

    `lines` are the pipelines by the file's words for them; `history` makes what settles the stages
    that came with a deal, where the file has such columns.
    """

    lines: Mapping[str, PipelineSpec]
    only: PipelineSpec | None
    """Where every row goes, whatever it says."""
    make: Make
    history: Callable[[PipelineSpec], HistoryIntake] | None
    lines_of_file: array[int]
    _intakes: dict[int, DealIntake] = field(default_factory=dict)
    _histories: dict[int, HistoryIntake] = field(default_factory=dict)

    def take(self, records: Sequence[Record]) -> list[Reject]:
        """Take a chunk in; the rows that cannot be."""
        bad: list[Reject] = []
        groups: dict[int, list[Record]] = {}
        for record in records:
            word = str(record.values.pop("pipeline", ""))
            line = self.only or self.lines.get(word)
            if line is None:
                bad.append(rejected(record, self._unknown(word)))
                continue
            if line.id not in self._intakes:
                self._intakes[line.id] = self.make(line, self.lines_of_file)
            groups.setdefault(line.id, []).append(record)
        for number, group in groups.items():
            refused = self._intakes[number].take(group)
            bad += refused
            self._keep_history(self._intakes[number], group, {reject.line for reject in refused})
        return bad

    def _unknown(self, word: str) -> NotFound:
        error = NotFound("pipeline", word, [line.key for line in self.lines.values()])
        told = f'--value "pipeline:{word}=KEY" or --pipeline KEY says where its deals go'
        error.facts["remedy"] = f"{told}; --create pipelines,stages makes it"
        return error

    def _keep_history(self, intake: DealIntake, group: Sequence[Record], bad: set[int]) -> None:
        if self.history is None:
            return
        line = intake.terms.pipeline
        for record in group:
            entered, key = record.values.get("entered"), record.values.get("external_id")
            if not entered or key is None or record.line in bad:
                continue
            if line.id not in self._histories:
                self._histories[line.id] = self.history(line)
            settling = self._histories[line.id]
            rows = [row for word, at in entered for row in _told(settling, word, at, record)]
            if rows:
                settling.add(key, rows)

    def finish(self) -> list[Reject]:
        """Settle the histories that came with the deals."""
        bad = [reject for intake in self._intakes.values() for reject in intake.finish()]
        return bad + [reject for one in self._histories.values() for reject in one.finish()]


def _told(settling: HistoryIntake, word: str, at: Any, record: Record) -> list[Told]:
    """When the deal came to a stage; one that this pipeline has not, it was not in."""
    standing = settling.known_standing(word)
    if standing is None or at.at > settling.by.now:
        return []
    stage = standing.stage.id if standing.stage and standing.status == OPEN else 0
    return [Told(at=at.at, status=standing.status or OPEN, stage=stage, line=record.line)]
