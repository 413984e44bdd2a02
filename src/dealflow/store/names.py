"""From the names in a filter to what they stand for; an unknown one says so, with the nearest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dealflow.errors import BadFilter, NotFound, UnknownActor
from dealflow.filters import Between
from dealflow.stages import PipelineSpec, StageSpec
from dealflow.store import pipelines
from dealflow.store.conn import Conn
from dealflow.store.rewind import Tables
from dealflow.text import fold

_FEW = 2000

#: filter key -> what it names, the tables and columns read, and the values with their spellings
_NAMED: dict[str, tuple[str, dict[str, tuple[str, ...]], str]] = {
    "owner": ("rep", {"rep": ("handle", "name")}, "SELECT id, handle, name FROM {rep}"),
    "team": ("team", {"rep": ("team",)}, "SELECT DISTINCT team, team FROM {rep}"),
    "pipeline": ("pipeline", {"pipeline": ("key", "name")}, "SELECT id, key, name FROM {pipeline}"),
    "product": ("product", {"product": ("name",)}, "SELECT id, name FROM {product}"),
    "reason": (
        "loss reason",
        {"loss_reason": ("key", "name")},
        "SELECT id, key, name FROM {loss_reason}",
    ),
    "segment": (
        "segment",
        {"account": ("segment",)},
        "SELECT DISTINCT segment, segment FROM {account}",
    ),
    "region": ("region", {"account": ("region",)}, "SELECT DISTINCT region, region FROM {account}"),
    "source": (
        "source",
        {"account": ("source",), "opportunity": ("source",)},
        "SELECT source, source FROM {account} UNION SELECT source, source FROM {opportunity}",
    ),
}
_NAMED["for"] = _NAMED["was"] = _NAMED["owner"]


class Names:
    """Looks names up as they stood at `now`. `me` is the id of the rep who asks."""

    def __init__(self, conn: Conn, now: int, me: int | None) -> None:
        self.conn = conn
        self.now = now
        self.me = me
        self._stages: list[PipelineSpec] = []

    def actor(self) -> int:
        if self.me is None:
            raise UnknownActor
        return self.me

    def values(self, key: str, word: str) -> list[Any]:
        """What the name stands for: ids, or texts as they are stored. Error: NotFound."""
        what, reads, sql = _NAMED[key]
        rows = self._rows(reads, sql)
        told = fold(word)
        found = [value for value, *said in rows if told in {fold(name) for name in said if name}]
        if not found:
            known = [name for _, *said in rows for name in said if name]
            raise NotFound(what, word, known[:_FEW], _known(known))
        return found

    def taking_part(self, word: str) -> tuple[list[int], list[str]]:
        """The reps of this name, and the roles in deals that are so called. Error: NotFound."""
        told = fold(word)
        people = self._rows({"rep": ("handle", "name")}, "SELECT id, handle, name FROM {rep}")
        roles = self._rows(
            {"participant": ("opportunity_id", "role")}, "SELECT DISTINCT role FROM {participant}"
        )
        reps = [one for one, *names in people if told in map(fold, names)]
        named = [role for (role,) in roles if fold(role) == told]
        if not reps and not named:
            known = [*(role for (role,) in roles), *(handle for _, handle, _ in people)]
            raise NotFound("rep or role", word, known[:_FEW], _known(known))
        return reps, named

    def customer(self, part: str) -> None:
        """Refuse a part of a customer's name that is in none. Error: NotFound."""
        reads = {"account": ("name", "folded")}
        test = "SELECT 1 FROM {account} a WHERE instr(a.folded, :word) > 0 LIMIT 1"
        if not self._rows(reads, test, word=part):
            some = self._rows(reads, "SELECT name FROM {account} LIMIT :few", few=_FEW)
            raise NotFound("customer", part, [name for (name,) in some])

    def stages(self, word: str) -> list[int]:
        """The stages with this key, or else this name, in whichever pipeline. Error: NotFound."""
        found = [spec.id for pipeline in self.pipelines for spec in _called(pipeline, word)]
        if not found:
            raise self._no_stage(word)
        return found

    def stage_range(self, ends: Between) -> list[int]:
        """The stages between the ends, in each pipeline that has both of those that are given.

        Errors: NotFound; BadFilter where the range runs backwards.
        """
        for word in (ends.low, ends.high):
            if word is not None:
                self.stages(str(word))
        ranges = [_between(pipeline, ends) for pipeline in self.pipelines]
        known = [found for found in ranges if found is not None]
        told = f"stage:{ends.low or ''}..{ends.high or ''}"
        if not known:
            raise BadFilter(f"no pipeline has both ends of {told}")
        if not any(known) and ends.low is not None and ends.high is not None:
            raise BadFilter(f"{told} runs backwards", f"write stage:{ends.high}..{ends.low}")
        return [stage_id for found in known for stage_id in found]

    @property
    def pipelines(self) -> list[PipelineSpec]:
        """All pipelines, the retired ones too, with their stages as defined at `now`."""
        if not self._stages:
            ids = self.conn.execute("SELECT id FROM pipeline ORDER BY position, id").fetchall()
            self._stages = [pipelines.stood(self.conn, row[0], self.now) for row in ids]
        return self._stages

    def _no_stage(self, word: str) -> NotFound:
        live = [spec for pipeline in self.pipelines for spec in pipeline.stages if not spec.retired]
        choices = [name for spec in live for name in (spec.key, spec.name)]
        return NotFound("stage", word, choices, _known(spec.key for spec in live))

    def _rows(
        self, reads: Mapping[str, tuple[str, ...]], sql: str, **values: Any
    ) -> list[tuple[Any, ...]]:
        tables = Tables(self.conn, self.now)
        names = {table: tables.name(table, *columns) for table, columns in reads.items()}
        text = tables.with_terms() + sql.format(**names)
        found: list[tuple[Any, ...]] = self.conn.execute(
            text, {"now": self.now} | values
        ).fetchall()
        return found


def _known(names: Iterable[str]) -> str | None:
    listed = list(dict.fromkeys(names))
    return f"known: {', '.join(listed)}" if 0 < len(listed) <= 20 else None


def _called(pipeline: PipelineSpec, word: str) -> list[StageSpec]:
    told = fold(word)
    by_key = [spec for spec in pipeline.stages if fold(spec.key) == told]
    return by_key or [spec for spec in pipeline.stages if fold(spec.name) == told]


def _between(pipeline: PipelineSpec, ends: Between) -> list[int] | None:
    """The ids of the pipeline's stages in the range; None where it lacks an end."""
    low = 0
    high = max((spec.position for spec in pipeline.stages), default=0)
    if ends.low is not None:
        first = _called(pipeline, str(ends.low))
        if not first:
            return None
        low = first[0].position + ends.low_open
    if ends.high is not None:
        last = _called(pipeline, str(ends.high))
        if not last:
            return None
        high = last[-1].position - ends.high_open
    return [spec.id for spec in pipeline.stages if low <= spec.position <= high]
