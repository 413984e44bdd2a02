"""init, demo, settings, db: the database itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from dealflow.afterwards import hold_interrupts
from dealflow.errors import UnknownWord, Unusable, UsageError
from dealflow.invocation import Run
from dealflow.results import Result
from dealflow.store.conn import is_server

if TYPE_CHECKING:
    from dealflow.stages import PipelineSpec
    from dealflow.store.conn import Conn


def init(
    run: Run,
    pipeline: Annotated[
        list[str] | None,
        typer.Option("--pipeline", "-p", metavar="zh|en|saas|FILE", help="repeatable; default en"),
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="base currency")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="where the team's days begin")
    ] = None,
    sharing: Annotated[
        str,
        typer.Option(
            "--sharing",
            metavar="team|single-user",
            help="single-user may write where a team may not",
        ),
    ] = "team",
    shared_group: Annotated[
        bool,
        typer.Option("--shared-group", help="let the folder's group use the file (mode 0660)"),
    ] = False,
) -> Result:
    """Create a database: pipeline, currency, time zone, and you as its first rep."""
    from dealflow import clock
    from dealflow.actions import setup
    from dealflow.actions.people import handle_for
    from dealflow.store.book import Author

    specs = tuple(_pipeline(word) for word in pipeline or ["en"])
    rep = run.name
    if not rep:
        raise UsageError("who are you?", "add --as NAME")
    currency = currency or ("CNY" if specs[0].key == "zh" else "USD")
    start = setup.Start(
        specs, currency, timezone or clock.local_zone_name(), rep, sharing, shared_group
    )
    author = Author(handle_for(rep), "init", run.typed(), run.clock)
    keep = not run.options.dry_run
    with _folder(run, keep):
        setup.create(run.path, author, start, run.warn, keep=keep, on_commit=hold_interrupts)
    told = (
        f"{'created' if keep else 'would create'} {run.place}: pipeline"
        f" {', '.join(s.key for s in specs)}, {currency}, {start.timezone}, first rep {rep}"
    )
    zone = "this computer's clock runs in UTC; --timezone says where the team's days begin"
    guessed = not timezone and start.timezone in {"UTC", "Etc/UTC"}
    group = "members of the folder's group may read and change it (mode 0660)"
    first = 'next: dealflow add "First deal" -a Customer -v 10k --next +3d'
    last = first if keep else "dry run: nothing was created"
    said = [group] * shared_group + [zone] * guessed
    return run.about_file(told, *said, last)


@contextmanager
def _folder(run: Run, keep: bool) -> Iterator[None]:
    """The platform's data folder is made; a folder named by the user has to be there.

    With `keep` false what was made is taken away again.
    """
    named = run.options.db or run.env.get("DEALFLOW_DB") or is_server(run.path)
    made = [] if named else _missing(run.path)
    try:
        for folder in reversed(made):
            os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as exc:
        raise Unusable(f"cannot create {folder}: {(exc.strerror or str(exc)).lower()}") from None
    try:
        yield
    finally:
        for folder in [] if keep else made:
            with suppress(OSError):  # somebody else has put something there
                os.rmdir(folder)


def _missing(path: str) -> list[str]:
    """The folders above a file that are not there, the innermost first."""
    folder, missing = os.path.dirname(os.path.abspath(path)), []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    return missing


def _pipeline(word: str) -> PipelineSpec:
    """A template by its name, or a pipeline document by its path."""
    from dealflow import pipelines
    from dealflow.commands.stages import read_text

    if word in pipelines.TEMPLATES:
        return pipelines.template(word)
    if not os.path.exists(word) and "." not in word:
        raise UnknownWord("pipeline template", word, pipelines.TEMPLATES)
    return pipelines.parse_pipeline(read_text(word))


def settings_list(run: Run) -> Result:
    """List the database's settings, shared by everybody who uses it."""
    from dealflow.questions import catalogue

    return run.ask(catalogue.settings)


def settings_set(
    run: Run,
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="timezone, currency, workdays, pipeline, cadence.A …"),
    ],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="its new value")],
) -> Result:
    """Change a setting: timezone, currency, workdays, pipeline, sharing, cadence.A …"""
    from dealflow.actions import settings

    return run.act(settings.put, key, value, sharing=value if key == "sharing" else None)


def settings_rate(
    run: Run,
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="three letters: USD")],
    worth: Annotated[str, typer.Argument(metavar="WORTH", help="of one unit, in base currency")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="since when, if not today")
    ] = None,
) -> Result:
    """Say what a currency is worth in the base currency, from a day on."""
    from dealflow.actions import settings

    day = run.day(from_ or "today")
    return run.act(settings.rate, currency, day, _millionths(worth))


def _millionths(text: str) -> int:
    whole, _, fraction = text.partition(".")
    if not (whole + fraction).isdecimal() or len(fraction) > 6 or int(whole + fraction) == 0:
        raise UsageError(f"'{text}' is not a rate", "write it as a number: 7.12")
    return int(whole or 0) * 1_000_000 + int(fraction.ljust(6, "0"))


def migrate(run: Run) -> Result:
    """Bring a database of an older dealflow to this one's schema; backs it up first."""
    from dealflow.commands.backups import folder, stamp, told
    from dealflow.store import backups, schema

    kept: list[str] = []

    def keep(conn: Conn) -> None:
        made = backups.before(conn, folder(run), stamp(run))
        kept.extend(told(made))

    before, now = schema.migrate(run.path, keep, run.warn, hold_interrupts)
    at = f"{run.place} is at schema version {now}"
    return run.about_file(*kept, at + (f"; it was at {before}" if before != now else " already"))
