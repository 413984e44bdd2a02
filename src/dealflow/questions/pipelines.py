"""The pipelines: what goes on in each, and what goes there."""

from __future__ import annotations

from collections import defaultdict

from dealflow.model import OPEN
from dealflow.questions import Ask
from dealflow.results import BOOL, ID, INT, LIST, MACHINE, Column, Table
from dealflow.store import pipelines as store
from dealflow.store.settings import route, stored
from dealflow.store.standing import standing

COLUMNS = (
    Column("key", "pipeline", ID),
    Column("name", "name"),
    Column("stages", "open stages", INT, about="that are not retired"),
    Column("deals", "open deals", INT),
    Column("takes", "new deals", LIST, about="which of them go there without being told"),
    Column("retired", "retired", BOOL),
    Column("position", "position", INT, MACHINE),
    Column("id", "id", INT, MACHINE),
)


def listing(ask: Ask) -> Table:
    """Every pipeline, the retired ones last, as of now."""
    deals: dict[int, int] = defaultdict(int)
    for found in standing(ask.conn, ask.now):
        deals[found.stage_id] += found.deals
    takes = _takes(ask)
    rows = []
    for place, (spec, retired) in enumerate(store.known(ask.conn, ask.now), 1):
        live = [stage for stage in spec.stages if stage.kind == OPEN and not stage.retired]
        count = sum(deals[stage.id] for stage in spec.stages)
        told = tuple(takes[spec.key])
        rows.append((spec.key, spec.name, len(live), count, told, retired, place, spec.id))
    rows.sort(key=lambda row: row[5])
    return Table(
        name="pipelines", columns=COLUMNS, rows=rows, empty="none; dealflow stages apply FILE"
    )


def _takes(ask: Ask) -> dict[str, list[str]]:
    """By key, which new deals go there."""
    found: dict[str, list[str]] = defaultdict(list)
    live = store.as_they_stood(ask.conn, ask.now)
    default = ask.setting("pipeline") or (live[0].key if live else "")
    found[default].append("all others")
    for key, value in sorted(stored(ask.conn, ask.now).items(), reverse=True):
        named = route(key)
        if named:
            found[value].insert(0, named[1])
    return found
