"""export: records for other programs, people for a phone, follow-ups for a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from dealflow.commands.options import For
from dealflow.errors import UsageError
from dealflow.invocation import Run
from dealflow.options import format_of
from dealflow.results import Result


def export(
    run: Run,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TABLE] [FILTER]...",
            help="TABLE: deals, accounts, contacts, products, reps, activities, history,"
            " follow-ups, lines (products of deals) or participants. FILTER: as in the list of it",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FILE", help="the file to write, in place of one there; - for stdout"
        ),
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="the same as -o xlsx: a workbook with typed cells")
    ] = False,
    ics: Annotated[
        bool, typer.Option("--ics", help="planned follow-ups as a calendar (RFC 5545)")
    ] = False,
    vcard: Annotated[
        bool, typer.Option("--vcard", help="contacts as vCards, for phones and mail programs")
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="--ics: all-day events instead of to-dos")
    ] = False,
    done: Annotated[
        bool, typer.Option("--done", help="--ics: what is done or given up as well")
    ] = False,
    for_: For = None,
) -> Result:
    """Write records to move out with: `dealflow export deals --to deals.csv`.

    Every record of the table that the filter leaves, open and closed, with all that describes it,
    as CSV if not told otherwise (-o, or the ending of the file). `dealflow import` takes the file
    as it is: elsewhere it makes the same records, here it changes nothing.
    """
    from dealflow.questions import exporting

    if to is not None and not to.strip():
        raise UsageError("--to names no file", "dealflow export deals --to deals.csv")
    run.target, words = (None if to == "-" else to), words or []
    if xlsx + ics + vcard > 1:
        raise UsageError("--xlsx, --ics and --vcard are three formats", "one at a time")
    if (events or done or for_) and not ics:
        raise UsageError("--events, --done and --for are for --ics", "dealflow export --ics")
    if xlsx:
        _workbook(run)
    run.to.must_agree(document=ics or vcard)
    if ics:
        return _calendar(run, words, for_, events=events, over=done)
    if vcard:
        return _cards(run, words)
    if not words:
        tables = ", ".join(exporting.TABLES)
        raise UsageError("export which table?", f"{tables}; or dealflow export --ics, --vcard")
    return run.stream(exporting.records, exporting.table_named(words[0]), words[1:])


def _workbook(run: Run) -> None:
    """--xlsx. Error: UsageError where something else was asked for as well."""
    from dataclasses import replace

    told = run.options.output
    if run.options.json or (told and (format_of(told) or told) != "xlsx"):
        raise UsageError("--xlsx is a workbook, and something else was asked for")
    if not told:
        run.options = replace(run.options, output="xlsx")


def _calendar(
    run: Run, words: Sequence[str], for_: str | None, *, events: bool, over: bool
) -> Result:
    from dealflow.interchange.calendar import calendar

    return run.ask(calendar, words, for_=for_, all_day=events, over=over)


def _cards(run: Run, words: Sequence[str]) -> Result:
    from dealflow.interchange.cards import cards
    from dealflow.questions.exporting import table_named

    if words and table_named(words[0]) != "contacts":
        raise UsageError("--vcard is for contacts", "dealflow export contacts --vcard")
    document: Result = run.ask(cards, words[1:])
    return document
