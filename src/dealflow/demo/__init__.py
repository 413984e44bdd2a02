"""A sample database: a year of a sales team, invented from a seed, recorded as it would have been.

The same seed, deals, now and name make the same rows; identifiers for merging files (uid) differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dealflow.named import NamedTuple

if TYPE_CHECKING:
    from dealflow.demo.lives import World


class Wanted(NamedTuple):
    """What the sample is to be."""

    seed: int
    deals: int
    now: int
    """Epoch seconds UTC: the story ends here."""
    name: str
    """Who will look at it, as they call themselves; '' when nobody knows."""


def create(path: str, wanted: Wanted, on_warning: Callable[[str], None] | None = None) -> str:
    """Make a sample database at `path`; returns the handle of the rep who looks at it.

    Errors: AlreadyExists, Unusable; AlreadyExists too for somebody whose name is `me`.
    """
    from dealflow.demo import lives, office, owners, present
    from dealflow.demo.record import Recorder
    from dealflow.store import schema
    from dealflow.store.book import Author, Book
    from dealflow.store.connection import unheard

    around = world(wanted)
    told = lives.lives(around)
    steps = [*office.steps(around, owners.first(around, told)), *owners.steps(around, told)]
    for life in told:
        steps += present.steps(around, life)
    steps.sort(key=lambda step: step.at)

    def fill(book: Book) -> None:
        office.open_book(book, around)
        Recorder(book, around.hours).play(steps)

    author = Author(around.you, "demo", "dealflow demo", wanted.now)
    schema.create(path, author, fill, on_warning or unheard)
    return around.you


def world(wanted: Wanted) -> World:
    """What the lives of all deals share; follows from what is wanted alone."""
    from dealflow import pipelines
    from dealflow.actions.people import handle_for
    from dealflow.demo import cast
    from dealflow.demo.hours import ZONE, Hours
    from dealflow.demo.lives import World
    from dealflow.text import fold

    told = fold(wanted.name)
    known = [s.handle for s in cast.TEAM if told in {s.handle, fold(s.name)}]
    handle, name = cast.STAND_IN if known or not told.strip() else (handle_for(told), wanted.name)
    return World(
        seed=wanted.seed,
        deals=wanted.deals,
        hours=Hours(wanted.now, ZONE),
        pipelines={key: pipelines.template(key) for key in ("zh", "saas")},
        newcomer=cast.newcomer(handle, name),
        you=known[0] if known else handle,
    )
