"""Which pipeline a new deal goes into where nobody says it: by its product, else its segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dealflow.actions import Actor, Done, lookup
from dealflow.model import Account, Setting
from dealflow.stages import PipelineSpec
from dealflow.store.settings import ROUTES, route
from dealflow.text import fold

_PRODUCT, _SEGMENT = ROUTES


def put(by: Actor, key: str, value: str) -> Done:
    """Say where new deals of a product or segment go; `none` takes it back. Error: NotFound."""
    kind, name = route(key) or ("", "")
    row = next((r for r in _routes(by) if _same(r.key, kind, name)), None)
    if value in {"none", ""}:
        if row is None:
            return Done("setting", (), (f"{key} was not set",))
        by.book.remove(row)
        return Done("setting", (), (f"{key} is taken back",))
    chosen = lookup.pipeline(by, value).key
    if row is None:
        row = by.book.add(Setting(key=key, value=chosen))
    else:
        row = by.book.change(row, value=chosen)
    return Done("setting", (row.id,), (f"{row.key} = {chosen}",))


def pipeline_for(
    by: Actor, word: str | None, products: Sequence[str], account: Account | None
) -> tuple[PipelineSpec, tuple[str, ...]]:
    """The pipeline of a new deal, and why where that is a route: the first product that has one,
    else the customer's segment, else the database's own choice. Error: NotFound.
    """
    return Routes(by).choose(word, products, account.segment if account else None)


class Routes:
    """The routes of a database, read once."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.to = {
            (kind, fold(name)): row.value
            for row in _routes(by)
            for kind, name in [route(row.key) or ("", "")]
        }

    def choose(
        self, word: str | None, products: Sequence[str], segment: str | None
    ) -> tuple[PipelineSpec, tuple[str, ...]]:
        """As pipeline_for."""
        names = [(_PRODUCT, name, f"product {name}") for name in products]
        names += [(_SEGMENT, segment, f"segment {segment}")] if segment else []
        for kind, name, told in names if word is None else ():
            key = self.to.get((kind, fold(name)))
            if key is not None:
                found = lookup.pipeline(self.by, key)
                return found, (f"in the pipeline {found.name}, as {told} says",)
        return lookup.pipeline(self.by, word), ()


def _routes(by: Actor) -> Iterator[Setting]:
    return (row for row in by.book.where(Setting) if route(row.key))


def _same(key: str, kind: str, name: str) -> bool:
    found = route(key)
    return found is not None and found[0] == kind and fold(found[1]) == fold(name)
