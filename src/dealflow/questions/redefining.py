"""What an edited document would change, before it does."""

from __future__ import annotations

from dealflow.errors import Refused
from dealflow.named import NamedTuple
from dealflow.pipelines import Change, Wish, plan_definition_change, too_many_stages
from dealflow.questions import Ask
from dealflow.stages import PipelineSpec
from dealflow.store import pipelines
from dealflow.store.conn import Conn

#: changes of what a stage means, which can hold from another day on; the rest happens now
_MEANINGS = {"redefine", "reason"}


class Plan(NamedTuple):
    """What is going to be done."""

    old: PipelineSpec | None
    """As defined when the change takes effect; None for a new pipeline."""
    changes: tuple[Change, ...]
    told: tuple[str, ...]
    """Each change in a line."""
    warnings: tuple[str, ...]
    asks: str | None
    """What has to be agreed to: a stage is retired, and its deals move."""


def plan(ask: Ask, new: PipelineSpec, wish: Wish) -> Plan:
    """As `planned`."""
    return planned(ask.conn, ask.now, new, wish)


def planned(conn: Conn, now: int, new: PipelineSpec, wish: Wish) -> Plan:
    """What makes the stored pipeline into `new`.

    Errors: BadDefinition; Refused for deals that have no home, and for more than definitions that
    is to change from another day on.
    """
    found = pipelines.called(conn, new.key)
    if found is None:
        if wish.at is not None:
            raise Refused("a new pipeline begins now", "leave --from out")
        return Plan(None, (), (f"added pipeline {new.key}",), _warned(new), None)
    row, retired = found
    at = now if wish.at is None else wish.at
    old = pipelines.load(conn, row, at)
    there = {
        stage.key: number
        for stage in old.stages
        if (number := pipelines.open_deals(conn, stage.id))
    }
    changes = plan_definition_change(old, new, wish, there)
    _homeless(changes, there)
    if wish.at is not None:
        _only_meanings(changes)
    told = tuple(change.sentence for change in changes)
    if retired:
        told = (f"bring back pipeline {new.key}", *told)
    warnings = (*_until(conn, changes, at), *_since(changes, at, now), *_warned(new))
    return Plan(old, changes, told, warnings if changes else (), _asks(changes))


def _homeless(changes: tuple[Change, ...], there: dict[str, int]) -> None:
    for change in changes:
        stage = change.stage
        if change.kind != "retire" or stage is None or change.home or stage.key not in there:
            continue
        number = there[stage.key]
        deals = f"{number} open deals are" if number != 1 else "1 open deal is"
        raise Refused(
            f"{deals} in {stage.name}, which the new definition leaves out",
            f"--home {stage.key}=STAGE says where they go",
            deals=number,
        )


def _only_meanings(changes: tuple[Change, ...]) -> None:
    other = [change.sentence for change in changes if change.kind not in _MEANINGS]
    if other:
        told = "only what a stage means can change from another day on"
        hint = f"apply this first, without --from: {'; '.join(other)}"
        raise Refused(told, hint, changes=other)


def _until(conn: Conn, changes: tuple[Change, ...], at: int) -> list[str]:
    """Where another definition takes over later."""
    return [
        f"{change.stage.name} is defined anew later: this holds until then"
        " (dealflow stages show "
        f"{change.stage.key} --history)"
        for change in changes
        if change.kind == "redefine" and change.stage is not None
        if pipelines.defined_after(conn, change.stage.id, at)
    ]


def _since(changes: tuple[Change, ...], at: int, now: int) -> list[str]:
    """What a definition for a day gone by does not do."""
    if at >= now or not any(change.kind == "redefine" for change in changes):
        return []
    return ["moves made since then were judged by the definitions of their time, and stay"]


def _asks(changes: tuple[Change, ...]) -> str | None:
    gone = [change.sentence for change in changes if change.kind == "retire"]
    return "; ".join(gone) or None


def _warned(new: PipelineSpec) -> tuple[str, ...]:
    many = too_many_stages(new)
    return (many,) if many else ()
