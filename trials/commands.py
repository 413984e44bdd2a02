"""The commands that change something, each on a database on which it succeeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trials import older
from trials.world import World

BACKUPS = "backups"


class Command(NamedTuple):
    name: str
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    """Commands to be run first."""
    start: str = "team"
    """What there is at first: `team`, a database with deals; `older`, one of schema version 1;
    `nothing`."""


_OTHER = ("accounts", "add", "Borealis")
_OWNED = (("accounts", "add", "Borealis", "--owner", "li"),)
_FIELD = ("fields", "add", "size")
_HOLIDAY = ("settings", "holidays", "add", "2026-07-14")
_DUMP = ("db", "dump", "--output", "all.ndjson")
_APART = (("db", "backup", "other.db"), ("--db", "other.db", "add", "Elsewhere"), ("add", "Here"))

#: the first ones are what a small run tries
COMMANDS = (
    Command("add", ("add", "Gaskets", "-a", "Acme", "-v", "9k", "--next", "+3d")),
    Command("advance", ("advance", "1", "--note", "on")),
    Command("undo", ("undo",)),
    Command("init", ("init", "--currency", "CNY", "--timezone", "Asia/Shanghai"), start="nothing"),
    Command("migrate", ("db", "migrate"), start="older"),
    Command("backup", ("db", "backup")),
    Command("restore", ("db", "restore", "backups/old.db", "--yes")),
    Command("import", ("import", "deals.csv")),
    Command("edit", ("edit", "1", "--source", "fair", "--tag", "hot")),
    Command("back", ("back", "2")),
    Command("win", ("win", "1")),
    Command("lose", ("lose", "1", "--reason", "price")),
    Command("void", ("void", "1")),
    Command("reopen", ("reopen", "3")),
    Command("log", ("log", "1", "call", "talked", "--next", "+2d")),
    Command("plan", ("plan", "1", "+4d", "demo")),
    Command("done", ("done", "1", "--note", "went well")),
    Command("snooze", ("snooze", "1", "+2d")),
    Command("cancel", ("cancel", "1", "--why", "moved")),
    Command("redo", ("redo",), before=(("undo",),)),
    Command("keyed", ("add", "Keyed", "--key", "k1")),
    Command("accounts add", ("accounts", "add", "Borealis")),
    Command("accounts edit", ("accounts", "edit", "Acme", "--grade", "A")),
    Command("contacts add", ("contacts", "add", "Acme", "Mr Wu")),
    Command("contacts edit", ("contacts", "edit", "1", "--title", "CEO")),
    Command("products add", ("products", "add", "Valve", "--price", "3k")),
    Command("products edit", ("products", "edit", "Pump", "--price", "13k")),
    Command("reps add", ("reps", "add", "wang")),
    Command("reps edit", ("reps", "edit", "mei", "--team", "north")),
    Command("stages apply", ("stages", "apply", "other.toml")),
    Command("settings set", ("settings", "set", "cadence.A", "10d")),
    Command("settings rate", ("settings", "rate", "USD", "7.1")),
    Command("move", ("move", "1", "en")),
    Command("join", ("join", "1", "mei", "--role", "support")),
    Command("leave", ("leave", "1", "mei"), before=(("join", "1", "mei"),)),
    Command("hand-over", ("hand-over", "--from", "li", "--to", "mei", "--yes")),
    Command("forecast keep", ("forecast", "keep", "july")),
    Command(
        "forecast remove", ("forecast", "remove", "july"), before=(("forecast", "keep", "july"),)
    ),
    Command("targets set", ("targets", "set", "all", "2026", "9k")),
    Command(
        "targets remove",
        ("targets", "remove", "1"),
        before=(("targets", "set", "all", "2026", "9k"),),
    ),
    Command("accounts log", ("accounts", "log", "Acme", "call", "talked")),
    Command("accounts merge", ("accounts", "merge", "Acme", "Borealis", "--yes"), before=(_OTHER,)),
    Command(
        "contacts merge",
        ("contacts", "merge", "1", "2", "--yes"),
        before=(("contacts", "add", "Acme", "Li"),),
    ),
    Command("pool claim", ("pool", "claim", "Borealis"), before=(_OTHER,)),
    Command("pool release", ("pool", "release", "Borealis", "--why", "silent"), before=_OWNED),
    Command("fields add", ("fields", "add", "need")),
    Command("fields edit", ("fields", "edit", "size", "--name", "Size"), before=(_FIELD,)),
    Command("fields remove", ("fields", "remove", "size", "--yes"), before=(_FIELD,)),
    Command("pipelines rename", ("pipelines", "rename", "en", "--name", "Sales")),
    Command("pipelines retire", ("pipelines", "retire", "en", "--yes")),
    Command("apply", ("apply", "lines.ndjson")),
    Command("holidays load", ("settings", "holidays", "load", "holidays.txt")),
    Command("holidays add", ("settings", "holidays", "add", "2026-07-14")),
    Command(
        "holidays remove", ("settings", "holidays", "remove", "2026-07-14"), before=(_HOLIDAY,)
    ),
    Command("merge", ("db", "merge", "other.db", "--yes"), before=_APART),
    Command("load", ("db", "load", "all.ndjson", "--to", "backups/loaded.db"), before=(_DUMP,)),
    Command("copy", ("db", "copy", "--to", "backups/copied.db")),
)
_BY_NAME = {command.name: command for command in COMMANDS}

_TEAM: tuple[tuple[str, ...], ...] = (
    ("accounts", "add", "Acme"),
    ("contacts", "add", "Acme", "Ms Li"),
    ("products", "add", "Pump", "--price", "12k"),
    ("add", "Pumps", "-a", "Acme", "-v", "12k", "--next", "+3d", "--next-what", "call"),
    ("db", "backup", "backups/old.db"),
    ("add", "Valves", "-v", "8k"),
    ("advance", "2"),
    ("add", "Seals"),
    ("lose", "3", "--reason", "price"),
    ("plan", "2", "+5d", "visit"),
)
_LINES = """\
{"command": "add", "args": ["Applied"]}
{"command": "log", "args": ["1", "call", "talked"]}
"""
_DEALS = "title,value,customer\n" + "".join(f"Imported {n},{n}000,Acme\n" for n in range(1, 41))


def named(names: Sequence[str]) -> list[Command]:
    return [_BY_NAME[name] for name in names]


def prepare(world: World, command: Command) -> None:
    """Make of an empty world what the command starts from. It runs in the world's place."""
    if command.start == "nothing":
        return
    world.init()
    (world.place / BACKUPS).mkdir()
    for words in _TEAM:
        world.ok(*words)
    (world.place / "deals.csv").write_text(_DEALS, encoding="utf-8")
    (world.place / "lines.ndjson").write_text(_LINES, encoding="utf-8")
    (world.place / "holidays.txt").write_text("2026-10-01,off,National Day\n", encoding="utf-8")
    toml = world.ok("stages", "export", "plain").out
    (world.place / "other.toml").write_text(toml.replace('"Third"', '"3rd"'), encoding="utf-8")
    if command.start == "older":
        older.make_older(world.db)
    for words in command.before:
        world.ok(*words)
