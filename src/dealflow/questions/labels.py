"""What stages, pipelines and reasons are called in a file, so that an import means the same ones.

By their names, as people know them; by the key where the name alone would mean another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from dealflow.errors import NotFound
from dealflow.questions import Ask
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import exporting as store
from dealflow.store import pipelines
from dealflow.text import fold


class Labels:
    """The labels as of `ask.now`, each looked up once."""

    def __init__(self, ask: Ask) -> None:
        self.now = ask.now
        self._ask = ask
        self._stages: dict[int, tuple[str, str]] = {}
        self._reasons: dict[str, str] = {}

    def stage(self, stage_id: int) -> tuple[str, str]:
        """What the pipeline of a stage is called, and the stage."""
        if not self._stages:
            self._stages = dict(self._told())
        return self._stages[stage_id]

    def reason(self, key: str | None, name: str | None) -> str | None:
        """What a reason to lose a deal is called."""
        if key is None or name is None:
            return None
        if not self._reasons:
            rows = store.all_reasons(self._ask.conn, self.now)
            meant = {fold(called): one for one, called in reversed(rows)}
            meant |= {fold(one): one for one, _ in rows}
            self._reasons = {
                one: called if meant[fold(called)] == one and called.strip() == called else one
                for one, called in rows
            }
        return self._reasons[key]

    def _told(self) -> Iterator[tuple[int, tuple[str, str]]]:
        ids = store.all_pipelines(self._ask.conn, self.now)
        lines = [pipelines.stood(self._ask.conn, one, self.now) for one in ids]
        for line in lines:
            word = line.name if _first(lines, line.name) is line else line.key
            for stage in line.stages:
                yield stage.id, (word, _stage(line, stage))


def _first(lines: list[PipelineSpec], word: str) -> PipelineSpec | None:
    """The pipeline that a word means."""
    told = fold(word.strip())
    return next((one for one in lines if told in {fold(one.key), fold(one.name)}), None)


def _stage(line: PipelineSpec, stage: StageSpec) -> str:
    try:
        return stage.name if line.stage(stage.name) is stage else stage.key
    except NotFound:  # its name has blanks around it
        return stage.key
