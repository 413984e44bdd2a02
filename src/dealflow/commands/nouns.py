"""The commands that are called by a noun and a verb: `reps add`, `db check`."""

from __future__ import annotations

from dealflow.commands.entries import DATA, RECORDS, Entry, Group

OF_RECORDS: dict[str, Group] = {
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
            "merge": Entry(
                "duplicates:merge_accounts",
                "Merge customers that are one:"
                " deals, people, activities and facts go to the first.",
                changes=True,
                asks=True,
            ),
            "duplicates": Entry(
                "duplicates:accounts",
                "List customers that are probably one, why, and the command that merges them.",
            ),
        },
    ),
    "pool": Group(
        "The customers that nobody owns (公海).",
        RECORDS,
        {
            "list": Entry("pool:list_", "List the customers that nobody owns, and why."),
            "claim": Entry("pool:claim", "Claim customers from the pool.", changes=True),
            "release": Entry(
                "pool:release", "Give customers back to the pool, with a reason.", changes=True
            ),
            "recycle": Entry(
                "pool:recycle",
                "Give back what nobody touched for as long as the rule of its grade says.",
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
            "merge": Entry(
                "duplicates:merge_contacts",
                "Merge people of one customer who are one:"
                " deals, activities and facts go to the first.",
                changes=True,
                asks=True,
            ),
            "duplicates": Entry(
                "duplicates:contacts",
                "List people of one customer who are probably one, why,"
                " and the command that merges them.",
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
}

OF_DATA: dict[str, Group] = {
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
            "dump": Entry(
                "dumping:dump",
                "Write the whole database as lines of JSON, the journal included:"
                " `db dump > all.ndjson`.",
            ),
            "load": Entry(
                "dumping:load",
                "Make a new database from a dump: the same ids, the same journal."
                " Or nothing, if it is cut.",
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
