"""How likely an open deal is to be won: the one place that weighted values take it from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dealflow.stages import PipelineSpec

#: from a stage and the deal's own probability to the chance, 0 to 1; None where nobody said one
Chance = Callable[[int, float | None], float | None]


def chances(specs: Iterable[PipelineSpec]) -> Chance:
    """The rep's own probability where it is set, else the one that the stage is configured with."""
    configured = {stage.id: stage.probability for spec in specs for stage in spec.stages}
    return lambda stage, own: configured.get(stage) if own is None else own
