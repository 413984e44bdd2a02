"""The table of commands: where each one's function is, and what `--help` says of it.

A test holds every `about` to the first line of the function's docstring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dealflow.commands.entries import (
    DATA,
    EVERY_DAY,
    FOLLOW_UP,
    HISTORY,
    QUESTIONS,
    Entry,
    Group,
)
from dealflow.commands.foreseeing import FORECAST, TARGETS
from dealflow.commands.nouns import OF_DATA, OF_RECORDS

__all__ = ["COMMANDS", "DATA", "EVERY_DAY", "Entry", "Group"]

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
        "Plan a follow-up: when, what, to what end, through which channel, by whom.",
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
    "pipeline": Entry(
        "flow:pipeline",
        "What is open: how many deals, worth how much, how old, in each stage.",
        QUESTIONS,
    ),
    "changes": Entry(
        "flow:changes",
        "What became of the open value between two days: new, grew, pushed, won, lost …",
        QUESTIONS,
    ),
    "pushes": Entry(
        "flow:pushes", "How often expected closes slip: whose, how far, of which deals.", QUESTIONS
    ),
    "days": Entry(
        "flow:days", "How long deals take: from creation to close, and in each stage.", QUESTIONS
    ),
    "reasons": Entry(
        "flow:reasons",
        "Why deals were lost: for which reason, from which stage, how much.",
        QUESTIONS,
    ),
    "effort": Entry(
        "reports:effort",
        "What was done with customers, and which plans were kept; today, if not said otherwise.",
        QUESTIONS,
    ),
    "forecast": FORECAST,
    "targets": TARGETS,
    "score": Entry(
        "learning:score",
        "Which open deals, and which customers, are most likely to buy, and why.",
        QUESTIONS,
    ),
    "factors": Entry(
        "learning:factors",
        "What goes with winning: what deals are, and how they were followed up.",
        QUESTIONS,
    ),
    "coach": Entry(
        "learning:coach",
        "A page for a team meeting: each rep beside the others, and deals to look at.",
        QUESTIONS,
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
    **OF_RECORDS,
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
        "Take in other systems' files: deals, customers, people, activities, stage histories.",
        DATA,
        changes=True,
    ),
    "apply": Entry(
        "applying:apply",
        "Run many commands, a line of JSON each: all of them or none, or with --each one by one.",
        DATA,
        changes=True,
    ),
    "schema": Entry(
        "contract:schema",
        "Print what programs can rely on: options, JSON Schema of every answer, error codes.",
        DATA,
    ),
    "completion": Entry(
        "completion:completion",
        "Print the script with which bash, zsh or fish completes dealflow's words and records.",
        DATA,
    ),
    "export": Entry(
        "exporting:export",
        "Write records to move out with: `dealflow export deals --to deals.csv`.",
        DATA,
    ),
    **OF_DATA,
}


def every(
    table: Mapping[str, Entry | Group] | None = None, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Every command in order, with the words that name it: `("settings", "holidays", "add")`."""
    for word, entry in (COMMANDS if table is None else table).items():
        if isinstance(entry, Group):
            yield from every(entry.commands, (*above, word))
            continue
        yield (*above, word), entry
        yield from every(entry.further, (*above, word))


def named(typed: Sequence[str]) -> tuple[str, ...]:
    """The words at the beginning of a command line that name its command."""
    table: Mapping[str, Entry | Group] = COMMANDS
    for number, word in enumerate(typed, 1):
        entry = table.get(word)
        if entry is None:  # a value, or the first option
            return tuple(typed[: max(number - 1, 1)])
        table = entry.commands if isinstance(entry, Group) else entry.further
    return tuple(typed)


def entry_of(words: Sequence[str]) -> Entry | Group:
    """What stands in the table under these words. KeyError where nothing does."""
    entry = COMMANDS[words[0]]
    for word in words[1:]:
        entry = (entry.commands if isinstance(entry, Group) else entry.further)[word]
    return entry
