"""What the words of a file say about where a deal stands: open in a stage, or closed, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dealflow.errors import NotFound, Refused, UnknownWord
from dealflow.interchange.fields import normal
from dealflow.interchange.values import Moment
from dealflow.model import LOST, OPEN, VOID, WON
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec, StageSpec

#: words for a status, as other systems write them, without case, spaces and punctuation
_WORDS = {
    OPEN: "open active inprogress ongoing 进行中 跟进中 未结束",
    WON: "won win closedwon wonclosed 赢单 成交 已成交 已赢单",
    LOST: "lost lose closedlost lostclosed 输单 丢单 已输单 已丢单 流失 已流失 战败",
    VOID: "void invalid disqualified duplicate 无效 作废 已作废 无效商机",
}
STATUS_OF = {word: status for status, words in _WORDS.items() for word in words.split()}


class Standing(NamedTuple):
    """`status` is None where the row says neither a stage nor a status; `stage` where none."""

    stage: StageSpec | None
    status: str | None


@dataclass
class Outcomes:
    """Reads stage and status words against a pipeline, remembering the few that there are."""

    pipeline: PipelineSpec
    exact: bool = False
    """Whether a deal may have been closed in a stage that is retired since."""
    _known: dict[tuple[str | None, str | None], Standing] = field(default_factory=dict)

    def standing(self, values: dict[str, Any]) -> Standing:
        """Errors: NotFound for a stage, UnknownWord, Refused where the two contradict."""
        key = values.get("stage"), values.get("status")
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, stage_word: str | None, status_word: str | None) -> Standing:
        stage, meant = self._stage(stage_word) if stage_word else (None, None)
        said = _status(status_word) if status_word else None
        if meant and said and meant != said:
            told = f"the stage says '{stage_word}', the status '{status_word}'"
            raise Refused(told)
        status = said or meant or (OPEN if stage else None)
        return Standing(stage, status)

    def _stage(self, word: str) -> tuple[StageSpec | None, str | None]:
        """The stage that a word names, or else the outcome that it means."""
        try:
            stage = self.pipeline.stage(word)
        except NotFound as unknown:
            status = STATUS_OF.get(normal(word))
            if status is not None:
                return None, status
            near = unknown.hint or ""
            told = near if near.startswith("did you mean") else self.pipeline.keys_told()
            error = Refused(f"no stage '{word}'; {told}")
            error.facts["remedy"] = f'--value "stage:{word}=KEY" says what is meant'
            raise error from None
        if stage.kind == WON:
            return None, WON
        if stage.retired and not self.exact:
            raise Refused(f"stage {stage.name} is retired; {self.pipeline.keys_told()}")
        return stage, None


def _status(word: str) -> str:
    found = STATUS_OF.get(normal(word))
    if found is None:
        raise UnknownWord("status", word, (OPEN, WON, LOST, VOID))
    return found


class Times(NamedTuple):
    created: Moment | None
    closed: Moment | None
    expected: str | None
    """The day on which an open deal is expected to close."""

    @property
    def late(self) -> bool:
        """Whether it was created after it was closed."""
        return bool(self.created and self.closed and self.created.day > self.closed.day)


def times(values: dict[str, Any], status: str | None, now: int) -> Times:
    """When the deal was created and closed, as far as the row says. Error: Refused.

    A `close_date` is when a closed deal was closed, and when an open one is expected to be.
    """
    created, closed = values.get("created"), values.get("closed")
    either, expected = values.get("close_date"), values.get("close")
    if status in {None, OPEN}:
        expected = expected or (either.day if either else None)
        if closed:
            raise Refused(f"it is open, but was closed on {closed.day}")
    else:
        closed = closed or either
    for what, moment in (("created", created), ("closed", closed)):
        if moment and moment.at > now:
            raise Refused(f"it was {what} on {moment.day}, which lies in the future")
    return Times(created, closed, expected.isoformat() if expected else None)


def span(found: Times, status: str, now: int) -> tuple[int, int | None]:
    """When a new deal was created, and closed. A row that does not say it is not completed.

    An open deal without a date is recorded as of now. Error: Refused for a closed one.
    """
    if status == OPEN:
        return (found.created.at if found.created else now), None
    if found.created is None or found.closed is None:
        lacking = "created" if found.created is None else "closed"
        error = Refused(f"it is {status}, but has no {lacking} date")
        remedy = f"--map 'COLUMN={lacking}' says which column has it"
        if lacking == "created":
            remedy += '; --force --why "…" takes closed deals as created when closed'
        error.facts["remedy"] = remedy
        raise error
    created, closed = found.created, found.closed
    if closed.at >= created.at:
        return created.at, closed.at
    if closed.day == created.day and not closed.exact:
        return created.at, created.at
    raise Refused(f"it was closed on {closed.day}, before it was created on {created.day}")
