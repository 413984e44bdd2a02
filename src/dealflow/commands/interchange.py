"""import: other systems' files."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow.commands.options import Force, Why
from dealflow.invocation import Run
from dealflow.results import Result


def import_(
    run: Run,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] FILE",
            help="KIND: deals if left out; accounts, contacts, products, reps, activities."
            " FILE: CSV, TSV or NDJSON; - for stdin",
        ),
    ],
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD,…", help="what a column means; repeatable"),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="FIELD:THEIRS=OURS", help="what a word means; repeatable"),
    ] = None,
    save_map: Annotated[
        str | None, typer.Option("--save-map", metavar="NAME", help="keep --map and --value")
    ] = None,
    use_map: Annotated[
        str | None, typer.Option("--use-map", metavar="NAME", help="what was kept before")
    ] = None,
    create: Annotated[
        list[str] | None,
        typer.Option("--create", metavar="KIND,…", help="make missing accounts,products,reps"),
    ] = None,
    match: Annotated[
        str | None, typer.Option("--match", metavar="FIELD", help="what tells records apart")
    ] = None,
    pipeline: Annotated[
        str | None,
        typer.Option(
            "--pipeline",
            metavar="KEY",
            help="which pipeline all deals are in, if not where each belongs",
        ),
    ] = None,
    closed_in: Annotated[
        str | None,
        typer.Option("--closed-in", metavar="STAGE", help="where closed deals were closed"),
    ] = None,
    default: Annotated[
        str | None,
        typer.Option("--default", metavar="KIND", help="what an activity is, if it does not say"),
    ] = None,
    skip_bad: Annotated[
        str | None,
        typer.Option("--skip-bad", metavar="FILE", help="go on without bad rows; they go there"),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAME", help="if not UTF-8: gb18030 …")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="csv, tsv or ndjson")
    ] = None,
    force: Force = False,
    why: Why = None,
) -> Result:
    """Take in CSV or NDJSON: deals, customers, contacts, products, reps, activities.

    Activities (a visit or an e-mail log) go to customers: by a contact's e-mail address, by domain,
    by name. Whose cannot be found is a bad row, which --skip-bad keeps to be imported later.

    All rows, or none: what cannot be taken in is told by line, and nothing is changed. What is
    known already (by external id, or by name) is updated; an empty cell says nothing.
    """
    from contextlib import closing

    from dealflow.interchange import importing, mapping
    from dealflow.interchange.sources import open_source
    from dealflow.output.progress import progress

    kind, path = importing.target(words)
    said = mapping.wishes(map_ or (), value or ())
    made = importing.creatable(create or ())
    dry_run = run.options.dry_run
    with (
        closing(open_source(path, format_, encoding)) as source,
        progress("importing", source.size) as tell,
        importing.keeping(skip_bad, dry_run=dry_run) as rejects,
    ):
        order = importing.Order(
            kind=kind,
            wishes=said,
            save_map=save_map,
            use_map=use_map,
            create=made,
            match=match,
            pipeline=pipeline,
            closed_in=closed_in,
            default=default,
            force=force,
            why=why,
            dry_run=dry_run,
            progress=tell,
        )
        if run.options.once is not None:
            run.content.append(source.digest())
        return run.within(lambda by, earlier: importing.answer(by, source, order, rejects, earlier))
