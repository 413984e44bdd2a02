"""What a shell can complete without a database, as data: completing/commands.json.

Commands, options and closed lists are read from the program, so that they stand in one place.
`_TAKES` says what the words of help texts stand for (`REP`, `FILE`): a closed list of `_sets`, or a
kind of record that completing/sources.py looks up. Whatever is not named there is free text.
"""
# ruff: noqa: INP001 a script, beside docs/generate.py

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import forms

from dealflow.actions import combining
from dealflow.actions.lookup import KIND_WORDS
from dealflow.cli import COMMON, _build, _root
from dealflow.commands.entries import Entry, Group
from dealflow.commands.reminding import TERMINAL
from dealflow.commands.table import COMMANDS
from dealflow.completing.index import PATH
from dealflow.customfields import KINDS as FIELD_TYPES
from dealflow.filters import FOLLOW_UP_KEYS, KEYS, Key
from dealflow.filters.chinese import CHINESE
from dealflow.filters.keys import specials
from dealflow.filters.records import ACCOUNT_KEYS, CONTACT_KEYS
from dealflow.interchange import importing
from dealflow.interchange.fields import KINDS as IMPORTED
from dealflow.interchange.layouts.compiled import sources as every_layout
from dealflow.likeness import DEGREES
from dealflow.model import ACTIVITY_KINDS, FIELD_OWNERS
from dealflow.money import CURRENCIES
from dealflow.output import FORMATS
from dealflow.pipelines import TEMPLATES
from dealflow.questions.catalogue import _ABOUT
from dealflow.questions.exporting import TABLES
from dealflow.questions.gaps import KINDS as GAPS
from dealflow.questions.pool import SORTS
from dealflow.reminding.letters import CHANNELS
from dealflow.store.close_rates import CREDITS
from dealflow.store.deals import ORDERS
from dealflow.store.dimensions import DIMENSIONS
from dealflow.store.effort import BY as EFFORT
from dealflow.store.settings import OPEN_DEALS, SETTINGS, SHARING

#: what stands for what: by command and word, by group and word, by option, or by the word alone
_TAKES: Mapping[str, str] = {
    # records
    "REP": "rep-or-me",
    "history REP": "rep",
    "STAGE": "stage",
    "REASON": "reason",
    "TAG": "-tag",
    "TEAM": "team",
    "FIELD": "field",
    "FIELD=VALUE": "set:opportunity",
    "accounts FIELD=VALUE": "set:account",
    "contacts FIELD=VALUE": "set:contact",
    "ID": "deal",
    "--external-id": "",
    "--wechat": "",
    **dict.fromkeys((f"{verb} ID" for verb in ("advance", "back", "win", "lose")), "open-deal"),
    **dict.fromkeys((f"{verb} ID" for verb in ("void", "plan", "move", "join")), "open-deal"),
    "reopen ID": "closed-deal",
    **dict.fromkeys((f"{verb} ID" for verb in ("done", "snooze", "cancel")), "follow-up"),
    "contacts ID": "contact",
    "targets remove ID": "target",
    "undo N": "command",
    "FILTER": "filter:deals",
    **dict.fromkeys(
        (f"{name} FILTER" for name in ("agenda", "overdue", "remind")),
        "filter:follow-ups",
    ),
    "export FILTER": "filter:exported",
    "accounts FILTER": "filter:customers",
    "pool FILTER": "filter:customers",
    "contacts FILTER": "filter:people",
    "CUSTOMER": "customer",
    "pool claim CUSTOMER": "customer-of-nobody",
    "pool release CUSTOMER": "customer-of-somebody",
    **dict.fromkeys((f"accounts {verb} NAME" for verb in ("show", "log", "edit")), "customer"),
    "accounts merge KEEP": "customer",
    "accounts merge OTHER": "customer",
    "contacts merge KEEP": "contact",
    "contacts merge OTHER": "contact",
    "reps edit NAME": "rep",
    "products edit NAME": "product",
    "--account": "customer",
    "--parent": "customer",
    "--contact": "person",
    "--product": "product",
    "PIPELINE": "pipeline",
    "--pipeline": "pipeline",
    "FORECAST": "forecast",
    "WHOSE": "whose",
    "--source": "source",
    "--segment": "segment",
    "--region": "region",
    "--size": "size",
    "--series": "series",
    "--outcome": "outcome",
    "--channel": "channel",
    "join --role": "role",
    "contacts --role": "person-role",
    "contacts --title": "person-title",
    # closed lists
    "FORMAT": "format",
    "--as": "rep",
    "KIND": "activity",
    "DATE": "day",
    "WHEN": "day",
    "DAY": "day",
    "PERIOD": "period",
    "leakage --compare": "comparison+period",
    "COLUMN": "-order,",
    "pool COLUMN": "-order of the pool,",
    "DIMENSION": "dimension,",
    "effort DIMENSION": "effort",
    **dict.fromkeys(
        (f"{name} DIMENSION" for name in ("pipeline", "changes", "pushes", "reasons")),
        "stage-dimension,",
    ),
    "gaps --only": "gap",
    "remind CHANNEL": "reminder",
    "RULE": "credit",
    "DEGREE": "degree",
    "TYPE": "type",
    "--on": "owner",
    "settings set KEY": "setting",
    "VALUE": "setting-value",
    "CURRENCY": "currency",
    "CODE": "currency",
    "ZONE": "zone",
    "COMMAND": "command-word",
    "ORDER": "order-of-days",
    "import KIND": "imported",
    "import FILE": "file",
    "import --default": "activity",
    "import KIND,…": "created,",
    "export TABLE": "table",
    "import --layout": "layout",
    "import --format": "file-format",
    "accounts --take": "account-fact",
    "contacts --take": "contact-fact",
    # files
    **dict.fromkeys(("FILE", "PATH", "BACKUP", "TARGET", "db merge OTHER"), "file"),
    "init --pipeline": "template+file",
}


# ── closed lists ──────────────────────────────────────────────────────────────────────────────

#: a word, what it is, and whether another word says the same
Word = tuple[str, str, str]


def _listed(*words: str) -> list[Word]:
    return [(word, "", "") for word in words]


def _told(words: Mapping[str, str]) -> list[Word]:
    return [(word, about, "") for word, about in words.items()]


def _plain(words: Iterable[str]) -> list[Word]:
    """Of examples those that are words; the Chinese ones where one has begun to type them."""
    found = [word for word in words if not re.search(r"[0-9]", word) or word.startswith("last-")]
    return [(word, "", "" if word.isascii() else "another") for word in found if ".." not in word]


def _sets() -> dict[str, list[Word]]:
    dimensions = _told({one.name: one.about or one.label for one in DIMENSIONS.values()})
    known = _FACTS
    return {
        "format": _listed(*FORMATS),
        "activity": [
            *_listed(*ACTIVITY_KINDS),
            *((word, kind, "another") for word, kind in KIND_WORDS.items()),
        ],
        "day": _plain(forms._DATES),  # noqa: SLF001 the reference's own examples
        "period": _plain(forms._PERIODS),  # noqa: SLF001
        "comparison": _listed("previous", "year-ago"),
        "order": _listed(*ORDERS),
        "order of the pool": _listed(*SORTS),
        "dimension": dimensions,
        "stage-dimension": [("stage", "", ""), *dimensions],
        "effort": _listed(*EFFORT),
        "gap": _listed(*GAPS),
        "reminder": _listed(TERMINAL, *CHANNELS),
        "credit": _listed(*CREDITS),
        "degree": _listed(*DEGREES),
        "type": _listed(*FIELD_TYPES),
        "owner": _listed(*FIELD_OWNERS),
        "setting": _told({key: _ABOUT.get(key, "") for key in SETTINGS}),
        "setting sharing": _listed(*SHARING),
        "setting pool.open-deals": _listed(*OPEN_DEALS),
        "currency": _listed(*CURRENCIES),
        "command-word": _told({word: entry.about for word, entry in COMMANDS.items()}),
        "order-of-days": _listed("dmy", "mdy", "ymd"),
        "imported": [*_listed(*(kind.name for kind in IMPORTED)), ("layouts", "list them", "")],
        "created": _listed(*importing._CREATABLE, *importing._ALSO, "all"),  # noqa: SLF001
        "layout": _told({one.key: one.name for one in every_layout()} | {"none": ""}),
        "file-format": _listed("csv", "tsv", "ndjson", "json", "xlsx"),
        "account-fact": _listed(*known["account"]),
        "contact-fact": _listed(*known["contact"]),
        "table": _listed(*TABLES),
        "template": _listed(*TEMPLATES),
    }


_FACTS = {
    owner: [*combining._FACTS[owner], *combining._MORE[owner]]  # noqa: SLF001
    for owner in ("account", "contact")
}
_FILTERS: Mapping[str, Sequence[Key]] = {
    "deals": KEYS,
    "follow-ups": FOLLOW_UP_KEYS,
    "customers": ACCOUNT_KEYS,
    "people": CONTACT_KEYS,
}


def _in_chinese(name: str) -> list[str]:
    return [word for word, meant in CHINESE.items() if meant == name]


def _keys() -> dict[str, list[Any]]:
    return {
        name: [
            [
                list(dict.fromkeys([one.name, *one.aliases, *_in_chinese(one.name)])),
                one.kind,
                one.about,
                list(dict.fromkeys([*one.choices, *specials(one)])),
            ]
            for one in keys
        ]
        for name, keys in _FILTERS.items()
    }


# ── commands ──────────────────────────────────────────────────────────────────────────────────

_HELP = [["--help", "-h"], None, "show what it does", False]
_ARGUMENT = re.compile(r"(\[)?([^\[\].\s]+)(\])?(\.\.\.)?")
_HOW = {(True, True): "*", (True, False): "?", (False, True): "+", (False, False): ""}
_LITERAL = "words "


def _means(path: Sequence[str], *told: str) -> str:
    """What the first of these that is known stands for; '' for free text."""
    groups = [" ".join(path[:count]) for count in range(len(path), 0, -1)]
    asked = [name for one in told for name in (*(f"{group} {one}" for group in groups), one)]
    found = next((_TAKES[name] for name in asked if name in _TAKES), None)
    if found is None and _is_literal(told[-1]):
        return _LITERAL + told[-1]
    return found or ""


def _is_literal(metavar: str) -> bool:
    """Whether it is the words themselves: `ours|theirs`, `A|B|C`."""
    words = metavar.split("|")
    return all(word.islower() or (len(word) == 1 < len(words)) for word in words)


def _kinds(path: Sequence[str], option: str, metavar: str) -> str:
    """Of `COUNTRY|FILE` what each stands for, with a plus between."""
    whole = _means(path, *filter(None, (option, metavar)))
    if whole or "|" not in metavar or option in _TAKES:
        return whole
    each = [_means(path, word) for word in metavar.split("|")]
    return "+".join(dict.fromkeys(filter(None, each)))


def _option(path: Sequence[str], param: Any) -> list[Any]:
    names = sorted((*param.opts, *param.secondary_opts), key=lambda name: not name.startswith("--"))
    takes = None if param.is_flag else _kinds(path, names[0], param.metavar or "")
    return [names, takes, param.help or "", bool(param.multiple)]


def _pattern(path: Sequence[str], metavar: str) -> Iterator[list[str]]:
    for opened, word, _, many in _ARGUMENT.findall(metavar):
        yield [_kinds(path, "", word), _HOW[bool(opened), bool(many)]]


def _commands() -> tuple[dict[str, Any], list[list[Any]]]:
    """Every command and group by its words, and the options that many of them have."""
    common: list[list[Any]] = []
    root = _described((), _root(), COMMANDS, common)
    return dict([("", root), *_below((), COMMANDS, common)]), common


def _below(
    above: tuple[str, ...], table: Mapping[str, Entry | Group], common: list[list[Any]]
) -> Iterator[tuple[str, Any]]:
    for word, entry in table.items():
        path = (*above, word)
        inside = entry.commands if isinstance(entry, Group) else entry.further
        yield " ".join(path), _described(path, _build(word, entry), inside, common)
        yield from _below(path, inside, common)


def _described(
    path: tuple[str, ...],
    command: Any,
    inside: Mapping[str, Entry | Group],
    common: list[list[Any]],
) -> dict[str, Any]:
    own, shared, pattern = [], [_HELP], []
    for param in command.params:
        if type(param).__name__ == "TyperArgument":
            pattern += _pattern(path, param.metavar or "")
        elif param.name in {*COMMON, "dry_run", "once"}:
            shared.append(_option(path, param))
        else:
            own.append(_option(path, param))
    if shared not in common:
        common.append(shared)
    told = {"options": own, "pattern": pattern, "common": common.index(shared)}
    told["inside"] = {word: entry.about for word, entry in inside.items()}
    return {name: value for name, value in told.items() if value}


# ── the file ──────────────────────────────────────────────────────────────────────────────────


def _literals(found: Any) -> Iterator[str]:
    """The names of lists that are written out where they are used."""
    for name in re.findall(rf'"({_LITERAL}[^"]+)"', json.dumps(found)):
        yield from name.split("+")


def _lines(table: Mapping[str, Any]) -> str:
    """A line for each entry, so that a change of one command is a change of one line."""
    each = [
        f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in table.items()
    ]
    return "{\n" + ",\n".join(each) + "\n}"


def promised() -> dict[Path, str]:
    """The file of the package, with what it ought to hold."""
    commands, common = _commands()
    words = sorted(set(_literals([commands, common])))
    literal = {name: _listed(*name.removeprefix(_LITERAL).split("|")) for name in words}
    parts = {
        "commands": _lines(commands),
        "common": _lines({str(at): options for at, options in enumerate(common)}),
        "sets": _lines(_sets() | literal),
        "keys": _lines(_keys()),
    }
    text = ",\n".join(f'"{name}": {part}' for name, part in parts.items())
    return {Path(PATH): "{" + text + "}\n"}
