"""A new database: its settings, its first pipeline, and the person who made it."""

from __future__ import annotations

from collections.abc import Callable

from dealflow import money
from dealflow.actions.people import handle_for
from dealflow.actions.pipelines import install
from dealflow.actions.settings import known_sharing
from dealflow.dates import zone
from dealflow.errors import UsageError
from dealflow.model import Rep, Setting
from dealflow.named import NamedTuple
from dealflow.stages import PipelineSpec
from dealflow.store import schema
from dealflow.store.book import Author, Book, new_uid
from dealflow.store.connection import nothing, unheard
from dealflow.store.settings import SHARING
from dealflow.text import tidy


class Start(NamedTuple):
    """What a database begins with."""

    pipelines: tuple[PipelineSpec, ...]
    currency: str
    timezone: str
    rep: str
    """The name of the first rep."""
    sharing: str = SHARING[0]
    group: bool = False
    """Whether the members of the folder's group may use the file."""


def create(
    path: str,
    author: Author,
    start: Start,
    on_warning: Callable[[str], None] = unheard,
    *,
    keep: bool = True,
    on_commit: Callable[[], None] = nothing,
) -> None:
    """Make a new database file; with `keep` false only find out whether that can be done.

    `on_commit` is called just before it is committed and put into its place.

    Errors: AlreadyExists, Unusable, UsageError for bad settings.
    """
    zone(start.timezone)
    currency = money.known_currency(start.currency)
    sharing = known_sharing(start.sharing)
    name = tidy(start.rep, "the name", 200)
    _must_differ([spec.key for spec in start.pipelines])

    def fill(book: Book) -> None:
        values = {
            "database_id": new_uid(book.now).hex(),
            "timezone": start.timezone,
            "currency": currency,
            "pipeline": start.pipelines[0].key,
        }
        if sharing != SHARING[0]:
            values["sharing"] = sharing
        for key, value in values.items():
            book.add(Setting(key=key, value=value))
        book.add(Rep(handle=handle_for(name), name=name))
        for spec in start.pipelines:
            install(book, spec)
        book.conn.on_commit = on_commit

    schema.create(path, author, fill, on_warning, sharing, group=start.group, keep=keep)


def _must_differ(keys: list[str]) -> None:
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise UsageError(f"pipeline '{twice}' is named twice")
