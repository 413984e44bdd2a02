"""The table of commands: where each one's function is, and what `--help` says of it.

A test holds every `about` to the first line of the function's docstring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

EVERY_DAY, FOLLOW_UP, QUESTIONS = "Every day", "Following up", "Questions"
HISTORY, RECORDS, DATA = "History", "Records", "Data"


class Entry(NamedTuple):
    """One command: where its function is, and what `--help` says without importing it."""

    target: str
    """`module:function` under dealflow.commands."""
    about: str
    panel: str = ""
    changes: bool = False
    """Whether it changes the database, and so has --dry-run."""
    asks: bool = False
    """Whether it asks before it goes on, though it is no change that can be undone."""


class Group(NamedTuple):
    about: str
    panel: str
    commands: Mapping[str, Entry | Group]


COMMANDS: dict[str, Entry | Group] = {
    "add": Entry("deals:add", "Add an opportunity.", EVERY_DAY, changes=True),
    "list": Entry(
        "deals:list_",
        "List opportunities: the open ones, unless the filter says otherwise.",
        EVERY_DAY,
    ),
    "show": Entry(
        "deals:show",
        "Show one deal on one screen: facts, stage, what is missing, history, plans.",
        EVERY_DAY,
    ),
    "edit": Entry(
        "deals:edit", "Change deals; `none` as a value takes it away.", EVERY_DAY, changes=True
    ),
    "advance": Entry(
        "moves:advance",
        "Move deals on: to the next stage, to the one named last, or to the one --suggested.",
        EVERY_DAY,
        changes=True,
    ),
    "back": Entry(
        "moves:back",
        "Move deals back: to the stage before, or to the one named last.",
        EVERY_DAY,
        changes=True,
    ),
    "win": Entry("moves:win", "Close deals as won (赢单).", EVERY_DAY, changes=True),
    "lose": Entry(
        "moves:lose",
        "Close deals as lost (输单), with a reason from the list.",
        EVERY_DAY,
        changes=True,
    ),
    "void": Entry(
        "moves:void",
        "Close deals that never were a chance (无效): kept out of every rate.",
        EVERY_DAY,
        changes=True,
    ),
    "reopen": Entry(
        "moves:reopen",
        "Open closed deals again, in the stage named last or the one they were closed in.",
        EVERY_DAY,
        changes=True,
    ),
    "move": Entry(
        "moves:move",
        "Move open deals into another pipeline: the one named last.",
        EVERY_DAY,
        changes=True,
    ),
    "log": Entry(
        "followups:log",
        "Log what was done on a deal, and plan the next step in the same breath.",
        FOLLOW_UP,
        changes=True,
    ),
    "plan": Entry(
        "followups:plan",
        "Plan a follow-up: when, what, to what end, by whom.",
        FOLLOW_UP,
        changes=True,
    ),
    "done": Entry(
        "followups:done",
        "Finish planned follow-ups by their numbers; logs what was done.",
        FOLLOW_UP,
        changes=True,
    ),
    "snooze": Entry(
        "followups:snooze",
        "Move planned follow-ups to another day: `snooze 7 +2d`.",
        FOLLOW_UP,
        changes=True,
    ),
    "cancel": Entry(
        "followups:cancel", "Give planned follow-ups up, with a reason.", FOLLOW_UP, changes=True
    ),
    "agenda": Entry(
        "followups:agenda", "What is planned: overdue, today, and the next days.", FOLLOW_UP
    ),
    "next": Entry("worklists:next_", "What to do next: one ordered list, and why.", FOLLOW_UP),
    "unplanned": Entry("worklists:unplanned", "Which open deals have nothing planned.", FOLLOW_UP),
    "quiet": Entry(
        "worklists:quiet",
        "Which open deals had no contact for longer than their grade allows.",
        FOLLOW_UP,
    ),
    "stuck": Entry(
        "worklists:stuck",
        "Which open deals are in their stage for longer than is expected, or usual.",
        FOLLOW_UP,
    ),
    "gaps": Entry(
        "worklists:gaps", "What is missing on deals, and the command that mends it.", FOLLOW_UP
    ),
    "join": Entry(
        "team:join",
        "Have somebody beside the owner take part in deals: `join 42 wang --role support`.",
        FOLLOW_UP,
        changes=True,
    ),
    "leave": Entry(
        "team:leave", "Have somebody take no more part in deals.", FOLLOW_UP, changes=True
    ),
    "hand-over": Entry(
        "team:hand_over",
        "Give the open deals of one rep to another, with what is planned on them.",
        FOLLOW_UP,
        changes=True,
    ),
    "remind": Entry(
        "reminding:remind",
        "Remind each rep of what is late and due: on the terminal, by mail, or in a chat.",
        FOLLOW_UP,
    ),
    "overdue": Entry("reports:overdue", "Which follow-ups are late, and how late.", QUESTIONS),
    "leakage": Entry(
        "reports:leakage",
        "Where the funnel leaks: what became of the deals that entered each stage.",
        QUESTIONS,
    ),
    "close-rates": Entry(
        "reports:close_rates", "Who closes what: won of won and lost, with intervals.", QUESTIONS
    ),
    "sql": Entry(
        "sql:sql", "Ask the database in SQL: one statement, which can only read.", QUESTIONS
    ),
    "undo": Entry(
        "journal:undo",
        "Take back a whole command: your last one, or number N of the history.",
        HISTORY,
        changes=True,
    ),
    "redo": Entry("journal:redo", "Do again what you undid last.", HISTORY, changes=True),
    "history": Entry("journal:history", "What was done, by whom, and what can be undone.", HISTORY),
    "reps": Group(
        "The sales team.",
        RECORDS,
        {
            "list": Entry("people:reps_list", "List the reps and their teams."),
            "add": Entry("people:reps_add", "Add a rep.", changes=True),
            "edit": Entry(
                "people:reps_edit", "Change a rep; `none` as a value takes it away.", changes=True
            ),
        },
    ),
    "accounts": Group(
        "The customers.",
        RECORDS,
        {
            "list": Entry("people:accounts_list", "List the customers."),
            "show": Entry(
                "people:accounts_show",
                "Show a customer: facts, people, deals, and what happened without a deal.",
            ),
            "log": Entry(
                "people:accounts_log",
                "Log what was done with a customer and no deal of theirs:"
                " it counts for each of them.",
                changes=True,
            ),
            "add": Entry("people:accounts_add", "Add a customer.", changes=True),
            "edit": Entry(
                "people:accounts_edit",
                "Change a customer; `none` as a value takes it away.",
                changes=True,
            ),
        },
    ),
    "contacts": Group(
        "The people at the customers.",
        RECORDS,
        {
            "list": Entry("people:contacts_list", "List the people at the customers."),
            "add": Entry("people:contacts_add", "Add a person at a customer.", changes=True),
            "edit": Entry(
                "people:contacts_edit",
                "Change a contact; `none` as a value takes it away.",
                changes=True,
            ),
        },
    ),
    "products": Group(
        "The catalogue.",
        RECORDS,
        {
            "list": Entry("people:products_list", "List the catalogue."),
            "add": Entry("people:products_add", "Add a product.", changes=True),
            "edit": Entry(
                "people:products_edit",
                "Change a product; `none` as a value takes it away.",
                changes=True,
            ),
        },
    ),
    "fields": Group(
        "Custom fields: what a team records beyond the usual.",
        RECORDS,
        {
            "list": Entry(
                "fields:list_", "List the custom fields, and how many records hold a value."
            ),
            "add": Entry(
                "fields:add", "Add a custom field to deals, customers or contacts.", changes=True
            ),
            "edit": Entry(
                "fields:edit",
                "Rename a custom field, change its choices, or its type where every value fits.",
                changes=True,
            ),
            "remove": Entry(
                "fields:remove",
                "Retire a custom field; what records hold stays, and comes back with it.",
                changes=True,
            ),
        },
    ),
    "stages": Group(
        "Pipelines and what their stages mean.",
        RECORDS,
        {
            "list": Entry(
                "stages:list_", "List the stages of every pipeline, with the open deals there."
            ),
            "show": Entry(
                "stages:show",
                "Show what a stage means: its standard, activities, result, and what it asks for.",
            ),
            "suggest": Entry(
                "stages:suggest",
                "Name deals whose signals say another stage, with the evidence. Moves nothing.",
            ),
            "review": Entry(
                "stages:review",
                "What the record of each stage says: is it used, met, and right; what to change.",
            ),
            "export": Entry("stages:export", "Print a pipeline as TOML, to edit and apply."),
            "apply": Entry(
                "stages:apply",
                "Make a pipeline what the file says. See first what that means with --dry-run.",
                changes=True,
            ),
        },
    ),
    "pipelines": Group(
        "Which pipelines there are.",
        RECORDS,
        {
            "list": Entry(
                "pipelines:list_",
                "List the pipelines, with the open deals in each and the new deals that go there.",
            ),
            "rename": Entry(
                "pipelines:rename",
                "Give a pipeline another name or key; its deals and their history stay.",
                changes=True,
            ),
            "retire": Entry(
                "pipelines:retire",
                "Take no more deals into a pipeline. Its closed deals stay in every report.",
                changes=True,
            ),
        },
    ),
    "init": Entry(
        "database:init",
        "Create a database: pipeline, currency, time zone, and you as its first rep.",
        DATA,
        changes=True,
    ),
    "demo": Entry(
        "demo:demo", "Make a sample database and show the morning's reports on it.", DATA
    ),
    "import": Entry(
        "interchange:import_",
        "Take in CSV or NDJSON: deals, customers, contacts, products, reps, activities.",
        DATA,
        changes=True,
    ),
    "export": Entry(
        "exporting:export",
        "Write planned follow-ups as a calendar: `dealflow export --ics > follow-ups.ics`.",
        DATA,
    ),
    "settings": Group(
        "The database's settings.",
        DATA,
        {
            "list": Entry(
                "database:settings_list",
                "List the database's settings, shared by everybody who uses it.",
            ),
            "set": Entry(
                "database:settings_set",
                "Change a setting: timezone, currency, workdays, pipeline, sharing, cadence.A …",
                changes=True,
            ),
            "rate": Entry(
                "database:settings_rate",
                "Say what a currency is worth in the base currency, from a day on.",
                changes=True,
            ),
            "holidays": Group(
                "The holiday calendar: days off, and days worked instead (调休).",
                DATA,
                {
                    "list": Entry(
                        "holidays:list_",
                        "List the holiday calendar: days off,"
                        " and days worked although the week has them off.",
                    ),
                    "load": Entry(
                        "holidays:load",
                        "Load the holidays of a country's years, make-up days (调休) included,"
                        " or those of a file.",
                        changes=True,
                    ),
                    "add": Entry(
                        "holidays:add",
                        "Add a day off, or with --work one that is worked,"
                        " to the holiday calendar.",
                        changes=True,
                    ),
                    "remove": Entry(
                        "holidays:remove",
                        "Take days, or a whole year, out of the holiday calendar.",
                        changes=True,
                    ),
                },
            ),
        },
    ),
    "db": Group(
        "The database itself.",
        DATA,
        {
            "check": Entry(
                "checking:check",
                "Check the file: integrity, checksums, the journal, dealflow's rules;"
                " mend what is certain.",
                asks=True,
            ),
            "info": Entry(
                "backups:info",
                "Say what the database file is, what it holds, and which backups there are.",
            ),
            "backup": Entry(
                "backups:backup",
                "Make a copy of the database that is checked to be sound, also while others write.",
            ),
            "restore": Entry(
                "backups:restore",
                "Make the database what a backup is. What it holds now is backed up first.",
                asks=True,
            ),
            "copy": Entry(
                "backups:copy",
                "Copy the database to a new place: a file to a server, or back. "
                "Compared row by row.",
            ),
            "merge": Entry(
                "merging:merge",
                "Bring in what was done in another copy of this database, field by field.",
                changes=True,
            ),
            "roles": Entry(
                "backups:roles",
                "Print the SQL that makes a server's roles: reader, rep, manager.",
            ),
            "journal": Entry(
                "writeahead:journal",
                "Choose the file's journal: rollback, safe wherever locks work, or wal.",
            ),
            "migrate": Entry(
                "database:migrate",
                "Bring a database of an older dealflow to this one's schema; backs it up first.",
            ),
        },
    ),
}


def every(
    table: Mapping[str, Entry | Group] | None = None, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Every command in order, with the words that name it: `("settings", "holidays", "add")`."""
    for word, entry in (COMMANDS if table is None else table).items():
        if isinstance(entry, Group):
            yield from every(entry.commands, (*above, word))
        else:
            yield (*above, word), entry


def named(typed: Sequence[str]) -> tuple[str, ...]:
    """The words at the beginning of a command line that name its command."""
    table: Mapping[str, Entry | Group] = COMMANDS
    for number, word in enumerate(typed, 1):
        entry = table.get(word)
        if not isinstance(entry, Group):
            return tuple(typed[:number])
        table = entry.commands
    return tuple(typed)
