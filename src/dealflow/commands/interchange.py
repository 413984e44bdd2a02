"""import: other systems' files."""

from __future__ import annotations

from typing import Annotated

import typer

from dealflow import config
from dealflow.commands.options import Force, Why
from dealflow.invocation import Run
from dealflow.results import Result


def import_(
    run: Run,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[KIND] FILE",
            help="KIND: deals, accounts, contacts, products, reps, activities or history; left out,"
            " what the heading says. FILE: CSV, TSV, NDJSON, JSON or xlsx; - for stdin."
            " `layouts` lists the systems that are recognised, `layouts NAME` shows one",
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
        typer.Option(
            "--create",
            metavar="KIND,…",
            help="make what is missing: accounts,contacts,products,reps,reasons,stages,pipelines;"
            " all",
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option("--layout", metavar="NAME", help="which layout the file has; none for none"),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option("--dates", metavar="ORDER", help="dmy, mdy or ymd, where days are unclear"),
    ] = None,
    numbers: Annotated[
        str | None,
        typer.Option("--numbers", metavar="STYLE", help="1,234.50 or 1.234,50, where unclear"),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="which sheet of a workbook")
    ] = None,
    key: Annotated[
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
        str | None,
        typer.Option("--encoding", metavar="NAME", help="gb18030 …, if not what it looks"),
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="csv, tsv, ndjson, json or xlsx"),
    ] = None,
    force: Force = False,
    why: Why = None,
) -> Result:
    """Take in other systems' files: deals, customers, people, activities, stage histories.

    Exports of Salesforce, HubSpot, Pipedrive, Zoho, Odoo, 简道云 and others are recognised by their
    heading, and the import says by what; any other file by its own headings, or --map.

    Activities (a visit or an e-mail log) go to customers: by a contact's e-mail address, by domain,
    by name. Whose cannot be found is a bad row, which --skip-bad keeps to be imported later.

    All rows, or none: what cannot be taken in is told by line, and nothing is changed. What is
    known already (by external id, or by name) is updated; an empty cell says nothing.
    """
    from contextlib import closing

    from dealflow.interchange import conventions, importing, mapping
    from dealflow.interchange.about import about_layouts
    from dealflow.interchange.sources import open_source
    from dealflow.interchange.survey import Wanted
    from dealflow.output.progress import progress

    folder = config.folder(run.env)
    if words[0] == "layouts":
        return about_layouts(words[1:], folder)
    kind, path = importing.target(words)
    wanted = Wanted(conventions.order_named(dates), conventions.numbers_named(numbers))
    said = mapping.wishes(map_ or (), value or ())
    made = importing.creatable(create or ())
    dry_run = run.options.dry_run
    with (
        closing(open_source(path, format_, encoding, sheet)) as source,
        progress("importing", source.size) as tell,
        importing.keeping(skip_bad, dry_run=dry_run) as rejects,
    ):
        found = importing.recognise(source, kind, layout, folder, said)
        order = importing.Order(
            kind=found.kind,
            match=found.match,
            headings=found.by,
            wanted=wanted,
            wishes=said,
            save_map=save_map,
            use_map=use_map,
            create=made,
            key=key,
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
