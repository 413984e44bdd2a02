"""A pipeline and its stages as their team defines them: values, found by key or by name. Pure."""

from __future__ import annotations

from dealflow.errors import NotFound
from dealflow.frozen import Frozen
from dealflow.model import OPEN, WON
from dealflow.requirements import Requirement
from dealflow.steps import Step
from dealflow.text import fold


class StageSpec(Frozen):
    """A stage as its team defines it; `id` is 0 until it is stored."""

    id: int = 0
    key: str
    name: str
    kind: str = OPEN
    """`open`, or `won` for the stage that a deal reaches by being won."""
    standard: str = ""
    """What must be true of a deal that is here."""
    activities: tuple[str, ...] = ()
    result: str = ""
    probability: float | None = None
    """0 to 1."""
    expected_days: int | None = None
    requires: tuple[Requirement, ...] = ()
    """What must hold before a deal comes here, or passes by."""
    signals: tuple[Requirement, ...] = ()
    """What suggests that a deal belongs here; never asked for."""
    plan: tuple[Step, ...] = ()
    """The follow-ups that entering plans."""
    position: int = 0
    """1 for the first; no two stages of a pipeline share one, retired stages included."""
    retired: bool = False


class PipelineSpec(Frozen):
    """Stages in order of position; at most one that is not retired is the won one, the last."""

    id: int = 0
    key: str
    name: str
    stages: tuple[StageSpec, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    """Why deals are lost: key and name of each."""

    @property
    def open_stages(self) -> tuple[StageSpec, ...]:
        """Where an open deal can go: neither won nor retired."""
        return tuple(s for s in self.stages if s.kind == OPEN and not s.retired)

    @property
    def won_stage(self) -> StageSpec | None:
        return next((s for s in self.stages if s.kind == WON and not s.retired), None)

    def stage(self, word: str) -> StageSpec:
        """The stage with this key, or else this name, however typed; NotFound with the nearest."""
        told = fold(word.strip())
        live_first = sorted(self.stages, key=lambda stage: stage.retired)
        named = [(s.key, s) for s in live_first] + [(s.name, s) for s in live_first]
        for name, stage in named:
            if fold(name) == told:
                return stage
        choices = [name for s in live_first for name in (s.name, s.key) if not s.retired]
        raise NotFound("stage", word, choices, hint=self.keys_told())

    def by_id(self, stage_id: int) -> StageSpec:
        """The stage stored under this id, retired or not; NotFound where it is elsewhere."""
        found = next((stage for stage in self.stages if stage.id == stage_id), None)
        if found is None:
            raise NotFound("stage", str(stage_id))
        return found

    def between(self, a: StageSpec, b: StageSpec | None) -> tuple[StageSpec, ...]:
        """The open stages after `a` and before `b`; without `b`, all that come after `a`."""
        after = (s for s in self.open_stages if s.position > a.position)
        return tuple(s for s in after if b is None or s.position < b.position)

    def next_after(self, stage: StageSpec) -> StageSpec | None:
        """The next open stage, after the last of them the won one, or None where there is none.

        A retired stage leads to no win.
        """
        return next(iter(self.between(stage, None)), None if stage.retired else self.won_stage)

    def asks(self, here: StageSpec, there: StageSpec | None) -> tuple[Requirement, ...]:
        """What a move forward has to meet, in order, each once; None is to win in no won stage.

        Stages that are jumped on the way ask too: jumping a stage does not get round it.
        """
        on_the_way = [*self.between(here, there), *([there] if there else [])]
        return tuple(dict.fromkeys(req for stage in on_the_way for req in stage.requires))

    def asks_at_entry(self, stage: StageSpec) -> tuple[Requirement, ...]:
        """What a deal that is new has to meet to begin in `stage`: nothing in the first."""
        first = self.open_stages[0]
        return () if stage.id == first.id else self.asks(first, stage)

    def keys_told(self) -> str:
        return "stages: " + ", ".join(stage.key for stage in self.stages if not stage.retired)
